package legaltime_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/legaltime"
)

// embedded gives the calendar that the program ships with.
func embedded(t testing.TB) *legaltime.Calendar {
	t.Helper()
	cal, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

// date reads a date that the test knows to be one.
func date(t testing.TB, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// between writes an excluded interval.
func between(t testing.TB, from, to string) legaltime.Interval {
	t.Helper()
	return legaltime.Interval{From: date(t, from), To: date(t, to)}
}

// expectedDays reads the list that was made independently of the calendars: true
// is a working day.
func expectedDays(t testing.TB) map[string]bool {
	t.Helper()
	f, err := os.Open("testdata/expected-days.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	days := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); {
		switch mark, day, _ := strings.Cut(s.Text(), " "); mark {
		case "+":
			days[day] = true
		case "-":
			days[day] = false
		}
	}
	if len(days) < 250 {
		t.Fatalf("testdata/expected-days.txt lists %d days", len(days))
	}
	return days
}

func TestEveryDayOf2019To2026IsAsTheDataSetSays(t *testing.T) {
	cal := embedded(t)
	expected := expectedDays(t)
	n := 0
	for d := date(t, "2018-12-29"); !d.After(date(t, "2026-12-31")); d = d.AddDays(1) {
		want, listed := expected[d.String()]
		weekday := d.Weekday() >= 1 && d.Weekday() <= 5
		if !listed {
			want = weekday
		}
		got := cal.Day(d)
		if got.Working != want || got.Date != d {
			t.Errorf("Day(%s) = %+v, want working %t", d, got, want)
		}
		if want != weekday && got.Notice == "" {
			t.Errorf("Day(%s) departs from the week and cites no notice", d)
		}
		n++
	}
	if n != 2925 {
		t.Errorf("compared %d days, want 2925", n)
	}
}

func TestEachDayThatIsNotOrdinaryCitesAKnownNotice(t *testing.T) {
	cal := embedded(t)
	for year := 2019; year <= 2026; year++ {
		for _, day := range cal.Year(year) {
			switch day.Reason {
			case legaltime.ReasonOffDay, legaltime.ReasonMakeUpDay:
				n, ok := cal.Notice(day.Notice)
				if !ok || n.URL == "" || n.Title == "" || n.IssuedOn.IsZero() || day.Holiday == "" {
					t.Errorf("%+v cites %+v", day, n)
				}
			case legaltime.ReasonWeekday, legaltime.ReasonWeekend:
				if day.Notice != "" || day.Holiday != "" {
					t.Errorf("ordinary day %+v cites a notice", day)
				}
			default:
				t.Errorf("day %+v: unexpected reason", day)
			}
		}
	}
}

func TestDay(t *testing.T) {
	cal := embedded(t)
	for _, tt := range []struct {
		name string
		on   string
		want legaltime.Day
	}{
		{"New Year's Eve of 2024 is a working day", "2024-02-09",
			legaltime.Day{Working: true, Reason: legaltime.ReasonWeekday, Announced: true}},
		{"a make-up Saturday", "2026-02-14",
			legaltime.Day{Working: true, Reason: legaltime.ReasonMakeUpDay, Holiday: "春节", Notice: "国办发明电〔2025〕7号", Announced: true}},
		{"a day off in the week", "2026-02-16",
			legaltime.Day{Reason: legaltime.ReasonOffDay, Holiday: "春节", Notice: "国办发明电〔2025〕7号", Announced: true}},
		{"a make-up day that a later notice made a day off", "2020-02-01",
			legaltime.Day{Reason: legaltime.ReasonOffDay, Holiday: "春节", Notice: "国办发明电〔2020〕1号", Announced: true}},
		{"a holiday that a later notice prolonged cites the later one", "2019-05-01",
			legaltime.Day{Reason: legaltime.ReasonOffDay, Holiday: "劳动节", Notice: "国办发明电〔2019〕3号", Announced: true}},
		{"December changed by the notice of the next year", "2022-12-31",
			legaltime.Day{Reason: legaltime.ReasonOffDay, Holiday: "元旦", Notice: "国办发明电〔2022〕16号", Announced: true}},
		{"December before the first year, known from its notice", "2018-12-29",
			legaltime.Day{Working: true, Reason: legaltime.ReasonMakeUpDay, Holiday: "元旦", Notice: "国办发明电〔2018〕15号"}},
		{"a year that is not announced, by the week alone", "2027-01-01",
			legaltime.Day{Working: true, Reason: legaltime.ReasonWeekday}},
		{"a weekend of a year that is not announced", "2027-10-02",
			legaltime.Day{Reason: legaltime.ReasonWeekend}},
		{"a year long past", "0001-01-06", legaltime.Day{Reason: legaltime.ReasonWeekend}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Date = date(t, tt.on)
			if got := cal.Day(tt.want.Date); got != tt.want {
				t.Errorf("Day(%s) = %+v, want %+v", tt.on, got, tt.want)
			}
		})
	}
	if got := cal.Day(legaltime.Date{}); got != (legaltime.Day{}) {
		t.Errorf("Day of a date that is not set = %+v, want the zero Day", got)
	}
}

func TestAnnouncedYears(t *testing.T) {
	cal := embedded(t)
	for year, want := range map[int]bool{2018: false, 2019: true, 2026: true, 2027: false, 0: false, -1: false} {
		if got := cal.Announced(year); got != want {
			t.Errorf("Announced(%d) = %t, want %t", year, got, want)
		}
	}
	if first, last := cal.Years(); first != 2019 || last != 2026 || cal.ID() != "cn" {
		t.Errorf("calendar %s has the years %d to %d, want cn, 2019 to 2026", cal.ID(), first, last)
	}
}

func TestYearListsEachDayOnce(t *testing.T) {
	cal := embedded(t)
	for year, want := range map[int]int{2019: 365, 2020: 366, 2024: 366, 2026: 365, 2027: 365, 1: 365, 9999: 365, 0: 0, -4: 0, 10000: 0} {
		days := cal.Year(year)
		if len(days) != want {
			t.Errorf("Year(%d) has %d days, want %d", year, len(days), want)
		}
		for i, d := range days {
			if d.Date != legaltime.NewDate(year, 1, 1+i) || d.Announced != cal.Announced(year) {
				t.Errorf("Year(%d)[%d] = %+v", year, i, d)
			}
		}
	}
}

// The working days of a year as published with the arrangements.
func TestWorkingDaysOfTheYears(t *testing.T) {
	cal := embedded(t)
	for year, want := range map[int]int{2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for _, d := range cal.Year(year) {
			if d.Working {
				got++
			}
		}
		if got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

func TestDayInJSON(t *testing.T) {
	cal := embedded(t)
	got, err := json.Marshal([]legaltime.Day{cal.Day(date(t, "2026-02-14")), cal.Day(date(t, "2026-03-02"))})
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"date":"2026-02-14","working":true,"reason":"make_up_day","holiday":"春节","notice":"国办发明电〔2025〕7号","announced":true},` +
		`{"date":"2026-03-02","working":true,"reason":"weekday","announced":true}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON differs (-want +got):\n%s", diff)
	}
}

func TestEachReasonHasATextInBothLanguages(t *testing.T) {
	for _, r := range []legaltime.Reason{
		legaltime.ReasonWeekday, legaltime.ReasonWeekend, legaltime.ReasonOffDay, legaltime.ReasonMakeUpDay,
		legaltime.ReasonCalendarDay, legaltime.ReasonSameNumbered, legaltime.ReasonLastOfMonth,
		legaltime.ReasonExcluded, legaltime.ReasonMadeUp, legaltime.ReasonRolledForward,
	} {
		if zh, en := r.Text(); zh == "" || en == "" {
			t.Errorf("%s has the texts %q and %q", r, zh, en)
		}
	}
	if zh, en := legaltime.Reason("other").Text(); zh+en != "" {
		t.Errorf("a reason that is not one has the texts %q and %q", zh, en)
	}
}

func TestNoticesBelongToTheCaller(t *testing.T) {
	cal := embedded(t)
	notices := cal.Notices()
	if len(notices) != 10 {
		t.Fatalf("%d notices, want 10", len(notices))
	}
	for i := 1; i < len(notices); i++ {
		if notices[i].IssuedOn.Before(notices[i-1].IssuedOn) {
			t.Errorf("notice %s stands after %s", notices[i].Number, notices[i-1].Number)
		}
	}
	notices[0].Number = "changed"
	if cal.Notices()[0].Number == "changed" {
		t.Error("the caller changed the calendar")
	}
	if _, ok := cal.Notice("国办发明电〔2026〕1号"); ok {
		t.Error("a notice that does not exist was found")
	}
}
