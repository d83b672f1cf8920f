package rules

import (
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// PeriodKind says what a period is for.
type PeriodKind string

// The kinds of periods.
const (
	PeriodMinimum PeriodKind = "minimum" // 不少于: nothing goes on before it has run
	PeriodMaximum PeriodKind = "maximum" // 期限内: something has to be done by its last day
)

// Period (期间) is a time that an instrument sets, declared once. Expressions read
// its last day as d.<id>. Where the time from which it runs is known not to be
// set, so is the last day.
type Period struct {
	ID         string
	Title      casefile.Text
	Kind       PeriodKind
	Length     string // parameter that sets the length
	Unit       legaltime.Unit
	Roll       string // citation by which the last day rolls forward (顺延); empty: it does not
	From       string // expression: the day from which it runs, which is not counted
	When       string // expression: that the period runs at all; empty: always
	Extend     *Extension
	Stops      []Stop
	Remind     []int  // working days before the last day, falling
	LapseBasis string // citation by which time alone leads to an outcome; empty: it never does
	Basis      string
	Provenance Provenance
	Facts      []string // facts read, sorted
	File       string
	Line       int
}

// Extension (延长) is how a period may be lengthened. A rule must guard it; what
// exceeds the most that the instrument allows is not counted.
type Extension struct {
	Days   string          // fact: the units added
	AtMost string          // parameter: the most that may be added
	By     []casefile.Role // who may extend
	Notice string          // fact: that notice was given
	Basis  string
}

// Stop (中止) is something during which the clock of a period stands still.
type Stop struct {
	At    string // StopSuspension
	Basis string
}

// StopSuspension stops a period while the case is suspended, as the fact
// suspensions says.
const StopSuspension = "suspension"

// suspensionsFact lists the times of suspension, which the engine supplies: each
// "YYYY-MM-DD/YYYY-MM-DD", the last one perhaps without an end.
const suspensionsFact = "suspensions"

// period is a period and its expressions.
type period struct {
	Period
	pack       *Pack
	from, when *expression
	reads      []string // facts and parameters, sorted
	at         position
}

// Periods gives the periods that the pack declares, in the order of the file.
func (p *Pack) Periods() []Period {
	out := make([]Period, len(p.periods))
	for i, x := range p.periods {
		out[i] = x.Period
	}
	return out
}

// PeriodAt is a period on the facts of a case.
type PeriodAt struct {
	Pack     string
	Period   Period
	Runs     casefile.Result // pass: it runs; block: it does not; undetermined: nobody can say yet
	Missing  []string        // facts without which its last day is not known, sorted
	From     legaltime.Date  // zero: not known, or known not to be set
	Length   legaltime.Period
	Excluded []legaltime.Interval
	Due      legaltime.Deadline
	Basis    string // citation, also of what has tightened the length
}

// Periods gives every period of the judge's packs on the facts.
func (j *Judge) Periods(in Input) ([]PeriodAt, error) {
	e, err := j.evaluate(in, false)
	if err != nil {
		return nil, err
	}
	defer e.done()
	var out []PeriodAt
	for _, p := range j.packs {
		s, err := e.state(p)
		if err != nil {
			return nil, err
		}
		for _, x := range p.periods {
			at, err := e.periodAt(s, x)
			if err != nil {
				return nil, err
			}
			out = append(out, at)
		}
	}
	return out, nil
}

// periodAt computes a period on the facts.
func (e *evaluation) periodAt(s *state, x *period) (PeriodAt, error) {
	out := PeriodAt{Pack: x.pack.Name(), Period: x.Period, Runs: casefile.Pass, Basis: x.Basis}
	if x.when != nil {
		a, err := e.ask(s, x.ID, x.when)
		if err != nil {
			return out, err
		}
		if out.Runs = resultOf(a); out.Runs == casefile.Undetermined {
			out.Missing = a.missing
		}
	}
	l, err := e.lastDay(s, x)
	if err != nil {
		return out, err
	}
	out.Missing = s.law(merge(out.Missing, l.missing))
	out.From, out.Length, out.Excluded, out.Due = l.from, l.length, l.excluded, l.due
	if f, ok := s.figures[x.Length]; ok && f.pack != x.pack {
		out.Basis += "；" + f.row.Basis
	}
	return out, nil
}

// lastDay is the last day of a period and what it was computed from.
type lastDay struct {
	value    day
	known    bool
	missing  []string
	from     legaltime.Date
	length   legaltime.Period
	excluded []legaltime.Interval
	due      legaltime.Deadline
}

// lastDay computes the last day of a period.
func (e *evaluation) lastDay(s *state, x *period) (lastDay, error) {
	var l lastDay
	from, err := e.ask(s, x.ID, x.from)
	if err != nil {
		return l, err
	}
	length, ok := s.values[parameterSpace+x.Length].(int64)
	if !ok {
		l.missing = merge(l.missing, []string{parameterSpace + x.Length})
	}
	l.length = legaltime.Period{Length: int(length), Unit: x.Unit, RollForward: x.Roll != ""}
	if x.Extend != nil {
		more, most, missing := s.extension(x.Extend)
		l.missing = merge(l.missing, missing)
		l.length.Length += int(min(max(more, 0), most))
	}
	if len(x.Stops) > 0 {
		intervals, known, err := s.suspensions()
		if err != nil {
			return l, err
		}
		if !known {
			l.missing = merge(l.missing, []string{suspensionsFact})
		}
		l.excluded = intervals
	}
	if !from.known {
		l.missing = merge(l.missing, from.missing)
		return l, nil
	}
	began := from.value.(day)
	if began.date.IsZero() || l.missing != nil {
		l.known, l.value = l.missing == nil, began
		return l, nil
	}
	return e.count.end(l, began)
}

// end counts the period.
func (c *counting) end(l lastDay, began day) (lastDay, error) {
	l.from = began.date
	due, err := c.calendar.Due(began.date, l.length, l.excluded)
	if err != nil {
		return l, badPeriod(err)
	}
	l.due = due
	if due.Stopped { // no last day while the clock stands still
		l.missing = []string{suspensionsFact}
		return l, nil
	}
	l.known, l.value = true, day{date: due.DueOn, count: c}
	return l, nil
}

// extension gives what was added to a period, and the most that may be.
func (s *state) extension(x *Extension) (more, most int64, missing []string) {
	more, ok := s.values[x.Days].(int64)
	if !ok {
		missing = append(missing, x.Days)
	}
	most, ok = s.values[parameterSpace+x.AtMost].(int64)
	if !ok {
		missing = merge(missing, []string{parameterSpace + x.AtMost})
	}
	return more, most, missing
}

// suspensions gives the times at which the case was suspended.
func (s *state) suspensions() (out []legaltime.Interval, known bool, err error) {
	items, known := s.values[suspensionsFact].([]string)
	for _, item := range items {
		from, to, _ := strings.Cut(item, "/")
		interval := legaltime.Interval{Reason: "中止"}
		if interval.From, err = legaltime.ParseDate(from); err != nil {
			return nil, false, badPeriod(err)
		}
		if to != "" {
			if interval.To, err = legaltime.ParseDate(to); err != nil {
				return nil, false, badPeriod(err)
			}
		}
		out = append(out, interval)
	}
	return out, known, nil
}

// remindOn gives the days on which a duty with the due date is recalled to those
// who owe it.
func (c *counting) remindOn(x *period, due legaltime.Date) []legaltime.Date {
	var out []legaltime.Date
	for _, before := range x.Remind {
		if on, _ := c.calendar.AddWorkingDays(due, -before); !on.IsZero() {
			out = append(out, on)
		}
	}
	return out
}
