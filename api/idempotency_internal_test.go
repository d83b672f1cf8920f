package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// keptInMemory keeps answers as the store does. It is what survives a restart.
type keptInMemory struct {
	mu   sync.Mutex
	rows map[Write]Known
	dead bool // the process died: nothing more is kept
}

func (m *keptInMemory) Begin(_ context.Context, w Write, print string, at time.Time) (Known, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.rows[w]; ok {
		return known, false, nil
	}
	m.rows[w] = Known{Fingerprint: print, BegunAt: at}
	return m.rows[w], true, nil
}

func (m *keptInMemory) Finish(_ context.Context, w Write, answer []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errors.New("dead")
	}
	known := m.rows[w]
	known.Answer = answer
	m.rows[w] = known
	return nil
}

func (m *keptInMemory) Drop(_ context.Context, w Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.rows, w)
	return nil
}

func (m *keptInMemory) Purge(context.Context, time.Time) error { return nil }

// counter is an API of one write that counts how often it takes effect.
type counter struct {
	echo    *echo.Echo
	h       *handler
	kept    *keptInMemory
	clock   atomic.Int64 // seconds
	effects atomic.Int64
	gate    chan struct{} // closed: the write may go on
	end     func(c echo.Context, n int64) error
}

type whoever struct{}

// Authenticate takes the header for the name of the person.
func (whoever) Authenticate(_ context.Context, authorization []string) (auth.Principal, error) {
	return auth.Principal{Organ: "o", Person: casefile.PersonID(authorization[0]), Roles: []casefile.Role{"drafter"}, Scopes: auth.Scopes()}, nil
}

func (w whoever) Again(ctx context.Context, authorization []string) (auth.Principal, error) {
	return w.Authenticate(ctx, authorization)
}

func newCounter(kept *keptInMemory) *counter {
	w := &counter{echo: echo.New(), kept: kept, gate: make(chan struct{})}
	close(w.gate)
	w.end = func(c echo.Context, n int64) error {
		c.Response().Header().Set(echo.HeaderLocation, fmt.Sprintf("/things/%d", n))
		return c.JSON(http.StatusCreated, map[string]int64{"number": n})
	}
	w.h = &handler{tokens: whoever{}, replies: kept, patience: 100 * time.Millisecond, log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return time.Unix(1_800_000_000+w.clock.Load(), 0) }}
	w.echo.HTTPErrorHandler = w.h.problem
	w.echo.Use(w.h.requestID, w.h.recovered)
	r := &routes{echo: w.echo, h: w.h}
	do := func(c echo.Context, _ auth.Principal) error {
		if _, err := io.ReadAll(c.Request().Body); err != nil {
			return err
		}
		<-w.gate
		return w.end(c, w.effects.Add(1))
	}
	r.once("POST", "/things/:of", access.OpenCase, do)
	r.onceSecret("POST", "/secrets", access.OpenCase, do)
	r.once("POST", "/open", access.ReadService, do)
	return w
}

func (w *counter) post(path, who, key, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest("POST", path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if who != "" {
		req.Header.Set("Authorization", who)
	}
	if key != "" {
		req.Header.Set(keyHeader, key)
	}
	rec := httptest.NewRecorder()
	w.echo.ServeHTTP(rec, req)
	return rec
}

func codeIn(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	var p problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, rec.Body)
	}
	return p.Code
}

func newKept() *keptInMemory { return &keptInMemory{rows: map[Write]Known{}} }

func TestARepeatedWriteHasOneEffectAndOneAnswer(t *testing.T) {
	w := newCounter(newKept())
	first := w.post("/things/a", "p1", "k1", `{"x":1}`)
	again := newCounter(w.kept).post("/things/a", "p1", "k1", `{"x":1}`) // another process
	if first.Code != http.StatusCreated || again.Code != first.Code || again.Body.String() != first.Body.String() ||
		again.Header().Get("Location") != "/things/1" || again.Header().Get("Content-Type") != first.Header().Get("Content-Type") {
		t.Errorf("first %d %s, again %d %s %v", first.Code, first.Body, again.Code, again.Body, again.Header())
	}
	if first.Header().Get("Idempotency-Replayed") != "" || again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the answer that is repeated does not say so, or the first one does")
	}
	if w.effects.Load() != 1 {
		t.Errorf("%d effects", w.effects.Load())
	}
	for name, other := range map[string]*httptest.ResponseRecorder{
		"another body":    w.post("/things/a", "p1", "k1", `{"x":2}`),
		"another address": w.post("/things/b", "p1", "k1", `{"x":1}`),
		"another query":   w.post("/things/a?y=1", "p1", "k1", `{"x":1}`),
	} {
		if other.Code != http.StatusUnprocessableEntity || codeIn(t, other) != codeIdempotency {
			t.Errorf("%s: %d %s", name, other.Code, other.Body)
		}
	}
	for n, free := range []*httptest.ResponseRecorder{
		w.post("/things/a", "p2", "k1", `{"x":1}`), w.post("/things/a", "p1", "k2", `{"x":1}`), w.post("/things/a", "p1", "", `{"x":1}`), w.post("/things/a", "p1", "", `{"x":1}`),
	} {
		if want := fmt.Sprintf("{\"number\":%d}\n", n+2); free.Body.String() != want {
			t.Errorf("a write of its own: %s, want %s", free.Body, want)
		}
	}
}

func TestTheSameWriteAtOnceHasOneEffect(t *testing.T) {
	w := newCounter(newKept())
	w.h.patience = time.Minute
	w.gate = make(chan struct{})
	answers := make(chan string, 50)
	for range cap(answers) {
		go func() {
			rec := w.post("/things/a", "p1", "k1", `{}`)
			answers <- fmt.Sprint(rec.Code, rec.Body)
		}()
	}
	close(w.gate)
	for range cap(answers) {
		if got := <-answers; got != "201 {\"number\":1}\n" {
			t.Errorf("answer %q", got)
		}
	}
	if w.effects.Load() != 1 {
		t.Errorf("%d effects", w.effects.Load())
	}
}

func TestAWriteThatIsUnderWayIsNotBegunAgain(t *testing.T) {
	w := newCounter(newKept())
	w.gate = make(chan struct{})
	first := make(chan int)
	go func() { first <- w.post("/things/a", "p1", "k1", `{}`).Code }()
	for w.kept.count() == 0 { // until the first one has begun
		<-time.After(time.Millisecond)
	}
	rec := w.post("/things/a", "p1", "k1", `{}`)
	if rec.Code != http.StatusConflict || codeIn(t, rec) != codeInProgress || rec.Header().Get("Retry-After") == "" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	close(w.gate)
	if code := <-first; code != http.StatusCreated {
		t.Errorf("first: %d", code)
	}
}

func (m *keptInMemory) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rows)
}

// The process dies after the effect and before the answer is kept. Nobody can tell
// whether there was an effect, so there is never a second one.
func TestADeathBetweenEffectAndAnswerLeadsToNoSecondEffect(t *testing.T) {
	w := newCounter(newKept())
	w.kept.dead = true
	w.post("/things/a", "p1", "k1", `{}`)
	w.kept.dead = false
	restarted := newCounter(w.kept)
	if rec := restarted.post("/things/a", "p1", "k1", `{}`); codeIn(t, rec) != codeInProgress {
		t.Errorf("soon after: %d %s", rec.Code, rec.Body)
	}
	restarted.clock.Store(int64(11 * time.Minute / time.Second))
	if rec := restarted.post("/things/a", "p1", "k1", `{}`); rec.Code != http.StatusConflict || codeIn(t, rec) != codeOutcomeUnknown {
		t.Errorf("later: %d %s", rec.Code, rec.Body)
	}
	if restarted.effects.Load() != 0 {
		t.Error("the write took effect again")
	}
}

func TestARefusedWriteLeavesNothing(t *testing.T) {
	w := newCounter(newKept())
	good := w.end
	for _, err := range []error{notFound(), &fault{code: codeNotReady}} {
		w.end = func(echo.Context, int64) error { return err }
		if rec := w.post("/things/a", "p1", "k1", `{}`); rec.Code < 400 {
			t.Fatal(rec.Code)
		}
		if w.kept.count() != 0 {
			t.Errorf("%v is kept", err)
		}
	}
	w.end = good
	if rec := w.post("/things/a", "p1", "k1", `{}`); rec.Code != http.StatusCreated {
		t.Errorf("after the refusal: %d %s", rec.Code, rec.Body)
	}
}

func TestAFaultOrAPanicLeavesTheOutcomeUnknown(t *testing.T) {
	for name, end := range map[string]func(echo.Context, int64) error{
		"fault":    func(echo.Context, int64) error { return errors.New("disk full") },
		"too late": func(echo.Context, int64) error { return context.DeadlineExceeded },
		"panic":    func(echo.Context, int64) error { panic("bad") },
	} {
		w := newCounter(newKept())
		w.end = end
		w.post("/things/a", "p1", "k1", `{}`)
		if rec := w.post("/things/a", "p1", "k1", `{}`); codeIn(t, rec) != codeOutcomeUnknown || w.effects.Load() != 1 {
			t.Errorf("%s: %d effects, %d %s", name, w.effects.Load(), rec.Code, rec.Body)
		}
	}
}

func TestASecretIsNotKept(t *testing.T) {
	w := newCounter(newKept())
	w.end = func(c echo.Context, n int64) error {
		return c.JSON(http.StatusCreated, map[string]string{"secret": "hush"})
	}
	if rec := w.post("/secrets", "p1", "k1", `{}`); !strings.Contains(rec.Body.String(), "hush") {
		t.Fatal(rec.Body)
	}
	for _, known := range w.kept.rows {
		if strings.Contains(string(known.Answer), "hush") || strings.Contains(string(known.Answer), "aHVza") {
			t.Errorf("the secret is kept: %s", known.Answer)
		}
	}
	if rec := w.post("/secrets", "p1", "k1", `{}`); codeIn(t, rec) != codeAnswerNotKept || w.effects.Load() != 1 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	w.end = func(c echo.Context, _ int64) error { return c.String(http.StatusOK, strings.Repeat("x", maxAnswer+1)) }
	w.post("/things/a", "p1", "k1", `{}`)
	if rec := w.post("/things/a", "p1", "k1", `{}`); codeIn(t, rec) != codeAnswerNotKept {
		t.Errorf("too large: %d", rec.Code)
	}
}

func TestAWrongKeyIsRefused(t *testing.T) {
	w := newCounter(newKept())
	for _, tt := range []struct{ path, who, key string }{
		{"/things/a", "p1", "a b"}, {"/things/a", "p1", strings.Repeat("k", 101)}, {"/open", "", "guessable"},
	} {
		if rec := w.post(tt.path, tt.who, tt.key, `{}`); rec.Code != http.StatusUnprocessableEntity || codeIn(t, rec) != codeInvalid {
			t.Errorf("%q: %d %s", tt.key, rec.Code, rec.Body)
		}
	}
	if rec := w.post("/open", "", strings.Repeat("r4nd0m", 4), `{}`); rec.Code != http.StatusCreated {
		t.Errorf("a long key of somebody unknown: %d %s", rec.Code, rec.Body)
	}
}
