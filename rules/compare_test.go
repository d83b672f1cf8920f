package rules_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// amended gives the files of a pack after an edit.
func amended(files map[string]string, edit map[string]string) map[string]string {
	out := map[string]string{}
	for name, content := range files {
		out[name] = content
	}
	for name, content := range edit {
		out[name] = content
	}
	return out
}

func day(t *testing.T, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCompareSaysWhatAnAmendmentChanges(t *testing.T) {
	t.Parallel()
	files := small("flag")
	rows := func(direction, first, second string) string {
		return "days:\n  stricter: " + direction + "\n  rows:\n" +
			"    - {from: 2020-01-01, value: " + first + ", unit: 天, basis: 小规定 第三条, provenance: verified}\n" +
			"    - {from: 2024-01-01, value: " + second + ", unit: 天, basis: 小规定 第三条, provenance: verified}\n"
	}
	before := amended(files, map[string]string{"parameters.yaml": rows("higher", "30", "20")})
	rule := rules.Difference{Part: rules.PartRule, ID: "one", Kind: rules.Changed, Title: casefile.Text{ZH: "规则", EN: "Rule"}, Basis: "小规定 第一条"}
	figure := func(from, a, b string, d rules.Direction) rules.FieldChanged {
		return rules.FieldChanged{Field: "value", From: day(t, from), Before: a, After: b, Direction: d, Basis: "小规定 第三条"}
	}
	days := rules.Difference{Part: rules.PartParameter, ID: "days", Kind: rules.Changed, Basis: "小规定 第三条"}
	with := func(d rules.Difference, direction rules.Direction, fields ...rules.FieldChanged) []rules.Difference {
		d.Direction, d.Fields = direction, fields
		return []rules.Difference{d}
	}
	for _, tt := range []struct {
		name  string
		after map[string]string
		want  []rules.Difference
	}{
		{"nothing", before, []rules.Difference{}},
		{"a test", amended(before, map[string]string{"tests/none.yaml": "- {name: 甲, rule: one, on: 2021-01-01, facts: {flag: true}, want: pass}\n"}), []rules.Difference{}},
		{"an expression", amended(before, map[string]string{"rules/one.yaml": small("flag and other")["rules/one.yaml"]}),
			with(rule, "", rules.FieldChanged{Field: "require", Before: "flag", After: "flag and other"})},
		{"a longer minimum", amended(before, map[string]string{"parameters.yaml": rows("higher", "30", "25")}),
			with(days, rules.Tightens, figure("2024-01-01", "20 天", "25 天", rules.Tightens))},
		{"a shorter minimum", amended(before, map[string]string{"parameters.yaml": rows("higher", "10", "20")}),
			with(days, rules.Loosens, figure("2020-01-01", "30 天", "10 天", rules.Loosens))},
		{"longer, then shorter", amended(before, map[string]string{"parameters.yaml": rows("higher", "40", "10")}),
			with(days, "", figure("2020-01-01", "30 天", "40 天", rules.Tightens), figure("2024-01-01", "20 天", "10 天", rules.Loosens))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := rules.Compare(load(t, before), load(t, tt.after))
			if diff := cmp.Diff(tt.want, got.Differences, equalDates); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareFindsWhatWasAddedAndRemoved(t *testing.T) {
	t.Parallel()
	files := small("flag")
	fewer := amended(files, map[string]string{
		"pack.yaml":  packYAML("{id: gate, question: {zh: 可以吗, en: May it}, rules: [all]}"),
		"facts.yaml": files["facts.yaml"] + "extra: {type: bool, source: record, kept_for: 目录, title: {zh: 另加, en: Extra}}\n",
	})
	delete(fewer, "rules/one.yaml")
	a, b := load(t, files), load(t, fewer)
	ids := func(c rules.Comparison) []string {
		var out []string
		for _, d := range c.Differences {
			out = append(out, string(d.Part)+" "+d.ID+" "+string(d.Kind))
		}
		return out
	}
	if diff := cmp.Diff([]string{"gate gate changed", "rule one removed", "fact extra added"}, ids(rules.Compare(a, b))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"gate gate changed", "rule one added", "fact extra removed"}, ids(rules.Compare(b, a))); diff != "" {
		t.Errorf("the other way round (-want +got):\n%s", diff)
	}
}

func TestAnOverlaySaysWhatItTightensAndBothArticles(t *testing.T) {
	t.Parallel()
	base := load(t, amended(small("flag"), map[string]string{
		"parameters.yaml": "days: {stricter: higher, rows: [{from: 2020-01-01, value: 30, unit: 天, basis: 小规定 第三条, provenance: verified}]}\n",
	}))
	fsys := fstest.MapFS{}
	for name, content := range map[string]string{
		"pack.yaml": `id: xx.local
version: "1"
title: {zh: 本地, en: Local}
rank: local-measure
over: [xx.small]
instruments:
  - {id: xx.local, title: {zh: 本地办法, en: Local Measures}, in_force: {from: 2022-01-01}, text_seen: 自拟}
in_force: {from: 2022-01-01}
law_at: opened_on
gates:
  - {id: more, adds_to: xx.small/gate, rules: [local]}
`,
		"facts.yaml":      "{}\n",
		"parameters.yaml": "xx.small/days: [{from: 2022-01-01, value: 45, unit: 天, basis: 本地办法 第二条, provenance: verified}]\n",
		"rules/a.yaml": `- id: local
  title: {zh: 本地规则, en: Local rule}
  effect: block
  provenance: verified
  require: |
    amount > 1
  basis: 本地办法 第一条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"tests/none.yaml": "[]\n",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	overlay, err := rules.LoadPack(fsys, ".", base)
	if err != nil {
		t.Fatal(err)
	}
	want := []rules.Difference{
		{Part: rules.PartParameter, ID: "xx.small/days", Kind: rules.Changed, Basis: "本地办法 第二条", Direction: rules.Tightens, Fields: []rules.FieldChanged{
			{Field: "value", From: day(t, "2022-01-01"), Before: "30 天", After: "45 天", Direction: rules.Tightens, Basis: "本地办法 第二条", Above: "小规定 第三条"}}},
		{Part: rules.PartRule, ID: "local", Kind: rules.Added, Title: casefile.Text{ZH: "本地规则", EN: "Local rule"}, Basis: "本地办法 第一条", Direction: rules.Tightens,
			Fields: []rules.FieldChanged{{Field: "adds_to", After: "xx.small/gate", Above: "小规定 第一条；小规定 第二条"}}},
	}
	if diff := cmp.Diff(want, rules.Tightened(overlay), equalDates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := rules.Tightened(base); got != nil {
		t.Errorf("a pack that stands alone tightens %v", got)
	}
}
