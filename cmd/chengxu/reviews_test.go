package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// reviewWithCanaries finishes a review of the case that says what is restricted.
func (w *world) reviewWithCanaries(t *testing.T) string {
	t.Helper()
	by := audit.Person{Organ: district, Person: "world-auditor", Name: "审计员"}
	r := audit.Review{ID: "world-review", Organ: w.c.Organ, Case: w.c.ID, Practice: w.c.Practice, Checklist: "world@1", By: by, At: w.c.OpenedOn.Start(legaltime.China)}
	err := w.s.store.AddReview(t.Context(), r)
	if err == nil {
		err = w.s.store.AddReviewVersion(t.Context(), r.ID, audit.Version{Number: 1, Finished: true, Head: 1, Hash: "ff", Score: 1000, Grade: "excellent", At: r.At,
			Sheet: audit.Sheet{Items: []audit.Judged{{Item: audit.Item{ID: "a", Kind: audit.Veto, Text: casefile.Text{ZH: "项", EN: "item"}}, Pre: audit.Precheck{Standing: audit.Met}, Result: audit.Met, Reason: canary}}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return r.ID
}

// TestTheFileOfAShippedCaseIsChecked plays a whole case through the real engine: every
// item of the checklist stands as a reader of the scenario expects.
func TestTheFileOfAShippedCaseIsChecked(t *testing.T) {
	s := startTestStack(t, 0)
	c := play(t, s, "../../examples/putuo-waste-sorting.yaml", "reviewed")
	guard := access.New(access.Options{Cases: s.cases, Audit: audit.New(s.store, nil)})
	auditor := auth.Principal{Person: "auditor", Name: "审计员", Organ: c.Organ, Roles: []casefile.Role{auth.Auditor}, Scopes: auth.Scopes()}
	r, err := guard.BeginReview(t.Context(), auditor, c.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]audit.Standing{}
	for _, j := range r.Kept.Sheet.Items {
		got[j.ID] = j.Pre.Standing
		if j.Pre.Standing == audit.Met && len(j.Pre.Entries) == 0 {
			t.Errorf("no entry shows %s", j.ID)
		}
	}
	want := map[string]audit.Standing{"legality-review": audit.Met, "collective-deliberation": audit.Met, "risk-assessment": audit.Met, "participation": audit.Met,
		"dissent-in-minutes": audit.Met, "party-report": audit.Met, "adoption-statements": audit.Met, "expert-signatures": audit.Met,
		"hearing-delivery": audit.NotApplicable, "fair-competition": audit.NotApplicable, "same-version": audit.Met, "publication": audit.Met, "archive": audit.Met}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	done, err := guard.KeepReview(t.Context(), auditor, c.ID, r.ID, audit.Saying{Finish: true, Head: c.Sequence})
	if err != nil || !done.Kept.Finished || done.Kept.Score != 1000 || done.Kept.Grade != "excellent" || done.Kept.Head != c.Sequence || len(done.Kept.Hash) != 64 {
		t.Errorf("finished: %+v, %v", done.Kept, err)
	}
}
