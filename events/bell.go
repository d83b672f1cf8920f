package events

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Bell wakes those who wait for events of an organ. It carries no event: who is
// woken reads the outbox, so that nothing is lost when a ring is. It is safe for
// concurrent use; nothing in it blocks.
type Bell struct {
	mu      sync.Mutex
	waiting map[*waiter]struct{}
	done    chan struct{}
	closed  bool
}

type waiter struct {
	organ casefile.OrganID // empty: every organ
	rung  chan struct{}
}

// NewBell returns a bell that nobody listens to yet.
func NewBell() *Bell {
	return &Bell{waiting: map[*waiter]struct{}{}, done: make(chan struct{})}
}

// Listen gives a channel on which a value stands when the organ has new events,
// or any organ when none is named. Stop must be called once.
func (b *Bell) Listen(organ casefile.OrganID) (rung <-chan struct{}, stop func()) {
	w := &waiter{organ: organ, rung: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[w] = struct{}{}
	return w.rung, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.waiting, w)
	}
}

// Ring wakes those who wait for events of the organ.
func (b *Bell) Ring(organ casefile.OrganID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for w := range b.waiting {
		if w.organ != "" && w.organ != organ {
			continue
		}
		select {
		case w.rung <- struct{}{}:
		default: // it has not woken up from the last one yet
		}
	}
}

// Listening reports how many wait.
func (b *Bell) Listening() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting)
}

// Done is closed when the process ends and nobody should wait any more.
func (b *Bell) Done() <-chan struct{} { return b.done }

// Close sends everybody home. It may be called more than once.
func (b *Bell) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.done)
	}
}

// Watch rings for what other processes record, until ctx ends: it looks, as often
// as every says, while somebody listens. Heads gives the number of the last event
// of every organ.
func (b *Bell) Watch(ctx context.Context, heads func(context.Context) (map[casefile.OrganID]int64, error), every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	known := map[casefile.OrganID]int64{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if b.Listening() == 0 {
			continue
		}
		now, err := heads(ctx)
		if err != nil {
			if ctx.Err() == nil {
				log.WarnContext(ctx, "look for new events", "error", err)
			}
			continue
		}
		for organ, head := range now {
			if head != known[organ] {
				b.Ring(organ)
			}
		}
		known = now
	}
}
