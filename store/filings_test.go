package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// What was filed is kept with the entries that filed it: a supplement adds papers, and
// lists show each case once, the last filed first.
func TestWhatWasFiled(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		var filing *casefile.Filing
		db.DeriveWith(func(context.Context, store.Contents, casefile.Case, casefile.Entry) (casefile.Derived, error) {
			return casefile.Derived{Filing: filing}, nil
		})
		play := func(organ casefile.OrganID, id casefile.ID, filings ...*casefile.Filing) {
			t.Helper()
			filing = nil
			record(t, db.Store, openingEntry(organ, id, "停车管理办法"))
			for i, f := range filings {
				filing = f
				record(t, db.Store, actEntry(organ, id, int64(i+2)))
			}
		}
		first := &casefile.Filing{Document: "一号", Title: "停车管理办法", Body: "区司法局", On: date("2026-03-02"), Pack: []string{"report"}, Papers: []casefile.Paper{{Digest: "a", Title: "文本"}, {Digest: "b", Title: "报告"}}}
		again := &casefile.Filing{Document: "一号", Title: "停车管理办法", Body: "区司法局", On: date("2026-03-09"), Pack: []string{"report", "electronic-text"}, Papers: []casefile.Paper{{Digest: "a", Title: "文本"}, {Digest: "c", Title: "电子文本"}}}
		play(testOrgan, "c1", first, again)
		play(testOrgan, "c2", &casefile.Filing{Document: "二号", On: date("2026-03-05")})
		play("另一机关", "c3", &casefile.Filing{Document: "三号", On: date("2026-03-05")})
		play(testOrgan, "c4")

		got, err := db.Filed(t.Context(), "c1")
		if err != nil || got.On != again.On || len(got.Pack) != 2 || len(got.Papers) != 3 || got.Organ != testOrgan || got.Body != "区司法局" {
			t.Errorf("%v: %+v", err, got)
		}
		if _, err := db.Filed(t.Context(), "c4"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("nothing was filed: %v", err)
		}
		walked, after := "", ""
		for range 5 {
			list, next, err := db.FiledBy(t.Context(), []casefile.OrganID{testOrgan, "另一机关"}, after, 1)
			if err != nil || len(list) != 1 {
				t.Fatalf("%v: %v", err, list)
			}
			walked += list[0].Document
			if after = next; next == "" {
				break
			}
		}
		if walked != "一号三号二号" {
			t.Errorf("walked %s", walked)
		}
		if list, _, err := db.FiledBy(t.Context(), []casefile.OrganID{"另一机关"}, "", 10); err != nil || len(list) != 1 || list[0].Case != "c3" {
			t.Errorf("%v: %v", err, list)
		}
		if list, _, err := db.FiledBy(t.Context(), nil, "", 10); err != nil || len(list) != 0 {
			t.Errorf("of nobody: %v %v", err, list)
		}
		if _, _, err := db.FiledBy(t.Context(), []casefile.OrganID{testOrgan}, "x", 10); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("a cursor of nobody: %v", err)
		}
		for _, statement := range []string{`UPDATE filings SET body = ''`, `DELETE FROM filings WHERE case_id = 'c1'`} {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}

// A database from before the register is filled from its record, once; what was entered
// meanwhile stays as it is.
func TestTheRegisterOfAnOlderDatabaseIsFilledFromItsRecord(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		derive := func(c casefile.Case, e casefile.Entry) (d casefile.Derived) {
			if e.Sequence == 2 {
				d.Register = []casefile.DocumentChange{{Document: "一号", Change: casefile.DocumentPublished, On: on(t, "2024-04-01"), Title: c.Matter.Title}}
				d.Filing = &casefile.Filing{Document: "一号", Title: c.Matter.Title, On: on(t, "2024-04-02")}
				d.Plans = []casefile.Plan{{Document: "二号", Due: on(t, "2024-05-31")}}
			}
			return d
		}
		for _, id := range []casefile.ID{"c1", "c2"} {
			if id == "c2" { // recorded by a program that knows of the register already
				deriving(db, derive)
			}
			record(t, db.Store, openingEntry(testOrgan, id, "办法"))
			record(t, db.Store, actEntry(testOrgan, id, 2))
			closing := actEntry(testOrgan, id, 3)
			closing.Status = casefile.StatusClosed
			record(t, db.Store, closing)
		}
		if _, err := db.Filed(t.Context(), "c1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Fatalf("it is known before: %v", err)
		}
		for range 2 {
			if err := db.RederiveRegister(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		for day, want := range map[string]int{"2024-05-31": 0, "2024-06-01": 2} {
			if got, err := db.CasesWithPlans(t.Context(), testOrgan, on(t, day)); err != nil || len(got) != want {
				t.Errorf("plans before %s: %v (%v), want %d cases", day, got, err, want)
			}
		}
		for _, id := range []casefile.ID{"c1", "c2"} {
			if f, err := db.Filed(t.Context(), id); err != nil || f.Document != "一号" {
				t.Errorf("%s: %v %+v", id, err, f)
			}
			var changes int
			if err := db.raw.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM document_changes WHERE case_id = '`+string(id)+`'`).Scan(&changes); err != nil || changes != 1 {
				t.Errorf("%s: %d changes (%v), want 1", id, changes, err)
			}
		}
	})
}
