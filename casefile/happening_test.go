package casefile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
)

func TestWhatFiguresCount(t *testing.T) {
	c := casefile.Case{
		Steps:     []casefile.StepRun{{Step: "drafting", Round: 1}, {Step: "comment", Round: 1}, {Step: "review", Round: 1}},
		Deadlines: []casefile.Deadline{{ID: "duty", State: casefile.DeadlineOpen}, {ID: "late", State: casefile.DeadlineBreached}},
	}
	entered := func(step string, round int) casefile.Entered {
		return casefile.Entered{Step: step, Round: round, Applies: true}
	}
	hindering := func(basis, rule string) casefile.Finding {
		return casefile.Finding{Basis: basis, Rule: rule, Effect: casefile.EffectBlock, Result: casefile.Block}
	}
	for _, tt := range []struct {
		name string
		e    casefile.Entry
		want []casefile.Happening
	}{
		{"a deadline is met, once", casefile.Entry{Deadlines: []casefile.Deadline{{ID: "duty", Step: "review", State: casefile.DeadlineMet}, {ID: "late", State: casefile.DeadlineBreached}}},
			[]casefile.Happening{{Kind: casefile.HappeningMet, Subject: "duty", Other: "review"}}},
		{"a deadline is breached", casefile.Entry{Deadlines: []casefile.Deadline{{ID: "duty", State: casefile.DeadlineBreached}}},
			[]casefile.Happening{{Kind: casefile.HappeningBreached, Subject: "duty"}}},
		{"a deadline is opened, or moved", casefile.Entry{Deadlines: []casefile.Deadline{{ID: "duty", State: casefile.DeadlineOpen}, {ID: "new", State: casefile.DeadlineOpen}}}, nil},
		{"back to an earlier step", casefile.Entry{Step: "review", Entered: []casefile.Entered{entered("drafting", 2)}},
			[]casefile.Happening{{Kind: casefile.HappeningReturn, Subject: "review", Other: "drafting"}}},
		{"back to several steps side by side", casefile.Entry{Step: "review", Entered: []casefile.Entered{entered("comment", 2), entered("drafting", 2)}},
			[]casefile.Happening{{Kind: casefile.HappeningReturn, Subject: "review", Other: "comment"}}},
		{"the same step again", casefile.Entry{Step: "review", Entered: []casefile.Entered{entered("review", 2)}},
			[]casefile.Happening{{Kind: casefile.HappeningReturn, Subject: "review", Other: "review"}}},
		{"on to a step for another round", casefile.Entry{Step: "drafting", Entered: []casefile.Entered{entered("comment", 2)}}, nil},
		{"on to a new step", casefile.Entry{Step: "review", Entered: []casefile.Entered{entered("meeting", 1)}}, nil},
		{"a step that does not apply", casefile.Entry{Step: "review", Entered: []casefile.Entered{{Step: "comment", Round: 2}}}, nil},
		{"an act is stopped", casefile.Entry{Kind: casefile.EntryBlocked, Step: "comment", Verdict: &casefile.Verdict{Findings: []casefile.Finding{
			hindering("art. 15", "window"), hindering("art. 15", "window"), hindering("", "local"), {Basis: "art. 1", Rule: "passed", Effect: casefile.EffectBlock, Result: casefile.Pass}}}},
			[]casefile.Happening{{Kind: casefile.HappeningAttempt, Subject: "comment"}, {Kind: casefile.HappeningBlocked, Subject: "art. 15", Other: "window"}, {Kind: casefile.HappeningBlocked, Subject: "local", Other: "local"}}},
	} {
		if diff := cmp.Diff(tt.want, c.Happenings(tt.e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
