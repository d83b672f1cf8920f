package web

import (
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// outcomeOption is a step that can end in several ways, of which a plan supposes one.
type outcomeOption struct {
	Step, Title string
	Outcomes    []choice
}

// outcomesAhead gives the steps that are not left yet and can go on in several ways. One
// that sends the matter back is supposed once; beside others a step sends nothing back in
// a plan.
func (n names) outcomesAhead(a planAsked, c *casefile.Case) []outcomeOption {
	var out []outcomeOption
	for i, s := range n.def.Steps {
		if c != nil && left(c, s.ID) {
			continue
		}
		_, beside := n.def.Block(s.ID)
		o := outcomeOption{Step: s.ID, Title: n.step(s.ID)}
		for _, t := range s.Outcomes {
			there := slices.IndexFunc(n.def.Steps, func(x procedure.Step) bool { return x.ID == t.To })
			back := there >= 0 && there <= i
			if back && beside {
				continue
			}
			one := choice{Value: t.Is, Name: n.outcome(t.Is), Chosen: a.outcomes[s.ID] == t.Is}
			if back {
				one.Name = fmt.Sprintf(n.words["plan.back"], one.Name, n.step(t.To))
			}
			o.Outcomes = append(o.Outcomes, one)
		}
		if len(o.Outcomes) > 1 {
			out = append(out, o)
		}
	}
	return out
}

// hearings gives the hearings that a plan can suppose: the law leaves them to whoever
// hears the public, unless another law asks for one.
func (n names) hearings(a planAsked, c *casefile.Case) []choice {
	var out []choice
	for _, s := range n.def.Steps {
		kind, _ := s.Kind()
		if _, ok := kind.Act(closesHearing); !ok || c != nil && (left(c, s.ID) || held(c, s.ID)) {
			continue
		}
		id := s.ID + "." + closesHearing
		out = append(out, choice{Value: id, Name: n.step(s.ID), Chosen: slices.Contains(a.do, id)})
	}
	return out
}

// closesHearing is the act with which a hearing is over.
const closesHearing = "close_hearing"

// held reports whether the hearing of the running round of a step is over.
func held(c *casefile.Case, step string) bool {
	run, ok := c.Active(step)
	return ok && slices.Contains(run.Done, closesHearing)
}

// left reports whether a case has come to a step and is not in it now.
func left(c *casefile.Case, step string) bool {
	come := slices.ContainsFunc(c.Steps, func(run casefile.StepRun) bool { return run.Step == step })
	return come && !slices.ContainsFunc(c.ActiveSteps(), func(run casefile.StepRun) bool { return run.Step == step })
}
