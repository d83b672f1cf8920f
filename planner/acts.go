package planner

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// actNeeded says that an act of a step that has been left is needed after all:
// the way is walked again with it.
type actNeeded struct{ act string }

func (a *actNeeded) Error() string { return "act " + a.act + " is needed later on" }

// conclude gives the first day on which the step can end by the transition.
func (w *walk) conclude(s *stepAt, t procedure.Transition) (legaltime.Date, error) {
	spec, ok := concluding(s.kind, t.Is)
	if !ok {
		return legaltime.Date{}, fmt.Errorf("no act of step %q leads to outcome %q: %w", s.step.ID, t.Is, casefile.ErrInvalid)
	}
	day := s.ready
	for _, a := range s.kind.Acts {
		if !w.needed[s.step.ID+"."+a.Verb] {
			continue
		}
		on, err := w.act(s, a.Verb)
		if err != nil {
			return day, err
		}
		day = later(day, on)
	}
	day, err := w.do(s, spec, day, gatesOf(actRule(s.step, spec.Verb).Gate, w.p.def.Throughout, t.Gate)...)
	s.out.Conclude, s.out.Outcome = day, t.Is
	return day, err
}

// concluding gives the act that ends the step with the outcome; of several, the
// one that needs most before it, so that the step is gone through in full.
func concluding(t procedure.StepType, outcome string) (best procedure.ActSpec, ok bool) {
	for _, a := range t.Acts {
		if slices.Contains(a.Outcomes(), outcome) && (!ok || len(a.Needs) >= len(best.Needs)) {
			best, ok = a, true
		}
	}
	return best, ok
}

// act gives the day on which an act of the step is done.
func (w *walk) act(s *stepAt, verb string) (legaltime.Date, error) {
	if day, ok := s.acts[verb]; ok {
		return day, nil
	}
	if s.busy[verb] || slices.Contains(s.done, verb) {
		return s.ready, nil
	}
	s.busy[verb] = true
	spec, _ := s.kind.Act(verb)
	return w.do(s, spec, s.ready, gatesOf(actRule(s.step, verb).Gate)...)
}

// do gives the day on which an act is done, and supposes the dates that it
// establishes.
func (w *walk) do(s *stepAt, spec procedure.ActSpec, day legaltime.Date, gates ...rules.Ref) (legaltime.Date, error) {
	for _, need := range spec.Needs {
		on, err := w.act(s, need)
		if err != nil {
			return day, err
		}
		day = later(day, on)
	}
	o := w.establishes(spec)
	for _, f := range o.chosen { // announced anew
		w.choose[f] = day
	}
	day, err := w.opens(s, spec, day, gates)
	if err != nil {
		return day, err
	}
	s.acts[spec.Verb] = day
	for _, f := range o.derived {
		w.facts[f], w.origin[f] = day.String(), s.step.ID
	}
	for _, f := range o.chosen {
		w.origin[f] = s.step.ID
		if _, open := w.choose[f]; open {
			w.choose[f] = day
		}
	}
	return day, nil
}

// resolve supposes a date that nobody knows, where an act on the way establishes
// it: of this step, of one beside it, or of one before. It gives the day of the
// act when that belongs to a step that is still running.
func (w *walk) resolve(s *stepAt, fact string, list []rule) (day legaltime.Date, err error) {
	if _, supposed := w.q.Assume[fact]; supposed {
		return day, nil
	}
	if on, open := w.choose[fact]; open {
		w.announced(fact, on, list)
		return day, nil
	}
	if !w.date(fact).IsZero() {
		return day, nil
	}
	order := slices.Clone(w.steps)
	order = append(order, s) // first of all
	for _, at := range slices.Backward(order) {
		verb, ok := w.establishing(at, fact)
		if !ok {
			continue
		}
		name := at.step.ID + "." + verb
		if at.left {
			if w.needed[name] {
				return day, nil
			}
			return day, &actNeeded{name}
		}
		if day, err = w.act(at, verb); err != nil {
			return day, err
		}
		if on, open := w.choose[fact]; open {
			w.announced(fact, on, list)
		}
		if at != s {
			day = legaltime.Date{}
		}
		return day, nil
	}
	return day, nil
}

// establishing gives the act of a step that establishes the date, and does not
// end the step.
func (w *walk) establishing(s *stepAt, fact string) (verb string, ok bool) {
	for _, a := range s.kind.Acts {
		if len(a.Outcomes()) == 0 && w.establishes(a).has(fact) && !w.leftOut(s, a) {
			return a.Verb, true
		}
	}
	return "", false
}

// leftOut reports whether the question leaves out the act, or one before it.
func (w *walk) leftOut(s *stepAt, a procedure.ActSpec) bool {
	return slices.Contains(w.q.Leave, s.step.ID+"."+a.Verb) || slices.ContainsFunc(a.Needs, func(verb string) bool {
		need, _ := s.kind.Act(verb)
		return need.Verb != a.Verb && w.leftOut(s, need)
	})
}

// announced chooses the date that an act announces: the first, from the day of
// the act on, that the rules at hand and those at the act's own gate accept.
func (w *walk) announced(fact string, on legaltime.Date, list []rule) {
	delete(w.choose, fact)
	chosen := on
	for _, s := range w.steps {
		if verb, ok := w.establishing(s, fact); ok {
			list = append(slices.Clone(list), w.rulesAt(gatesOf(actRule(s.step, verb).Gate))...)
		}
	}
	for _, r := range list {
		if !slices.Contains(r.facts, fact) {
			continue
		}
		chosen = later(chosen, w.first(on, func(d legaltime.Date) int {
			w.facts[fact] = d.String()
			return w.rank(r, on)
		}))
	}
	w.facts[fact] = chosen.String()
}
