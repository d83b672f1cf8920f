package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// cleanupBrowser knows a clean-up whose inventory is frozen.
func cleanupBrowser(t *testing.T) *browser {
	t.Helper()
	b := newBrowser(t, false)
	b.token = "drafter"
	sources, err := procedure.Embedded()
	at := slices.IndexFunc(sources, func(s procedure.Source) bool { return s.Name == "cn.document-cleanup.2023.yaml" })
	if err != nil || at < 0 {
		t.Fatal(at, err)
	}
	if b.fake.def, err = procedure.Load(sources[at].Name, sources[at].Content); err != nil {
		t.Fatal(err)
	}
	c := b.fake.cases["real"]
	c.Steps = []casefile.StepRun{{Step: "review", Round: 1, State: casefile.StepActive, EnteredOn: date("2024-03-01"), Entry: 1}}
	c.Facts = map[string]casefile.Fact{"in_scope": {Value: []any{"No. 1 Parking", "No. 2 <Green>", "No. 3 Signs"}}, "unreviewed": {Value: []any{"No. 1 Parking", "No. 2 <Green>"}}}
	b.fake.cases["real"] = c
	return b
}

// Whoever reviews chooses among the documents of the inventory that have no conclusion yet,
// and types none of them.
func TestTheReviewFormOffersTheInventory(t *testing.T) {
	b := cleanupBrowser(t)
	const path = "/cases/real/acts/review.evaluate"
	page := b.wants(path, http.StatusOK, `type="checkbox" name="with.documents" value="No. 1 Parking"`, `value="No. 2 &lt;Green&gt;"`)
	if strings.Contains(page, "No. 3 Signs") {
		t.Error("offers a document that has a conclusion")
	}
	b.post(path, url.Values{"id": {"e1"}, "seen": {"3"}, "do": {"act"}, "with.unit": {"Roads"}, "with.documents": {"No. 1 Parking", "No. 2 <Green>"}, "with.conclusion": {"keep"},
		"with.lawful": {"true"}, "with.needed": {"true"}, "with.effective": {"true"}, "with.coordinated": {"true"}, "with.reason": {"fine"}})
	if done := b.fake.done; len(done) != 1 || cmp.Diff([]string{"No. 1 Parking", "No. 2 <Green>"}, done[0].With["documents"]) != "" {
		t.Errorf("done: %+v", done)
	}
	b.wants("/cases/real/acts/review.correct", http.StatusOK, "<textarea id=\"f-documents\"") // nothing is concluded yet: there is nothing to choose from
}

// What was put into a plan stands on the page of the clean-up with what became of it, and
// what is late in the work list.
func TestPlansOfACleanUpAreShown(t *testing.T) {
	b := cleanupBrowser(t)
	by := date("2024-05-31")
	b.fake.scheduled = []casework.Planned{
		{ScheduledDocument: procedure.ScheduledDocument{Line: "No. 1 <Parking>", By: by}, Case: "real", Matter: "Clean-up of 2024", Late: true},
		{ScheduledDocument: procedure.ScheduledDocument{Line: "No. 2 Green", By: by}, Case: "real", Matter: "Clean-up of 2024", Done: "amending"},
	}
	b.wants("/cases/real", http.StatusOK, "Documents put into a plan", "No. 1 &lt;Parking&gt;", "late, nothing has been done", `href="/cases/amending"`, "2024-05-31")
}
