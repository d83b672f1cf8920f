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
		for _, a := range d.open(c, step, run) {
			out = append(out, d.possibleIn(c, by, step, a.spec, a.rule))
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

// openAct is an act that a running round admits, and who may do it.
type openAct struct {
	spec ActSpec
	rule ActRule
}

// open gives the acts that a running round admits now, whoever asks.
func (d *Definition) open(c *casefile.Case, s Step, run casefile.StepRun) []openAct {
	var out []openAct
	t, _ := s.Kind()
	rules := s.Rules()
	for _, spec := range t.Acts {
		rule, ok := ruleFor(rules, spec.Verb)
		if ok && admitted(c, spec) == nil && ordered(t, spec, run.Done) == nil && !d.waitsForPanel(c, s, run, spec) {
			out = append(out, openAct{spec, rule})
		}
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
	if step.Panel != nil && spec.Verb == voteVerb {
		p.Allowed = d.mayVoteNow(c, by, step)
	}
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
