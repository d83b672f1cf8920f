package web

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// stageView is a step as it stands in the case, or a block of steps side by
// side.
type stageView struct {
	ID, Title, Basis string
	State, StateName string // of the last round; "waiting" before the first
	Optional         bool   // a rule decides whether it is required
	Rounds           []roundView
	Branches         []stageView
}

type roundView struct {
	Number           int
	State, StateName string
	Entered, Left    string
	Outcome, Done    string
	EntryURL         string
	Many             bool // the step has had more than one round
}

// waiting is the state of a step that the case has not come to.
const waiting = "waiting"

// stages gives the steps in the order of the law, branches within their block.
func (n names) stages(c casefile.Case) []stageView {
	if n.def == nil {
		return nil
	}
	inside := map[string]bool{}
	for _, s := range n.def.Steps {
		for _, id := range s.Parallel {
			inside[id] = true
		}
	}
	var out []stageView
	for _, s := range n.def.Steps {
		if !inside[s.ID] {
			out = append(out, n.stage(s, c))
		}
	}
	return out
}

func (n names) stage(s procedure.Step, c casefile.Case) stageView {
	v := stageView{ID: s.ID, Title: n.step(s.ID), Basis: s.Basis, State: waiting, Optional: s.Applies != ""}
	for _, run := range c.Steps {
		if run.Step == s.ID {
			v.Rounds = append(v.Rounds, n.round(run))
			v.State = string(run.State)
		}
	}
	for i := range v.Rounds {
		v.Rounds[i].Many = len(v.Rounds) > 1
	}
	for _, id := range s.Parallel {
		branch, ok := n.def.Step(id)
		if !ok {
			continue
		}
		b := n.stage(branch, c)
		v.Branches = append(v.Branches, b)
		v.State = together(v.State, b.State)
	}
	v.StateName = n.words.name("step", v.State)
	return v
}

// together gives the state of a block from those of its branches: active while
// one is.
func together(block, branch string) string {
	switch {
	case block == string(casefile.StepActive) || branch == string(casefile.StepActive):
		return string(casefile.StepActive)
	case branch == waiting || branch == string(casefile.StepNotApplied):
		return block
	}
	return branch
}

func (n names) round(run casefile.StepRun) roundView {
	v := roundView{Number: run.Round, State: string(run.State), StateName: n.words.name("step", string(run.State)),
		Entered: run.EnteredOn.String(), Left: run.LeftOn.String(), EntryURL: anchor(run.Entry)}
	if run.Outcome != "" {
		v.Outcome = n.outcome(run.Outcome)
	}
	v.Done = n.list(n.done(run))
	return v
}

// done gives what was done in a round, in order; what was done several times stands
// once, where it was first done, with how often.
func (n names) done(run casefile.StepRun) []string {
	var verbs []string
	times := map[string]int{}
	for _, verb := range run.Done {
		if times[verb]++; times[verb] == 1 {
			verbs = append(verbs, verb)
		}
	}
	out := make([]string, len(verbs))
	for i, verb := range verbs {
		out[i] = n.verb(run.Step, verb)
		if times[verb] > 1 {
			out[i] += fmt.Sprintf(" ×%d", times[verb])
		}
	}
	return out
}
