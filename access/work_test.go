package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

const organ casefile.OrganID = "organ"

// lists is a work list of every task there is, narrowed as a store narrows it.
type lists struct {
	workOfCases
	tasks []casefile.Task
}

// workOfCases is what a test of lists does not use.
type workOfCases = interface {
	TasksOf(ctx context.Context, id casefile.ID) ([]casework.WorkItem, error)
	Explain(ctx context.Context, id casefile.ID, step string, by casefile.Actor) (casework.Explanation, error)
	Checklists(ctx context.Context, id casefile.ID) ([]casework.Checklist, error)
	NoticesFor(ctx context.Context, organ casefile.OrganID, desks []casework.Desk) ([]casework.Notice, error)
	NoticesOf(ctx context.Context, id casefile.ID) ([]casework.Notice, error)
	PersonalCalendar(ctx context.Context, title string, items []casework.WorkItem) ([]byte, error)
}

func (l lists) Work(_ context.Context, f casework.TaskFilter) (casework.Work, error) {
	out := casework.Work{}
	for _, t := range l.tasks {
		desk := f.All || slices.Contains(f.Desks, casework.Desk{Role: t.Role, Person: t.Person})
		unit := f.Units == nil || slices.Contains(f.Units, t.Unit) || t.Person != "" && !f.All
		if f.Organ == organ && desk && unit {
			out.Items = append(out.Items, casework.WorkItem{Task: casework.Task{Task: t, Organ: organ}})
		}
	}
	return out, nil
}

// everyTask gives a task of each role, for everybody or one person, of each unit.
func everyTask() (out []casefile.Task) {
	for _, role := range []casefile.Role{"drafter", "office", auth.Auditor} {
		for _, person := range []casefile.PersonID{"", "p1", "p2", "p3"} {
			for _, unit := range []string{"", "一科", "二科"} {
				if person == "" || unit == "" {
					out = append(out, casefile.Task{Step: "s", Role: role, Person: person, Unit: unit})
				}
			}
		}
	}
	return out
}

// everybody gives a principal of every kind: each set of roles, with and without a
// mandate of p2 that is in force, over, or still to come.
func everybody() map[string]auth.Principal {
	today := legaltime.DateIn(time.Now(), legaltime.China)
	mandates := map[string][]auth.Held{"no mandate": nil}
	for name, days := range map[string][2]int{"in force": {-1, 1}, "over": {-9, -1}, "to come": {1, 9}} {
		for _, roles := range [][]casefile.Role{{"drafter"}, {"office", auth.Auditor}} {
			mandates[fmt.Sprint(name, roles)] = []auth.Held{{Roles: roles, Mandate: casefile.Mandate{
				ID: "m", Principal: "p2", From: today.AddDays(days[0]), Until: today.AddDays(days[1])}, InForce: name == "in force"}}
		}
	}
	out := map[string]auth.Principal{"the public": {}}
	for _, of := range []casefile.OrganID{organ, "elsewhere"} {
		for _, person := range []casefile.PersonID{"p1", "p2"} {
			for name, held := range mandates {
				for _, roles := range [][]casefile.Role{nil, {"drafter"}, {"drafter", "office"}, {auth.Trainer}, {auth.Auditor}, {auth.Administrator}, {"office", auth.Administrator}} {
					for _, scopes := range [][]auth.Scope{nil, {auth.ScopeRead}, {auth.ScopeAct}} {
						out[fmt.Sprint(of, " ", person, " ", roles, " ", name, " ", scopes)] = auth.Principal{
							Organ: of, Person: person, Roles: roles, Mandates: held, Scopes: scopes, Unit: "一科"}
					}
				}
			}
		}
	}
	return out
}

// The list shows a task to exactly those to whom the policy allows it, whatever
// their roles, mandates and tokens.
func TestATaskIsListedForExactlyThoseWhomThePolicyAllows(t *testing.T) {
	tasks := everyTask()
	guard := access.New(access.Options{Work: lists{tasks: tasks}})
	today := legaltime.DateIn(time.Now(), legaltime.China)
	shown, hidden, refused := 0, 0, 0
	for name, p := range everybody() {
		work, err := guard.Work(t.Context(), p, access.WorkQuery{Unit: access.AllUnits})
		if permitted := access.Permit(p, access.ReadWork) == nil; permitted != (err == nil) {
			t.Errorf("%s: %v, permitted %t", name, err, permitted)
		}
		if err != nil {
			if refused++; !errors.Is(err, casefile.ErrForbidden) && !errors.Is(err, auth.ErrUnauthenticated) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, task := range tasks {
			listed := slices.ContainsFunc(work.Items, func(i casework.WorkItem) bool { return i.Task.Task == task })
			if allowed := access.SeesTask(p, organ, task); listed != allowed {
				t.Errorf("%s: %+v is listed %t, allowed %t", name, task, listed, allowed)
			}
			if want := may(p, task, today); listed != want {
				t.Errorf("%s: %+v is listed %t, want %t", name, task, listed, want)
			}
			if listed {
				shown++
			} else {
				hidden++
			}
		}
	}
	if shown == 0 || hidden == 0 || refused == 0 {
		t.Errorf("%d shown, %d hidden, %d callers refused: the matrix tries only one side", shown, hidden, refused)
	}
}

// may is the policy written once more, as a lawyer would say it.
func may(p auth.Principal, task casefile.Task, today legaltime.Date) bool {
	if p.Organ != organ {
		return false
	}
	if slices.Contains(p.Roles, auth.Auditor) {
		return true
	}
	if task.Role == auth.Auditor {
		return false // nobody is awaited as an auditor
	}
	own := slices.Contains(p.Roles, task.Role) && (task.Person == "" || task.Person == p.Person)
	for _, m := range p.Mandates {
		inForce := !today.Before(m.From) && !today.After(m.Until)
		own = own || inForce && slices.Contains(m.Roles, task.Role) && (task.Person == "" || task.Person == "p2")
	}
	return own
}

func TestAUnitNarrowsTheListToItsDesk(t *testing.T) {
	guard := access.New(access.Options{Work: lists{tasks: everyTask()}})
	p := auth.Principal{Organ: organ, Person: "p1", Roles: []casefile.Role{"drafter"}, Unit: "一科"}
	auditor := auth.Principal{Organ: organ, Person: "p9", Roles: []casefile.Role{auth.Auditor}, Unit: "一科"}
	for _, tt := range []struct {
		p    auth.Principal
		unit string
		want int
	}{
		{p, "", 3},              // of no unit, of the caller's, for the caller alone
		{p, "二科", 2},            // of this unit, for the caller alone
		{p, access.AllUnits, 4}, //
		{auditor, "", 18},       // auditors see every unit
		{auditor, "二科", 3},      // of each role
	} {
		work, err := guard.Work(t.Context(), tt.p, access.WorkQuery{Unit: tt.unit})
		if err != nil || len(work.Items) != tt.want {
			t.Errorf("%v, unit %q: %d tasks (%v), want %d", tt.p.Roles, tt.unit, len(work.Items), err, tt.want)
		}
	}
}

func TestWithoutListsThereAreNone(t *testing.T) {
	guard := access.New(access.Options{})
	p := auth.Principal{Organ: organ, Person: "p1", Roles: []casefile.Role{"drafter"}}
	if _, err := guard.Work(t.Context(), p, access.WorkQuery{}); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("work: %v", err)
	}
	if _, _, err := guard.CreateFeed(t.Context(), p, ""); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("feeds: %v", err)
	}
	if _, err := guard.ReadFeed(t.Context(), "x"); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("feed: %v", err)
	}
}
