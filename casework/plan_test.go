package casework

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// pinned is a store of one case and of what is pinned to it.
type pinned struct {
	memory
	contents map[casefile.Digest][]byte
}

func (p *pinned) PutContent(_ context.Context, _ string, digest casefile.Digest, content []byte) error {
	p.contents[digest] = content
	return nil
}

func (p *pinned) Content(_ context.Context, digest casefile.Digest) ([]byte, error) {
	return p.contents[digest], nil
}

// reviewing gives a practice case, pinned to what the first library has, whose
// legality review began on 5 February, and a service that has the second.
func reviewing(t *testing.T, first, second *Library) *Service {
	t.Helper()
	store := &pinned{memory: *caseAt(3, casefile.StatusRunning), contents: map[casefile.Digest][]byte{}}
	def, _ := first.Definition("cn.major-decision")
	packs, err := first.packsOf(def)
	if err != nil {
		t.Fatal(err)
	}
	pin, err := first.pin(t.Context(), def, packs, store)
	if err != nil {
		t.Fatal(err)
	}
	day := legaltime.NewDate(2026, 2, 5)
	c := &store.c
	c.Pinned, c.Practice, c.OpenedOn, c.Today, c.Matter.Title = pin, true, day.AddDays(-40), day, "事项"
	c.Steps = []casefile.StepRun{{Step: "legality_review", Round: 1, State: casefile.StepActive, EnteredOn: day}}
	c.Facts = map[string]casefile.Fact{"decided_on": {Value: "2026-02-05"}, "chief_decision": {Value: "approve"}, "non_disclosable_by_law": {Value: false}}
	c.Deadlines = []casefile.Deadline{{ID: "mad-publish-timely", Rule: "mad-publish-timely", Due: day.AddDays(40), State: casefile.DeadlineOpen}}
	return New(Options{Store: store, Library: second})
}

func TestACaseIsPlannedByWhatIsPinnedToIt(t *testing.T) {
	own := shippedLibrary(t)
	other := &Library{calendar: own.calendar}
	for name, library := range map[string]*Library{"which the library has": own, "which only the store has": other} {
		t.Run(name, func(t *testing.T) {
			s := reviewing(t, own, library)
			plan, err := s.PlanCase(t.Context(), "c", PlanQuestion{})
			if err != nil {
				t.Fatal(err)
			}
			if review, _ := plan.Step("legality_review"); review.Conclude.String() != "2026-02-14" {
				t.Errorf("the review ends on %s", review.Conclude)
			}
			sheet, err := s.Sheet(t.Context(), "c", "mad-publish-timely")
			if err != nil || sheet.Period != "cn.713/publication_time" {
				t.Errorf("sheet of %s: %v", sheet.Period, err)
			}
			feed, err := s.Calendar(t.Context(), "c")
			if err != nil || !strings.Contains(string(feed), "UID:c/plan/legality_review@chengxu") || !strings.Contains(string(feed), "演练") {
				t.Errorf("feed: %v\n%s", err, feed)
			}
		})
	}
}

func TestAMatterIsPlannedWithOverlaysOfTheLibrary(t *testing.T) {
	s := New(Options{Library: shippedLibrary(t)})
	from := planner.Question{From: legaltime.NewDate(2026, 1, 5)}
	plan, err := s.PlanMatter(t.Context(), PlanQuestion{Procedure: "cn.major-decision@2019", Overlays: []string{"cn.shanghai@2020"}, Question: from})
	if err != nil || plan.Decision.String() != "2026-02-14" || len(plan.Packs) != 2 {
		t.Errorf("%+v, %v", plan, err)
	}
	for name, q := range map[string]PlanQuestion{
		"an unknown procedure": {Procedure: "nothing", Question: from},
		"an unknown overlay":   {Procedure: "cn.major-decision@2019", Overlays: []string{"nothing"}, Question: from},
		"no overlay":           {Procedure: "cn.major-decision@2019", Overlays: []string{"cn.713@2019"}, Question: from},
		"no first day":         {Procedure: "cn.major-decision@2019"},
	} {
		if _, err := s.PlanMatter(t.Context(), q); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
