package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// desks keeps the tasks of a test, and notes who was told.
type desks struct {
	WorkStore
	tasks []Task
	told  []string
}

func (d *desks) Tasks(_ context.Context, f TaskFilter) ([]Task, string, error) {
	if f.After == "" && len(d.tasks) > 1 {
		return d.tasks[:1], "more", nil
	}
	return d.tasks[min(1, len(d.tasks)-1):], "", nil
}

func (d *desks) TasksOf(context.Context, casefile.ID) ([]Task, error) { return d.tasks, nil }

func (d *desks) CountTasks(context.Context, TaskFilter, legaltime.Date) (TaskCounts, error) {
	return TaskCounts{All: int64(len(d.tasks))}, nil
}

func (d *desks) GiveNotices(_ context.Context, _ casefile.OrganID, id casefile.ID, practice bool, notices []casefile.Notice, _ time.Time) (int64, error) {
	for _, n := range notices {
		d.told = append(d.told, fmt.Sprint(id, " ", n.Kind, " ", n.Role, " ", n.Due, " ", practice))
	}
	return int64(len(notices)), nil
}

// working gives a service with one practice case in participation, and its tasks.
func working(t *testing.T) (*Service, *defined, *desks) {
	t.Helper()
	s, store, _ := inParticipation(t)
	l := shippedLibrary(t)
	d := &desks{}
	s.o.Library, s.o.Work = l, d
	store.c.Pinned = casefile.Pinned{Definition: "def", Calendar: casefile.Digest(l.calendar.Digest())}
	due := legaltime.NewDate(2024, 4, 29)
	store.c.Deadlines = []casefile.Deadline{{ID: "participation/comment", Step: "participation", Due: due, State: casefile.DeadlineOpen, Sequence: 4}}
	def, err := s.definition(t.Context(), "def")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range def.Tasks(&store.c) {
		d.tasks = append(d.tasks, Task{Task: task, ID: string(task.Role), Case: "c", Organ: "o", Matter: "事项", Practice: true, Today: store.c.Today,
			Definition: "def", Calendar: store.c.Pinned.Calendar})
	}
	return s, store, d
}

func TestTheDaysThatAreLeftAreWorkingDays(t *testing.T) {
	s, _, d := working(t)
	for today, want := range map[string]int{
		"2024-04-10": 14, // the Labour Day make-up Sunday of 28 April counts
		"2024-04-26": 2, "2024-04-28": 1, "2024-04-29": 0, "2024-05-06": -2,
	} {
		on, err := legaltime.ParseDate(today)
		if err != nil {
			t.Fatal(err)
		}
		d.tasks[0].Today = on
		work, err := s.Work(t.Context(), TaskFilter{})
		if err != nil || len(work.Items) != 1 || work.Next != "more" || work.Counts == nil {
			t.Fatalf("%+v (%v)", work, err)
		}
		if got := work.Items[0]; got.Left != want || !got.Dated || got.Provisional {
			t.Errorf("on %s %d days are left, want %d", today, got.Left, want)
		}
	}
	d.tasks[0].Today, d.tasks[0].Due = legaltime.NewDate(2026, 12, 30), legaltime.NewDate(2027, 1, 5)
	work, err := s.Work(t.Context(), TaskFilter{After: "x"})
	if err != nil || work.Counts != nil {
		t.Fatalf("a later page: %+v (%v)", work, err)
	}
	items, err := s.TasksOf(t.Context(), "c")
	if err != nil || !items[0].Provisional {
		t.Errorf("counting into a year that is not announced is not provisional: %+v (%v)", items, err)
	}
	d.tasks[0].Due = legaltime.Date{}
	if items, err = s.TasksOf(t.Context(), "c"); err != nil || items[0].Dated {
		t.Errorf("without a due date: %+v (%v)", items, err)
	}
}

func TestAnExplanationNamesArticleActsDeadlineAndWhatIsMissing(t *testing.T) {
	s, store, _ := working(t)
	x, err := s.Explain(t.Context(), "c", "participation", drafter)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(x.Basis, "第十四条") || len(x.Tasks) == 0 || len(x.Deadlines) != 1 || x.Deadlines[0].Left != 14 {
		t.Errorf("%q, %d tasks, deadlines %+v", x.Basis, len(x.Tasks), x.Deadlines)
	}
	if !slices.ContainsFunc(x.Acts, func(p Possible) bool { return p.Kind == "participation.close" && p.Allowed }) {
		t.Errorf("closing is not awaited: %+v", x.Acts)
	}
	at := slices.IndexFunc(x.Ahead, func(n Need) bool { return n.Kind == "participation.conclude" })
	if at < 0 {
		t.Fatalf("concluding is not ahead: %+v", x.Ahead)
	}
	n := x.Ahead[at]
	if n.Verdict.Result == casefile.Pass || len(n.Ways) == 0 {
		t.Errorf("concluding: %s, %d ways", n.Verdict.Result, len(n.Ways))
	}
	for _, n := range x.Ahead {
		var lacking []string
		def, _ := s.definition(t.Context(), "def")
		facts := def.FactsAt(&store.c, "participation", store.c.Today)
		for _, fact := range n.Required {
			if _, known := facts[fact]; !known {
				lacking = append(lacking, fact)
			} else if _, present := n.Present[fact]; !present {
				t.Errorf("%s: %s is known and not shown", n.Kind, fact)
			}
		}
		got := slices.Sorted(slices.Values(slices.Concat(n.Missing, n.Supplies)))
		if diff := cmp.Diff(lacking, got); diff != "" {
			t.Errorf("%s: missing (-want +got):\n%s", n.Kind, diff)
		}
	}
	if slices.ContainsFunc(x.Ahead, func(n Need) bool { return n.Outcome == "rework" || n.Outcome == "repeat" }) {
		t.Error("sending back is ahead")
	}
	guarded := map[string]Need{}
	for _, n := range x.Guarded {
		guarded[n.Kind] = n
	}
	if n := guarded["participation.close"]; n.Waits != nil || n.Verdict.Result == casefile.Pass || len(n.Verdict.Findings) == 0 || len(n.Ways) > 0 {
		t.Errorf("closing is possible and has a gate: %+v", n)
	}
	if n := guarded["participation.close_hearing"]; n.Waits == nil || len(n.Verdict.Findings) == 0 {
		t.Errorf("closing a hearing that was not opened is judged and has to wait: %+v", n)
	}
	if _, is := guarded["participation.hear"]; is {
		t.Error("an act without a gate is guarded")
	}
	if _, err := s.Explain(t.Context(), "c", "archive", drafter); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("a step that is not running: %v", err)
	}
	store.c.Status = casefile.StatusSuspended
	x, err = s.Explain(t.Context(), "c", "case", drafter)
	if err != nil || !slices.ContainsFunc(x.Acts, func(p Possible) bool { return p.Kind == "case.resume" }) {
		t.Errorf("suspended: %+v (%v)", x.Acts, err)
	}
}

func TestSuperiorsAreToldOfLateTasksAndNothingIsDone(t *testing.T) {
	s, store, d := working(t)
	before := store.c.Sequence
	late := d.tasks[0]
	late.Today = legaltime.NewDate(2024, 5, 6) // two working days after
	early := late
	early.Case, early.Today = "c2", legaltime.NewDate(2024, 4, 10)
	d.tasks = []Task{late, early, {Task: casefile.Task{Step: "x", Role: "drafter"}, Definition: "def"}}
	installed := []procedure.Escalation{{Days: 2, To: []casefile.Role{"office", "drafter", "nobody"}}}
	told, err := s.Escalate(t.Context(), "o", installed)
	want := []string{"c escalation office 2024-04-29 true"}
	if late.Role == "office" {
		want = []string{"c escalation drafter 2024-04-29 true"}
	}
	if diff := cmp.Diff(want, d.told); err != nil || told != 1 || diff != "" {
		t.Errorf("%d told (%v), (-want +got):\n%s", told, err, diff)
	}
	if store.c.Sequence != before {
		t.Error("an escalation changed the case")
	}
}

func TestAPersonalCalendarHasTitlesAndDatesAndNothingElse(t *testing.T) {
	s, store, d := working(t)
	store.c.Facts["secret"] = casefile.Fact{Value: "机密"}
	calendar := func() *ics.Calendar {
		t.Helper()
		items, err := s.TasksOf(t.Context(), "c")
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.PersonalCalendar(t.Context(), "我的期限", append(items, items...))
		if err != nil || strings.Contains(string(b), "机密") || !strings.Contains(string(b), "BEGIN:VTIMEZONE") || !strings.Contains(string(b), "我的期限") {
			t.Fatalf("%v\n%s", err, b)
		}
		cal, err := ics.ParseCalendar(strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		return cal
	}
	one := func(cal *ics.Calendar, sequence, day string) {
		t.Helper()
		events := cal.Events()
		if len(events) != 1 || events[0].Id() != "c/deadline/participation/comment@chengxu" {
			t.Fatalf("events: %v", events)
		}
		e := events[0]
		if got := e.GetProperty(ics.ComponentPropertySequence).Value; got != sequence {
			t.Errorf("SEQUENCE %s, want %s", got, sequence)
		}
		if got := e.GetProperty(ics.ComponentPropertyDtStart).Value; got != day {
			t.Errorf("DTSTART %s, want %s", got, day)
		}
		if got := e.GetProperty(ics.ComponentPropertySummary).Value; !strings.HasPrefix(got, "事项") {
			t.Errorf("SUMMARY %s", got)
		}
	}
	one(calendar(), "4", "20240429")
	store.c.Deadlines[0].Due, store.c.Deadlines[0].Sequence = legaltime.NewDate(2024, 5, 6), 9
	d.tasks[0].Due = store.c.Deadlines[0].Due
	one(calendar(), "9", "20240506")
}
