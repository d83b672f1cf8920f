package legaltime_test

import (
	"testing"

	"github.com/zhengdang/chengxu/legaltime"
)

// working, calendar, months and years write a period as an instrument does.
func working(n int) legaltime.Period {
	return legaltime.Period{Length: n, Unit: legaltime.WorkingDays}
}

func calendar(n int) legaltime.Period {
	return legaltime.Period{Length: n, Unit: legaltime.CalendarDays}
}

func months(n int) legaltime.Period {
	return legaltime.Period{Length: n, Unit: legaltime.Months}
}

func years(n int) legaltime.Period {
	return legaltime.Period{Length: n, Unit: legaltime.Years}
}

// rolling is the period with the rule that the last day rolls forward.
func rolling(p legaltime.Period) legaltime.Period {
	p.RollForward = true
	return p
}

// workedPeriod is a period with the last day that was found by hand.
type workedPeriod struct {
	name   string
	from   string
	period legaltime.Period
	want   string
}

// checkWorked compares, and expects that nothing is provisional.
func checkWorked(t *testing.T, rows []workedPeriod) {
	t.Helper()
	cal := embedded(t)
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cal.Due(date(t, tt.from), tt.period, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.DueOn.String() != tt.want || got.Provisional {
				t.Errorf("Due(%s, %+v) = %s, provisional %t, want %s, firm", tt.from, tt.period, got.DueOn, got.Provisional, tt.want)
			}
		})
	}
}

func TestWorkingDaysWorkedByHand2019To2023(t *testing.T) {
	checkWorked(t, []workedPeriod{
		{"seven working days from New Year 2019", "2019-01-01", working(7), "2019-01-10"},
		{"five working days over the Spring Festival of 2019", "2019-02-01", working(5), "2019-02-13"},
		{"five working days over Labour Day 2019 as the later notice arranged it", "2019-04-26", working(5), "2019-05-06"},
		{"five working days over the prolonged Spring Festival of 2020", "2020-01-23", working(5), "2020-02-07"},
		{"one working day from 2020-01-31 is 02-03: the make-up Saturday was withdrawn", "2020-01-31", working(1), "2020-02-03"},
		{"seven working days over the eight days of National Day 2020", "2020-09-25", working(7), "2020-10-12"},
		{"three working days over Dragon Boat 2020 use Sunday 06-28", "2020-06-24", working(3), "2020-06-30"},
		{"five working days over the Spring Festival of 2021", "2021-02-10", working(5), "2021-02-23"},
		{"seven working days over Mid-Autumn 2021", "2021-09-17", working(7), "2021-09-28"},
		{"ten working days over National Day 2021", "2021-09-24", working(10), "2021-10-13"},
		{"five working days over the Spring Festival of 2022 use Saturday and Sunday", "2022-01-28", working(5), "2022-02-09"},
		{"two working days over Qingming 2022", "2022-04-01", working(2), "2022-04-06"},
		{"three working days over National Day 2022 use Saturday and Sunday", "2022-09-30", working(3), "2022-10-10"},
		{"two working days over New Year 2023, whose holiday begins in December", "2022-12-30", working(2), "2023-01-04"},
		{"twenty working days over the Spring Festival of 2023", "2023-01-09", working(20), "2023-02-09"},
		{"ten working days over National Day 2023", "2023-09-25", working(10), "2023-10-13"},
		{"fifteen working days over Labour Day 2023", "2023-04-17", working(15), "2023-05-09"},
	})
}

func TestWorkingDaysWorkedByHand2024To2026(t *testing.T) {
	checkWorked(t, []workedPeriod{
		{"five working days across the Spring Festival of 2026 use the make-up Saturday 02-14", "2026-02-13", working(5), "2026-02-27"},
		{"seven working days across the National Day of 2025 use 09-28 and 10-11", "2025-09-26", working(7), "2025-10-13"},
		{"twenty working days over New Year 2026 use Sunday 01-04", "2025-12-24", working(20), "2026-01-22"},
		{"fifteen working days from 2026-02-06 use both make-up Saturdays of February", "2026-02-06", working(15), "2026-03-05"},
		{"ten working days over Qingming", "2026-04-01", working(10), "2026-04-16"},
		{"five working days to ask for a hearing skip Labour Day 2025", "2025-04-28", working(5), "2025-05-08"},
		{"seven working days for preserved evidence", "2025-09-29", working(7), "2025-10-15"},
		{"twenty working days to answer a request for information", "2025-09-15", working(20), "2025-10-17"},
		{"fifteen working days for a third party", "2025-09-22", working(15), "2025-10-17"},
		{"five working days from a make-up Sunday", "2025-09-28", working(5), "2025-10-11"},
		{"five working days for the reply in the summary procedure", "2026-02-12", working(5), "2026-02-26"},
		{"one working day from Friday is Monday", "2025-06-06", working(1), "2025-06-09"},
		{"one working day from Saturday is Monday", "2025-06-07", working(1), "2025-06-09"},
		{"one working day from Sunday is Monday", "2025-06-08", working(1), "2025-06-09"},
		{"one working day from Thursday is Friday", "2025-06-05", working(1), "2025-06-06"},
		{"one working day from the Friday before a make-up Saturday is that Saturday", "2025-02-07", working(1), "2025-02-08"},
		{"one working day from the eve of the Spring Festival of 2024, a working day", "2024-02-08", working(1), "2024-02-09"},
		{"one working day from 2024-02-09 lies behind the holiday on the make-up Sunday", "2024-02-09", working(1), "2024-02-18"},
		{"five working days over the Spring Festival of 2024", "2024-02-05", working(5), "2024-02-18"},
		{"seven working days over Labour Day 2024 with two make-up days", "2024-04-26", working(7), "2024-05-09"},
		{"seven working days over Mid-Autumn 2024 begin on the make-up Saturday", "2024-09-13", working(7), "2024-09-25"},
		{"ten working days over National Day 2024 use Sunday 09-29 and Saturday 10-12", "2024-09-26", working(10), "2024-10-15"},
		{"three working days over Dragon Boat 2024", "2024-06-07", working(3), "2024-06-13"},
		{"seven working days over New Year 2025, a single day", "2024-12-27", working(7), "2025-01-08"},
		{"fifteen working days over the Spring Festival of 2025", "2025-01-17", working(15), "2025-02-13"},
		{"twenty working days in a summer without holidays", "2025-07-01", working(20), "2025-07-29"},
		{"thirty working days over Qingming and Labour Day 2026", "2026-03-30", working(30), "2026-05-14"},
		{"seven working days over Mid-Autumn 2026", "2026-09-18", working(7), "2026-09-29"},
		{"ten working days over National Day 2026", "2026-09-24", working(10), "2026-10-15"},
	})
}

func TestCalendarDaysWorkedByHand(t *testing.T) {
	checkWorked(t, []workedPeriod{
		{"thirty calendar days count each day", "2025-11-19", calendar(30), "2025-12-19"},
		{"a filing period of thirty calendar days ends on New Year's Day and stays there", "2025-12-02", calendar(30), "2026-01-01"},
		{"sixty calendar days end inside the holiday of New Year", "2025-11-03", calendar(60), "2026-01-02"},
		{"sixty calendar days from 2025-07-01 end on a Saturday", "2025-07-01", calendar(60), "2025-08-30"},
		{"the time for appeal ends in the Spring Festival and rolls to 02-24", "2026-02-05", rolling(calendar(15)), "2026-02-24"},
		{"thirty calendar days over the end of February 2024", "2024-02-10", calendar(30), "2024-03-11"},
		{"one calendar day is tomorrow, also on a Saturday", "2025-06-06", calendar(1), "2025-06-07"},
		{"one calendar day rolls over the weekend where the law says so", "2025-06-06", rolling(calendar(1)), "2025-06-09"},
		{"seven calendar days that end on a make-up Sunday do not roll", "2026-09-13", rolling(calendar(7)), "2026-09-20"},
		{"fifteen calendar days that end on 1 October roll to the day after the holiday", "2025-09-16", rolling(calendar(15)), "2025-10-09"},
		{"ten calendar days that end on 1 January 2026 roll to Sunday 01-04, a make-up day", "2025-12-22", rolling(calendar(10)), "2026-01-04"},
	})
}

func TestMonthsAndYearsWorkedByHand(t *testing.T) {
	checkWorked(t, []workedPeriod{
		{"two months end on the same-numbered day", "2025-07-01", months(2), "2025-09-01"},
		{"two months from the last day of the year end on the last day of February", "2025-12-31", months(2), "2026-02-28"},
		{"two months from 2023-12-31 end on 29 February of the leap year", "2023-12-31", months(2), "2024-02-29"},
		{"two years for the time bar", "2024-03-01", years(2), "2026-03-01"},
		{"two years for the clean-up cycle", "2024-11-15", years(2), "2026-11-15"},
		{"one year from 29 February ends on 28 February", "2024-02-29", years(1), "2025-02-28"},
		{"four years from 29 February end on 29 February", "2020-02-29", years(4), "2024-02-29"},
		{"one month from 31 January 2025 ends on 28 February", "2025-01-31", months(1), "2025-02-28"},
		{"one month from 31 January 2024 ends on 29 February", "2024-01-31", months(1), "2024-02-29"},
		{"one month from 28 February ends on 28 March, not on the last day", "2025-02-28", months(1), "2025-03-28"},
		{"one month from 31 March ends on 30 April", "2025-03-31", months(1), "2025-04-30"},
		{"three months from 30 November 2023 end on 29 February", "2023-11-30", months(3), "2024-02-29"},
		{"six months from 31 August 2025 end on 28 February", "2025-08-31", months(6), "2026-02-28"},
		{"twelve months are one year", "2025-06-18", months(12), "2026-06-18"},
		{"one month that ends on a Saturday stays there", "2025-07-23", months(1), "2025-08-23"},
		{"one month that ends on a Saturday rolls to Monday where the law says so", "2025-07-23", rolling(months(1)), "2025-08-25"},
		{"one month that ends on a make-up Saturday does not roll", "2025-09-11", rolling(months(1)), "2025-10-11"},
		{"a month that ends in the National Day holiday rolls behind it", "2025-09-03", rolling(months(1)), "2025-10-09"},
	})
}

func TestDueLeavesOutExcludedDaysOnce(t *testing.T) {
	cal := embedded(t)
	for _, tt := range []struct {
		name     string
		from     string
		period   legaltime.Period
		excluded []legaltime.Interval
		want     string
	}{
		{"days before the start are not excluded twice", "2025-06-02", working(5), []legaltime.Interval{between(t, "2025-05-20", "2025-06-02")}, "2025-06-09"},
		{"five working days with two of them excluded", "2025-06-02", working(5), []legaltime.Interval{between(t, "2025-06-04", "2025-06-05")}, "2025-06-11"},
		{"an exclusion over a weekend only changes nothing for working days", "2025-06-02", working(5), []legaltime.Interval{between(t, "2025-06-07", "2025-06-08")}, "2025-06-09"},
		{"overlapping exclusions count once", "2025-06-02", working(5), []legaltime.Interval{between(t, "2025-06-04", "2025-06-06"), between(t, "2025-06-05", "2025-06-09")}, "2025-06-13"},
		{"the same exclusion given twice counts once", "2025-06-02", calendar(10), []legaltime.Interval{between(t, "2025-06-05", "2025-06-07"), between(t, "2025-06-05", "2025-06-07")}, "2025-06-15"},
		{"adjacent exclusions add", "2025-06-02", calendar(10), []legaltime.Interval{between(t, "2025-06-05", "2025-06-07"), between(t, "2025-06-08", "2025-06-08")}, "2025-06-16"},
		{"an exclusion that the prolonged period reaches counts too", "2025-06-02", calendar(5), []legaltime.Interval{between(t, "2025-06-05", "2025-06-07"), between(t, "2025-06-09", "2025-06-10")}, "2025-06-12"},
		{"an exclusion after the last day changes nothing", "2025-06-02", calendar(5), []legaltime.Interval{between(t, "2025-06-08", "2025-06-30")}, "2025-06-07"},
		{"an exclusion that begins on the last day moves it", "2025-06-02", calendar(5), []legaltime.Interval{between(t, "2025-06-07", "2025-06-30")}, "2025-07-01"},
		{"one month with ten days excluded makes up for ten days", "2025-06-02", months(1), []legaltime.Interval{between(t, "2025-06-11", "2025-06-20")}, "2025-07-12"},
		{"one month whose last day is excluded", "2025-06-02", months(1), []legaltime.Interval{between(t, "2025-07-02", "2025-07-03")}, "2025-07-04"},
		{"an exclusion behind a last day that rolls forward holds it off", "2025-06-06", rolling(calendar(1)), []legaltime.Interval{between(t, "2025-06-09", "2025-06-10")}, "2025-06-11"},
		{"an exclusion over the whole National Day holiday of 2025", "2025-09-26", working(7), []legaltime.Interval{between(t, "2025-09-29", "2025-10-10")}, "2025-10-17"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := cal.Due(date(t, tt.from), tt.period, tt.excluded)
			if err != nil {
				t.Fatal(err)
			}
			if got.DueOn.String() != tt.want {
				t.Errorf("Due(%s, %+v, %v) = %s, want %s", tt.from, tt.period, tt.excluded, got.DueOn, tt.want)
			}
		})
	}
}
