package rules

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// check makes the checks for which the whole pack must have been read.
func (l *loader) check() {
	l.checkVersions()
	l.checkOver()
	l.checkGates()
	l.checkFacts()
	l.checkParameters()
	l.checkPeriods()
	l.checkTables()
	l.checkToday()
}

// checkVersions gathers the rules by id. Several rules of one id are versions:
// their times of validity follow each other without overlap and without a gap.
func (l *loader) checkVersions() {
	p := l.pack
	for _, r := range p.rules {
		p.versions[r.ID] = append(p.versions[r.ID], r)
	}
	for _, id := range casefile.SortedNames(p.versions) {
		versions := p.versions[id]
		slices.SortStableFunc(versions, func(a, b *compiledRule) int { return a.InForce.From.Compare(b.InForce.From) })
		for i, r := range versions {
			if r.ownInForce && !p.inForce.From.IsZero() && !within(r.InForce, p.inForce) {
				l.add(r.at, "rule %s: its in_force lies outside that of the pack", id)
			}
			if i == 0 {
				continue
			}
			before := versions[i-1]
			if !r.ownInForce || !before.ownInForce {
				l.add(r.at, "rule %s is given twice, first in %s:%d; versions of a rule each have in_force", id, before.File, before.Line)
				continue
			}
			l.checkSuccession(before, r)
		}
	}
}

func (l *loader) checkSuccession(before, r *compiledRule) {
	if before.InForce.To.IsZero() || !r.InForce.From.After(before.InForce.To) {
		l.add(r.at, "rule %s: in_force overlaps with the version in %s:%d", r.ID, before.File, before.Line)
		return
	}
	if r.InForce.From != before.InForce.To.AddDays(1) {
		l.add(r.at, "rule %s: in_force leaves a gap after the version in %s:%d", r.ID, before.File, before.Line)
	}
}

func within(inner, outer Span) bool {
	if inner.From.Before(outer.From) {
		return false
	}
	return outer.To.IsZero() || !inner.To.IsZero() && !inner.To.After(outer.To)
}

// checkGates checks that gates and rules name each other, and gives each gate
// its kind.
func (l *loader) checkGates() {
	inGate := map[string]bool{}
	for i := range l.pack.gates {
		g := &l.pack.gates[i]
		l.checkAdded(g)
		for k, id := range g.Rules {
			inGate[id] = true
			at := l.gateAt[g.ID]
			if k < len(l.gateRule[g.ID]) {
				at = l.gateRule[g.ID][k]
			}
			versions := l.pack.versions[id]
			if len(versions) == 0 {
				l.add(at, "gate %s: there is no rule %s", g.ID, id)
				continue
			}
			for _, r := range versions {
				kind := kindOf(r.Effect)
				if g.Kind == "" {
					g.Kind = kind
				}
				if kind != "" && kind != g.Kind {
					l.add(at, "gate %s: rule %s (%s) does not go with rules of kind %s", g.ID, id, r.Effect, g.Kind)
				}
			}
		}
	}
	for _, r := range l.pack.rules {
		if !inGate[r.ID] {
			l.add(r.at, "rule %s stands in no gate", r.ID)
		}
	}
}

func kindOf(e casefile.Effect) Kind {
	switch e {
	case casefile.EffectBlock, casefile.EffectWarn:
		return Admission
	case casefile.EffectApplies:
		return Applying
	case casefile.EffectDuty:
		return Watching
	}
	return ""
}

// checkFacts checks that each fact is read, or says why it is kept, and that the
// law is picked by a date.
func (l *loader) checkFacts() {
	read := map[string]bool{}
	for _, r := range l.pack.rules {
		for _, name := range r.deep {
			read[name] = true
		}
	}
	v := l.pack.vocabulary
	for _, x := range l.pack.periods {
		if x.Extend != nil {
			read[x.Extend.Notice] = true
		}
	}
	if at := l.pack.lawAt; at != "" && v.names != nil {
		read[at] = true
		if f, ok := l.pack.scope.facts[at]; !ok || f.Type != TypeDate {
			l.add(l.lawAt, "law_at: %s is not a fact of type date", at)
		}
	}
	if l.list != nil {
		return // expressions that did not compile read facts, too
	}
	for _, name := range v.names {
		f := v.facts[name]
		switch {
		case !read[name] && f.KeptFor == "":
			l.add(l.factAt[name], "fact %s is read by no rule; remove it, or say what it is kept_for", name)
		case read[name] && f.KeptFor != "":
			l.add(l.factAt[name], "fact %s is read by a rule; kept_for is for facts that are not", name)
		}
	}
	for _, p := range l.pack.parameters {
		if !read["p."+p.Name] {
			l.add(l.paramAt[p.Name], "parameter %s is read by no rule", p.Name)
		}
	}
}

// checkParameters checks that what is recalled does not block.
func (l *loader) checkParameters() {
	recalled := map[string]bool{}
	for name, p := range l.pack.scope.params {
		recalled[name] = slices.ContainsFunc(p.Rows, func(row ParameterRow) bool { return row.Provenance == Recalled })
	}
	for _, r := range l.pack.rules {
		for _, name := range r.Parameters {
			if recalled[name] && r.Effect != casefile.EffectWarn {
				l.add(r.at, "rule %s: the figure p.%s is recalled, so the rule may only warn, not %s", r.ID, name, r.Effect)
			}
		}
	}
}

// checkToday checks that the fact today is what the engine supplies.
func (l *loader) checkToday() {
	f, ok := l.pack.vocabulary.facts[todayFact]
	if ok && (f.Type != TypeDate || f.Source != SourceEngine) {
		l.add(l.factAt[todayFact], "fact today is a date that the engine supplies")
	}
}
