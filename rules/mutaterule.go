package rules

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// expressions gives the expressions of a rule, nil where one is absent, and
// where each is kept.
func (r *compiledRule) expressions() []**expression {
	return []**expression{&r.require, &r.due, &r.arises, &r.met}
}

// rule makes the mutants of one version of a rule.
func (m *mutationRun) rule(r *compiledRule) {
	for i, x := range r.expressions() {
		if *x == nil {
			continue
		}
		m.expression(m.of(r), *x, m.ofRule[r.ID], func(changed *expression) *Pack {
			c := *r
			*c.expressions()[i] = changed
			return m.pack.withRule(r, &c)
		})
	}
	m.wholeExpressions(r)
	m.effect(r)
	m.gates(r)
}

// of begins the mutants of a rule as a whole.
func (m *mutationRun) of(r *compiledRule) Mutant {
	return Mutant{Subject: Subject{Rule: r.ID}, File: r.at.file, Line: r.at.line, Column: r.at.column}
}

// expression makes the mutants of an expression. What the language refuses is no
// mutant, and of two that read the same only the first counts. The change of named,
// if it has one, says which expression it is.
func (m *mutationRun) expression(named Mutant, x *expression, tests []Test, put func(*expression) *Pack) {
	seen, names := map[string]bool{x.root.String(): true}, map[string]int{}
	for _, c := range changesOf(m.compiler.language, x.root) {
		mutant := named
		mutant.Operator, mutant.Source = c.operator, c.root.String()
		if seen[mutant.Source] {
			continue
		}
		seen[mutant.Source] = true
		changed, err := m.compiler.compileText(x.part, mutant.Source, x.gives)
		if err != nil || changed.root.String() != mutant.Source {
			continue
		}
		mutant.Change = fmt.Sprintf("%s: %s → %s", cmp.Or(named.Change, x.part), c.at, c.to)
		if names[mutant.Change]++; names[mutant.Change] > 1 {
			mutant.Change += fmt.Sprintf(" (%d)", names[mutant.Change])
		}
		if at := x.locate(c.at); at.file != "" {
			mutant.File, mutant.Line, mutant.Column = at.file, at.line, at.column
		}
		m.try(mutant, put(changed), tests)
	}
}

// wholeExpressions leaves out the expressions that a rule need not have.
func (m *mutationRun) wholeExpressions(r *compiledRule) {
	for i, x := range r.expressions() {
		if *x == nil || *x == r.met || *x == r.require && r.Effect != casefile.EffectDuty {
			continue
		}
		c := *r
		*c.expressions()[i] = nil
		mutant := m.of(r)
		mutant.Operator, mutant.Change = OperatorDropped, (*x).part+": dropped"
		m.try(mutant, m.pack.withRule(r, &c), m.ofRule[r.ID])
	}
}

// effect lets a rule that blocks only warn, and the other way round.
func (m *mutationRun) effect(r *compiledRule) {
	c := *r
	switch r.Effect {
	case casefile.EffectBlock:
		c.Effect = casefile.EffectWarn
	case casefile.EffectWarn:
		c.Effect = casefile.EffectBlock
	default:
		return
	}
	mutant := m.of(r)
	mutant.Operator, mutant.Change = OperatorEffect, fmt.Sprintf("effect: %s → %s", r.Effect, c.Effect)
	m.try(mutant, m.pack.withRule(r, &c), m.ofRule[r.ID])
}

// gates leaves a rule, with all its versions, out of each gate that asks it.
func (m *mutationRun) gates(r *compiledRule) {
	if versions := m.pack.versions[r.ID]; versions[len(versions)-1] != r {
		return
	}
	for i, g := range m.pack.gates {
		k := slices.Index(g.Rules, r.ID)
		if k < 0 {
			continue
		}
		c := *m.pack
		c.gates = slices.Clone(c.gates)
		c.gates[i].Rules = slices.Delete(slices.Clone(g.Rules), k, k+1)
		mutant := m.of(r)
		mutant.Operator, mutant.Change = OperatorGate, "gate "+g.ID+": not asked"
		m.try(mutant, &c, m.ofGate[g.ID])
	}
}

// withRule gives the pack with another rule in the place of one.
func (p *Pack) withRule(r, by *compiledRule) *Pack {
	by.reads = nil
	for _, x := range by.expressions() {
		if *x != nil {
			by.reads = merge(by.reads, (*x).reads)
		}
	}
	by.deep = p.scope.deep(by.reads)
	swap := func(list []*compiledRule) []*compiledRule {
		list = slices.Clone(list)
		list[slices.Index(list, r)] = by
		return list
	}
	c := *p
	c.rules, c.versions = swap(p.rules), maps.Clone(p.versions)
	c.versions[r.ID] = swap(p.versions[r.ID])
	return &c
}
