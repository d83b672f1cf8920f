package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

func TestAFormIsKeptForOnePersonCaseAndAct(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		draft := func(person casefile.PersonID, id casefile.ID, act, content string, day int) store.FormDraft {
			return store.FormDraft{Organ: testOrgan, Person: person, Case: id, Act: act, Content: content, Saved: instant(day)}
		}
		save := func(d store.FormDraft) {
			t.Helper()
			if err := db.SaveFormDraft(t.Context(), d, 3); err != nil {
				t.Fatal(err)
			}
		}
		save(draft("li", "c1", "case.note", "half", 1))
		save(draft("li", "c1", "case.note", "whole\n字", 2))
		save(draft("li", "c1", "case.suspend", "s", 3))
		save(draft("wang", "c1", "case.note", "other", 4))
		got, err := db.FormDraft(t.Context(), testOrgan, "li", "c1", "case.note")
		if err != nil || got != draft("li", "c1", "case.note", "whole\n字", 2) {
			t.Errorf("got %+v (%v)", got, err)
		}
		all, err := db.FormDraftsOf(t.Context(), testOrgan, "li", "c1")
		if err != nil || len(all) != 2 || all[0].Act != "case.suspend" {
			t.Errorf("drafts %+v (%v)", all, err)
		}
		save(draft("li", "c2", "case.note", "third", 5))
		save(draft("li", "c2", "case.note", "third again", 6)) // in the place of its own, also where no more are kept
		for i := range 2 {
			if err := db.SaveFormDraft(t.Context(), draft("li", casefile.ID(fmt.Sprint("c", 3+i)), "case.note", "fourth", 6), 3); !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("one more than is kept: %v", err)
			}
		}
		if err := db.DropFormDraft(t.Context(), testOrgan, "li", "c1", "case.note"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.FormDraft(t.Context(), testOrgan, "li", "c1", "case.note"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a draft that was removed: %v", err)
		}
		if got, err := db.FormDraft(t.Context(), testOrgan, "wang", "c1", "case.note"); err != nil || got.Content != "other" {
			t.Errorf("the draft of somebody else: %+v (%v)", got, err)
		}
		if _, err := db.FormDraft(t.Context(), "another organ", "wang", "c1", "case.note"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("by another organ: %v", err)
		}
		if err := db.PurgeFormDrafts(t.Context(), instant(5)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.FormDraft(t.Context(), testOrgan, "wang", "c1", "case.note"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a draft that is too old: %v", err)
		}
		if _, err := db.FormDraft(t.Context(), testOrgan, "li", "c2", "case.note"); err != nil {
			t.Errorf("a newer draft: %v", err)
		}
	})
}
