package rules_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// gated gives the files of a pack whose gate "asked" holds rules r0, r1, … with
// the conditions; those at odd places only warn.
func gated(conditions []string) map[string]string {
	files := small("flag")
	var ids []string
	var text strings.Builder
	for i, condition := range conditions {
		id, effect := fmt.Sprintf("r%d", i), "block"
		if i%2 == 1 {
			effect = "warn"
		}
		ids = append(ids, id)
		fmt.Fprintf(&text, "- id: %s\n  title: {zh: 规则%d, en: Rule %d}\n  effect: %s\n  provenance: verified\n  require: |\n    %s\n"+
			"  basis: 小规定 第四条\n  message: {zh: 不满足, en: Not met}\n  remedy: {zh: 补正, en: Mend it}\n", id, i, i, effect, condition)
	}
	files["pack.yaml"] += "  - {id: asked, question: {zh: 可以吗, en: May it}, rules: [" + strings.Join(ids, ", ") + "]}\n"
	files["rules/three.yaml"] = text.String()
	return files
}

// tame are atoms over few facts with few values.
var tame = []string{
	"flag", "other", "third", `kind == "a"`, `kind != "b"`, `name != ""`, "flag == other", "amount >= 2", "amount < 1",
	`"x" in list`, `last(list) == "y"`, "today > from_on", "isSet(from_on)", "calDays(from_on, today) >= 3", "(flag ? 1 : 0) + amount == 2",
}

func tameCondition(depth int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		if depth == 0 || rapid.Bool().Draw(t, "leaf") {
			return rapid.SampledFrom(tame).Draw(t, "atom")
		}
		a, b := tameCondition(depth-1).Draw(t, "a"), tameCondition(depth-1).Draw(t, "b")
		form := rapid.SampledFrom([]string{"(%s) and (%s)", "(%s) or (%s)", "not (%s) and (%s)", "(%s) ? (%s) : other"}).Draw(t, "form")
		return fmt.Sprintf(form, a, b)
	})
}

// bruteForce tries every set of facts with every value, the smallest sets first,
// and gives those of which no part opens the gate.
type bruteForce struct {
	t      *rapid.T
	judge  *rules.Judge
	in     rules.Input
	domain map[string][]any
	names  []string
	tried  int
}

const tooMany = 3_000

func (b *bruteForce) sets() []string {
	var out [][]string
	for size := 0; size <= len(b.names); size++ {
		b.choose(nil, 0, size, func(set []string) {
			contains := func(smaller []string) bool {
				return !slices.ContainsFunc(smaller, func(n string) bool { return !slices.Contains(set, n) })
			}
			if !slices.ContainsFunc(out, contains) && b.some(set, rules.Input{Gates: b.in.Gates, Facts: maps.Clone(b.in.Facts), Today: b.in.Today, Reasons: map[string]string{}}) {
				out = append(out, slices.Clone(set))
			}
		})
	}
	var text []string
	for _, set := range out {
		text = append(text, strings.Join(set, " "))
	}
	slices.Sort(text)
	return text
}

func (b *bruteForce) choose(set []string, from, size int, visit func([]string)) {
	if len(set) == size {
		visit(set)
		return
	}
	for i := from; i < len(b.names); i++ {
		b.choose(append(slices.Clip(set), b.names[i]), i+1, size, visit)
	}
}

// some reports whether some values of the facts open the gate.
func (b *bruteForce) some(set []string, in rules.Input) bool {
	if len(set) == 0 {
		if b.tried++; b.tried > tooMany {
			b.t.Skip("too many to try")
		}
		got, err := b.judge.Judge(in)
		return err == nil && got.Verdict.Result == casefile.Pass
	}
	name, rest := set[0], set[1:]
	if rule, ok := strings.CutPrefix(name, "reason:"); ok {
		in.Reasons = maps.Clone(in.Reasons)
		in.Reasons[rule] = "有理由"
		return b.some(rest, in)
	}
	for _, v := range b.domain[name] {
		next := in
		if name == "today" {
			next.Today, _ = legaltime.ParseDate(v.(string))
		} else {
			next.Facts = maps.Clone(in.Facts)
			next.Facts[name] = v
		}
		if b.some(rest, next) {
			return true
		}
	}
	return false
}

// TestTheWaysAreExactlyTheSmallestSets compares the ways that are found on random
// gates with those that trying everything finds.
func TestTheWaysAreExactlyTheSmallestSets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		conditions := rapid.SliceOfN(tameCondition(1), 1, 4).Draw(rt, "conditions")
		j, err := rules.NewJudge([]*rules.Pack{load(t, gated(conditions))}, calendar(t))
		if err != nil {
			rt.Fatal(err)
		}
		facts := someOf(rt, factValues().Draw(rt, "facts"))
		facts["opened_on"] = "2024-05-06"
		in := rules.Input{Gates: []rules.Ref{"xx.small/asked"}, Facts: facts, Today: date(t, "2024-05-06")}
		domain, err := j.Candidates(in)
		if err != nil {
			rt.Fatal(err)
		}
		names := casefile.SortedNames(domain)
		for i := 1; i < len(conditions); i += 2 {
			names = append(names, fmt.Sprintf("reason:r%d", i))
		}
		brute := &bruteForce{t: rt, judge: j, in: in, domain: domain, names: names}
		want := brute.sets()
		ways, err := j.AllWays(in)
		if err != nil {
			rt.Fatal(err)
		}
		var got []string
		for _, w := range ways {
			set := casefile.SortedNames(w)
			slices.SortFunc(set, func(a, b string) int { return slices.Index(names, a) - slices.Index(names, b) })
			got = append(got, strings.Join(set, " "))
			if !opens(j, in, w) {
				rt.Errorf("%v does not open %q", w, conditions)
			}
		}
		slices.Sort(got)
		if len(want) == 1 && want[0] == "" {
			want = nil // the gate is open
		}
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("%q on %v (-tried +found):\n%s", conditions, facts, diff)
		}
	})
}

// opens reports whether the gates open with the values of a way.
func opens(j *rules.Judge, in rules.Input, way map[string]any) bool {
	in.Facts, in.Reasons = maps.Clone(in.Facts), map[string]string{}
	for name, v := range way {
		rule, isReason := strings.CutPrefix(name, "reason:")
		switch {
		case isReason:
			in.Reasons[rule] = "有理由"
		case name == "today":
			in.Today, _ = legaltime.ParseDate(v.(string))
		default:
			in.Facts[name] = v
		}
	}
	got, err := j.Judge(in)
	return err == nil && got.Verdict.Result == casefile.Pass
}

// TestTheWaysOpenEveryShippedGate asks every shipped gate on the facts of a new
// case what would open it, and judges it again with that.
func TestTheWaysOpenEveryShippedGate(t *testing.T) {
	for _, p := range embedded(t) {
		j, err := rules.NewJudge(p.Stack(), calendar(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range p.Gates() {
			if g.Kind != rules.Admission || g.AddsTo != "" {
				continue
			}
			t.Run(p.ID()+"/"+g.ID, func(t *testing.T) {
				facts := casefile.Values{}
				for _, base := range p.Stack() {
					maps.Copy(facts, base.Vocabulary().Initial())
				}
				maps.Copy(facts, casefile.Values{
					"case_opened_on": "2025-03-03", "stage_entered_on": "2025-03-03", "body_kind": "sub-district", "draft_version": 3,
					"decision_body": "某街道办事处", "system_classified": false, "rule_set_pinned": false,
					"span_end_year": 2027, "latest_published_year": 2026, "flagged_provisional": true,
				})
				in := rules.Input{Gates: []rules.Ref{rules.Ref(p.ID() + "/" + g.ID)}, Facts: facts, Today: date(t, "2025-05-06")}
				before, err := j.Judge(in)
				if err != nil {
					t.Fatal(err)
				}
				ways, err := j.WhatIf(in)
				if err != nil {
					t.Fatal(err)
				}
				if (before.Verdict.Result == casefile.Pass) != (len(ways) == 0) {
					t.Errorf("%s, and %d ways", before.Verdict.Result, len(ways))
				}
				for _, w := range ways {
					if !opens(j, in, w.Values()) {
						t.Errorf("it does not open by %v", w.Values())
					}
					if len(w.Rules) == 0 || w.Remedy.ZH == "。" || strings.Contains(w.Remedy.ZH+w.Remedy.EN, "<nil>") {
						t.Errorf("no rule or no remedy: %+v", w)
					}
				}
			})
		}
	}
}

func TestAWayIsPutIntoWords(t *testing.T) {
	for _, tt := range []struct {
		name, condition string
		facts           casefile.Values
		want            []string
	}{
		{"the day after is waited for", "today > from_on", casefile.Values{"from_on": "2024-05-20"}, []string{
			"“From” must be 2024-05-05 or earlier. “起”须不晚于2024-05-05。", "wait until 2024-05-21. 最早等到 2024-05-21。"}},
		{"figure", "amount >= p.days", casefile.Values{"amount": 3}, []string{"“Count” must be at least 20. “数”须不少于20。"}},
		{"items that are missing", `all(["x", "y", "z"], # in list)`, casefile.Values{"list": []string{"y"}}, []string{
			"“List” must also hold x, z. “清单”须补充x、z。"}},
		{"number of items", `len(list) >= 2`, casefile.Values{"list": []string{}}, []string{"“List” must have at least 2 items. “清单”须不少于2项。"}},
		{"a list of which nothing is known", `len(list) == 0`, casefile.Values{}, []string{"“List” must be empty. “清单”须为空。"}},
		{"items in the way", `none(list, # in more)`, casefile.Values{"list": []string{"x", "y"}, "more": []string{"y"}}, []string{
			"“List” must not hold y. “清单”须去除y。", "“More” must not hold y. “另一清单”须去除y。"}},
		{"text", `name != ""`, casefile.Values{"name": ""}, []string{"“Name” must be given. “名称”须填写。"}},
		{"text that is not on a list", `name != "" and name not in list`, casefile.Values{"name": "x", "list": []string{"x"}}, []string{
			"“List” must not hold x. “清单”须去除x。", "“Name” must be given and be none of x. “名称”须填写，且不得为x。"}},
		{"value of an enum", `kind != "a"`, casefile.Values{"kind": "a"}, []string{"“Kind” must be one of b, c. “种类”须为b、c之一。"}},
		{"two facts", "other and third", casefile.Values{}, []string{"“Other” must be yes; “Third” must be yes. “另一标志”须为是；“第三标志”须为是。"}},
		{"days between", "calDays(from_on, until_on) >= p.days", casefile.Values{"from_on": "2024-05-06", "until_on": "2024-05-07"}, []string{
			"“From” must be 2024-04-17 or earlier. “起”须不晚于2024-04-17。", "“Until” must be 2024-05-26 or later. “止”须不早于2024-05-26。"}},
		{"what only the engine knows", "opened_on > today", casefile.Values{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.facts["opened_on"] = "2024-05-01"
			ways, err := judgeOf(t, tt.condition).WhatIfRule("one", tt.facts, date(t, "2024-05-06"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range ways {
				got = append(got, w.Remedy.EN+" "+w.Remedy.ZH)
				if b, err := json.Marshal(w); err != nil || bytes.Contains(b, []byte("null")) {
					t.Errorf("the way has a value that is none: %s (%v)", b, err)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWaysReachThroughPeriodsAndTables(t *testing.T) {
	j, err := rules.NewJudge([]*rules.Pack{load(t, baseFiles(t, "main"))}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, rule string
		facts      casefile.Values
		want       []string
	}{
		{"the inputs of a table", "scope", casefile.Values{"matter": "project", "technical": false}, []string{
			"“matter” must be plan.", "“technical” must be yes."}},
		{"the start of a period", "window", casefile.Values{"comment_open_on": "2024-05-01", "comment_close_on": "2024-05-10"}, []string{
			"“comment opened” must be 2024-04-20 or earlier.", "“comment closes” must be 2024-05-21; wait until 2024-05-22."}},
		{"a period that is long enough and has not passed", "window", casefile.Values{"comment_open_on": "2024-05-01", "comment_close_on": "2024-05-21"}, []string{
			"wait until 2024-05-22.", "“comment closes” must be 2024-05-12; “comment opened” must be 2024-04-22 or earlier."}},
		{"the law before it was amended", "window", casefile.Values{"opened_on": "2023-05-01", "comment_open_on": "2024-04-16", "comment_close_on": "2024-05-10"}, []string{
			"“comment opened” must be 2024-04-10 or earlier.", "“comment closes” must be 2024-05-16; wait until 2024-05-17."}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			facts := maps.Clone(tt.facts)
			if facts["opened_on"] == nil {
				facts["opened_on"] = "2024-04-01"
			}
			ways, err := j.WhatIfRule(tt.rule, facts, date(t, "2024-05-13"))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, 0, len(ways))
			for _, w := range ways {
				got = append(got, w.Remedy.EN)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
