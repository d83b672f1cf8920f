package legaltime_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/legaltime"
)

// wantDeadline is a deadline expected of a period; the calendar is that of the
// test.
type wantDeadline struct {
	name     string
	from     string
	period   legaltime.Period
	excluded []legaltime.Interval
	want     legaltime.Deadline
}

func checkDeadlines(t *testing.T, rows []wantDeadline) {
	t.Helper()
	cal := embedded(t)
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Calendar = cal.Digest()
			got, err := cal.Due(date(t, tt.from), tt.period, tt.excluded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
				t.Errorf("Due differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeadlineKeepsTheLiteralDayAndTheDayToAimAt(t *testing.T) {
	checkDeadlines(t, []wantDeadline{
		{"on a holiday it stays, and the day to aim at is the working day before",
			"2025-12-02", calendar(30), nil,
			legaltime.Deadline{DueOn: date(t, "2026-01-01"), LiteralOn: date(t, "2026-01-01"), TargetOn: date(t, "2025-12-31")}},
		{"a roll keeps the literal day",
			"2026-02-05", rolling(calendar(15)), nil,
			legaltime.Deadline{DueOn: date(t, "2026-02-24"), LiteralOn: date(t, "2026-02-20"), TargetOn: date(t, "2026-02-24"), Rolled: true}},
		{"a working day needs no roll",
			"2026-03-02", rolling(calendar(2)), nil,
			legaltime.Deadline{DueOn: date(t, "2026-03-04"), LiteralOn: date(t, "2026-03-04"), TargetOn: date(t, "2026-03-04")}},
		{"a period without a working day has no earlier day to aim at",
			"2026-02-13", calendar(9), []legaltime.Interval{between(t, "2026-02-14", "2026-02-14")},
			legaltime.Deadline{DueOn: date(t, "2026-02-23"), LiteralOn: date(t, "2026-02-23"), TargetOn: date(t, "2026-02-14")}},
		{"a day off right after a day off",
			"2026-02-16", calendar(1), nil,
			legaltime.Deadline{DueOn: date(t, "2026-02-17"), LiteralOn: date(t, "2026-02-17"), TargetOn: date(t, "2026-02-17")}},
		{"the day from which the period runs is no day to aim at",
			"2026-03-06", calendar(1), nil,
			legaltime.Deadline{DueOn: date(t, "2026-03-07"), LiteralOn: date(t, "2026-03-07"), TargetOn: date(t, "2026-03-07")}},
	})
}

func TestDeadlineIsProvisionalInAYearThatIsNotAnnounced(t *testing.T) {
	checkDeadlines(t, []wantDeadline{
		{"working days into 2027 are provisional",
			"2026-12-28", working(5), nil,
			legaltime.Deadline{DueOn: date(t, "2027-01-04"), LiteralOn: date(t, "2027-01-04"), TargetOn: date(t, "2027-01-04"), Provisional: true}},
		{"so are calendar days into 2027",
			"2026-12-10", calendar(30), nil,
			legaltime.Deadline{DueOn: date(t, "2027-01-09"), LiteralOn: date(t, "2027-01-09"), TargetOn: date(t, "2027-01-08"), Provisional: true}},
		{"and a roll into 2027",
			"2026-12-22", rolling(calendar(11)), nil,
			legaltime.Deadline{DueOn: date(t, "2027-01-04"), LiteralOn: date(t, "2027-01-02"), TargetOn: date(t, "2027-01-04"), Rolled: true, Provisional: true}},
		{"an exclusion that pushes into 2027 makes it provisional",
			"2026-12-21", working(5), []legaltime.Interval{between(t, "2026-12-22", "2026-12-31")},
			legaltime.Deadline{DueOn: date(t, "2027-01-07"), LiteralOn: date(t, "2027-01-07"), TargetOn: date(t, "2027-01-07"), Provisional: true}},
	})
}

func TestDeadlineWhileTheClockStandsStill(t *testing.T) {
	checkDeadlines(t, []wantDeadline{
		{"the clock stands still",
			"2026-03-02", working(5), []legaltime.Interval{{From: date(t, "2026-03-05")}},
			legaltime.Deadline{Stopped: true}},
		{"an interval without an end after the last day changes nothing",
			"2026-03-02", working(5), []legaltime.Interval{{From: date(t, "2026-03-10")}},
			legaltime.Deadline{DueOn: date(t, "2026-03-09"), LiteralOn: date(t, "2026-03-09"), TargetOn: date(t, "2026-03-09")}},
		{"an earlier interval pushes the last day into one without an end",
			"2026-03-02", working(5), []legaltime.Interval{{From: date(t, "2026-03-10")}, between(t, "2026-03-03", "2026-03-03")},
			legaltime.Deadline{Stopped: true}},
		{"the clock stops while the last day rolls forward",
			"2026-02-05", rolling(calendar(15)), []legaltime.Interval{{From: date(t, "2026-02-22")}},
			legaltime.Deadline{LiteralOn: date(t, "2026-02-20"), Stopped: true}},
		{"a restart before the roll is over",
			"2026-02-05", rolling(calendar(15)), []legaltime.Interval{between(t, "2026-02-21", "2026-02-24")},
			legaltime.Deadline{DueOn: date(t, "2026-02-25"), LiteralOn: date(t, "2026-02-20"), TargetOn: date(t, "2026-02-25"), Rolled: true}},
		{"the clock stops on the very day to which the last day rolls",
			"2026-02-05", rolling(calendar(15)), []legaltime.Interval{{From: date(t, "2026-02-24")}},
			legaltime.Deadline{LiteralOn: date(t, "2026-02-20"), Stopped: true}},
		{"the clock stops the day after",
			"2026-02-05", rolling(calendar(15)), []legaltime.Interval{{From: date(t, "2026-02-25")}},
			legaltime.Deadline{DueOn: date(t, "2026-02-24"), LiteralOn: date(t, "2026-02-20"), TargetOn: date(t, "2026-02-24"), Rolled: true}},
	})
}

func TestDueRefuses(t *testing.T) {
	cal := embedded(t)
	start := date(t, "2026-03-02")
	for _, tt := range []struct {
		name     string
		start    legaltime.Date
		period   legaltime.Period
		excluded []legaltime.Interval
		want     string
	}{
		{"no start", legaltime.Date{}, working(5), nil, "is not set"},
		{"a start beyond all calendars", legaltime.NewDate(20000, 1, 1), working(5), nil, "outside the years"},
		{"no length", start, working(0), nil, "length 0 working_days: want 1 to"},
		{"a negative length", start, calendar(-3), nil, "length -3"},
		{"a length without measure", start, years(101), nil, "length 101 years: want 1 to 100"},
		{"no unit", start, legaltime.Period{Length: 5}, nil, `unit ""`},
		{"an unknown unit", start, legaltime.Period{Length: 5, Unit: "weeks"}, nil, `unit "weeks"`},
		{"an interval without a start", start, working(5), []legaltime.Interval{{To: start}}, "excluded[0]: from is not set"},
		{"an interval backwards", start, working(5), []legaltime.Interval{between(t, "2026-03-05", "2026-03-04")}, "excluded[0]: ends on 2026-03-04"},
		{"too many intervals", start, working(5), make([]legaltime.Interval, 1001), "want at most 1000"},
		{"an end after the year 9999", date(t, "9950-01-01"), years(100), nil, "after the year 9999"},
		{"an exclusion beyond the year 9999", start, calendar(5), []legaltime.Interval{between(t, "2026-03-03", "9999-12-31")}, "after the year 9999"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := cal.Due(tt.start, tt.period, tt.excluded)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Due: error is %v, want %q in it", err, tt.want)
			}
			if _, err := cal.Derive(tt.start, tt.period, tt.excluded); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Derive: error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestParseUnit(t *testing.T) {
	for _, u := range []legaltime.Unit{legaltime.CalendarDays, legaltime.WorkingDays, legaltime.Months, legaltime.Years} {
		if got, err := legaltime.ParseUnit(string(u)); err != nil || got != u {
			t.Errorf("ParseUnit(%q) = %q, %v", u, got, err)
		}
	}
	if _, err := legaltime.ParseUnit("days"); err == nil {
		t.Error("ParseUnit accepts days, which do not say which days")
	}
}

// anyPeriod draws a period.
func anyPeriod(t *rapid.T) legaltime.Period {
	p := legaltime.Period{
		Unit:        rapid.SampledFrom([]legaltime.Unit{legaltime.CalendarDays, legaltime.WorkingDays, legaltime.Months, legaltime.Years}).Draw(t, "unit"),
		RollForward: rapid.Bool().Draw(t, "roll"),
	}
	longest := map[legaltime.Unit]int{legaltime.CalendarDays: 120, legaltime.WorkingDays: 90, legaltime.Months: 14, legaltime.Years: 3}
	p.Length = rapid.IntRange(1, longest[p.Unit]).Draw(t, "length")
	return p
}

// anyIntervals draws intervals around a start; the last one may have no end.
func anyIntervals(t *rapid.T, start legaltime.Date) []legaltime.Interval {
	var out []legaltime.Interval
	for range rapid.IntRange(0, 5).Draw(t, "intervals") {
		from := start.AddDays(rapid.IntRange(-20, 130).Draw(t, "from"))
		out = append(out, legaltime.Interval{From: from, To: from.AddDays(rapid.IntRange(0, 25).Draw(t, "days"))})
	}
	if rapid.IntRange(0, 4).Draw(t, "open") == 0 {
		out = append(out, legaltime.Interval{From: start.AddDays(rapid.IntRange(1, 200).Draw(t, "stops"))})
	}
	return out
}

func TestOrderAndRepetitionOfExclusionsDoNotMatter(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		start, p := anyDate(t, "start"), anyPeriod(t)
		excluded := anyIntervals(t, start)
		want, err := cal.Due(start, p, excluded)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := append(rapid.Permutation(excluded).Draw(t, "order"), excluded...)
		if got, err := cal.Due(start, p, shuffled); err != nil || got != want {
			t.Errorf("Due = %+v, %v; in another order and twice: %+v", want, err, got)
		}
	})
}

func TestAnExclusionNeverBringsTheDeadlineForward(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		start, p := anyDate(t, "start"), anyPeriod(t)
		without, err := cal.Due(start, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		with, err := cal.Due(start, p, anyIntervals(t, start))
		if err != nil {
			t.Fatal(err)
		}
		if !with.Stopped && with.LiteralOn.Before(without.LiteralOn) {
			t.Errorf("Due with exclusions %+v, without %+v", with, without)
		}
	})
}
