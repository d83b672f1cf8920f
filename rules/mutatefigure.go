package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/legaltime"
)

// qualified names a parameter as its pack writes it.
func (p Parameter) qualified() string {
	if p.Of == "" {
		return p.Name
	}
	return p.Of + "/" + p.Name
}

// parameter makes the mutants of a parameter: each value a little more and a
// little less, and each row but the first from another day or not at all. place
// gives where a copy of the pack keeps it.
func (m *mutationRun) parameter(p Parameter, place func(*Pack) *Parameter) {
	reads := func(names []string) bool { return slices.Contains(names, parameterSpace+p.Name) }
	tests := m.testsOf(func(r *compiledRule) bool { return reads(r.deep) }, func(x *period) bool { return reads(x.reads) })
	if p.Of != "" {
		tests = m.pack.tests // the packs that this one builds on may read it
	}
	try := func(o Operator, row ParameterRow, what string, rows []ParameterRow) {
		c := *m.pack
		place(&c).Rows = rows
		if p.Of == "" {
			c.scope.params = maps.Clone(c.scope.params)
			changed := p
			changed.Rows = rows
			c.scope.params[p.Name] = changed
		}
		m.try(Mutant{
			Subject: Subject{Parameter: p.qualified()}, Operator: o, Change: what,
			File: row.File, Line: row.Line, Column: row.column,
		}, &c, tests)
	}
	for k, row := range p.Rows {
		for _, value := range nearbyValues(row.Value) {
			if p.Of != "" && m.loosens(p, row, value) {
				continue // a pack with it is refused
			}
			rows := slices.Clone(p.Rows)
			rows[k].Value = value
			try(OperatorParameter, row, fmt.Sprintf("%s: %v → %v", row.From, row.Value, value), rows)
		}
		if k == 0 {
			continue
		}
		try(OperatorDropped, row, fmt.Sprintf("%s: dropped", row.From), slices.Delete(slices.Clone(p.Rows), k, k+1))
		for _, by := range []int{1, -1} {
			rows := slices.Clone(p.Rows)
			rows[k].From = row.From.AddDays(by)
			try(OperatorParameter, row, fmt.Sprintf("%s → %s", row.From, rows[k].From), rows)
		}
	}
}

// loosens reports whether a value would loosen what the pack above sets on the
// first day of a row.
func (m *mutationRun) loosens(p Parameter, row ParameterRow, value any) bool {
	above, ok := m.pack.scope.params[p.Name].at(row.From)
	return ok && !p.Stricter.asStrict(value, above.Value)
}

// nearbyValues gives the values next to a figure.
func nearbyValues(value any) []any {
	switch v := value.(type) {
	case bool:
		return []any{!v}
	case int64:
		return []any{v + 1, v - 1}
	case float64:
		return []any{tenth(v + 0.1), tenth(v - 0.1)}
	case string:
		if d, err := legaltime.ParseDate(v); err == nil {
			return []any{d.AddDays(1).String(), d.AddDays(-1).String()}
		}
	}
	return nil
}

// tenth rounds away what adding a tenth leaves far behind the decimal point.
func tenth(v float64) float64 { return math.Round(v*1e9) / 1e9 }

// period makes the mutants of a period.
func (m *mutationRun) period(x *period) {
	tests := m.testsOf(
		func(r *compiledRule) bool { return slices.Contains(r.deep, periodSpace+x.ID) },
		func(other *period) bool { return other == x },
	)
	named := Mutant{Subject: Subject{Period: x.ID}, File: x.at.file, Line: x.at.line, Column: x.at.column}
	for _, e := range []**expression{&x.from, &x.when} {
		if *e == nil {
			continue
		}
		m.expression(named, *e, tests, func(changed *expression) *Pack {
			c := *x
			if e == &x.from {
				c.from = changed
			} else {
				c.when = changed
			}
			return m.pack.withPeriod(x, &c)
		})
	}
	try := func(what string, change func(*period)) {
		c := *x
		change(&c)
		mutant := named
		mutant.Operator, mutant.Change = OperatorPeriod, what
		m.try(mutant, m.pack.withPeriod(x, &c), tests)
	}
	for _, unit := range otherUnits(x.Unit) {
		try(fmt.Sprintf("unit: %s → %s", x.Unit, unit), func(c *period) { c.Unit = unit })
	}
	if x.when != nil {
		try("when: dropped", func(c *period) { c.when = nil })
	}
	if x.Roll != "" {
		try("roll_forward: dropped", func(c *period) { c.Roll = "" })
	}
	if x.Extend != nil {
		try("extend: dropped", func(c *period) { c.Extend = nil })
	}
	if len(x.Stops) > 0 {
		try("stops: dropped", func(c *period) { c.Stops = nil })
	}
	for k, before := range x.Remind {
		try(fmt.Sprintf("remind: %d dropped", before), func(c *period) { c.Remind = slices.Delete(slices.Clone(x.Remind), k, k+1) })
		for _, other := range []int{before + 1, before - 1} {
			try(fmt.Sprintf("remind: %d → %d", before, other), func(c *period) {
				c.Remind = slices.Clone(x.Remind)
				c.Remind[k] = other
			})
		}
	}
}

// otherUnits gives the unit that a unit is mistaken for.
func otherUnits(u legaltime.Unit) []legaltime.Unit {
	switch u {
	case legaltime.CalendarDays:
		return []legaltime.Unit{legaltime.WorkingDays}
	case legaltime.WorkingDays:
		return []legaltime.Unit{legaltime.CalendarDays}
	case legaltime.Months:
		return []legaltime.Unit{legaltime.Years}
	case legaltime.Years:
		return []legaltime.Unit{legaltime.Months}
	}
	return nil
}

// withPeriod gives the pack with another period in the place of one.
func (p *Pack) withPeriod(x, by *period) *Pack {
	c := *p
	c.periods = slices.Clone(c.periods)
	c.periods[slices.Index(p.periods, x)] = by
	c.scope.periods = maps.Clone(c.scope.periods)
	c.scope.periods[x.ID] = by
	return &c
}

// table makes the mutants of a decision table: each row left out, each of its
// cells changed, and each thing that is said.
func (m *mutationRun) table(x *table) {
	tests := m.testsOf(
		func(r *compiledRule) bool { return slices.Contains(r.deep, tableSpace+x.ID) },
		func(*period) bool { return false },
	)
	named := Mutant{Subject: Subject{Table: x.ID}, File: x.at.file, Line: x.at.line, Column: x.at.column}
	with := func(change func(*table)) *Pack {
		c := *x
		c.Rows, c.rows = slices.Clone(x.Rows), slices.Clone(x.rows)
		change(&c)
		return m.pack.withTable(x, &c)
	}
	said := m.saidIn(x)
	for k, row := range x.Rows {
		named := named
		named.File, named.Line, named.Column = x.rowAt[k].file, x.rowAt[k].line, x.rowAt[k].column
		named.Change = fmt.Sprintf("row (%s)", strings.Join(row.When, "; "))
		dropped := named
		dropped.Operator, dropped.Change = OperatorDropped, named.Change+": dropped"
		m.try(dropped, with(func(c *table) {
			c.Rows, c.rows = slices.Delete(c.Rows, k, k+1), slices.Delete(c.rows, k, k+1)
		}), tests)
		for _, other := range said(row.Then) {
			mutant := named
			mutant.Operator, mutant.Change = OperatorTable, fmt.Sprintf("%s: %v → %v", named.Change, row.Then, other)
			m.try(mutant, with(func(c *table) { c.Rows[k].Then = other }), tests)
		}
		m.expression(named, x.rows[k], tests, func(changed *expression) *Pack {
			return with(func(c *table) { c.rows[k] = changed })
		})
	}
	if x.Otherwise == nil {
		return
	}
	dropped := named
	dropped.Operator, dropped.Change = OperatorDropped, "otherwise: dropped"
	m.try(dropped, with(func(c *table) { c.Otherwise = nil }), tests)
	for _, other := range said(x.Otherwise) {
		mutant := named
		mutant.Operator, mutant.Change = OperatorTable, fmt.Sprintf("otherwise: %v → %v", x.Otherwise, other)
		m.try(mutant, with(func(c *table) { c.Otherwise = other }), tests)
	}
}

// saidIn gives what a row could say instead: a value next to it, or whatever
// another row says.
func (m *mutationRun) saidIn(x *table) func(then any) []any {
	return func(then any) []any {
		if near := nearbyValues(then); near != nil {
			return near
		}
		var out []any
		for _, row := range x.Rows {
			if row.Then != then && !slices.Contains(out, row.Then) {
				out = append(out, row.Then)
			}
		}
		return out
	}
}

// withTable gives the pack with another table in the place of one.
func (p *Pack) withTable(x, by *table) *Pack {
	c := *p
	c.tables = slices.Clone(c.tables)
	c.tables[slices.Index(p.tables, x)] = by
	c.scope.tables = maps.Clone(c.scope.tables)
	c.scope.tables[x.ID] = by
	return &c
}
