package web

import (
	"slices"

	"github.com/zhengdang/chengxu/procedure"
)

// stepGroup are the steps of a procedure, as a filter offers them by name. Without a
// title they are offered before all procedures.
type stepGroup struct {
	Title   string
	Choices []choice
}

// procedureChoices gives the procedures that new cases can follow.
func (h *handler) procedureChoices(n names, chosen string) []choice {
	var out []choice
	for _, def := range h.o.Guard.Procedures() {
		out = append(out, choice{Value: def.Name(), Name: n.pick(def.Title), Chosen: def.Name() == chosen})
	}
	return out
}

// offered adds what was asked for where it is not among the choices: of a procedure that
// no new case follows.
func offered(choices []choice, value string) []choice {
	if value == "" || slices.ContainsFunc(choices, func(c choice) bool { return c.Value == value }) {
		return choices
	}
	return append(choices, choice{Value: value, Name: value, Chosen: true})
}

// stepGroups gives the steps of procedures. What several procedures call alike is
// one choice, which finds the cases of all of them.
func (n names) stepGroups(all []*procedure.Definition, chosen string) []stepGroup {
	every := stepGroup{Choices: []choice{{Name: n.words["audit.any"], Chosen: chosen == ""}}}
	in := map[string][]*procedure.Definition{} // by id of a step
	for _, def := range all {
		for _, s := range def.Steps {
			if !s.IsBlock() && !slices.Contains(in[s.ID], def) {
				in[s.ID] = append(in[s.ID], def)
			}
		}
	}
	shared := stepGroup{Title: n.words["audit.several-procedures"]}
	var own []stepGroup
	known := chosen == ""
	for _, def := range all {
		group := stepGroup{Title: n.pick(def.Title)}
		for _, s := range def.Steps {
			if s.IsBlock() {
				continue
			}
			one := choice{Value: s.ID, Name: n.pick(s.Title), Chosen: s.ID == chosen}
			known = known || one.Chosen
			switch {
			case len(in[s.ID]) == 1:
				group.Choices = append(group.Choices, one)
			case in[s.ID][0] == def:
				one.Name = n.calledIn(in[s.ID], s.ID)
				shared.Choices = append(shared.Choices, one)
			}
		}
		own = append(own, group)
	}
	if !known {
		every.Choices = append(every.Choices, choice{Value: chosen, Name: chosen, Chosen: true})
	}
	return slices.DeleteFunc(append([]stepGroup{every, shared}, own...), func(g stepGroup) bool { return len(g.Choices) == 0 })
}

// calledIn gives what procedures call a step.
func (n names) calledIn(all []*procedure.Definition, id string) string {
	var titles []string
	for _, def := range all {
		s, _ := def.Step(id)
		if title := n.pick(s.Title); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	return n.list(titles)
}
