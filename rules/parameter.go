package rules

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Stricter says which values of a parameter are stricter, so that a lower pack
// may set them.
type Stricter string

// The directions. Undeclared, a parameter is fixed.
const (
	StricterHigher Stricter = "higher" // a longer minimum, a higher quorum
	StricterLower  Stricter = "lower"  // a shorter time for a duty
	StricterFixed  Stricter = "fixed"  // no lower pack may change it
	StricterOpen   Stricter = "open"   // the instrument sets no figure; Because says so
)

// Parameter is a figure of the law with the dates from which each value counts.
type Parameter struct {
	Name     string
	Type     Type
	Of       string // the pack whose parameter is tightened; empty: the pack's own
	Stricter Stricter
	Because  string         // why the figure is open
	Rows     []ParameterRow // by rising From
}

// ParameterRow is one value of a parameter.
type ParameterRow struct {
	From       legaltime.Date
	Value      any // bool, int64, float64 or string; a date is a string
	Unit       string
	Basis      string
	Provenance Provenance
	File       string // where the row stands in the pack
	Line       int
	column     int
}

// at gives the row in force on a date; ok is false before the first one.
func (p Parameter) at(d legaltime.Date) (row ParameterRow, ok bool) {
	for _, row := range slices.Backward(p.Rows) {
		if !d.Before(row.From) {
			return row, true
		}
	}
	return ParameterRow{}, false
}

// asStrict reports whether a value is at least as strict as another one.
func (s Stricter) asStrict(value, than any) bool {
	order := compareValues(value, than)
	switch s {
	case StricterHigher:
		return order >= 0
	case StricterLower:
		return order <= 0
	case StricterOpen:
		return true
	case StricterFixed:
		return order == 0
	}
	return order == 0
}

// compareValues orders two values of one type of parameter; false is before
// true.
func compareValues(a, b any) int {
	switch x := a.(type) {
	case int64:
		if y, ok := b.(int64); ok {
			return int(min(max(x-y, -1), 1))
		}
	case float64:
		if y, ok := b.(float64); ok && x != y {
			if x < y {
				return -1
			}
			return 1
		}
	case bool:
		if y, ok := b.(bool); ok && x != y {
			if y {
				return -1
			}
			return 1
		}
	case string:
		if y, ok := b.(string); ok && x != y {
			if x < y {
				return -1
			}
			return 1
		}
	}
	return 0
}

// figure is the value of a parameter on a date, and the row that sets it.
type figure struct {
	row  ParameterRow
	pack *Pack // that sets it
}

// figureOf gives a parameter's value on a date as the packs set it together: of
// the rows in force the strictest; ok is false before the first row of the
// parameter's own pack.
func figureOf(packs []*Pack, of *Pack, p Parameter, on legaltime.Date) (f figure, ok bool) {
	row, ok := p.at(on)
	if !ok {
		return figure{}, false
	}
	f = figure{row, of}
	for _, lower := range packs {
		if !lower.inForce.Contains(on) {
			continue
		}
		for _, t := range lower.tightened {
			if t.Of != of.id || t.Name != p.Name {
				continue
			}
			if row, ok := t.at(on); ok && p.Stricter.asStrict(row.Value, f.row.Value) {
				f = figure{row, lower}
			}
		}
	}
	return f, true
}

// checkTightened refuses a row that loosens what the packs above set, naming
// both places and articles.
func (l *loader) checkTightened() {
	for i := range l.pack.tightened {
		t := &l.pack.tightened[i]
		base, p, ok := l.parameterOf(t)
		if !ok {
			continue
		}
		for _, row := range t.Rows {
			l.checkRow(base, p, row)
		}
		for _, row := range p.Rows { // what the pack above raises later must be followed
			if mine, ok := t.at(row.From); ok && row.From.After(mine.From) && !p.Stricter.asStrict(mine.Value, row.Value) {
				l.loosens(base, p, mine, row, base, row.From)
			}
		}
	}
}

// parameterOf finds the parameter that is tightened.
func (l *loader) parameterOf(t *Parameter) (*Pack, Parameter, bool) {
	key := t.Of + "/" + t.Name
	at := l.paramAt[key]
	base := slices.IndexFunc(l.pack.over, func(p *Pack) bool { return p.id == t.Of })
	if base < 0 {
		l.add(at, "parameter %s: this pack does not build on %s; name it in over", key, t.Of)
		return nil, Parameter{}, false
	}
	own := l.pack.over[base].parameters
	k := slices.IndexFunc(own, func(p Parameter) bool { return p.Name == t.Name })
	switch {
	case k < 0:
		l.add(at, "parameter %s: %s has no such parameter", key, l.pack.over[base].Name())
		return nil, Parameter{}, false
	case own[k].Type != t.Type:
		l.add(at, "parameter %s: is %s there, not %s", key, own[k].Type, t.Type)
		return nil, Parameter{}, false
	case own[k].Stricter == "" || own[k].Stricter == StricterFixed:
		l.add(at, "parameter %s: %s does not let a lower pack change it (%s)", key, l.pack.over[base].Name(), own[k].Rows[0].Basis)
		return nil, Parameter{}, false
	}
	t.Stricter = own[k].Stricter
	return l.pack.over[base], own[k], true
}

// checkRow compares one row with what is in force above it on its first day.
func (l *loader) checkRow(base *Pack, p Parameter, row ParameterRow) {
	at := position{row.File, row.Line, row.column}
	above, ok := figureOf(l.pack.over, base, p, row.From)
	switch {
	case !ok:
		l.add(at, "parameter %s/%s: %s sets no value on %s yet", base.id, p.Name, base.Name(), row.From)
	case above.row.Unit != row.Unit:
		l.add(at, "parameter %s/%s: counts in %s there, not in %s", base.id, p.Name, above.row.Unit, row.Unit)
	case row.Provenance == Recalled && p.Stricter != StricterOpen:
		l.add(at, "parameter %s/%s: a figure that is recalled changes nothing", base.id, p.Name)
	case !p.Stricter.asStrict(row.Value, above.row.Value):
		l.loosens(base, p, row, above.row, above.pack, row.From)
	}
}

func (l *loader) loosens(base *Pack, p Parameter, row, above ParameterRow, by *Pack, on legaltime.Date) {
	l.add(position{row.File, row.Line, row.column},
		"parameter %s/%s: %v (%s) loosens %v (%s), which %s sets in %s:%d from %s on; a lower pack may only make it %s",
		base.id, p.Name, row.Value, row.Basis, above.Value, above.Basis, by.Name(), above.File, above.Line, on, p.Stricter)
}

// figureBasis names the articles of packs that have tightened a figure which a
// rule reads.
func (s *state) figureBasis(r *compiledRule) string {
	out := ""
	for _, name := range r.Parameters {
		f, ok := s.figures[name]
		if ok && f.pack != s.pack.scope.owner[name] {
			out += fmt.Sprintf("；%s", f.row.Basis)
		}
	}
	return out
}

// sortedParameters gives parameters by name.
func sortedParameters(byName map[string]Parameter) []Parameter {
	var out []Parameter
	for _, name := range casefile.SortedNames(byName) {
		out = append(out, byName[name])
	}
	return out
}
