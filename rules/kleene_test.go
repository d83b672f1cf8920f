package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

const (
	yes = casefile.Pass
	no  = casefile.Block
	un  = casefile.Undetermined
)

// TestTruthTables are Kleene's tables. A rule passes when its expression is
// true, blocks when it is false, and is undetermined when it is unknown.
func TestTruthTables(t *testing.T) {
	values := []casefile.Result{yes, no, un}
	and := [3][3]casefile.Result{{yes, no, un}, {no, no, no}, {un, no, un}}
	or := [3][3]casefile.Result{{yes, yes, yes}, {yes, no, un}, {yes, un, un}}
	not := [3]casefile.Result{no, yes, un}
	if3 := func(cond, a, b casefile.Result) casefile.Result {
		switch {
		case cond == yes:
			return a
		case cond == no:
			return b
		case a == b:
			return a
		}
		return un
	}
	ask := func(j *rules.Judge, flag, other, third casefile.Result) casefile.Result {
		facts := casefile.Values{}
		for name, v := range map[string]casefile.Result{"flag": flag, "other": other, "third": third} {
			if v != un {
				facts[name] = v == yes
			}
		}
		f, err := j.Rule("one", rules.Input{Facts: facts, Today: date(t, "2024-05-06")})
		if err != nil {
			t.Fatal(err)
		}
		return f.Result
	}
	andJudge, andSign := judgeOf(t, "flag and other"), judgeOf(t, "flag && other")
	orJudge, orSign := judgeOf(t, "flag or other"), judgeOf(t, "flag || other")
	notJudge, notSign := judgeOf(t, "not flag"), judgeOf(t, "!flag")
	ifJudge := judgeOf(t, "flag ? other : third")
	for i, a := range values {
		for _, j := range []*rules.Judge{notJudge, notSign} {
			if got := ask(j, a, un, un); got != not[i] {
				t.Errorf("not %s = %s, want %s", a, got, not[i])
			}
		}
		for k, b := range values {
			for _, j := range []*rules.Judge{andJudge, andSign} {
				if got := ask(j, a, b, un); got != and[i][k] {
					t.Errorf("%s and %s = %s, want %s", a, b, got, and[i][k])
				}
			}
			for _, j := range []*rules.Judge{orJudge, orSign} {
				if got := ask(j, a, b, un); got != or[i][k] {
					t.Errorf("%s or %s = %s, want %s", a, b, got, or[i][k])
				}
			}
			for _, c := range values {
				if got := ask(ifJudge, a, b, c); got != if3(a, b, c) {
					t.Errorf("%s ? %s : %s = %s, want %s", a, b, c, got, if3(a, b, c))
				}
			}
		}
	}
}

func TestWhatIsUnknown(t *testing.T) {
	for _, tt := range []struct {
		name, require string
		facts         casefile.Values
		want          casefile.Result
		missing       []string
	}{
		{"a comparison with a missing fact", `amount > 3`, casefile.Values{}, un, []string{"amount"}},
		{"a comparison that would hold for every value", `amount == amount`, casefile.Values{}, un, []string{"amount"}},
		{"a predicate over nothing, with a missing fact", `all(list, # in more)`, casefile.Values{"list": []string{}}, un, []string{"more"}},
		{"all facts missing are named, sorted", `other or len(list) > 0 or flag`, casefile.Values{}, un, []string{"flag", "list", "other"}},
		{"what is decided without it is not named", `(flag and other) or third`, casefile.Values{"flag": false}, un, []string{"third"}},
		{"a connective inside an atom is part of the atom", `(flag and other) == third`, casefile.Values{"flag": false, "third": false}, un, []string{"other"}},
		{"a choice inside an atom, too", `(flag ? amount : 1) == 1`, casefile.Values{"flag": false}, un, []string{"amount"}},
		{"both branches of a choice agree", `flag ? amount > 1 : amount > 2`, casefile.Values{"amount": int64(5)}, yes, nil},
		{"isSet of a missing fact", `isSet(from_on)`, casefile.Values{}, un, []string{"from_on"}},
		{"isSet of a date that is not set", `isSet(from_on)`, casefile.Values{"from_on": ""}, no, nil},
		{"isSet of a date", `isSet(from_on)`, casefile.Values{"from_on": "2024-05-01"}, yes, nil},
		{"comparison with a date that is not set", `today > from_on`, casefile.Values{"from_on": ""}, un, []string{"from_on"}},
		{"equality of dates that are not set", `from_on == until_on`, casefile.Values{"from_on": "", "until_on": ""}, un, []string{"from_on", "until_on"}},
		{"difference from a date that is not set", `from_on != today`, casefile.Values{"from_on": ""}, un, []string{"from_on"}},
		{"arithmetic on a date that is not set", `today <= addWd(from_on, 3)`, casefile.Values{"from_on": ""}, un, []string{"from_on"}},
		{"guarded on the left", `not isSet(from_on) or today > from_on`, casefile.Values{"from_on": ""}, yes, nil},
		{"guarded on the right", `today > from_on or not isSet(from_on)`, casefile.Values{"from_on": ""}, yes, nil},
		{"guarded by a choice", `isSet(from_on) ? today > from_on : flag`, casefile.Values{"from_on": "", "flag": true}, yes, nil},
		{"guarded inside an atom", `(isSet(from_on) and today > from_on) == flag`, casefile.Values{"from_on": "", "flag": false}, yes, nil},
		{"last of an empty list", `last(list) == "a"`, casefile.Values{"list": []string{}}, un, []string{"list"}},
		{"last of an empty list, guarded", `len(list) > 0 and last(list) == "a"`, casefile.Values{"list": []string{}}, no, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := judgeOf(t, tt.require).Rule("one", rules.Input{Facts: tt.facts, Today: date(t, "2024-05-06")})
			if err != nil {
				t.Fatal(err)
			}
			if f.Result != tt.want {
				t.Errorf("got %s, want %s", f.Result, tt.want)
			}
			if diff := cmp.Diff(tt.missing, f.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFunctions(t *testing.T) {
	for _, tt := range []struct {
		name, require, from, until string
		want                       casefile.Result
	}{
		{"thirty days from 19 November", "calDays(from_on, until_on) == 30", "2025-11-19", "2025-12-19", yes},
		{"days backwards", "calDays(until_on, from_on) == -30", "2025-11-19", "2025-12-19", yes},
		{"working days over the Spring Festival", "workdays(from_on, until_on) == 5", "2026-02-13", "2026-02-27", yes},
		{"five working days later", "addWd(from_on, 5) == until_on", "2026-02-13", "2026-02-27", yes},
		{"calendar days later", "addCal(from_on, 30) == until_on", "2025-11-19", "2025-12-19", yes},
		{"calendar days earlier", "addCal(until_on, -7) == from_on", "2025-10-06", "2025-10-13", yes},
		{"a month from the last day of January", "addMonths(from_on, 1) == until_on", "2024-01-31", "2024-02-29", yes},
		{"a year from 29 February", "addYears(from_on, 1) == until_on", "2024-02-29", "2025-02-28", yes},
		{"rolled over the National Day", "roll(from_on) == until_on", "2025-10-01", "2025-10-09", yes},
		{"a working day is not rolled", "roll(from_on) == from_on", "2025-10-11", "", yes},
		{"the earlier", "earlier(until_on, from_on) == from_on", "2025-10-01", "2025-10-09", yes},
		{"the later", "later(until_on, from_on) == until_on", "2025-10-01", "2025-10-09", yes},
		{"strictly before", "from_on < until_on", "2025-10-01", "2025-10-01", no},
		{"not after", "from_on <= until_on", "2025-10-01", "2025-10-01", yes},
		{"not before", "from_on >= until_on", "2025-10-01", "2025-10-02", no},
		{"not the same", "from_on != until_on", "2025-10-01", "2025-10-02", yes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := judgeOf(t, tt.require).Rule("one", rules.Input{
				Facts: casefile.Values{"from_on": tt.from, "until_on": tt.until}, Today: date(t, "2024-05-06"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if f.Result != tt.want {
				t.Errorf("got %s, want %s", f.Result, tt.want)
			}
		})
	}
}

func TestAFigureOutOfRangeIsAnError(t *testing.T) {
	for _, require := range []string{
		"addCal(today, amount) > today", "addWd(today, amount) > today", "addMonths(today, amount) > today", "addYears(today, amount) > today",
		"addYears(addYears(addYears(addYears(today, 100), 100), 100), 100) > today",
	} {
		_, err := judgeOf(t, require).Rule("one", rules.Input{Facts: casefile.Values{"amount": int64(1 << 40)}, Today: date(t, "2024-05-06")})
		if err == nil {
			t.Errorf("%s was computed", require)
		}
	}
}

func TestACountInAYearThatIsNotAnnouncedIsProvisional(t *testing.T) {
	for _, tt := range []struct {
		name, require, from string
		want                bool
	}{
		{"within the calendar", "addWd(from_on, 5) > today", "2026-03-02", false},
		{"into the next year", "addWd(from_on, 20) > today", "2026-12-18", true},
		{"counted backwards over it", "workdays(today, from_on) > 0", "2027-03-01", true},
		{"rolled in it", "roll(from_on) > today", "2027-01-02", true},
		{"calendar days are not", "addCal(from_on, 60) > today", "2026-12-18", false},
		{"not counted at all", "today > from_on and workdays(today, from_on) > 0", "2027-03-01", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := judgeOf(t, tt.require).Rule("one", rules.Input{Facts: casefile.Values{"from_on": tt.from}, Today: date(t, "2026-11-02")})
			if err != nil {
				t.Fatal(err)
			}
			if f.Provisional != tt.want {
				t.Errorf("provisional is %t, want %t", f.Provisional, tt.want)
			}
		})
	}
}

func TestOnlyTheFindingThatCountsThereIsProvisional(t *testing.T) {
	got, err := demoJudge(t).Judge(rules.Input{
		Duties: []rules.Ref{"xx.demo/duties"}, Today: date(t, "2026-12-20"),
		Facts: casefile.Values{"opened_on": "2026-01-05", "decided_on": "2026-12-18", "published_on": "", "opinions": int64(2), "answered": int64(1)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if first, second := got.Duties[0], got.Duties[1]; !first.Provisional || second.Provisional {
		t.Errorf("%s is provisional: %t; %s is provisional: %t", first.Rule, first.Provisional, second.Rule, second.Provisional)
	}
}
