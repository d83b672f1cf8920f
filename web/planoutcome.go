package web

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// outcomeOption is a step that can end in several ways, of which a plan supposes one.
type outcomeOption struct {
	Step, Title string
	Outcomes    []choice
}

// outcomesAhead gives the steps that are not left yet and can go on in several ways.
// Where a step sends the matter back there is nothing to choose: a plan knows one round
// of each step, and the case is planned anew from where it then stands.
func (n names) outcomesAhead(a planAsked, c *casefile.Case) []outcomeOption {
	var out []outcomeOption
	for i, s := range n.def.Steps {
		if c != nil && left(c, s.ID) {
			continue
		}
		o := outcomeOption{Step: s.ID, Title: n.step(s.ID)}
		for _, t := range s.Outcomes {
			there := slices.IndexFunc(n.def.Steps, func(x procedure.Step) bool { return x.ID == t.To })
			if there > i || t.To == procedure.Join || n.def.IsEnd(t.To) {
				o.Outcomes = append(o.Outcomes, choice{Value: t.Is, Name: n.outcome(t.Is), Chosen: a.outcomes[s.ID] == t.Is})
			}
		}
		if len(o.Outcomes) > 1 {
			out = append(out, o)
		}
	}
	return out
}

// left reports whether a case has come to a step and is not in it now.
func left(c *casefile.Case, step string) bool {
	come := slices.ContainsFunc(c.Steps, func(run casefile.StepRun) bool { return run.Step == step })
	return come && !slices.ContainsFunc(c.ActiveSteps(), func(run casefile.StepRun) bool { return run.Step == step })
}
