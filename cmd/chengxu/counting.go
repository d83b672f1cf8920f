package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/zhengdang/chengxu/store"
)

// countWithin is how long a start waits until a record from before figures is
// counted.
const countWithin = 2 * time.Second

// counting is the counting of a record from before figures, beside the work.
type counting struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// countFigures counts what is not counted yet, and enters into the register of documents
// what the record says of them. Usually that is nothing, or little; a
// long record is counted on after this has returned, and until then figures and
// health say that they are behind. What is broken off begins anew with the next start.
func countFigures(ctx context.Context, db *store.Store, log *slog.Logger) *counting {
	within, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &counting{cancel: cancel, done: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(c.done)
		err := db.RederiveHappenings(within)
		if err == nil {
			err = db.RederiveRegister(within)
		}
		switch took := time.Since(began); {
		case within.Err() != nil:
		case err != nil:
			log.Error("older cases are not counted in figures, or not entered into the register of documents", "error", err)
		case took > countWithin:
			log.Info("older cases are counted in figures", "took", took.Round(time.Second))
		}
	}()
	select {
	case <-c.done:
	case <-ctx.Done():
	case <-time.After(countWithin):
		log.Info("older cases are being counted; figures are incomplete until then")
	}
	return c
}

// stop breaks off what is not done.
func (c *counting) stop() {
	c.cancel()
	<-c.done
}

// wait waits until everything is counted, or breaks off when ctx ends.
func (c *counting) wait(ctx context.Context) {
	select {
	case <-c.done:
	case <-ctx.Done():
		c.stop()
	}
}
