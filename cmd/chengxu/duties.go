package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/internal/lease"
	"github.com/zhengdang/chengxu/procedure"
)

// dutiesLease is how long the other processes wait for one that has died before they do
// what one does for all.
const dutiesLease = 15 * time.Second

// work does what is done beside requests, until the function that it gives back is
// called. Of several processes on one database one does it at a time; nothing is wrong
// when two do for a moment, as by clocks that differ.
func (s *stack) work(ctx context.Context, o outside, escalation []procedure.Escalation, log *slog.Logger) (stop func(), err error) {
	stopTelling, err := s.tell(ctx, o, log)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		duties := func(ctx context.Context) { s.duties(ctx, escalation, log) }
		if !s.shared {
			duties(ctx)
			return
		}
		lease.New(s.store, "duties", dutiesLease, time.Now).Keep(ctx, log, duties)
	})
	return func() {
		cancel()
		running.Wait()
		stopTelling()
	}, nil
}

// duties are done until ctx ends.
func (s *stack) duties(ctx context.Context, escalation []procedure.Escalation, log *slog.Logger) {
	var running sync.WaitGroup
	running.Go(func() { s.keys.sealRegularly(ctx, log) })
	running.Go(func() { s.recompute(ctx, log) })
	running.Go(func() { s.forget(ctx, log) })
	running.Go(func() { s.escalateRegularly(ctx, escalation, log) })
	running.Go(func() { s.papers.SweepRegularly(ctx) })
	if s.shared {
		running.Go(func() { countFigures(ctx, s.store, log).wait(ctx) })
	}
	running.Wait()
}
