package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// duties gives the deadlines of duties that came into being or changed with the
// entry.
func (p *Plan) duties(e casefile.Entry, findings []casefile.Finding) []casefile.Deadline {
	var out []casefile.Deadline
	for _, f := range findings {
		before, known := deadline(p.c, f.Rule)
		now, changed := dutyNow(f, before, known)
		if !changed {
			continue
		}
		now.Sequence = e.Sequence
		if !known {
			now.Step = e.Step
		}
		out = append(out, now)
	}
	return out
}

func deadline(c *casefile.Case, id string) (d casefile.Deadline, ok bool) {
	at := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
	if at < 0 {
		return casefile.Deadline{}, false
	}
	return c.Deadlines[at], true
}

// dutyNow compares what the rules say of a duty with what is watched. A breach
// stays a breach: performing late does not undo it. A duty that nobody can
// judge yet is left as it was.
func dutyNow(f casefile.Finding, before casefile.Deadline, known bool) (now casefile.Deadline, changed bool) {
	if before.State == casefile.DeadlineBreached {
		return before, false
	}
	now = before
	now.ID, now.Rule = f.Rule, f.Rule
	switch {
	case f.Met:
		now.State, now.Due, now.Provisional, now.Basis = casefile.DeadlineMet, f.Due, f.Provisional, f.Basis
	case !f.Due.IsZero() || f.Result == casefile.Block: // it exists: by a date, or at once
		now.State, now.Due, now.Provisional, now.Basis = casefile.DeadlineOpen, f.Due, f.Provisional, f.Basis
	case f.Result == casefile.Pass && before.State == casefile.DeadlineOpen:
		now.State = casefile.DeadlineDropped
	default:
		return before, false
	}
	if !known {
		return now, true
	}
	changed = now.State != before.State || now.Due != before.Due || now.Provisional != before.Provisional
	return now, changed
}

// PlanTime gives what time has done by the end of the day before today: the
// earliest open period that has run out, or duty whose due date has passed. It
// is nil when there is none. Each such entry closes its deadline.
func (d *Definition) PlanTime(c *casefile.Case, today legaltime.Date) *Plan {
	if c.Status == casefile.StatusClosed {
		return nil
	}
	first := -1
	for i, x := range c.Deadlines {
		if x.State != casefile.DeadlineOpen || x.Due.IsZero() || !today.After(x.Due) {
			continue
		}
		if first < 0 || x.Due.Before(c.Deadlines[first].Due) {
			first = i
		}
	}
	if first < 0 {
		return nil
	}
	passed := c.Deadlines[first]
	passed.Sequence = c.Sequence + 1
	kind := casefile.EntryLapse
	passed.State = casefile.DeadlineElapsed
	if passed.Rule != "" {
		kind, passed.State = casefile.EntryBreach, casefile.DeadlineBreached
	}
	return &Plan{
		Today: today, d: d, c: c, Facts: d.FactsAt(c, passed.Step, today),
		entry: casefile.Entry{
			Case: c.ID, Organ: c.Organ, Sequence: c.Sequence + 1, Kind: kind, On: today, Practice: c.Practice,
			Step: passed.Step, Deadlines: []casefile.Deadline{passed},
		},
	}
}
