package rules_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// table writes the file of a table; its rows begin in line 7.
func table(hit, inputs, says, rows, otherwise string) string {
	out := "id: some\ntitle: {zh: 表, en: Table}\nhit: " + hit + "\ninputs: [" + inputs + "]\n" + says + "\nrows:\n"
	for row := range strings.Lines(rows) {
		out += "  - {" + strings.TrimSpace(row) + "}\n"
	}
	if otherwise != "" {
		out += "otherwise: " + otherwise + "\n"
	}
	return out + "basis: 小规定 第四条\nprovenance: verified\n"
}

// withTable gives the files of the small pack with a table that its rule reads.
func withTable(file, require string) map[string]string {
	files := small(require)
	files["tables/some.yaml"] = file
	return files
}

func judgeWith(t *testing.T, files map[string]string) *rules.Judge {
	t.Helper()
	j, err := rules.NewJudge([]*rules.Pack{load(t, files)}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestEachHitPolicyAnswersInThreeValues(t *testing.T) {
	const apart = `when: ["true", "-"], then: a
		when: ["false", "true"], then: b`
	const across = `when: ["true", "-"], then: a
		when: ["-", "true"], then: b
		when: ["true", "true"], then: a`
	const alike = `when: ["true", "-"], then: a
		when: ["-", "true"], then: a`
	type facts = casefile.Values
	for _, tt := range []struct {
		name, hit, rows, otherwise string
		facts                      facts
		want                       rules.TableAt
	}{
		{"unique: the row that holds", "unique", apart, "", facts{"flag": false, "other": true}, rules.TableAt{Value: "b", Rows: []int{1}}},
		{"unique: an input that no longer matters is unknown", "unique", apart, "", facts{"flag": true}, rules.TableAt{Value: "a", Rows: []int{0}}},
		{"unique: an input that decides is unknown", "unique", apart, "", facts{"flag": false}, rules.TableAt{Missing: []string{"other"}}},
		{"unique: all inputs are unknown", "unique", apart, "c", nil, rules.TableAt{Missing: []string{"flag", "other"}}},
		{"unique: a row that holds decides, another one cannot hold then", "unique", alike, "", facts{"flag": true}, rules.TableAt{Value: "a", Rows: []int{0}}},
		{"unique: two rows hold", "unique", alike, "", facts{"flag": true, "other": true}, rules.TableAt{Missing: []string{"flag", "other"}, Rows: []int{0, 1}}},
		{"unique: no row holds", "unique", apart, "", facts{"flag": false, "other": false}, rules.TableAt{Missing: []string{"flag", "other"}}},
		{"unique: no row holds, and the table says what then", "unique", apart, "c", facts{"flag": false, "other": false}, rules.TableAt{Value: "c"}},
		{"first: of two rows that hold, the first", "first", across, "", facts{"flag": true, "other": true}, rules.TableAt{Value: "a", Rows: []int{0}}},
		{"first: a later row is unknown", "first", across, "", facts{"flag": true}, rules.TableAt{Value: "a", Rows: []int{0}}},
		{"first: an earlier row is unknown", "first", across, "", facts{"other": true}, rules.TableAt{Missing: []string{"flag"}}},
		{"first: no row holds", "first", across, "c", facts{"flag": false, "other": false}, rules.TableAt{Value: "c"}},
		{"any: rows that say the same", "any", alike, "", facts{"flag": true, "other": true}, rules.TableAt{Value: "a", Rows: []int{0, 1}}},
		{"any: rows that contradict one another", "any", across, "", facts{"flag": true, "other": true}, rules.TableAt{Missing: []string{"flag", "other"}, Rows: []int{0, 1, 2}}},
		{"any: one row holds, the others are unknown", "any", alike, "", facts{"other": true}, rules.TableAt{Value: "a", Rows: []int{1}}},
		{"any: a row may hold", "any", alike, "c", facts{"flag": false}, rules.TableAt{Missing: []string{"other"}}},
		{"any: no row holds", "any", alike, "c", facts{"flag": false, "other": false}, rules.TableAt{Value: "c"}},
		{"collect: each value once", "collect", across, "", facts{"flag": true, "other": true}, rules.TableAt{Value: []string{"a", "b"}, Rows: []int{0, 1, 2}}},
		{"collect: a row may hold", "collect", across, "", facts{"flag": true}, rules.TableAt{Missing: []string{"other"}, Rows: []int{0}}},
		{"collect: no row holds", "collect", across, "", facts{"flag": false, "other": false}, rules.TableAt{Value: []string{}}},
		{"rule order: row by row", "rule_order", across, "", facts{"flag": true, "other": true}, rules.TableAt{Value: []string{"a", "b", "a"}, Rows: []int{0, 1, 2}}},
		{"rule order: a row may hold", "rule_order", across, "", facts{"other": true}, rules.TableAt{Missing: []string{"flag"}, Rows: []int{1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			require := `t.some == "a"`
			if rules.HitPolicy(tt.hit).Lists() {
				require = "len(t.some) > 0"
			}
			j := judgeWith(t, withTable(table(tt.hit, "flag, other", "type: enum\nenum: [a, b, c]", tt.rows, tt.otherwise), require))
			got, err := j.Table("xx.small/some", rules.Input{Facts: tt.facts, Today: date(t, "2024-06-03")})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Pack, tt.want.Table = "xx.small@1", "some"
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestACellHoldsForTheValuesThatItNames(t *testing.T) {
	for _, tt := range []struct {
		fact, cell string
		holds, not []any
	}{
		{"flag", "-", []any{true, false}, nil},
		{"flag", "true", []any{true}, []any{false}},
		{"flag", "FALSE", []any{false}, []any{true}},
		{"flag", "not(true)", []any{false}, []any{true}},
		{"amount", "3", []any{3}, []any{2, 4}},
		{"amount", "-3", []any{-3}, []any{3}},
		{"amount", "1, 3", []any{1, 3}, []any{2}},
		{"amount", ">= 3", []any{3, 4}, []any{2}},
		{"amount", ">3", []any{4}, []any{3}},
		{"amount", "<= -1", []any{-1, -2}, []any{0}},
		{"amount", "< 3", []any{2}, []any{3}},
		{"amount", "!= 3", []any{2, 4}, []any{3}},
		{"amount", "[2..4]", []any{2, 3, 4}, []any{1, 5}},
		{"amount", "[ -2 .. -1 ]", []any{-2, -1}, []any{-3, 0}},
		{"amount", "not(1, 2)", []any{3}, []any{1, 2}},
		{"amount", "not ( 1 )", []any{0}, []any{1}},
		{"ratio", "> 0.5", []any{0.75}, []any{0.5}},
		{"ratio", "[0..1e0]", []any{0.0, 1.0}, []any{1.5}},
		{"kind", "a", []any{"a"}, []any{"b"}},
		{"kind", "a, c", []any{"a", "c"}, []any{"b"}},
		{"kind", "not(a)", []any{"b", "c"}, []any{"a"}},
		{"kind", "!= a", []any{"b"}, []any{"a"}},
		{"name", "甲", []any{"甲"}, []any{"乙", ""}},
		{"name", `""`, []any{""}, []any{"甲"}},
		{"name", `"-"`, []any{"-"}, []any{"甲"}},
		{"name", `"> 1"`, []any{"> 1"}, []any{"2"}},
		{"name", `甲, "乙"`, []any{"甲", "乙"}, []any{`"乙"`}},
		{"name", `"甲, 乙", 丙`, []any{"甲, 乙", "丙"}, []any{"甲", "乙"}},
		{"name", `not("a\", b")`, []any{"a"}, []any{`a", b`}},
		{"list", "contains x", []any{[]any{"y", "x"}}, []any{[]any{}, []any{"y"}}},
		{"list", "-", []any{[]any{}}, nil},
	} {
		t.Run(tt.fact+" "+tt.cell, func(t *testing.T) {
			j := judgeWith(t, withTable(table("first", tt.fact, "type: bool", fmt.Sprintf("when: [%q], then: true", tt.cell), "false"), "t.some"))
			for _, want := range []bool{true, false} {
				values := tt.holds
				if !want {
					values = tt.not
				}
				for _, value := range values {
					got, err := j.Table("xx.small/some", rules.Input{Facts: casefile.Values{tt.fact: value}, Today: date(t, "2024-06-03")})
					if err != nil {
						t.Fatal(err)
					}
					if got.Value != want {
						t.Errorf("%v: got %v, want %v", value, got.Value, want)
					}
				}
			}
		})
	}
}

func TestACellThatSaysNothingIsRefusedWithItsPlace(t *testing.T) {
	for _, tt := range []struct{ name, input, cell, want string }{
		{"no truth value", "flag", "yes", `7:13: table some: flag: "yes" is no value of type bool`},
		{"order of truth values", "flag", `"< true"`, "7:5: table some: "},
		{"no number", "amount", `"3.5"`, `7:13: table some: amount: "3.5" is no value of type int`},
		{"number out of range", "amount", `"99999999999999999"`, `amount: "99999999999999999" is no value of type int`},
		{"no number in a comparison", "amount", `">= x"`, `amount: "x" is no value of type int`},
		{"no number in a range", "amount", `"[1..x]"`, `amount: "x" is no value of type int`},
		{"range without an end", "amount", `"[1..]"`, `amount: "[1..]" is no value of type int`},
		{"one of several is none", "amount", `"1, x"`, `amount: "x" is no value of type int`},
		{"infinite number", "ratio", `"Inf"`, `ratio: "Inf" is no value of type number`},
		{"value that the enum does not have", "kind", "d", `kind: "d" is none of ["a" "b" "c"]`},
		{"excluded value that the enum does not have", "kind", `"not(d)"`, `kind: "d" is none of ["a" "b" "c"]`},
		{"date", "from_on", `"2024-01-01"`, `from_on: "2024-01-01" is no value of type date that a cell may hold`},
		{"list without contains", "list", "x", "list: a list is asked by contains, and only a list is"},
		{"contains of what is no list", "name", `"contains x"`, "name: a list is asked by contains, and only a list is"},
		{"quotation marks that do not end", "name", `'"甲, 乙'`, `name: "甲, 乙: a text that begins with a quotation mark stands in quotation marks`},
		{"blank", "name", `" "`, `name: a cell is blank; write - for any value, and "" for the empty text`},
		{"several values as a list", "kind", "[a, b]", "kind: a cell is a single value; write several set apart by commas, in quotes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := loadError(t, withTable(table("first", tt.input, "type: bool", "when: ["+tt.cell+"], then: true", "false"), "t.some"))
			if !strings.Contains(got, "tables/some.yaml:7:") || !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}

func TestATableThatIsNotRightIsRefused(t *testing.T) {
	const row = `when: ["true"], then: a`
	right := table("unique", "flag", "type: text", row, "")
	load(t, withTable(right, `t.some == "a"`))
	inputs := strings.Repeat("flag, ", 20) + "flag"
	for _, tt := range []struct{ name, file, want string }{
		{"unknown hit policy", strings.Replace(right, "unique", "last", 1), `tables/some.yaml:3:6: hit: "last" is none of unique, first, any, collect, rule_order`},
		{"unknown type", strings.Replace(right, "type: text", "type: date", 1), `tables/some.yaml:5:7: type: "date" is none of bool,`},
		{"unknown key", right + "author: x\n", `tables/some.yaml:10:1: table: unknown key "author"`},
		{"no basis", strings.Replace(right, "basis: 小规定 第四条\n", "", 1), "table: basis is missing"},
		{"no provenance", strings.Replace(right, "provenance: verified\n", "", 1), "table: provenance is missing"},
		{"unknown fact", strings.Replace(right, "[flag]", "[flagg]", 1), "table some: unknown fact flagg"},
		{"no inputs", table("unique", "", "type: text", `when: [], then: a`, ""), "table some: want 1 to 20 inputs"},
		{"an input twice", table("unique", "flag, flag", "type: text", `when: ["-", "-"], then: a`, ""), `inputs: "flag" is given twice`},
		{"too many inputs", strings.Replace(right, "[flag]", "["+strings.ReplaceAll(inputs, "flag, ", "flag_, ")+"]", 1), "inputs"},
		{"no rows", strings.Replace(right, "\n  - {"+row+"}", " []", 1), "table some: want 1 to 500 rows"},
		{"too many rows", table("unique", "flag", "type: text", strings.Repeat(row+"\n", 501), ""), "tables/some.yaml:7:3: table some: want 1 to 500 rows"},
		{"too few cells", table("unique", "flag, other", "type: text", row, ""), "tables/some.yaml:7:5: table some: the row has 1 cells for 2 inputs"},
		{"no result", strings.Replace(right, ", then: a", "", 1), "tables/some.yaml:7:5: row: then is missing"},
		{"a result of another type", strings.Replace(right, "then: a", "then: 3", 1), `tables/some.yaml:7:28: table some: want text, got int`},
		{"a result that the enum does not have", table("unique", "flag", "type: enum\nenum: [a, b]", `when: ["-"], then: d`, ""), `tables/some.yaml:8:25: table some: "d" is none of ["a" "b"]`},
		{"otherwise of another type", right + "otherwise: 3\n", "tables/some.yaml:10:12: table some: want text, got int"},
		{"otherwise of a list", table("collect", "flag", "type: text", row, "a"), "table some: collect gives an empty list when no row holds; leave otherwise out"},
		{"a list of numbers", table("rule_order", "flag", "type: int", `when: ["-"], then: 1`, ""), "table some: rule_order gives a list of texts; its rows say text or enum, not int"},
		{"an enum without values", strings.Replace(right, "type: text", "type: enum", 1), "table some: an enum lists its values, and only an enum does"},
		{"values without an enum", strings.Replace(right, "type: text", "type: text\nenum: [a]", 1), "table some: an enum lists its values, and only an enum does"},
		{"recalled, read by a rule that blocks", strings.Replace(right, "verified", "recalled", 1), "rules/one.yaml:1:7: rule one: the table t.some is recalled, so the rule may only warn, not block"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := loadError(t, withTable(tt.file, `t.some == "a"`)); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant it to hold\n%s", got, tt.want)
			}
		})
	}
}

func TestATableIsReadByARuleAndDeclaredOnce(t *testing.T) {
	file := table("unique", "flag", "type: bool", `when: ["-"], then: true`, "")
	if got := loadError(t, withTable(file, "flag")); !strings.Contains(got, "tables/some.yaml:1:5: table some is read by no rule") {
		t.Error(got)
	}
	files := withTable(file, "t.some")
	files["tables/twice.yaml"] = file
	if got := loadError(t, files); !strings.Contains(got, "tables/twice.yaml:1:5: table some is declared already") {
		t.Error(got)
	}
	if got := loadError(t, withTable(file, "t.sum")); !strings.Contains(got, "rules/one.yaml:6:") {
		t.Error(got)
	}
}

func TestAFindingShowsTheTableAndTheFactsBehindIt(t *testing.T) {
	j := judgeWith(t, withTable(table("first", "amount, kind", "type: enum\nenum: [large, small]",
		`when: [">= 10", "-"], then: large
		when: ["-", "a, b"], then: small`, ""), `t.some == "small"`))
	for _, tt := range []struct {
		name  string
		facts casefile.Values
		want  casefile.Finding
	}{
		{
			"met", casefile.Values{"amount": 3, "kind": "a"},
			casefile.Finding{Result: casefile.Pass, Values: casefile.Values{"t.some": "small", "amount": int64(3), "kind": "a"}},
		},
		{
			"not met", casefile.Values{"amount": 12},
			casefile.Finding{Result: casefile.Block, Values: casefile.Values{"t.some": "large", "amount": int64(12)}},
		},
		{
			"a fact is missing", casefile.Values{"kind": "a"},
			casefile.Finding{Result: casefile.Undetermined, Values: casefile.Values{"kind": "a"}, Missing: []string{"amount"}},
		},
		{
			"no row holds", casefile.Values{"amount": 3, "kind": "c"},
			casefile.Finding{Result: casefile.Undetermined, Values: casefile.Values{"amount": int64(3), "kind": "c"}, Missing: []string{"amount", "kind"}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := j.Rule("one", rules.Input{Facts: tt.facts, Today: date(t, "2024-06-03")})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Gate, tt.want.Rule, tt.want.Effect, tt.want.Basis = got.Gate, "one", casefile.EffectBlock, "小规定 第一条"
			if tt.want.Result != casefile.Pass {
				tt.want.Message, tt.want.Remedy = got.Message, got.Remedy
			}
			if diff := cmp.Diff(tt.want, got, equalDates); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			trace, err := j.Explain("one", tt.facts, date(t, "2024-06-03"))
			if err != nil {
				t.Fatal(err)
			}
			if root := trace.Parts[0].Root; root.Children[0].Op != "table" || root.Children[0].Source != "t.some" {
				t.Errorf("the trace begins with %+v", root.Children[0])
			}
		})
	}
}

func TestATableThatIsNotThereIsNotFound(t *testing.T) {
	j := judgeOf(t, "flag")
	for _, ref := range []rules.Ref{"xx.small/none", "xx.none/some"} {
		if _, err := j.Table(ref, rules.Input{Today: date(t, "2024-06-03")}); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if _, err := j.Table("xx.small/some", rules.Input{}); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("no date: %v", err)
	}
}
