package sheet_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/sheet"
)

// form is one of the two file formats.
type form struct {
	name  string
	write func(io.Writer, rules.Table, func(string) string) error
	read  func(io.Reader) (rules.Table, error)
}

func forms() []form {
	return []form{{"CSV", sheet.WriteCSV, sheet.ReadCSV}, {"XLSX", sheet.WriteXLSX, sheet.ReadXLSX}}
}

// same compares tables without the places from which they came.
var same = cmp.Options{
	cmpopts.IgnoreFields(rules.Table{}, "File", "Line"),
	cmpopts.IgnoreFields(rules.TableRow{}, "Line"),
}

func titles(fact string) string { return "题 " + fact }

func through(t interface {
	Helper()
	Fatalf(string, ...any)
}, f form, table rules.Table) rules.Table {
	t.Helper()
	var b bytes.Buffer
	if err := f.write(&b, table, titles); err != nil {
		t.Fatalf("write %s: %v", f.name, err)
	}
	again, err := f.read(&b)
	if err != nil {
		t.Fatalf("read %s: %v", f.name, err)
	}
	return again
}

func TestShippedTablesComeBackFromEachFormat(t *testing.T) {
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, p := range packs {
		for _, table := range p.Tables() {
			seen++
			for _, f := range forms() {
				if diff := cmp.Diff(table, through(t, f, table), same); diff != "" {
					t.Errorf("%s through %s (-pack +file):\n%s", table.ID, f.name, diff)
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("no pack ships a table")
	}
}

const vocabulary = `opened_on: {type: date, source: engine, title: {zh: 立项日, en: Opened}}
today: {type: date, source: engine, title: {zh: 今天, en: Today}}
flag: {type: bool, source: record, title: {zh: 标志, en: Flag}}
amount: {type: int, source: record, title: {zh: 数, en: Count}}
ratio: {type: number, source: record, title: {zh: 比例, en: Ratio}}
kind: {type: enum, enum: [a, b, "true"], source: record, title: {zh: 种类, en: Kind}}
name: {type: text, source: record, title: {zh: 名称, en: Name}}
list: {type: [text], source: record, title: {zh: 清单, en: List}}
`

// packWith gives the files of a pack with the file of a table and a rule that
// reads it.
func packWith(table rules.Table, file []byte) fstest.MapFS {
	require := map[rules.Type]string{
		rules.TypeBool: "t.some", rules.TypeInt: "t.some > 0", rules.TypeNumber: "t.some > 0",
		rules.TypeText: `t.some != ""`, rules.TypeEnum: `t.some != ""`,
	}[table.Type]
	if table.Hit.Lists() {
		require = "len(t.some) > 0"
	}
	files := map[string]string{
		"facts.yaml": vocabulary,
		"pack.yaml": `id: xx.small
version: "1"
title: {zh: 小规则包, en: Small pack}
rank: rule
instruments:
  - {id: xx.small, title: {zh: 小规定, en: Small Rules}, in_force: {from: 2020-01-01}, text_seen: 自拟}
in_force: {from: 2020-01-01}
law_at: opened_on
gates:
  - {id: gate, question: {zh: 可以吗, en: May it}, rules: [one]}
`,
		"rules/one.yaml": `- id: one
  title: {zh: 规则, en: Rule}
  effect: warn
  provenance: verified
  require: |
    ` + require + ` and isSet(opened_on) and isSet(today) and flag and amount > 0 and ratio > 0 and kind == "a" and name == "" and len(list) > 0
  basis: 小规定 第一条
  message: {zh: 不满足, en: Not met}
  remedy: {zh: 补正, en: Mend it}
`,
		"tests/none.yaml":  "[]\n",
		"tables/some.yaml": string(file),
	}
	out := fstest.MapFS{}
	for name, content := range files {
		out[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return out
}

// oddTexts are texts that formats are known to trip over.
func oddTexts() *rapid.Generator[string] {
	odd := rapid.SampledFrom([]string{
		"=1+1", "+8", "-5", "@SUM(A1)", "'=x", "'", `"`, `"a"`, `a "b", c`, "a\nb", "＝1", "true", "TRUE", "1e3", "007",
		"2024-01-02", "null", "~", "yes", "a: b", "# c", "- d", "[e]", "{f}", "，。", "&amp;<x>", "\u2028", "\U0001f600", "a,b;c\td", "-", "?", "!x", "%", "`",
	})
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.OneOf(odd, rapid.StringMatching(`[a-z甲乙"',=+@#:\\-]{1,8}`), rapid.StringN(1, 12, 60)).Draw(t, "text")
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' || r >= 0x7f && r <= 0x9f || r == '\ufffe' || r == '\uffff' || r == '\ufeff' {
				return -1
			}
			return r
		}, s))
		if s == "" {
			return "x"
		}
		return s
	})
}

// tables draws tables that a pack can hold.
func tables() *rapid.Generator[rules.Table] {
	cells := map[string]*rapid.Generator[string]{
		"flag":   rapid.SampledFrom([]string{"-", "true", "false", "TRUE", "!= true", "not(false)"}),
		"amount": rapid.SampledFrom([]string{"-", "1", "-5", ">= 3", "<-2", "[1..4]", "[ -3 .. -1 ]", "1, 2, 3", "not(1, 2)", "!= 0"}),
		"ratio":  rapid.SampledFrom([]string{"-", "0.5", "-0.25", "> 1e-3", "[0..1]", "2"}),
		"kind":   rapid.SampledFrom([]string{"-", "a", "a, b", "true", "not(a)", "!= b"}),
		"name":   rapid.SampledFrom([]string{"-", "甲", `""`, `"-"`, `"=1"`, "x, y", "=1+1", "@x", "+x", "'x", "'=x", `not("a")`}),
		"list":   rapid.SampledFrom([]string{"-", "contains x", "contains 甲 乙"}),
	}
	return rapid.Custom(func(t *rapid.T) rules.Table {
		text := oddTexts()
		table := rules.Table{
			ID: "some", Title: casefile.Text{ZH: text.Draw(t, "zh"), EN: text.Draw(t, "en")},
			Hit:    rapid.SampledFrom([]rules.HitPolicy{rules.HitUnique, rules.HitFirst, rules.HitAny, rules.HitCollect, rules.HitRuleOrder}).Draw(t, "hit"),
			Inputs: rapid.SliceOfNDistinct(rapid.SampledFrom(casefile.SortedNames(cells)), 1, -1, rapid.ID).Draw(t, "inputs"),
			Basis:  text.Draw(t, "basis"), Provenance: rapid.SampledFrom([]rules.Provenance{rules.Verified, rules.Recalled}).Draw(t, "provenance"),
		}
		types := []rules.Type{rules.TypeText, rules.TypeEnum}
		if !table.Hit.Lists() {
			types = append(types, rules.TypeBool, rules.TypeInt, rules.TypeNumber)
		}
		table.Type = rapid.SampledFrom(types).Draw(t, "type")
		if table.Type == rules.TypeEnum {
			table.Enum = rapid.SliceOfNDistinct(text, 1, 5, rapid.ID).Draw(t, "enum")
		}
		said := rapid.Custom(func(t *rapid.T) any {
			switch table.Type {
			case rules.TypeBool:
				return rapid.Bool().Draw(t, "bool")
			case rules.TypeInt:
				return rapid.Int64Range(-1<<53, 1<<53).Draw(t, "int")
			case rules.TypeNumber:
				return rapid.Float64().Draw(t, "number")
			case rules.TypeEnum:
				return rapid.SampledFrom(table.Enum).Draw(t, "value")
			default:
			}
			return rapid.OneOf(text, rapid.SampledFrom([]string{"", " x ", "\t", "a\r\nb"})).Draw(t, "said")
		})
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			row := rules.TableRow{Then: said.Draw(t, "then")}
			for _, input := range table.Inputs {
				row.When = append(row.When, cells[input].Draw(t, input))
			}
			if rapid.Bool().Draw(t, "more") {
				row.Basis, row.Note = text.Draw(t, "row basis"), text.Draw(t, "note")
			}
			table.Rows = append(table.Rows, row)
		}
		if !table.Hit.Lists() && rapid.Bool().Draw(t, "has otherwise") {
			table.Otherwise = said.Draw(t, "otherwise")
		}
		return table
	})
}

func TestAnyTableComesBackFromEachFormatAndFromItsPack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := tables().Draw(t, "table")
		for _, f := range forms() {
			if diff := cmp.Diff(table, through(t, f, table), same); diff != "" {
				t.Fatalf("through %s (-before +after):\n%s", f.name, diff)
			}
		}
		file, err := sheet.YAML(table)
		if err != nil {
			t.Fatal(err)
		}
		p, err := rules.LoadPack(packWith(table, file), ".")
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		loaded := p.Tables()[0]
		if diff := cmp.Diff(table, loaded, same); diff != "" {
			t.Fatalf("through the pack (-before +after):\n%s\n%s", diff, file)
		}
		for i, row := range loaded.Rows {
			if at, ok := sheet.RowAt(table, row.Line); !ok || at != i+12 {
				t.Fatalf("row %d stands in line %d, which is said to be row %d of the sheet", i, row.Line, at)
			}
		}
	})
}

func TestYAMLIsWrittenAsThePacksAre(t *testing.T) {
	got, err := sheet.YAML(rules.Table{
		ID: "matter_scope", Title: casefile.Text{ZH: "事项", EN: "Matter"}, Hit: rules.HitAny, Inputs: []string{"kind", "flag"},
		Type: rules.TypeEnum, Enum: []string{"inside", "outside"}, Otherwise: "outside", Basis: "小规定 第一条", Provenance: rules.Verified,
		Rows: []rules.TableRow{
			{When: []string{"policy, plan", "false"}, Then: "inside", Basis: "小规定 第二条第一款"},
			{When: []string{"macro-control", "-"}, Then: "outside", Note: "从其规定"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `id: matter_scope
title: {zh: 事项, en: Matter}
hit: any
inputs: [kind, flag]
type: enum
enum: [inside, outside]
rows:
  - {when: ["policy, plan", "false"], then: inside, basis: 小规定 第二条第一款}
  - {when: [macro-control, "-"], then: outside, note: 从其规定}
otherwise: outside
basis: 小规定 第一条
provenance: verified
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// small is a table as a CSV file without quotation marks.
const small = `id,some
title.zh,题
title.en,Title
hit,first
type,enum
enum,in,out
otherwise,out
basis,小规定 第一条
provenance,verified
amount,kind,then,basis,note
数,种类,结果,依据,备注
>= 3,a,in,,
-,-,out,,
`

func TestACSVFileThatIsNotRightIsRefusedWithTheCell(t *testing.T) {
	for _, tt := range []struct{ name, old, new, want string }{
		{"key that is not there", "hit,first\n", "", `A4: want "hit", got "type"; the rows are id, title.zh,`},
		{"unknown hit policy", "hit,first", "hit,last", `B4: hit: "last" is none of unique, first,`},
		{"unknown type", "type,enum", "type,date", `B5: type: "date" is none of bool,`},
		{"unknown provenance", "verified", "sure", `B9: provenance: "sure" is none of`},
		{"no title", "title.zh,题", "title.zh,", "B2: title.zh is missing; write it here"},
		{"an id that is a path", "id,some", "id,../some", `B1: "../some" is no id`},
		{"an enum without values", "enum,in,out", "enum", "B6: an enum lists its values"},
		{"values without an enum", "type,enum", "type,text", "B6: only an enum lists values; clear this row"},
		{"a value twice", "enum,in,out", "enum,in,out,in", `D6: the value "in" is blank or stands here twice`},
		{"otherwise of another value", "otherwise,out", "otherwise,no", `B7: "no" is none of the values in the row enum, ["in" "out"]`},
		{"something beside a key", "hit,first", "hit,first,x", `C4: nothing may stand here, got "x"`},
		{"unknown column", "then,basis,note", "then,basis,note,author", "D10: the headings are the facts that the table reads, and then then, basis, note; nothing else"},
		{"no column of results", "amount,kind,then,basis,note", "amount,kind,basis,note", "B10: the headings are the facts"},
		{"no inputs", "amount,kind,then,basis,note", "then,basis,note", "A10: want 1 to 20 facts before the heading then, got 0"},
		{"a title for a name", "amount,kind,", "数,kind,", `A10: "数" is no name of a fact`},
		{"a fact twice", "amount,kind,", "kind,kind,", "B10: kind has a column already"},
		{"too many titles", "备注", "备注,作者", `F11: nothing may stand here, got "作者"`},
		{"no rows", ">= 3,a,in,,\n-,-,out,,\n", "", "A12: want 1 to 500 rows below the headings, got 0"},
		{"blank row", "-,-,out", "\n-,-,out", "A13: the row is blank; delete it"},
		{"row of blank cells", "-,-,out", ",,,,\n-,-,out", "A13: the row is blank; delete it"},
		{"blank cell", ">= 3,a", ">= 3,", "B12: kind: the cell is blank; write - for any value"},
		{"no result", "a,in", "a,", `C12: then: "" is none of the values in the row enum`},
		{"cell beyond the columns", "in,,", "in,,,,x", `G12: nothing may stand here, got "x"`},
		{"rows after many lines in a cell", ">= 3,a,in,,\n", ">= 3,a,in,,\"一\n二\n三\"\n,a,in,,\n", "A13: amount: the cell is blank"},
		{"quotation marks that do not end", ">= 3,a", `">= 3,a`, "the file is not CSV"},
		{"another encoding", "题", "\xcc\xe2", "the file is not UTF-8; in the spreadsheet program choose CSV UTF-8"},
		{"too many rows", "-,-,out,,\n", strings.Repeat("-,-,out,,\n", 501), "A512: a table has at most 500 rows; split it"},
		{"too many columns", "备注", "备注" + strings.Repeat(",", 300), "IW11: a table has at most 256 columns"},
		{"too long a cell", "小规定", strings.Repeat("小", 20000), "B8: 60010 bytes are too many for a cell"},
		{"too large a file", "小规定", strings.Repeat("小", 2<<20), "the file has more than 4194304 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(small, tt.old) {
				t.Fatalf("the table does not hold %q", tt.old)
			}
			table, err := sheet.ReadCSV(strings.NewReader(strings.Replace(small, tt.old, tt.new, 1)))
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Fatalf("got table %+v, error %v", table, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant it to hold\n%s", err, tt.want)
			}
		})
	}
}

func TestAValueOfAnotherTypeIsRefused(t *testing.T) {
	for _, tt := range []struct{ typ, value string }{
		{"bool", "1"}, {"bool", "yes"}, {"int", "1.5"}, {"int", ""}, {"number", "NaN"}, {"number", "Inf"}, {"number", "x"}, {"text", `"a`},
	} {
		t.Run(tt.typ+" "+tt.value, func(t *testing.T) {
			file := strings.NewReplacer("type,enum", "type,"+tt.typ, "enum,in,out", "enum", "otherwise,out", "otherwise", "a,in", "a,"+strings.ReplaceAll(tt.value, `"a`, `"""a"`)).Replace(small)
			_, err := sheet.ReadCSV(strings.NewReader(file))
			if err == nil || !strings.Contains(err.Error(), "C12: then: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestACSVFileShowsFormulasAsTextAndKeepsTheWildcard(t *testing.T) {
	table, err := sheet.ReadCSV(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	table.Rows[1].Note = "=HYPERLINK(1)"
	table.Rows[1].When[0] = "-5"
	var b bytes.Buffer
	if err := sheet.WriteCSV(&b, table, titles); err != nil {
		t.Fatal(err)
	}
	if want := "\n'-5,-,out,,'=HYPERLINK(1)\n"; !strings.HasSuffix(b.String(), want) || !strings.HasPrefix(b.String(), "\ufeffid,") {
		t.Errorf("got %q, want a byte order mark and at the end %q", b.String(), want)
	}
}

func TestATextThatNoCellHoldsIsNotWritten(t *testing.T) {
	table, err := sheet.ReadCSV(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, note, want string }{
		{"control character", "a\x00b", `E13: "a\x00b" holds a control character`},
		{"not UTF-8", "a\xff", `E13: "a\xff" is not UTF-8`},
		{"space at the end", "a ", `E13: "a " begins or ends with a space`},
		{"code of a character", "_x0041_", `E13: "_x0041_" holds what a workbook reads as the code of a character`},
		{"too long", strings.Repeat("x", 40<<10), "E13: 40960 bytes are more than a cell takes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table.Rows[1].Note = tt.note
			for _, f := range forms() {
				if err := f.write(io.Discard, table, titles); !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s: got %v, want %s", f.name, err, tt.want)
				}
			}
		})
	}
}

// workbook writes the small table, changed, as an XLSX file.
func workbook(t *testing.T, change func(*excelize.File) error) *bytes.Buffer {
	t.Helper()
	table, err := sheet.ReadCSV(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	var b, out bytes.Buffer
	if err := sheet.WriteXLSX(&b, table, titles); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return &out
}

func TestAWorkbookThatIsNotRightIsRefusedWithTheCell(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*excelize.File) error
		want   string
	}{
		{"a second sheet", func(f *excelize.File) error { _, err := f.NewSheet("more"); return err }, "the workbook has 2 sheets, table, more; keep the one with the table"},
		{"a formula", func(f *excelize.File) error { return f.SetCellFormula("table", "A12", "1+1") }, "table!A12: the cell holds a formula; replace it by its value"},
		{"merged cells", func(f *excelize.File) error { return f.MergeCell("table", "A12", "A13") }, "table!A12: the cell is merged with others"},
		{"a row far below", func(f *excelize.File) error { return f.SetCellStr("table", "A9000", "x") }, "table!A9000: a table has at most 500 rows"},
		{"a column far to the right", func(f *excelize.File) error { return f.SetCellStr("table", "XFD12", "x") }, "table!IW12: a table has at most 256 columns"},
		{"a cell beyond the columns", func(f *excelize.File) error { return f.SetCellStr("table", "H12", "x") }, `table!H12: nothing may stand here, got "x"`},
		{"a result that is no value", func(f *excelize.File) error { return f.SetCellInt("table", "C13", 7) }, `table!C13: then: "7" is none of the values`},
		{"more than it may unpack to", func(f *excelize.File) error {
			line := strings.Repeat("x", 32000)
			for y := 20; y < 720; y++ {
				if err := f.SetCellStr("table", "A"+string(rune('0'+y/100))+string(rune('0'+y/10%10))+string(rune('0'+y%10)), line+string(rune('a'+y%26))+string(rune('a'+y/26))); err != nil {
					return err
				}
			}
			return nil
		}, "the file is no XLSX workbook that can be read: unzip size exceeds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table, err := sheet.ReadXLSX(workbook(t, tt.change))
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Fatalf("got table %+v, error %v", table, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant it to hold\n%s", err, tt.want)
			}
		})
	}
}

func TestNumbersAndTruthValuesTypedInASpreadsheetAreRead(t *testing.T) {
	got, err := sheet.ReadXLSX(workbook(t, func(f *excelize.File) error {
		return errors.Join(
			f.SetCellStr("table", "B5", "bool"), f.SetCellStr("table", "B6", ""), f.SetCellStr("table", "C6", ""), f.SetCellStr("table", "B7", ""),
			f.SetCellInt("table", "A12", -5), f.SetCellFloat("table", "A13", 0.1, -1, 64),
			f.SetCellBool("table", "C12", true), f.SetCellBool("table", "C13", false))
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []rules.TableRow{{When: []string{"-5", "a"}, Then: true}, {When: []string{"0.1", "-"}, Then: false}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("id,\"a\n\n\nb\"\n\n\nx"))
	f.Fuzz(func(t *testing.T, file []byte) {
		table, err := sheet.ReadCSV(bytes.NewReader(file))
		if err != nil {
			return
		}
		if diff := cmp.Diff(table, through(t, forms()[0], table), same); diff != "" {
			t.Errorf("what was read does not come back (-read +again):\n%s", diff)
		}
	})
}
