package legaltime

// maxCount bounds the days that can be added in one call: more than two
// thousand years.
const maxCount = 1_000_000

// AddWorkingDays gives the n-th working day after d; d itself is not counted.
// With a negative n it gives the n-th working day before d, with 0 it gives d,
// whether d is a working day or not. The result is provisional when a day that
// was passed lies in a year that is not announced. A date that is not set stays
// so; so does a result that is further away than can be counted.
func (c *Calendar) AddWorkingDays(d Date, n int) (due Date, provisional bool) {
	if d.IsZero() || n > maxCount || n < -maxCount {
		return Date{}, false
	}
	at := d.ordinal()
	switch {
	case n > 0:
		end := c.atRank(c.rank(at) + n)
		return fromOrdinal(end).known(), c.touches(at+1, end)
	case n < 0:
		end := c.atRank(c.rank(at-1) + n + 1)
		return fromOrdinal(end).known(), c.touches(end, at-1)
	}
	return d, false
}

// WorkingDaysBetween gives the number of working days after a, up to and
// including b. It is negative when b is before a, and 0 when one of them is not
// set. The result is provisional when a day that was passed lies in a year that
// is not announced.
func (c *Calendar) WorkingDaysBetween(a, b Date) (n int, provisional bool) {
	if a.IsZero() || b.IsZero() {
		return 0, false
	}
	from, to := a.ordinal(), b.ordinal()
	return c.rank(to) - c.rank(from), c.touches(min(from, to)+1, max(from, to))
}

// NextWorkingDay (顺延) gives d when it is a working day, else the first working
// day after it.
func (c *Calendar) NextWorkingDay(d Date) (next Date, provisional bool) {
	if d.IsZero() {
		return Date{}, false
	}
	at := d.ordinal()
	end := c.atRank(c.rank(at-1) + 1)
	return fromOrdinal(end).known(), c.touches(at, end)
}

// LastWorkingDay gives d when it is a working day, else the last working day
// before it: the day to aim at when the last day of a period is a day off and
// nothing says that it rolls forward.
func (c *Calendar) LastWorkingDay(d Date) (last Date, provisional bool) {
	if d.IsZero() {
		return Date{}, false
	}
	at := d.ordinal()
	end := c.atRank(c.rank(at))
	return fromOrdinal(end).known(), c.touches(end, at)
}

// AddMonths is [Date.AddMonths], so that the calendar answers every question of
// counting.
func (c *Calendar) AddMonths(d Date, n int) Date { return d.AddMonths(n) }

// AddYears is [Date.AddYears].
func (c *Calendar) AddYears(d Date, n int) Date { return d.AddYears(n) }

// touches reports whether the days from..to, if any, leave the announced years.
func (c *Calendar) touches(from, to int) bool {
	if from > to {
		return false
	}
	return from < c.low+31 || to >= c.low+len(c.days)
}

// rank numbers the working days: it gives the number of the last working day up
// to and including an ordinal. Only differences have a meaning.
func (c *Calendar) rank(ordinal int) int {
	i := ordinal - c.low
	if i < 0 {
		return weekdayRank(ordinal)
	}
	if i < len(c.counted) {
		return c.counted[i]
	}
	end := len(c.counted) - 1
	return c.counted[end] + weekdayRank(ordinal) - weekdayRank(c.low+end)
}

// atRank is the inverse of rank: the ordinal of the working day with a number.
func (c *Calendar) atRank(rank int) int {
	below := weekdayRank(c.low - 1)
	if rank <= below {
		return weekdayAt(rank)
	}
	if i := rank - below - 1; i < len(c.workdays) {
		return c.workdays[i]
	}
	high := c.low + len(c.days) - 1
	return weekdayAt(rank - below - len(c.workdays) + weekdayRank(high))
}

// monday is the ordinal of a Monday, 1969-12-29.
const monday = -3

// isWeekday reports whether the day is one of Monday to Friday.
func isWeekday(ordinal int) bool {
	_, day := floorDivide(ordinal-monday, 7)
	return day < 5
}

// weekdayRank numbers the days from Monday to Friday, the Monday above being 1.
func weekdayRank(ordinal int) int {
	weeks, day := floorDivide(ordinal-monday, 7)
	return 5*weeks + min(day+1, 5)
}

// weekdayAt is the inverse of weekdayRank.
func weekdayAt(rank int) int {
	weeks, day := floorDivide(rank-1, 5)
	return monday + 7*weeks + day
}

// floorDivide divides downwards, so that the remainder is never negative.
func floorDivide(a, b int) (quotient, remainder int) {
	quotient, remainder = a/b, a%b
	if remainder < 0 {
		quotient, remainder = quotient-1, remainder+b
	}
	return quotient, remainder
}
