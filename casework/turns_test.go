package casework

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
)

func TestTurnsLetOneCallerActOnACase(t *testing.T) {
	turns := newTurns()
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			done, err := turns.take(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			inside.Add(-1)
			done()
		})
	}
	all.Wait()
	if got := most.Load(); got != 1 {
		t.Errorf("%d callers had the turn at once", got)
	}
	if len(turns.cases) != 0 {
		t.Errorf("%d turns are left behind", len(turns.cases))
	}
}

func TestTurnsOfDifferentCasesDoNotWait(t *testing.T) {
	turns := newTurns()
	doneA, err := turns.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer doneA()
	doneB, err := turns.take(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	doneB()
}

func TestTurnsGiveUpWithTheCaller(t *testing.T) {
	turns := newTurns()
	done, err := turns.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.take(gone, "a"); err == nil {
		t.Fatal("a caller that is gone got the turn")
	}
	done()
	if len(turns.cases) != 0 {
		t.Errorf("%d turns are left behind", len(turns.cases))
	}
}
