package rules_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// tiny gives the files of a pack with one rule, which reads two facts and a
// figure, and with the tests.
func tiny(tests string) map[string]string {
	return map[string]string{
		"pack.yaml": packYAML("{id: gate, question: {zh: 可以吗, en: May it}, rules: [one]}"),
		"facts.yaml": `opened_on: {type: date, source: engine, title: {zh: 立项日, en: Opened}}
agreed: {type: bool, source: determination, title: {zh: 同意, en: Agreed}}
amount: {type: int, source: determination, title: {zh: 数, en: Count}}
`,
		"parameters.yaml": `least:
  - {from: 2020-01-01, value: 3, unit: 个, basis: 小规定 第三条, provenance: verified}
`,
		"rules/one.yaml": `- id: one
  title: {zh: 规则, en: Rule}
  effect: block
  provenance: verified
  require: |
    agreed
    and amount >= p.least
  basis: 小规定 第一条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"tests/one.yaml": tests,
	}
}

const (
	weakTests = `- {name: 都满足, rule: one, facts: {agreed: true, amount: 5}, want: pass}
`
	strongTests = `- {name: 恰好, rule: one, facts: {agreed: true, amount: 3}, want: pass}
- {name: 多一个, rule: one, facts: {agreed: true, amount: 4}, want: pass}
- {name: 少一个, rule: one, facts: {agreed: true, amount: 2}, want: block, effect: block}
- {name: 不同意, rule: one, facts: {agreed: false, amount: 3}, want: block}
- {name: 没有认定同意, rule: one, facts: {amount: 3}, want: undetermined, missing: [agreed]}
- {name: 没有登记数目, rule: one, facts: {agreed: true}, want: undetermined, missing: [amount]}
- {name: 少一个的不得通过, gate: gate, facts: {agreed: true, amount: 2}, want: block}
`
)

func mutate(t *testing.T, files map[string]string) *rules.Mutation {
	t.Helper()
	m, err := rules.Mutate(load(t, files), calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestAWeakSuiteLetsMutantsLive(t *testing.T) {
	m := mutate(t, tiny(weakTests))
	var killed, alive []string
	for _, x := range m.Mutants {
		line := fmt.Sprintf("%s:%d:%d %s: %s", x.File, x.Line, x.Column, x.Subject, x.Change)
		if x.Killed() {
			killed = append(killed, line)
		} else {
			alive = append(alive, line)
		}
	}
	wantKilled := []string{
		"rules/one.yaml:6:5 rule one: require: agreed → not agreed",
		"rules/one.yaml:7:16 rule one: require: amount >= p.least → amount == p.least",
		"rules/one.yaml:7:16 rule one: require: amount >= p.least → amount < p.least",
	}
	wantAlive := []string{
		"rules/one.yaml:7:5 rule one: require: agreed and amount >= p.least → agreed or amount >= p.least",
		"rules/one.yaml:7:5 rule one: require: agreed and amount >= p.least → agreed",
		"rules/one.yaml:7:5 rule one: require: agreed and amount >= p.least → amount >= p.least",
		"rules/one.yaml:7:16 rule one: require: amount >= p.least → amount > p.least",
		"rules/one.yaml:1:7 rule one: effect: block → warn",
		"rules/one.yaml:1:7 rule one: gate gate: not asked",
		"parameters.yaml:2:5 parameter least: 2020-01-01: 3 → 4",
		"parameters.yaml:2:5 parameter least: 2020-01-01: 3 → 2",
	}
	if diff := cmp.Diff(wantKilled, killed); diff != "" {
		t.Errorf("killed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wantAlive, alive); diff != "" {
		t.Errorf("alive (-want +got):\n%s", diff)
	}
	if got := fmt.Sprintf("%.1f", m.Share()); got != "27.3" {
		t.Errorf("share %s, want 3 of 11", got)
	}
}

func TestAStrongSuiteKillsEveryMutant(t *testing.T) {
	m := mutate(t, tiny(strongTests))
	for _, x := range m.Survivors() {
		t.Errorf("%s: %s survives", x.Subject, x.Change)
	}
	if m.Share() != 100 || m.Score() != 100 {
		t.Errorf("share %g, score %g, want 100", m.Share(), m.Score())
	}
}

// Each expression is changed in exactly these ways.
func TestWhatIsChangedInAnExpression(t *testing.T) {
	tests := []struct {
		require string
		want    []string
	}{
		{"flag", []string{"not flag"}},
		{"not flag", []string{"flag"}},
		{"flag or other", []string{"flag and other", "flag", "other", "not flag or other", "flag or not other"}},
		{"flag and other and third", []string{
			"(flag and other) or third", "flag and other", "(flag or other) and third", "flag and third", "other and third",
			"not flag and other and third", "flag and not other and third", "flag and other and not third",
		}},
		{"flag ? other : third", []string{"other", "third", "not flag ? other : third", "flag ? not other : third", "flag ? other : not third"}},
		{"amount < 2", []string{"amount <= 2", "amount != 2", "amount >= 2", "amount < 3", "amount < 1"}},
		{"amount == 2", []string{"amount != 2", "amount <= 2", "amount >= 2", "amount == 3", "amount == 1"}},
		{"not (amount == 2)", []string{"amount == 2", "not (amount <= 2)", "not (amount >= 2)", "not (amount == 3)", "not (amount == 1)"}},
		{"ratio > 0.5", []string{"ratio >= 0.5", "ratio != 0.5", "ratio <= 0.5", "ratio > 0.6", "ratio > 0.4"}},
		{`kind == "a"`, []string{`kind != "a"`, `kind == "b"`, `kind == "c"`}},
		{`kind in ["a", "b"]`, []string{`not (kind in ["a", "b"])`, `kind in ["a", "b", "c"]`, `kind in ["b"]`, `kind in ["a"]`}},
		{`kind not in ["a", "b"]`, []string{`kind in ["a", "b"]`, `not (kind in ["a", "b", "c"])`, `not (kind in ["b"])`, `not (kind in ["a"])`}},
		{`name != ""`, []string{`name == ""`, `name != "x"`}},
		{`all(["x", "y"], # in list)`, []string{
			`any(["x", "y"], # in list)`, `none(["x", "y"], # in list)`, `not all(["x", "y"], # in list)`,
			`all(["y"], # in list)`, `all(["x"], # in list)`, `all(["x", "y"], not (# in list))`,
		}},
		{"none(list, # in more)", []string{
			"not all(list, # in more)", "not one(list, # in more)", "not none(list, # in more)", "none(list, not (# in more))",
		}},
		{"isSet(from_on)", []string{"not isSet(from_on)"}},
		{"addWd(from_on, 3) <= today", []string{
			"addWd(from_on, 3) < today", "addWd(from_on, 3) == today", "addWd(from_on, 3) > today",
			"addCal(from_on, 3) <= today", "addWd(from_on, 4) <= today", "addWd(from_on, 2) <= today",
		}},
		{"earlier(from_on, today) == today", []string{
			"earlier(from_on, today) != today", "earlier(from_on, today) <= today", "earlier(from_on, today) >= today",
			"later(from_on, today) == today", "from_on == today", "today == today",
		}},
		{"amount + 1 > len(list)", []string{
			"amount + 1 >= len(list)", "amount + 1 != len(list)", "amount + 1 <= len(list)",
			"amount - 1 > len(list)", "amount > len(list)", "1 > len(list)", "amount + 2 > len(list)", "amount + 0 > len(list)",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.require, func(t *testing.T) {
			var got []string
			for _, x := range mutate(t, small(tt.require)).Mutants {
				if x.Rule == "one" && x.Source != "" {
					got = append(got, x.Source)
				}
			}
			slices.Sort(got)
			want := slices.Sorted(slices.Values(tt.want))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestADeclaredSurvivorIsCheckedAgainstTheMutants(t *testing.T) {
	files := tiny(strings.Replace(strongTests, ", effect: block", "", 1))
	files["survivors.yaml"] = `- rule: one
  mutant: "effect: block → warn"
  because: {zh: 试验, en: a trial}
- parameter: least
  mutant: "2020-01-01: 3 → 4"
  because: {zh: 有测试, en: a test notices it}
- rule: one
  mutant: "require: nothing"
  because: {zh: 没有, en: there is none}
`
	m := mutate(t, files)
	if got := m.Survivors(); len(got) != 1 || got[0].Change != "effect: block → warn" || got[0].Because.EN != "a trial" {
		t.Errorf("survivors %+v", got)
	}
	if m.Score() != 100 || m.Share() >= 100 {
		t.Errorf("score %g, share %g", m.Score(), m.Share())
	}
	var stale []string
	for _, s := range m.Stale {
		stale = append(stale, fmt.Sprintf("%s:%d %s", s.File, s.Line, s.Mutant))
	}
	want := []string{"survivors.yaml:4 2020-01-01: 3 → 4", "survivors.yaml:7 require: nothing"}
	if diff := cmp.Diff(want, stale); diff != "" {
		t.Errorf("stale (-want +got):\n%s", diff)
	}
}

func TestABadListOfSurvivorsIsRefused(t *testing.T) {
	tests := map[string]struct{ survivors, want string }{
		"no subject":   {`- {mutant: x, because: {zh: 因, en: why}}`, "survivors.yaml:1:3: survivor: give one of rule, parameter, period and table"},
		"two subjects": {`- {rule: one, parameter: least, mutant: x, because: {zh: 因, en: why}}`, "survivors.yaml:1:3: survivor: give one of rule, parameter, period and table"},
		"unknown rule": {`- {rule: two, mutant: x, because: {zh: 因, en: why}}`, "survivors.yaml:1:3: survivor: this pack declares no rule two"},
		"no reason":    {`- {rule: one, mutant: x}`, "survivors.yaml:1:3: survivor: because is missing"},
		"twice": {
			"- {rule: one, mutant: x, because: {zh: 因, en: why}}\n- {rule: one, mutant: x, because: {zh: 因, en: why}}",
			"survivors.yaml:2:3: survivor: the mutant is given twice, first in line 1",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := tiny(weakTests)
			files["survivors.yaml"] = tt.survivors + "\n"
			_, err := rules.LoadPack(packFiles(files), ".")
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestAPackWhoseTestsFailIsNotMutated(t *testing.T) {
	_, err := rules.Mutate(load(t, tiny(strings.Replace(weakTests, "pass", "block", 1))), calendar(t))
	if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), "都满足") {
		t.Errorf("got %v", err)
	}
}
