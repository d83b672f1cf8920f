package yearlist_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/yearlist"
)

const head = "序号,事项名称,类别,承办单位,依据,须履行的程序,计划完成时间,备注\n"

func read(t *testing.T, name, content string) ([]yearlist.Row, error) {
	t.Helper()
	return yearlist.Read(name, strings.NewReader(content), 2024)
}

func TestThePublishedCataloguesAreRead(t *testing.T) {
	content, err := os.ReadFile("testdata/catalogues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := read(t, "catalogues.yaml", string(content))
	if err != nil || len(rows) != 8 {
		t.Fatalf("%d items, %v", len(rows), err)
	}
	road := rows[3]
	if road.Row != 4 || road.Name != "中青路（陪昆路-铁路河）道路修复养护工程" || road.Category != "public-project" || road.Unit != "城建中心" ||
		road.PlannedOn.String() != "2024-09-30" || road.Timing != "2024-Q3" {
		t.Errorf("road: %+v", road)
	}
	rows, err = yearlist.Read("catalogues.yaml", bytes.NewReader(content), 2025)
	if err != nil || len(rows) != 1 || len(rows[0].Steps) != 3 || rows[0].PlannedOn.String() != "2025-09-30" {
		t.Errorf("2025: %+v %v", rows, err)
	}
	if _, err = yearlist.Read("catalogues.yaml", bytes.NewReader(content), 2023); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("a year that is not there: %v", err)
	}
}

func TestATableIsReadAsItIsWritten(t *testing.T) {
	table := "2024年度目录,,,,,,,\n" + head +
		"1,\u200b中青路 修复\u00a0工程\ufeff,重大建设项目,城建中心,规划,公众参与、合法性审查；集体讨论,2024年第三季度,急\n" +
		",,,,,,,\n" +
		"2,\"元祥\n菜市场\",重大公共措施,资产公司,,,45657,\n"
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(strings.ReplaceAll(strings.ReplaceAll(table, "\ufeff", ""), "\u200b", ""))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"UTF-8": table, "with a mark": "\ufeff" + table, "GB18030": gb} {
		rows, err := read(t, "目录.CSV", content)
		if err != nil || len(rows) != 2 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		first, second := rows[0], rows[1]
		if first.Name != "中青路 修复 工程" || strings.Join(first.Steps, "|") != "公众参与|合法性审查|集体讨论" || first.PlannedOn.String() != "2024-09-30" || first.Row != 3 {
			t.Errorf("%s: %+v", name, first)
		}
		if second.Name != "元祥菜市场" || second.PlannedOn.String() != "2024-12-31" || second.Timing != "" || second.Category != "policy" {
			t.Errorf("%s: %+v", name, second)
		}
	}
}

func TestDatesAreReadAsCataloguesWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"2024-09-30": "2024-09-30", "2024/9/3": "2024-09-03", "2024.9.3": "2024-09-03", "2024年9月3日前": "2024-09-03", "45565": "2024-09-30",
		"2024年9月": "2024-09-30", "2024-02": "2024-02-29", "9月底": "2024-09-30", "2024-Q3": "2024-09-30", "Q1": "2024-03-31", "第四季度": "2024-12-31",
		"2025年二季度": "2025-06-30", "2024年上半年": "2024-06-30", "下半年": "2024-12-31", "2024年底": "2024-12-31", "全年": "2024-12-31", "2024年": "2024-12-31",
		"尽快": "", "2024-13": "", "2024-02-30": "", "13月": "", "第五季度": "", "12": "", "2024年9月至10月": "",
	} {
		rows, err := read(t, "a.csv", "事项名称,完成时间\n道路,"+text+"\n")
		switch {
		case want == "" && err == nil:
			t.Errorf("%q was read as %s", text, rows[0].PlannedOn)
		case want != "" && (err != nil || rows[0].PlannedOn.String() != want):
			t.Errorf("%q: %v %v, want %s", text, rows, err, want)
		}
	}
}

// What is wrong is told all at once, with row and column; nothing is read then.
func TestWhatIsWrongIsSaidWithRowAndColumn(t *testing.T) {
	_, err := read(t, "a.csv", head+
		"1,道路,大事,,,,尽快,\n"+
		"2,,,,,,,\n"+
		"3,道路,,,,,,\n"+
		"4,=SUM(A1),,,,,,\n"+
		"5,桥,,,,,,,多余\n")
	var got []string
	for _, p := range yearlist.Problems(err) {
		if p.Message.ZH == "" || p.Message.EN == "" || !errors.Is(p, casefile.ErrInvalid) {
			t.Errorf("says too little: %+v", p)
		}
		got = append(got, p.Place("%d"))
	}
	want := "2 类别, 2 计划完成时间, 3 事项名称, 4 事项名称, 5 事项名称, 5 事项名称, 6"
	if strings.Join(got, ", ") != want {
		t.Errorf("problems at %s, want %s", strings.Join(got, ", "), want)
	}
	many := "事项名称\n" + strings.Repeat("道路\n", 301)
	for name, tt := range map[string]struct{ file, content string }{
		"no headings":      {"a.csv", "道路,城建中心\n"},
		"two names":        {"a.csv", "事项名称,项目名称\n道路,桥\n"},
		"an unknown head":  {"a.csv", "事项名称,预算\n道路,10\n"},
		"a column twice":   {"a.csv", "事项名称,依据,法律依据\n道路,a,b\n"},
		"no item":          {"a.csv", head},
		"nothing":          {"a.csv", ""},
		"too many":         {"a.csv", many},
		"too many rows":    {"a.csv", strings.Repeat("x\n", 500)},
		"too many columns": {"a.csv", "事项名称" + strings.Repeat(",", 60) + "\n"},
		"a long cell":      {"a.csv", "事项名称,依据\n道路," + strings.Repeat("长", 2001) + "\n"},
		"a long name":      {"a.csv", "事项名称\n" + strings.Repeat("长", 201) + "\n"},
		"no text":          {"a.csv", "事项名称\n\xff\xff\n"},
		"a broken quote":   {"a.csv", "事项名称\n\"道路\n"},
		"another kind":     {"a.xls", "道路"},
		"no workbook":      {"a.xlsx", "道路"},
		"no list":          {"a.yaml", "title: x"},
		"an unknown key":   {"a.yaml", "- {title: 2024年, money: 3}"},
		"too large":        {"a.csv", strings.Repeat("x", yearlist.MaxBytes+1)},
	} {
		if rows, err := read(t, tt.file, tt.content); !errors.Is(err, casefile.ErrInvalid) || rows != nil {
			t.Errorf("%s: %v %v", name, rows, err)
		}
	}
	if _, err := read(t, "a.csv", "事项名称\n"+strings.Repeat(",\n", 3)+strings.Repeat("=1+1\n", 60)); len(yearlist.Problems(err)) != 51 {
		t.Errorf("%d problems", len(yearlist.Problems(err)))
	}
}

func workbook(t *testing.T, fill func(f *excelize.File, sheet string) error) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	var out bytes.Buffer
	if err := errors.Join(fill(f, f.GetSheetName(0)), f.Write(&out)); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAWorkbookIsRead(t *testing.T) {
	file := workbook(t, func(f *excelize.File, sheet string) error {
		return errors.Join(f.SetSheetRow(sheet, "A1", &[]any{"事项名称", "承办单位", "计划完成时间"}),
			f.SetSheetRow(sheet, "A2", &[]any{"道路", "城建中心", 45565}), f.SetSheetRow(sheet, "A3", &[]any{"桥", "", "2024年底"}))
	})
	rows, err := read(t, "a.xlsx", file)
	if err != nil || len(rows) != 2 || rows[0].PlannedOn.String() != "2024-09-30" || rows[1].Timing != "2024年底" {
		t.Errorf("%+v %v", rows, err)
	}
	file = workbook(t, func(f *excelize.File, sheet string) error {
		return errors.Join(f.SetSheetRow(sheet, "A1", &[]any{"事项名称"}), f.SetCellFormula(sheet, "A2", `"道"&"路"`), f.SetCellStr(sheet, "A3", "桥"))
	})
	if _, err := read(t, "a.xlsx", file); len(yearlist.Problems(err)) == 0 || !strings.Contains(err.Error(), "公式") {
		t.Errorf("a formula: %v", err)
	}
	file = workbook(t, func(f *excelize.File, _ string) error { _, err := f.NewSheet("second"); return err })
	if _, err := read(t, "a.xlsx", file); err == nil {
		t.Error("two sheets were read")
	}
}

func TestAnItemIsFiledAsTheFileStatesIt(t *testing.T) {
	rows, err := read(t, "a.csv", head+"1,道路,其他,城建中心,规划,公众参与,第三季度,\n2,桥,,,,,,\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(yearlist.Payload(rows[0].CatalogueEntry)); got != "map[basis:规划 category:other name:道路 planned_on:2024-09-30 steps:[公众参与] timing:第三季度 unit:城建中心]" {
		t.Error(got)
	}
	if got := fmt.Sprint(yearlist.Payload(rows[1].CatalogueEntry)); got != "map[name:桥]" {
		t.Error(got)
	}
	c := &casefile.Case{ID: "c", Facts: map[string]casefile.Fact{"item.1": {Value: []string{"name=道路"}}, "item.2": {Value: []string{"name=桥", "screened=withdrawn"}}}}
	if fresh := yearlist.Missing(c, rows); len(fresh) != 1 || fresh[0].Name != "桥" {
		t.Errorf("still to be filed: %+v", fresh)
	}
	if a, b := yearlist.ActID("c", 3, "道路"), yearlist.ActID("c", 3, "桥"); a == b || a != yearlist.ActID("c", 3, "道路") || a == yearlist.ActID("c", 4, "道路") {
		t.Errorf("ids: %s %s", a, b)
	}
}
