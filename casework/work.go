package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/icalendar"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// WorkStore keeps the lists of tasks and notices. Both are filled with the record.
type WorkStore interface {
	// CasesWithPlans gives the cases of an organ that have put something into a plan for a day
	// before another, those due last first.
	CasesWithPlans(ctx context.Context, organ casefile.OrganID, before legaltime.Date) ([]casefile.ID, error)
	Tasks(ctx context.Context, f TaskFilter) (tasks []Task, next string, err error)
	CountTasks(ctx context.Context, f TaskFilter, today legaltime.Date) (TaskCounts, error)
	TasksOf(ctx context.Context, id casefile.ID) ([]Task, error)
	NoticesFor(ctx context.Context, organ casefile.OrganID, desks []Desk, since time.Time, limit int) ([]Notice, error)
	NoticesOf(ctx context.Context, id casefile.ID) ([]Notice, error)
	GiveNotices(ctx context.Context, organ casefile.OrganID, id casefile.ID, practice bool, notices []casefile.Notice, at time.Time) (added int64, err error)
}

// Desk is a place where tasks lie: those of a role for whoever holds it when
// Person is empty, else those for this one person in the role.
type Desk = struct {
	Role   casefile.Role
	Person casefile.PersonID
}

// Task is a task in a list, with what its case says of it.
type Task struct {
	casefile.Task
	ID         string // stays the same while the step runs
	Case       casefile.ID
	Organ      casefile.OrganID
	Matter     string // title of the case
	Practice   bool
	Today      legaltime.Date  // on the clock of a practice case; zero for others
	Definition casefile.Digest // pinned to the case
	Calendar   casefile.Digest // pinned to the case
}

// TaskFilter narrows a list of tasks.
type TaskFilter struct {
	Organ    casefile.OrganID // required
	All      bool             // every desk of the organ; else only Desks
	Desks    []Desk
	Units    []string // of tasks for nobody in particular; nil: every unit
	Practice *bool
	Role     casefile.Role     // "" for all
	Person   casefile.PersonID // "" for all; else the tasks for this one person
	After    string            // cursor of the page before
	Limit    int               // 1 to 200; 0 means 50
}

// TaskCounts says how many tasks there are, how many of them are late, and how many
// have no due date.
type TaskCounts struct {
	All, Late, Undated int64
}

// WorkItem (待办事项) is a task and the time that is left for it.
type WorkItem struct {
	Task
	Dated       bool // whether there is a due date; without one, Left says nothing
	Left        int  // working days until the due date, by the calendar pinned to the case; negative: late
	Provisional bool // the due date, or the count, touches a year whose calendar is not announced
}

// Work is one page of a work list, what is due first on top.
type Work struct {
	Items  []WorkItem
	Next   string // cursor of the next page; empty on the last
	Counts *TaskCounts
}

// realToday is the date on the clock of cases that are not practice.
func realToday() legaltime.Date { return legaltime.DateIn(time.Now(), legaltime.China) }

// Work gives one page of a work list; the first one counts what is in the whole
// list too. A filter that is not well formed is [casefile.ErrInvalid].
func (s *Service) Work(ctx context.Context, f TaskFilter) (Work, error) {
	tasks, next, err := s.o.Work.Tasks(ctx, f)
	if err != nil {
		return Work{}, err
	}
	out := Work{Next: next, Items: []WorkItem{}}
	for _, t := range tasks {
		item, err := s.timed(ctx, t)
		if err != nil {
			return Work{}, err
		}
		out.Items = append(out.Items, item)
	}
	if f.After != "" {
		return out, nil
	}
	counts, err := s.o.Work.CountTasks(ctx, f, realToday())
	out.Counts = &counts
	return out, err
}

// TasksOf gives the tasks of one case with the time that is left.
func (s *Service) TasksOf(ctx context.Context, id casefile.ID) ([]WorkItem, error) {
	tasks, err := s.o.Work.TasksOf(ctx, id)
	if err != nil {
		return nil, err
	}
	out := make([]WorkItem, len(tasks))
	for i, t := range tasks {
		if out[i], err = s.timed(ctx, t); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// timed counts the working days that are left, by the calendar pinned to the case.
func (s *Service) timed(ctx context.Context, t Task) (WorkItem, error) {
	item := WorkItem{Task: t, Dated: !t.Due.IsZero(), Provisional: t.Provisional}
	if !item.Dated {
		return item, nil
	}
	calendar, err := s.pinnedCalendar(ctx, t.Calendar)
	if err != nil {
		return item, fmt.Errorf("task of case %s: %w", t.Case, err)
	}
	today := realToday()
	if t.Practice {
		today = t.Today
	}
	left, provisional := calendar.WorkingDaysBetween(today, t.Due)
	item.Left, item.Provisional = left, t.Provisional || provisional
	return item, nil
}

// pinnedCalendar gives a calendar by digest: the library's where it is that one.
// Others are read once.
func (s *Service) pinnedCalendar(ctx context.Context, digest casefile.Digest) (*legaltime.Calendar, error) {
	if own := s.o.Library.calendar; casefile.Digest(own.Digest()) == digest {
		return own, nil
	}
	if known, ok := s.calendars.Load(digest); ok {
		return known.(*legaltime.Calendar), nil //nolint:forcetypeassert // nothing else is put there
	}
	b, err := s.o.Store.Content(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	calendar, err := legaltime.ParseCalendar(b)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	s.calendars.Store(digest, calendar)
	return calendar, nil
}

// OpinionCount says how many opinions of a kind were given in a step, and how many
// of them on a draft that is no longer the current one.
type OpinionCount struct {
	Step  string
	Kind  string
	Count int
	Stale int
}

// OpinionCounts counts the opinions of a case by step and kind, in the order in
// which they first came.
func OpinionCounts(c *casefile.Case) []OpinionCount {
	out := []OpinionCount{}
	for _, o := range c.Opinions {
		at := -1
		for i := range out {
			if out[i].Step == o.Step && out[i].Kind == o.Conclusion {
				at = i
			}
		}
		if at < 0 {
			out, at = append(out, OpinionCount{Step: o.Step, Kind: o.Conclusion}), len(out)
		}
		out[at].Count++
		if c.Stale(o) {
			out[at].Stale++
		}
	}
	return out
}

// Notice is a notice by one channel, and what became of it.
type Notice struct {
	casefile.Notice
	ID       string
	Organ    casefile.OrganID
	Case     casefile.ID
	Matter   string // title of the case
	Practice bool
	Channel  string
	Outcome  string // empty: still to be sent
	Created  time.Time
	Sent     time.Time // zero: not yet
}

// noticesFor is how long a notice is shown in the work list.
const noticesFor = 60 * 24 * time.Hour

// maxNotices bounds the notices that are shown at once.
const maxNotices = 100

// NoticesFor gives the notices at some desks of an organ, the newest first.
func (s *Service) NoticesFor(ctx context.Context, organ casefile.OrganID, desks []Desk) ([]Notice, error) {
	return s.o.Work.NoticesFor(ctx, organ, desks, time.Now().Add(-noticesFor), maxNotices)
}

// NoticesOf gives the notices of a case by every channel.
func (s *Service) NoticesOf(ctx context.Context, id casefile.ID) ([]Notice, error) {
	return s.o.Work.NoticesOf(ctx, id)
}

// Escalate lets superiors read of the tasks of an organ that are late, or nearly
// so, as their definitions say or, where they say nothing, as the installation is
// set up. It only tells; nothing is decided. It gives how many notices are new;
// running it again adds none.
func (s *Service) Escalate(ctx context.Context, organ casefile.OrganID, installed []procedure.Escalation) (told int64, err error) {
	horizon := realToday().AddDays(maxAhead)
	for f := (TaskFilter{Organ: organ, All: true, Limit: 200}); ; {
		tasks, next, err := s.o.Work.Tasks(ctx, f)
		if err != nil {
			return told, err
		}
		for _, t := range tasks {
			if t.Due.IsZero() || !t.Practice && t.Due.After(horizon) {
				return told, nil // what follows is due later still
			}
			added, err := s.escalate(ctx, t, installed)
			if err != nil {
				return told, fmt.Errorf("escalate case %s: %w", t.Case, err)
			}
			told += added
		}
		if f.After = next; next == "" {
			return told, nil
		}
	}
}

// maxAhead is further ahead, in days, than any escalation looks.
const maxAhead = 120

func (s *Service) escalate(ctx context.Context, t Task, installed []procedure.Escalation) (int64, error) {
	def, err := s.definition(ctx, t.Definition)
	if err != nil {
		return 0, err
	}
	item, err := s.timed(ctx, t)
	if err != nil {
		return 0, err
	}
	notices := def.Escalations(t.Task, item.Left, installed)
	if len(notices) == 0 {
		return 0, nil
	}
	return s.o.Work.GiveNotices(ctx, t.Organ, t.Case, t.Practice, notices, time.Now().UTC())
}

// definition gives a pinned definition; each is read once.
func (s *Service) definition(ctx context.Context, digest casefile.Digest) (*procedure.Definition, error) {
	if known, ok := s.definitions.Load(digest); ok {
		return known.(*procedure.Definition), nil //nolint:forcetypeassert // nothing else is put there
	}
	b, err := s.o.Store.Content(ctx, digest)
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	def, err := procedure.ParseCanonical(b)
	if err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	s.definitions.Store(digest, def)
	return def, nil
}

// PersonalCalendar gives the deadlines of some tasks as an iCalendar file: of each
// case its title and the open deadlines that the tasks have to meet, and nothing
// else.
func (s *Service) PersonalCalendar(ctx context.Context, title string, items []WorkItem) ([]byte, error) {
	var feeds []icalendar.Feed
	at := map[casefile.ID]int{}
	for _, item := range items {
		i, known := at[item.Case]
		if !known {
			i, at[item.Case] = len(feeds), len(feeds)
			feeds = append(feeds, icalendar.Feed{ID: string(item.Case), Title: item.Matter, Stamp: realToday().Start(legaltime.China)})
		}
		if slices.ContainsFunc(feeds[i].Deadlines, func(d casefile.Deadline) bool { return d.ID == item.Deadline }) {
			continue
		}
		c, err := s.o.Store.Case(ctx, item.Case)
		if err != nil {
			return nil, err
		}
		for _, d := range c.Deadlines {
			if d.ID == item.Deadline {
				feeds[i].Deadlines = append(feeds[i].Deadlines, d)
			}
		}
	}
	return icalendar.WriteAll(title, feeds), nil
}
