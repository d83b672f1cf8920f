package webhook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/webhook"
)

const organ casefile.OrganID = "上海市普陀区绿化和市容管理局"

var _ webhook.Storage = (*store.Store)(nil)

func openStore(t testing.TB) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// record adds the next entry of a case.
func record(t testing.TB, s *store.Store, id casefile.ID, sequence int64, practice bool) {
	t.Helper()
	by := casefile.Actor{Person: "p1", Name: "承办人", Roles: []casefile.Role{"drafter"}}
	on := legaltime.NewDate(2024, time.March, 1)
	e := casefile.Entry{Case: id, Organ: organ, Sequence: sequence, Kind: casefile.EntryAct, On: on, Practice: practice,
		At: time.Date(2024, 3, 1, 0, 0, int(sequence), 0, time.UTC), Step: "intake", Round: 1, Verb: "note",
		Act: &casefile.Act{ID: fmt.Sprint("a", sequence), Kind: "intake.note", By: by}}
	if sequence == 1 {
		e.Kind, e.Step, e.Round, e.Verb, e.Act.Kind = casefile.EntryOpened, "", 0, "", "case.open"
		e.Matter = &casefile.Matter{Title: "方案", Category: "public_policy"}
		e.Pinned = &casefile.Pinned{Procedure: "cn.major-decision@2019", Definition: casefile.Digest(strings.Repeat("a", 64)),
			Calendar: casefile.Digest(strings.Repeat("c", 64))}
	}
	if _, err := s.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

// delivery is a request that a receiver has got.
type delivery struct {
	id, timestamp, signature, mediaType string
	body                                []byte
	event                               struct {
		ID, Subject, Type string
		Data              casefile.Event
	}
}

// receiver accepts what answer says.
type receiver struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	got      []delivery
	inFlight int
	answer   func(d delivery) int // nil: 204
	arrived  chan struct{}
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{t: t, arrived: make(chan struct{}, 1000)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil || len(body) == 0 {
		return // the sender was killed
	}
	d := delivery{id: req.Header.Get("webhook-id"), timestamp: req.Header.Get("webhook-timestamp"),
		signature: req.Header.Get("webhook-signature"), mediaType: req.Header.Get("Content-Type"), body: body}
	if err := json.Unmarshal(body, &d.event); err != nil {
		r.t.Errorf("%v: %s", err, body)
	}
	r.mu.Lock()
	r.inFlight++
	if r.inFlight > 1 {
		r.t.Error("two deliveries of one subscription at once")
	}
	r.got = append(r.got, d)
	answer := r.answer
	r.mu.Unlock()
	status := http.StatusNoContent
	if answer != nil {
		status = answer(d)
	}
	r.mu.Lock()
	r.inFlight--
	r.mu.Unlock()
	w.WriteHeader(status)
	r.arrived <- struct{}{}
}

func (r *receiver) received() []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got...)
}

// await waits for so many deliveries in all.
func (r *receiver) await(n int) []delivery {
	r.t.Helper()
	late := time.After(20 * time.Second)
	for {
		if got := r.received(); len(got) >= n {
			return got
		}
		select {
		case <-r.arrived:
		case <-late:
			r.t.Fatalf("%d deliveries came, want %d", len(r.received()), n)
		}
	}
}

// clock is a clock that a test moves.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// world is a store with a subscription.
type world struct {
	t       testing.TB
	store   *store.Store
	bell    *events.Bell
	clock   *clock
	targets webhook.Targets
	service *webhook.Service
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, store: openStore(t), bell: events.NewBell(), clock: &clock{}, targets: webhook.Targets{Loopback: true}}
	w.store.AnnounceTo(w.bell.Ring)
	w.service = webhook.NewService(w.store, webhook.Key{1}, w.targets, w.clock.now, w.bell.Ring)
	return w
}

func (w *world) subscribe(wish webhook.Wish) (webhook.Subscription, string) {
	w.t.Helper()
	wish.Organ, wish.By = organ, "admin"
	sub, secret, err := w.service.Create(w.t.Context(), wish)
	if err != nil {
		w.t.Fatal(err)
	}
	return sub, secret
}

func (w *world) options() webhook.Options {
	return webhook.Options{Storage: w.store, Key: webhook.Key{1}, Client: w.targets.Client(), Listen: w.bell.Listen, Now: w.clock.now,
		Jitter: func() float64 { return 1 }, Poll: 5 * time.Millisecond}
}

// run lets a dispatcher run; the function that is given back ends it and waits.
func (w *world) run(o webhook.Options) (stop func()) {
	w.t.Helper()
	d, err := webhook.NewDispatcher(o)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	w.t.Cleanup(stop)
	return stop
}

// until waits for a condition of a subscription, woken by nothing but time.
func (w *world) until(id string, ok func(webhook.Subscription) bool) webhook.Subscription {
	w.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(20 * time.Second); ; {
		sub, err := w.store.Webhook(w.t.Context(), organ, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if ok(sub) {
			return sub
		}
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("subscription stays as %+v", sub)
		}
	}
}
