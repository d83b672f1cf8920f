package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// enrolled is a record of the directory at a version.
func enrolled(kind, id string, organ casefile.OrganID, person casefile.PersonID, version int64) store.Enrolled {
	return store.Enrolled{Kind: kind, ID: id, Organ: organ, Person: person, Version: version,
		Body: json.RawMessage(fmt.Sprintf(`{"id":%q,"version":%d}`, id, version))}
}

func enrol(t *testing.T, db *database, records ...store.Enrolled) {
	t.Helper()
	for _, r := range records {
		if err := db.PutRecord(t.Context(), r, "admin"); err != nil {
			t.Fatalf("%s %s: %v", r.Kind, r.ID, err)
		}
	}
}

func recordNames(list []store.Enrolled) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Kind+" "+r.ID)
	}
	return out
}

func TestTheDirectoryGoesFromOneVersionToTheNext(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		enrol(t, db, enrolled("person", "li", "o1", "li", 1), enrolled("person", "li", "o1", "li", 2))
		for name, tt := range map[string]struct {
			record store.Enrolled
			want   error
		}{
			"entered again":        {enrolled("person", "li", "o1", "li", 1), casefile.ErrConflict},
			"the version it has":   {enrolled("person", "li", "o1", "li", 2), casefile.ErrConflict},
			"one too far":          {enrolled("person", "li", "o1", "li", 4), casefile.ErrConflict},
			"another organ's":      {enrolled("person", "li", "o2", "li", 3), casefile.ErrConflict},
			"one that is not here": {enrolled("person", "wang", "o1", "wang", 2), casefile.ErrConflict},
			"version 0":            {enrolled("person", "wang", "o1", "wang", 0), casefile.ErrInvalid},
			"no id":                {enrolled("person", "", "o1", "wang", 1), casefile.ErrInvalid},
			"no organ":             {enrolled("person", "wang", "", "wang", 1), casefile.ErrInvalid},
			"no JSON":              {store.Enrolled{Kind: "person", ID: "wang", Organ: "o1", Version: 1, Body: json.RawMessage(`{`)}, casefile.ErrInvalid},
		} {
			if err := db.PutRecord(t.Context(), tt.record, "admin"); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
		got, err := db.DirectoryRecord(t.Context(), "person", "li")
		if err != nil || got.Version != 2 || string(got.Body) != `{"id":"li","version":2}` {
			t.Errorf("%v %+v", err, got)
		}
		if _, err := db.DirectoryRecord(t.Context(), "unit", "li"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("of another kind: %v", err)
		}
		log, err := db.Changes(t.Context(), "o1", 0, 10)
		if err != nil || len(log) != 2 || log[0].Version != 2 || string(log[1].Before) != "null" || string(log[0].Before) != string(log[1].After) || log[0].By != "admin" {
			t.Errorf("%v, log %+v", err, log)
		}
	})
}

func TestTheDirectoryIsListedByOrganAndByPerson(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		enrol(t, db, enrolled("person", "b", "o1", "b", 1), enrolled("person", "a", "o1", "a", 1), enrolled("person", "c", "o2", "c", 1),
			enrolled("unit", "u", "o1", "", 1), enrolled("appointment", "x", "o2", "a", 1), enrolled("mandate", "m", "o1", "a", 1))
		page, err := db.RecordsOf(t.Context(), "o1", "person", "", 1)
		if got := recordNames(page); err != nil || !slices.Equal(got, []string{"person a"}) {
			t.Errorf("first page: %v %v", err, got)
		}
		page, err = db.RecordsOf(t.Context(), "o1", "person", "a", 10)
		if got := recordNames(page); err != nil || !slices.Equal(got, []string{"person b"}) {
			t.Errorf("second page: %v %v", err, got)
		}
		about, err := db.RecordsAbout(t.Context(), "a")
		if got := recordNames(about); err != nil || !slices.Equal(got, []string{"appointment x", "mandate m", "person a"}) {
			t.Errorf("about a person: %v %v", err, got)
		}
		if nobody, err := db.RecordsAbout(t.Context(), ""); err != nil || len(nobody) != 0 {
			t.Errorf("about nobody: %v %v", err, nobody)
		}
		all, err := db.AllRecords(t.Context(), "person")
		if got := recordNames(all); err != nil || !slices.Equal(got, []string{"person a", "person b", "person c"}) {
			t.Errorf("all: %v %v", err, got)
		}
		for _, limit := range []int{0, 201} {
			if _, err := db.RecordsOf(t.Context(), "o1", "person", "", limit); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("limit %d: %v", limit, err)
			}
			if _, err := db.Changes(t.Context(), "o1", 0, limit); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("log, limit %d: %v", limit, err)
			}
		}
		first, err := db.Changes(t.Context(), "o1", 0, 2)
		if err != nil || len(first) != 2 {
			t.Fatal(err, len(first))
		}
		rest, err := db.Changes(t.Context(), "o1", first[1].Number, 10)
		if err != nil || len(rest) != 2 || rest[0].Number >= first[1].Number {
			t.Errorf("%v, the rest of the log: %+v", err, rest)
		}
	})
}

// Of many who change a record at once one does, and each change is in the log, with
// a number of its own.
func TestChangesOfTheDirectoryAtOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		enrol(t, db, enrolled("organ", "o1", "o1", "", 1))
		const writers = 4
		done := make(chan error, 2*writers)
		for n := range writers {
			ctx := context.WithoutCancel(t.Context())
			go func() { done <- db.PutRecord(ctx, enrolled("organ", "o1", "o1", "", 2), "admin") }()
			go func() { done <- db.PutRecord(ctx, enrolled("unit", fmt.Sprint("u", n), "o1", "", 1), "admin") }()
		}
		won := 0
		for range 2 * writers {
			if err := <-done; err == nil {
				won++
			} else if !errors.Is(err, casefile.ErrConflict) {
				t.Error(err)
			}
		}
		if won != writers+1 {
			t.Errorf("%d changes were kept, want %d", won, writers+1)
		}
		log, err := db.Changes(t.Context(), "o1", 0, 50)
		if err != nil || len(log) != writers+2 {
			t.Errorf("%v, %d changes in the log, want %d", err, len(log), writers+2)
		}
	})
}

func TestTheDatabaseItselfKeepsTheDirectory(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		enrol(t, db, enrolled("person", "li", "o1", "li", 1), enrolled("person", "li", "o1", "li", 2))
		statements := []string{
			`UPDATE directory_log SET after = 'x'`,
			`UPDATE directory_log SET by_person = 'x' WHERE number = 1`,
			`DELETE FROM directory_log`,
			`DELETE FROM directory`,
			`UPDATE directory SET body = '{}'`,
			`UPDATE directory SET version = 1`,
			`UPDATE directory SET organ = 'o2', version = version + 1`,
			`UPDATE directory SET person = 'x', version = version + 1`,
			`UPDATE directory SET id = 'x', version = version + 1`,
		}
		if db.postgres {
			statements = append(statements, `TRUNCATE directory_log`, `TRUNCATE directory`, `SET session_replication_role = replica; DELETE FROM directory_log`)
		} else {
			statements = append(statements,
				`REPLACE INTO directory_log SELECT * FROM directory_log WHERE number = 1`,
				`REPLACE INTO directory_log SELECT 99, changed_at, organ, 'x', kind, id, version, before, after FROM directory_log WHERE number = 1`,
				`REPLACE INTO directory SELECT kind, id, 'o2', person, version, body FROM directory`)
		}
		for _, statement := range statements {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("%s: not refused", statement)
			}
		}
		got, err := db.DirectoryRecord(t.Context(), "person", "li")
		log, lerr := db.Changes(t.Context(), "o1", 0, 10)
		if err != nil || lerr != nil || got.Version != 2 || got.Organ != "o1" || len(log) != 2 {
			t.Errorf("%v %v: %+v, %d changes", err, lerr, got, len(log))
		}
	})
}
