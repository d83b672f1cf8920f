package rules

import (
	"cmp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Bounds of the values that are tried for one fact.
const (
	maxCandidates = 48
	maxPadding    = 12 // items of a list
	maxShift      = 4000
)

// placeholder stands for a text that only has to be there.
const placeholder = "…"

// atom is a part of a rule that the search takes as one: whatever is no
// connective.
type atom struct {
	pack  *Pack
	node  ast.Node
	facts []string // that it depends on, sorted; with "today"
	names []string // facts and parameters, also those behind periods and tables, sorted
}

// atomOf gives the atom of a node.
func atomOf(p *Pack, n ast.Node) *atom {
	a := &atom{pack: p, node: n, names: p.scope.deep(readsOf(n))}
	a.facts, _, _, _ = split(a.names)
	return a
}

// atomsOf gives the atoms below a node of the skeleton.
func atomsOf(p *Pack, n ast.Node) []*atom {
	switch n := n.(type) {
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return atomsOf(p, n.Node)
		}
	case *ast.BinaryNode:
		if _, ok := connective(n.Operator); ok {
			return append(atomsOf(p, n.Left), atomsOf(p, n.Right)...)
		}
	case *ast.ConditionalNode:
		out := atomsOf(p, n.Cond)
		for _, branch := range []ast.Node{n.Exp1, n.Exp2} {
			out = append(out, atomsOf(p, branch)...)
		}
		return out
	}
	return []*atom{atomOf(p, n)}
}

// domains gives, for each fact of the atoms, the finitely many values among which
// the search looks: those at which an atom can change its answer. Facts that
// stand together in an atom share the values from which theirs are made. known
// are the facts as they are; today gets the days to come.
func (j *Judge) domains(atoms []*atom, known casefile.Values, today legaltime.Date) (map[string][]any, error) {
	e, err := j.evaluate(Input{Facts: known, Today: today}, false)
	if err != nil {
		return nil, err
	}
	defer e.done()
	out := map[string][]any{}
	for _, group := range together(atoms) {
		m := &material{calendar: j.calendar, today: today, present: casefile.Values{}, types: map[string]FactType{}}
		for _, a := range group {
			s, err := e.state(a.pack)
			if err != nil {
				return nil, err
			}
			m.take(s, a)
		}
		m.spread()
		for _, name := range casefile.SortedNames(m.types) {
			out[name] = m.candidates(m.types[name])
		}
	}
	return out, nil
}

// together parts the atoms into groups that share facts, directly or through
// others. Today joins nothing: it is the same for all.
func together(atoms []*atom) [][]*atom {
	groupOf := map[string]int{}
	var groups [][]*atom
	for _, a := range atoms {
		into := len(groups)
		groups = append(groups, []*atom{a})
		for _, name := range a.facts {
			if name == todayFact {
				continue
			}
			if other, ok := groupOf[name]; ok && other != into {
				groups[into] = append(groups[other], groups[into]...)
				groups[other] = nil
				for known, g := range groupOf {
					if g == other {
						groupOf[known] = into
					}
				}
			}
			groupOf[name] = into
		}
	}
	return slices.DeleteFunc(groups, func(g []*atom) bool { return g == nil })
}

// material is what the candidate values of a group of facts are made of.
type material struct {
	calendar Calendar
	today    legaltime.Date
	types    map[string]FactType
	present  casefile.Values

	numbers  []float64
	texts    []string
	days     []legaltime.Date
	computes bool // arithmetic between numbers
	negative bool // one of the numbers is below zero
	working  bool // days are counted as working days
	months   bool
	years    bool
}

// take gathers the figures, texts and dates of an atom.
func (m *material) take(s *state, a *atom) {
	for _, name := range a.names {
		if f, ok := s.pack.scope.facts[name]; ok {
			m.types[name] = f
		}
		value, ok := s.values[name]
		if !ok {
			continue
		}
		m.value(value)
		if _, isFact := m.types[name]; isFact {
			m.present[name] = value
		}
	}
	m.walk(a.node)
	for _, name := range a.names {
		if id, ok := strings.CutPrefix(name, periodSpace); ok {
			m.period(a.pack.scope.periods[id])
		}
		if id, ok := strings.CutPrefix(name, tableSpace); ok {
			m.table(a.pack.scope.tables[id])
		}
	}
}

func (m *material) walk(n ast.Node) { ast.Walk(&n, m) }

// period takes the expressions of a period, and how it is counted.
func (m *material) period(x *period) {
	m.working = m.working || x.Unit == legaltime.WorkingDays || x.Roll != ""
	m.months = m.months || x.Unit == legaltime.Months
	m.years = m.years || x.Unit == legaltime.Years
	m.walk(x.from.root)
	if x.when != nil {
		m.walk(x.when.root)
	}
}

// table takes the conditions of a table, and what its rows say.
func (m *material) table(t *table) {
	for i, row := range t.rows {
		m.walk(row.root)
		m.value(t.Rows[i].Then)
	}
	m.value(t.Otherwise)
}

// value takes a present value or a figure of the law.
func (m *material) value(v any) {
	switch v := v.(type) {
	case int64:
		m.numbers = append(m.numbers, float64(v))
	case float64:
		m.numbers = append(m.numbers, v)
	case []string:
		m.texts = append(m.texts, v[:min(len(v), maxPadding)]...)
	case string:
		if d, err := legaltime.ParseDate(v); err == nil {
			m.days = append(m.days, d)
			return
		}
		m.texts = append(m.texts, v)
	}
}

// Visit implements [ast.Visitor]: it takes literals and notes how is counted.
func (m *material) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IntegerNode:
		m.numbers = append(m.numbers, float64(n.Value))
	case *ast.FloatNode:
		m.numbers = append(m.numbers, n.Value)
	case *ast.StringNode:
		m.texts = append(m.texts, n.Value)
	case *ast.BinaryNode:
		m.computes = m.computes || slices.Contains([]string{"+", "-", "*", "/", "%"}, n.Operator)
	case *ast.CallNode:
		switch n.Callee.String() {
		case "workdays", "addWd", "roll":
			m.working = true
		case "addMonths":
			m.months = true
		case "addYears":
			m.years = true
		}
	}
}

// spread adds what lies next to the material, and what is computed from it.
func (m *material) spread() {
	m.numbers = append(m.numbers, 0, 1)
	slices.Sort(m.numbers)
	m.numbers = slices.Compact(m.numbers)
	base := m.numbers
	m.negative = base[0] < 0
	if m.computes && len(base) <= 12 {
		for _, x := range base {
			for _, y := range base {
				m.numbers = append(m.numbers, x+y, x-y, x*y)
				if y != 0 {
					m.numbers = append(m.numbers, x/y)
				}
			}
		}
	}
	m.days = append(m.days, m.today)
	m.shiftDays(base)
	slices.SortFunc(m.days, m.nearer)
	m.days = slices.Compact(m.days)
	slices.Sort(m.texts)
	m.texts = slices.DeleteFunc(slices.Compact(m.texts), func(s string) bool { return s == "" })
}

// shiftDays adds the days that lie a figure away from the others, and their
// neighbours.
func (m *material) shiftDays(figures []float64) {
	var out []legaltime.Date
	for _, d := range m.days {
		for _, figure := range figures {
			n := int(figure)
			if float64(n) != figure || n < 0 || n > maxShift {
				continue
			}
			for _, n := range []int{n, -n} {
				near := []legaltime.Date{d.AddDays(n)}
				if m.working {
					due, _ := m.calendar.AddWorkingDays(d, n)
					near = append(near, due)
				}
				if m.months && n >= -maxMonths && n <= maxMonths {
					near = append(near, m.calendar.AddMonths(d, n))
				}
				if m.years && n >= -maxYears && n <= maxYears {
					near = append(near, m.calendar.AddYears(d, n))
				}
				for _, x := range near {
					out = append(out, x, x.AddDays(1), x.AddDays(-1))
				}
			}
		}
	}
	m.days = append(m.days, out...)
}

// nearer orders days by how far they lie from today, the past first.
func (m *material) nearer(a, b legaltime.Date) int {
	x, y := m.today.DaysUntil(a), m.today.DaysUntil(b)
	return cmp.Or(cmp.Compare(max(x, -x), max(y, -y)), cmp.Compare(x, y))
}
