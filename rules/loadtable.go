package rules

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Bounds of a decision table.
const (
	MaxTableRows   = 500
	MaxTableInputs = 20
)

// tableYAML reads one file tables/*.yaml, which holds one table.
func (l *loader) tableYAML(d *document, n *yaml.Node) {
	t := &table{at: d.at(n)}
	t.File, t.Line = d.name, n.Line
	var rows, otherwise *yaml.Node
	d.mapping(n, "table",
		must("id", func(n *yaml.Node) {
			d.matching("table id", factName, &t.ID)(n)
			t.at = d.at(n)
		}),
		must("title", d.bilingual("title", &t.Title)),
		must("hit", func(n *yaml.Node) {
			t.Hit = oneOf(d, n, "hit", HitUnique, HitFirst, HitAny, HitCollect, HitRuleOrder)
		}),
		must("inputs", d.texts("inputs", &t.Inputs)),
		must("type", func(n *yaml.Node) {
			t.Type = oneOf(d, n, "type", TypeBool, TypeInt, TypeNumber, TypeText, TypeEnum)
		}),
		may("enum", d.texts("enum", &t.Enum)),
		must("rows", func(n *yaml.Node) { rows = n }),
		may("otherwise", func(n *yaml.Node) { otherwise = n }),
		must("basis", l.basis(d, "basis", &t.Basis)),
		must("provenance", func(n *yaml.Node) { t.Provenance = provenance(d, n) }),
	)
	if t.ID == "" {
		return
	}
	if _, taken := l.pack.scope.tables[t.ID]; taken {
		l.add(t.at, "table %s is declared already", t.ID)
		return
	}
	says := FactType{Name: t.ID, Type: t.Type, Enum: t.Enum}
	l.tableShape(d, t, says, n)
	if rows != nil {
		for _, item := range d.items(rows, "rows") {
			l.tableRow(d, t, says, item)
		}
		if len(t.Rows) == 0 || len(t.Rows) > MaxTableRows {
			l.add(d.at(rows), "table %s: want 1 to %d rows", t.ID, MaxTableRows)
		}
	}
	if otherwise != nil && t.Hit.Lists() {
		l.add(d.at(otherwise), "table %s: %s gives an empty list when no row holds; leave otherwise out", t.ID, t.Hit)
	} else if otherwise != nil {
		t.Otherwise = l.said(d, says, otherwise)
	}
	t.reads = merge(nil, append([]string{}, t.Inputs...))
	l.pack.tables = append(l.pack.tables, t)
	l.pack.scope.tables[t.ID] = t
}

func (l *loader) tableShape(d *document, t *table, says FactType, n *yaml.Node) {
	if len(t.Inputs) == 0 || len(t.Inputs) > MaxTableInputs {
		l.add(d.at(n), "table %s: want 1 to %d inputs", t.ID, MaxTableInputs)
	}
	for _, input := range t.Inputs {
		if _, ok := l.pack.scope.facts[input]; !ok {
			l.add(d.at(n), "table %s: unknown fact %s", t.ID, input)
		}
	}
	if t.Hit.Lists() && t.Type != TypeText && t.Type != TypeEnum {
		l.add(t.at, "table %s: %s gives a list of texts; its rows say text or enum, not %s", t.ID, t.Hit, t.Type)
	}
	if (t.Type == TypeEnum) != (says.Enum != nil) {
		l.add(t.at, "table %s: an enum lists its values, and only an enum does", t.ID)
	}
}

func (l *loader) tableRow(d *document, t *table, says FactType, n *yaml.Node) {
	row := TableRow{Line: n.Line}
	var cells []*yaml.Node
	d.mapping(n, "row",
		must("when", func(n *yaml.Node) { cells = d.items(n, "when") }),
		must("then", func(n *yaml.Node) { row.Then = l.said(d, says, n) }),
		may("basis", l.basis(d, "row basis", &row.Basis)),
		may("note", d.text("row note", &row.Note)),
	)
	if len(cells) != len(t.Inputs) {
		l.add(d.at(n), "table %s: the row has %d cells for %d inputs", t.ID, len(cells), len(t.Inputs))
		return
	}
	var conditions []string
	for i, cell := range cells {
		row.When = append(row.When, strings.TrimSpace(cell.Value))
		f, known := l.pack.scope.facts[t.Inputs[i]]
		if !known { // said of the inputs
			continue
		}
		condition, err := cellCondition(f, cell)
		if err != nil {
			l.add(d.at(cell), "table %s: %s: %v", t.ID, t.Inputs[i], err)
			return
		}
		if condition != "" {
			conditions = append(conditions, condition)
		}
	}
	if conditions == nil {
		conditions = []string{"true"}
	}
	x, err := l.compiler.compileText("row", strings.Join(conditions, " and "), TypeBool)
	if err != nil {
		l.add(d.at(n), "table %s: %v", t.ID, err)
		return
	}
	t.Rows, t.rows, t.rowAt = append(t.Rows, row), append(t.rows, x), append(t.rowAt, d.at(n))
}

// said reads what a row says.
func (l *loader) said(d *document, says FactType, n *yaml.Node) any {
	raw := d.value(n, "then")
	if raw == nil || says.Type == "" {
		return nil
	}
	v, err := says.normalise(raw)
	if err != nil {
		l.add(d.at(n), "table %s: %v", says.Name, err)
		return nil
	}
	return v
}

var (
	cellCompare  = regexp.MustCompile(`^(<=|>=|!=|<|>)\s*(.+)$`)
	cellRange    = regexp.MustCompile(`^\[\s*(.+?)\s*\.\.\s*(.+?)\s*\]$`)
	cellNot      = regexp.MustCompile(`^not\s*\((.+)\)$`)
	cellContains = regexp.MustCompile(`^contains\s+(.+)$`)
)

// cellCondition gives the condition that a cell states about a fact; empty for
// any value. Cells are: -, a value, several values set apart by commas, not(…),
// a comparison, [low..high], and for lists "contains …".
func cellCondition(f FactType, cell *yaml.Node) (string, error) {
	text := strings.TrimSpace(cell.Value)
	switch {
	case cell.Kind != yaml.ScalarNode:
		return "", fmt.Errorf("a cell is a single value; write several set apart by commas, in quotes")
	case text == "-":
		return "", nil
	case text == "":
		return "", fmt.Errorf(`a cell is blank; write - for any value, and "" for the empty text`)
	}
	if m := cellContains.FindStringSubmatch(text); m != nil || f.Type == TypeTexts {
		if m == nil || f.Type != TypeTexts {
			return "", fmt.Errorf("a list is asked by contains, and only a list is")
		}
		return strconv.Quote(m[1]) + " in " + f.Name, nil
	}
	if m := cellCompare.FindStringSubmatch(text); m != nil {
		v, err := cellValue(f, m[2])
		return fmt.Sprintf("%s %s %s", f.Name, m[1], v), err
	}
	if m := cellRange.FindStringSubmatch(text); m != nil {
		low, err := cellValue(f, m[1])
		if err != nil {
			return "", err
		}
		high, err := cellValue(f, m[2])
		return fmt.Sprintf("(%s >= %s and %s <= %s)", f.Name, low, f.Name, high), err
	}
	if m := cellNot.FindStringSubmatch(text); m != nil {
		inner, err := cellValues(f, m[1])
		return "not (" + inner + ")", err
	}
	return cellValues(f, text)
}

// cellValues gives the condition that a fact is one of several values.
func cellValues(f FactType, text string) (string, error) {
	var any []string
	for _, part := range cellParts(text) {
		v, err := cellValue(f, strings.TrimSpace(part))
		if err != nil {
			return "", err
		}
		any = append(any, fmt.Sprintf("%s == %s", f.Name, v))
	}
	if len(any) == 1 {
		return any[0], nil
	}
	return "(" + strings.Join(any, " or ") + ")", nil
}

// cellParts splits a cell at the commas that stand outside quotation marks.
func cellParts(text string) []string {
	var parts []string
	begin, quoted, escaped := 0, false, false
	for i, r := range text {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = quoted
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			parts, begin = append(parts, text[begin:i]), i+1
		}
	}
	return append(parts, text[begin:])
}

// cellValue gives a value as an expression writes it.
func cellValue(f FactType, text string) (string, error) {
	switch f.Type {
	case TypeBool:
		if b := strings.ToLower(text); b == "true" || b == "false" { // spreadsheets write TRUE
			return b, nil
		}
	case TypeInt:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n <= maxInteger && n >= -maxInteger {
			return strconv.FormatInt(n, 10), nil
		}
	case TypeNumber:
		if x, err := strconv.ParseFloat(text, 64); err == nil && x == x && x < maxInteger && x > -maxInteger {
			return strconv.FormatFloat(x, 'f', -1, 64), nil
		}
	case TypeText, TypeEnum:
		if strings.HasPrefix(text, `"`) {
			unquoted, err := strconv.Unquote(text)
			if err != nil {
				return "", fmt.Errorf(`%s: a text that begins with a quotation mark stands in quotation marks, and those in it as \"`, text)
			}
			text = unquoted
		}
		if _, err := f.normalise(text); err != nil {
			return "", err
		}
		return strconv.Quote(text), nil
	default: // a date or a list is not written in a cell
	}
	return "", fmt.Errorf("%q is no value of type %s that a cell may hold", text, f.Type)
}

// checkTables checks that each table is read, and that what is recalled does not
// block.
func (l *loader) checkTables() {
	for _, t := range l.pack.tables {
		read := false
		for _, r := range l.pack.rules {
			for _, name := range r.Tables {
				if name != t.ID {
					continue
				}
				read = true
				if t.Provenance == Recalled && r.Effect != casefile.EffectWarn {
					l.add(r.at, "rule %s: the table t.%s is recalled, so the rule may only warn, not %s", r.ID, t.ID, r.Effect)
				}
			}
		}
		if !read && !l.unread {
			l.add(t.at, "table %s is read by no rule", t.ID)
		}
	}
}
