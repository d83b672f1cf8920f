package legaltime

import (
	"fmt"
	"slices"
)

// Derivation (期限计算表) is a deadline with each day that led to it, so that
// anyone can count again by hand or by an independent program.
type Derivation struct {
	Start    Date         `json:"start"` // not counted
	Period   Period       `json:"period"`
	Excluded []Interval   `json:"excluded,omitempty"`
	Deadline Deadline     `json:"deadline"`
	Days     []DerivedDay `json:"days"`    // every day after Start up to the deadline, without a gap
	Notices  []Notice     `json:"notices"` // the notices that the days cite
}

// DerivedDay is one line of the sheet.
type DerivedDay struct {
	Date      Date    `json:"date"`
	Result    Counted `json:"result"`
	Number    int     `json:"number,omitempty"` // which day of the period it is, when it is counted
	Reason    Reason  `json:"reason"`
	Working   bool    `json:"working"`
	Holiday   string  `json:"holiday,omitempty"`
	Notice    string  `json:"notice,omitempty"` // number of the notice
	Note      string  `json:"note,omitempty"`   // why the day is excluded, as the intervals say
	Announced bool    `json:"announced"`
}

// Counted is how a day of a derivation is treated. The set is closed.
type Counted string

const (
	DayCounted    Counted = "counted"     // 计入
	DaySkipped    Counted = "skipped"     // 不计：休息日
	DayExcluded   Counted = "excluded"    // 扣除
	DayRolledInto Counted = "rolled_into" // 顺延至此日: not a day of the period, but the day on which it ends
)

// maxSheetDays bounds a derivation. The longest period comes to half of it; only
// excluded intervals of more than a century reach it.
const maxSheetDays = 100_000

// Derive computes the same deadline as [Calendar.Due], by walking day by day, and
// gives each day. While the clock stands still the sheet ends with the first day
// of the interval without an end.
func (c *Calendar) Derive(start Date, p Period, excluded []Interval) (Derivation, error) {
	deadline, err := c.Due(start, p, excluded)
	if err != nil {
		return Derivation{}, err
	}
	spans, err := prepare(start, p, excluded)
	if err != nil {
		return Derivation{}, fmt.Errorf("derivation: %w", err)
	}
	s := sheet{calendar: c, start: start, period: p, spans: spans, excluded: excluded}
	s.fill()
	if len(s.days) >= maxSheetDays {
		return Derivation{}, fmt.Errorf("derivation: more than %d days from %s", maxSheetDays-1, start)
	}
	d := Derivation{
		Start: start, Period: p, Excluded: slices.Clone(excluded),
		Deadline: deadline, Days: s.days, Notices: []Notice{},
	}
	for _, n := range c.notices {
		if slices.ContainsFunc(s.days, func(day DerivedDay) bool { return day.Notice == n.Number }) {
			d.Notices = append(d.Notices, n)
		}
	}
	return d, nil
}

// sheet walks from the day after the start to the deadline.
type sheet struct {
	calendar *Calendar
	start    Date
	period   Period
	spans    []span
	excluded []Interval
	days     []DerivedDay
	number   int // days counted so far
	owed     int // excluded days that a period in months or years has to make up for
}

func (s *sheet) fill() {
	end := 0
	if s.period.Unit == Months || s.period.Unit == Years {
		end = s.start.periodEnd(s.period)
	}
	for at := s.start.ordinal() + 1; len(s.days) < maxSheetDays; at++ {
		switch open, excluded := s.exclude(at); {
		case open:
			return
		case excluded:
			if at <= end {
				s.owed++
			}
			continue
		}
		if s.take(at, end) {
			s.roll(at)
			return
		}
	}
}

// exclude enters the day as excluded if it is.
func (s *sheet) exclude(at int) (open, excluded bool) {
	for _, sp := range s.spans {
		if !sp.contains(at) {
			continue
		}
		s.add(at, DayExcluded, ReasonExcluded)
		s.days[len(s.days)-1].Note = noteFor(fromOrdinal(at), s.excluded)
		return sp.open, true
	}
	return false, false
}

// take enters a day that is not excluded and reports whether the period is over.
func (s *sheet) take(at, end int) (over bool) {
	day := s.calendar.Day(fromOrdinal(at))
	switch {
	case s.period.Unit == WorkingDays && !day.Working:
		s.add(at, DaySkipped, day.Reason)
		return false
	case s.period.Unit == WorkingDays:
		s.add(at, DayCounted, day.Reason)
		return s.number == s.period.Length
	case s.period.Unit == CalendarDays:
		s.add(at, DayCounted, ReasonCalendarDay)
		return s.number == s.period.Length
	case at < end:
		s.add(at, DayCounted, ReasonCalendarDay)
		return false
	case at == end:
		reason := ReasonSameNumbered
		if day.Date.Day() != s.start.Day() {
			reason = ReasonLastOfMonth
		}
		s.add(at, DayCounted, reason)
		return s.owed == 0
	}
	s.add(at, DayCounted, ReasonMadeUp)
	s.owed--
	return s.owed == 0
}

// roll enters the days over which a last day that is a day off rolls forward.
func (s *sheet) roll(last int) {
	if !s.period.RollForward || s.calendar.Day(fromOrdinal(last)).Working {
		return
	}
	for at := last + 1; len(s.days) < maxSheetDays; at++ {
		switch open, excluded := s.exclude(at); {
		case open:
			return
		case excluded:
			continue
		}
		day := s.calendar.Day(fromOrdinal(at))
		if day.Working {
			s.add(at, DayRolledInto, ReasonRolledForward)
			return
		}
		s.add(at, DaySkipped, day.Reason)
	}
}

func (s *sheet) add(at int, result Counted, reason Reason) {
	day := s.calendar.Day(fromOrdinal(at))
	row := DerivedDay{
		Date: day.Date, Result: result, Reason: reason, Working: day.Working,
		Holiday: day.Holiday, Notice: day.Notice, Announced: day.Announced,
	}
	if result == DayCounted {
		s.number++
		row.Number = s.number
	}
	s.days = append(s.days, row)
}

// noteFor joins the reasons of the intervals that contain a day, each once.
func noteFor(d Date, excluded []Interval) string {
	var note string
	var seen []string
	for _, e := range excluded {
		inside := !d.Before(e.From) && (e.To.IsZero() || !d.After(e.To))
		if !inside || e.Reason == "" || slices.Contains(seen, e.Reason) {
			continue
		}
		if seen = append(seen, e.Reason); note != "" {
			note += "；"
		}
		note += e.Reason
	}
	return note
}
