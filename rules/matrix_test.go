package rules_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/rules"
)

const smallObligations = `instrument: xx.small
obligations:
  - id: first
    article: 第一条
    who: {zh: 甲, en: A}
    must: {zh: 做一, en: do one}
    met_by: {rules: [one], acts: [step.do]}
  - {id: second, article: 第二条第一款, who: {zh: 甲, en: A}, must: {zh: 做二, en: do two}, human: {zh: 人定, en: people decide}}
without_obligation:
  - {article: 第三条, because: {zh: 目的, en: purpose}}
`

// obliging gives the files of a pack with obligations, tested.
func obliging() map[string]string {
	files := small("flag")
	files["pack.yaml"] = strings.Replace(files["pack.yaml"], "text_seen: 自拟", "text_seen: 自拟, cited_as: [小规定], articles: 3", 1)
	files["obligations.yaml"] = smallObligations
	files["tests/none.yaml"] = `- {name: 通过, rule: one, facts: {flag: true}, want: pass}
- {name: 不通过, rule: one, facts: {flag: false}, want: block}
`
	return files
}

func asked() rules.Enforcement {
	return rules.Enforcement{
		Gates: map[rules.Ref][]string{"xx.small/gate": {"环节"}},
		Acts:  map[string]string{"step.do": "环节"},
	}
}

func TestTheMatrixNamesStepsRulesAndTests(t *testing.T) {
	p := load(t, obliging())
	m := rules.MakeMatrix(p, rules.RunTests(p, calendar(t)), asked())
	if len(m.Gaps) > 0 || m.Automated != 1 || m.Human != 1 || len(m.Rows) != 2 {
		t.Fatalf("%+v", m)
	}
	want := []rules.RuleTest{{Rule: "one", Steps: []string{"环节"}, Positive: 1, Negative: 1}}
	if diff := cmp.Diff(want, m.Rows[0].Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if m.Rows[1].Standing != rules.Human || m.Rows[1].Place.String() != "小规定 第二条第一款" {
		t.Errorf("second row: %+v", m.Rows[1])
	}
}

func TestARuleThatNoProcedureAsksIsNotCountedAsAutomated(t *testing.T) {
	files := obliging()
	files["obligations.yaml"] = strings.Replace(smallObligations, ", acts: [step.do]", "", 1)
	p := load(t, files)
	m := rules.MakeMatrix(p, rules.RunTests(p, calendar(t)), rules.Enforcement{})
	if m.Unasked != 1 || m.Automated != 0 {
		t.Errorf("%d unasked, %d automated; want 1 and 0", m.Unasked, m.Automated)
	}
}

func TestTheMatrixHasAGapForWhatIsNotMappedOrNotTested(t *testing.T) {
	for _, tt := range []struct{ name, file, old, new, want string }{
		{"no passing test", "tests/none.yaml", "- {name: 通过, rule: one, facts: {flag: true}, want: pass}\n", "", "rule one has 0 passing tests that want pass and 1 that want block"},
		{"no blocking test", "tests/none.yaml", "- {name: 不通过, rule: one, facts: {flag: false}, want: block}\n", "", "rule one has 1 passing tests that want pass and 0 that want block"},
		{"a test that fails", "tests/none.yaml", "flag: false}", "flag: true}", "rule one has 1 passing tests that want pass and 0 that want block"},
		{"no such act", "obligations.yaml", "step.do", "step.undo", "obligations.yaml:3: first: no procedure has the act step.undo"},
		{"no such step", "obligations.yaml", "acts: [step.do]", "steps: [stop]", "no procedure has the step stop"},
		{"no such separation", "obligations.yaml", "acts: [step.do]", "separate: [a/b]", "no procedure has the separation of roles a/b"},
		{"article left out", "obligations.yaml", "第三条", "第二条", "第三条 has no obligation in the list"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := obliging()
			if tt.name == "article left out" {
				files["obligations.yaml"] = strings.Replace(files["obligations.yaml"], "第二条第一款", "第一条", 1)
			}
			files[tt.file] = strings.Replace(files[tt.file], tt.old, tt.new, 1)
			p := load(t, files)
			m := rules.MakeMatrix(p, rules.RunTests(p, calendar(t)), asked())
			if got := strings.Join(m.Gaps, "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("gaps %q; want %q", got, tt.want)
			}
		})
	}
}

func TestAnObligationThatIsNotRightIsRefusedWithTheLine(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown rule", "rules: [one]", "rules: [none]", "obligations.yaml:7:22: met_by: there is no rule none"},
		{"unknown period", "rules: [one]", "periods: [none]", "obligations.yaml:7:24: met_by: there is no period none"},
		{"unknown parameter", "rules: [one]", "parameters: [none]", "obligations.yaml:7:27: met_by: there is no parameter none"},
		{"unknown table", "rules: [one]", "tables: [none]", "obligations.yaml:7:23: met_by: there is no table none"},
		{"unknown paper", "rules: [one]", "rules: [one], documents: [list/paper]", "there is no paper that its rules look for list/paper"},
		{"neither met nor human", "    met_by: {rules: [one], acts: [step.do]}\n", "", "obligations.yaml:3:5: obligation first: say by what it is met"},
		{"no such article", "第一条", "第四条", "obligations.yaml:4:14: article: 小规定 has 3 articles; there is no 第四条"},
		{"no article", "第一条", "第一章", "obligations.yaml:4:14: article: name one article"},
		{"twice", "id: second", "id: first", "obligation first is given twice, first in line 3"},
		{"obliging article said to be free", "article: 第三条", "article: 第一条", "第一条 is said to have no obligation, but first stands in it"},
		{"unknown instrument", "instrument: xx.small", "instrument: xx", "obligations.yaml:1:13: instrument: pack.yaml lists no instrument xx"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := obliging()
			files["obligations.yaml"] = strings.Replace(smallObligations, tt.old, tt.new, 1)
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}
