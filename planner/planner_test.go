package planner_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func date(t testing.TB, s string) legaltime.Date {
	t.Helper()
	d, err := legaltime.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// decision gives a planner of the shipped major decision, with overlays.
func decision(t testing.TB, overlays ...string) *planner.Planner {
	t.Helper()
	p, _ := decisionOf(t, overlays...)
	return p
}

// decisionOf gives the planner with its definition.
func decisionOf(t testing.TB, overlays ...string) (*planner.Planner, *procedure.Definition) {
	t.Helper()
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		d, err := procedure.Load(s.Name, s.Content)
		if err != nil {
			t.Fatal(err)
		}
		if d.Name() != "cn.major-decision@2019" {
			continue
		}
		var packs []*rules.Pack
		for _, name := range append(d.Packs, overlays...) {
			for _, p := range shipped {
				if p.Name() == name {
					packs = append(packs, p)
				}
			}
		}
		p, err := planner.New(d, packs, calendar)
		if err != nil {
			t.Fatal(err)
		}
		return p, d
	}
	t.Fatal("the major decision is not shipped")
	return nil, nil
}

func TestTheDecisionWaitsForCommentAndReview(t *testing.T) {
	for _, tt := range []struct {
		name, from, closes, review, decision string
		question                             planner.Question
		provisional                          bool
	}{
		{name: "across the Spring Festival, with a make-up Saturday", from: "2026-01-05",
			closes: "2026-02-05", review: "2026-02-14", decision: "2026-02-14"},
		{name: "the days off in between are not counted", from: "2026-01-09",
			closes: "2026-02-09", review: "2026-02-25", decision: "2026-02-25"},
		{name: "into a year that is not announced", from: "2026-12-01",
			closes: "2027-01-01", review: "2027-01-12", decision: "2027-01-12", provisional: true},
		{name: "without open comment", from: "2026-01-05", closes: "2026-01-05", review: "2026-01-14", decision: "2026-01-14",
			question: planner.Question{Leave: []string{"participation.open"}}},
		{name: "a window that is announced to be longer", from: "2026-01-05", closes: "2026-03-02", review: "2026-03-11", decision: "2026-03-11",
			question: planner.Question{Assume: casefile.Values{"comment_open_on": "2026-01-05", "comment_close_on": "2026-03-01"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.question.From = date(t, tt.from)
			plan, err := decision(t).Forward(tt.question)
			if err != nil {
				t.Fatal(err)
			}
			participation, _ := plan.Step("participation")
			review, _ := plan.Step("legality_review")
			got := []string{participation.Conclude.String(), review.Conclude.String(), plan.Decision.String()}
			if diff := cmp.Diff([]string{tt.closes, tt.review, tt.decision}, got); diff != "" {
				t.Errorf("dates (-want +got):\n%s", diff)
			}
			if plan.Provisional != tt.provisional {
				t.Errorf("provisional %t, want %t", plan.Provisional, tt.provisional)
			}
		})
	}
}

func TestTheCriticalPathNamesEachWaitWithItsArticle(t *testing.T) {
	plan, err := decision(t).Forward(planner.Question{From: date(t, "2026-01-05")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range plan.Critical {
		got = append(got, strings.Join([]string{w.Period, w.From.String(), fmt.Sprint(w.Length.Length, " ", w.Length.Unit), w.Last.String(), w.Until.String(), w.Basis}, " | "))
	}
	want := []string{
		"cn.713/comment_window | 2026-01-05 | 30 calendar_days | 2026-02-04 | 2026-02-05 | 国务院令第713号 第十五条第一款",
		"cn.713/legality_review_time | 2026-02-05 | 7 working_days | 2026-02-14 | 2026-02-14 | 国务院令第713号 第二十六条第二款",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("critical path (-want +got):\n%s", diff)
	}
	for _, s := range plan.Steps {
		if aside := s.Block != "" && s.ID != "participation"; s.Critical == aside {
			t.Errorf("step %s: critical %t", s.ID, s.Critical)
		}
	}
}

func TestDiscretionaryStepsCountUntilSomebodyKnows(t *testing.T) {
	for _, tt := range []struct {
		name     string
		question planner.Question
		want     planner.Required
		assumed  bool
	}{
		{"nobody knows", planner.Question{}, planner.RequiredAssumed, true},
		{"left out", planner.Question{Leave: []string{"expert_argument"}}, planner.NotAssumed, true},
		{"the facts say so", planner.Question{Assume: casefile.Values{"highly_technical": true}}, planner.RequiredByFacts, false},
		{"the facts say no", planner.Question{Assume: casefile.Values{"highly_technical": false}}, planner.NotRequired, false},
		{"the facts say so, whatever is left out",
			planner.Question{Assume: casefile.Values{"highly_technical": true}, Leave: []string{"expert_argument"}}, planner.RequiredByFacts, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.question.From = date(t, "2026-01-05")
			plan, err := decision(t).Forward(tt.question)
			if err != nil {
				t.Fatal(err)
			}
			if s, _ := plan.Step("expert_argument"); s.Required != tt.want {
				t.Errorf("required: %s, want %s", s.Required, tt.want)
			}
			assumed := slices.ContainsFunc(plan.Assumptions, func(a planner.Assumption) bool { return a.Name == "expert_argument" })
			if assumed != tt.assumed {
				t.Errorf("noted as an assumption: %t, want %t", assumed, tt.assumed)
			}
		})
	}
}

func TestEveryOutcomeThatLeadsForwardCanBeSupposed(t *testing.T) {
	p, def := decisionOf(t)
	for i, s := range def.Steps {
		for _, out := range s.Outcomes {
			there := slices.IndexFunc(def.Steps, func(x procedure.Step) bool { return x.ID == out.To })
			if there <= i && out.To != procedure.Join && !def.IsEnd(out.To) {
				continue
			}
			plan, err := p.Forward(planner.Question{From: date(t, "2026-01-05"), Outcomes: map[string]string{s.ID: out.Is}})
			if err != nil {
				t.Errorf("%s ends as %s: %v", s.ID, out.Is, err)
				continue
			}
			if at, ok := plan.Step(s.ID); ok && at.Outcome != out.Is {
				t.Errorf("%s is planned to end as %s, not as %s", s.ID, at.Outcome, out.Is)
			}
			if plan.End.IsZero() {
				t.Errorf("%s ends as %s: no end", s.ID, out.Is)
			}
		}
	}
}

func TestTheLatestStartForAWishedDecision(t *testing.T) {
	plan, err := decision(t).Backward(planner.Question{}, "", date(t, "2026-02-20"))
	if err != nil {
		t.Fatal(err)
	}
	// One day later the review would end on the first working day after the festival.
	if plan.From.String() != "2026-01-05" || plan.Decision.String() != "2026-02-14" {
		t.Errorf("start %s, decision %s", plan.From, plan.Decision)
	}
}

func TestQuestionsThatMakeNoSenseAreRefused(t *testing.T) {
	many := casefile.Values{}
	for i := range planner.MaxAssumptions + 1 {
		many[fmt.Sprint("f", i)] = true
	}
	for name, q := range map[string]planner.Question{
		"no first day":                {},
		"a first day far away":        {From: date(t, "2999-01-01")},
		"before the law is in force":  {From: date(t, "2019-01-01")},
		"an unknown fact":             {From: date(t, "2026-01-05"), Assume: casefile.Values{"nonsense": true}},
		"a fact of the wrong type":    {From: date(t, "2026-01-05"), Assume: casefile.Values{"highly_technical": "yes"}},
		"too many assumptions":        {From: date(t, "2026-01-05"), Assume: many},
		"an unknown outcome":          {From: date(t, "2026-01-05"), Outcomes: map[string]string{"study": "lawful"}},
		"one beside others goes back": {From: date(t, "2026-01-05"), Outcomes: map[string]string{"participation": "rework"}},
		"an act that ends a step":     {From: date(t, "2026-01-05"), Do: []string{"study.conclude"}},
		"an act that there is not":    {From: date(t, "2026-01-05"), Do: []string{"study.dream"}},
		"done and left out":           {From: date(t, "2026-01-05"), Do: []string{"participation.close_hearing"}, Leave: []string{"participation.close_hearing"}},
		"an obligatory step left out": {From: date(t, "2026-01-05"), Leave: []string{"legality_review"}},
		"a window of a century":       {From: date(t, "2026-01-05"), Assume: casefile.Values{"comment_open_on": "2026-01-05", "comment_close_on": "2126-01-05"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decision(t).Forward(q); !errors.Is(err, casefile.ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A review that sends the draft back opens a second round of what stands before it; the
// periods run again, from then on.
func TestAMatterThatIsSentBackOnce(t *testing.T) {
	from := date(t, "2026-01-05")
	usual, err := decision(t).Forward(planner.Question{From: from})
	if err != nil {
		t.Fatal(err)
	}
	for _, back := range []struct{ step, outcome, to string }{
		{"submission_check", "to-drafting", "drafting"}, {"submission_check", "to-opinions", "participation"}, {"submission_check", "to-review", "legality_review"}, {"deliberation", "redeliberate", "deliberation"}, {"study", "more", "study"},
	} {
		plan, err := decision(t).Forward(planner.Question{From: from, Outcomes: map[string]string{back.step: back.outcome}})
		if err != nil {
			t.Errorf("%s: %v", back.outcome, err)
			continue
		}
		var rounds []planner.Step
		for _, s := range plan.Steps {
			if s.ID == back.to {
				rounds = append(rounds, s)
			}
		}
		if len(rounds) != 2 || rounds[0].Round != 0 || rounds[1].Round != 2 || rounds[1].Enter.Before(rounds[0].Conclude) || plan.Decision.Before(usual.Decision) {
			t.Errorf("%s: rounds %+v, decision %s, usually %s", back.outcome, rounds, plan.Decision, usual.Decision)
		}
		if !slices.ContainsFunc(plan.Assumptions, func(a planner.Assumption) bool {
			return a.Name == back.step && strings.Contains(a.Text.EN, "send the matter back once")
		}) {
			t.Errorf("%s: the plan does not say that it is supposed", back.outcome)
		}
		if back.to == "drafting" || back.to == "participation" {
			if window := usual.Decision.DaysUntil(plan.Decision); window < 30 {
				t.Errorf("%s: a second comment window lets the decision come %d days later", back.outcome, window)
			}
		}
	}
	twice, err := decision(t).Forward(planner.Question{From: from, Outcomes: map[string]string{"submission_check": "to-opinions", "deliberation": "rework"}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, s := range twice.Steps {
		if s.ID == "participation" {
			n++
		}
	}
	if n != 3 {
		t.Errorf("sent back from two steps, the public is heard %d times", n)
	}
}

// A hearing takes its time only where it is supposed to be held.
func TestAHearingIsPlannedWhereItIsSupposed(t *testing.T) {
	from := date(t, "2026-01-05")
	usual, err := decision(t).Forward(planner.Question{From: from})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := decision(t).Forward(planner.Question{From: from, Do: []string{"participation.close_hearing"}})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := usual.Step("participation")
	after, _ := heard.Step("participation")
	waits := func(s planner.Step) (n int) {
		for _, w := range s.Waits {
			if strings.Contains(w.Act, "hearing") {
				n++
			}
		}
		return n
	}
	if waits(before) != 0 || waits(after) == 0 || after.Conclude.Before(before.Conclude) {
		t.Errorf("without: %d waits, %s; with: %d waits, %s", waits(before), before.Conclude, waits(after), after.Conclude)
	}
}

// Why a step is required, or not, is told rule by rule.
func TestAPlanSaysWhatTheRulesWereAsked(t *testing.T) {
	plan, err := decision(t).Forward(planner.Question{From: date(t, "2026-01-05"), Assume: casefile.Values{"highly_technical": true}})
	if err != nil {
		t.Fatal(err)
	}
	expert, _ := plan.Step("expert_argument")
	if expert.Required != planner.RequiredByFacts || len(expert.Asked) == 0 || expert.Asked[0].Result != casefile.Pass || !strings.Contains(expert.Asked[0].Basis, "第十九条") {
		t.Errorf("%s: %+v", expert.Required, expert.Asked)
	}
	if study, _ := plan.Step("drafting"); len(study.Asked) != 0 {
		t.Errorf("of a step that is always required the rules are asked: %+v", study.Asked)
	}
}
