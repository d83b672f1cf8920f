package access

import (
	"context"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// Work are the use cases of work lists.
type Work interface {
	Work(ctx context.Context, f casework.TaskFilter) (casework.Work, error)
	TasksOf(ctx context.Context, id casefile.ID) ([]casework.WorkItem, error)
	Explain(ctx context.Context, id casefile.ID, step string, by casefile.Actor) (casework.Explanation, error)
	Checklists(ctx context.Context, id casefile.ID) ([]casework.Checklist, error)
	NoticesFor(ctx context.Context, organ casefile.OrganID, desks []casework.Desk) ([]casework.Notice, error)
	NoticesOf(ctx context.Context, id casefile.ID) ([]casework.Notice, error)
	PersonalCalendar(ctx context.Context, title string, items []casework.WorkItem) ([]byte, error)
}

// AllUnits asks for the tasks of every unit.
const AllUnits = "*"

// WorkQuery narrows the work list of a caller.
type WorkQuery struct {
	Organ    casefile.OrganID  // that an auditor oversees; empty: the caller's own
	Person   casefile.PersonID // only what is for this one person
	Unit     string            // what lies on the desk of a unit; empty: of the caller's own, and of none; [AllUnits]
	Role     casefile.Role
	Practice *bool
	After    string
	Limit    int
}

// Desks gives the desks that are a caller's: of each role that the caller holds or
// acts in under a mandate in force, what is for whoever holds the role, and what is
// for the caller, or the principal, alone. Practice cases have clocks of their own,
// which mandates do not follow here.
func Desks(p auth.Principal) []casework.Desk {
	var out []casework.Desk
	add := func(r casefile.Role, person casefile.PersonID) {
		d := casework.Desk{Role: r, Person: person}
		if !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	for _, r := range p.Actor().Roles {
		add(r, "")
		add(r, p.Person)
	}
	for _, m := range p.Mandates {
		if !m.InForce {
			continue
		}
		for _, r := range m.Roles {
			if !auth.Installed(r) {
				add(r, "")
				add(r, m.Principal)
			}
		}
	}
	return out
}

// SeesTask is the policy of work lists: an auditor sees every task of the organ
// and of those below it;
// others see what is for a role that they hold, directly or by a mandate in force,
// and what is for one person only when they are this person or hold a mandate of
// this person in the role.
func SeesTask(p auth.Principal, organ casefile.OrganID, t casefile.Task) bool {
	switch {
	case p.Public():
		return false
	case p.Holds(auth.Auditor):
		return organ == p.Organ || slices.Contains(p.Oversees, organ)
	case p.Organ != organ:
		return false
	}
	if slices.Contains(p.Actor().Roles, t.Role) && (t.Person == "" || t.Person == p.Person) {
		return true
	}
	return slices.ContainsFunc(p.Mandates, func(m auth.Held) bool {
		return m.InForce && slices.Contains(m.Roles, t.Role) && !auth.Installed(t.Role) && (t.Person == "" || t.Person == m.Principal)
	})
}

// Work gives one page of the caller's work list. A unit narrows what is shown, it
// keeps nothing secret: whoever holds the role may act for any unit.
func (g *Guard) Work(ctx context.Context, p auth.Principal, q WorkQuery) (casework.Work, error) {
	if err := g.working(p, ReadWork); err != nil {
		return casework.Work{}, err
	}
	f := filter(p, q)
	if q.Organ != "" && g.belongs(p, q.Organ, false) {
		f.Organ = q.Organ
	}
	return g.o.Work.Work(ctx, f)
}

// working is [Permit] for an installation with work lists.
func (g *Guard) working(p auth.Principal, a Action) error {
	if err := Permit(p, a); err != nil {
		return err
	}
	if g.o.Work == nil {
		return notFound("work lists of", p.Organ)
	}
	return nil
}

func filter(p auth.Principal, q WorkQuery) casework.TaskFilter {
	f := casework.TaskFilter{
		Organ: p.Organ, All: p.Holds(auth.Auditor), Practice: q.Practice, Role: q.Role, Person: q.Person, After: q.After, Limit: q.Limit,
	}
	if !f.All {
		f.Desks = Desks(p)
	}
	switch {
	case q.Unit == AllUnits:
	case q.Unit != "":
		f.Units = []string{q.Unit}
	case p.Unit != "" && !f.All:
		f.Units = []string{"", p.Unit}
	}
	return f
}

// Explained says why a step lies on a desk, as the caller may know it.
type Explained struct {
	casework.Explanation
	Mine     bool // whether a task of it is the caller's
	Withheld []string
}

// Explain says why a running step of a case lies on a desk. Whoever may not know
// what is restricted is not told the ways to open a gate: they tell the values.
func (g *Guard) Explain(ctx context.Context, p auth.Principal, id casefile.ID, step string) (Explained, error) {
	if err := g.working(p, ReadWork); err != nil {
		return Explained{}, err
	}
	v, err := g.visible(ctx, p, ReadWork, id)
	if err != nil {
		return Explained{}, err
	}
	x, err := g.o.Work.Explain(ctx, id, step, p.Actor())
	if err != nil {
		return Explained{}, err
	}
	return g.explained(p, v, x), nil
}

// Notices gives what the caller was told of in the work list, the newest first.
func (g *Guard) Notices(ctx context.Context, p auth.Principal) ([]casework.Notice, error) {
	if err := g.working(p, ReadWork); err != nil {
		return nil, err
	}
	list, err := g.o.Work.NoticesFor(ctx, p.Organ, Desks(p))
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b casework.Notice) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list[:min(len(list), maxShown)], nil
}

// maxShown bounds the notices of one answer.
const maxShown = 100

// CaseNotices gives who was told of what in a case, by which channel, and what
// became of it.
func (g *Guard) CaseNotices(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.Notice, error) {
	if err := g.working(p, ReadCase); err != nil {
		return nil, err
	}
	if _, err := g.visible(ctx, p, ReadCase, id); err != nil {
		return nil, err
	}
	return g.o.Work.NoticesOf(ctx, id)
}

// Opinions counts the opinions of a case by step and kind.
func (g *Guard) Opinions(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.OpinionCount, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	return casework.OpinionCounts(&v.c), nil
}
