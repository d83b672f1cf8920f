package rules

import (
	"fmt"
	"math"
	"slices"

	"github.com/zhengdang/chengxu/legaltime"
)

// parameter makes the mutants of a parameter: each value a little more and a
// little less, and each row but the first from another day or not at all.
func (m *mutationRun) parameter(i int) error {
	p := m.pack.parameters[i]
	tests := m.testsReading(p.Name)
	try := func(o Operator, row int, what string, rows []ParameterRow) error {
		mutant := Mutant{Parameter: p.Name, Operator: o, Change: what, File: p.Rows[row].File, Line: p.Rows[row].Line, Column: p.Rows[row].column}
		c := *m.pack
		c.parameters = slices.Clone(c.parameters)
		c.parameters[i].Rows = rows
		return m.try(mutant, &c, tests)
	}
	for k, row := range p.Rows {
		for _, value := range nearbyValues(row.Value) {
			rows := slices.Clone(p.Rows)
			rows[k].Value = value
			if err := try(OperatorParameter, k, fmt.Sprintf("%s: %v → %v", row.From, row.Value, value), rows); err != nil {
				return err
			}
		}
		if k == 0 {
			continue
		}
		if err := try(OperatorDropped, k, fmt.Sprintf("%s: dropped", row.From), slices.Delete(slices.Clone(p.Rows), k, k+1)); err != nil {
			return err
		}
		for _, by := range []int{1, -1} {
			rows := slices.Clone(p.Rows)
			rows[k].From = row.From.AddDays(by)
			if err := try(OperatorParameter, k, fmt.Sprintf("%s → %s", row.From, rows[k].From), rows); err != nil {
				return err
			}
		}
	}
	return nil
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

// tenth rounds away what adding a tenth leaves behind the decimal point.
func tenth(v float64) float64 { return math.Round(v*1e9) / 1e9 }

// testsReading gives the tests that ask a rule which reads a parameter, in the
// order of the pack.
func (m *mutationRun) testsReading(parameter string) []Test {
	var out []Test
	seen := map[string]bool{}
	for _, r := range m.pack.rules {
		if !slices.Contains(r.Parameters, parameter) {
			continue
		}
		for _, t := range m.ofRule[r.ID] {
			if !seen[t.Name] {
				seen[t.Name] = true
				out = append(out, t)
			}
		}
	}
	return out
}
