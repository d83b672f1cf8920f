package legaltime_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/legaltime"
)

// anyDate draws a date in and around the years of the calendar.
func anyDate(t *rapid.T, label string) legaltime.Date {
	return legaltime.NewDate(2015, 1, 1).AddDays(rapid.IntRange(0, 16*365).Draw(t, label))
}

// walkWorkingDays adds working days one by one.
func walkWorkingDays(cal *legaltime.Calendar, d legaltime.Date, n int) legaltime.Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(step)
		if cal.Day(d).Working {
			n--
		}
	}
	return d
}

func TestAddWorkingDaysAgreesWithWalking(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(-400, 400).Draw(t, "n")
		got, _ := cal.AddWorkingDays(d, n)
		if want := walkWorkingDays(cal, d, n); got != want {
			t.Errorf("AddWorkingDays(%s, %d) = %s, walking gives %s", d, n, got, want)
		}
	})
}

func TestWorkingDaysBetweenIsTheInverseOfAddWorkingDays(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(0, 3000).Draw(t, "n")
		due, added := cal.AddWorkingDays(d, n)
		if got, between := cal.WorkingDaysBetween(d, due); got != n || added != between {
			t.Errorf("%s and %d working days is %s (provisional %t), but %d lie between (provisional %t)", d, n, due, added, got, between)
		}
	})
}

func TestWorkingDaysBetweenAgreesWithWalking(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDate(t, "a"), anyDate(t, "b")
		want := 0
		for d := a; d.Before(b); {
			if d = d.AddDays(1); cal.Day(d).Working {
				want++
			}
		}
		for d := b; d.Before(a); {
			if d = d.AddDays(1); cal.Day(d).Working {
				want--
			}
		}
		if got, _ := cal.WorkingDaysBetween(a, b); got != want {
			t.Errorf("WorkingDaysBetween(%s, %s) = %d, walking gives %d", a, b, got, want)
		}
	})
}

func TestAddWorkingDaysIsMonotonic(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		d, n := anyDate(t, "date"), rapid.IntRange(1, 500).Draw(t, "n")
		due, _ := cal.AddWorkingDays(d, n)
		later, _ := cal.AddWorkingDays(d.AddDays(rapid.IntRange(0, 60).Draw(t, "later")), n)
		longer, _ := cal.AddWorkingDays(d, n+1)
		if later.Before(due) || !longer.After(due) || !due.After(d) || !cal.Day(due).Working {
			t.Errorf("%s and %d: %s; started later: %s; one more: %s", d, n, due, later, longer)
		}
	})
}

func TestNextAndLastWorkingDayAgreeWithWalking(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate(t, "date")
		next, last := d, d
		for !cal.Day(next).Working {
			next = next.AddDays(1)
		}
		for !cal.Day(last).Working {
			last = last.AddDays(-1)
		}
		if got, _ := cal.NextWorkingDay(d); got != next {
			t.Errorf("NextWorkingDay(%s) = %s, want %s", d, got, next)
		}
		if got, _ := cal.LastWorkingDay(d); got != last {
			t.Errorf("LastWorkingDay(%s) = %s, want %s", d, got, last)
		}
	})
}

func TestCountingIsProvisionalWhenItTouchesAnUnannouncedYear(t *testing.T) {
	cal := embedded(t)
	for _, tt := range []struct {
		name string
		got  func() bool
		want bool
	}{
		{"five working days that end on the last working day of 2026", provisional(cal.AddWorkingDays, date(t, "2026-12-24"), 5), false},
		{"six of them reach 2027", provisional(cal.AddWorkingDays, date(t, "2026-12-24"), 6), true},
		{"a start on the last day of 2026 counts only days of 2027", provisional(cal.AddWorkingDays, date(t, "2026-12-31"), 1), true},
		{"a start on the last day of 2018 is not counted", provisional(cal.AddWorkingDays, date(t, "2018-12-31"), 1), false},
		{"backwards into 2018", provisional(cal.AddWorkingDays, date(t, "2019-01-02"), -1), true},
		{"backwards within 2019", provisional(cal.AddWorkingDays, date(t, "2019-01-03"), -1), false},
		{"no days at all", provisional(cal.AddWorkingDays, date(t, "2027-05-05"), 0), false},
		{"between two days of 2026", func() bool {
			_, p := cal.WorkingDaysBetween(date(t, "2026-01-01"), date(t, "2026-12-31"))
			return p
		}, false},
		{"between a day of 2026 and one of 2027", func() bool {
			_, p := cal.WorkingDaysBetween(date(t, "2027-01-01"), date(t, "2026-12-31"))
			return p
		}, true},
		{"a roll within 2026", func() bool { _, p := cal.NextWorkingDay(date(t, "2026-12-26")); return p }, false},
		{"a roll in 2027", func() bool { _, p := cal.NextWorkingDay(date(t, "2027-01-01")); return p }, true},
		{"the working day before", func() bool { _, p := cal.LastWorkingDay(date(t, "2027-01-02")); return p }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.got(); got != tt.want {
				t.Errorf("provisional is %t, want %t", got, tt.want)
			}
		})
	}
}

// provisional calls a count later.
func provisional(count func(legaltime.Date, int) (legaltime.Date, bool), d legaltime.Date, n int) func() bool {
	return func() bool {
		_, p := count(d, n)
		return p
	}
}

func TestCountingWithoutADate(t *testing.T) {
	cal := embedded(t)
	var unset legaltime.Date
	today := date(t, "2026-11-20")
	if got, p := cal.AddWorkingDays(unset, 5); !got.IsZero() || p {
		t.Errorf("AddWorkingDays of no date = %s, %t", got, p)
	}
	if got, p := cal.NextWorkingDay(unset); !got.IsZero() || p {
		t.Errorf("NextWorkingDay of no date = %s, %t", got, p)
	}
	if got, p := cal.LastWorkingDay(unset); !got.IsZero() || p {
		t.Errorf("LastWorkingDay of no date = %s, %t", got, p)
	}
	if n, p := cal.WorkingDaysBetween(unset, today); n != 0 || p {
		t.Errorf("WorkingDaysBetween no date and today = %d, %t", n, p)
	}
	for _, n := range []int{math.MaxInt, math.MinInt, 2_000_000, -2_000_000, -700_000} {
		if got, _ := cal.AddWorkingDays(today, n); !got.IsZero() {
			t.Errorf("AddWorkingDays(%s, %d) = %s, want no date", today, n, got)
		}
	}
}

// Of all start days from January 2025 to October 2026, whose periods end in
// announced years, this many give a wrong date to a program that does not know
// the make-up workdays, and to one that knows only weekends.
func TestHowOftenIncompleteCalendarsAreWrong(t *testing.T) {
	cal := embedded(t)
	weekend := func(d legaltime.Date) bool { return d.Weekday() == 0 || d.Weekday() == 6 }
	holidaysOnly := func(d legaltime.Date) bool {
		return !weekend(d) && cal.Day(d).Reason != legaltime.ReasonOffDay
	}
	weekendsOnly := func(d legaltime.Date) bool { return !weekend(d) }
	for _, tt := range []struct {
		name    string
		length  int
		working func(legaltime.Date) bool
		percent float64
	}{
		{"7 working days without make-up workdays", 7, holidaysOnly, 19},
		{"7 working days with weekends only", 7, weekendsOnly, 26},
		{"20 working days without make-up workdays", 20, holidaysOnly, 38},
		{"20 working days with weekends only", 20, weekendsOnly, 54},
	} {
		t.Run(tt.name, func(t *testing.T) {
			starts, wrong := 0, 0
			for start := date(t, "2025-01-01"); !start.After(date(t, "2026-10-31")); start = start.AddDays(1) {
				naive := start
				for n := 0; n < tt.length; {
					if naive = naive.AddDays(1); tt.working(naive) {
						n++
					}
				}
				if due, _ := cal.AddWorkingDays(start, tt.length); due != naive {
					wrong++
				}
				starts++
			}
			if got := math.Round(100 * float64(wrong) / float64(starts)); got != tt.percent {
				t.Errorf("wrong on %d of %d start days, %.0f %%, want %.0f %%", wrong, starts, got, tt.percent)
			}
		})
	}
}
