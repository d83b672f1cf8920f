package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// expressions gives the expressions of a rule and where each is kept.
func (r *compiledRule) expressions() []**expression {
	return []**expression{&r.require, &r.due, &r.arises, &r.met}
}

// rule makes the mutants of one version of a rule.
func (m *mutationRun) rule(r *compiledRule) error {
	for i, x := range r.expressions() {
		if *x == nil {
			continue
		}
		put := func(changed *expression) *Pack {
			c := *r
			*c.expressions()[i] = changed
			return m.pack.withRule(r, &c)
		}
		if err := m.expression(Mutant{Rule: r.ID}, *x, put, m.ofRule[r.ID]); err != nil {
			return err
		}
	}
	if err := m.wholeExpressions(r); err != nil {
		return err
	}
	if err := m.effect(r); err != nil {
		return err
	}
	return m.gates(r)
}

// expression makes the mutants of an expression. What the language refuses is
// no mutant, and of two that read the same only the first counts.
func (m *mutationRun) expression(named Mutant, x *expression, put func(*expression) *Pack, tests []Test) error {
	seen, names := map[string]bool{x.root.String(): true}, map[string]int{}
	for _, c := range changesOf(m.compiler.language, x.root) {
		source := c.root.String()
		if seen[source] {
			continue
		}
		seen[source] = true
		changed, problem := m.compiler.compile(x.part, &exprSource{text: source, doc: x.origin.doc, node: x.origin.node}, x.gives)
		if problem != nil {
			continue
		}
		if changed.root.String() != source {
			return fmt.Errorf("%s: the mutant %q reads back as %q", x.part, source, changed.root.String())
		}
		mutant := named
		mutant.Operator, mutant.Source = c.operator, source
		mutant.Change = fmt.Sprintf("%s: %s → %s", x.part, c.at, c.to)
		if names[mutant.Change]++; names[mutant.Change] > 1 {
			mutant.Change += fmt.Sprintf(" (%d)", names[mutant.Change])
		}
		at := x.origin.problem(c.at.Location().From, "")
		mutant.File, mutant.Line, mutant.Column = at.File, at.Line, at.Column
		if err := m.try(mutant, put(changed), tests); err != nil {
			return err
		}
	}
	return nil
}

// wholeExpressions leaves out the expressions that a rule need not have.
func (m *mutationRun) wholeExpressions(r *compiledRule) error {
	for i, x := range r.expressions() {
		if *x == nil || *x == r.met || *x == r.require && r.Effect != casefile.EffectDuty {
			continue
		}
		c := *r
		*c.expressions()[i] = nil
		mutant := m.at(r, OperatorDropped, (*x).part+": dropped")
		if err := m.try(mutant, m.pack.withRule(r, &c), m.ofRule[r.ID]); err != nil {
			return err
		}
	}
	return nil
}

// effect lets a rule that blocks only warn, and the other way round.
func (m *mutationRun) effect(r *compiledRule) error {
	to := map[casefile.Effect]casefile.Effect{casefile.EffectBlock: casefile.EffectWarn, casefile.EffectWarn: casefile.EffectBlock}[r.Effect]
	if to == "" {
		return nil
	}
	c := *r
	c.Effect = to
	mutant := m.at(r, OperatorEffect, fmt.Sprintf("effect: %s → %s", r.Effect, to))
	return m.try(mutant, m.pack.withRule(r, &c), m.ofRule[r.ID])
}

// gates leaves the rule out of each gate that asks it.
func (m *mutationRun) gates(r *compiledRule) error {
	if versions := m.pack.versions[r.ID]; versions[len(versions)-1] != r {
		return nil // once for all versions
	}
	for i, g := range m.pack.gates {
		k := slices.Index(g.Rules, r.ID)
		if k < 0 {
			continue
		}
		c := *m.pack
		c.gates = slices.Clone(c.gates)
		c.gates[i].Rules = slices.Delete(slices.Clone(g.Rules), k, k+1)
		if err := m.try(m.at(r, OperatorGate, "gate "+g.ID+": not asked"), &c, m.ofGate[g.ID]); err != nil {
			return err
		}
	}
	return nil
}

// at names a mutant of a rule as a whole.
func (m *mutationRun) at(r *compiledRule, o Operator, what string) Mutant {
	return Mutant{Rule: r.ID, Operator: o, Change: what, File: r.at.file, Line: r.at.line, Column: r.at.column}
}

// withRule gives the pack with another rule in the place of one.
func (p *Pack) withRule(r, by *compiledRule) *Pack {
	by.reads = nil
	for _, x := range by.expressions() {
		if *x != nil {
			by.reads = merge(by.reads, (*x).reads)
		}
	}
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
