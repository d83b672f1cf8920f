package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// escalateEvery is how often it is looked whether somebody has to be told of late
// tasks. Due dates are days: more often than this changes little.
const escalateEvery = time.Hour

// escalateRegularly tells superiors of late tasks, now and then again, until ctx
// ends. It never decides.
func (s *stack) escalateRegularly(ctx context.Context, installed []procedure.Escalation, log *slog.Logger) {
	tick := time.NewTicker(escalateEvery)
	defer tick.Stop()
	for {
		s.escalate(ctx, installed, log)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (s *stack) escalate(ctx context.Context, installed []procedure.Escalation, log *slog.Logger) {
	organs, err := s.store.Organs(ctx)
	if err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "tell superiors of late tasks", "error", err)
	}
	for _, organ := range organs {
		told, err := s.cases.Escalate(ctx, organ, installed)
		if err == nil {
			var plans int64
			plans, err = s.cases.TellOfPlans(ctx, organ)
			told += plans
		}
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "tell superiors of late tasks", "organ", organ, "error", err)
		}
		if told > 0 {
			log.InfoContext(ctx, "superiors were told of late tasks", "organ", organ, "notices", told)
		}
	}
}

// escalation gives what the flags of serve say; nothing when they name nobody.
func (o serveOptions) escalation() []procedure.Escalation {
	if len(o.escalateTo) == 0 {
		return nil
	}
	e := procedure.Escalation{Days: o.escalateAfter}
	for _, r := range o.escalateTo {
		e.To = append(e.To, casefile.Role(r))
	}
	return []procedure.Escalation{e}
}
