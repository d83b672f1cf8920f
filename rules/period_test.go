package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// withPeriod gives a pack whose rule "one" is a duty or a requirement on the
// period d.window.
func withPeriod(period, require string) map[string]string {
	files := small(require)
	files["facts.yaml"] += `added: {type: int, source: record, initial: 0, title: {zh: 延长, en: Added}}
noticed: {type: bool, source: record, initial: false, title: {zh: 已告知, en: Noticed}}
suspensions: {type: "[text]", source: engine, title: {zh: 中止, en: Suspensions}}
`
	files["rules/two.yaml"] = strings.Replace(files["rules/two.yaml"], "amount < p.days",
		`amount < p.days and added <= p.most and noticed and "x" in suspensions`, 1)
	files["parameters.yaml"] += "most:\n  - {from: 2020-01-01, value: 10, unit: 天, basis: 小规定 第八条, provenance: verified}\n"
	files["periods.yaml"] = "window:\n  title: {zh: 期限, en: Window}\n  length: days\n  basis: 小规定 第九条\n  provenance: verified\n" + period
	return files
}

const plainWindow = "  kind: minimum\n  unit: calendar_days\n  from: |\n    from_on\n"

// at judges the rule "one" on a day.
func at(t testing.TB, p *rules.Pack, today string, facts casefile.Values) casefile.Finding {
	t.Helper()
	j, err := rules.NewJudge([]*rules.Pack{p}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	facts["opened_on"] = "2024-01-02"
	f, err := j.Rule("one", rules.Input{Facts: facts, Today: date(t, today)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestARuleReadsTheLastDayOfAPeriod(t *testing.T) {
	p := load(t, withPeriod(plainWindow, "until_on >= d.window"))
	for _, tt := range []struct {
		name    string
		facts   casefile.Values
		want    casefile.Result
		missing []string
		window  any
	}{
		{"on the last day", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-21"}, casefile.Pass, nil, "2024-03-21"},
		{"a day early", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-20"}, casefile.Block, nil, "2024-03-21"},
		{"nobody knows when it began", casefile.Values{"until_on": "2024-03-20"}, casefile.Undetermined, []string{"from_on"}, nil},
		{"it has not begun", casefile.Values{"from_on": "", "until_on": "2024-03-20"}, casefile.Undetermined, []string{"from_on"}, ""},
		{"nobody knows the other date either", casefile.Values{}, casefile.Undetermined, []string{"from_on", "until_on"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := at(t, p, "2024-05-06", tt.facts)
			if f.Result != tt.want || !slices.Equal(f.Missing, tt.missing) || f.Values["d.window"] != tt.window {
				t.Errorf("%s, missing %q, window %v; want %s, %q, %v", f.Result, f.Missing, f.Values["d.window"], tt.want, tt.missing, tt.window)
			}
			if from, known := tt.facts["from_on"]; known && f.Values["from_on"] != from {
				t.Errorf("the finding shows from_on as %v", f.Values["from_on"])
			}
		})
	}
}

func TestAnExtensionCountsUpToTheMostThatIsAllowed(t *testing.T) {
	p := load(t, withPeriod(plainWindow+"  extend: {days: added, at_most: most, by: [drafter], notice: noticed, basis: 小规定 第十条}\n", "until_on >= d.window"))
	for added, want := range map[int64]string{0: "2024-03-21", 4: "2024-03-25", 10: "2024-03-31", 11: "2024-03-31", -3: "2024-03-21"} {
		f := at(t, p, "2024-05-06", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-21", "added": added})
		if f.Values["d.window"] != want {
			t.Errorf("extended by %d: %v, want %s", added, f.Values["d.window"], want)
		}
	}
	f := at(t, p, "2024-05-06", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-21"})
	if f.Result != casefile.Undetermined || !slices.Equal(f.Missing, []string{"added"}) {
		t.Errorf("nobody knows of an extension: %s, missing %q", f.Result, f.Missing)
	}
}

func TestTheClockStandsStillDuringASuspension(t *testing.T) {
	p := load(t, withPeriod(plainWindow+"  stops: [{at: suspension, basis: 小规定 第十一条}]\n", "until_on >= d.window"))
	for _, tt := range []struct {
		name        string
		suspensions []string
		want        any
		missing     []string
	}{
		{"never", []string{}, "2024-03-21", nil},
		{"three days", []string{"2024-03-05/2024-03-07"}, "2024-03-24", nil},
		{"twice, once before it began", []string{"2024-02-01/2024-02-10", "2024-03-05/2024-03-05"}, "2024-03-22", nil},
		{"still", []string{"2024-03-10/"}, nil, []string{"suspensions"}},
		{"only after the last day", []string{"2024-04-10/"}, "2024-03-21", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := at(t, p, "2024-05-06", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-21", "suspensions": tt.suspensions})
			if f.Values["d.window"] != tt.want || !slices.Equal(f.Missing, tt.missing) {
				t.Errorf("%v, missing %q; want %v, %q", f.Values["d.window"], f.Missing, tt.want, tt.missing)
			}
		})
	}
}

// TestSuspensionsShiftTheLastDayByTheDaysTheyTook suspends and resumes at random
// and counts the days of standstill by hand.
func TestSuspensionsShiftTheLastDayByTheDaysTheyTook(t *testing.T) {
	p := load(t, withPeriod(plainWindow+"  stops: [{at: suspension, basis: 小规定 第十一条}]\n", "until_on >= d.window"))
	start := date(t, "2024-03-01")
	rapid.Check(t, func(rt *rapid.T) {
		stopped := map[int]bool{}
		var suspensions []string
		for range rapid.IntRange(0, 5).Draw(rt, "suspensions") {
			from, length := rapid.IntRange(-5, 40).Draw(rt, "from"), rapid.IntRange(0, 9).Draw(rt, "length")
			suspensions = append(suspensions, fmt.Sprintf("%s/%s", start.AddDays(from), start.AddDays(from+length)))
			for day := from; day <= from+length; day++ {
				stopped[day] = true
			}
		}
		left, day := 20, 0
		for left > 0 {
			if day++; !stopped[day] {
				left--
			}
		}
		f := at(t, p, "2024-05-06", casefile.Values{"from_on": "2024-03-01", "until_on": "2024-03-21", "suspensions": suspensions})
		if want := start.AddDays(day).String(); f.Values["d.window"] != want {
			rt.Fatalf("suspended %q: %v, counted by hand %s", suspensions, f.Values["d.window"], want)
		}
	})
}

func TestADutyRemindsInWorkingDaysBeforeItsLastDay(t *testing.T) {
	files := withPeriod("  kind: maximum\n  unit: working_days\n  remind: [1, 5]\n  from: |\n    from_on\n", "flag")
	files["rules/one.yaml"] = strings.NewReplacer("effect: block", "effect: duty", "  require: |\n    flag\n", "  met: |\n    flag\n  due: |\n    d.window\n").Replace(files["rules/one.yaml"])
	files["pack.yaml"] = packYAML("{id: gate, question: {zh: 可以吗, en: May it}, rules: [all]}\n  - {id: duties, question: {zh: 义务, en: Duties}, rules: [one]}")
	f := at(t, load(t, files), "2024-09-10", casefile.Values{"from_on": "2024-09-03", "flag": false})
	// Twenty working days after 2024-09-03, with the make-up days of the Mid-Autumn
	// and National Day holidays: 4–6, 9–14, 18–20, 23–27, 29 and 30 September, 8 October.
	if f.Due != date(t, "2024-10-08") {
		t.Errorf("due %s, want 2024-10-08", f.Due)
	}
	want := []legaltime.Date{date(t, "2024-09-25"), date(t, "2024-09-30")}
	if diff := cmp.Diff(want, f.RemindOn, equalDates); diff != "" {
		t.Errorf("reminders (-want +got):\n%s", diff)
	}
}

func TestPeriodsSayWhatTheyWereCountedFrom(t *testing.T) {
	p := load(t, withPeriod(plainWindow+"  when: |\n    flag\n  roll_forward: 小规定 第十二条\n", "until_on >= d.window"))
	j, err := rules.NewJudge([]*rules.Pack{p}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	// The twentieth day after 2024-04-12 is 2024-05-02, in the Labour Day holiday.
	got, err := j.Periods(rules.Input{Today: date(t, "2024-05-06"), Facts: casefile.Values{"opened_on": "2024-01-02", "from_on": "2024-04-12"}})
	if err != nil {
		t.Fatal(err)
	}
	x := got[0]
	if x.Runs != casefile.Undetermined || !slices.Equal(x.Missing, []string{"flag"}) {
		t.Errorf("runs %s, missing %q; want undetermined for want of flag", x.Runs, x.Missing)
	}
	if x.From != date(t, "2024-04-12") || x.Due.LiteralOn != date(t, "2024-05-02") || x.Due.DueOn != date(t, "2024-05-06") {
		t.Errorf("from %s, literally until %s, rolled to %s", x.From, x.Due.LiteralOn, x.Due.DueOn)
	}
}

func TestPeriodsAreReadStrictly(t *testing.T) {
	for _, tt := range []struct{ name, period, require, want string }{
		{"no such parameter", strings.Replace(plainWindow, "  kind", "  remind: [0]\n  kind", 1), "until_on >= d.window", "periods.yaml:6:12: period window: remind: want working days"},
		{"a unit that is none", strings.Replace(plainWindow, "calendar_days", "days", 1), "until_on >= d.window", `unit "days": want calendar_days, working_days, months or years`},
		{"a start that is no date", strings.Replace(plainWindow, "    from_on", "    amount", 1), "until_on >= d.window", "periods.yaml:9:5: period window: from: want date, got int"},
		{"an unknown fact", strings.Replace(plainWindow, "    from_on", "    begun_on", 1), "until_on >= d.window", "period window: from: unknown fact begun_on"},
		{"nobody reads it", plainWindow, "flag", "periods.yaml:1:1: period window is read by no rule"},
		{"nobody watches it", strings.Replace(plainWindow, "minimum", "maximum", 1), "until_on >= d.window", "nothing watches it"},
		{"days that are no number", plainWindow + "  extend: {days: flag, at_most: days, by: [drafter], notice: flag, basis: 小规定 第十条}\n", "until_on >= d.window", "days: flag is not a fact of type int"},
		{"a lapse without an article", plainWindow + "  lapse: {}\n", "until_on >= d.window", "lapse: basis is missing"},
		{"recalled, and it blocks", strings.Replace(plainWindow, "  kind", "  note: x\n  kind", 1), "until_on >= d.window", `unknown key "note"`},
		{"an unknown period", plainWindow, "until_on >= d.windows", "rules/one.yaml:6:19: rule one: require: unknown period d.windows"},
		{"a period compared with a number", plainWindow, "d.window > 3", "date cannot be compared with int"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := rules.LoadPack(packFiles(withPeriod(tt.period, tt.require)), ".")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got\n%v\nwant it to hold\n%s", err, tt.want)
			}
		})
	}
}

func TestAnExtensionIsGuardedByARuleThatBlocks(t *testing.T) {
	files := withPeriod(plainWindow+"  extend: {days: added, at_most: most, by: [drafter], notice: noticed, basis: 小规定 第十条}\n", "until_on >= d.window")
	load(t, files) // the rule "all" guards it
	files["rules/two.yaml"] = strings.Replace(files["rules/two.yaml"], "effect: block", "effect: warn", 1)
	_, err := rules.LoadPack(packFiles(files), ".")
	want := "periods.yaml:1:1: period window: no blocking rule guards its extension: one must read added, p.most and noticed"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got\n%v\nwant it to hold\n%s", err, want)
	}
}
