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
		if now = reminding(now, f, p.Today); len(now.RemindOn) > 0 && before.RemindOn == nil && before.Reminded.IsZero() {
			changed = true // reminders came with the rules
		}
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

// reminding sets the reminders of an open duty that are still to come.
func reminding(d casefile.Deadline, f casefile.Finding, today legaltime.Date) casefile.Deadline {
	d.RemindOn = nil
	if d.State != casefile.DeadlineOpen {
		return d
	}
	for _, on := range f.RemindOn {
		if on.After(today) {
			d.RemindOn = append(d.RemindOn, on)
		}
	}
	return d
}

func deadline(c *casefile.Case, id string) (d casefile.Deadline, ok bool) {
	at := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
	if at < 0 {
		return casefile.Deadline{}, false
	}
	return c.Deadlines[at], true
}

// dutyNow compares what the rules say of a duty with what is watched. A breach
// stays a breach: performing late does not undo it. What has led to an outcome by
// lapse of time stays too, unless it runs again, to a later day. A duty that nobody
// can judge yet is left as it was.
func dutyNow(f casefile.Finding, before casefile.Deadline, known bool) (now casefile.Deadline, changed bool) {
	lapsed := before.State == casefile.DeadlineElapsed && !f.Due.After(before.Due)
	if before.State == casefile.DeadlineBreached || lapsed {
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
	if now.Due != before.Due {
		now.Was = legaltime.Date{}
	}
	changed = now.State != before.State || now.Due != before.Due || now.Provisional != before.Provisional
	return now, changed
}
