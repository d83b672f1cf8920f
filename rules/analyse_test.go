package rules_test

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

func TestTheShippedPacksAreFreeOfDefects(t *testing.T) {
	for _, p := range embedded(t) {
		found, err := rules.Analyse(p, calendar(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			t.Errorf("%s: %v", d.Pack, d)
		}
	}
}

// related are conditions that often exclude or imply one another.
var related = []string{
	"flag", "flag == other", "amount > 2", "amount < 1", "1 < amount < 3", "amount in [1, 2, 3]", "amount * 2 != 4", "amount >= p.days",
	"amount - 1 < ratio", "ratio <= 1.5", "ratio == amount", "ratio in [1, 2]", `kind == "a"`, `kind != "b"`, `kind in ["a", "c"]`,
	`name == ""`, `name < "m"`, "len(list) > 1", "len(list) < 1", "len(list) == len(more)", `"x" in list`, `last(list) == "x"`,
	"all(list, # in more)", "isSet(from_on)", "today > from_on", "from_on >= today", "from_on <= until_on", "from_on == until_on",
	"calDays(from_on, until_on) >= p.days", "addCal(from_on, amount) < today", "(flag ? amount : 2) > 1", "(other or today > from_on) != third",
}

func relatedCondition(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 || rapid.IntRange(0, 2).Draw(t, "leaf") == 0 {
			return rapid.SampledFrom(related).Draw(t, "atom")
		}
		a, b := relatedCondition(depth-1).Draw(t, "a"), relatedCondition(depth-1).Draw(t, "b")
		form := rapid.SampledFrom([]string{"(%s) and (%s)", "(%s) or (%s)", "not (%s) and (%s)", "not (%s) or (%s)", "flag ? (%s) : (%s)"}).Draw(t, "form")
		return fmt.Sprintf(form, a, b)
	})
}

var (
	neverMet  = regexp.MustCompile(`^rule (r\d): require: it can never be met`)
	alwaysMet = regexp.MustCompile(`^rule (r\d): require: it is always met`)
	contrary  = regexp.MustCompile(`^rule (r\d) contradicts rule (r\d)`)
	idle      = regexp.MustCompile(`^rule (r\d) adds nothing at gate \S+ whenever rule (r\d)`)
	alike     = regexp.MustCompile(`^rule (r\d) says the same as rule (r\d)`)
)

// TestWhatTheAnalysisReportsIsSo judges random rules on random facts: none may
// refute what the analysis says of them.
func TestWhatTheAnalysisReportsIsSo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		two := []string{relatedCondition(1).Draw(rt, "r0"), "other", relatedCondition(1).Draw(rt, "r2")}
		files := gated(two)
		files["parameters.yaml"] = "days:\n  - {from: 2020-01-01, value: 5, unit: 天, basis: 小规定 第三条, provenance: verified}\n"
		p := load(t, files)
		found, err := rules.Analyse(p, calendar(t))
		if err != nil {
			rt.Fatal(err)
		}
		j, err := rules.NewJudge([]*rules.Pack{p}, calendar(t))
		if err != nil {
			rt.Fatal(err)
		}
		pass := func(rule string, facts casefile.Values, today string) bool {
			f, err := j.Rule(rule, rules.Input{Facts: facts, Today: date(t, today)})
			if err != nil {
				rt.Fatal(err)
			}
			return f.Result == casefile.Pass
		}
		for range 20 {
			facts := factValues().Draw(rt, "facts")
			today := rapid.SampledFrom([]string{"2024-05-06", "2024-06-05", "2026-12-30"}).Draw(rt, "today")
			for _, d := range found {
				if !holdsOf(d, func(rule string) bool { return pass(rule, facts, today) }) {
					rt.Errorf("%q: refuted by %v on %s: %v", two, facts, today, d)
				}
			}
		}
	})
}

// holdsOf reports whether what a defect says of rules is so where they pass or do
// not pass.
func holdsOf(d rules.Defect, pass func(string) bool) bool {
	if m := neverMet.FindStringSubmatch(d.Message); m != nil {
		return !pass(m[1])
	}
	if m := alwaysMet.FindStringSubmatch(d.Message); m != nil {
		return pass(m[1])
	}
	if m := contrary.FindStringSubmatch(d.Message); m != nil {
		return !pass(m[1]) || !pass(m[2])
	}
	if m := idle.FindStringSubmatch(d.Message); m != nil {
		return !pass(m[2]) || pass(m[1])
	}
	if m := alike.FindStringSubmatch(d.Message); m != nil {
		return pass(m[1]) == pass(m[2])
	}
	return true
}
