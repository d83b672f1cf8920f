package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Possible gives the acts that the case admits now, in the order of the steps
// entered and of the acts of each, then the acts of the case. Acts that the
// actor may not do are listed as well, so that everybody sees what is awaited
// and from whom.
func (d *Definition) Possible(c *casefile.Case, by casefile.Actor) []Possible {
	var out []Possible
	for _, run := range c.ActiveSteps() {
		step, ok := d.Step(run.Step)
		if !ok {
			continue
		}
		t, _ := Type(step.Type)
		for _, spec := range t.Acts {
			rule, ok := ruleFor(step.Acts, spec.Verb)
			if !ok || admitted(c, spec) != nil || ordered(t, spec, run.Done) != nil {
				continue
			}
			out = append(out, d.possibleIn(c, by, step, spec, rule))
		}
	}
	for _, spec := range CaseActs() {
		rule, ok := d.caseRule(spec)
		if !ok || admitted(c, spec) != nil {
			continue
		}
		p := d.possible(c, by, spec, rule)
		p.Kind = casefile.CaseScope + "." + spec.Verb
		if spec.Leaves {
			p.Leads = []Transition{{To: rule.To, As: rule.As}}
		}
		out = append(out, p)
	}
	return out
}

func (d *Definition) possible(c *casefile.Case, by casefile.Actor, spec ActSpec, rule ActRule) Possible {
	_, refusal := d.capacity(c, by, rule.Roles, spec.Neutral)
	return Possible{
		Title: spec.Title, Spec: spec, Roles: slices.Clone(rule.Roles), Gates: gatesOf(rule.Gate), Allowed: refusal == nil,
	}
}

func (d *Definition) possibleIn(c *casefile.Case, by casefile.Actor, step Step, spec ActSpec, rule ActRule) Possible {
	p := d.possible(c, by, spec, rule)
	p.Kind, p.Step = step.ID+"."+spec.Verb, step.ID
	outcomes := spec.Outcomes()
	if spec.OutcomeOf != nil {
		outcomes = []string{spec.OutcomeOf(c)}
	}
	for _, o := range outcomes {
		p.Leads = append(p.Leads, step.outcome(o))
	}
	switch {
	case len(outcomes) == 1:
		p.Gates = append(p.Gates, d.moveOn(c, step.ID, p.Leads[0]).gates...)
	case len(outcomes) > 1 && d.Throughout != "":
		p.Gates = append(p.Gates, d.Throughout)
	}
	return p
}
