package rules_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// loadError loads the files and gives the error, which must be there.
func loadError(t *testing.T, files map[string]string) string {
	t.Helper()
	_, err := rules.LoadPack(packFiles(files), ".")
	if err == nil {
		t.Fatal("the pack was loaded")
	}
	if !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("not ErrInvalid: %v", err)
	}
	return err.Error()
}

// edit changes one place in a file of the small pack, so that it is not right,
// and says what the loader says of it.
type edit struct{ name, file, old, new, want string }

func refuses(t *testing.T, edits []edit) {
	t.Helper()
	for _, tt := range edits {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			if !strings.Contains(files[tt.file], tt.old) {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			files[tt.file] = strings.Replace(files[tt.file], tt.old, tt.new, 1)
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}

func TestARuleThatIsNotRightIsRefusedWithTheLine(t *testing.T) {
	refuses(t, []edit{
		{"unknown key", "rules/one.yaml", "  basis:", "  bases: x\n  basis:", `rules/one.yaml:7:3: rule: unknown key "bases"`},
		{"duplicate key", "rules/one.yaml", "  basis:", "  effect: warn\n  basis:", `rules/one.yaml:7:3: rule: key "effect" is given twice, first in line 3`},
		{"no citation", "rules/one.yaml", "  basis: 小规定 第一条\n", "", "rules/one.yaml:1:3: rule: basis is missing"},
		{"blank citation", "rules/one.yaml", "basis: 小规定 第一条", `basis: "  "`, "rules/one.yaml:7:10: basis: is blank"},
		{"message in one language", "rules/one.yaml", "{zh: 不满足, en: Not met}", "{zh: 不满足}", "rules/one.yaml:8:12: message: en is missing"},
		{"remedy missing", "rules/one.yaml", "  remedy: {zh: 补正, en: Mend it}\n", "", "rules/one.yaml:1:3: rule: remedy is missing"},
		{"unknown effect", "rules/one.yaml", "effect: block", "effect: stop", `rules/one.yaml:3:11: effect: "stop" is none of block, warn, duty, applies`},
		{"unknown provenance", "rules/one.yaml", "provenance: verified", "provenance: sure", `rules/one.yaml:4:15: provenance: "sure" is none of`},
		{"what is recalled blocks", "rules/one.yaml", "provenance: verified", "provenance: recalled", "rules/one.yaml:1:7: rule one: what is recalled may only warn, not block"},
		{"expression as a plain scalar", "rules/one.yaml", "require: |\n    flag", "require: flag", "rules/one.yaml:5:12: require: write the expression as a block (require: |) or in quotes"},
		{"no expression", "rules/one.yaml", "  require: |\n    flag\n", "", "rules/one.yaml:1:7: rule one: require is missing"},
		{"met without a duty", "rules/one.yaml", "  basis:", "  met: |\n    flag\n  basis:", "rules/one.yaml:1:7: rule one: only a duty has arises and met"},
		{"duty without met", "rules/one.yaml", "effect: block", "effect: duty", "rules/one.yaml:1:7: rule one: a duty says when it is met"},
		{"due that is no date", "rules/one.yaml", "  basis:", "  due: |\n    amount\n  basis:", "rules/one.yaml:8:5: rule one: due: want date, got int"},
		{"bad rule id", "rules/one.yaml", "id: one", "id: One!", `rules/one.yaml:1:7: rule id: "One!" is not of the form`},
		{"rule twice", "rules/two.yaml", "id: all", "id: one", "rules/two.yaml:1:7: rule one is given twice, first in rules/one.yaml:1"},
		{"gate of two kinds", "rules/one.yaml", "effect: block", "effect: applies", "pack.yaml:10:62: gate gate: rule all (block) does not go with rules of kind applies"},
		{"tag", "rules/one.yaml", "require: |\n    flag", "require: !flag", "rules/one.yaml:5:12: the tag !flag is not accepted"},
	})
}

func TestAGateOrTheHeadThatIsNotRightIsRefusedWithTheLine(t *testing.T) {
	refuses(t, []edit{
		{"rule in no gate", "pack.yaml", "[one, all]", "[all]", "rules/one.yaml:1:7: rule one stands in no gate"},
		{"gate with an unknown rule", "pack.yaml", "[one, all]", "[one, all, more]", "pack.yaml:10:67: gate gate: there is no rule more"},
		{"gate names a rule twice", "pack.yaml", "[one, all]", "[one, all, one]", `pack.yaml:10:67: rules of the gate: "one" is given twice`},
		{"gate without rules", "pack.yaml", "[one, all]", "[]", "gate gate: name at least one rule"},
		{"gate twice", "pack.yaml", "[one, all]}\n", "[one, all]}\n  - {id: gate, question: {zh: 问, en: Ask}, rules: [one]}\n", "pack.yaml:11:5: gate gate is given twice, first in line 10"},
		{"version that is a number", "pack.yaml", `version: "1"`, "version: 1", "pack.yaml:2:10: version: want text; put it in quotes"},
		{"unknown rank", "pack.yaml", "rank: rule", "rank: decree", `pack.yaml:4:7: rank: "decree" is none of`},
		{"law_at that is no date", "pack.yaml", "law_at: opened_on", "law_at: amount", "pack.yaml:8:9: law_at: amount is not a fact of type date"},
		{"validity that ends before it begins", "pack.yaml", "in_force: {from: 2020-01-01}\nlaw_at", "in_force: {from: 2020-01-01, to: 2019-01-01}\nlaw_at", "pack.yaml:7:11: in_force: ends on 2019-01-01, before it begins on 2020-01-01"},
		{"day that does not exist", "pack.yaml", "in_force: {from: 2020-01-01}\nlaw_at", "in_force: {from: 2020-02-30}\nlaw_at", "pack.yaml:7:18: in_force from: date"},
		{"anchor", "pack.yaml", "rank: rule", "rank: &r rule", "pack.yaml:4:7: anchors and aliases are not accepted"},
		{"not YAML", "pack.yaml", "rank: rule", "rank: [rule", "pack.yaml:4:1: not YAML"},
	})
}

func TestAFactOrAParameterThatIsNotRightIsRefusedWithTheLine(t *testing.T) {
	refuses(t, []edit{
		{"fact that no rule reads", "facts.yaml", "opened_on:", "idle: {type: bool, source: record, title: {zh: 无, en: None}}\nopened_on:", "facts.yaml:1:1: fact idle is read by no rule"},
		{"fact that is kept for nothing", "facts.yaml", "source: record, initial: false,", "source: record, kept_for: 案卷, initial: false,", "facts.yaml:3:1: fact flag is read by a rule; kept_for is for facts that are not"},
		{"fact named like a word of the language", "facts.yaml", "opened_on:", "len: {type: bool, source: record, title: {zh: 无, en: None}}\nopened_on:", "facts.yaml:1:1: fact len: the name is a word of the expression language"},
		{"unknown type", "facts.yaml", "flag: {type: bool", "flag: {type: boolean", `facts.yaml:3:14: type: "boolean" is none of bool, int, number, text, date, [text], enum`},
		{"enum without values", "facts.yaml", "enum: [a, b, c], ", "", "facts.yaml:8:7: fact kind: an enum has at least two values"},
		{"values without an enum", "facts.yaml", "flag: {type: bool", "flag: {type: bool, enum: [a, b]", "facts.yaml:3:7: fact flag: only an enum lists values"},
		{"initial value of a determination", "facts.yaml", "other: {type: bool, source: determination", "other: {type: bool, initial: true, source: determination", "only a fact of the record has an initial value"},
		{"initial value of the wrong type", "facts.yaml", "initial: false", "initial: 0", "facts.yaml:3:45: fact flag: want bool, got int"},
		{"initial value of a date that is set", "facts.yaml", `from_on: {type: date, source: record, initial: ""`, `from_on: {type: date, source: record, initial: 2020-01-01`, "a date begins as \"\""},
		{"today from the record", "facts.yaml", "today: {type: date, source: engine", "today: {type: date, source: record", "facts.yaml:2:1: fact today is a date that the engine supplies"},
		{"parameter that no rule reads", "parameters.yaml", "days:", "idle:\n  - {from: 2020-01-01, value: 1, unit: 天, basis: 无, provenance: verified}\ndays:", "parameters.yaml:1:1: parameter idle is read by no rule"},
		{"parameter without a basis", "parameters.yaml", "unit: 天, basis: 小规定 第三条, provenance: verified}\n  -", "unit: 天, provenance: verified}\n  -", "parameters.yaml:2:5: parameter days: basis is missing"},
		{"parameters that overlap", "parameters.yaml", "2024-01-01", "2020-01-01", "parameters.yaml:3:5: parameter days: rows are in the order of their dates"},
		{"parameter that changes its type", "parameters.yaml", "value: 20", "value: twenty", "parameters.yaml:3:31: parameter days: want int, got text"},
		{"recalled figure in a rule that blocks", "parameters.yaml", "provenance: verified", "provenance: recalled", "rules/two.yaml:1:7: rule all: the figure p.days is recalled, so the rule may only warn, not block"},
	})
}

func TestATestThatIsNotRightIsRefusedWithTheLine(t *testing.T) {
	refuses(t, []edit{
		{"two documents", "tests/none.yaml", "[]", "[]\n---\n[]", "tests/none.yaml:1:1: the file holds several documents"},
		{"empty file", "tests/none.yaml", "[]\n", "", "tests/none.yaml:1:1: the file is empty"},
		{"not UTF-8", "tests/none.yaml", "[]", "\xff", "tests/none.yaml:1:1: the file is not UTF-8"},
		{"archive marker", "tests/none.yaml", "[]", "-- x --", "tests/none.yaml:1:1: a line of the form -- name -- is not accepted"},
		{"test of an unknown rule", "tests/none.yaml", "[]", "- {name: 试, rule: none, facts: {}, want: pass}", `tests/none.yaml:1:3: test "试": there is no rule none`},
		{"test of nothing", "tests/none.yaml", "[]", "- {name: 试, facts: {}, want: pass}", `test "试": give either rule, gate or period`},
		{"test with an unknown fact", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {flags: true}, want: pass}", "tests/none.yaml:1:32: facts: unknown fact flags"},
		{"test with a fact of the wrong type", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {flag: 1}, want: pass}", "tests/none.yaml:1:38: fact flag: want bool, got int"},
		{"test with an unknown result", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {}, want: maybe}", `want: "maybe" is none of pass, block, undetermined`},
		{"test that depends on the day", "tests/none.yaml", "[]", "- {name: 试, rule: all, facts: {}, want: pass}", "the answer depends on the day: give on"},
		{"test that sets today", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {today: 2024-01-01}, want: pass}", "facts: give today as on"},
		{"test that expects facts to miss in a pass", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {}, want: pass, missing: [flag]}", "only what is undetermined misses facts"},
		{"two tests of one name", "tests/none.yaml", "[]", "- {name: 试, rule: one, facts: {}, want: undetermined}\n- {name: 试, rule: one, facts: {}, want: undetermined}", `tests/none.yaml:2:1: test "试" is given twice, first in tests/none.yaml:1`},
	})
}

func TestAPackOfOtherFilesIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(files map[string]string)
		want   string
	}{
		{"a file that has no place", func(f map[string]string) { f["notes.txt"] = "x" }, "notes.txt:1:1: this file has no place in a rule pack"},
		{"no pack.yaml", func(f map[string]string) { delete(f, "pack.yaml") }, "pack.yaml:1:1: the file is missing"},
		{"no facts.yaml", func(f map[string]string) { delete(f, "facts.yaml") }, "facts.yaml:1:1: the file is missing"},
		{"no rules", func(f map[string]string) { delete(f, "rules/one.yaml"); delete(f, "rules/two.yaml") }, "there is no file rules/*.yaml"},
		{"no tests", func(f map[string]string) { delete(f, "tests/none.yaml") }, "there is no file tests/*.yaml"},
		{"a file that is too large", func(f map[string]string) { f["tests/none.yaml"] = strings.Repeat("#\n", 1<<20) }, "at most"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			tt.change(files)
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want it to hold %q", got, tt.want)
			}
		})
	}
}

func TestVersionsOfARuleFollowEachOther(t *testing.T) {
	version := func(inForce string) string {
		return strings.Replace(small("flag")["rules/one.yaml"], "  basis:", "  in_force: "+inForce+"\n  basis:", 1)
	}
	for _, tt := range []struct{ name, first, second, want string }{
		{"overlap", "{from: 2020-01-01, to: 2022-06-30}", "{from: 2022-06-30}", "in_force overlaps"},
		{"no end of the first", "{from: 2020-01-01}", "{from: 2022-07-01}", "in_force overlaps"},
		{"gap", "{from: 2020-01-01, to: 2022-06-30}", "{from: 2022-07-02}", "in_force leaves a gap"},
		{"before the pack", "{from: 2019-01-01, to: 2022-06-30}", "{from: 2022-07-01}", "its in_force lies outside that of the pack"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			files["rules/one.yaml"] = version(tt.first)
			files["rules/three.yaml"] = version(tt.second)
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want it to hold %q", got, tt.want)
			}
		})
	}
	t.Run("in order", func(t *testing.T) {
		files := small("flag")
		files["rules/one.yaml"] = version("{from: 2020-01-01, to: 2022-06-30}")
		files["rules/three.yaml"] = version("{from: 2022-07-01}")
		if _, err := rules.LoadPack(packFiles(files), "."); err != nil {
			t.Error(err)
		}
	})
}

func TestAllProblemsComeAtOnceInOrder(t *testing.T) {
	files := small("flagg")
	files["pack.yaml"] = strings.Replace(files["pack.yaml"], "rank: rule", "rank: decree", 1)
	files["rules/two.yaml"] = strings.Replace(files["rules/two.yaml"], "effect: block", "effect: stop", 1)
	got := loadError(t, files)
	at := -1
	for _, want := range []string{"pack.yaml:4:7:", "rules/one.yaml:6:5:", "rules/two.yaml:3:11:"} {
		next := strings.Index(got, want)
		if next <= at {
			t.Errorf("%s is not there, or not in order, in\n%s", want, got)
		}
		at = next
	}
	again := maps.Clone(files)
	if got != loadError(t, again) {
		t.Error("the same files gave two messages")
	}
}

func TestACitationThatCannotBeReadIsRefusedWithTheLine(t *testing.T) {
	cited := func(old string) string {
		return strings.Replace(old, "text_seen: 自拟", "text_seen: 自拟, cited_as: [小规定], articles: 9", 1)
	}
	for _, tt := range []struct{ name, basis, want string }{
		{"unknown instrument", "大规定 第一条", `rules/one.yaml:7:10: basis: "大规定" is no instrument of pack.yaml`},
		{"no such article", "小规定 第十条", "rules/one.yaml:7:10: basis: 小规定 has 9 articles; there is no 第十条"},
		{"unreadable place", "小规定 第一条之二", `rules/one.yaml:7:10: basis: "第一条之二" is not read as a place`},
		{"two at once", "大规定 第一条；小规定 第十条", "rules/one.yaml:7:10: basis: 小规定 has 9 articles"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			files := small("flag")
			files["rules/one.yaml"] = strings.Replace(files["rules/one.yaml"], "小规定 第一条", tt.basis, 1)
			load(t, files) // not checked while no instrument says how it is cited
			files["pack.yaml"] = cited(files["pack.yaml"])
			if got := loadError(t, files); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}
