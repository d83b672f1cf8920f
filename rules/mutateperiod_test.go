package rules_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// timed gives the files of a pack with a duty whose period is recalled, and with
// a table.
func timed(tests string) map[string]string {
	return map[string]string{
		"pack.yaml": packYAML("{id: duties, question: {zh: 履行了吗, en: Performed}, rules: [answer]}"),
		"facts.yaml": `opened_on: {type: date, source: engine, title: {zh: 立项日, en: Opened}}
asked_on: {type: date, source: record, initial: "", title: {zh: 申请日, en: Asked}}
answered: {type: bool, source: record, initial: false, title: {zh: 已答复, en: Answered}}
kind: {type: enum, enum: [a, b, c], source: determination, title: {zh: 种类, en: Kind}}
`,
		"parameters.yaml": `answer_days:
  - {from: 2020-01-01, value: 10, unit: 工作日, basis: 小规定 第三条, provenance: verified}
  - {from: 2024-01-01, value: 5, unit: 工作日, basis: 小规定 第三条, provenance: verified}
`,
		"periods.yaml": `answer_time:
  title: {zh: 答复期限, en: time to answer}
  kind: maximum
  length: answer_days
  unit: working_days
  from: |
    asked_on
  when: |
    isSet(asked_on)
  remind: [2]
  basis: 小规定 第三条
  provenance: verified
`,
		"tables/owed.yaml": `id: owed
title: {zh: 是否应当答复, en: whether an answer is owed}
hit: first
inputs: [kind]
type: bool
rows:
  - {when: [a], then: true}
  - {when: ["-"], then: false}
basis: 小规定 第四条
provenance: verified
`,
		"rules/one.yaml": `- id: answer
  title: {zh: 规则, en: Rule}
  effect: duty
  provenance: verified
  arises: |
    t.owed
  met: |
    answered
  due: |
    d.answer_time
  basis: 小规定 第三条
  message: {zh: 没有答复, en: Not answered}
  remedy: {zh: 答复, en: Answer it}
`,
		"tests/one.yaml": tests,
	}
}

// The fifth working day after Monday 2024-05-06 is the Saturday, a make-up day.
const timedTests = `- {name: 最后一日, rule: answer, on: 2024-05-11, facts: {kind: a, asked_on: 2024-05-06, answered: false}, want: pass, met: false, due: 2024-05-11, remind_on: [2024-05-09]}
- {name: 逾期, rule: answer, on: 2024-05-12, facts: {kind: a, asked_on: 2024-05-06, answered: false}, want: block}
- {name: 已答复, rule: answer, on: 2024-05-12, facts: {kind: a, asked_on: 2024-05-06, answered: true}, want: pass, met: true}
- {name: 不必答复, rule: answer, on: 2024-05-12, facts: {kind: b, asked_on: 2024-05-06, answered: false}, want: pass, due: ""}
- {name: 也不必答复, rule: answer, on: 2024-05-12, facts: {kind: c, asked_on: 2024-05-06, answered: false}, want: pass, due: ""}
- {name: 旧期限, period: answer_time, on: 2023-12-29, facts: {asked_on: 2023-12-11, opened_on: 2023-12-31}, want: pass, due: 2023-12-25}
- {name: 新期限, period: answer_time, on: 2024-01-01, facts: {asked_on: 2024-05-06, opened_on: 2024-01-01}, want: pass, due: 2024-05-11}
- {name: 没有申请, period: answer_time, on: 2024-05-06, facts: {asked_on: ""}, want: block}
- {name: 逾期的义务, gate: duties, on: 2024-05-12, facts: {kind: a, asked_on: 2024-05-06, answered: false}, want: block, hindered_by: [answer]}
`

func TestPeriodsFiguresAndTablesAreMutated(t *testing.T) {
	m := mutate(t, timed(timedTests))
	for _, x := range m.Survivors() {
		t.Errorf("%s: %s survives", x.Subject, x.Change)
	}
	var got []string
	for _, x := range m.Mutants {
		if x.Rule == "" {
			got = append(got, x.String()+": "+x.Change)
		}
	}
	want := []string{
		"parameter answer_days: 2020-01-01: 10 → 11",
		"parameter answer_days: 2020-01-01: 10 → 9",
		"parameter answer_days: 2024-01-01: 5 → 6",
		"parameter answer_days: 2024-01-01: 5 → 4",
		"parameter answer_days: 2024-01-01: dropped",
		"parameter answer_days: 2024-01-01 → 2024-01-02",
		"parameter answer_days: 2024-01-01 → 2023-12-31",
		"period answer_time: when: isSet(asked_on) → not isSet(asked_on)",
		"period answer_time: unit: working_days → calendar_days",
		"period answer_time: when: dropped",
		"period answer_time: remind: 2 dropped",
		"period answer_time: remind: 2 → 3",
		"period answer_time: remind: 2 → 1",
		"table owed: row (a): dropped",
		"table owed: row (a): true → false",
		`table owed: row (a): kind == "a" → kind != "a"`,
		`table owed: row (a): kind == "a" → kind == "b"`,
		`table owed: row (a): kind == "a" → kind == "c"`,
		"table owed: row (-): dropped",
		"table owed: row (-): false → true",
		"table owed: row (-): true → false",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAWrongTestOfAPeriodOrADutyFails(t *testing.T) {
	tests := map[string]struct{ from, to, want string }{
		"last day": {"2024-05-06, opened_on: 2024-01-01}, want: pass, due: 2024-05-11", "2024-05-06, opened_on: 2024-01-01}, want: pass, due: 2024-05-12", `新期限: want the last day "2024-05-12", got "2024-05-11"`},
		"runs":     {`{asked_on: ""}, want: block`, `{asked_on: ""}, want: pass`, `没有申请: want pass, got block`},
		"reminder": {"remind_on: [2024-05-09]", "remind_on: [2024-05-08]", `最后一日: want to be reminded on ["2024-05-08"], got ["2024-05-09"]`},
		"duties":   {"hindered_by: [answer]", "hindered_by: []", `逾期的义务: want it hindered by [], got ["answer"]`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(timedTests, tt.from) {
				t.Fatalf("no %q to replace", tt.from)
			}
			var failed []string
			for _, r := range rules.RunTests(load(t, timed(strings.Replace(timedTests, tt.from, tt.to, 1))), calendar(t)) {
				if !r.Passed() {
					failed = append(failed, r.Test.Name+": "+r.Problem)
				}
			}
			if len(failed) != 1 || !strings.HasPrefix(failed[0], tt.want) {
				t.Errorf("got %q, want %q", failed, tt.want)
			}
		})
	}
}

func TestATestThatAsksTheWrongThingIsRefused(t *testing.T) {
	tests := map[string]string{
		"- {name: 试, period: other, on: 2024-05-06, facts: {}, want: pass}":                               `test "试": there is no period other`,
		"- {name: 试, period: answer_time, on: 2024-05-06, facts: {}, want: pass, met: true}":              `test "试": a period has want, due, missing and provisional`,
		"- {name: 试, gate: duties, on: 2024-05-06, facts: {}, want: pass, effect: duty}":                  `test "试": effect, due, met, remind_on and provisional are for rules`,
		"- {name: 试, rule: xx.other/answer, on: 2024-05-06, facts: {}, want: pass}":                       `test "试": there is no rule xx.other/answer`,
		"- {name: 试, rule: answer, period: answer_time, on: 2024-05-06, facts: {}, want: pass}":           `test "试": give either rule, gate or period`,
		"- {name: 试, rule: answer, on: 2024-05-06, facts: {kind: a}, want: pass, effect: sometimes}":      `effect: "sometimes" is none of block, warn, duty, applies`,
		"- {name: 试, rule: answer, on: 2024-05-06, facts: {kind: a}, want: pass, remind_on: [yesterday]}": `remind_on: `,
	}
	for _, test := range slices.Sorted(maps.Keys(tests)) {
		_, err := rules.LoadPack(packFiles(timed(test+"\n")), ".")
		if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tests[test]) {
			t.Errorf("%s\ngot %v, want %s", test, err, tests[test])
		}
	}
}

// A rule of a lower pack may be tested by a pack that tightens what it reads.
func TestAPackTestsTheRulesItBuildsOn(t *testing.T) {
	base := load(t, tightenable())
	p := overlay(t, base, `xx.small/least:
  - {from: 2020-01-01, value: 3, unit: 个, basis: 小规定 第四条, provenance: verified}
`)
	for _, r := range rules.RunTests(p, calendar(t)) {
		if !r.Passed() {
			t.Errorf("%s: %s", r.Test.Name, r.Problem)
		}
	}
	m, err := rules.Mutate(p, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range m.Survivors() {
		t.Errorf("%s: %s survives", x.Subject, x.Change)
	}
	var figures []string
	for _, x := range m.Mutants {
		if x.Parameter != "" {
			figures = append(figures, x.Parameter+": "+x.Change)
		}
	}
	want := []string{"xx.small/least: 2020-01-01: 3 → 4"} // 2 would loosen, and is refused
	if diff := cmp.Diff(want, figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// tightenable is the tiny pack whose figure a lower pack may raise.
func tightenable() map[string]string {
	files := tiny(weakTests)
	files["parameters.yaml"] = `least:
  stricter: higher
  rows:
    - {from: 2020-01-01, value: 3, unit: 个, basis: 小规定 第三条, provenance: verified}
`
	return files
}

// overlay loads a pack that builds on the tightenable one, with its parameters.
func overlay(t testing.TB, base *rules.Pack, parameters string) *rules.Pack {
	t.Helper()
	over := map[string]string{
		"pack.yaml":       strings.Replace(strings.Replace(packYAML("{id: more, adds_to: xx.small/gate, rules: [two]}"), "id: xx.small\n", "id: xx.over\nover: [xx.small]\n", 1), "rank: rule", "rank: local-measure", 1),
		"facts.yaml":      "{}\n",
		"parameters.yaml": parameters,
		"rules/two.yaml":  strings.Replace(strings.ReplaceAll(tiny("")["rules/one.yaml"], "id: one", "id: two"), "and amount >= p.least", "", 1),
		"tests/two.yaml": `- {name: 三个, rule: xx.small/one, on: 2024-05-06, facts: {agreed: true, amount: 3}, want: pass}
- {name: 两个, rule: xx.small/one, on: 2024-05-06, facts: {agreed: true, amount: 2}, want: block}
- {name: 同意, rule: two, on: 2024-05-06, facts: {agreed: true}, want: pass}
- {name: 不同意, rule: two, on: 2024-05-06, facts: {agreed: false}, want: block, effect: block}
- {name: 不同意的不得通过, gate: more, on: 2024-05-06, facts: {agreed: false, amount: 4}, want: block, hindered_by: [one, two]}
`,
	}
	p, err := rules.LoadPack(packFiles(over), ".", base)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
