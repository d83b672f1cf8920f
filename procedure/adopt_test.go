package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// A step that goes on under its id may not become another type of step: what was
// done in it would mean something else.
func TestACaseDoesNotMoveToAnotherTypeOfTheStepThatItIsAt(t *testing.T) {
	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	def := must(procedure.Load(source.Name, source.Content))
	release := procedure.Release{Definition: def, Pinned: casefile.Pinned{Procedure: def.Name(), Definition: def.Digest()}}
	for _, p := range must(rules.Embedded()) {
		if slices.Contains(def.Packs, p.Name()) {
			release.Packs = append(release.Packs, p)
			release.Pinned.Packs = append(release.Pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
		}
	}
	release.Judge = must(rules.NewJudge(release.Packs, must(legaltime.Embedded())))
	c := &casefile.Case{ID: "c", Sequence: 1, Status: casefile.StatusRunning, Facts: map[string]casefile.Fact{}, Pinned: release.Pinned,
		OpenedOn: legaltime.NewDate(2025, 3, 3), Today: legaltime.NewDate(2025, 3, 3),
		Steps: []casefile.StepRun{{Step: "drafting", Round: 1, State: casefile.StepActive}}}
	if _, refusal := release.MayAdopt(def, c, c.Today); refusal != nil && refusal.Field == "definition" {
		t.Fatalf("the same steps: %v", refusal)
	}
	from := *def
	from.Steps = slices.Clone(def.Steps)
	for i := range from.Steps {
		if from.Steps[i].ID == "drafting" {
			from.Steps[i].Type = "study"
		}
	}
	_, refusal := release.MayAdopt(&from, c, c.Today)
	if refusal == nil || refusal.Field != "definition" || !strings.Contains(refusal.Message.EN, "type drafting in the definition and was study") {
		t.Errorf("refused with %+v", refusal)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // a mistake in the test itself
	}
	return v
}
