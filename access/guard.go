package access

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/papers"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Cases are the use cases that a guard stands before. They ask no questions.
type Cases interface {
	Open(ctx context.Context, o casework.Opening) (casework.Reply, error)
	Act(ctx context.Context, id casefile.ID, act casefile.Act, expect int64) (casework.Reply, error)
	DryRun(ctx context.Context, id casefile.ID, act casefile.Act) (casework.DryRun, error)
	Case(ctx context.Context, id casefile.ID) (casefile.Case, error)
	Practice(ctx context.Context, id casefile.ID) (bool, error)
	List(ctx context.Context, f casework.Filter) (cases []casework.Summary, next string, err error)
	Count(ctx context.Context, f casework.Filter) (n int64, whole bool, err error)
	Sample(ctx context.Context, organs []casefile.OrganID, f casework.Filter, seed string, n int) (casework.Draw, error)
	Figures(ctx context.Context, q casefile.FigureQuery) (casefile.FigureQuery, casefile.Figures, error)
	Course(ctx context.Context, id casefile.ID) (casework.Course, error)
	Named(ctx context.Context, id casefile.ID, act casefile.Act) (map[casefile.ID]procedure.Field, error)
	Following(ctx context.Context, organ casefile.OrganID, id casefile.ID) ([]casework.Summary, error)
	Affected(ctx context.Context, f casework.Filter) (affected []casework.Affected, next string, err error)
	Impact(ctx context.Context, organ casefile.OrganID, pack *rules.Pack) (casework.Impact, error)
	Entries(ctx context.Context, id casefile.ID) ([]casework.SealedEntry, error)
	At(ctx context.Context, id casefile.ID, sequence int64) (casework.Past, error)
	Possible(ctx context.Context, id casefile.ID, by casefile.Actor) ([]casework.Possible, error)
	Definition(ctx context.Context, c casefile.Case) (*procedure.Definition, error)
	PlanMatter(ctx context.Context, q casework.PlanQuestion) (*planner.Plan, error)
	PlanOpening(ctx context.Context, o casework.Opening) (*planner.Plan, error)
	PlanCase(ctx context.Context, id casefile.ID, q casework.PlanQuestion) (*planner.Plan, error)
	Sheet(ctx context.Context, id casefile.ID, deadline string) (planner.Sheet, error)
	Calendar(ctx context.Context, id casefile.ID) ([]byte, error)
	Export(ctx context.Context, id casefile.ID, w io.Writer) error
	Planned(ctx context.Context, c casefile.Case) ([]casework.Planned, error)
	LatePlans(ctx context.Context, organ casefile.OrganID) ([]casework.Planned, error)
	Excerpt(ctx context.Context, id casefile.ID, x casework.Excerpt, w io.Writer) error
	Procedures() []*procedure.Definition
	Ready(ctx context.Context) error
}

// Options make a [Guard]. Cases is required.
type Options struct {
	Cases     Cases
	Documents Documents       // stored by organs
	Directory *auth.Directory // of organs and people
	Entrance  Entrance
	Events    Events
	Webhooks  Webhooks
	Public    Public
	// OpenPractice lets the public read practice cases (演练) of every organ.
	OpenPractice bool
	Work         Work          // nil: there are no work lists
	Feeds        Feeds         // nil: there are no calendar feeds
	Rights       Rights        // who the owner of a feed is now; required with Feeds
	Watch        Watch         // nil: nobody looks at what is running
	Law          Law           // nil: only the procedures are shown
	FormDrafts   FormDrafts    // nil: nothing that is typed is kept
	Numbers      Numbers       // nil: there are no series of numbers
	Verifier     Verifier      // nil: nothing is verified on the server
	Audit        Audit         // nil: auditors write nothing
	Annual       Annual        // nil: there are no figures of the annual report
	Press        *papers.Press // nil: no papers are made
	Filings      Filings       // nil: nothing is filed here
	Packages     Packages      // nil: nothing is taken in from other installations
	Origins      Origins       // whose packages are trusted; nil: nobody's
}

// Guard lets a caller do and see what the caller may. It is safe for concurrent
// use.
type Guard struct {
	o      Options
	levels procedure.Levels
}

// New returns a guard before the use cases.
func New(o Options) *Guard { return &Guard{o: o, levels: procedure.NewLevels()} }

// notFound answers for what the caller may not know of: that it exists is not
// told.
func notFound(what string, id any) error {
	return fmt.Errorf("%s %v: %w", what, id, casefile.ErrNotFound)
}

// permit is [Permit], with practice open to the public where the installation
// says so.
func (g *Guard) permit(p auth.Principal, a Action) error {
	if p.Public() && g.o.OpenPractice && (a == ListCases || a == ReadCase || a == ExportCase || a == GetDocument || a == PlanCases) {
		return nil
	}
	return Permit(p, a)
}

// view is a case with what the caller may know of it.
type view struct {
	c       casefile.Case
	cleared bool
}

// visible gives the case, when the caller may do the action on it.
func (g *Guard) visible(ctx context.Context, p auth.Principal, a Action, id casefile.ID) (view, error) {
	if err := g.permit(p, a); err != nil {
		return view{}, err
	}
	c, err := g.o.Cases.Case(ctx, id)
	if err != nil {
		return view{}, err
	}
	acts := a == ActOnCase || a == TryAct || a == KeepForm || a == Moderate || a == ReplyFinding // only in the own organ
	if !g.belongs(p, c.Organ, c.Practice) || acts && c.Organ != p.Organ {
		return view{}, notFound("case", id)
	}
	cleared, err := g.cleared(ctx, p, c)
	return view{c: c, cleared: cleared}, err
}

// belongs reports whether what an organ keeps is the caller's to see at all.
// Auditors see the organs below theirs too.
func (g *Guard) belongs(p auth.Principal, organ casefile.OrganID, practice bool) bool {
	if p.Public() {
		return practice && g.o.OpenPractice
	}
	return organ == p.Organ || p.Holds(auth.Auditor) && slices.Contains(p.Oversees, organ)
}

// cleared reports whether the caller may know what is restricted in a case:
// auditors, whoever has acted in it or opened it, whoever an act of a running
// step is awaited from, the roles that the procedure names, and trainers in
// practice.
func (g *Guard) cleared(ctx context.Context, p auth.Principal, c casefile.Case) (bool, error) {
	if p.Public() {
		return false, nil
	}
	if p.Holds(auth.Auditor) || c.Practice && p.Holds(auth.Trainer) || c.OpenedBy.Person == p.Person ||
		slices.ContainsFunc(c.Acted, func(held casefile.Capacity) bool { return held.Person == p.Person }) {
		return true, nil
	}
	def, err := g.o.Cases.Definition(ctx, c)
	if err != nil {
		return false, err
	}
	roles := p.Actor().Roles
	for _, m := range p.Mandates {
		if m.InForce && !c.Practice || m.Covers(c.Today) && c.Practice { // a practice case has a clock of its own
			roles = append(roles, m.Roles...)
		}
	}
	return def.Awaits(&c, roles) ||
		slices.ContainsFunc(roles, func(r casefile.Role) bool { return slices.Contains(def.Cleared, r) }), nil
}
