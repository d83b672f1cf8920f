package procedure_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

type library []*rules.Pack

func (l library) Pack(name string) (*rules.Pack, bool) {
	for _, p := range l {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}

// shippedPacks gives the packs that come with the program.
func shippedPacks(t testing.TB) library {
	t.Helper()
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

func shippedCalendar(t testing.TB) *legaltime.Calendar {
	t.Helper()
	cal, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// decision gives the shipped definition of the major decision.
func decision(t testing.TB) *procedure.Definition {
	t.Helper()
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if s.Name == "cn.major-decision.2019.yaml" {
			d, err := procedure.Load(s.Name, s.Content)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
	}
	t.Fatal("the major decision is not shipped")
	return nil
}

func TestEveryShippedDefinitionFitsItsPacks(t *testing.T) {
	sources, err := procedure.Embedded()
	if err != nil || len(sources) < 2 {
		t.Fatalf("%d definitions (%v)", len(sources), err)
	}
	for _, s := range sources {
		d, err := procedure.Load(s.Name, s.Content)
		if err != nil {
			t.Fatal(err)
		}
		if err := procedure.Check(d, shippedPacks(t)); err != nil {
			t.Error(err)
		}
	}
}

// A step does without acts by name: they are not possible, ask for no fact and lead
// nowhere. What waits for them, or is not there, is refused.
func TestAStepDoesWithoutActs(t *testing.T) {
	step := func(without ...string) procedure.Step {
		return procedure.Step{ID: "review", Type: procedure.LegalityReview, Without: without}
	}
	kind, _ := step("conclude_exploratory").Kind()
	if _, there := kind.Act("conclude_exploratory"); there || slices.Contains(kind.Outcomes, "exploratory") {
		t.Errorf("the exception is still there: %v", kind.Outcomes)
	}
	if !slices.Contains(kind.Outcomes, "unlawful") {
		t.Errorf("an outcome of other acts is gone: %v", kind.Outcomes)
	}
	whole, _ := step().Kind()
	if _, there := whole.Act("conclude_exploratory"); !there {
		t.Error("the step type itself has lost the act")
	}
	for _, tt := range []struct{ without, want string }{
		{"[conclude_exploratory, nothing]", `has no act "nothing"`},
		{"[conclude_exploratory, conclude_exploratory]", "named twice"},
		{"[conclude_exploratory, submit]", `comes after "submit", which the step does without`},
		{"[conclude_exploratory, conclude]", `has no act "conclude"`}, // and still has a rule
	} {
		_, err := procedure.Load("x.yaml", bytes.Replace(source(t, "cn.normative-document.2018.yaml"), []byte("without: [conclude_exploratory]"), []byte("without: "+tt.without), 1))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.without, err)
		}
	}
}

func source(t *testing.T, name string) []byte {
	t.Helper()
	all, err := procedure.Embedded()
	at := slices.IndexFunc(all, func(s procedure.Source) bool { return s.Name == name })
	if err != nil || at < 0 {
		t.Fatalf("%s is not shipped (%v)", name, err)
	}
	return all[at].Content
}

// What asks for the review of a suspension is an article of the instrument that the
// procedure carries out, not of another one.
func TestASuspensionIsReviewedByItsOwnInstrument(t *testing.T) {
	for file, want := range map[string]string{
		"cn.major-decision.2019.yaml":     "国务院令第713号 第三十八条第二款",
		"cn.normative-document.2018.yaml": "国办发〔2018〕37号",
	} {
		d, err := procedure.Load(file, source(t, file))
		if err != nil {
			t.Fatal(err)
		}
		day, err := legaltime.ParseDate("2025-03-03")
		if err != nil {
			t.Fatal(err)
		}
		c := &casefile.Case{ID: "c", Organ: "o", Status: casefile.StatusRunning, Today: day, OpenedOn: day, Sequence: 1, Facts: map[string]casefile.Fact{},
			Steps: []casefile.StepRun{{Step: d.Start, Round: 1, State: casefile.StepActive, EnteredOn: day, Entry: 1}}}
		act := casefile.Act{ID: "a", Kind: "case.suspend", By: casefile.Actor{Person: "p", Name: "p", Roles: []casefile.Role{"office"}},
			With: casefile.Values{"reason": "等待上级答复", "decided_by": "主任", "review_on": "2025-04-01"}}
		plan, refusal := d.Plan(c, act, nil, day)
		if refusal != nil {
			t.Fatal(refusal)
		}
		got := plan.Entry(rules.Judgement{}).Deadlines
		if len(got) != 1 || got[0].Basis != want {
			t.Errorf("%s: %+v, want basis %s", file, got, want)
		}
	}
}
