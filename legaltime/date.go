// Package legaltime counts time as the law does: civil dates in the organ's
// time zone, working days with make-up workdays (调休), periods (期间) and the
// deadlines derived from them. It is pure: it reads no clock.
package legaltime

import (
	"fmt"
	"time"
)

// China is the time zone of the organs: UTC+8, no daylight saving time.
var China = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a civil date, without a time of day or a zone. The zero Date is "not
// set"; in JSON and YAML it is the empty string.
type Date struct {
	t time.Time // midnight UTC, or zero
}

// NewDate gives the date of the year, month and day. Days outside the month
// roll over as in [time.Date].
func NewDate(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads YYYY-MM-DD. Only real dates are accepted.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return Date{t}, nil
}

// DateIn gives the civil date of an instant in a zone.
func DateIn(at time.Time, zone *time.Location) Date {
	y, m, d := at.In(zone).Date()
	return NewDate(y, m, d)
}

// Start gives the instant at which the date begins in a zone. A date ends when
// the next one starts: there is no last second.
func (d Date) Start(zone *time.Location) time.Time {
	y, m, day := d.t.Date()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}

// IsZero reports whether the date is not set.
func (d Date) IsZero() bool { return d.t.IsZero() }

// Year, Month, Day and Weekday give the parts of the date.
func (d Date) Year() int { return d.t.Year() }

// Month gives the month.
func (d Date) Month() time.Month { return d.t.Month() }

// Day gives the day of the month.
func (d Date) Day() int { return d.t.Day() }

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return d.t.Weekday() }

// AddDays gives the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// Before reports whether d is earlier than other.
func (d Date) Before(other Date) bool { return d.t.Before(other.t) }

// After reports whether d is later than other.
func (d Date) After(other Date) bool { return d.t.After(other.t) }

// Compare is -1, 0 or 1 as d is before, the same as, or after other.
func (d Date) Compare(other Date) int { return d.t.Compare(other.t) }

// DaysUntil gives the number of days from d to other: 1 for tomorrow, negative
// when other is earlier.
func (d Date) DaysUntil(other Date) int {
	return int(other.t.Sub(d.t) / (24 * time.Hour))
}

// String gives YYYY-MM-DD, or the empty string when the date is not set.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(time.DateOnly)
}

// MarshalText implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
