package legaltime

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
)

//go:embed calendars/*.yaml
var calendarFiles embed.FS

// Calendar says of every date whether it is a working day (工作日), and which
// notice made it so. It covers whole years without a gap; outside them the week
// alone decides and every result is provisional. A Calendar never changes and is
// safe for concurrent use.
type Calendar struct {
	id        string
	firstYear int
	lastYear  int
	notices   []Notice
	changed   []changedDay // ascending by date

	low       int   // ordinal of the first day of days
	days      []Day // every day from 1 December before the first year to the end of the last year
	counted   []int // rank of the last working day up to and including each of days
	workdays  []int // ordinals of the working days among days
	canonical []byte
	digest    string
}

// changedDay is a day that a notice makes different from the ordinary week, or
// confirms as belonging to a holiday.
type changedDay struct {
	Date    Date   `json:"date"`
	Working bool   `json:"working"`
	Holiday string `json:"holiday"`
	Notice  string `json:"notice"`
}

// Embedded gives the calendar of the Chinese State Council notices that the
// program ships with, the years 2019 to 2026.
func Embedded() (*Calendar, error) {
	return LoadCalendar(calendarFiles, "calendars", "cn")
}

// newCalendar computes the tables. The caller has checked that the years and
// the days belong together, and that days are in ascending order.
func newCalendar(id string, firstYear, lastYear int, notices []Notice, changed []changedDay) (*Calendar, error) {
	c := &Calendar{id: id, firstYear: firstYear, lastYear: lastYear, notices: notices, changed: changed}
	c.low = NewDate(firstYear-1, 12, 1).ordinal()
	high := NewDate(lastYear, 12, 31).ordinal()
	c.days = make([]Day, high-c.low+1)
	for i := range c.days {
		c.days[i] = c.ordinaryDay(fromOrdinal(c.low + i))
	}
	for _, ch := range changed {
		d := &c.days[ch.Date.ordinal()-c.low]
		d.Working, d.Reason, d.Holiday, d.Notice = ch.Working, ReasonOffDay, ch.Holiday, ch.Notice
		if ch.Working {
			d.Reason = ReasonMakeUpDay
		}
	}
	c.counted = make([]int, len(c.days))
	rank := weekdayRank(c.low - 1)
	for i, d := range c.days {
		if d.Working {
			rank++
			c.workdays = append(c.workdays, c.low+i)
		}
		c.counted[i] = rank
	}
	var err error
	if c.canonical, err = c.encode(); err != nil {
		return nil, fmt.Errorf("write calendar %s: %w", id, err)
	}
	sum := sha256.Sum256(c.canonical)
	c.digest = hex.EncodeToString(sum[:])
	return c, nil
}

// ordinaryDay gives the day as the week alone makes it.
func (c *Calendar) ordinaryDay(d Date) Day {
	working := isWeekday(d.ordinal())
	reason := ReasonWeekend
	if working {
		reason = ReasonWeekday
	}
	return Day{Date: d, Working: working, Reason: reason, Announced: c.Announced(d.Year())}
}

// ID names the calendar, "cn".
func (c *Calendar) ID() string { return c.id }

// Years gives the first and the last year that the calendar contains.
func (c *Calendar) Years() (first, last int) { return c.firstYear, c.lastYear }

// Announced reports whether the calendar contains the year: its days off and
// make-up workdays were announced when the calendar was made.
func (c *Calendar) Announced(year int) bool { return c.firstYear <= year && year <= c.lastYear }

// Day gives what the calendar says about a date. The zero Date gives the zero
// Day.
func (c *Calendar) Day(d Date) Day {
	if d.IsZero() {
		return Day{}
	}
	if i := d.ordinal() - c.low; i >= 0 && i < len(c.days) {
		return c.days[i]
	}
	return c.ordinaryDay(d)
}

// Year gives every day of a year in order; nothing for a year outside 1 to
// 9999. The days of a year that is not announced are those of the week alone.
func (c *Calendar) Year(year int) []Day {
	if year < 1 || year > 9999 {
		return nil
	}
	days := make([]Day, 0, 366)
	for d := NewDate(year, 1, 1); d.Year() == year; d = d.AddDays(1) {
		days = append(days, c.Day(d))
	}
	return days
}

// Notices gives the notices in the order of their dates. The slice is the
// caller's.
func (c *Calendar) Notices() []Notice { return append([]Notice(nil), c.notices...) }

// Notice gives the notice with a number.
func (c *Calendar) Notice(number string) (Notice, bool) {
	for _, n := range c.notices {
		if n.Number == number {
			return n, true
		}
	}
	return Notice{}, false
}

// Continues reports whether the calendar has every notice of an older one, and
// more.
func (c *Calendar) Continues(older *Calendar) bool {
	if c.id != older.id || len(c.notices) <= len(older.notices) {
		return false
	}
	for _, n := range older.notices {
		if _, ok := c.Notice(n.Number); !ok {
			return false
		}
	}
	return true
}

// Canonical gives the one form of the calendar that its digest is taken of:
// JSON, read back by [ParseCalendar]. The slice is the caller's.
func (c *Calendar) Canonical() []byte { return append([]byte(nil), c.canonical...) }

// Digest gives the SHA-256 of the canonical form in lower-case hexadecimal. It
// is the version of the calendar.
func (c *Calendar) Digest() string { return c.digest }
