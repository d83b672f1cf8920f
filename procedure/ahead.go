package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Ahead is a way in which a running step can be concluded, whether it is possible
// now or not.
type Ahead struct {
	Kind    string // "<step>.<verb>"
	Title   casefile.Text
	Spec    ActSpec
	Roles   []casefile.Role
	Outcome string
	To      string
	Gates   []rules.Ref       // asked before it
	Waits   *casefile.Refusal // what has to be done before, in this step; nil: nothing
}

// Ahead gives the ways in which a running step can be concluded and the case goes
// on, not those that only send it back.
func (d *Definition) Ahead(c *casefile.Case, step string) []Ahead {
	s, ok := d.Step(step)
	run, running := c.Active(step)
	if !ok || !running {
		return nil
	}
	t, _ := s.Kind()
	rules := s.Rules()
	var out []Ahead
	for _, spec := range t.Acts {
		rule, ok := ruleFor(rules, spec.Verb)
		if !ok || d.onlyBack(s, spec) {
			continue
		}
		waits := ordered(t, spec, run.Done)
		if waits == nil && s.Panel != nil && slices.Contains(s.Panel.Before, spec.Verb) {
			waits = d.undecided(s.Panel.state(c, run))
		}
		for _, o := range spec.Outcomes() {
			to := s.outcome(o)
			if to.To == "" || d.before(s, to.To) {
				continue
			}
			out = append(out, Ahead{
				Kind: step + "." + spec.Verb, Title: spec.Title, Spec: spec, Roles: slices.Clone(rule.Roles), Outcome: o, To: to.To,
				Gates: append(gatesOf(rule.Gate), d.moveOn(c, step, to).gates...), Waits: waits,
			})
		}
	}
	return out
}

// Guarded gives the acts of a running step that have a gate of their own, whether they
// are possible already or not, in the order of the step type. Those that this round does
// not admit any more are left out.
func (d *Definition) Guarded(c *casefile.Case, step string) []Ahead {
	s, ok := d.Step(step)
	run, running := c.Active(step)
	if !ok || !running {
		return nil
	}
	t, _ := s.Kind()
	rules := s.Rules()
	var out []Ahead
	for _, spec := range t.Acts {
		over := spec.Once && slices.Contains(run.Done, spec.Verb) ||
			slices.ContainsFunc(spec.Bars, func(verb string) bool { return slices.Contains(run.Done, verb) })
		if rule, ok := ruleFor(rules, spec.Verb); ok && rule.Gate != "" && !over {
			out = append(out, Ahead{Kind: step + "." + spec.Verb, Title: spec.Title, Spec: spec, Roles: slices.Clone(rule.Roles),
				Gates: gatesOf(rule.Gate), Waits: ordered(t, spec, run.Done)})
		}
	}
	return out
}

// Escalations gives the notices that superiors get of a task with so many working
// days left, by the definition or, where it names nobody, by the installation.
func (d *Definition) Escalations(t casefile.Task, left int, installed []Escalation) []casefile.Notice {
	rules := d.Escalate
	if len(rules) == 0 {
		rules = installed
	}
	var out []casefile.Notice
	for _, e := range rules {
		if t.Due.IsZero() || -left < e.Days {
			continue
		}
		for _, r := range e.To {
			_, declared := d.Roles[r]
			n := casefile.Notice{Kind: casefile.NoticeEscalation, Step: t.Step, Role: r, Deadline: t.Deadline, Due: t.Due}
			if declared && r != t.Role && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}
