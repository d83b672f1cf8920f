package legaltime

import (
	"errors"
	"fmt"
	"slices"
)

// Unit is what a period is counted in. The law means different things by 日: the
// unit is part of every period. The set is closed.
type Unit string

const (
	CalendarDays Unit = "calendar_days" // 自然日
	WorkingDays  Unit = "working_days"  // 工作日
	Months       Unit = "months"        // 月
	Years        Unit = "years"         // 年
)

// ParseUnit reads a unit.
func ParseUnit(s string) (Unit, error) {
	switch u := Unit(s); u {
	case CalendarDays, WorkingDays, Months, Years:
		return u, nil
	}
	return "", fmt.Errorf("unit %q: want calendar_days, working_days, months or years", s)
}

// maxLength gives the longest period in the unit, about a hundred years.
func (u Unit) maxLength() int {
	switch u {
	case CalendarDays, WorkingDays:
		return 36_600
	case Months:
		return 1_200
	case Years:
		return 100
	}
	return 0
}

// Period (期间) is a length of time as an instrument states it. The day from which
// it runs is not counted. Its last day stays where it is, also on a day off,
// unless the instrument says that it rolls forward (顺延).
type Period struct {
	Length      int  `json:"length" yaml:"length"`
	Unit        Unit `json:"unit" yaml:"unit"`
	RollForward bool `json:"roll_forward,omitempty" yaml:"roll_forward"`
}

// Check reports a unit that is not one, or a length below 1 or above a hundred
// years.
func (p Period) Check() error {
	if _, err := ParseUnit(string(p.Unit)); err != nil {
		return err
	}
	if p.Length < 1 || p.Length > p.Unit.maxLength() {
		return fmt.Errorf("length %d %s: want 1 to %d", p.Length, p.Unit, p.Unit.maxLength())
	}
	return nil
}

// Interval (扣除、中止的期间) is a time that does not count: the clock stands still
// on both its days and on all between. An interval whose To is not set has not
// ended. Days that lie in several intervals are left out once.
type Interval struct {
	From   Date   `json:"from" yaml:"from"`
	To     Date   `json:"to,omitzero" yaml:"to"`
	Reason string `json:"reason,omitempty" yaml:"reason"`
}

// maxIntervals bounds the intervals of one period.
const maxIntervals = 1_000

// span is an interval in ordinals. A span that is open has no last day.
type span struct {
	from, to int
	open     bool
}

// contains reports whether the day lies in the span.
func (s span) contains(at int) bool { return s.from <= at && (s.open || at <= s.to) }

// union gives the excluded days after start as spans that neither overlap nor
// touch, in order.
func union(start int, excluded []Interval) ([]span, error) {
	if len(excluded) > maxIntervals {
		return nil, fmt.Errorf("%d excluded intervals: want at most %d", len(excluded), maxIntervals)
	}
	spans := make([]span, 0, len(excluded))
	for i, e := range excluded {
		if e.From.IsZero() {
			return nil, fmt.Errorf("excluded[%d]: from is not set", i)
		}
		s := span{from: max(e.From.ordinal(), start+1), open: e.To.IsZero()}
		if !s.open {
			if e.To.Before(e.From) {
				return nil, fmt.Errorf("excluded[%d]: ends on %s, before it begins on %s", i, e.To, e.From)
			}
			if s.to = e.To.ordinal(); s.to <= start {
				continue
			}
		}
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && (merged[n-1].open || s.from <= merged[n-1].to+1) {
			merged[n-1].open = merged[n-1].open || s.open
			merged[n-1].to = max(merged[n-1].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged, nil
}

// prepare checks what a deadline is computed from.
func prepare(start Date, p Period, excluded []Interval) ([]span, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if start.IsZero() {
		return nil, errors.New("the day from which the period runs is not set")
	}
	if start.known().IsZero() {
		return nil, errors.New("the day from which the period runs is outside the years 1 to 9999")
	}
	return union(start.ordinal(), excluded)
}
