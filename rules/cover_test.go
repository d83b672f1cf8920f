package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/rules"
)

func cover(t *testing.T, files map[string]string) *rules.Coverage {
	t.Helper()
	c, err := rules.Cover(load(t, files), calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// missing shows the points that are not reached, one a line.
func missing(c *rules.Coverage) []string {
	var out []string
	for _, p := range c.Missing() {
		out = append(out, fmt.Sprintf("%s:%d:%d %s %s %s: %s", p.File, p.Line, p.Column, p.Part, p.Source, p.Want, p.Why))
	}
	return out
}

func TestWhatAWeakSuiteDoesNotShow(t *testing.T) {
	c := cover(t, tiny(weakTests))
	want := []string{
		"rules/one.yaml:6:5 require agreed false: it was true once, false never, unknown never",
		"rules/one.yaml:6:5 require agreed unknown: it was true once, false never, unknown never",
		"rules/one.yaml:7:16 require amount >= p.least false: it was true once, false never, unknown never",
		"rules/one.yaml:7:16 require amount >= p.least unknown: it was true once, false never, unknown never",
		"rules/one.yaml:7:16 require amount >= p.least equal: the left side exceeded the right one by 2",
		"rules/one.yaml:7:16 require amount >= p.least just below: the left side exceeded the right one by 2",
		"rules/one.yaml:7:16 require amount >= p.least just above: the left side exceeded the right one by 2",
	}
	if diff := cmp.Diff(want, missing(c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got := fmt.Sprintf("%.1f %.1f %.1f", c.Share(""), c.Share(rules.PointBranch), c.Share(rules.PointBoundary))
	if got != "22.2 33.3 0.0" {
		t.Errorf("shares %s, want 2 of 9, 2 of 6 and 0 of 3", got)
	}
}

func TestAStrongSuiteShowsEverything(t *testing.T) {
	if got := missing(cover(t, tiny(strongTests))); got != nil {
		t.Errorf("not shown: %q", got)
	}
}

// tests of the small pack's rule "one".
func testsOfOne(facts ...string) string {
	var out strings.Builder
	for i, f := range facts {
		fmt.Fprintf(&out, "- {name: 试%d, rule: one, on: 2024-05-06, facts: {%s}, want: pass}\n", i, f)
	}
	return out.String()
}

func TestWhyAPointIsNotShown(t *testing.T) {
	tests := []struct {
		name, require string
		facts         []string
		want          []string
	}{
		{
			"nothing asks the rule", "other", nil,
			[]string{"other true: no test asks the rule one", "other false: no test asks the rule one", "other unknown: no test asks the rule one"},
		},
		{
			"the left side decided", "other or third", []string{"other: true"},
			[]string{
				"other false: it was true once, false never, unknown never", "other unknown: it was true once, false never, unknown never",
				"third true: never evaluated: the left side always decided", "third false: never evaluated: the left side always decided",
				"third unknown: never evaluated: the left side always decided",
			},
		},
		{
			"a branch was not taken", "other ? third : flag", []string{"other: true, third: true"},
			[]string{
				"other false: it was true once, false never, unknown never", "other unknown: it was true once, false never, unknown never",
				"third false: it was true once, false never, unknown never", "third unknown: it was true once, false never, unknown never",
				"flag true: never evaluated: the condition before it was never false",
				"flag false: never evaluated: the condition before it was never false",
			},
		},
		{ // a fact of the record with an initial value is never missing
			"facts that are always known", "flag", []string{"flag: true"},
			[]string{"flag false: it was true once, false never, unknown never"},
		},
		{ // a date of the record is known, yet may not be set
			"dates", "today > until_on", []string{"until_on: 2024-05-05", "until_on: 2024-04-01"},
			[]string{
				"today > until_on false: it was true 2 times, false never, unknown never",
				"today > until_on unknown: it was true 2 times, false never, unknown never",
				"today > until_on equal: the left side exceeded the right one by 1, 35",
				"today > until_on just below: the left side exceeded the right one by 1, 35",
			},
		},
		{ // what is counted is never below 0
			"counts", "amount > 0", []string{"amount: 1"},
			[]string{
				"amount > 0 false: it was true once, false never, unknown never", "amount > 0 unknown: it was true once, false never, unknown never",
				"amount > 0 equal: the left side exceeded the right one by 1",
			},
		},
		{
			"a comparison inside a predicate", "any([1, 5], # == amount)", []string{"amount: 5"},
			[]string{
				"any([1, 5], # == amount) false: it was true once, false never, unknown never",
				"any([1, 5], # == amount) unknown: it was true once, false never, unknown never",
				"# == amount just below: the left side exceeded the right one by 0, -4",
				"# == amount just above: the left side exceeded the right one by 0, -4",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := small(tt.require)
			if tt.facts != nil {
				files["tests/one.yaml"] = testsOfOne(tt.facts...)
			}
			var got []string
			for _, p := range cover(t, files).Missing() {
				if p.Rule == "one" {
					got = append(got, fmt.Sprintf("%s %s: %s", p.Source, p.Want, p.Why))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestARuleThatIsNotInForceIsNotShown(t *testing.T) {
	files := tiny("- {name: 生效前, gate: gate, on: 2020-06-01, facts: {}, want: pass}\n")
	files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "  effect: block\n", "  effect: block\n  in_force: {from: 2021-01-01}\n", 1)
	for _, p := range cover(t, files).Missing() {
		if want := "never evaluated: no test asks this version of the rule"; p.Why != want {
			t.Errorf("%s %s: %s, want %s", p.Source, p.Want, p.Why, want)
		}
	}
}
