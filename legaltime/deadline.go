package legaltime

import "fmt"

// Deadline (届满日) is the last day of a period, with all that is needed to
// compute it again.
type Deadline struct {
	DueOn     Date `json:"due_on"`     // the last day; not set while the clock stands still
	LiteralOn Date `json:"literal_on"` // the last day before it rolled forward
	// TargetOn is the last working day of the period up to DueOn: the day to aim at
	// when DueOn is a day off. It is DueOn when the period has no working day.
	TargetOn Date `json:"target_on"`
	Rolled   bool `json:"rolled"` // the last day was a day off and rolled forward
	// Stopped says that an interval without an end begins before the last day, so
	// that the last day is not known yet.
	Stopped bool `json:"stopped"`
	// Provisional says that a year that the calendar does not contain was touched:
	// the deadline is to be computed again when it is announced.
	Provisional bool   `json:"provisional"`
	Calendar    string `json:"calendar"` // digest of the calendar
}

// Due computes the last day of a period that runs from start. Start is not
// counted, and neither are the days of the excluded intervals. A period in months
// or years ends on the same-numbered day, or on the last day of the month when
// there is none, and then makes up for each excluded day by one day. A last day
// that rolls forward does not come to rest on an excluded day.
func (c *Calendar) Due(start Date, p Period, excluded []Interval) (Deadline, error) {
	spans, err := prepare(start, p, excluded)
	if err != nil {
		return Deadline{}, fmt.Errorf("deadline: %w", err)
	}
	from := start.ordinal()
	last, open := c.lastDay(start, p, spans)
	if open >= 0 {
		return Deadline{Stopped: true, Provisional: c.touches(from+1, open), Calendar: c.digest}, nil
	}
	due := last
	if p.RollForward && !c.working(last) {
		if due, open = c.rollOver(last, spans); open >= 0 {
			return Deadline{
				LiteralOn: fromOrdinal(last), Stopped: true, Provisional: c.touches(from+1, open), Calendar: c.digest,
			}, nil
		}
	}
	d := Deadline{
		DueOn: fromOrdinal(due), LiteralOn: fromOrdinal(last), Rolled: due != last,
		Provisional: c.touches(from+1, due), Calendar: c.digest,
	}
	if d.DueOn.known().IsZero() {
		return Deadline{}, fmt.Errorf("deadline: %d %s from %s end after the year 9999", p.Length, p.Unit, start)
	}
	if d.TargetOn, _ = c.LastWorkingDay(d.DueOn); !d.TargetOn.After(start) {
		d.TargetOn = d.DueOn
	}
	return d, nil
}

// lastDay gives the last day before any rolling forward, or, in open, the first
// day of the interval without an end that comes before it; open is -1 otherwise,
// as far as there is none.
func (c *Calendar) lastDay(start Date, p Period, spans []span) (last, open int) {
	from := start.ordinal()
	rank := 0
	switch p.Unit {
	case WorkingDays:
		rank = c.rank(from) + p.Length
		last = c.atRank(rank)
	case CalendarDays:
		last = from + p.Length
	case Months, Years:
		last = start.periodEnd(p)
	}
	for _, s := range spans {
		switch {
		case s.from > last:
			return last, -1
		case s.open:
			return last, s.from
		case p.Unit == WorkingDays:
			rank += c.rank(s.to) - c.rank(s.from-1)
			last = c.atRank(rank)
		default:
			last += s.to - s.from + 1
		}
	}
	return last, -1
}

// periodEnd gives the last day of a period in months or years that runs from d
// without exclusions.
func (d Date) periodEnd(p Period) int {
	months := p.Length
	if p.Unit == Years {
		months *= 12
	}
	first := NewDate(d.Year(), d.Month(), 1).t.AddDate(0, months, 0)
	month := Date{first}
	return month.ordinal() + min(d.Day(), month.daysInMonth()) - 1
}

// rollOver gives the first working day after last that is not excluded, or the
// first day of the interval without an end that comes before it.
func (c *Calendar) rollOver(last int, spans []span) (due, open int) {
	due = c.atRank(c.rank(last) + 1)
	for _, s := range spans {
		if s.open && s.from <= due {
			return due, s.from
		}
		if s.contains(due) {
			due = c.atRank(c.rank(s.to) + 1)
		}
	}
	return due, -1
}

// working reports whether the day is a working day.
func (c *Calendar) working(ordinal int) bool {
	return c.rank(ordinal) != c.rank(ordinal-1)
}
