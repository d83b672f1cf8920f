package procedure_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

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
