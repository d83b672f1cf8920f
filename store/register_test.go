package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/register"
	"github.com/zhengdang/chengxu/store"
)

var _ register.Store = (*database)(nil)

// registering makes every entry change the register as is said.
func registering(db *database, changes *[]casefile.DocumentChange) {
	db.DeriveWith(func(_ context.Context, _ store.Contents, _ casefile.Case, e casefile.Entry) (casefile.Derived, error) {
		if e.Kind != casefile.EntryAct {
			return casefile.Derived{}, nil
		}
		return casefile.Derived{Register: *changes}, nil
	})
}

func publishedAs(number, title, on string) casefile.DocumentChange {
	return casefile.DocumentChange{Document: number, Change: casefile.DocumentPublished, Title: title, Kind: "ordinary", On: date(on), Published: date(on), Until: date(on).AddDays(999)}
}

func numbers(list []register.Document) string {
	out := ""
	for _, d := range list {
		out += d.Number + " "
	}
	return out
}

// The register holds what entries change, once, with practice apart; a document of one
// organ is none of another with the same number.
func TestTheRegisterHoldsWhatEntriesChange(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		var changes []casefile.DocumentChange
		registering(db, &changes)
		play := func(organ casefile.OrganID, id casefile.ID, practice bool, more ...casefile.DocumentChange) {
			t.Helper()
			opening := openingEntry(organ, id, "停车管理办法")
			opening.Practice = practice
			record(t, db.Store, opening)
			changes = more
			record(t, db.Store, actEntry(organ, id, 2))
		}
		first := publishedAs("真街规〔2026〕1号", "停车管理办法 ABC", "2026-01-10")
		play(testOrgan, "c1", false, first)
		play(testOrgan, "c2", false, publishedAs("真街规〔2026〕2号", "垃圾分类办法", "2026-02-10"),
			casefile.DocumentChange{Document: "真街规〔2026〕1号", Change: casefile.ClauseDisabled, On: date("2026-02-10"), Clauses: []string{"第三条"}, By: "真街规〔2026〕2号"})
		play("另一机关", "c3", false, publishedAs("真街规〔2026〕1号", "同号文件", "2026-03-10"))
		play(testOrgan, "c4", true, publishedAs("演练〔2026〕1号", "演练文件", "2026-03-10"))
		play(testOrgan, "c5", false, casefile.DocumentChange{Document: "旧办法〔2019〕3号", Change: casefile.DocumentRepealed, On: date("2026-04-01"), By: "清理决定"})
		record(t, db.Store, actEntry(testOrgan, "c5", 2)) // the same entry again

		all, next, err := db.Documents(t.Context(), register.Filter{Limit: 10})
		if want := "真街规〔2026〕1号 真街规〔2026〕2号 真街规〔2026〕1号 旧办法〔2019〕3号 "; err != nil || next != "" || numbers(all) != want {
			t.Fatalf("%v: %q %q, want %q", err, numbers(all), next, want)
		}
		d, err := db.Document(t.Context(), testOrgan, "真街规〔2026〕1号")
		if err != nil || len(d.Changes) != 2 || fmt.Sprint(d.Changes[0].DocumentChange) != fmt.Sprint(first) || d.Changes[0].Case != "c1" || d.Changes[0].Recorded != march1.AddDays(2) ||
			d.Changes[1].By != "真街规〔2026〕2号" || len(d.Changes[1].Clauses) != 1 {
			t.Errorf("%v: %+v", err, d)
		}
		if _, err := db.Document(t.Context(), testOrgan, "演练〔2026〕1号"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a document of practice: %v", err)
		}
		organs, err := db.DocumentOrgans(t.Context())
		if err != nil || len(organs) != 2 {
			t.Errorf("%v: %v", err, organs)
		}

		for query, want := range map[string]string{"abc": "真街规〔2026〕1号 ", "2号": "真街规〔2026〕2号 ", "%": "", "清理": "", "旧办法": "旧办法〔2019〕3号 "} {
			if got, _, err := db.Documents(t.Context(), register.Filter{Query: query, Limit: 10}); err != nil || numbers(got) != want {
				t.Errorf("%q finds %q (%v), want %q", query, numbers(got), err, want)
			}
		}
		var walked []register.Document
		for f := (register.Filter{Organ: testOrgan, Limit: 1}); ; {
			page, next, err := db.Documents(t.Context(), f)
			if err != nil || len(page) != 1 {
				t.Fatalf("%v: page %v", err, page)
			}
			walked = append(walked, page...)
			if f.After = next; next == "" {
				break
			}
		}
		if want := "真街规〔2026〕2号 真街规〔2026〕1号 旧办法〔2019〕3号 "; numbers(walked) != want {
			t.Errorf("walked %q, want %q", numbers(walked), want)
		}
		if _, _, err := db.Documents(t.Context(), register.Filter{After: "x"}); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("a cursor of nobody: %v", err)
		}

		for _, statement := range []string{`UPDATE document_changes SET title = ''`, `DELETE FROM document_changes WHERE case_id = 'c1'`} {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
	})
}

// A document whose case turned out to hold a secret is not told of any more.
func TestTheRegisterLeavesOutWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		changes := []casefile.DocumentChange{publishedAs("真街规〔2026〕1号", "停车管理办法", "2026-01-10")}
		registering(db, &changes)
		record(t, db.Store, openingEntry(testOrgan, "c1", "停车管理办法"))
		record(t, db.Store, actEntry(testOrgan, "c1", 2))
		c := casefile.Case{ID: "c1", Organ: testOrgan}
		if err := db.Derived(t.Context(), c, casefile.Derived{Publication: &casefile.Publication{Number: "真街规〔2026〕1号", On: date("2026-01-10")}}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Document(t.Context(), testOrgan, "真街规〔2026〕1号"); err != nil {
			t.Fatal(err)
		}
		if err := db.Derived(t.Context(), c, casefile.Derived{Withdrawn: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Document(t.Context(), testOrgan, "真街规〔2026〕1号"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("still told of: %v", err)
		}
		if list, _, err := db.Documents(t.Context(), register.Filter{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("still listed: %v %v", err, list)
		}
	})
}
