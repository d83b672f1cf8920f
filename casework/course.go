package casework

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// Course is how a case went, to be set beside another.
type Course struct {
	Case       casefile.Case
	Definition *procedure.Definition
	Days       int // working days from the opening to the last entry
	Rounds     []CourseRound
	Returns    int
	Blocked    int
}

// CourseRound is a round of a step, with how long it took. One that still runs is
// counted to the last day of the case.
type CourseRound struct {
	casefile.StepRun
	Days int // working days
}

// Course gives how a case went, by the calendar that is pinned to it.
func (s *Service) Course(ctx context.Context, id casefile.ID) (Course, error) {
	entries, err := s.o.Store.Sealed(ctx, id)
	if err != nil {
		return Course{}, err
	}
	var out Course
	for _, e := range entries {
		for _, h := range out.Case.Happenings(e.Entry) {
			switch h.Kind {
			case casefile.HappeningReturn:
				out.Returns++
			case casefile.HappeningAttempt:
				out.Blocked++
			case casefile.HappeningMet, casefile.HappeningBreached, casefile.HappeningBlocked:
			}
		}
		if err := out.Case.Apply(e.Entry); err != nil {
			return Course{}, fmt.Errorf("rebuild case %s: %w", id, err)
		}
	}
	if out.Definition, err = s.Definition(ctx, out.Case); err != nil {
		return Course{}, err
	}
	calendar, err := s.pinnedCalendar(ctx, out.Case.Pinned.Calendar)
	if err != nil {
		return Course{}, err
	}
	days := func(from, to legaltime.Date) int {
		n, _ := calendar.WorkingDaysBetween(from, to)
		return n
	}
	out.Days = days(out.Case.OpenedOn, out.Case.Today)
	for _, run := range out.Case.Steps {
		to := run.LeftOn
		if to.IsZero() {
			to = out.Case.Today
		}
		out.Rounds = append(out.Rounds, CourseRound{StepRun: run, Days: days(run.EnteredOn, to)})
	}
	return out, nil
}
