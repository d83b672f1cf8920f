package procedure_test

import (
	"bytes"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// TestAKeptDefinitionIsReadWhenStepTypesHaveGrown stands for a definition that
// was written before the step types gained an act and an outcome.
func TestAKeptDefinitionIsReadWhenStepTypesHaveGrown(t *testing.T) {
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d, err := procedure.Load(source.Name, source.Content)
	if err != nil {
		t.Fatal(err)
	}
	older := d.Canonical()
	for _, cut := range []string{
		`{"verb":"consult_group","roles":["drafter"]},`,
		`,{"is":"rework","to":"drafting","free":"根据公众意见作实质性修改，退回拟订草案"}`,
	} {
		shorter := bytes.Replace(older, []byte(cut), nil, 1)
		if len(shorter) == len(older) {
			t.Fatalf("the definition does not contain %s", cut)
		}
		older = shorter
	}
	kept, err := procedure.ParseCanonical(older)
	if err != nil {
		t.Fatalf("a kept definition is not read: %v", err)
	}
	c := &casefile.Case{ID: "c", Sequence: 1, Status: casefile.StatusRunning, Facts: map[string]casefile.Fact{},
		Steps: []casefile.StepRun{{Step: "participation", Round: 1, State: casefile.StepActive}}}
	by := casefile.Actor{Person: "a", Roles: []casefile.Role{"drafter"}}
	for kind, want := range map[string]casefile.RefusalCode{
		"participation.consult_group": casefile.RefusedUnknownAct,
		"participation.rework":        casefile.RefusedBadValue,
	} {
		with := casefile.Values{"reason": "修改"}
		_, refusal := kept.Plan(c, casefile.Act{ID: "x", Kind: kind, By: by, With: with}, nil, c.Today)
		if refusal == nil || refusal.Code != want {
			t.Errorf("%s: refused with %+v, want %s", kind, refusal, want)
		}
	}
}
