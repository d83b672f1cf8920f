package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/store"
)

// signedHeads notes every signed head of a log that it comes to see, and has the processes
// sign as often as they can, at the same time.
type signedHeads struct {
	c     *aCluster
	db    *store.Store
	organ casefile.OrganID
	token string
	known atomic.Pointer[casefile.ID] // a case whose dossier is asked for

	mu   sync.Mutex
	seen map[int64][]byte // notes by size
}

// watch looks until ctx ends.
func (h *signedHeads) watch(ctx context.Context) {
	var all sync.WaitGroup
	for _, at := range h.c.apis {
		all.Go(func() { h.haveSigned(ctx, "http://"+at) })
	}
	all.Wait()
}

// haveSigned asks a process for dossiers, each of which has the log signed, and notes
// the last head after each.
func (h *signedHeads) haveSigned(ctx context.Context, at string) {
	client := must(scenario.NewClient(at, h.token))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if id := h.known.Load(); id != nil {
			within, done := context.WithTimeout(ctx, 2*time.Second)
			_ = client.Dossier(within, *id, io.Discard) // a process that was ended does not answer
			done()
		}
		if last, err := h.db.LatestCheckpoint(ctx, h.organ); err == nil {
			h.mu.Lock()
			h.seen[last.Size] = last.Note
			h.mu.Unlock()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// check fails when a head that was signed is not one of the log as it is now.
func (h *signedHeads) check(t *testing.T, key string) {
	t.Helper()
	verifier := must(ledger.ParseVerifier(key))
	if len(h.seen) < 10 {
		t.Errorf("only %d heads of the log were seen", len(h.seen))
	}
	for size, note := range h.seen {
		signed, err := ledger.OpenCheckpoint(note, verifier)
		if err != nil {
			t.Errorf("head at %d: %v", size, err)
			continue
		}
		root, err := ledger.TreeHead(size, h.db.HashReader(t.Context(), h.organ))
		if err != nil || root != signed.Root {
			t.Errorf("the head at %d is none of the log as it is: %v", size, err)
		}
	}
}

// Whichever process ends, and however, while several cases are acted on: what was
// answered is in the ledger once, and no head was signed that is not one of the log.
func TestKillingAnyProcessOfSeveralLosesNothing(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	token := c.token(t, script.Organ, "trainer", "trainer")
	db := must(store.Open(t.Context(), c.database))
	t.Cleanup(func() { db.Close() })
	watched := &signedHeads{c: c, db: db, organ: casefile.OrganID(script.Organ), token: token, seen: map[int64][]byte{}}
	ctx, end := context.WithCancel(t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { watched.watch(ctx) })

	var acts atomic.Int64
	const cases = 3
	results, errs := make([]*scenario.Result, cases), make([]error, cases)
	var playing sync.WaitGroup
	for i := range cases {
		playing.Go(func() {
			engine := must(scenario.NewClient(c.url(), token))
			results[i], errs[i] = scenario.Play(ctx, script, engine, fmt.Sprintf("kill-%d", i), func(p scenario.Played) {
				acts.Add(1)
				if id := p.Got.Case.ID; id != "" {
					watched.known.Store(&id)
				}
			})
		})
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		playing.Wait()
	}()
	kills := []struct {
		name   string
		signal syscall.Signal
	}{
		{"worker 0", syscall.SIGKILL}, {"api 1", syscall.SIGKILL}, {"engine", syscall.SIGTERM},
		{"worker 1", syscall.SIGTERM}, {"api 0", syscall.SIGTERM}, {"engine", syscall.SIGKILL},
	}
	for _, kill := range kills {
		before := acts.Load()
		awaits(t, "acts before "+kill.name+" ends", func(context.Context) error {
			if acts.Load() < before+8 {
				return fmt.Errorf("%d of %d", acts.Load()-before, 8)
			}
			return nil
		})
		select {
		case <-over:
			t.Fatalf("all was over before %s ended: nothing is shown", kill.name)
		default:
		}
		if kill.signal == syscall.SIGTERM {
			c.programs[kill.name].stop(t)
		} else {
			c.programs[kill.name].kill()
		}
		c.begin(t, kill.name)
	}
	<-over
	for i, result := range results {
		if errs[i] != nil {
			t.Fatalf("case %d: %v", i, errs[i])
		}
		for _, problem := range result.Problems {
			t.Errorf("case %d: %v", i, problem)
		}
		checkOnce(t, c, token, result)
	}
	end()
	watching.Wait()
	key, err := newKeyring(t, c).key(t.Context(), watched.organ)
	if err != nil {
		t.Fatal(err)
	}
	watched.check(t, key.Verifier())
	c.awaitReady(t)
	c.stop(t)
}

func newKeyring(t *testing.T, c *aCluster) *keyring {
	t.Helper()
	db := must(store.Open(t.Context(), c.database))
	t.Cleanup(func() { db.Close() })
	return must(openKeyring(place{data: c.data}.keys(), db))
}

// checkOnce holds the ledger against what was answered, and verifies the dossier.
func checkOnce(t *testing.T, c *aCluster, token string, result *scenario.Result) {
	t.Helper()
	client := must(scenario.NewClient(c.url(), token))
	var file bytes.Buffer
	if err := client.Dossier(t.Context(), result.Case.ID, &file); err != nil {
		t.Fatal(err)
	}
	report := verify(file.Bytes())
	if !report.OK() || int64(report.Run.Checked) != result.Case.Sequence {
		t.Errorf("case %s of %d entries:\n%s", result.Case.ID, result.Case.Sequence, report)
	}
	db := must(store.Open(t.Context(), c.database))
	defer db.Close()
	recorded := map[string]int{}
	for sequence := int64(1); sequence <= result.Case.Sequence; sequence++ {
		e, err := db.Entry(t.Context(), result.Case.ID, sequence)
		if err != nil {
			t.Fatal(err)
		}
		if e.Act != nil {
			recorded[e.Act.ID]++
		}
	}
	for id, n := range recorded {
		if n > 1 {
			t.Errorf("act %s is recorded %d times", id, n)
		}
	}
	for _, played := range result.Played {
		if e := played.Got.Entry; played.Got.Refusal == nil && e.Act != nil && recorded[e.Act.ID] != 1 {
			t.Errorf("act %s was answered, and is recorded %d times", e.Act.ID, recorded[e.Act.ID])
		}
	}
}

// The build without the embedded engine carries cases on beside one, and says what it
// cannot do.
func TestTheSlimBuildWorksBesideAnEngine(t *testing.T) {
	slim := filepath.Join(t.TempDir(), "chengxu")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "noembed", "-o", slim, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build without the engine: %v\n%s", err, out)
	}
	for _, args := range [][]string{{"serve"}, {"demo"}, {"engine", "--listen", "127.0.0.1:0"}} {
		if args[0] != "engine" {
			args = append(args, "--data", t.TempDir(), "--listen", freeAddress(t))
		}
		out, err := exec.CommandContext(t.Context(), slim, args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "chengxu api and chengxu worker") {
			t.Errorf("%s without the engine: %v\n%s", args[0], err, out)
		}
	}
	c := &aCluster{binary: slim}
	c.start(t)
	office := c.token(t, "示例机关", "office", "office")
	if status, answer := newVisitor(t, c.url()).send(http.MethodPost, "/api/v1/cases", openingOf("slim"), "Authorization", "Bearer "+office); status >= 300 {
		t.Errorf("open: %d %s", status, answer)
	}
	c.stop(t)
}
