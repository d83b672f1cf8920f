package casework

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/workflows"
)

// Recompute brings the calendar of the library to the open cases of an organ that
// have an older one, and says how many open due dates it moved or made firm. Each
// is recorded as an entry; what is closed stays as it is. A case that cannot be
// recomputed does not keep the others from it.
func (s *Service) Recompute(ctx context.Context, organ casefile.OrganID) (changed int, err error) {
	var errs []error
	for f := (Filter{Organ: organ, Limit: 200}); ; {
		cases, next, err := s.List(ctx, f)
		if err != nil {
			return changed, errors.Join(append(errs, err)...)
		}
		for _, summary := range cases {
			if summary.Status == casefile.StatusClosed {
				continue
			}
			n, err := s.recompute(ctx, summary.ID)
			if err != nil {
				errs = append(errs, fmt.Errorf("recompute case %s: %w", summary.ID, err))
			}
			changed += n
		}
		if f.After = next; next == "" || ctx.Err() != nil {
			return changed, errors.Join(errs...)
		}
	}
}

func (s *Service) recompute(ctx context.Context, id casefile.ID) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.AnswerWithin)
	defer cancel()
	done, err := s.turns.take(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("wait for the turn: %w", err)
	}
	defer done()
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return 0, err
	}
	changes, err := s.recomputes(ctx, &c)
	if err != nil || !changes {
		return 0, err
	}
	in := workflows.CalendarInput{Calendar: casefile.Digest(s.o.Library.calendar.Digest()), Known: c.Sequence}
	handle, err := s.o.Temporal.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID:   workflows.WorkflowID(id),
		UpdateID:     fmt.Sprintf("calendar-%.16s-%d", in.Calendar, in.Known), // again behind another entry is another update
		UpdateName:   workflows.UpdateCalendar,
		Args:         []any{in},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return 0, err
	}
	var result workflows.CalendarResult
	err = handle.Get(ctx, &result)
	return result.Recomputed, err
}

// recomputes reports whether the calendar of the library changes an open due date
// of the case. The workflow is not asked where nothing would come of it.
func (s *Service) recomputes(ctx context.Context, c *casefile.Case) (bool, error) {
	calendar := s.o.Library.calendar
	digest := casefile.Digest(calendar.Digest())
	def, err := s.Definition(ctx, *c)
	if err != nil {
		return false, err
	}
	plan := def.PlanCalendar(c, digest, clock(*c))
	if plan == nil {
		return false, nil
	}
	if arrives, err := s.arrives(ctx, c, digest); err != nil || !arrives {
		return false, err
	}
	if err := s.o.Store.PutContent(ctx, "calendar", digest, calendar.Canonical()); err != nil {
		return false, fmt.Errorf("store calendar: %w", err)
	}
	pinned := c.Pinned
	pinned.Calendar = digest
	judge, err := s.o.Judges.JudgeFor(ctx, pinned)
	if err != nil {
		return false, err
	}
	judgement, err := judge.Judge(plan.Judge())
	if err != nil {
		return false, fmt.Errorf("judge duties: %w", err)
	}
	return len(plan.Entry(judgement).Deadlines) > 0, nil
}

// arrives reports whether the calendar of the library is newer than the one pinned
// to the case, or was only half applied when the process died.
func (s *Service) arrives(ctx context.Context, c *casefile.Case, digest casefile.Digest) (bool, error) {
	if c.Pinned.Calendar == digest {
		last, err := s.o.Store.Entry(ctx, c.ID, c.Sequence)
		return last.Kind == casefile.EntryRecomputed, err
	}
	b, err := s.o.Store.Content(ctx, c.Pinned.Calendar)
	if err != nil {
		return false, fmt.Errorf("calendar: %w", err)
	}
	older, err := legaltime.ParseCalendar(b)
	if err != nil {
		return false, fmt.Errorf("calendar: %w", err)
	}
	return s.o.Library.calendar.Continues(older), nil
}
