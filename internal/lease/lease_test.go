package lease_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/internal/lease"
)

// board keeps one lease in memory, by the rules of the store.
type board struct {
	mu     sync.Mutex
	holder string
	until  time.Time
	err    error
}

func (b *board) TakeLease(_ context.Context, _, holder string, now, until time.Time) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return false, b.err
	}
	if b.holder != holder && b.until.After(now) {
		return false, nil
	}
	b.holder, b.until = holder, until
	return true, nil
}

func (b *board) DropLease(_ context.Context, _, holder string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.holder == holder {
		b.until = time.Time{}
	}
	return nil
}

func (b *board) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

// takeAway gives the lease to somebody else, as a process does whose clock is ahead.
func (b *board) takeAway(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holder, b.until = "somebody else", until
}

// keeper is a process that keeps the lease, and says when it begins and ends.
type keeper struct {
	began, ended chan struct{}
	stop         func()
}

func keep(t *testing.T, b *board, lasts time.Duration) *keeper {
	t.Helper()
	k := &keeper{began: make(chan struct{}, 100), ended: make(chan struct{}, 100)}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		lease.New(b, "duties", lasts, time.Now).Keep(ctx, slog.New(slog.DiscardHandler), func(ctx context.Context) {
			k.began <- struct{}{}
			<-ctx.Done()
			k.ended <- struct{}{}
		})
	})
	k.stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(k.stop)
	return k
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not happen", what)
	}
}

func TestOneOfTwoWorksAndTheOtherTakesOver(t *testing.T) {
	b := &board{}
	first := keep(t, b, time.Hour) // never has to be renewed: only giving it back lets the next one begin
	await(t, "the first one's beginning", first.began)
	second := keep(t, b, 60*time.Millisecond)
	first.stop()
	select {
	case <-first.ended:
	default:
		t.Error("what the first one does goes on after it was stopped")
	}
	await(t, "the second one's beginning", second.began)
	if len(first.began) != 0 {
		t.Error("the first one began twice")
	}
}

func TestWhoLosesTheLeaseStopsAndComesBack(t *testing.T) {
	b := &board{}
	k := keep(t, b, 60*time.Millisecond)
	await(t, "the beginning", k.began)
	b.takeAway(time.Now().Add(200 * time.Millisecond))
	await(t, "the end of what is done", k.ended)
	await(t, "the second beginning", k.began)
	b.fail(errors.New("the database does not answer"))
	await(t, "the end when the lease could not be renewed", k.ended)
	b.fail(nil)
	await(t, "the third beginning", k.began)
}
