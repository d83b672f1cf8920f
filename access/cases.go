package access

import (
	"context"
	"errors"
	"io"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

// As says in whose place, or under which mandate, a caller acts. The zero value
// is the caller's own right.
type As struct {
	Other *casefile.Actor // a trainer, in practice only
	Under string          // id of the mandate
}

// actor gives who acts.
func actor(p auth.Principal, as As, practice bool) (casefile.Actor, error) {
	switch {
	case as.Other != nil:
		return p.ActAs(*as.Other, practice)
	case as.Under != "":
		return p.Under(as.Under)
	}
	return p.Actor(), nil
}

// Open opens a case in the caller's organ; organ and actor of the opening are set
// here.
func (g *Guard) Open(ctx context.Context, p auth.Principal, as As, o casework.Opening) (Reply, error) {
	if err := g.permit(p, OpenCase); err != nil {
		return Reply{}, err
	}
	by, err := actor(p, as, o.Practice)
	if err != nil {
		return Reply{}, err
	}
	if before := o.Matter.Follows; before != "" {
		if err := g.knownCase(ctx, p, before); errors.Is(err, casefile.ErrNotFound) {
			return Reply{}, casework.NoSuchPrevious()
		} else if err != nil {
			return Reply{}, err
		}
	}
	o.Organ, o.By = p.Organ, by
	reply, err := g.o.Cases.Open(ctx, o)
	if err != nil {
		return Reply{}, err
	}
	return g.reply(ctx, p, reply)
}

// Act does an act on a case; who acts is set here. Expect is the entry at which
// the caller saw the case, or 0.
func (g *Guard) Act(ctx context.Context, p auth.Principal, as As, id casefile.ID, act casefile.Act, expect int64) (Reply, error) {
	v, err := g.visible(ctx, p, ActOnCase, id)
	if err == nil {
		err = g.mayName(ctx, p, v, act)
	}
	if err == nil {
		err = g.mayNameCases(ctx, p, id, act)
	}
	if err != nil {
		return Reply{}, err
	}
	by, err := g.actorIn(ctx, p, as, id)
	if err != nil {
		return Reply{}, err
	}
	act.By = by
	reply, err := g.o.Cases.Act(ctx, id, act, expect)
	if err != nil {
		return Reply{}, err
	}
	return g.reply(ctx, p, reply)
}

// actorIn gives who acts on a case. Whether it is practice is read from the
// opening entry and its seal, not from a table that could be edited.
func (g *Guard) actorIn(ctx context.Context, p auth.Principal, as As, id casefile.ID) (casefile.Actor, error) {
	practice := false
	if as.Other != nil {
		var err error
		if practice, err = g.o.Cases.Practice(ctx, id); err != nil {
			return casefile.Actor{}, err
		}
	}
	return actor(p, as, practice)
}

// DryRun says what an act would lead to. Whoever may not know what is restricted
// gets the verdict without traces and ways: they tell the values.
func (g *Guard) DryRun(ctx context.Context, p auth.Principal, as As, id casefile.ID, act casefile.Act) (casework.DryRun, error) {
	v, err := g.visible(ctx, p, TryAct, id)
	if err == nil {
		err = g.mayName(ctx, p, v, act)
	}
	if err == nil {
		err = g.mayNameCases(ctx, p, id, act)
	}
	if err != nil {
		return casework.DryRun{}, err
	}
	if act.By, err = g.actorIn(ctx, p, as, id); err != nil {
		return casework.DryRun{}, err
	}
	run, err := g.o.Cases.DryRun(ctx, id, act)
	if err != nil || v.cleared {
		return run, err
	}
	run.Rules, run.Ways = nil, nil
	run.Verdict = *g.verdict(&run.Verdict)
	return run, nil
}

// Case gives a case as the caller may see it.
func (g *Guard) Case(ctx context.Context, p auth.Principal, id casefile.ID) (Seen, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return Seen{}, err
	}
	return g.seen(v), nil
}

// List gives one page of the cases of the caller's organ; an auditor may name an
// organ below. The public sees practice cases alone, of the organ that the filter
// names.
func (g *Guard) List(ctx context.Context, p auth.Principal, f casework.Filter) (cases []casework.Summary, next string, err error) {
	if f, err = g.own(p, f); err != nil {
		return nil, "", err
	}
	return g.o.Cases.List(ctx, f)
}

// Count gives how many cases [Guard.List] would give in all. Where whole is false
// there are at least as many.
func (g *Guard) Count(ctx context.Context, p auth.Principal, f casework.Filter) (n int64, whole bool, err error) {
	if f, err = g.own(p, f); err != nil {
		return 0, false, err
	}
	return g.o.Cases.Count(ctx, f)
}

// own narrows a filter to what the caller may see in lists.
func (g *Guard) own(p auth.Principal, f casework.Filter) (casework.Filter, error) {
	if err := g.permit(p, ListCases); err != nil {
		return f, err
	}
	if p.Public() {
		practice := true
		f.Practice = &practice
	} else if f.Organ == "" || !g.belongs(p, f.Organ, false) {
		f.Organ = p.Organ
	}
	return f, nil
}

// Affected gives the open cases of the caller's organ that another release would
// judge.
func (g *Guard) Affected(ctx context.Context, p auth.Principal, f casework.Filter) (affected []casework.Affected, next string, err error) {
	if err := Permit(p, ListCases); err != nil {
		return nil, "", err
	}
	f.Organ = p.Organ
	return g.o.Cases.Affected(ctx, f)
}

// Entries gives the entries of a case as the caller may see them.
func (g *Guard) Entries(ctx context.Context, p auth.Principal, id casefile.ID) ([]SeenEntry, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	entries, err := g.o.Cases.Entries(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]SeenEntry, len(entries))
	for i, e := range entries {
		out[i] = g.seenEntry(e, v.cleared)
	}
	return out, nil
}

// Possible gives the acts that the case admits now, for the caller.
func (g *Guard) Possible(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.Possible, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	all, err := g.o.Cases.Possible(ctx, id, p.Actor())
	if err != nil || v.cleared {
		return all, err
	}
	for i := range all {
		all[i].Verdict = *g.verdict(&all[i].Verdict)
	}
	return all, nil
}

// Definition gives the definition that a case follows.
func (g *Guard) Definition(ctx context.Context, p auth.Principal, id casefile.ID) (*procedure.Definition, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	return g.o.Cases.Definition(ctx, v.c)
}

// PlanMatter plans a matter that is not opened yet.
func (g *Guard) PlanMatter(ctx context.Context, p auth.Principal, q casework.PlanQuestion) (*planner.Plan, error) {
	if err := Permit(p, PlanCases); err != nil {
		return nil, err
	}
	return g.o.Cases.PlanMatter(ctx, q)
}

// PlanOpening says what a case about to be opened in the caller's organ will have to
// go through. Nothing is recorded.
func (g *Guard) PlanOpening(ctx context.Context, p auth.Principal, as As, o casework.Opening) (*planner.Plan, error) {
	if err := g.permit(p, OpenCase); err != nil {
		return nil, err
	}
	by, err := actor(p, as, o.Practice)
	if err != nil {
		return nil, err
	}
	o.Organ, o.By = p.Organ, by
	return g.o.Cases.PlanOpening(ctx, o)
}

// PlanCase plans the steps ahead of a case.
func (g *Guard) PlanCase(ctx context.Context, p auth.Principal, id casefile.ID, q casework.PlanQuestion) (*planner.Plan, error) {
	if _, err := g.visible(ctx, p, PlanCases, id); err != nil {
		return nil, err
	}
	return g.o.Cases.PlanCase(ctx, id, q)
}

// Sheet gives the derivation of a deadline.
func (g *Guard) Sheet(ctx context.Context, p auth.Principal, id casefile.ID, deadline string) (planner.Sheet, error) {
	if _, err := g.visible(ctx, p, PlanCases, id); err != nil {
		return planner.Sheet{}, err
	}
	return g.o.Cases.Sheet(ctx, id, deadline)
}

// Calendar gives deadlines and planned dates as an iCalendar file.
func (g *Guard) Calendar(ctx context.Context, p auth.Principal, id casefile.ID) ([]byte, error) {
	if _, err := g.visible(ctx, p, PlanCases, id); err != nil {
		return nil, err
	}
	return g.o.Cases.Calendar(ctx, id)
}

// Export writes the dossier of a case. It holds everything, so it is for those
// who may know what is restricted, and for the public where practice is open.
func (g *Guard) Export(ctx context.Context, p auth.Principal, id casefile.ID, w io.Writer) error {
	v, err := g.visible(ctx, p, ExportCase, id)
	if err != nil {
		return err
	}
	if !v.cleared && !p.Public() {
		return dossierRefused()
	}
	return g.o.Cases.Export(ctx, id, w)
}

// dossierRefused answers whoever may see a case and not all that its dossier holds.
func dossierRefused() error {
	return &casefile.Refusal{Code: casefile.RefusedWrongRole, Message: casefile.Text{
		ZH: "案卷含有受限内容，仅限本案经办人员、程序指定的岗位和监督人员导出。",
		EN: "the dossier holds what is restricted; it is for those who work on the case, the roles that the procedure names, and auditors"}}
}

// MayExport reports whether [Guard.Export] would write the dossier for the caller.
func (g *Guard) MayExport(ctx context.Context, p auth.Principal, id casefile.ID) (bool, error) {
	v, err := g.visible(ctx, p, ExportCase, id)
	if errors.Is(err, casefile.ErrForbidden) {
		return false, nil
	}
	return err == nil && (v.cleared || p.Public()), err
}

// Procedures gives the procedures that new cases can follow. What the law asks for
// is no secret.
func (g *Guard) Procedures() []*procedure.Definition { return g.o.Cases.Procedures() }

// Ready reports whether acts can be served.
func (g *Guard) Ready(ctx context.Context) error { return g.o.Cases.Ready(ctx) }
