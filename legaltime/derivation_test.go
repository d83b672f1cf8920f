package legaltime_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/legaltime"
)

func TestDerivationShowsEachDay(t *testing.T) {
	cal := embedded(t)
	excluded := []legaltime.Interval{
		{From: date(t, "2026-02-25"), To: date(t, "2026-02-26"), Reason: "补正"},
		{From: date(t, "2026-02-26"), To: date(t, "2026-02-26"), Reason: "专家评审"},
	}
	d, err := cal.Derive(date(t, "2026-02-12"), working(4), excluded)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2026-02-13 counted 1 weekday  ",
		"2026-02-14 counted 2 make_up_day 国办发明电〔2025〕7号 ",
		"2026-02-15 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-16 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-17 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-18 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-19 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-20 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-21 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-22 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-23 skipped 0 off_day 国办发明电〔2025〕7号 ",
		"2026-02-24 counted 3 weekday  ",
		"2026-02-25 excluded 0 excluded  补正",
		"2026-02-26 excluded 0 excluded  补正；专家评审",
		"2026-02-27 counted 4 weekday  ",
	}
	if diff := cmp.Diff(want, lines(d)); diff != "" {
		t.Errorf("days differ (-want +got):\n%s", diff)
	}
	if len(d.Notices) != 1 || d.Notices[0].Number != "国办发明电〔2025〕7号" || d.Deadline.Calendar != cal.Digest() {
		t.Errorf("notices %+v, calendar %s", d.Notices, d.Deadline.Calendar)
	}
}

func TestDerivationOfMonthsAndRolls(t *testing.T) {
	cal := embedded(t)
	for _, tt := range []struct {
		name     string
		from     string
		period   legaltime.Period
		excluded []legaltime.Interval
		want     []string // the last days of the sheet
	}{
		{"the same-numbered day", "2026-03-10", months(1), nil, []string{
			"2026-04-09 counted 30 calendar_day  ", "2026-04-10 counted 31 same_numbered_day  "}},
		{"the last day of the month", "2026-01-31", months(1), nil, []string{
			"2026-02-28 counted 28 last_day_of_month 国办发明电〔2025〕7号 "}},
		{"days made up", "2026-03-10", months(1), []legaltime.Interval{between(t, "2026-04-10", "2026-04-11")}, []string{
			"2026-04-09 counted 30 calendar_day  ", "2026-04-10 excluded 0 excluded  ",
			"2026-04-11 excluded 0 excluded  ", "2026-04-12 counted 31 made_up  "}},
		{"a roll", "2026-06-11", rolling(calendar(9)), nil, []string{
			"2026-06-20 counted 9 calendar_day 国办发明电〔2025〕7号 ", "2026-06-21 skipped 0 off_day 国办发明电〔2025〕7号 ",
			"2026-06-22 rolled_into 0 rolled_forward  "}},
		{"a clock that stands still", "2026-06-11", calendar(9), []legaltime.Interval{{From: date(t, "2026-06-13"), Reason: "中止"}}, []string{
			"2026-06-12 counted 1 calendar_day  ", "2026-06-13 excluded 0 excluded  中止"}},
		{"a roll over an excluded day", "2026-06-11", rolling(calendar(9)), []legaltime.Interval{between(t, "2026-06-22", "2026-06-22")}, []string{
			"2026-06-21 skipped 0 off_day 国办发明电〔2025〕7号 ", "2026-06-22 excluded 0 excluded  ",
			"2026-06-23 rolled_into 0 rolled_forward  "}},
		{"a roll during which the clock stops", "2026-06-11", rolling(calendar(9)), []legaltime.Interval{{From: date(t, "2026-06-22")}}, []string{
			"2026-06-21 skipped 0 off_day 国办发明电〔2025〕7号 ", "2026-06-22 excluded 0 excluded  "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := cal.Derive(date(t, tt.from), tt.period, tt.excluded)
			if err != nil {
				t.Fatal(err)
			}
			got := lines(d)
			if diff := cmp.Diff(tt.want, got[len(got)-len(tt.want):]); diff != "" {
				t.Errorf("the last days differ (-want +got):\n%s", diff)
			}
		})
	}
}

// lines writes the days of a derivation one a line.
func lines(d legaltime.Derivation) []string {
	var out []string
	for _, day := range d.Days {
		out = append(out, fmt.Sprintf("%s %s %d %s %s %s", day.Date, day.Result, day.Number, day.Reason, day.Notice, day.Note))
	}
	return out
}

func TestDerivationAgreesWithTheDeadline(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		start, p := anyDate(t, "start"), anyPeriod(t)
		excluded := anyIntervals(t, start)
		due, err := cal.Due(start, p, excluded)
		if err != nil {
			t.Fatal(err)
		}
		d, err := cal.Derive(start, p, excluded)
		if err != nil {
			t.Fatal(err)
		}
		last := d.Days[len(d.Days)-1]
		rolled := last.Result == legaltime.DayRolledInto
		stopped := last.Result == legaltime.DayExcluded
		if d.Deadline != due || stopped != due.Stopped || rolled != due.Rolled || !stopped && last.Date != due.DueOn {
			t.Fatalf("deadline %+v, sheet ends with %+v", due, last)
		}
		provisional := false
		for i, day := range d.Days {
			if day.Date != start.AddDays(i+1) {
				t.Fatalf("day %d of the sheet is %s", i, day.Date)
			}
			provisional = provisional || !day.Announced
		}
		if provisional != due.Provisional {
			t.Errorf("deadline %+v, but the days say provisional %t", due, provisional)
		}
	})
}

// rederive computes the last day from nothing but the JSON of a derivation, as
// a program in another language would: it knows the rules of counting, not this
// package.
func rederive(raw []byte) (string, error) {
	var sheet struct {
		Period struct {
			Length int
			Unit   string
			Roll   bool `json:"roll_forward"`
		}
		Days []struct {
			Date, Result, Reason string
			Working              bool
		}
	}
	if err := json.Unmarshal(raw, &sheet); err != nil {
		return "", err
	}
	counted, made, excluded, over := 0, 0, 0, false
	months := sheet.Period.Unit == "months" || sheet.Period.Unit == "years"
	ended := false // the same-numbered day has passed
	for _, day := range sheet.Days {
		switch {
		case over && day.Result == "rolled_into" && day.Working:
			return day.Date, nil
		case over && (day.Result == "excluded" || day.Result == "skipped" && !day.Working):
			continue
		case over:
			return "", fmt.Errorf("%s is %s after the end", day.Date, day.Result)
		case day.Result == "excluded":
			if !months || !ended {
				excluded++
			}
			continue
		case day.Result == "skipped" && (sheet.Period.Unit != "working_days" || day.Working):
			return "", fmt.Errorf("%s is skipped", day.Date)
		case day.Result == "skipped":
			continue
		case sheet.Period.Unit == "working_days" && !day.Working:
			return "", fmt.Errorf("%s is counted, but a day off", day.Date)
		}
		counted++
		switch {
		case !months:
			over = counted == sheet.Period.Length
		case day.Reason == "made_up":
			made++
			over = made == excluded
			ended = true
		default:
			ended = day.Reason != "calendar_day"
			over = ended && excluded == 0
		}
		if over && (!sheet.Period.Roll || day.Working) {
			return day.Date, nil
		}
	}
	return "", nil
}

func TestTheLastDayCanBeDerivedAgainFromTheJSONAlone(t *testing.T) {
	cal := embedded(t)
	rapid.Check(t, func(t *rapid.T) {
		start, p := anyDate(t, "start"), anyPeriod(t)
		var excluded []legaltime.Interval
		if p.Unit == legaltime.WorkingDays || p.Unit == legaltime.CalendarDays {
			excluded = anyIntervals(t, start)
		}
		d, err := cal.Derive(start, p, excluded)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rederive(raw)
		if err != nil || got != d.Deadline.DueOn.String() {
			t.Errorf("from the JSON: %q, %v, want %q", got, err, d.Deadline.DueOn)
		}
	})
}

func TestDerivationInJSON(t *testing.T) {
	d, err := embedded(t).Derive(date(t, "2026-05-08"), working(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"start":"2026-05-08","period":{"length":1,"unit":"working_days"},` +
		`"deadline":{"due_on":"2026-05-09","literal_on":"2026-05-09","target_on":"2026-05-09","rolled":false,"stopped":false,` +
		`"provisional":false,"calendar":"` + shippedDigest + `"},` +
		`"days":[{"date":"2026-05-09","result":"counted","number":1,"reason":"make_up_day","working":true,"holiday":"劳动节",` +
		`"notice":"国办发明电〔2025〕7号","announced":true}],` +
		`"notices":[{"number":"国办发明电〔2025〕7号","title":"国务院办公厅关于2026年部分节假日安排的通知","issued_on":"2025-11-04",` +
		`"url":"https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON differs (-want +got):\n%s", diff)
	}
}

func TestDerivationIsBounded(t *testing.T) {
	cal := embedded(t)
	_, err := cal.Derive(date(t, "2026-05-08"), working(1), []legaltime.Interval{between(t, "2026-05-09", "2926-05-09")})
	if err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error is %v, want that the sheet has too many days", err)
	}
	if _, err := cal.Derive(date(t, "2026-05-08"), years(100), nil); err != nil {
		t.Errorf("the longest period: %v", err)
	}
	if _, err := cal.Derive(date(t, "2026-05-08"), working(36_600), nil); err != nil {
		t.Errorf("the longest period in working days: %v", err)
	}
}
