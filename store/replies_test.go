package store_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

var (
	replyKey = store.ReplyKey{Caller: "c", Route: "POST /things", Key: "k"}
	asked    = time.Date(2026, time.March, 1, 8, 0, 0, 0, time.UTC)
)

func begin(t *testing.T, s *store.Store, k store.ReplyKey, print string, at time.Time) (store.KeptReply, bool) {
	t.Helper()
	kept, begun, err := s.BeginReply(t.Context(), k, print, at, true)
	if err != nil {
		t.Fatal(err)
	}
	return kept, begun
}

func TestOneOfManyBeginsAWrite(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		var begun atomic.Int64
		done := make(chan error)
		for range 20 {
			go func() {
				kept, first, err := db.BeginReply(t.Context(), replyKey, "print", asked, true)
				if first {
					begun.Add(1)
				}
				if err == nil && kept.Fingerprint != "print" {
					err = errors.New("another fingerprint")
				}
				done <- err
			}()
		}
		for range 20 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if begun.Load() != 1 {
			t.Errorf("%d began the same write", begun.Load())
		}
	})
}

func TestAnAnswerIsKeptAcrossARestartForADayAndPurgedLater(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if _, begun := begin(t, db.Store, replyKey, "print", asked); !begun {
			t.Fatal("not begun")
		}
		if err := db.FinishReply(t.Context(), replyKey, []byte("answer")); err != nil {
			t.Fatal(err)
		}
		if err := db.FinishReply(t.Context(), replyKey, []byte("another")); err != nil { // a straggler changes nothing
			t.Fatal(err)
		}
		if err := db.DropReply(t.Context(), replyKey); err != nil { // nor does it take an answer away
			t.Fatal(err)
		}
		if err := db.PurgeReplies(t.Context(), asked.Add(25*time.Hour)); err != nil {
			t.Fatal(err)
		}
		kept, begun := begin(t, reopen(t, db.url), replyKey, "other", asked.Add(25*time.Hour))
		if begun || kept.Fingerprint != "print" || string(kept.Answer) != "answer" || !kept.BegunAt.Equal(asked) {
			t.Errorf("after a restart: begun %t, %+v", begun, kept)
		}
		if _, begun := begin(t, db.Store, replyKey, "other", asked.Add(49*time.Hour)); !begun {
			t.Error("a key is kept for ever")
		}
		if err := db.PurgeReplies(t.Context(), asked.Add(100*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if kept, begun := begin(t, db.Store, replyKey, "third", asked); !begun {
			t.Errorf("after the purge: %+v", kept)
		}
	})
}

func TestADroppedWriteCanBeBegunAgain(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		begin(t, db.Store, replyKey, "print", asked)
		for _, other := range []store.ReplyKey{{Caller: "d", Route: replyKey.Route, Key: "k"}, {Caller: "c", Route: "POST /others", Key: "k"}} {
			if _, begun := begin(t, db.Store, other, "print", asked); !begun {
				t.Errorf("%+v is taken for another write", other)
			}
		}
		if err := db.DropReply(t.Context(), replyKey); err != nil {
			t.Fatal(err)
		}
		if _, begun := begin(t, db.Store, replyKey, "other", asked); !begun {
			t.Error("a dropped write cannot be begun")
		}
	})
}

func TestACallerKeepsABoundedNumberOfKeys(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		err := db.exec(t.Context(), `INSERT INTO replies (caller, route, idem_key, fingerprint, begun_at)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
			SELECT 'c', 'r', CAST(i AS TEXT), 'p', 1772352000000 FROM n`)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.BeginReply(t.Context(), replyKey, "p", asked, true); !errors.Is(err, casefile.ErrForbidden) {
			t.Errorf("one key more: %v", err)
		}
		if _, begun, err := db.BeginReply(t.Context(), replyKey, "p", asked, false); err != nil || !begun {
			t.Errorf("without a limit: %t, %v", begun, err)
		}
	})
}
