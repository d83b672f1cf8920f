package rules_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func demoJudge(t testing.TB) *rules.Judge {
	t.Helper()
	j, err := rules.NewJudge([]*rules.Pack{demo(t)}, calendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func date(t testing.TB, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// submittable are facts with which the gates close_comment and submit open.
func submittable() casefile.Values {
	return casefile.Values{
		"opened_on": "2024-01-02", "stage_entered_on": "2024-03-01", "stall_reason": "",
		"comment_open_on": "2024-03-01", "comment_close_on": "2024-04-01", "short_reason": "",
		"may_harm": false, "risk_filed": false, "risk_level": "none",
		"required": []string{"草案"}, "filed": []string{"草案", "说明"},
		"members_total": int64(9), "members_present": int64(5),
		"review_from": "2024-04-01", "review_until": "2024-04-30",
	}
}

func with(facts casefile.Values, name string, value any) casefile.Values {
	facts[name] = value
	return facts
}

func without(facts casefile.Values, name string) casefile.Values {
	delete(facts, name)
	return facts
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name    string
		facts   casefile.Values
		reasons map[string]string
		want    casefile.Result
		hinder  []string
	}{
		{name: "all rules are met", facts: submittable(), want: casefile.Pass},
		{name: "one blocking rule is not met", facts: with(submittable(), "filed", []string{}), want: casefile.Block, hinder: []string{"papers-complete"}},
		{name: "a missing fact never decides", facts: without(submittable(), "may_harm"), want: casefile.Undetermined, hinder: []string{"risk-done"}},
		{name: "what blocks counts more than what is missing", facts: with(without(submittable(), "may_harm"), "filed", []string{}), want: casefile.Block, hinder: []string{"risk-done", "papers-complete"}},
		{name: "a warning without a reason blocks", facts: with(submittable(), "members_present", int64(4)), want: casefile.Block, hinder: []string{"quorum"}},
		{name: "a recorded reason lifts a warning", facts: with(submittable(), "members_present", int64(4)), reasons: map[string]string{"quorum": "两人出差，已书面同意"}, want: casefile.Pass},
		{name: "a blank reason is no reason", facts: with(submittable(), "members_present", int64(4)), reasons: map[string]string{"quorum": " \t　"}, want: casefile.Block, hinder: []string{"quorum"}},
		{name: "a warning that misses a fact leaves the gate undetermined", facts: without(submittable(), "members_present"), want: casefile.Undetermined, hinder: []string{"quorum"}},
		{name: "a recorded reason lifts it, too", facts: without(submittable(), "members_present"), reasons: map[string]string{"quorum": "签到表遗失"}, want: casefile.Pass},
		{name: "a date that is not set leaves the rule undetermined", facts: with(submittable(), "review_until", ""), want: casefile.Undetermined, hinder: []string{"review-time"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := demoJudge(t).Judge(rules.Input{
				Gates: []rules.Ref{"xx.demo/submit"}, Facts: tt.facts, Reasons: tt.reasons, Today: date(t, "2024-05-06"),
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict.Result != tt.want {
				t.Errorf("got %s, want %s", got.Verdict.Result, tt.want)
			}
			var hinder []string
			for _, f := range got.Verdict.Hindering() {
				hinder = append(hinder, f.Rule)
			}
			if diff := cmp.Diff(tt.hinder, hinder); diff != "" {
				t.Errorf("hindering rules (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFindingsComeInTheOrderAskedAndOnce(t *testing.T) {
	got, err := demoJudge(t).Judge(rules.Input{
		Gates: []rules.Ref{"xx.demo/submit", "xx.demo/close_comment"}, Facts: submittable(), Today: date(t, "2024-04-10"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range got.Verdict.Findings {
		found = append(found, f.Gate+" "+f.Rule)
	}
	want := []string{
		"xx.demo/submit window-elapsed", "xx.demo/submit risk-done", "xx.demo/submit papers-complete",
		"xx.demo/submit quorum", "xx.demo/submit review-time",
		"xx.demo/close_comment comment-period", "xx.demo/close_comment stall",
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"xx.demo/submit", "xx.demo/close_comment"}, got.Verdict.Gates); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
}

func TestAFindingTellsEverything(t *testing.T) {
	got, err := demoJudge(t).Rule("xx.demo/comment-period", rules.Input{
		Facts: casefile.Values{"opened_on": "2024-01-02", "comment_open_on": "2024-03-29", "comment_close_on": "2024-04-10", "short_reason": "", "cost": 1.5},
		Today: date(t, "2024-05-06"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := casefile.Finding{
		Gate: "xx.demo/close_comment", Rule: "comment-period", Effect: casefile.EffectBlock, Result: casefile.Block,
		Values: casefile.Values{
			"comment_open_on": "2024-03-29", "comment_close_on": "2024-04-10", "short_reason": "", "p.comment_days": int64(30),
		},
		Basis:   "示例规定 第三条第一款",
		Message: casefile.Text{ZH: "征求意见期限不足，又未说明理由", EN: "The period of comment is too short and no reason is given"},
		Remedy:  casefile.Text{ZH: "延长期限，或者在公告中说明理由", EN: "Lengthen the period or give the reason in the notice"},
		Due:     date(t, "2024-04-28"),
	}
	if diff := cmp.Diff(want, got, equalDates); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestThreeAnswersOfAnApplicabilityGate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts casefile.Values
		want  casefile.Result
	}{
		{name: "one ground suffices", facts: casefile.Values{"highly_technical": true}, want: casefile.Pass},
		{name: "no ground", facts: casefile.Values{"highly_technical": false, "cost": 3.0}, want: casefile.Block},
		{name: "one ground is not determined", facts: casefile.Values{"highly_technical": false}, want: casefile.Undetermined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := demoJudge(t).Judge(rules.Input{Applies: []rules.Ref{"xx.demo/expert_applies"}, Facts: tt.facts, Today: date(t, "2024-05-06")})
			if err != nil {
				t.Fatal(err)
			}
			if v := got.Applies["xx.demo/expert_applies"]; v.Result != tt.want {
				t.Errorf("got %s, want %s", v.Result, tt.want)
			}
			if got.Verdict.Result != casefile.Pass || len(got.Verdict.Findings) != 0 {
				t.Errorf("no gate was asked, got %v", got.Verdict)
			}
		})
	}
}

func TestDuties(t *testing.T) {
	for _, tt := range []struct {
		name, today string
		facts       casefile.Values
		want        casefile.Result
		due         string
		met         bool
		missing     []string
	}{
		{name: "not yet arisen", today: "2024-03-01", facts: casefile.Values{"decided_on": "", "published_on": ""}, want: casefile.Pass},
		{name: "open and in time", today: "2024-03-29", facts: casefile.Values{"decided_on": "2024-03-01", "published_on": ""}, want: casefile.Pass, due: "2024-03-29"},
		{name: "the due date has passed", today: "2024-03-30", facts: casefile.Values{"decided_on": "2024-03-01", "published_on": ""}, want: casefile.Block, due: "2024-03-29"},
		{name: "performed", today: "2024-03-30", facts: casefile.Values{"decided_on": "2024-03-01", "published_on": "2024-03-04"}, want: casefile.Pass, due: "2024-03-29", met: true},
		{name: "whether it exists is unknown", today: "2024-03-30", facts: casefile.Values{"published_on": ""}, want: casefile.Undetermined, missing: []string{"decided_on"}},
		{name: "whether it was performed is unknown, and the time is over", today: "2024-03-30", facts: casefile.Values{"decided_on": "2024-03-01"}, want: casefile.Undetermined, due: "2024-03-29", missing: []string{"published_on"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.facts["opened_on"] = "2024-01-02"
			tt.facts["opinions"], tt.facts["answered"] = int64(0), int64(0)
			got, err := demoJudge(t).Judge(rules.Input{Duties: []rules.Ref{"xx.demo/duties"}, Facts: tt.facts, Today: date(t, tt.today)})
			if err != nil {
				t.Fatal(err)
			}
			f := got.Duties[0]
			if f.Rule != "publish-timely" || f.Result != tt.want || f.Due.String() != tt.due || f.Met != tt.met {
				t.Errorf("got %+v", f)
			}
			if diff := cmp.Diff(tt.missing, f.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheLawOfTheDayOfOpeningCounts(t *testing.T) {
	for _, tt := range []struct {
		name, opened string
		rule         string
		facts        casefile.Values
		want         casefile.Result
		missing      []string
	}{
		{name: "old figure on the last day of the old law", opened: "2024-06-30", rule: "comment-period", facts: twentyDays(), want: casefile.Block},
		{name: "new figure on the first day of the new law", opened: "2024-07-01", rule: "comment-period", facts: twentyDays(), want: casefile.Pass},
		{name: "without the day there is no figure", rule: "comment-period", facts: twentyDays(), want: casefile.Undetermined, missing: []string{"opened_on"}},
		{name: "old version of the rule", opened: "2022-12-31", rule: "fee-level", facts: casefile.Values{"cost": 90.0}, want: casefile.Pass},
		{name: "new version of the rule", opened: "2023-01-01", rule: "fee-level", facts: casefile.Values{"cost": 90.0, "risk_level": "low"}, want: casefile.Block},
		{name: "without the day there is no version", rule: "fee-level", facts: casefile.Values{"cost": 10.0, "risk_level": "low"}, want: casefile.Undetermined, missing: []string{"opened_on"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.opened != "" {
				tt.facts["opened_on"] = tt.opened
			}
			got, err := demoJudge(t).Rule(tt.rule, rules.Input{Facts: tt.facts, Today: date(t, "2024-09-02")})
			if err != nil {
				t.Fatal(err)
			}
			if got.Result != tt.want {
				t.Errorf("got %s, want %s", got.Result, tt.want)
			}
			if diff := cmp.Diff(tt.missing, got.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func twentyDays() casefile.Values {
	return casefile.Values{"comment_open_on": "2024-07-02", "comment_close_on": "2024-07-22", "short_reason": ""}
}

func TestWhatIsAskedWrongly(t *testing.T) {
	ok := rules.Input{Gates: []rules.Ref{"xx.demo/submit"}, Facts: submittable(), Today: date(t, "2024-05-06")}
	for _, tt := range []struct {
		name   string
		change func(*rules.Input)
		want   string
	}{
		{"no date", func(in *rules.Input) { in.Today = legaltime.Date{} }, "without a date"},
		{"unknown pack", func(in *rules.Input) { in.Gates = []rules.Ref{"xx.other/submit"} }, "no such rule pack"},
		{"unknown gate", func(in *rules.Input) { in.Gates = []rules.Ref{"xx.demo/nothing"} }, "not in xx.demo@2020"},
		{"a gate of duties asked for admission", func(in *rules.Input) { in.Gates = []rules.Ref{"xx.demo/duties"} }, "of kind duties"},
		{"a gate of admission asked for duties", func(in *rules.Input) { in.Duties = []rules.Ref{"xx.demo/submit"} }, "of kind admission"},
		{"a gate of admission asked whether a step applies", func(in *rules.Input) { in.Applies = []rules.Ref{"xx.demo/submit"} }, "of kind admission"},
		{"fact of the wrong type", func(in *rules.Input) { in.Facts = casefile.Values{"may_harm": "yes"} }, `fact may_harm: want bool, got text "yes"`},
		{"fact that is null", func(in *rules.Input) { in.Facts = casefile.Values{"may_harm": nil} }, "fact may_harm: want bool, got nothing"},
		{"date that is none", func(in *rules.Input) { in.Facts = casefile.Values{"decided_on": "2024-02-30"} }, "fact decided_on"},
		{"enum that is none", func(in *rules.Input) { in.Facts = casefile.Values{"risk_level": "huge"} }, "fact risk_level"},
		{"pack not in force", func(in *rules.Input) { in.Facts = casefile.Values{"opened_on": "2019-12-31"} }, "not in force on 2019-12-31"},
		{"reason for a rule that blocks", func(in *rules.Input) { in.Reasons = map[string]string{"papers-complete": "理由"} }, "does not warn"},
		{"reason for a rule that was not asked", func(in *rules.Input) { in.Reasons = map[string]string{"stall": "理由"} }, "does not warn"},
		{"reason without end", func(in *rules.Input) { in.Reasons = map[string]string{"quorum": strings.Repeat("长", 4001)} }, "longer than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := ok
			tt.change(&in)
			_, err := demoJudge(t).Judge(in)
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an invalid input with %q", err, tt.want)
			}
		})
	}
	if _, err := demoJudge(t).Rule("no-such-rule", ok); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("unknown rule: got %v", err)
	}
}

func TestPacksThatDoNotGoTogether(t *testing.T) {
	p := demo(t)
	if _, err := rules.NewJudge([]*rules.Pack{p, p}, calendar(t)); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("the same pack twice: got %v", err)
	}
	if _, err := rules.NewJudge([]*rules.Pack{p}, nil); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("no calendar: got %v", err)
	}
}

func TestValuesFromJSONAreTheSameFacts(t *testing.T) {
	in := rules.Input{Gates: []rules.Ref{"xx.demo/submit"}, Facts: submittable(), Today: date(t, "2024-05-06")}
	encoded, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var decoded rules.Input
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	first, err := demoJudge(t).Judge(in)
	if err != nil {
		t.Fatal(err)
	}
	second, err := demoJudge(t).Judge(decoded)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second, equalDates); diff != "" {
		t.Errorf("(-built +decoded):\n%s", diff)
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	j := demoJudge(t)
	in := rules.Input{
		Gates:   []rules.Ref{"xx.demo/submit", "xx.demo/close_comment"},
		Applies: []rules.Ref{"xx.demo/expert_applies"}, Duties: []rules.Ref{"xx.demo/duties"},
		Facts: without(submittable(), "may_harm"), Today: date(t, "2026-12-30"),
	}
	var want string
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				got, err := j.Judge(in)
				if err != nil {
					t.Error(err)
					return
				}
				b, err := json.Marshal(got)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if want == "" {
					want = string(b)
				}
				if string(b) != want {
					t.Errorf("got %s\nwant %s", b, want)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}
