package yearlist

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// MaxItems is how many items a file may hold; a catalogue takes no more.
const MaxItems = 300

// maxName bounds the name of an item, in characters, as the act of filing does.
const maxName = 200

// maxProblems bounds how many problems are told at once.
const maxProblems = 50

// Row is an item as a row of a file states it.
type Row struct {
	Row int // of the spreadsheet, or the number of the item
	casefile.CatalogueEntry
}

// column is what a column of the table holds.
type column int

const (
	notImported column = iota // known, and of no use for filing
	columnName
	columnCategory
	columnUnit
	columnBasis
	columnSteps
	columnPlanned
)

// headings are the words over the columns that are understood.
func headings(word string) (column, bool) {
	for kind, words := range [][]string{
		notImported:    {"序号", "编号", "备注", "调整情况", "no", "note", "change"},
		columnName:     {"事项名称", "决策事项名称", "决策事项", "事项", "名称", "项目名称", "name"},
		columnCategory: {"类别", "事项类别", "决策类别", "类型", "事项类型", "category"},
		columnUnit:     {"承办单位", "承办部门", "责任单位", "责任部门", "牵头单位", "牵头部门", "主办单位", "unit", "organiser"},
		columnBasis:    {"依据", "决策依据", "法律依据", "政策依据", "立项依据", "basis"},
		columnSteps:    {"须履行的程序", "需履行的程序", "应履行的程序", "履行程序", "法定程序", "决策程序", "steps"},
		columnPlanned:  {"计划完成时间", "完成时间", "完成时限", "计划时间", "时间安排", "planned", "due"},
	} {
		if slices.Contains(words, word) {
			return column(kind), true
		}
	}
	return notImported, false
}

// table reads the rows below the headings.
func table(rows [][]cell, year int) ([]Row, error) {
	top, columns, err := headed(rows)
	if err != nil {
		return nil, err
	}
	t := reader{year: year}
	for y := top + 1; y < len(rows); y++ {
		if blank(rows[y]) {
			continue
		}
		t.row(y+1, rows[top], columns, rows[y])
	}
	return t.done()
}

func blank(row []cell) bool {
	return !slices.ContainsFunc(row, func(c cell) bool { return seen(c.text, "") != "" || c.formula })
}

// headed finds the row of headings, and says what each column holds.
func headed(rows [][]cell) (top int, columns []column, err error) {
	const within = 10
	for y := 0; y < min(len(rows), within); y++ {
		columns, unknown := make([]column, len(rows[y])), []error{}
		named := 0
		for x, c := range rows[y] {
			word := strings.ToLower(seen(c.text, ""))
			kind, ok := headings(word)
			columns[x] = kind
			switch {
			case kind == columnName:
				named++
			case ok && kind != notImported && slices.Contains(columns[:x], kind):
				unknown = append(unknown, &Problem{Row: y + 1, Column: word, Message: casefile.Text{ZH: "有两列内容相同，请合并或者删去一列。", EN: "two columns hold the same; keep one"}})
			case !ok && word != "":
				unknown = append(unknown, &Problem{Row: y + 1, Column: word, Message: casefile.Text{
					ZH: "不认识这一列；请删去，或者改用：事项名称、类别、承办单位、依据、须履行的程序、计划完成时间、调整情况、备注。",
					EN: "this column is not known; delete it, or use one of the known headings"}})
			}
		}
		if named == 1 {
			return y, columns, errors.Join(unknown...)
		}
	}
	return 0, nil, whole("没有找到表头：表头须有且只有一列“事项名称”。", "there is no row of headings: exactly one column is headed 事项名称")
}

// reader collects rows, and what is wrong with them.
type reader struct {
	year     int
	rows     []Row
	problems []error
}

func (t *reader) wrong(row int, column, zh, en string) {
	t.problems = append(t.problems, &Problem{Row: row, Column: column, Message: casefile.Text{ZH: zh, EN: en}})
}

// row reads one row of a table.
func (t *reader) row(number int, heads []cell, columns []column, cells []cell) {
	out := Row{Row: number}
	for x, c := range cells {
		if x >= len(columns) || columns[x] == notImported && seen(heads[x].text, "") == "" {
			if seen(c.text, "") != "" {
				t.wrong(number, "", "有内容在没有表头的列里；请删去或者补上表头。", "something stands in a column without a heading")
			}
			continue
		}
		if columns[x] == notImported {
			continue
		}
		head := seen(heads[x].text, "")
		if c.formula {
			t.wrong(number, head, "单元格是公式，请粘贴为数值。", "the cell holds a formula; replace it by its value")
			continue
		}
		t.set(&out, head, columns[x], c.text)
	}
	t.add(out)
}

// set takes one attribute.
func (t *reader) set(out *Row, head string, kind column, text string) {
	switch kind {
	case notImported:
	case columnName:
		out.Name = seen(strings.NewReplacer("\r", "", "\n", "").Replace(text), " ")
	case columnCategory:
		category, ok := categoryOf(seen(text, ""))
		if !ok {
			t.wrong(out.Row, head, "不认识类别“"+seen(text, "")+"”；请用：公共政策和措施、重要规划、公共资源开发利用、重大公共建设项目、其他重大事项。",
				"this category is not known; use policy, plan, resource, public-project or other")
		}
		out.Category = category
	case columnUnit:
		out.Unit = seen(text, "、")
	case columnBasis:
		out.Basis = seen(text, " ")
	case columnSteps:
		for step := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("、；;，,\n\r", r) }) {
			if step = seen(step, ""); step != "" {
				out.Steps = append(out.Steps, step)
			}
		}
	case columnPlanned:
		on, timing, ok := plannedOn(seen(text, ""), t.year)
		if !ok {
			t.wrong(out.Row, head, "看不懂时间“"+seen(text, "")+"”；请写成 2024-09-30、2024年9月、2024年第三季度、2024年上半年或者2024年底。",
				"this date is not understood; write 2024-09-30, 2024-09 or 2024-Q3")
		}
		out.PlannedOn, out.Timing = on, timing
	}
}

func (t *reader) add(r Row) {
	const name = "事项名称"
	switch {
	case r.Name == "":
		t.wrong(r.Row, name, "没有写事项名称。", "the name of the matter is missing")
	case len([]rune(r.Name)) > maxName:
		t.wrong(r.Row, name, fmt.Sprintf("事项名称超过%d字。", maxName), fmt.Sprintf("the name is longer than %d characters", maxName))
	}
	if at := slices.IndexFunc(t.rows, func(x Row) bool { return x.Name == r.Name }); r.Name != "" && at >= 0 {
		t.wrong(r.Row, name, "与第"+strconv.Itoa(t.rows[at].Row)+"行重复。", "the same as row "+strconv.Itoa(t.rows[at].Row))
	}
	t.rows = append(t.rows, r)
}

func (t *reader) done() ([]Row, error) {
	switch {
	case len(t.rows) > MaxItems:
		return nil, whole(fmt.Sprintf("事项超过%d项。", MaxItems), fmt.Sprintf("there are more than %d items", MaxItems))
	case len(t.problems) > maxProblems:
		t.problems = append(t.problems[:maxProblems], whole("还有其他问题，改正后再试。", "there are more problems; mend these and try again"))
	case len(t.problems) == 0 && len(t.rows) == 0:
		return nil, whole("文件中没有事项。", "the file holds no item")
	}
	if err := errors.Join(t.problems...); err != nil {
		return nil, err
	}
	return t.rows, nil
}

// categoryOf gives the category of article 3 that a catalogue names in its own words
// (国务院令第713号 第三条第一款).
func categoryOf(word string) (category string, ok bool) {
	if word == "" {
		return "", true
	}
	for _, known := range []struct {
		category string
		words    []string
	}{
		{"policy", []string{"policy", "公共政策", "公共措施", "公共政策和措施", "重大公共政策", "重大公共措施", "重大公共政策和措施", "重大公共政策措施"}},
		{"plan", []string{"plan", "规划", "重要规划", "重大规划", "发展规划"}},
		{"resource", []string{"resource", "公共资源", "公共资源开发利用", "重大公共资源", "重大公共资源开发利用"}},
		{"public-project", []string{"public-project", "公共建设项目", "重大公共建设项目", "重大建设项目", "建设项目", "重大项目"}},
		{"other", []string{"other", "其他", "其它", "其他事项", "其他重大事项"}},
	} {
		if slices.Contains(known.words, word) {
			return known.category, true
		}
	}
	return "", false
}
