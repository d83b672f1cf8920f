package web

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// checklistView is what the file has to hold for a step, item by item.
type checklistView struct {
	Step, Basis string
	Held        string // where it stands what is there
	Active      bool   // the step is running
	Present     int
	Missing     int
	Papers      []paperView
	Unknown     string // facts without which nobody can tell what is asked for
}

type paperView struct {
	Name    string
	Present bool
}

func (n names) checklists(c casefile.Case, lists []casework.Checklist) []checklistView {
	var out []checklistView
	for _, l := range lists {
		v := checklistView{Step: n.step(l.Step), Basis: l.Basis, Held: n.fact(l.Held), Active: active(c, l.Step), Unknown: n.factList(l.Unknown)}
		for _, p := range l.Papers {
			v.Papers = append(v.Papers, paperView{Name: n.token(p.Name), Present: p.Present})
			if p.Present {
				v.Present++
			} else {
				v.Missing++
			}
		}
		out = append(out, v)
	}
	return out
}
