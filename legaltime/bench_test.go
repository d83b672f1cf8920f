package legaltime_test

import (
	"testing"

	"github.com/zhengdang/chengxu/legaltime"
)

func BenchmarkAddWorkingDays(b *testing.B) {
	cal, start := embedded(b), date(b, "2025-09-26")
	for b.Loop() {
		cal.AddWorkingDays(start, 20)
	}
}

func BenchmarkWorkingDaysBetween(b *testing.B) {
	cal, from, to := embedded(b), date(b, "2025-09-26"), date(b, "2026-03-05")
	for b.Loop() {
		cal.WorkingDaysBetween(from, to)
	}
}

func BenchmarkDue(b *testing.B) {
	cal, start := embedded(b), date(b, "2025-09-26")
	excluded := []legaltime.Interval{between(b, "2025-10-09", "2025-10-15"), between(b, "2025-10-13", "2025-10-17")}
	for _, bm := range []struct {
		name     string
		period   legaltime.Period
		excluded []legaltime.Interval
	}{
		{"20WorkingDays", working(20), nil},
		{"30CalendarDaysRolling", rolling(calendar(30)), nil},
		{"2Months", months(2), nil},
		{"20WorkingDaysWithExclusions", working(20), excluded},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cal.Due(start, bm.period, bm.excluded); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDerive(b *testing.B) {
	cal, start := embedded(b), date(b, "2025-09-26")
	for b.Loop() {
		if _, err := cal.Derive(start, working(20), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseCalendar(b *testing.B) {
	canonical := embedded(b).Canonical()
	for b.Loop() {
		if _, err := legaltime.ParseCalendar(canonical); err != nil {
			b.Fatal(err)
		}
	}
}
