package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Planned is a document that a clean-up has put into a plan, and what became of it.
type Planned struct {
	procedure.ScheduledDocument
	Case     casefile.ID // of the clean-up
	Matter   string
	Practice bool
	Done     casefile.ID // the case that has followed and amended or repealed it; empty: none yet
	Late     bool        // the day has passed and nothing has
}

// Planned gives what a clean-up has put into a plan, by the day, with the cases that have
// done it; nothing for other cases. The day is judged by the calendar, not by the clock of
// the case, which stands still when the clean-up has ended.
func (s *Service) Planned(ctx context.Context, c casefile.Case) ([]Planned, error) {
	scheduled := procedure.Scheduled(&c)
	if len(scheduled) == 0 {
		return nil, nil
	}
	following, err := s.o.Store.Following(ctx, c.Organ, c.ID)
	if err != nil {
		return nil, fmt.Errorf("what follows case %s: %w", c.ID, err)
	}
	makings := make([]casefile.Case, len(following))
	for i, f := range following {
		if makings[i], err = s.o.Store.Case(ctx, f.ID); err != nil {
			return nil, err
		}
	}
	out := make([]Planned, len(scheduled))
	for i, document := range scheduled {
		out[i] = Planned{ScheduledDocument: document, Case: c.ID, Matter: c.Matter.Title, Practice: c.Practice}
		for _, making := range makings {
			if document.Changes(&making) {
				out[i].Done = making.ID
			}
		}
		out[i].Late = out[i].Done == "" && realToday().After(document.By)
	}
	return out, nil
}

// LatePlans gives what the clean-ups of an organ have put into a plan for days that have
// passed, and that no following case has done.
func (s *Service) LatePlans(ctx context.Context, organ casefile.OrganID) ([]Planned, error) {
	if s.o.Work == nil {
		return nil, nil
	}
	cases, err := s.o.Work.CasesWithPlans(ctx, organ, realToday())
	if err != nil {
		return nil, err
	}
	var out []Planned
	for _, id := range cases {
		c, err := s.o.Store.Case(ctx, id)
		if err != nil {
			return nil, err
		}
		planned, err := s.Planned(ctx, c)
		if err != nil {
			return nil, err
		}
		for _, p := range planned {
			if p.Late {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// TellOfPlans gives notice of late plans to whoever plans in the clean-up, once for each
// document. It gives how many notices are new; running it again adds none.
func (s *Service) TellOfPlans(ctx context.Context, organ casefile.OrganID) (told int64, err error) {
	late, err := s.LatePlans(ctx, organ)
	if err != nil {
		return 0, err
	}
	for _, p := range late {
		c, err := s.o.Store.Case(ctx, p.Case)
		if err != nil {
			return told, err
		}
		def, err := s.Definition(ctx, c)
		if err != nil {
			return told, err
		}
		step, roles, ok := def.Schedules()
		if !ok {
			continue
		}
		var notices []casefile.Notice
		for _, role := range roles {
			notices = append(notices, casefile.Notice{Kind: casefile.NoticeEscalation, Step: step, Role: role, Deadline: "plan/" + p.Line, Due: p.By})
		}
		added, err := s.o.Work.GiveNotices(ctx, organ, p.Case, p.Practice, notices, time.Now().UTC())
		if err != nil {
			return told, fmt.Errorf("tell of plans of case %s: %w", p.Case, err)
		}
		told += added
	}
	return told, nil
}
