package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

func TestOfSeveralProcessesOneHasTheKey(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx, at := t.Context(), time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
		if _, err := db.KeyFingerprint(ctx, "log a"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("before anybody has one: %v", err)
		}
		var claimed atomic.Int64
		var all sync.WaitGroup
		for _, fingerprint := range []string{"f1", "f2", "f3", "f4"} {
			all.Go(func() {
				switch err := db.ClaimKey(ctx, "log a", fingerprint, at); {
				case err == nil:
					claimed.Add(1)
				case !errors.Is(err, casefile.ErrConflict):
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := claimed.Load(); n != 1 {
			t.Fatalf("%d processes have a key of their own for one log", n)
		}
		standing, err := db.KeyFingerprint(ctx, "log a")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.ClaimKey(ctx, "log a", standing, at); err != nil {
			t.Errorf("the same key again: %v", err)
		}
		if err := db.ClaimKey(ctx, "log b", "f9", at); err != nil {
			t.Errorf("another log: %v", err)
		}
		if err := db.ReplaceKey(ctx, "log a", "f8", at); err != nil {
			t.Fatal(err)
		}
		if err := db.ClaimKey(ctx, "log a", standing, at); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("the key that was replaced: %v", err)
		}
	})
}

func TestTheLastVerificationOfAPersonIsKept(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		ctx, at := t.Context(), time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)
		for _, state := range []string{`{"stage":"export"}`, `{"stage":"done","error":"据"}`} {
			if err := db.SaveVerification(ctx, testOrgan, "p1", []byte(state), at); err != nil {
				t.Fatal(err)
			}
			if got, err := db.Verification(ctx, testOrgan, "p1"); err != nil || string(got) != state {
				t.Errorf("kept %s, %v; want %s", got, err, state)
			}
		}
		if _, err := db.Verification(ctx, testOrgan, "p2"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("of somebody else: %v", err)
		}
		if err := db.PurgeVerifications(ctx, at); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Verification(ctx, testOrgan, "p1"); err != nil {
			t.Errorf("a new one was removed: %v", err)
		}
		if err := db.PurgeVerifications(ctx, at.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Verification(ctx, testOrgan, "p1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("an old one is kept: %v", err)
		}
	})
}
