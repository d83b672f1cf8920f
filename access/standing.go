package access

import (
	"context"
	"errors"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// Standing says where a case stands: of each running step whom it waits for, by
// when, and what is missing to conclude it; of a suspended case the same of its
// suspension. It is for whoever may read the case. A closed case waits for nothing,
// and an installation without work lists does not say.
func (g *Guard) Standing(ctx context.Context, p auth.Principal, id casefile.ID) ([]Explained, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil || g.o.Work == nil {
		return nil, err
	}
	var steps []string
	switch v.c.Status {
	case casefile.StatusRunning:
		for _, run := range v.c.ActiveSteps() {
			steps = append(steps, run.Step)
		}
	case casefile.StatusSuspended:
		steps = []string{casefile.CaseScope}
	case casefile.StatusClosed:
	}
	var out []Explained
	for _, step := range steps {
		x, err := g.o.Work.Explain(ctx, id, step, p.Actor())
		if errors.Is(err, casefile.ErrNotFound) {
			continue // a block of steps, or one that has been concluded meanwhile
		}
		if err != nil {
			return nil, err
		}
		out = append(out, g.explained(p, v, x))
	}
	return out, nil
}

// Checklists says which papers the file of a case has to hold, and which of them are
// there, for whoever may read the case. A list that tells what is restricted is for
// those who may know it.
func (g *Guard) Checklists(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.Checklist, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil || g.o.Work == nil {
		return nil, err
	}
	lists, err := g.o.Work.Checklists(ctx, id)
	if err != nil || v.cleared {
		return lists, err
	}
	return slices.DeleteFunc(lists, func(l casework.Checklist) bool { return g.levels.Fact(l.Held) == casefile.LevelRestricted }), nil
}

// explained leaves out of an explanation what the caller may not know.
func (g *Guard) explained(p auth.Principal, v view, x casework.Explanation) Explained {
	out := Explained{Explanation: x, Mine: slices.ContainsFunc(x.Tasks, func(t casework.WorkItem) bool {
		return !p.Holds(auth.Auditor) && SeesTask(p, v.c.Organ, t.Task.Task)
	})}
	if v.cleared {
		return out
	}
	for i := range out.Acts {
		out.Acts[i].Verdict = *g.verdict(&out.Acts[i].Verdict)
	}
	for i := range out.Ahead {
		out.Withheld = append(out.Withheld, g.withholdNeed(&out.Ahead[i])...)
	}
	for i := range out.Guarded {
		out.Withheld = append(out.Withheld, g.withholdNeed(&out.Guarded[i])...)
	}
	slices.Sort(out.Withheld)
	out.Withheld = slices.Compact(out.Withheld)
	return out
}

// withholdNeed leaves out what is restricted and gives the names of it.
func (g *Guard) withholdNeed(n *casework.Need) (withheld []string) {
	n.Verdict = *g.verdict(&n.Verdict)
	if len(n.Ways) > 0 {
		n.Ways, withheld = nil, append(withheld, "ahead."+n.Kind+"."+n.Outcome+".ways")
	}
	present := casefile.Values{}
	for _, name := range casefile.SortedNames(n.Present) {
		if g.levels.Fact(name) == casefile.LevelRestricted {
			withheld = append(withheld, "facts."+name)
			continue
		}
		present[name] = n.Present[name]
	}
	n.Present = present
	return withheld
}
