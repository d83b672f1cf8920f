package legaltime

import "time"

// AddMonths gives the same-numbered day n months later, or the last day of that
// month when it has no such day: 31 December and two months is 28 or 29
// February. A negative n goes back. A date that is not set stays so; a result
// outside the years 1 to 9999 is not set.
func (d Date) AddMonths(n int) Date {
	if d.IsZero() || n > maxMonths || n < -maxMonths {
		return Date{}
	}
	first := NewDate(d.Year(), d.Month()+time.Month(n), 1)
	last := first.daysInMonth()
	return first.AddDays(min(d.Day(), last) - 1).known()
}

// AddYears gives the same date n years later, or 28 February when the date is
// 29 February and the year has none.
func (d Date) AddYears(n int) Date {
	if n > maxMonths/12 || n < -maxMonths/12 {
		return Date{}
	}
	return d.AddMonths(12 * n)
}

// maxMonths is more than the months between the years 1 and 9999.
const maxMonths = 12 * 10_000

// daysInMonth gives the number of days of the month of d.
func (d Date) daysInMonth() int {
	return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// known gives d, or a date that is not set when d cannot be written as
// YYYY-MM-DD.
func (d Date) known() Date {
	if y := d.Year(); y < 1 || y > 9999 {
		return Date{}
	}
	return d
}

const secondsPerDay = 24 * 60 * 60

// ordinal gives the number of days since 1970-01-01.
func (d Date) ordinal() int { return int(d.t.Unix() / secondsPerDay) }

// fromOrdinal is the inverse of ordinal.
func fromOrdinal(n int) Date {
	return Date{time.Unix(int64(n)*secondsPerDay, 0).UTC()}
}
