package casework

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// What the file has to hold follows from what the case went through, and each paper
// that is missing is named.
func TestChecklistsNameWhatIsThereAndWhatIsMissing(t *testing.T) {
	s, store, _ := working(t)
	store.c.Pinned.Packs = []casefile.PinnedPack{{Pack: "cn.none@1"}, {Pack: "cn.713@2019"}}
	fact := func(name string, value any) { store.c.Facts[name] = casefile.Fact{Name: name, Value: value} }
	for name, value := range map[string]any{"affects_operators": false, "did_participation": true, "did_expert": false, "did_risk": true,
		"pack": []any{"draft", "legality-opinion", "other"}, "launch_outcome": "launch", "archived_docs": []string{"proposal"}} {
		fact(name, value)
	}
	store.c.Steps = append(store.c.Steps, casefile.StepRun{Step: "intake", Round: 1, State: casefile.StepConcluded, Entry: 1})
	got, err := s.Checklists(t.Context(), "c")
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v (%v)", got, err)
	}
	want := Checklist{Step: "submission_check", Held: "pack", Basis: "国务院令第713号 第二十九条", Papers: []Paper{
		{"draft", true}, {"public-opinion-adoption", false}, {"risk-report", false}, {"legality-opinion", true}}}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Paper{{"proposal", true}, {"launch-decision", false}}, got[1].Papers[:2]); diff != "" {
		t.Error(diff)
	}
	delete(store.c.Facts, "affects_operators")
	if got, err = s.Checklists(t.Context(), "c"); err != nil || cmp.Diff([]string{"affects_operators"}, got[0].Unknown) != "" {
		t.Errorf("without a fact: %+v (%v)", got[0], err)
	}
}

// What an act will establish anew does not stand in its way.
func TestWhatTheActItselfEstablishesDoesNotHinderIt(t *testing.T) {
	block := func(rule string, values casefile.Values, missing ...string) casefile.Finding {
		return casefile.Finding{Rule: rule, Effect: casefile.EffectBlock, Result: casefile.Block, Values: values, Missing: missing}
	}
	n := Need{Present: casefile.Values{"given": 1, "field": 1, "other": 1}, Verdict: casefile.Verdict{Findings: []casefile.Finding{
		block("own", casefile.Values{"given": 1, "field": 1, "today": 1}), block("mixed", casefile.Values{"given": 1, "other": 1}),
		block("missing", nil, "set"), block("lacks", nil, "set", "unknown"), block("nothing", nil),
	}}}
	n.Spec = procedure.ActSpec{Gives: []string{"given"}, Sets: casefile.Values{"set": true}, Fields: []procedure.Field{{Fact: "field"}}}
	var got []string
	for _, f := range n.Hindering() {
		got = append(got, f.Rule)
	}
	if diff := cmp.Diff([]string{"mixed", "lacks", "nothing"}, got); diff != "" {
		t.Error(diff)
	}
}
