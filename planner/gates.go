package planner

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// today is the fact that the judge supplies.
const today = "today"

// readGates finds, for each gate that the definition asks, the rules about dates,
// those that overlays add included.
func (p *Planner) readGates() {
	for _, pack := range p.packs {
		for _, g := range pack.Gates() {
			ref := g.AddsTo
			if ref == "" {
				ref = rules.Ref(pack.ID() + "/" + g.ID)
			}
			if g.Kind != rules.Admission {
				continue
			}
			for _, r := range pack.Rules() {
				if slices.Contains(g.Rules, r.ID) {
					p.readRule(ref, pack, r)
				}
			}
		}
	}
}

func (p *Planner) readRule(ref rules.Ref, pack *rules.Pack, r rules.Rule) {
	x := rule{Rule: r, name: pack.ID() + "/" + r.ID}
	for _, f := range r.Facts {
		if p.dates[f] {
			x.facts = append(x.facts, f)
		}
	}
	for _, id := range r.Periods {
		for _, owner := range pack.Stack() {
			if name := owner.ID() + "/" + id; p.periods[name].ID != "" {
				x.minimum = append(x.minimum, name)
			}
		}
	}
	if len(x.facts) == 0 && len(x.minimum) == 0 && !slices.Contains(r.Facts, today) {
		return
	}
	p.asked[ref] = append(p.asked[ref], x)
	for _, f := range x.facts {
		for _, period := range x.minimum {
			if _, known := p.announce[f]; !known && !slices.Contains(p.periods[period].Facts, f) {
				p.announce[f] = period
			}
		}
	}
}

// rulesAt gives the rules about dates at the gates that are law on the facts,
// each once.
func (w *walk) rulesAt(gates []rules.Ref) []rule {
	var out []rule
	for _, ref := range gates {
		for _, r := range w.p.asked[ref] {
			twice := slices.ContainsFunc(out, func(x rule) bool { return x.name == r.name })
			if !twice && r.InForce.Contains(w.lawOf(r.name)) {
				out = append(out, r)
			}
		}
	}
	return out
}

// own are the dates that an act itself establishes.
type own struct {
	derived []string // the day of the act
	chosen  []string // announced for later
}

func (o own) has(fact string) bool {
	return slices.Contains(o.derived, fact) || slices.Contains(o.chosen, fact)
}

// establishes gives the dates that an act establishes, without those that the
// question supposes.
func (w *walk) establishes(spec procedure.ActSpec) own {
	var o own
	free := func(fact string) bool {
		_, supposed := w.q.Assume[fact]
		return w.p.dates[fact] && !supposed
	}
	for _, f := range spec.Fields {
		switch {
		case f.Kind != procedure.KindDate || !free(f.Fact):
		case f.Past:
			o.derived = append(o.derived, f.Fact)
		default:
			o.chosen = append(o.chosen, f.Fact)
		}
	}
	for _, fact := range spec.Gives {
		if free(fact) && !o.has(fact) {
			o.derived = append(o.derived, fact)
		}
	}
	return o
}

// gatesOf gives the gates that are not empty.
func gatesOf(refs ...rules.Ref) []rules.Ref {
	return slices.DeleteFunc(refs, func(r rules.Ref) bool { return r == "" })
}

// actRule gives the rule of the definition for an act.
func actRule(s procedure.Step, verb string) procedure.ActRule {
	at := slices.IndexFunc(s.Acts, func(a procedure.ActRule) bool { return a.Verb == verb })
	if at < 0 {
		return procedure.ActRule{}
	}
	return s.Acts[at]
}

// rank orders results by how far they let a gate open.
func rank(r casefile.Result) int {
	switch r {
	case casefile.Pass:
		return 2
	case casefile.Undetermined:
		return 1
	case casefile.Block:
	}
	return 0
}
