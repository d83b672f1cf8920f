package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

func readings(t *testing.T, db *database) store.Readings {
	t.Helper()
	got, err := db.Readings(t.Context(), march1, "active")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReadingsCountWhatIsOpenInRealCases(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		due := func(days int, deadline string, provisional bool, role casefile.Role) casefile.Task {
			return casefile.Task{Step: "a", Round: 1, Role: role, Since: march1, Due: march1.AddDays(days), Deadline: deadline, Provisional: provisional}
		}
		tasks := []casefile.Task{due(-1, "d/1", false, "drafter"), due(-1, "d/1", false, "office"), due(-2, "", false, "chief"),
			due(0, "d/2", true, "member"), due(5, "d/3", true, "secretary"), {Step: "b", Round: 1, Role: "drafter", Since: march1}}
		deriving(db, func(casefile.Case, casefile.Entry) casefile.Derived { return casefile.Derived{Tasks: tasks} })
		record(t, db.Store, openingEntry(testOrgan, "real", "方案"))
		record(t, db.Store, openingEntry("elsewhere", "other", "方案"))
		practice := openingEntry(testOrgan, "practice", "方案")
		practice.Practice = true
		record(t, db.Store, practice)
		got := readings(t, db)
		if got.TasksOverdue != 6 || got.DeadlinesOverdue != 2 || got.DeadlinesProvisional != 4 {
			t.Errorf("%d tasks and %d deadlines overdue, %d provisional, want 6, 2 and 4", got.TasksOverdue, got.DeadlinesOverdue, got.DeadlinesProvisional)
		}
	})
}

func TestReadingsSayWhereTheLogsStand(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if diff := cmp.Diff(store.Readings{Webhooks: map[string]int64{}}, readings(t, db)); diff != "" {
			t.Errorf("of an empty record (-want +got):\n%s", diff)
		}
		first, second := openingEntry(testOrgan, "c1", "方案"), openingEntry("elsewhere", "c2", "方案")
		second.At = first.At.Add(-time.Hour)
		record(t, db.Store, first)
		record(t, db.Store, second)
		got := readings(t, db)
		if got.Logs != 2 || got.Entries != 2 || got.Unsealed != 2 || !got.OldestUnsealed.Equal(second.At) || !got.LastCheckpoint.IsZero() {
			t.Errorf("before anything was signed: %+v", got)
		}
		before := time.Now().Add(-time.Second)
		if err := db.SaveCheckpoint(t.Context(), "elsewhere", 1, []byte("note")); err != nil {
			t.Fatal(err)
		}
		got = readings(t, db)
		if got.Unsealed != 1 || !got.OldestUnsealed.Equal(first.At) || got.LastCheckpoint.Before(before) {
			t.Errorf("after one log was signed: %+v", got)
		}
	})
}

func TestReadingsSayWhatWaitsToBeSent(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		entry := openingEntry(testOrgan, "c1", "方案")
		record(t, db.Store, entry)
		hook := func(id, state string, kinds ...casefile.EntryKind) {
			t.Helper()
			if err := db.CreateWebhook(t.Context(), store.Webhook{Organ: testOrgan, ID: id, URL: "https://x", State: state, Version: 1, Kinds: kinds, CreatedBy: "p"}); err != nil {
				t.Fatal(err)
			}
		}
		hook("not for it", "active", casefile.EntryBreach)
		hook("dead", "dead")
		got := readings(t, db)
		if !got.OldestUnsent.IsZero() || got.Webhooks["active"] != 1 || got.Webhooks["dead"] != 1 {
			t.Errorf("while nothing waits: %+v", got)
		}
		hook("waits", "active")
		if got := readings(t, db); !got.OldestUnsent.Equal(entry.At) || got.Webhooks["active"] != 2 {
			t.Errorf("while one waits: %+v", got)
		}
	})
}

// What is read at every scrape is read along indexes, whatever the number of tasks.
func TestReadingsAreReadAlongIndexes(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		fillTasks(t, db, 20_000)
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for query, want := range store.ReadingQueries() {
			args := make([]any, strings.Count(query, "?"))
			for i := range args {
				args[i] = 10
			}
			if strings.Contains(query, "due_on < ?") {
				args[0] = "1990-01-01"
			}
			if strings.Contains(query, "channel = ?") {
				args[0] = store.ChannelMail
			}
			plan := plansOf(t, db, query, args)
			if want == "" || db.postgres && !strings.HasPrefix(want, "tasks_") { // the other tables are too small here for an index to be worth it
				continue
			}
			if !strings.Contains(plan, want) || strings.Contains(plan, "SCAN tasks") && !strings.Contains(plan, "INDEX "+want) || strings.Contains(plan, "Seq Scan on tasks") {
				t.Errorf("not read along %s:\n%s\n%s", want, query, plan)
			}
		}
	})
}

func TestASchemaOfAnotherVersionIsTold(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if err := db.Migrated(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.exec(t.Context(), "DELETE FROM goose_db_version WHERE version_id = (SELECT MAX(version_id) FROM goose_db_version)"); err != nil {
			t.Fatal(err)
		}
		if err := db.Migrated(t.Context()); err == nil || !strings.Contains(err.Error(), "schema version") {
			t.Errorf("a migration that is missing: %v", err)
		}
	})
}
