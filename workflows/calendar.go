package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// ErrTypeNothingToDo is the type of the application error of a calendar that can
// change nothing.
const ErrTypeNothingToDo = "NothingToDo"

// validateCalendar refuses a calendar before it enters the history where no open
// due date could change.
func (r *run) validateCalendar(_ workflow.Context, in CalendarInput) error {
	if in.Known > r.c.Sequence || procedure.AwaitsCalendar(&r.c) {
		return nil
	}
	return temporal.NewNonRetryableApplicationError("the case has no open due date", ErrTypeNothingToDo, nil)
}

// calendar counts the open due dates anew by a newer calendar, and records each
// that changes as an entry of its own. If the process dies between two of them, the
// rest is found when the calendar arrives again.
func (r *run) calendar(ctx workflow.Context, in CalendarInput) (CalendarResult, error) {
	var out CalendarResult
	if err := r.one.Lock(ctx); err != nil {
		return out, err
	}
	defer r.one.Unlock()
	if err := r.catchUp(ctx, in.Known); err != nil {
		return out, err
	}
	for {
		// What has passed by now has passed by the calendar of its time.
		if err := r.lapses(ctx); err != nil {
			return out, err
		}
		plan := r.def.PlanCalendar(&r.c, in.Calendar, r.today(ctx))
		if plan == nil {
			return out, nil
		}
		entry, err := r.judged(ctx, plan)
		if err != nil {
			return out, err
		}
		if len(entry.Deadlines) == 0 {
			return out, nil
		}
		if err := r.record(ctx, entry); err != nil {
			return out, err
		}
		if last := deadlineOf(&r.c, entry.Deadlines[0].ID); last.Sequence == entry.Sequence {
			out.Recomputed++
		}
	}
}

func deadlineOf(c *casefile.Case, id string) casefile.Deadline {
	for _, d := range c.Deadlines {
		if d.ID == id {
			return d
		}
	}
	return casefile.Deadline{}
}
