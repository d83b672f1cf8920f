package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// awaitChange waits until the case has changed or the next deadline has passed.
// The timer is durable: after an outage it fires at once.
func (r *run) awaitChange(ctx workflow.Context) error {
	sequence := r.c.Sequence
	changed := func() bool { return r.c.Sequence != sequence || r.tooLong(ctx) }
	on, ok := r.def.Wakes(&r.c)
	if !ok || r.in.Practice { // the practice clock moves by acts alone
		return workflow.Await(ctx, changed)
	}
	left := on.Start(legaltime.China).Sub(workflow.Now(ctx))
	if left <= 0 {
		return nil
	}
	return awaitWithin(ctx, left, changed)
}

// awaitWithin waits until the condition holds or the time has passed. A timer that
// nobody waits for any more is given up: left to run, one would be added to those that
// the engine keeps with each act.
func awaitWithin(ctx workflow.Context, left time.Duration, condition func() bool) error {
	if workflow.GetVersion(ctx, "give-up-timers", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		_, err := workflow.AwaitWithTimeout(ctx, left, condition)
		return err
	}
	waiting, giveUp := workflow.WithCancel(ctx)
	defer giveUp() // [workflow.AwaitWithTimeout] leaves the timer when the condition holds
	_, err := workflow.AwaitWithTimeout(waiting, left, condition)
	return err
}

// tryAgainAfter is how long time waits when it cannot be recorded.
const tryAgainAfter = time.Hour

// passTime records what time has done, when nobody is acting. A record that
// refuses it, such as one restored from an old backup, must not end the case: it
// is offered again later.
func (r *run) passTime(ctx workflow.Context) error {
	if on, ok := r.def.Wakes(&r.c); !ok || r.today(ctx).Before(on) {
		return nil
	}
	err := r.passTimeNow(ctx)
	if err == nil || ctx.Err() != nil {
		return err
	}
	workflow.GetLogger(ctx).Error("what time has done is not recorded", "case", r.c.ID, "error", err)
	sequence := r.c.Sequence
	return awaitWithin(ctx, tryAgainAfter, func() bool { return r.c.Sequence != sequence })
}

func (r *run) passTimeNow(ctx workflow.Context) error {
	if err := r.one.Lock(ctx); err != nil {
		return err
	}
	defer r.one.Unlock()
	return r.lapses(ctx)
}

// lapses records every period that has run out, every duty whose due date has
// passed unmet, and the reminders that are due. Each closes a deadline, moves it
// past today or uses up a reminder, so the loop ends.
func (r *run) lapses(ctx workflow.Context) error {
	for r.c.Status != casefile.StatusClosed {
		today := r.today(ctx)
		plan := r.def.PlanTime(&r.c, today)
		if plan == nil {
			return nil
		}
		entry, err := r.judged(ctx, plan)
		if err != nil {
			return err
		}
		if err := r.record(ctx, entry); err != nil {
			return err
		}
	}
	return nil
}
