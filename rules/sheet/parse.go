package sheet

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// maxProblems bounds how many problems of a file are reported at once.
const maxProblems = 50

// parser reads a table from a grid.
type parser struct {
	sheet    string
	rows     [][]string
	problems []error
}

func (p *parser) add(row, column int, format string, args ...any) {
	p.problems = append(p.problems, &Problem{Sheet: p.sheet, Cell: address(row, column), Message: fmt.Sprintf(format, args...)})
}

// at gives the text of a cell; empty outside the grid.
func (p *parser) at(row, column int) string {
	if row >= len(p.rows) || column >= len(p.rows[row]) {
		return ""
	}
	return p.rows[row][column]
}

// parse gives the table, or all that is wrong with the grid.
func parse(sheet string, cells [][]string) (rules.Table, error) {
	p := &parser{sheet: sheet}
	for _, row := range cells {
		trimmed := make([]string, len(row))
		for x, text := range row {
			trimmed[x] = strings.TrimSpace(text)
		}
		p.rows = append(p.rows, trimmed)
	}
	for len(p.rows) > 0 && blank(p.rows[len(p.rows)-1]) {
		p.rows = p.rows[:len(p.rows)-1]
	}
	t := p.head()
	if p.problems == nil {
		t.Inputs = p.inputs()
	}
	if p.problems == nil {
		p.body(&t)
	}
	if len(p.problems) > maxProblems {
		p.problems = append(p.problems[:maxProblems], fmt.Errorf("and %d more problems", len(p.problems)-maxProblems))
	}
	if err := errors.Join(p.problems...); err != nil {
		return rules.Table{}, err
	}
	return t, nil
}

func blank(row []string) bool {
	return !slices.ContainsFunc(row, func(text string) bool { return text != "" })
}

// head reads the rows above the headings.
func (p *parser) head() rules.Table {
	for y, key := range keys() {
		if p.at(y, 0) != key {
			p.add(y, 0, "want %q, got %q; the rows are %s, in this order, and then the headings", key, p.at(y, 0), strings.Join(keys(), ", "))
			return rules.Table{}
		}
		if y != keyEnum {
			p.ends(y, 2)
		}
		if p.at(y, 1) == "" && y != keyEnum && y != keyOtherwise {
			p.add(y, 1, "%s is missing; write it here", key)
		}
	}
	t := rules.Table{
		ID: p.at(keyID, 1), Title: casefile.Text{ZH: p.at(keyTitleZH, 1), EN: p.at(keyTitleEN, 1)},
		Hit:        oneOf(p, keyHit, rules.HitUnique, rules.HitFirst, rules.HitAny, rules.HitCollect, rules.HitRuleOrder),
		Type:       oneOf(p, keyType, rules.TypeBool, rules.TypeInt, rules.TypeNumber, rules.TypeText, rules.TypeEnum),
		Provenance: oneOf(p, keyProvenance, rules.Verified, rules.Excerpt, rules.Derived, rules.OlderText, rules.Recalled),
		Basis:      p.at(keyBasis, 1),
	}
	if t.ID != "" && !name.MatchString(t.ID) {
		p.add(keyID, 1, "%q is no id; write small letters, digits and _, as in matter_scope", t.ID)
	}
	t.Enum = p.enum(t.Type)
	if text := p.at(keyOtherwise, 1); text != "" && t.Type != "" {
		value, err := read(t.Type, t.Enum, text)
		if err != nil {
			p.add(keyOtherwise, 1, "%v", err)
		}
		t.Otherwise = value
	}
	return t
}

func (p *parser) enum(t rules.Type) []string {
	var values []string
	if y := keyEnum; y < len(p.rows) {
		values = slices.Clone(p.rows[y][1:])
	}
	for len(values) > 0 && values[len(values)-1] == "" {
		values = values[:len(values)-1]
	}
	switch {
	case t == rules.TypeEnum && len(values) == 0:
		p.add(keyEnum, 1, "an enum lists its values; write one in each column from here on")
	case t != rules.TypeEnum && len(values) > 0:
		p.add(keyEnum, 1, "only an enum lists values; clear this row, or write enum in the row type")
	}
	for x, value := range values {
		if value == "" || slices.Contains(values[:x], value) {
			p.add(keyEnum, x+1, "the value %q is blank or stands here twice; delete the cell", value)
		}
	}
	if len(values) == 0 {
		return nil
	}
	return values
}

// inputs reads the headings.
func (p *parser) inputs() []string {
	var names []string
	if rowNames < len(p.rows) {
		names = p.rows[rowNames]
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	inputs := max(len(names)-len(tail()), 0)
	if !slices.Equal(names[inputs:], tail()) {
		p.add(rowNames, inputs, "the headings are the facts that the table reads, and then %s; nothing else", strings.Join(tail(), ", "))
		return nil
	}
	if inputs == 0 || inputs > rules.MaxTableInputs {
		p.add(rowNames, 0, "want 1 to %d facts before the heading then, got %d", rules.MaxTableInputs, inputs)
		return nil
	}
	for x, input := range names[:inputs] {
		if !name.MatchString(input) {
			p.add(rowNames, x, "%q is no name of a fact; the heading is the name in facts.yaml, the title stands below it", input)
		}
		if slices.Contains(names[:x], input) {
			p.add(rowNames, x, "%s has a column already; delete one of them", input)
		}
	}
	p.ends(rowTitles, len(names))
	return slices.Clone(names[:inputs])
}

// body reads the rows of the table.
func (p *parser) body(t *rules.Table) {
	if n := len(p.rows) - rowFirst; n < 1 || n > rules.MaxTableRows {
		p.add(rowFirst, 0, "want 1 to %d rows below the headings, got %d", rules.MaxTableRows, max(n, 0))
		return
	}
	width := len(t.Inputs)
	for y := rowFirst; y < len(p.rows); y++ {
		if blank(p.rows[y]) {
			p.add(y, 0, "the row is blank; delete it")
			continue
		}
		row := rules.TableRow{Basis: p.at(y, width+1), Note: p.at(y, width+2)}
		for x, input := range t.Inputs {
			text := p.at(y, x)
			if text == "" {
				p.add(y, x, "%s: the cell is blank; write - for any value", input)
			}
			row.When = append(row.When, text)
		}
		said, err := read(t.Type, t.Enum, p.at(y, width))
		if err != nil {
			p.add(y, width, "then: %v", err)
		}
		row.Then = said
		p.ends(y, width+len(tail()))
		t.Rows = append(t.Rows, row)
	}
}

// ends checks that nothing stands in a row from a column on.
func (p *parser) ends(row, column int) {
	if row >= len(p.rows) {
		return
	}
	for x := column; x < len(p.rows[row]); x++ {
		if p.rows[row][x] != "" {
			p.add(row, x, "nothing may stand here, got %q; clear the cell", p.rows[row][x])
		}
	}
}

// oneOf reads a word of a closed set; empty after a problem.
func oneOf[T ~string](p *parser, row int, words ...T) T {
	got := p.at(row, 1)
	names := make([]string, len(words))
	for i, word := range words {
		if got == string(word) {
			return word
		}
		names[i] = string(word)
	}
	if got != "" {
		p.add(row, 1, "%s: %q is none of %s", keys()[row], got, strings.Join(names, ", "))
	}
	return ""
}
