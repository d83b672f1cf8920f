package scenario_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
)

// engine answers every act as it is told, and moves the clock.
type engine struct {
	opened, answer scenario.Outcome
	clock          casefile.EntryKind
	after          casefile.Case
	acts           []casefile.Act
	broken         error
}

func (e *engine) Upload(context.Context, string, string, []byte) (casefile.Digest, error) {
	return "digest-of-the-draft", e.broken
}

func (e *engine) Open(_ context.Context, o scenario.OpenRequest) (scenario.Outcome, error) {
	got := e.opened
	if got.Entry.Kind == "" && got.Refusal == nil {
		got.Entry.Kind = casefile.EntryOpened
	}
	got.Case = e.after
	got.Case.ID, got.Case.Today = "case", o.Starts
	return got, nil
}

func (e *engine) Act(_ context.Context, _ casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	e.acts = append(e.acts, act)
	c := e.after
	c.ID = "case"
	c.Today, _ = legaltime.ParseDate("2024-03-29")
	if act.Kind == "case.advance" {
		c.Today, _ = legaltime.ParseDate(act.With["to"].(string))
		return scenario.Outcome{Entry: casefile.Entry{Kind: e.clock}, Case: c}, nil
	}
	got := e.answer
	got.Case = c
	return got, nil
}

const oneAct = `scenario: 一项行为
procedure: cn.major-decision@2019
organ: 示例区政府
starts: 2024-03-01
people:
  drafter: {name: 承办人, roles: [drafter]}
matter: {title: 方案, category: policy}
documents:
  draft: {title: 草案, text: 内容}
acts:
  - {on: 2024-03-29, by: drafter, do: participation.open, with: {draft: "doc:draft", papers: ["doc:draft"]}, expect: EXPECT}
ENDS`

func script(t *testing.T, expect, ends string) *scenario.Scenario {
	t.Helper()
	src := strings.NewReplacer("EXPECT", expect, "ENDS", ends).Replace(oneAct)
	s, err := scenario.Parse("a.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func blocked(findings ...casefile.Finding) scenario.Outcome {
	return scenario.Outcome{Entry: casefile.Entry{Kind: casefile.EntryBlocked,
		Verdict: &casefile.Verdict{Result: casefile.Block, Findings: findings}}}
}

var (
	admitted = scenario.Outcome{Entry: casefile.Entry{Kind: casefile.EntryAct}}
	refused  = scenario.Outcome{Refusal: &casefile.Refusal{Code: casefile.RefusedBadValue, Message: casefile.Text{ZH: "不对", EN: "bad"}}}
	unmet    = casefile.Finding{Rule: "r", Effect: casefile.EffectBlock, Result: casefile.Block}
	unknown  = casefile.Finding{Rule: "u", Effect: casefile.EffectBlock, Result: casefile.Undetermined, Missing: []string{"f"}}
	warning  = casefile.Finding{Rule: "w", Effect: casefile.EffectWarn, Result: casefile.Block}
)

func TestEachExpectationIsComparedWithWhatCame(t *testing.T) {
	for _, tt := range []struct {
		expect string
		got    scenario.Outcome
		want   string // part of the problem; empty: as expected
	}{
		{"accepted", admitted, ""},
		{"accepted", blocked(unmet), "was blocked: blocked: r"},
		{"accepted", refused, "was refused: bad-value"},
		{"{blocked: [r]}", blocked(unmet), ""},
		{"{blocked: [r]}", admitted, "was accepted"},
		{"{blocked: [s]}", blocked(unmet), "expected blocked [s], got [r]"},
		{"{blocked: [r]}", blocked(unmet, unknown), "expected undetermined [], got [f]"},
		{"{blocked: [r], undetermined: [f], needs_reason: [w]}", blocked(unmet, unknown, warning), ""},
		{"{undetermined: [f]}", blocked(unknown), ""},
		{"{undetermined: [g]}", blocked(unknown), "expected undetermined [g], got [f]"},
		{"{needs_reason: [w]}", blocked(warning), ""},
		{"{needs_reason: [v]}", blocked(warning), "expected needs_reason [v], got [w]"},
		{"{refused: bad-value}", refused, ""},
		{"{refused: wrong-role}", refused, "was refused: bad-value"},
		{"{refused: bad-value}", admitted, "expected refused: bad-value, was act"},
	} {
		t.Run(tt.expect+" "+tt.want, func(t *testing.T) {
			var seen []scenario.Played
			result, err := scenario.Play(t.Context(), script(t, tt.expect, ""), &engine{answer: tt.got}, "run",
				func(p scenario.Played) { seen = append(seen, p) })
			if err != nil {
				t.Fatal(err)
			}
			if len(seen) != 2 {
				t.Errorf("%d acts were shown, want the opening and one", len(seen))
			}
			problems := fmt.Sprint(result.Problems)
			if result.OK() != (tt.want == "") || !strings.Contains(problems, tt.want) {
				t.Errorf("problems %s, want %q", problems, tt.want)
			}
			if tt.want != "" && !strings.Contains(problems, "line 11: participation.open") {
				t.Errorf("the problem %s does not name line and act", problems)
			}
		})
	}
}

func TestEachDifferenceAtTheEndIsReported(t *testing.T) {
	due, err := legaltime.ParseDate("2024-04-29")
	if err != nil {
		t.Fatal(err)
	}
	after := casefile.Case{
		Status: casefile.StatusRunning, End: "",
		Steps:     []casefile.StepRun{{Step: "participation", Round: 1, State: casefile.StepActive}},
		Facts:     map[string]casefile.Fact{"n": {Value: int64(3)}},
		Deadlines: []casefile.Deadline{{ID: "d", Due: due, State: casefile.DeadlineOpen}},
		Documents: []casefile.Document{{Kind: casefile.KindDraft, Digest: "x"}},
		Opinions:  []casefile.Opinion{{Step: "participation", Draft: "x"}},
	}
	for _, tt := range []struct{ ends, want string }{
		{"{status: running, at: [participation], rounds: {participation: 1}, steps: {participation: active}, facts: {n: 3}}", ""},
		{"{deadlines: {d: {due: 2024-04-29, state: open}}}", ""},
		{"{status: closed}", "status: expected closed, got running"},
		{"{as: decided}", "as: expected decided"},
		{"{at: []}", "at: expected [], got [participation]"},
		{"{rounds: {participation: 2}}", "rounds of participation: expected 2, got 1"},
		{"{steps: {participation: concluded}}", "state of participation: expected concluded, got active"},
		{"{steps: {archive: active}}", "state of archive: expected active"},
		{"{facts: {n: 4}}", "fact n: expected 4, got 3"},
		{"{stale: [participation]}", "the last opinion of participation is not stale"},
		{"{deadlines: {e: {state: open}}}", "there is no deadline e"},
		{"{deadlines: {d: {due: 2024-04-30}}}", "deadline d: expected 2024-04-30"},
		{"{deadlines: {d: {state: met}}}", "got 2024-04-29 open"},
		{"{deadlines: {d: {provisional: true}}}", "provisional false"},
	} {
		t.Run(tt.ends, func(t *testing.T) {
			result, err := scenario.Play(t.Context(), script(t, "accepted", "ends: "+tt.ends), &engine{answer: admitted, after: after}, "run", nil)
			if err != nil {
				t.Fatal(err)
			}
			if problems := fmt.Sprint(result.Problems); result.OK() != (tt.want == "") || !strings.Contains(problems, tt.want) {
				t.Errorf("problems %s, want %q", problems, tt.want)
			}
		})
	}
}

func TestPlayMovesTheClockAndNamesDocumentsByDigest(t *testing.T) {
	e := &engine{answer: admitted}
	if _, err := scenario.Play(t.Context(), script(t, "accepted", ""), e, "run", nil); err != nil {
		t.Fatal(err)
	}
	if len(e.acts) != 2 || e.acts[0].ID != "run.1.clock" || e.acts[0].With["to"] != "2024-03-29" || e.acts[1].ID != "run.1" {
		t.Fatalf("acts %+v", e.acts)
	}
	with := e.acts[1].With
	if with["draft"] != "digest-of-the-draft" || fmt.Sprint(with["papers"]) != "[digest-of-the-draft]" {
		t.Errorf("payload %v, want the digest of the document", with)
	}
}

func TestPlayDoesNotGoOnSilently(t *testing.T) {
	t.Run("a clock that does not move", func(t *testing.T) {
		_, err := scenario.Play(t.Context(), script(t, "accepted", ""), &engine{answer: admitted, clock: casefile.EntryBlocked}, "run", nil)
		if !errors.Is(err, scenario.ErrNotAsExpected) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a case that was not opened, as expected, with acts to play", func(t *testing.T) {
		s := script(t, "accepted", "open: {by: drafter, expect: {refused: bad-value}}")
		result, err := scenario.Play(t.Context(), s, &engine{opened: refused}, "run", nil)
		if err != nil {
			t.Fatal(err)
		}
		if result.OK() {
			t.Error("an act was left out and nothing said so")
		}
	})
	t.Run("an engine that is broken", func(t *testing.T) {
		away := errors.New("away")
		if _, err := scenario.Play(t.Context(), script(t, "accepted", ""), &engine{broken: away}, "run", nil); !errors.Is(err, away) {
			t.Errorf("error %v", err)
		}
	})
}
