package rules_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// base gives the files of a pack on which overlays build: its rule "one" counts
// p.days, which a lower pack may lengthen.
func base() map[string]string {
	files := small(`isSet(from_on) and until_on >= addCal(from_on, p.days)`)
	files["parameters.yaml"] = `days:
  stricter: higher
  rows:
    - {from: 2020-01-01, value: 30, unit: 天, basis: 小规定 第三条, provenance: verified}
    - {from: 2024-01-01, value: 40, unit: 天, basis: 小规定 第四条, provenance: verified}
cap:
  stricter: lower
  rows:
    - {from: 2020-01-01, value: 20, unit: 天, basis: 小规定 第五条, provenance: verified}
target:
  stricter: open
  because: 小规定没有规定日数
  rows:
    - {from: 2020-01-01, value: 9, unit: 天, basis: 小规定 第六条, provenance: derived}
set:
  - {from: 2020-01-01, value: 5, unit: 天, basis: 小规定 第七条, provenance: verified}
`
	files["rules/two.yaml"] = strings.Replace(files["rules/two.yaml"], "amount < p.days", "amount < p.days + p.cap + p.target + p.set", 1)
	return files
}

// localPack gives the files of a pack over the base, with one rule of its own.
func localPack(parameters string) map[string]string {
	return map[string]string{
		"pack.yaml": `id: xx.local
version: "1"
title: {zh: 地方规则包, en: Local pack}
over: [xx.small]
rank: local-measure
instruments:
  - {id: xx.local, title: {zh: 地方规定, en: Local Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟}
in_force: {from: 2020-01-01}
law_at: opened_on
gates:
  - {id: more, adds_to: xx.small/gate, rules: [local]}
`,
		"facts.yaml":      "{}\n",
		"parameters.yaml": parameters,
		"rules/local.yaml": `- id: local
  title: {zh: 地方规则, en: Local rule}
  effect: block
  provenance: verified
  require: |
    flag
  basis: 地方规定 第一条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"tests/none.yaml": "[]\n",
	}
}

// loadOver loads the base and an overlay.
func loadOver(t *testing.T, files map[string]string) (*rules.Pack, *rules.Pack, error) {
	t.Helper()
	under := load(t, base())
	over, err := rules.LoadPack(packFiles(files), ".", under)
	return under, over, err
}

const tightens = `xx.small/days:
  - {from: 2022-01-01, value: 45, unit: 天, basis: 地方规定 第三条, provenance: verified}
`

func TestAnOverlayAddsItsRulesToTheGateAndTightensTheFigure(t *testing.T) {
	under, over, err := loadOver(t, localPack(tightens))
	if err != nil {
		t.Fatal(err)
	}
	j, err := rules.NewJudge([]*rules.Pack{under, over}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, opened, until string
		flag                bool
		want                map[string]casefile.Result
		basis               string
	}{
		{"before the overlay's figure", "2021-06-01", "2024-07-01", true, map[string]casefile.Result{"one": casefile.Pass, "local": casefile.Pass}, "小规定 第一条"},
		{"forty-five days are asked", "2022-06-01", "2024-07-16", true, map[string]casefile.Result{"one": casefile.Pass, "local": casefile.Pass}, "小规定 第一条；地方规定 第三条"},
		{"forty-four are too few", "2022-06-01", "2024-07-15", true, map[string]casefile.Result{"one": casefile.Block, "local": casefile.Pass}, "小规定 第一条；地方规定 第三条"},
		{"the local rule blocks", "2022-06-01", "2024-07-16", false, map[string]casefile.Result{"one": casefile.Pass, "local": casefile.Block}, "小规定 第一条；地方规定 第三条"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := j.Judge(rules.Input{
				Gates: []rules.Ref{"xx.small/gate"}, Today: date(t, "2024-08-01"),
				Facts: casefile.Values{"opened_on": tt.opened, "from_on": "2024-06-01", "until_on": tt.until, "flag": tt.flag},
			})
			if err != nil {
				t.Fatal(err)
			}
			results := map[string]casefile.Result{}
			for _, f := range got.Verdict.Findings {
				if f.Gate != "xx.small/gate" {
					t.Errorf("rule %s stands at gate %s", f.Rule, f.Gate)
				}
				if f.Rule == "all" {
					continue
				}
				results[f.Rule] = f.Result
				if f.Rule == "one" && f.Basis != tt.basis {
					t.Errorf("basis %s, want %s", f.Basis, tt.basis)
				}
			}
			if diff := cmp.Diff(tt.want, results); diff != "" {
				t.Errorf("results (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWithoutTheOverlayTheGateAsksOnlyTheBase(t *testing.T) {
	under, _, err := loadOver(t, localPack(tightens))
	if err != nil {
		t.Fatal(err)
	}
	j, err := rules.NewJudge([]*rules.Pack{under}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := j.Judge(rules.Input{Gates: []rules.Ref{"xx.small/gate"}, Today: date(t, "2024-08-01"), Facts: casefile.Values{}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Verdict.Findings) != 2 {
		t.Errorf("%d findings, want those of the two rules of the base", len(got.Verdict.Findings))
	}
}

func TestAnOverlayThatLoosensIsRefusedWithBothPlacesAndArticles(t *testing.T) {
	row := func(key, value, rest string) string {
		return "xx.small/" + key + ":\n  - {from: 2022-01-01, value: " + value + ", unit: 天, basis: 地方规定 第三条, provenance: " + rest + "}\n"
	}
	for _, tt := range []struct{ name, parameters, want string }{
		{"a shorter minimum", row("days", "20", "verified"), "parameters.yaml:2:5: parameter xx.small/days: 20 (地方规定 第三条) loosens 30 (小规定 第三条), which xx.small@1 sets in parameters.yaml:4 from 2022-01-01 on; a lower pack may only make it higher"},
		{"a minimum that the law overtakes later", row("days", "35", "verified"), "35 (地方规定 第三条) loosens 40 (小规定 第四条), which xx.small@1 sets in parameters.yaml:5 from 2024-01-01 on"},
		{"a longer time for a duty", row("cap", "21", "verified"), "a lower pack may only make it lower"},
		{"a figure that is fixed", row("set", "6", "verified"), "parameters.yaml:1:1: parameter xx.small/set: xx.small@1 does not let a lower pack change it (小规定 第七条)"},
		{"a figure that does not exist", row("nothing", "6", "verified"), "xx.small@1 has no such parameter"},
		{"a pack that it does not build on", "yy.other/days:\n  - {from: 2022-01-01, value: 1, unit: 天, basis: 地方规定 第三条, provenance: verified}\n", "this pack does not build on yy.other; name it in over"},
		{"another type", row("days", "true", "verified"), "is int there, not bool"},
		{"another unit", "xx.small/days:\n  - {from: 2022-01-01, value: 60, unit: 工作日, basis: 地方规定 第三条, provenance: verified}\n", "counts in 天 there, not in 工作日"},
		{"a figure that nobody has read", row("days", "50", "recalled"), "a figure that is recalled changes nothing"},
		{"before the law sets one", "xx.small/days:\n  - {from: 2019-01-01, value: 60, unit: 天, basis: 地方规定 第三条, provenance: verified}\n", "xx.small@1 sets no value on 2019-01-01 yet"},
		{"the same name again", "days:\n  - {from: 2022-01-01, value: 60, unit: 天, basis: 地方规定 第三条, provenance: verified}\n", "parameters.yaml:1:1: parameter days: xx.small@1 sets it; to tighten it write xx.small/days"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := loadOver(t, localPack(tt.parameters))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant it to hold\n%s", err, tt.want)
			}
		})
	}
}

func TestAnOpenFigureIsForTheLowerPackToSet(t *testing.T) {
	for _, value := range []string{"1", "90"} {
		_, _, err := loadOver(t, localPack("xx.small/target:\n  - {from: 2022-01-01, value: "+value+", unit: 天, basis: 地方规定 第三条, provenance: recalled}\n"))
		if err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestAnOverlayReplacesNothing(t *testing.T) {
	edit := func(file, old, new string) map[string]string {
		files := localPack(tightens)
		if old == "" {
			files[file] = new
		} else {
			files[file] = strings.Replace(files[file], old, new, 1)
		}
		return files
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a rule of the base", edit("rules/local.yaml", "id: local", "id: one"), "rules/local.yaml:1:7: rule one: xx.small@1 has a rule of this id"},
		{"a fact of the base", edit("facts.yaml", "", "flag: {type: bool, source: record, title: {zh: 标志, en: Flag}}\n"), "facts.yaml:1:1: fact flag: a pack that this one builds on declares it"},
		{"a gate that is not there", edit("pack.yaml", "xx.small/gate", "xx.small/door"), "gate more: adds_to: xx.small@1 has no gate door"},
		{"a gate of another pack", edit("pack.yaml", "xx.small/gate", "yy.other/gate"), "gate more: adds_to: this pack does not build on yy.other"},
		{"a gate without rules", edit("pack.yaml", "rules: [local]", "rules: []"), "gate more: name at least one rule"},
		{"a question for another's gate", edit("pack.yaml", "adds_to:", "question: {zh: 问, en: Q}, adds_to:"), "the question is that of xx.small/gate"},
		{"a pack that is not there", edit("pack.yaml", "over: [xx.small]", "over: [yy.other]"), "pack.yaml:4:8: over: there is no rule pack yy.other to build on"},
		{"a pack of a lower rank", edit("pack.yaml", "rank: local-measure", "rank: law"), "over: xx.small@1 (rule) does not stand above this pack (law)"},
		{"an effect of another kind", edit("rules/local.yaml", "effect: block", "effect: applies"), "does not go with rules of kind admission"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := loadOver(t, tt.files)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant it to hold\n%s", err, tt.want)
			}
		})
	}
}

func TestOfTwoOverlaysTheStricterFigureCounts(t *testing.T) {
	under := load(t, base())
	packs := []*rules.Pack{under}
	for i, days := range []string{"60", "50"} {
		files := localPack("xx.small/days:\n  - {from: 2022-01-01, value: " + days + ", unit: 天, basis: 地方规定 第三条, provenance: verified}\n")
		name := []string{"a", "b"}[i]
		files["pack.yaml"] = strings.ReplaceAll(strings.Replace(files["pack.yaml"], "id: xx.local", "id: xx."+name, 1), "[local]", "["+name+"]")
		files["rules/local.yaml"] = strings.Replace(files["rules/local.yaml"], "id: local", "id: "+name, 1)
		p, err := rules.LoadPack(packFiles(files), ".", under)
		if err != nil {
			t.Fatal(err)
		}
		packs = append(packs, p)
	}
	j, err := rules.NewJudge(packs, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	f, err := j.Rule("one", rules.Input{Today: date(t, "2024-08-01"), Facts: casefile.Values{"opened_on": "2023-01-01", "from_on": "2024-01-01", "until_on": "2024-03-01"}})
	if err != nil {
		t.Fatal(err)
	}
	if f.Values["p.days"] != int64(60) || f.Result != casefile.Pass {
		t.Errorf("p.days = %v, %s; want 60 and pass: 2024-03-01 is the sixtieth day", f.Values["p.days"], f.Result)
	}
}

func TestAJudgeIsGivenThePacksInTheirOrder(t *testing.T) {
	under, over, err := loadOver(t, localPack(tightens))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rules.NewJudge([]*rules.Pack{over, under}, calendar(t)); err == nil || !strings.Contains(err.Error(), "does not come before it") {
		t.Errorf("the overlay first: %v", err)
	}
	other := base()
	other["tests/none.yaml"] = "# another\n[]\n"
	if _, err := rules.NewJudge([]*rules.Pack{load(t, other), over}, calendar(t)); err == nil || !strings.Contains(err.Error(), "another xx.small@1") {
		t.Errorf("another base: %v", err)
	}
}

func TestFoldersAreLoadedEachAfterWhatItBuildsOn(t *testing.T) {
	fsys := fstest.MapFS{}
	for dir, files := range map[string]map[string]string{"a-local": localPack(tightens), "b-base": base()} {
		for name, f := range packFiles(files) {
			fsys[dir+"/"+name] = f
		}
	}
	packs, err := rules.LoadAll(fsys, []string{"a-local", "b-base"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range packs {
		names = append(names, p.Name())
	}
	if diff := cmp.Diff([]string{"xx.small@1", "xx.local@1"}, names); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if _, err := rules.LoadAll(fsys, []string{"a-local"}); err == nil {
		t.Error("an overlay was loaded without what it builds on")
	}
}
