package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/webhook"
)

func TestEveryEntryIsDeliveredSignedAndInOrder(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	sub, secret := w.subscribe(webhook.Wish{URL: r.URL + "/in?key=1"})
	w.run(w.options())
	for n := int64(1); n <= 3; n++ {
		record(t, w.store, "c1", n, false)
		record(t, w.store, "c2", n, false)
	}
	got := r.await(6)
	for i, d := range got {
		if d.id != d.event.ID || d.mediaType != "application/cloudevents+json" {
			t.Errorf("delivery %d: id %q, media type %q, event %q", i, d.id, d.mediaType, d.event.ID)
		}
		if err := webhook.Verify(secret, d.id, d.timestamp, d.signature, d.body, w.clock.now()); err != nil {
			t.Errorf("delivery %d: %v", i, err)
		}
		if want := int64(i/2 + 1); d.event.Data.Sequence != want {
			t.Errorf("delivery %d is entry %d of %s, want %d", i, d.event.Data.Sequence, d.event.Subject, want)
		}
	}
	w.until(sub.ID, func(s webhook.Subscription) bool { return s.Delivered == 6 })
}

func TestASubscriptionGetsWhatItAsksForAndNothingElse(t *testing.T) {
	w, r, p := newWorld(t), newReceiver(t), newReceiver(t)
	record(t, w.store, "c1", 1, false)
	start := int64(0)
	w.subscribe(webhook.Wish{ID: "acts", URL: r.URL, Kinds: []casefile.EntryKind{casefile.EntryAct}, Case: "c1", From: &start})
	w.subscribe(webhook.Wish{ID: "practice", URL: p.URL, Practice: true})
	w.run(w.options())
	record(t, w.store, "c2", 1, false)
	record(t, w.store, "c2", 2, false)
	record(t, w.store, "practice", 1, true)
	record(t, w.store, "c1", 2, false)
	if got := p.await(1); got[0].event.Subject != "practice" || !got[0].event.Data.Practice {
		t.Errorf("the practice subscription got %s", got[0].body)
	}
	if got := r.await(1); got[0].event.Subject != "c1" || got[0].event.Data.Sequence != 2 {
		t.Errorf("the subscription to acts of c1 got %s", got[0].body)
	}
	record(t, w.store, "c1", 3, false)
	if got := r.await(2); len(got) != 2 || got[1].event.Data.Sequence != 3 || len(p.received()) != 1 {
		t.Errorf("got %d and %d deliveries", len(got), len(p.received()))
	}
}

// dying is a process that is killed at one of its steps: before or after what it
// does in the database and on the network. From then on it does nothing any more.
type dying struct {
	webhook.Storage
	client webhook.Doer
	kill   context.CancelFunc

	mu     sync.Mutex
	step   int
	dieAt  int
	killed bool
}

var errKilled = errors.New("killed")

func (d *dying) alive() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.step++
	if d.step == d.dieAt {
		d.killed = true
		d.kill()
	}
	if d.killed {
		return errKilled
	}
	return nil
}

func (d *dying) do(f func() error) error {
	if err := d.alive(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	return d.alive()
}

func (d *dying) WebhooksInTurn(ctx context.Context, state string, now time.Time) (out []webhook.Subscription, err error) {
	return out, d.do(func() error { out, err = d.Storage.WebhooksInTurn(ctx, state, now); return err })
}

func (d *dying) Webhook(ctx context.Context, of casefile.OrganID, id string) (out webhook.Subscription, err error) {
	err = d.do(func() error { out, err = d.Storage.Webhook(ctx, of, id); return err })
	return out, err
}

func (d *dying) Events(ctx context.Context, f events.Filter) (out []events.Event, err error) {
	err = d.do(func() error { out, err = d.Storage.Events(ctx, f); return err })
	return out, err
}

func (d *dying) TreeSize(ctx context.Context, of casefile.OrganID) (n int64, err error) {
	err = d.do(func() error { n, err = d.Storage.TreeSize(ctx, of); return err })
	return n, err
}

func (d *dying) TakeLease(ctx context.Context, name, holder string, now, until time.Time) (ok bool, err error) {
	err = d.do(func() error { ok, err = d.Storage.TakeLease(ctx, name, holder, now, until); return err })
	return ok, err
}

func (d *dying) WebhookDelivered(ctx context.Context, of casefile.OrganID, id string, from, to int64) error {
	return d.do(func() error { return d.Storage.WebhookDelivered(context.WithoutCancel(ctx), of, id, from, to) })
}

func (d *dying) DropLease(ctx context.Context, name, holder string) error {
	return d.do(func() error { return d.Storage.DropLease(ctx, name, holder) })
}

func (d *dying) Do(req *http.Request) (resp *http.Response, err error) {
	err = d.do(func() error { resp, err = d.client.Do(req); return err }) //nolint:bodyclose // closed below or by the caller
	if err != nil && resp != nil {
		resp.Body.Close()
	}
	return resp, err
}

// The dispatcher is killed at each of its steps, one run after the other, and
// another process goes on. Whatever the step, nothing is lost and nothing comes
// out of order.
func TestADispatcherThatIsKilledAnywhereLosesNothing(t *testing.T) {
	for dieAt := 1; ; dieAt++ {
		w, r := newWorld(t), newReceiver(t)
		sub, _ := w.subscribe(webhook.Wish{URL: r.URL})
		for n := int64(1); n <= 3; n++ {
			record(t, w.store, "c1", n, false)
			record(t, w.store, "c2", n, false)
		}
		killed := w.runUntilKilled(sub.ID, dieAt)
		w.clock.advance(time.Minute) // the lease of the dead process runs out
		stop := w.run(w.options())
		w.until(sub.ID, func(s webhook.Subscription) bool { return s.Delivered == 6 })
		stop()
		checkOrder(t, fmt.Sprintf("killed at step %d", dieAt), r.received(), 3)
		if !killed {
			if dieAt < 40 {
				t.Fatalf("only %d steps were tried", dieAt)
			}
			return
		}
	}
}

// runUntilKilled reports whether the dispatcher came to the step at which it dies,
// before everything was delivered.
func (w *world) runUntilKilled(id string, dieAt int) bool {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	d := &dying{Storage: w.store, client: w.targets.Client(), kill: cancel, dieAt: dieAt}
	o := w.options()
	o.Storage, o.Client = d, d
	dispatcher, err := webhook.NewDispatcher(o)
	if err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); dispatcher.Run(ctx) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		sub, err := w.store.Webhook(w.t.Context(), organ, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if sub.Delivered == 6 {
			break
		}
		<-tick.C
	}
	d.mu.Lock()
	killed := d.killed
	d.killed = true // whoever comes to the end dies there, too
	d.mu.Unlock()
	cancel()
	<-ended
	return killed
}

// checkOrder wants every entry of both cases at least once, and none before the
// one before it.
func checkOrder(t *testing.T, when string, got []delivery, most int64) {
	t.Helper()
	seen := map[string]int64{}
	for _, d := range got {
		last := seen[d.event.Subject]
		if n := d.event.Data.Sequence; n > last+1 || n < last {
			t.Errorf("%s: entry %d of %s came after entry %d", when, n, d.event.Subject, last)
		} else {
			seen[d.event.Subject] = n
		}
	}
	for _, id := range []string{"c1", "c2"} {
		if seen[id] != most {
			t.Errorf("%s: %s was delivered up to entry %d of %d", when, id, seen[id], most)
		}
	}
}

func TestOfTwoProcessesOneSendsAndTheOtherTakesOver(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	sub, _ := w.subscribe(webhook.Wish{URL: r.URL})
	stopFirst := w.run(w.options())
	w.run(w.options())
	for n := int64(1); n <= 10; n++ {
		record(t, w.store, "c1", n, false)
		record(t, w.store, "c2", n, false)
	}
	w.until(sub.ID, func(s webhook.Subscription) bool { return s.Delivered == 20 })
	if got := r.received(); len(got) != 20 {
		t.Errorf("%d deliveries of 20 events: both processes sent", len(got))
	}
	stopFirst()
	w.clock.advance(10 * time.Second) // when the other one tries again; its lease would last for longer
	record(t, w.store, "c1", 11, false)
	record(t, w.store, "c2", 11, false)
	w.until(sub.ID, func(s webhook.Subscription) bool { return s.Delivered == 22 })
	checkOrder(t, "two processes", r.received(), 11)
}

func TestAFailedDeliveryIsTriedAgainLaterAndLaterUntilTheReceiverIsGivenUp(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	r.answer = func(delivery) int { return http.StatusInternalServerError }
	sub, _ := w.subscribe(webhook.Wish{URL: r.URL + "/?token=hidden"})
	var logged bytes.Buffer
	o := w.options()
	o.Log = slog.New(slog.NewTextHandler(&logged, nil))
	stop := w.run(o)
	record(t, w.store, "c1", 1, false)
	record(t, w.store, "c1", 2, false)
	var waits []time.Duration
	for n := int64(1); ; n++ {
		got := w.until(sub.ID, func(s webhook.Subscription) bool { return s.Attempts == n || s.State == webhook.Dead })
		if got.State == webhook.Dead {
			break
		}
		waits = append(waits, got.NextAt.Sub(w.clock.now()).Round(time.Second))
		w.clock.advance(got.NextAt.Sub(w.clock.now()))
	}
	if want := []time.Duration{5, 10, 20, 40, 80, 160, 320}; !slices.Equal(waits[:7], scaled(want)) || slices.Max(waits) != time.Hour || len(waits) < 100 {
		t.Errorf("%d waits: %v", len(waits), waits)
	}
	for _, d := range r.received() {
		if d.event.Data.Sequence != 1 {
			t.Fatal("entry 2 was sent before entry 1 was accepted")
		}
	}
	r.mu.Lock()
	r.answer, r.got = nil, nil
	r.mu.Unlock()
	if _, err := w.service.Resume(t.Context(), organ, sub.ID); err != nil {
		t.Fatal(err)
	}
	if got := r.await(2); got[0].event.Data.Sequence != 1 || got[1].event.Data.Sequence != 2 {
		t.Error("a resumed subscription does not go on where it stood")
	}
	stop()
	if !strings.Contains(logged.String(), "webhook is dead") || strings.Contains(logged.String(), "hidden") {
		t.Errorf("log: %s", &logged)
	}
}

func scaled(seconds []time.Duration) []time.Duration {
	for i := range seconds {
		seconds[i] *= time.Second
	}
	return seconds
}

func TestAReceiverThatIsGoneIsGivenUpAtOnceAndOneThatNamesAWaitIsHeard(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	r.answer = func(delivery) int { return http.StatusGone }
	gone, _ := w.subscribe(webhook.Wish{URL: r.URL})
	busy := newReceiver(t)
	busy.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "120")
		rw.WriteHeader(http.StatusTooManyRequests)
	})
	waits, _ := w.subscribe(webhook.Wish{URL: busy.URL})
	w.run(w.options())
	record(t, w.store, "c1", 1, false)
	w.until(gone.ID, func(s webhook.Subscription) bool { return s.State == webhook.Dead })
	got := w.until(waits.ID, func(s webhook.Subscription) bool { return s.Attempts == 1 })
	if wait := got.NextAt.Sub(w.clock.now()); wait < 110*time.Second || wait > 120*time.Second || got.LastError != "the receiver answered 429" {
		t.Errorf("wait %s after %q", wait, got.LastError)
	}
}

func TestADisabledSubscriptionIsSilentAndLosesNothing(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	sub, _ := w.subscribe(webhook.Wish{URL: r.URL})
	inside, goOn := make(chan struct{}), make(chan struct{})
	r.answer = func(d delivery) int {
		if d.event.Data.Sequence == 1 {
			close(inside)
			<-goOn
		}
		return http.StatusOK
	}
	for n := int64(1); n <= 3; n++ {
		record(t, w.store, "c1", n, false)
	}
	w.run(w.options())
	<-inside
	if _, err := w.service.Disable(t.Context(), organ, sub.ID); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	got := w.until(sub.ID, func(s webhook.Subscription) bool { return s.Delivered == 1 })
	if got.State != webhook.Disabled || len(r.received()) != 1 {
		t.Errorf("state %s after %d deliveries", got.State, len(r.received()))
	}
	if _, err := w.service.Resume(t.Context(), organ, sub.ID); err != nil {
		t.Fatal(err)
	}
	r.await(3)
}

func TestAfterARotationBothSecretsSignForADay(t *testing.T) {
	w, r := newWorld(t), newReceiver(t)
	sub, before := w.subscribe(webhook.Wish{URL: r.URL})
	_, after, err := w.service.Rotate(t.Context(), organ, sub.ID)
	if err != nil || after == before {
		t.Fatalf("the secret stays as it was (%v)", err)
	}
	w.run(w.options())
	record(t, w.store, "c1", 1, false)
	d := r.await(1)[0]
	for _, secret := range []string{before, after} {
		if err := webhook.Verify(secret, d.id, d.timestamp, d.signature, d.body, w.clock.now()); err != nil {
			t.Error(err)
		}
	}
	w.clock.advance(25 * time.Hour)
	record(t, w.store, "c1", 2, false)
	d = r.await(2)[1]
	if err := webhook.Verify(before, d.id, d.timestamp, d.signature, d.body, w.clock.now()); err == nil {
		t.Error("a day after the rotation the old secret still signs")
	}
	if err := webhook.Verify(after, d.id, d.timestamp, d.signature, d.body, w.clock.now()); err != nil {
		t.Error(err)
	}
}
