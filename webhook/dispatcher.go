package webhook

import (
	"context"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/lease"
)

// Options make a [Dispatcher]. Storage, Key, Client and Listen are required; zero
// durations mean what is said beside them.
type Options struct {
	Storage Storage
	Key     Key
	Client  Doer
	// Listen gives a channel on which a value stands when there are new events.
	Listen func(organ casefile.OrganID) (rung <-chan struct{}, stop func())
	Log    *slog.Logger // nil: silent

	Timeout time.Duration // of one delivery: 10 seconds
	GiveUp  time.Duration // after which a subscription that always fails is dead: 5 days
	First   time.Duration // wait after the first failure: 5 seconds; it doubles
	Longest time.Duration // longest wait: an hour
	Poll    time.Duration // how often to look without being woken: 1 second
	Lease   time.Duration // how long another process waits for one that has died: 30 seconds

	Now    func() time.Time // nil: time.Now
	Jitter func() float64   // 0 to 1; nil: random
}

func (o *Options) fill() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.Timeout, 10 * time.Second}, {&o.GiveUp, 5 * 24 * time.Hour}, {&o.First, 5 * time.Second},
		{&o.Longest, time.Hour}, {&o.Poll, time.Second}, {&o.Lease, 30 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Jitter == nil {
		o.Jitter = mathrand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// Dispatcher sends what subscriptions ask for. Of all processes on one database
// one sends at a time.
type Dispatcher struct {
	o     Options
	lease *lease.Lease
	slots chan struct{} // one for each subscription that is being served
	again chan struct{} // there is more to do at once

	mu     sync.Mutex
	busy   map[string]bool
	looked map[string]int64 // number up to which nothing is for the subscription
}

// atOnce bounds the subscriptions that are served at the same time.
const atOnce = 16

// NewDispatcher returns a dispatcher that does not run yet.
func NewDispatcher(o Options) (*Dispatcher, error) {
	if o.Storage == nil || o.Client == nil || o.Listen == nil {
		return nil, errors.New("webhook: storage, client and bell are required")
	}
	o.fill()
	if o.Lease < 2*o.Timeout {
		return nil, errors.New("webhook: the lease must last for two deliveries at least")
	}
	return &Dispatcher{
		o: o, slots: make(chan struct{}, atOnce), again: make(chan struct{}, 1), busy: map[string]bool{}, looked: map[string]int64{},
		lease: lease.New(o.Storage, "webhooks", o.Lease, o.Now),
	}, nil
}

// Run sends until ctx ends. What goes wrong is logged and tried again.
func (d *Dispatcher) Run(ctx context.Context) {
	rung, stop := d.o.Listen("")
	defer stop()
	poll := time.NewTicker(d.o.Poll)
	defer poll.Stop()
	var serving sync.WaitGroup
	defer d.lease.Drop(ctx, d.o.Log)
	defer serving.Wait()
	for {
		if err := d.round(ctx, &serving); err != nil && ctx.Err() == nil {
			d.o.Log.WarnContext(ctx, "deliver webhooks", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-rung:
		case <-d.again:
		case <-poll.C:
		}
	}
}

// round begins to serve each subscription that is in turn and is not being served.
func (d *Dispatcher) round(ctx context.Context, serving *sync.WaitGroup) error {
	turn, err := d.o.Storage.WebhooksInTurn(ctx, Active, d.o.Now())
	if err != nil || len(turn) == 0 {
		return err
	}
	if held, err := d.lease.Hold(ctx, d.o.Timeout); err != nil || !held {
		return err
	}
	for _, w := range turn {
		key := string(w.Organ) + "\n" + w.ID
		if !d.begin(key) {
			continue
		}
		serving.Go(func() {
			more, err := d.serve(ctx, w)
			if err != nil && ctx.Err() == nil {
				d.o.Log.WarnContext(ctx, "deliver webhook", "organ", w.Organ, "webhook", w.ID, "error", err)
			}
			d.end(key, more && err == nil)
		})
	}
	return nil
}

// begin takes a slot for a subscription, or reports that there is none now.
func (d *Dispatcher) begin(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.busy[key] {
		return false
	}
	select {
	case d.slots <- struct{}{}:
	default:
		return false
	}
	d.busy[key] = true
	return true
}

// end gives the slot back, and asks for another round when there is more to send,
// or others may have waited for the slot.
func (d *Dispatcher) end(key string, more bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	full := len(d.slots) == cap(d.slots)
	delete(d.busy, key)
	<-d.slots
	if more || full {
		select {
		case d.again <- struct{}{}:
		default:
		}
	}
}
