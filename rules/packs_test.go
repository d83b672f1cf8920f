package rules_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func embedded(t testing.TB) []*rules.Pack {
	t.Helper()
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return packs
}

func TestTheShippedPacksPassTheirOwnTests(t *testing.T) {
	packs := embedded(t)
	if len(packs) == 0 {
		t.Fatal("no pack is shipped")
	}
	for _, p := range packs {
		t.Run(p.Name(), func(t *testing.T) {
			for _, r := range rules.RunTests(p, calendar(t)) {
				if r.Passed() {
					continue
				}
				trace, err := json.MarshalIndent(r.Trace, "", "  ")
				if err != nil {
					t.Fatal(err)
				}
				t.Errorf("%s:%d: %s: %s\n%s\n%s", r.Test.File, r.Test.Line, r.Test.Name, r.Problem, r.Basis, trace)
			}
		})
	}
}

func TestEachShippedRuleHasAPassingABlockingAndAnUndeterminedTest(t *testing.T) {
	for _, p := range embedded(t) {
		t.Run(p.Name(), func(t *testing.T) {
			tested := map[string]map[casefile.Result]bool{}
			for _, test := range p.Tests() {
				if tested[test.Rule] == nil {
					tested[test.Rule] = map[casefile.Result]bool{}
				}
				tested[test.Rule][test.Want] = true
			}
			for _, r := range p.Rules() {
				for _, want := range []casefile.Result{casefile.Pass, casefile.Block, casefile.Undetermined} {
					if !tested[r.ID][want] {
						t.Errorf("rule %s has no test with %s", r.ID, want)
					}
				}
			}
		})
	}
}

func TestTheShippedPacksSurviveTheirArchive(t *testing.T) {
	for _, p := range embedded(t) {
		t.Run(p.Name(), func(t *testing.T) {
			again, err := rules.ParseArchive(p.Archive(), p.Stack()...)
			if err != nil {
				t.Fatal(err)
			}
			if again.Digest() != p.Digest() {
				t.Errorf("digest %s, after parsing the archive %s", p.Digest(), again.Digest())
			}
			if diff := cmp.Diff(p.Rules(), again.Rules(), cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
				t.Errorf("the rules differ (-loaded +parsed):\n%s", diff)
			}
		})
	}
}
