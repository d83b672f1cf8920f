package rules

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// HitPolicy (命中策略) says what a decision table answers when its rows hold.
type HitPolicy string

// The hit policies of DMN that a pack may use.
const (
	HitUnique    HitPolicy = "unique"     // at most one row holds
	HitFirst     HitPolicy = "first"      // of the rows that hold, the first one
	HitAny       HitPolicy = "any"        // the rows that hold say the same
	HitCollect   HitPolicy = "collect"    // what all rows that hold say, each value once
	HitRuleOrder HitPolicy = "rule_order" // what all rows that hold say, row by row
)

// Lists reports whether the result is a list.
func (h HitPolicy) Lists() bool { return h == HitCollect || h == HitRuleOrder }

// Table (决策表) is a decision table. Expressions read its result as t.<id>: one
// value, or with collect and rule_order a list of texts.
type Table struct {
	ID         string
	Title      casefile.Text
	Hit        HitPolicy
	Inputs     []string // facts
	Type       Type     // of what a row says
	Enum       []string // the values of an enum
	Rows       []TableRow
	Otherwise  any // what it answers when no row holds; nil: nothing, so the result is undetermined
	Basis      string
	Provenance Provenance
	File       string
	Line       int
}

// TableRow is one row: a cell for each input, and what it says.
type TableRow struct {
	When  []string // "-" stands for any value
	Then  any      // bool, int64, float64 or string
	Basis string   // empty: that of the table
	Note  string
	Line  int
}

// table is a table and the conditions of its rows.
type table struct {
	Table
	rows  []*expression
	reads []string // the inputs, sorted
	at    position
	rowAt []position
}

// gives is the type of the result.
func (t *table) gives() Type {
	switch {
	case t.Hit.Lists():
		return TypeTexts
	case t.Type == TypeEnum:
		return TypeText
	}
	return t.Type
}

// Tables gives the decision tables that the pack declares, in the order of its
// files.
func (p *Pack) Tables() []Table {
	out := make([]Table, len(p.tables))
	for i, x := range p.tables {
		out[i] = x.Table
	}
	return out
}

// TableAt is a decision table on the facts of a case.
type TableAt struct {
	Pack    string
	Table   string
	Value   any      // nil: undetermined
	Missing []string // facts without which it is undetermined, sorted
	Rows    []int    // the rows that hold, from 0
}

// Table answers a decision table, "<pack id>/<table id>", on the facts. An unknown
// table is [casefile.ErrNotFound].
func (j *Judge) Table(ref Ref, in Input) (TableAt, error) {
	e, err := j.evaluate(in, false)
	if err != nil {
		return TableAt{}, err
	}
	defer e.done()
	p, ok := j.byID[ref.Pack()]
	if !ok {
		return TableAt{}, notFound("rule pack", ref.Pack())
	}
	at := slices.IndexFunc(p.tables, func(t *table) bool { return t.ID == ref.Gate() })
	if at < 0 {
		return TableAt{}, notFound("decision table", string(ref))
	}
	s, err := e.state(p)
	if err != nil {
		return TableAt{}, err
	}
	hit, err := e.look(s, p.tables[at])
	if err != nil {
		return TableAt{}, err
	}
	out := TableAt{Pack: p.Name(), Table: ref.Gate(), Rows: hit.rows, Missing: s.law(hit.missing)}
	if hit.missing == nil {
		out.Value = plain(hit.value)
	}
	return out, nil
}

// hit is what came of looking into a table. Without missing facts there is a
// value.
type hit struct {
	value   any
	missing []string
	rows    []int
}

// look answers a table. A row whose condition is unknown leaves the result open,
// unless the hit policy makes the rows before it, or another one that holds,
// decide.
func (e *evaluation) look(s *state, t *table) (hit, error) {
	var h hit
	open := false
	for i, condition := range t.rows {
		a, err := e.ask(s, t.ID, condition)
		if err != nil {
			return h, err
		}
		switch {
		case a.is(true):
			h.rows = append(h.rows, i)
		case !a.known:
			open = true
			h.missing = merge(h.missing, a.missing)
		}
		if t.Hit == HitFirst && !a.is(false) {
			break
		}
	}
	decided := len(h.rows) > 0 && (t.Hit == HitUnique || t.Hit == HitAny)
	if open && !decided {
		return h, nil
	}
	h.missing = nil
	h.value = t.result(h.rows)
	if h.value == nil { // no row holds and nothing says what then, or rows contradict one another
		h.missing = t.reads
	}
	return h, nil
}

// result gives what the rows that hold say; nil when they say nothing, or not
// the same.
func (t *table) result(rows []int) any {
	if t.Hit.Lists() {
		out := []string{}
		for _, i := range rows {
			said, _ := t.Rows[i].Then.(string)
			if t.Hit == HitRuleOrder || !slices.Contains(out, said) {
				out = append(out, said)
			}
		}
		return out
	}
	if len(rows) == 0 {
		return expressedLiteral(t.Otherwise)
	}
	said := t.Rows[rows[0]].Then
	for _, i := range rows[1:] {
		if t.Hit == HitUnique || t.Rows[i].Then != said {
			return nil
		}
	}
	return expressedLiteral(said)
}

// expressedLiteral gives a value of a table as expressions read it.
func expressedLiteral(v any) any {
	if n, ok := v.(int64); ok {
		return int(n)
	}
	return v
}
