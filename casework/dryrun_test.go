package casework

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// pinnedJudge judges every case alike.
type pinnedJudge struct{ *rules.Judge }

func (p pinnedJudge) JudgeFor(context.Context, casefile.Pinned) (*rules.Judge, error) {
	return p.Judge, nil
}

func (pinnedJudge) MayAdopt(context.Context, casefile.Case, casefile.Pinned, legaltime.Date) (*casefile.Refusal, error) {
	return nil, nil
}

// inParticipation gives a service with one practice case whose comment window is
// open until 29 April, on 10 April.
func inParticipation(t *testing.T) (*Service, *defined, *engine) {
	t.Helper()
	l := shippedLibrary(t)
	def, pack := l.Definitions()[0], l.packs["cn.713@2019"]
	judge, err := rules.NewJudge([]*rules.Pack{pack}, l.calendar)
	if err != nil {
		t.Fatal(err)
	}
	store := &defined{memory: caseAt(6, casefile.StatusRunning), definition: def.Canonical()}
	day := func(s string) legaltime.Date {
		d, err := legaltime.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	store.c.Practice, store.c.Today, store.c.OpenedOn = true, day("2024-04-10"), day("2024-03-01")
	store.c.Steps = []casefile.StepRun{{Step: "participation", Round: 1, State: casefile.StepActive, EnteredOn: day("2024-03-29"), Done: []string{"open"}, Entry: 5}}
	store.c.Facts = map[string]casefile.Fact{}
	facts := pack.Vocabulary().Initial()
	facts["case_opened_on"], facts["comment_open_on"], facts["comment_close_on"] = "2024-03-01", "2024-03-29", "2024-04-29"
	for name, value := range facts {
		store.c.Facts[name] = casefile.Fact{Name: name, Value: value, Sequence: 6}
	}
	e := &engine{}
	return New(Options{Temporal: e, Store: store, Judges: pinnedJudge{judge}}), store, e
}

// defined is a store that holds the definition of its case.
type defined struct {
	*memory
	definition []byte
}

func (d *defined) Content(context.Context, casefile.Digest) ([]byte, error) { return d.definition, nil }

var drafter = casefile.Actor{Person: "p1", Name: "承办人", Roles: []casefile.Role{"drafter"}}

func TestADryRunSaysWhatWouldOpenTheGateAndLeavesNothing(t *testing.T) {
	s, store, e := inParticipation(t)
	before := store.c
	run, err := s.DryRun(t.Context(), "c", casefile.Act{Kind: "participation.close", By: drafter})
	if err != nil {
		t.Fatal(err)
	}
	if run.Admitted || run.Verdict.Result != casefile.Block {
		t.Errorf("admitted %t, %s", run.Admitted, run.Verdict.Result)
	}
	if len(run.Rules) != len(run.Verdict.Findings) {
		t.Errorf("%d traces of %d findings", len(run.Rules), len(run.Verdict.Findings))
	}
	waits := slices.IndexFunc(run.Ways, func(w rules.Way) bool { return w.WaitUntil.String() == "2024-04-30" && w.Changes == nil })
	if waits < 0 {
		t.Errorf("waiting is not among the ways: %+v", run.Ways)
	}
	if len(e.sent) > 0 || len(store.entries) != 6 {
		t.Errorf("%d updates were sent, the case has %d entries", len(e.sent), len(store.entries))
	}
	if diff := cmp.Diff(before, store.c, cmp.Comparer(func(a, b legaltime.Date) bool { return a == b })); diff != "" {
		t.Errorf("the case has changed:\n%s", diff)
	}
}

func TestADryRunOfWhatIsOutOfPlaceIsRefused(t *testing.T) {
	s, _, _ := inParticipation(t)
	for kind, code := range map[string]casefile.RefusalCode{
		"participation.jump": casefile.RefusedUnknownAct, "legality_review.submit": casefile.RefusedNotPossible, "nonsense": casefile.RefusedUnknownAct,
	} {
		_, err := s.DryRun(t.Context(), "c", casefile.Act{Kind: kind, By: drafter})
		var refusal *casefile.Refusal
		if !errors.As(err, &refusal) || refusal.Code != code {
			t.Errorf("%s: got %v, want %s", kind, err, code)
		}
	}
	_, err := s.DryRun(t.Context(), "c", casefile.Act{Kind: "participation.close", By: drafter, Reasons: map[string]string{"mad-comment-window-elapsed": "急"}})
	var refusal *casefile.Refusal
	if !errors.As(err, &refusal) || refusal.Code != casefile.RefusedUnknownReason {
		t.Errorf("a reason for a rule that blocks: %v", err)
	}
}
