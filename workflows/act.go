package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// validateAct refuses an act before it enters the history. It neither blocks
// nor changes the run.
func (r *run) validateAct(ctx workflow.Context, in ActInput) error {
	if r.c.Sequence == 0 { // the opening entry is being recorded; act waits for it
		return nil
	}
	if _, known := r.acts[in.Act.ID]; known || in.Known > r.c.Sequence {
		return nil
	}
	_, refusal, err := r.plan(in, r.today(ctx))
	if err != nil {
		return err
	}
	if refusal != nil {
		return refused(refusal)
	}
	return nil
}

// changed refuses an act on a case that has moved since the actor saw it.
func (r *run) changed(in ActInput) *casefile.Refusal {
	if in.Expect == 0 || in.Expect == r.c.Sequence {
		return nil
	}
	return &casefile.Refusal{Code: casefile.RefusedChanged, Act: in.Act.Kind, Message: casefile.Text{
		ZH: fmt.Sprintf("您看到的是第%d条记录时的案件，现已到第%d条，请重新读取后再办理。", in.Expect, r.c.Sequence),
		EN: fmt.Sprintf("you saw the case at entry %d and it is at entry %d; read it again", in.Expect, r.c.Sequence)}}
}

// act judges and records what a person does. A closed gate is a result, not an
// error: the attempt is recorded with its verdict, and the case stays where it
// is.
func (r *run) act(ctx workflow.Context, in ActInput) (ActResult, error) {
	if err := workflow.Await(ctx, func() bool { return r.c.Sequence > 0 }); err != nil {
		return ActResult{}, err
	}
	if err := r.one.Lock(ctx); err != nil {
		return ActResult{}, err
	}
	defer r.one.Unlock()
	if err := r.catchUp(ctx, in.Known); err != nil {
		return ActResult{}, err
	}
	for {
		// What time has done comes first: an act that is late must not hide the
		// breach. And where an act moved the practice clock, what that ended
		// belongs to its answer.
		if err := r.lapses(ctx); err != nil {
			return ActResult{}, err
		}
		// Done, carried over from an earlier run, or recorded just before a crash.
		if result, known := r.acts[in.Act.ID]; known {
			return result, nil
		}
		if err := r.perform(ctx, in); err != nil {
			return ActResult{}, err
		}
	}
}

// catchUp takes over entries that are recorded and that this workflow does not
// know: the process died after recording them and before the engine kept the
// acts. What is recorded has happened.
func (r *run) catchUp(ctx workflow.Context, known int64) error {
	for r.c.Sequence < known {
		var entry casefile.Entry
		next := r.c.Sequence + 1
		err := workflow.ExecuteLocalActivity(withLocal(ctx), activities.RecallName, r.in.Case, next).Get(ctx, &entry)
		if err != nil {
			return fmt.Errorf("catch up with entry %d: %w", next, err)
		}
		if err := r.add(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}

// perform judges and records an act once. Where the record was ahead of the
// workflow, the case moved on instead and the act is still to be done.
func (r *run) perform(ctx workflow.Context, in ActInput) error {
	// The case may have moved while this act waited for its turn.
	plan, refusal, err := r.plan(in, r.today(ctx))
	if err != nil {
		return err
	}
	if refusal != nil {
		return refused(refusal)
	}
	if pinned, moves := plan.Moves(); moves {
		if err := r.adopt(ctx, plan, pinned); err != nil {
			return err
		}
	}
	entry, err := r.judged(ctx, plan)
	if err != nil {
		return err
	}
	if entry, err = r.numbered(ctx, plan, entry); err != nil {
		return err
	}
	return r.record(ctx, entry)
}

// numbered gives the entry its number, where the act takes one. It is taken behind
// the gates, and kept for this act, so that nothing but a recorded act uses one up.
func (r *run) numbered(ctx workflow.Context, plan *procedure.Plan, entry casefile.Entry) (casefile.Entry, error) {
	ask, numbers := plan.Numbering(entry)
	if !numbers {
		return entry, nil
	}
	var number casefile.Number
	if err := workflow.ExecuteLocalActivity(withLocal(ctx), activities.NumberName, ask).Get(ctx, &number); err != nil {
		return casefile.Entry{}, fmt.Errorf("number entry %d: %w", entry.Sequence, err)
	}
	return plan.Numbered(entry, number.Text), nil
}

// plan asks the procedure what the act leads to. Bad data must never stop the
// case: a panic in there becomes an error of this act alone.
func (r *run) plan(in ActInput, today legaltime.Date) (plan *procedure.Plan, refusal *casefile.Refusal, err error) {
	defer caught(&err)
	if refusal := r.changed(in); refusal != nil {
		return nil, refusal, nil
	}
	plan, refusal = r.def.Plan(&r.c, in.Act, in.Documents, today)
	return plan, refusal, nil
}

// planOpening asks the procedure what opening the case leads to.
func (r *run) planOpening(today legaltime.Date) (plan *procedure.Plan, refusal *casefile.Refusal, err error) {
	defer caught(&err)
	plan, refusal = r.def.PlanOpening(r.in.NewCase(today))
	return plan, refusal, nil
}

func caught(err *error) {
	if p := recover(); p != nil {
		*err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("the act could not be planned: %v", p), "Plan", nil)
	}
}

// judged asks the rules at the gates of the plan and gives the entry as it will
// be recorded.
func (r *run) judged(ctx workflow.Context, plan *procedure.Plan) (entry casefile.Entry, err error) {
	var judgement rules.Judgement
	if in := r.judgeInput(plan); len(in.Gates)+len(in.Applies)+len(in.Duties) > 0 {
		future := workflow.ExecuteLocalActivity(withLocal(ctx), activities.JudgeName, in)
		if err := future.Get(ctx, &judgement); err != nil {
			return casefile.Entry{}, fmt.Errorf("judge: %w", err)
		}
	}
	defer caught(&err)
	entry = plan.Entry(judgement)
	entry.At = workflow.Now(ctx).UTC().Truncate(time.Millisecond)
	return entry, nil
}

func (r *run) judgeInput(plan *procedure.Plan) activities.JudgeInput {
	pinned := r.c.Pinned
	if r.c.Sequence == 0 {
		pinned = r.in.Pinned
	}
	if next, moves := plan.Moves(); moves {
		pinned = next
	}
	return activities.JudgeInput{Packs: pinned.Packs, Calendar: pinned.Calendar, Input: plan.Judge()}
}

// record writes the entry and then adds it to the case. It is tried until the
// store answers: an entry that might have been written must be known to have
// been before the next one is made. Recording twice is recording once.
//
// When another entry stands at the place, that one is added instead: the process
// had died after recording it and before the engine kept the act. What is
// recorded has happened, so the workflow catches up.
func (r *run) record(ctx workflow.Context, entry casefile.Entry) error {
	var result activities.Recorded
	err := workflow.ExecuteLocalActivity(withLocal(ctx), activities.RecordName, entry).Get(ctx, &result)
	if err != nil {
		return fmt.Errorf("record entry %d: %w", entry.Sequence, err)
	}
	if result.Standing != nil {
		return r.add(ctx, *result.Standing)
	}
	return r.add(ctx, entry)
}

// add adds a recorded entry to the case.
func (r *run) add(ctx workflow.Context, entry casefile.Entry) error {
	def, err := r.follows(ctx, entry)
	if err != nil {
		return err
	}
	if err := r.c.Apply(entry); err != nil {
		return temporal.NewNonRetryableApplicationError("the recorded entry does not fit the case", "Apply", err)
	}
	r.def = def
	if entry.Act != nil && entry.Kind != casefile.EntryOpened {
		r.acts[entry.Act.ID] = ActResult{Sequence: entry.Sequence, ActDigest: ActDigest(*entry.Act)}
	}
	return r.show(ctx)
}

// withLocal sets how local activities are tried: each attempt briefly, and
// again until it succeeds or says that it never will.
func withLocal(ctx workflow.Context) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    10 * time.Second,
		ScheduleToCloseTimeout: 10 * 365 * 24 * time.Hour, // left out, it would be the first attempt's time
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    50 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute, // beyond a workflow task, waiting is a durable timer
		},
	})
}

// refused carries a refusal to the caller.
func refused(refusal *casefile.Refusal) error {
	return temporal.NewNonRetryableApplicationError(refusal.Error(), ErrTypeRefusal, nil, *refusal)
}

// ActDigest identifies the content of an act, so that its id cannot stand for
// another one. It is the same before the act is recorded and after: the capacity
// is set on recording, and values that are null are left out.
func ActDigest(act casefile.Act) casefile.Digest {
	act.By.Capacity = ""
	with := casefile.Values{}
	for _, name := range casefile.SortedNames(act.With) {
		if act.With[name] != nil {
			with[name] = act.With[name]
		}
	}
	act.With = with
	//workflowcheck:ignore json.Marshal sorts the keys of maps.
	b, err := json.Marshal(act)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}
