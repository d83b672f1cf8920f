package procedure

import (
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// PlanTime gives what time has done by the beginning of today: the earliest open
// period that has run out, or duty whose due date has passed; after those, the
// earliest reminder. It is nil when there is none. Each such entry closes its
// deadline, moves it past today or uses up reminders, so asking again comes to an
// end.
func (d *Definition) PlanTime(c *casefile.Case, today legaltime.Date) *Plan {
	if c.Status == casefile.StatusClosed {
		return nil
	}
	first := -1
	for i, x := range c.Deadlines {
		if x.State != casefile.DeadlineOpen || x.Due.IsZero() || !today.After(x.Due) || d.waits(c, x) {
			continue
		}
		if first < 0 || x.Due.Before(c.Deadlines[first].Due) {
			first = i
		}
	}
	if first < 0 {
		return d.planReminder(c, today)
	}
	passed := c.Deadlines[first]
	passed.RemindOn = nil
	if s, run, ok := d.lapsing(c, passed); ok {
		return d.planLapse(c, s, run, passed, today)
	}
	kind := casefile.EntryLapse
	passed.State = casefile.DeadlineElapsed
	if passed.Rule != "" {
		kind, passed.State = casefile.EntryBreach, casefile.DeadlineBreached
	}
	return d.timePlan(c, kind, passed, today)
}

// planReminder gives the earliest reminder that is due; nil when there is none.
// Those that were missed in the meantime are not made up for one by one.
func (d *Definition) planReminder(c *casefile.Case, today legaltime.Date) *Plan {
	first := -1
	for i, x := range c.Deadlines {
		if x.State != casefile.DeadlineOpen || len(x.RemindOn) == 0 || x.RemindOn[0].After(today) {
			continue
		}
		if first < 0 || x.RemindOn[0].Before(c.Deadlines[first].RemindOn[0]) {
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	told := c.Deadlines[first]
	told.Reminded = today
	var left []legaltime.Date
	for _, on := range told.RemindOn {
		if on.After(today) {
			left = append(left, on)
		}
	}
	told.RemindOn = left
	return d.timePlan(c, casefile.EntryReminder, told, today)
}

// timePlan is a plan that nobody acts in.
func (d *Definition) timePlan(c *casefile.Case, kind casefile.EntryKind, changed casefile.Deadline, today legaltime.Date) *Plan {
	changed.Sequence = c.Sequence + 1
	return &Plan{
		Today: today, d: d, c: c, Facts: d.FactsAt(c, changed.Step, today),
		entry: casefile.Entry{
			Case: c.ID, Organ: c.Organ, Sequence: c.Sequence + 1, Kind: kind, On: today, Practice: c.Practice,
			Step: changed.Step, Deadlines: []casefile.Deadline{changed},
		},
	}
}

// Wakes gives the date at whose beginning [Definition.PlanTime] has something to
// do next; ok is false when nothing is watched.
func (d *Definition) Wakes(c *casefile.Case) (on legaltime.Date, ok bool) {
	for _, x := range c.Deadlines {
		if x.State != casefile.DeadlineOpen || x.Due.IsZero() {
			continue
		}
		at := x.Due.AddDays(1)
		switch remind := len(x.RemindOn) > 0 && x.RemindOn[0].Before(at); {
		case remind:
			at = x.RemindOn[0]
		case d.waits(c, x):
			continue
		}
		if !ok || at.Before(on) {
			on, ok = at, true
		}
	}
	return on, ok
}

// PlanCalendar gives what another calendar changes: the first of the open due
// dates of duties that it moves, or makes firm. Its entry has no deadline where
// nothing changes; otherwise the next change is found by asking again behind it.
// What has been closed is never touched. The plan is nil when the case has no open
// due date.
func (d *Definition) PlanCalendar(c *casefile.Case, calendar casefile.Digest, today legaltime.Date) *Plan {
	if !AwaitsCalendar(c) {
		return nil
	}
	plan := &Plan{
		Today: today, d: d, c: c, Facts: d.FactsAt(c, "", today), Duties: d.Duties, recompute: true,
		entry: casefile.Entry{
			Case: c.ID, Organ: c.Organ, Sequence: c.Sequence + 1, Kind: casefile.EntryRecomputed, On: today, Practice: c.Practice,
		},
	}
	if calendar != c.Pinned.Calendar {
		pins := c.Pinned
		pins.Calendar = calendar
		plan.pins = &pins
	}
	return plan
}

// AwaitsCalendar reports whether a calendar can change anything for the case: a
// due date of a duty is open.
func AwaitsCalendar(c *casefile.Case) bool {
	if c.Status == casefile.StatusClosed {
		return false
	}
	for _, d := range c.Deadlines {
		if d.State == casefile.DeadlineOpen && d.Rule != "" && !d.Due.IsZero() {
			return true
		}
	}
	return false
}

// recomputed gives the entry of the first open due date that changes.
func (p *Plan) recomputed(j rules.Judgement) casefile.Entry {
	e := p.entry
	for _, f := range j.Duties {
		before, known := deadline(p.c, f.Rule)
		now, changed := dutyNow(f, before, known)
		if !known || !changed || before.State != casefile.DeadlineOpen || now.State != casefile.DeadlineOpen || now.Due.IsZero() {
			continue
		}
		now = reminding(now, f, p.Today)
		now.Was, now.Sequence = before.Due, e.Sequence
		e.Step, e.Deadlines, e.Pinned = now.Step, []casefile.Deadline{now}, p.pins
		return e
	}
	return e
}
