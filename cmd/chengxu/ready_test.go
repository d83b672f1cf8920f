package main

import (
	"fmt"
	"log/slog"
	"math/bits"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// Each thing without which acts are not served is taken away, and named.
func TestReadinessNamesWhatIsMissing(t *testing.T) {
	s := startTestStack(t, 0)
	c := playReminded(t, s, "ready")
	s.ready.heads.keep = 0
	handler := must(s.handler(outside{}, slog.New(slog.DiscardHandler)))
	check := func(what string, want ...string) {
		t.Helper()
		if got := causesOf(s.ready.Ready(t.Context())); !slices.Equal(got, want) {
			t.Errorf("%s: causes %v, want %v", what, got, want)
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		if want == nil {
			if rec.Code != http.StatusOK {
				t.Errorf("%s: %d %s", what, rec.Code, rec.Body)
			}
			return
		}
		for _, cause := range want {
			if rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), cause) {
				t.Errorf("%s: %d %s, want 503 and %s", what, rec.Code, rec.Body, cause)
			}
		}
		for _, inner := range []string{s.dir, "sql", "127.0.0.1", string(c.Organ), "goose", "rpc"} {
			if strings.Contains(rec.Body.String(), inner) {
				t.Errorf("%s: the answer tells of %q: %s", what, inner, rec.Body)
			}
		}
	}
	check("all is there")

	if got := causesOf((*readiness)(nil).Ready(t.Context())); !slices.Equal(got, []string{causeStarting}) {
		t.Errorf("before it has started: %v", got)
	}
	s.ready.draining.Store(true)
	check("it is about to stop", causeDraining)
	s.ready.draining.Store(false)

	key := must(s.keys.key(t.Context(), c.Organ))
	size := must(s.store.TreeSize(t.Context(), c.Organ))
	right := ledger.Checkpoint{Origin: key.Origin(), Size: size, Root: must(ledger.TreeHead(size, s.store.HashReader(t.Context(), c.Organ)))}
	wrong := right
	wrong.Root[0] ^= 1
	save := func(c0 ledger.Checkpoint, size int64) {
		t.Helper()
		if err := s.store.SaveCheckpoint(t.Context(), c.Organ, size, must(ledger.SignCheckpoint(c0, key.Signer()))); err != nil {
			t.Fatal(err)
		}
	}
	save(wrong, size)
	check("the log does not give the root that was signed", causeLedger)
	if _, err := s.keys.Seal(t.Context(), c.Organ); err == nil || !strings.Contains(err.Error(), "is not signed") {
		t.Errorf("such a log is signed again: %v", err)
	}
	save(right, size)
	check("it does again")
	larger := right
	larger.Size++
	save(larger, size)
	check("more was signed than there is", causeLedger)
	save(right, size)

	if err := s.engine.stop(); err != nil {
		t.Fatal(err)
	}
	s.engine.stop = func() error { return nil }
	check("the engine has stopped", causeEngine)
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	check("the database is closed", causeDatabase)
}

// counted counts the hashes that are read.
type counted struct {
	ledger.Hashes
	n *int
}

func (c counted) ReadHashes(indexes []int64) ([]ledger.Hash, error) {
	*c.n += len(indexes)
	return c.Hashes.ReadHashes(indexes)
}

// What it costs to verify a head grows as the logarithm of the log, so that a start
// takes no longer among many entries.
func TestVerifyingAHeadReadsFewHashes(t *testing.T) {
	key := must(ledger.NewKey(ledger.Origin("bureau"), strings.NewReader(strings.Repeat("s", 64))))
	var hashes ledger.Hashes
	size := int64(0)
	for _, until := range []int64{1, 1000, 100_003} {
		for ; size < until; size++ {
			hashes = append(hashes, must(ledger.Append(size, fmt.Append(nil, "entry ", size), hashes))...)
		}
		root := must(ledger.TreeHead(size, hashes))
		note := must(ledger.SignCheckpoint(ledger.Checkpoint{Origin: key.Origin(), Size: size, Root: root}, key.Signer()))
		read := 0
		if err := verifySigned(store.Checkpoint{Size: size, Note: note}, key, size, counted{hashes, &read}); err != nil {
			t.Fatal(err)
		}
		if most := bits.Len64(uint64(size)); read == 0 || read > most {
			t.Errorf("of %d entries %d hashes were read, want at most %d", size, read, most)
		}
		hashes[0][0] ^= 1
		if err := verifySigned(store.Checkpoint{Size: size, Note: note}, key, size, hashes); size == 1 && err == nil {
			t.Error("a changed hash is not found")
		}
		hashes[0][0] ^= 1
	}
}
