package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func finding(id string, of casefile.ID, at int) audit.Finding {
	return audit.Finding{ID: id, Organ: testOrgan, Case: of, Entry: 1, Kind: audit.Papers, Severity: audit.Grave, Text: "缺", Remedy: "补",
		Due: legaltime.DateIn(instant(20), legaltime.China), By: audit.Person{Organ: "上级", Person: "a1", Name: "审计"}, At: instant(at)}
}

func findingIDs(list []audit.Finding) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, f.ID)
	}
	return out
}

func TestFindingsAreKeptWithWhatBecameOfThem(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		ctx, none := t.Context(), finding("f3", "gone", 3)
		none.Organ, none.Practice, none.Kind, none.Severity, none.Due = "别处", true, audit.Question, audit.Slight, legaltime.Date{}
		for _, f := range []audit.Finding{finding("f1", "c1", 1), finding("f2", "c1", 2), none} {
			if err := db.AddFinding(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.AddFinding(ctx, finding("f1", "c9", 5)); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("an id that is taken: %v", err)
		}
		event := func(n int64, m audit.Move, r audit.Result) audit.Event {
			return audit.Event{Number: n, Move: m, Result: r, Text: "话", By: audit.Person{Organ: testOrgan, Person: "p", Name: "某"}, At: instant(int(n) + 3)}
		}
		for _, e := range []audit.Event{event(1, audit.Release, ""), event(2, audit.Reply, ""), event(3, audit.Close, audit.Rectified)} {
			if err := db.AddFindingEvent(ctx, "f1", e); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.AddFindingEvent(ctx, "f1", event(3, audit.Reopen, "")); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("a number that is taken: %v", err)
		}
		if err := db.AddFindingEvent(ctx, "none", event(1, audit.Release, "")); err == nil {
			t.Error("something became of a finding that is not there")
		}
		want := finding("f1", "c1", 1)
		want.Title = "方案"
		want.Events = []audit.Event{event(1, audit.Release, ""), event(2, audit.Reply, ""), event(3, audit.Close, audit.Rectified)}
		got, err := db.Finding(ctx, "f1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
			t.Error(diff)
		}
		if _, err := db.Finding(ctx, "f9"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("one that is not there: %v", err)
		}
		real, here := false, []casefile.OrganID{testOrgan}
		for name, tt := range map[string]struct {
			f    audit.Filter
			want []string
		}{
			"no organ":            {audit.Filter{Limit: 9}, []string{}},
			"an organ":            {audit.Filter{Organs: here, Limit: 9}, []string{"f2", "f1"}},
			"two organs":          {audit.Filter{Organs: []casefile.OrganID{testOrgan, "别处"}, Limit: 9}, []string{"f3", "f2", "f1"}},
			"a page":              {audit.Filter{Organs: []casefile.OrganID{testOrgan, "别处"}, Limit: 1, After: "f3"}, []string{"f2"}},
			"after the last":      {audit.Filter{Organs: here, Limit: 9, After: "f1"}, []string{}},
			"after none":          {audit.Filter{Organs: here, Limit: 9, After: "?"}, []string{}},
			"a case":              {audit.Filter{Organs: []casefile.OrganID{testOrgan, "别处"}, Case: "gone", Limit: 9}, []string{"f3"}},
			"released":            {audit.Filter{Organs: here, Released: true, Limit: 9}, []string{"f1"}},
			"open":                {audit.Filter{Organs: here, Open: true, Limit: 9}, []string{"f2"}},
			"drafts":              {audit.Filter{Organs: here, State: audit.Recorded, Limit: 9}, []string{"f2"}},
			"closed":              {audit.Filter{Organs: here, State: audit.Closed, Limit: 9}, []string{"f1"}},
			"released, not moved": {audit.Filter{Organs: here, State: audit.Released, Limit: 9}, []string{}},
			"a kind":              {audit.Filter{Organs: here, Kind: audit.Question, Limit: 9}, []string{}},
			"a severity":          {audit.Filter{Organs: here, Severity: audit.Grave, Limit: 9}, []string{"f2", "f1"}},
			"real cases":          {audit.Filter{Organs: []casefile.OrganID{testOrgan, "别处"}, Practice: &real, Limit: 9}, []string{"f2", "f1"}},
		} {
			list, err := db.Findings(ctx, tt.f)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(tt.want, findingIDs(list)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

func TestTheDatabaseRefusesToChangeFindings(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if err := db.AddFinding(t.Context(), finding("f1", "c1", 1)); err != nil {
			t.Fatal(err)
		}
		if err := db.AddFindingEvent(t.Context(), "f1", audit.Event{Number: 1, Move: audit.Release, At: instant(2)}); err != nil {
			t.Fatal(err)
		}
		statements := []string{`UPDATE findings SET text = 'x'`, `DELETE FROM findings`, `UPDATE finding_events SET text = 'x'`, `DELETE FROM finding_events`}
		if db.postgres {
			statements = append(statements, `TRUNCATE findings CASCADE`, `TRUNCATE finding_events`, `SET session_replication_role = replica; DELETE FROM finding_events`)
		} else {
			statements = append(statements, `REPLACE INTO findings SELECT * FROM findings`, `REPLACE INTO finding_events SELECT * FROM finding_events`)
		}
		for _, statement := range statements {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}
