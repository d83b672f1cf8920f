package sheet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Bounds of a spreadsheet.
const (
	maxBytes     = 4 << 20
	maxCellBytes = 32 << 10
	maxColumns   = 256 // an enum has one value a column
)

// The rows of a grid, from 0: one for each key, then the names and the titles of
// the columns, then those of the table.
const (
	keyID = iota
	keyTitleZH
	keyTitleEN
	keyHit
	keyType
	keyEnum
	keyOtherwise
	keyBasis
	keyProvenance
	rowNames
	rowTitles
	rowFirst
)

func keys() []string {
	return []string{"id", "title.zh", "title.en", "hit", "type", "enum", "otherwise", "basis", "provenance"}
}

// tail names the columns after the inputs.
func tail() []string { return []string{"then", "basis", "note"} }

var (
	name   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	escape = regexp.MustCompile(`_x[0-9A-Za-z]{4}_`)
)

// Titles gives the Chinese title of a fact that one of the packs declares, for
// the second row of headings; empty for one that none does.
func Titles(packs []*rules.Pack) func(fact string) string {
	return func(fact string) string {
		for _, p := range packs {
			if f, ok := p.Vocabulary().Fact(fact); ok {
				return f.Title.ZH
			}
		}
		return ""
	}
}

// grid lays a table out in rows and columns.
func grid(t rules.Table, title func(fact string) string) ([][]string, error) {
	titles := make([]string, len(t.Inputs))
	for i, input := range t.Inputs {
		titles[i] = title(input)
	}
	values := []string{
		t.ID, t.Title.ZH, t.Title.EN, string(t.Hit), string(t.Type), "", literal(t.Otherwise), t.Basis, string(t.Provenance),
	}
	var rows [][]string
	for i, key := range keys() {
		rows = append(rows, []string{key, values[i]})
	}
	rows[keyEnum] = append([]string{"enum"}, t.Enum...)
	rows = append(rows, append(append([]string{}, t.Inputs...), tail()...), append(titles, "结果", "依据", "备注"))
	for _, r := range t.Rows {
		rows = append(rows, append(append([]string{}, r.When...), literal(r.Then), r.Basis, r.Note))
	}
	for y, row := range rows {
		if len(row) > maxColumns {
			return nil, fmt.Errorf("table %s: %d columns are more than a sheet takes, %d: %w", t.ID, len(row), maxColumns, casefile.ErrInvalid)
		}
		for x, text := range row {
			if err := writable(text); err != nil {
				return nil, fmt.Errorf("table %s: %s: %w: %w", t.ID, address(y, x), err, casefile.ErrInvalid)
			}
		}
	}
	return rows, nil
}

// writable reports whether a text comes back from a file as it is.
func writable(text string) error {
	switch {
	case len(text) > maxCellBytes:
		return fmt.Errorf("%d bytes are more than a cell takes, %d", len(text), maxCellBytes)
	case !utf8.ValidString(text):
		return fmt.Errorf("%q is not UTF-8", text)
	case strings.TrimSpace(text) != text:
		return fmt.Errorf("%q begins or ends with a space", text)
	case strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) || r == '\ufffe' || r == '\uffff' }):
		return fmt.Errorf("%q holds a control character", text)
	case escape.MatchString(text):
		return fmt.Errorf("%q holds what a workbook reads as the code of a character; write it in another way", text)
	}
	return nil
}

// literal writes what a row says. A text that would not come back stands in
// double quotes; nothing at all is a blank cell.
func literal(value any) string {
	switch v := value.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		if v == "" || v[0] == '"' || writable(v) != nil {
			return strconv.Quote(v)
		}
		return v
	}
	return ""
}

// read is the inverse of literal.
func read(t rules.Type, enum []string, text string) (any, error) {
	switch t {
	case rules.TypeBool:
		switch text {
		case "true", "TRUE":
			return true, nil
		case "false", "FALSE":
			return false, nil
		}
	case rules.TypeInt:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	case rules.TypeNumber:
		if x, err := strconv.ParseFloat(text, 64); err == nil && x-x == 0 { // neither infinite nor NaN
			return x, nil
		}
	case rules.TypeText, rules.TypeEnum:
		if strings.HasPrefix(text, `"`) {
			unquoted, err := strconv.Unquote(text)
			if err != nil {
				return nil, fmt.Errorf(`%s: a text that begins with a quotation mark stands in quotation marks, and those in it as \"`, text)
			}
			text = unquoted
		}
		if t == rules.TypeText {
			return text, nil
		}
		for _, known := range enum {
			if text == known {
				return text, nil
			}
		}
		return nil, fmt.Errorf("%q is none of the values in the row enum, %q", text, enum)
	default: // no type of a table
	}
	return nil, fmt.Errorf("%q is not of type %s, which the row type asks for", text, t)
}
