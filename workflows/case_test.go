package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/workflows"
)

var opens = time.Date(2024, time.March, 1, 1, 0, 0, 0, time.UTC) // 09:00 in China

var (
	registered = casefile.Values{"proposer_kind": "department", "proposer": "科室", "received_on": "2024-03-01", "summary": "建议"}
	triaged    = casefile.Values{"matter_type": "policy", "special_procedure_by_law": false, "reason": "属于决策事项"}
)

func TestAnActIsJudgedRecordedAndAnswered(t *testing.T) {
	f := newFixture(t, opens, true)
	first := f.do("a1", "intake.register", actor("office", "office"), registered)
	second := f.do("a2", "intake.triage", actor("office", "office"), triaged)
	third := f.do("a3", "intake.assign", actor("office", "office"), casefile.Values{"study_unit": "科室"})
	f.stopAfter(time.Minute)
	f.run()
	for i, got := range []*answer{first, second, third} {
		if got.rejected != nil || got.failed != nil || got.result.Sequence != int64(i+2) {
			t.Errorf("act %d: rejected %v, failed %v, sequence %d", i+1, got.rejected, got.failed, got.result.Sequence)
		}
	}
	last := f.store.entries[len(f.store.entries)-1]
	if last.Outcome != "study" || len(last.Entered) != 1 || last.Entered[0].Step != "study" {
		t.Errorf("the assignment did not lead to the study: %+v", last)
	}
	if last.Verdict == nil || last.Verdict.Result != casefile.Pass {
		t.Errorf("the gate to the study was not judged: %+v", last.Verdict)
	}
}

func TestABlockedActIsRecordedAndChangesNothing(t *testing.T) {
	f := newFixture(t, opens, true)
	f.do("a1", "intake.register", actor("office", "office"), registered)
	f.do("a2", "intake.triage", actor("office", "office"), casefile.Values{
		"matter_type": "emergency-response", "special_procedure_by_law": false, "reason": "突发事件"})
	blocked := f.do("a3", "intake.assign", actor("office", "office"), casefile.Values{"study_unit": "科室"})
	f.stopAfter(time.Minute)
	f.run()
	if blocked.failed != nil || blocked.rejected != nil {
		t.Fatalf("a closed gate is a result, not an error: %v %v", blocked.failed, blocked.rejected)
	}
	last := f.store.entries[len(f.store.entries)-1]
	if last.Kind != casefile.EntryBlocked || last.Act.ID != "a3" || len(last.Facts) != 0 {
		t.Errorf("recorded %s of act %s with facts %v", last.Kind, last.Act.ID, last.Facts)
	}
	if c := f.query(); len(c.ActiveSteps()) != 1 || c.ActiveSteps()[0].Step != "intake" {
		t.Errorf("the case moved to %v", c.ActiveSteps())
	}
}

func TestBadInputIsRefusedBeforeTheHistory(t *testing.T) {
	for _, tt := range []struct {
		name string
		act  casefile.Act
		want casefile.RefusalCode
	}{
		{"an unknown act", casefile.Act{ID: "x", Kind: "intake.dance", By: actor("office", "office")}, casefile.RefusedUnknownAct},
		{"a step that is not there", casefile.Act{ID: "x", Kind: "nowhere.open", By: actor("office", "office")}, casefile.RefusedUnknownAct},
		{"an act of a later step", casefile.Act{ID: "x", Kind: "launch.decide", By: actor("chief", "chief"),
			With: casefile.Values{"outcome": "launch", "decided_by": "区政府"}}, casefile.RefusedNotPossible},
		{"somebody without the role", casefile.Act{ID: "x", Kind: "intake.register", By: actor("a", "expert"), With: registered}, casefile.RefusedWrongRole},
		{"a field too few", casefile.Act{ID: "x", Kind: "intake.register", By: actor("office", "office"),
			With: casefile.Values{"proposer": "科室"}}, casefile.RefusedMissingField},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, opens, true)
			got := f.send(time.Second, tt.act)
			f.stopAfter(time.Minute)
			f.run()
			var app *temporal.ApplicationError
			var refusal casefile.Refusal
			if !errors.As(got.rejected, &app) || app.Type() != workflows.ErrTypeRefusal || app.Details(&refusal) != nil {
				t.Fatalf("not refused by the validator: rejected %v, failed %v", got.rejected, got.failed)
			}
			if refusal.Code != tt.want || refusal.Message.IsZero() {
				t.Errorf("refused with %+v, want %s", refusal, tt.want)
			}
			if got := f.kinds(); !slices.Equal(got, []casefile.EntryKind{casefile.EntryOpened}) {
				t.Errorf("recorded %v, want the opening alone", got)
			}
		})
	}
}

func TestRecordingIsTriedUntilTheStoreAnswersAndHappensOnce(t *testing.T) {
	for _, tt := range []struct {
		name       string
		fail, lose int
	}{
		{"the store is away", 3, 0},
		{"the answer is lost", 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, opens, true)
			f.store.fail, f.store.lose = tt.fail, tt.lose
			got := f.send(time.Minute, casefile.Act{ID: "a1", Kind: "intake.register", By: actor("office", "office"), With: registered})
			f.stopAfter(time.Hour)
			f.run()
			if got.failed != nil || got.rejected != nil {
				t.Fatalf("failed %v, rejected %v", got.failed, got.rejected)
			}
			if got := f.kinds(); !slices.Equal(got, []casefile.EntryKind{casefile.EntryOpened, casefile.EntryAct}) {
				t.Errorf("recorded %v", got)
			}
		})
	}
}

func TestThePracticeClockMovesOnlyForwardAndOnlyInPractice(t *testing.T) {
	f := newFixture(t, opens, true)
	forward := f.do("a1", "case.advance", actor("office", "office"), casefile.Values{"to": "2024-03-05"})
	back := f.do("a2", "case.advance", actor("office", "office"), casefile.Values{"to": "2024-03-04"})
	f.stopAfter(time.Minute)
	f.run()
	if forward.failed != nil || forward.rejected != nil || back.rejected == nil {
		t.Errorf("forward: %v %v; back: rejected %v", forward.failed, forward.rejected, back.rejected)
	}
	if got := f.query().Today.String(); got != "2024-03-05" {
		t.Errorf("the clock stands at %s", got)
	}

	real := newFixture(t, opens, false)
	moved := real.do("a1", "case.advance", actor("office", "office"), casefile.Values{"to": "2024-03-05"})
	real.stopAfter(time.Minute)
	real.run()
	if moved.rejected == nil {
		t.Error("the clock of a real case was moved")
	}
}

// TestContinueAsNewCarriesTheCase checks what is handed on: the case, and the
// ids of acts, so that a repeated click is still the same act.
func TestContinueAsNewCarriesTheCase(t *testing.T) {
	f := newFixture(t, opens, true)
	f.input.ContinueAfter = 12
	f.do("a1", "intake.register", actor("office", "office"), registered)
	f.env.RegisterDelayedCallback(func() { f.env.SetCurrentHistoryLength(20) }, 1500*time.Millisecond)
	f.do("a2", "intake.triage", actor("office", "office"), triaged)
	err := f.run()
	var next *workflow.ContinueAsNewError
	if !errors.As(err, &next) {
		t.Fatalf("ended with %v, want to continue as new", err)
	}
	var in workflows.CaseInput
	if err := f.decode(next.Input, &in); err != nil {
		t.Fatal(err)
	}
	if in.Carried == nil || in.Carried.Case.Sequence != int64(len(f.store.entries)) {
		t.Fatalf("carried %+v with %d entries recorded", in.Carried, len(f.store.entries))
	}

	again := newFixture(t, opens, true)
	again.input, again.store.entries = in, f.store.entries
	again.input.ContinueAfter = 0
	repeated := again.do("a1", "intake.register", actor("office", "office"), registered)
	again.stopAfter(time.Minute)
	again.run()
	if repeated.failed != nil || repeated.result != in.Carried.Acts["a1"] {
		t.Errorf("the repeated act gave %+v (%v), want %+v", repeated.result, repeated.failed, in.Carried.Acts["a1"])
	}
	if len(again.store.entries) != len(f.store.entries) {
		t.Error("the repeated act was recorded again")
	}
}

// TestAWorkflowCatchesUpWithTheRecord is the crash between two writes: an entry
// is recorded, and the engine has not kept the act that led to it.
func TestAWorkflowCatchesUpWithTheRecord(t *testing.T) {
	before := newFixture(t, opens, true)
	before.do("lost", "intake.register", actor("office", "office"), registered)
	before.stopAfter(time.Minute)
	before.run()
	for _, tt := range []struct {
		name string
		act  casefile.Act
		// the entry that the caller saw, and the one that the act must have
		known, want int64
	}{
		{"the same act, asked again", casefile.Act{ID: "lost", Kind: "intake.register", By: actor("office", "office"), With: registered}, 0, 2},
		{"the same act, by a caller who saw the entry", casefile.Act{ID: "lost", Kind: "intake.register", By: actor("office", "office"), With: registered}, 2, 2},
		{"the next act, by a caller who saw the entry", casefile.Act{ID: "next", Kind: "intake.triage", By: actor("office", "office"), With: triaged}, 2, 3},
		{"another act, by a caller who did not", casefile.Act{ID: "note", Kind: "case.note", By: actor("office", "office"),
			With: casefile.Values{"text": "记事"}}, 0, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, opens, true)
			f.store.entries = slices.Clone(before.store.entries)
			got := &answer{}
			f.update(5*time.Second, workflows.ActInput{Act: tt.act, Known: tt.known}, got)
			f.stopAfter(time.Minute)
			f.run()
			if got.rejected != nil || got.failed != nil || got.result.Sequence != tt.want {
				t.Fatalf("rejected %v, failed %v, entry %d, want %d", got.rejected, got.failed, got.result.Sequence, tt.want)
			}
			if got.result.ActDigest != workflows.ActDigest(tt.act) {
				t.Error("the answer is about another act")
			}
			if int64(len(f.store.entries)) != tt.want {
				t.Errorf("%d entries, want %d", len(f.store.entries), tt.want)
			}
		})
	}
}

func TestOnlyRecentActsAreCarriedOver(t *testing.T) {
	f := newFixture(t, opens, true)
	f.input.ContinueAfter = 1
	f.input.Carried = &workflows.Carried{Case: casefile.Case{ID: "case-1", Sequence: 5000, Status: casefile.StatusRunning},
		Acts: map[string]workflows.ActResult{"old": {Sequence: 3000}, "recent": {Sequence: 3001}}}
	f.env.SetCurrentHistoryLength(3)
	var next *workflow.ContinueAsNewError
	if err := f.run(); !errors.As(err, &next) {
		t.Fatalf("ended with %v, want to continue as new", err)
	}
	var in workflows.CaseInput
	if err := f.decode(next.Input, &in); err != nil {
		t.Fatal(err)
	}
	if _, kept := in.Carried.Acts["recent"]; !kept || len(in.Carried.Acts) != 1 {
		t.Errorf("carried %v, want the recent act alone", in.Carried.Acts)
	}
}

func TestAnActHasOneDigestBeforeAndAfterRecording(t *testing.T) {
	sent := casefile.Act{ID: "a", Kind: "case.note", By: actor("office", "office"), With: casefile.Values{"text": "记事", "document": nil}}
	recorded := sent
	recorded.By.Capacity, recorded.With = "office", casefile.Values{"text": "记事"}
	if workflows.ActDigest(sent) != workflows.ActDigest(recorded) {
		t.Error("a value that is null makes it another act")
	}
	recorded.With = casefile.Values{"text": "另一记事"}
	if workflows.ActDigest(sent) == workflows.ActDigest(recorded) {
		t.Error("two acts have the same digest")
	}
}
