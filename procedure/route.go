package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// move is where an act leads when the gates open.
type move struct {
	to     string      // a step, a block or an end; empty: the case stays where it is
	as     string      // the end that is settled with it
	gates  []rules.Ref // asked before it
	broken []string    // running steps that end without an outcome
}

// moveOn gives the move when a step ends by the transition.
func (d *Definition) moveOn(c *casefile.Case, step string, t Transition) move {
	m := move{to: t.To, as: t.As, gates: gatesOf(d.Throughout, t.Gate)}
	block, branch := d.Block(step)
	switch {
	case t.To == Join:
		m.to = ""
		for _, other := range block.Parallel {
			if _, running := c.Active(other); running && other != step {
				return m // the join waits for it
			}
		}
		m.to, m.as = block.Joined.To, block.Joined.As
		m.gates = append(m.gates, gatesOf(block.Joined.Gate)...)
	case branch && t.To != step:
		for _, s := range c.ActiveSteps() {
			if s.Step != step && slices.Contains(block.Parallel, s.Step) {
				m.broken = append(m.broken, s.Step)
			}
		}
	}
	return m
}

// moveOut gives the move of an act of the case that takes it out of its steps.
func (d *Definition) moveOut(c *casefile.Case, rule ActRule) move {
	m := move{to: rule.To, as: rule.As}
	for _, s := range c.ActiveSteps() {
		m.broken = append(m.broken, s.Step)
	}
	return m
}

// gatesOf gives the gates that are not empty.
func gatesOf(refs ...rules.Ref) []rules.Ref {
	return slices.DeleteFunc(refs, func(r rules.Ref) bool { return r == "" })
}

// appliesAhead gives the gates that say which discretionary steps are required
// on the way into the target.
func (d *Definition) appliesAhead(to string) []rules.Ref {
	var out []rules.Ref
	for range d.Steps { // bounded: skipping never goes round in a circle
		s, ok := d.Step(to)
		if !ok {
			return out
		}
		for _, id := range s.Parallel {
			b, _ := d.Step(id)
			out = append(out, gatesOf(b.Applies)...)
		}
		out = append(out, gatesOf(s.Applies)...)
		if s.Skip == "" {
			return out
		}
		to = s.Skip
	}
	return out
}

// arrival is what entering a target comes to, once the rules have said which
// steps apply.
type arrival struct {
	entered []casefile.Entered
	end     string
	open    []casefile.Verdict // questions that nobody can answer yet: they hold the case
}

func (d *Definition) arrive(c *casefile.Case, to string, applies map[rules.Ref]casefile.Verdict) arrival {
	var a arrival
	for range len(d.Steps) + 1 {
		if d.IsEnd(to) {
			a.end = to
			return a
		}
		s, ok := d.Step(to)
		if !ok {
			return a
		}
		if !s.IsBlock() {
			if a.enter(c, s, applies) || len(a.open) > 0 {
				return a
			}
			to = s.Skip
			continue
		}
		for _, id := range s.Parallel {
			b, _ := d.Step(id)
			a.enter(c, b, applies)
		}
		return a
	}
	return a
}

// enter enters the step, or notes that it does not apply, and reports whether
// it is running. A step is never left out without the verdict that says so.
func (a *arrival) enter(c *casefile.Case, s Step, applies map[rules.Ref]casefile.Verdict) bool {
	in := casefile.Entered{Step: s.ID, Round: c.Rounds(s.ID) + 1, Applies: true}
	if s.Applies == "" {
		a.entered = append(a.entered, in)
		return true
	}
	v, judged := applies[s.Applies]
	if !judged {
		v = casefile.Verdict{Result: casefile.Undetermined, Gates: []string{string(s.Applies)}, Findings: []casefile.Finding{}}
	}
	if v.Result == casefile.Undetermined {
		a.open = append(a.open, v)
		return false
	}
	in.Gate, in.Verdict, in.Applies = string(s.Applies), &v, v.Result == casefile.Pass
	a.entered = append(a.entered, in)
	return in.Applies
}
