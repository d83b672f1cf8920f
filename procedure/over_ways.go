package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// exit is where the overlay gets back to what the base knows, once the new steps
// are left out.
type exit struct {
	to, as  string
	step    string // the new step that is left; empty: none was entered
	outcome string // the outcome that leaves it; empty: it was skipped, or a block was joined
}

// known reports whether the base has the step or the end, or it is a join.
func (t *tightening) known(to string) bool {
	_, step := t.base.Step(to)
	return step || to == Join || t.base.IsEnd(to)
}

// exits gives all ways from a target to what the base knows. Ends that the
// overlay adds are left out: they are reported by themselves.
func (t *tightening) exits(to string) []exit {
	var out []exit
	type place struct{ step, as string }
	var seen []place
	var follow func(e exit)
	follow = func(e exit) {
		if t.known(e.to) {
			out = append(out, e)
			return
		}
		s, ok := t.over.Step(e.to)
		at := place{e.to, e.as}
		if !ok || slices.Contains(seen, at) {
			return
		}
		seen = append(seen, at)
		if s.Skip != "" {
			follow(exit{to: s.Skip, as: e.as, step: s.ID})
		}
		for _, id := range s.Parallel {
			follow(exit{to: id, as: e.as})
		}
		block, branch := t.over.Block(s.ID)
		_, old := t.base.Step(block.ID)
		for _, tr := range s.Outcomes {
			next := exit{to: tr.To, as: either(tr.As, e.as), step: s.ID, outcome: tr.Is}
			if tr.To == Join && branch && !old {
				next = exit{to: block.Joined.To, as: either(block.Joined.As, next.as), step: s.ID}
			}
			follow(next)
		}
	}
	follow(exit{to: to})
	return out
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// leads checks that what the overlay leads to comes to what the base leads to
// when new steps are left out, or to a way that the base leaves open at each of
// the steps.
func (t *tightening) leads(over, base, basis string, want, got Transition, open []Step) {
	if want.As != got.As {
		t.problem(over, base, basis, "settles the end %q instead of %q", got.As, want.As)
		return
	}
	for _, e := range t.exits(got.To) {
		if e.to == want.To && e.as == "" {
			continue
		}
		if e.step != "" && want.As == "" && t.leftOpen(open, e) {
			continue
		}
		way := ""
		if e.step != "" {
			way = " by way of new step " + e.step
		}
		t.problem(over, base, basis, "leads to %q%s, where the base leads to %q", e.to, way, want.To)
	}
}

// leftOpen reports whether whoever takes the exit could take the same way in the
// base, at each of the steps and without a gate.
func (t *tightening) leftOpen(steps []Step, e exit) bool {
	if len(steps) == 0 || e.outcome == "" {
		return false
	}
	s, _ := t.over.Step(e.step)
	who := s.whoConcludes(e.outcome, false)
	for _, b := range steps {
		open := slices.ContainsFunc(b.Outcomes, func(o Transition) bool {
			return o.Gate == "" && o.To == e.to && o.As == e.as && within(who, b.whoConcludes(o.Is, true))
		})
		if !open {
			return false
		}
	}
	return true
}

// whoConcludes gives the roles that may conclude the step with the outcome; with
// free, only by acts before which no gate stands.
func (s Step) whoConcludes(outcome string, free bool) []casefile.Role {
	t, _ := Type(s.Type)
	var out []casefile.Role
	for _, a := range s.Acts {
		spec, ok := t.Act(a.Verb)
		if ok && slices.Contains(spec.Outcomes(), outcome) && (!free || a.Gate == "") {
			out = append(out, a.Roles...)
		}
	}
	return out
}

// newBranches checks where the branches that the overlay adds to a block of the
// base can lead.
func (t *tightening) newBranches() {
	for i, b := range t.base.Steps {
		over, ok := t.over.Step(b.ID)
		if !ok || !b.IsBlock() {
			continue
		}
		var branches []Step
		for _, id := range b.Parallel {
			s, _ := t.base.Step(id)
			branches = append(branches, s)
		}
		for _, id := range over.Parallel {
			if slices.Contains(b.Parallel, id) {
				continue
			}
			j := slices.IndexFunc(t.over.Steps, func(s Step) bool { return s.ID == id })
			for _, e := range t.exits(id) {
				if e.to != Join && !t.leftOpen(branches, e) {
					t.problem(path("steps", j), path("steps", i), b.Basis,
						"new branch %q leads to %q, which the branches of the base do not leave open", id, e.to)
				}
			}
		}
	}
}
