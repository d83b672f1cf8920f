package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// everyAct visits every act of every step type, of the case, and of the opening.
func everyAct(visit func(of string, siblings []procedure.ActSpec, spec procedure.ActSpec)) {
	for _, id := range procedure.Types() {
		kind, _ := procedure.Type(id)
		for _, spec := range kind.Acts {
			visit(string(id), kind.Acts, spec)
		}
	}
	for _, spec := range procedure.CaseActs() {
		visit("case", procedure.CaseActs(), spec)
	}
	visit("case", []procedure.ActSpec{procedure.OpeningAct()}, procedure.OpeningAct())
}

func hasVerb(list []procedure.ActSpec, verb string) bool {
	return slices.ContainsFunc(list, func(a procedure.ActSpec) bool { return a.Verb == verb })
}

func fieldOf(spec procedure.ActSpec, name string) (procedure.Field, bool) {
	at := slices.IndexFunc(spec.Fields, func(f procedure.Field) bool { return f.Name == name })
	if at < 0 {
		return procedure.Field{}, false
	}
	return spec.Fields[at], true
}

func TestEveryActIsDescribedSoundly(t *testing.T) {
	everyAct(func(of string, siblings []procedure.ActSpec, spec procedure.ActSpec) {
		name := of + "." + spec.Verb
		if spec.Title.ZH == "" || spec.Title.EN == "" {
			t.Errorf("%s has no title in both languages", name)
		}
		for _, verb := range slices.Concat(spec.Needs, spec.Bars) {
			if !hasVerb(siblings, verb) {
				t.Errorf("%s names act %q, which does not exist", name, verb)
			}
		}
		for i, f := range spec.Fields {
			if f.Title.ZH == "" || f.Title.EN == "" {
				t.Errorf("%s: field %s has no title in both languages", name, f.Name)
			}
			if slices.IndexFunc(spec.Fields, func(x procedure.Field) bool { return x.Name == f.Name }) != i {
				t.Errorf("%s: field %s comes twice", name, f.Name)
			}
			if len(f.Enum) > 0 && f.Kind != procedure.KindText && f.Kind != procedure.KindTexts {
				t.Errorf("%s: field %s lists values for kind %s", name, f.Name, f.Kind)
			}
			if f.Past && f.Kind != procedure.KindDate {
				t.Errorf("%s: field %s is no date", name, f.Name)
			}
		}
		if (spec.Derive == nil) != (len(spec.Gives) == 0) {
			t.Errorf("%s: what it derives is not named", name)
		}
		draft, ok := fieldOf(spec, "draft")
		if (spec.Opinion || spec.FilesDraft) && (!ok || !draft.Required || draft.Kind != procedure.KindDigest) {
			t.Errorf("%s does not name its draft", name)
		}
		ways := 0
		for _, set := range []bool{spec.Outcome != "", spec.OutcomeBy != "", spec.OutcomeOf != nil} {
			if set {
				ways++
			}
		}
		if ways > 1 || (spec.OutcomeOf == nil) != (len(spec.Among) == 0) {
			t.Errorf("%s says its outcome in several ways or in none", name)
		}
	})
}

func TestEveryOutcomeOfAStepTypeIsProducedByAnAct(t *testing.T) {
	for _, id := range procedure.Types() {
		kind, ok := procedure.Type(id)
		if !ok || kind.ID != id || kind.Title.ZH == "" || kind.Title.EN == "" {
			t.Errorf("step type %s is not sound: %+v", id, kind)
		}
		var produced []string
		for _, spec := range kind.Acts {
			if spec.Outcome != "" {
				produced = append(produced, spec.Outcome)
			}
			if f, ok := fieldOf(spec, spec.OutcomeBy); ok {
				produced = append(produced, f.Enum...)
			}
			produced = append(produced, spec.Among...)
		}
		slices.Sort(produced)
		want := slices.Sorted(slices.Values(kind.Outcomes))
		if got := slices.Compact(produced); !slices.Equal(got, want) {
			t.Errorf("step type %s produces %v, says %v", id, got, want)
		}
	}
	if _, ok := procedure.Type("no-such-type"); ok {
		t.Error("a step type that does not exist was found")
	}
}

// mayEstablish reports whether the act may establish the fact.
func mayEstablish(spec procedure.ActSpec, fact string) bool {
	_, set := spec.Sets[fact]
	return set || slices.Contains(spec.Gives, fact) || fact == "stall_reason" ||
		strings.HasPrefix(fact, "item.") && slices.Contains(spec.Gives, "item.*") ||
		slices.ContainsFunc(spec.Fields, func(f procedure.Field) bool { return f.Fact == fact }) ||
		spec.FilesDraft && slices.Contains([]string{"changes_since_review_substantive", "secrecy_review_done"}, fact)
}

// checkEstablished checks that an act establishes nothing but what it names.
func checkEstablished(t testing.TB, d *procedure.Definition, e casefile.Entry) {
	t.Helper()
	if e.Kind != casefile.EntryAct {
		return
	}
	specs := procedure.CaseActs()
	if step, ok := d.Step(e.Step); ok {
		kind, _ := step.Kind()
		specs = kind.Acts
	}
	for _, spec := range specs {
		if spec.Verb != e.Verb {
			continue
		}
		for _, fact := range casefile.SortedNames(e.Facts) {
			if !mayEstablish(spec, fact) {
				t.Errorf("%s.%s establishes %q and does not say so", e.Step, e.Verb, fact)
			}
		}
	}
}

func TestTheArchiveAsksForWhatTheCaseWentThrough(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.do("office", "case.terminate", v{"reason": "规划取消", "decided_by": "区政府"})
	w.do("archivist", "archive.list", v{"additional": []string{"录像"}})
	got := strings.Join(toTexts(w.c.Facts["required_docs"].Value), " ")
	want := "proposal study-report launch-decision drafts draft-explanation legal-basis-list cost-benefit-analysis unit-replies " +
		"prereview-opinion counsel-opinion review-pack legality-opinion submission-pack termination-decision 录像"
	if got != want {
		t.Errorf("required:\n%s\nwant:\n%s", got, want)
	}
}
