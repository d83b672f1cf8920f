// Package lease lets one of several processes on a database do what only one may
// do at a time. It imports nothing of this module.
package lease

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"
)

// Storage keeps who holds which lease until when.
type Storage interface {
	// TakeLease reports whether the holder has the lease until an instant: not while
	// somebody else has it. Who has it already has it longer.
	TakeLease(ctx context.Context, name, holder string, now, until time.Time) (bool, error)
	DropLease(ctx context.Context, name, holder string) error
}

// Lease is the right of this process to do something. It is safe for concurrent
// use.
type Lease struct {
	storage Storage
	name    string
	holder  string
	lasts   time.Duration
	now     func() time.Time

	mu    sync.Mutex
	until time.Time // zero: not held
	next  time.Time // when to try again, while another process holds it
}

// New returns a lease that is not held yet. When this process dies, another one
// waits for as long as the lease lasts.
func New(storage Storage, name string, lasts time.Duration, now func() time.Time) *Lease {
	return &Lease{storage: storage, name: name, holder: rand.Text(), lasts: lasts, now: now}
}

// Hold reports whether the lease is held for at least as long as is needed. It is
// taken or renewed here when it has to be.
func (l *Lease) Hold(ctx context.Context, needed time.Duration) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if now.Add(max(needed, l.lasts/2)).Before(l.until) {
		return true, nil
	}
	if now.Before(l.next) {
		return false, nil
	}
	until := now.Add(l.lasts)
	held, err := l.storage.TakeLease(ctx, l.name, l.holder, now, until)
	if err != nil {
		return now.Add(needed).Before(l.until), err
	}
	if !held {
		l.until, l.next = time.Time{}, now.Add(l.lasts/6)
		return false, nil
	}
	l.until = until
	return true, nil
}

// Keep does something for as long as the lease is held, until ctx ends: it waits for
// the lease and renews it. When the lease is lost, the context that do was given ends;
// do is called again once the lease is back. Do must return when its context ends.
func (l *Lease) Keep(ctx context.Context, log *slog.Logger, do func(ctx context.Context)) {
	tick := time.NewTicker(l.lasts / 6)
	defer tick.Stop()
	defer l.Drop(ctx, log)
	var running sync.WaitGroup
	var end context.CancelFunc // nil: nothing runs
	stop := func() {
		if end != nil {
			end()
			running.Wait()
			end = nil
		}
	}
	defer stop()
	for {
		held, err := l.Hold(ctx, l.lasts/6)
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "renew a lease", "lease", l.name, "error", err)
		}
		switch {
		case !held:
			stop()
		case end == nil && ctx.Err() == nil:
			within, cancel := context.WithCancel(ctx)
			end = cancel
			running.Go(func() { do(within) })
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Drop lets the next process begin at once, also when ctx has ended.
func (l *Lease) Drop(ctx context.Context, log *slog.Logger) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.until.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := l.storage.DropLease(ctx, l.name, l.holder); err != nil {
		log.WarnContext(ctx, "give back a lease", "lease", l.name, "error", err)
	}
	l.until = time.Time{}
}
