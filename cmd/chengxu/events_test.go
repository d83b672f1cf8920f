package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/webhook"
)

// heard is what a listener was told, in order.
type heard struct {
	mu    sync.Mutex
	list  []casefile.Event
	late  []time.Duration // between the instant of the entry and its arrival
	wrong []string
}

func (h *heard) add(e casefile.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list, h.late = append(h.list, e), append(h.late, time.Since(e.At))
}

// upTo gives the sequences that were heard, and whether the last one is.
func (h *heard) upTo(last int64) ([]int64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []int64
	for _, e := range h.list {
		out = append(out, e.Sequence)
	}
	return out, slices.Contains(out, last)
}

// listen reads the stream of events and comes again whenever it breaks.
func (h *heard) listen(ctx context.Context, url, token string) {
	last := "0"
	for ctx.Err() == nil {
		req := must(http.NewRequestWithContext(ctx, http.MethodGet, url, nil))
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Last-Event-ID", last)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			time.Sleep(20 * time.Millisecond) //nolint:forbidigo // another process starts
			continue
		}
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			if id, ok := strings.CutPrefix(scan.Text(), "id: "); ok {
				last = id
			}
			if data, ok := strings.CutPrefix(scan.Text(), "data: "); ok {
				h.add(eventOf([]byte(data)))
			}
		}
		resp.Body.Close()
	}
}

func eventOf(body []byte) casefile.Event {
	var e struct{ Data casefile.Event }
	if err := json.Unmarshal(body, &e); err != nil {
		panic(err)
	}
	return e.Data
}

// A server that is killed in the middle loses no event: who is told by webhook is
// told of each entry, in order, and who reads the stream misses and repeats none.
func TestEventsSurviveThatTheServerIsKilled(t *testing.T) {
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen, "--webhook-allow-loopback")
	trainer, admin := newToken(t, data, "示例机关", "trainer", "trainer"), newToken(t, data, "示例机关", "admin", "administrator")
	var told heard
	var secret string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/told" { // somebody looks for who had this port before
			t.Logf("%s %s of %s", r.Method, r.URL, r.UserAgent())
			http.NotFound(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the sender was killed
		}
		if err := webhook.Verify(secret, r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), body, time.Now()); err != nil {
			told.mu.Lock()
			told.wrong = append(told.wrong, err.Error())
			told.mu.Unlock()
		}
		told.add(eventOf(body))
	}))
	defer receiver.Close()
	secret = subscribe(t, listen, admin, receiver.URL+"/told")
	ctx, stop := context.WithCancel(t.Context())
	var streams sync.WaitGroup
	var one, other heard
	for _, h := range []*heard{&one, &other} {
		streams.Go(func() { h.listen(ctx, "http://"+listen+"/api/v1/events/stream", trainer) })
	}
	defer streams.Wait()
	defer stop()

	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(trainer), 0o600); err != nil {
		t.Fatal(err)
	}
	play := command(t.Context(), "scenario", "run", "--server", "http://"+listen, "--token-file", tokenFile, "--run", "events", wholeCase)
	var output bytes.Buffer
	play.Stdout, play.Stderr = &output, &output
	if err := play.Start(); err != nil {
		t.Fatal(err)
	}
	awaitEntries(t, listen, trainer, 12)
	server.kill()
	server = startServe(t, data, listen, "--webhook-allow-loopback")
	if err := play.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	_, entries := onlyCase(t, listen, trainer)
	last := int64(len(entries))
	for deadline := time.Now().Add(90 * time.Second); ; { // the lease of the killed process lasts for half a minute
		_, a := told.upTo(last)
		_, b := one.upTo(last)
		_, c := other.upTo(last)
		if a && b && c {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("told by webhook %t, by streams %t and %t\n%s", a, b, c, server.output)
		}
		time.Sleep(10 * time.Millisecond) //nolint:forbidigo // another process is polled
	}
	for _, h := range []*heard{&one, &other} {
		got, _ := h.upTo(last)
		for i, n := range got {
			if n != int64(i+1) {
				t.Errorf("a stream told of %v", got)
				break
			}
		}
		slices.Sort(h.late)
		if p50 := h.late[len(h.late)/2]; p50 > time.Second {
			t.Errorf("half of the acts were seen later than %s", p50)
		}
	}
	got, _ := told.upTo(last)
	before := int64(0)
	for _, n := range got {
		if n != before+1 && n != before { // the same one again is allowed, no gap is
			t.Errorf("the webhook told of %v", got)
			break
		}
		before = n
	}
	if len(told.wrong) > 0 {
		t.Errorf("signatures: %v", told.wrong)
	}
	stop()
	began := time.Now()
	server.stop(t)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}

// subscribe makes a webhook for practice cases and gives its secret.
func subscribe(t *testing.T, listen, token, url string) string {
	t.Helper()
	body := must(json.Marshal(map[string]any{"url": url, "practice": true}))
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+listen+"/api/v1/webhooks", bytes.NewReader(body)))
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	var made struct{ Secret string }
	raw := must(io.ReadAll(resp.Body))
	if err := json.Unmarshal(raw, &made); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", resp.Status, raw)
	}
	return made.Secret
}

// A stream that is open when the server is told to stop does not hold it up.
func TestAStreamDoesNotHoldUpTheEndOfTheServer(t *testing.T) {
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen)
	token := newToken(t, data, "示例机关", "auditor", "auditor")
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+"/api/v1/events/stream", nil))
	req.Header.Set("Authorization", "Bearer "+token)
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatal(resp.Status)
	}
	began := time.Now()
	server.stop(t)
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it took %s to stop", took)
	}
}
