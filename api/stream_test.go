package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/events"
)

// reader reads a stream of events.
type reader struct {
	t     testing.TB
	resp  *http.Response
	lines chan string // closed at the end of the stream
	leave context.CancelFunc
}

// serveEvents starts a real server, with the bounds that change sets.
func (c *eventClient) serve(change func(*http.Server)) *httptest.Server {
	server := httptest.NewUnstartedServer(c.api)
	if change != nil {
		change(server.Config)
	}
	server.Start()
	c.t.Cleanup(server.Close)
	return server
}

func (c *eventClient) open(server *httptest.Server, path, person, last string) *reader {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.people.secrets[person])
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	r := &reader{t: c.t, resp: resp, lines: make(chan string, 1000), leave: cancel}
	go func() {
		defer close(r.lines)
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			r.lines <- scan.Text()
		}
	}()
	c.t.Cleanup(func() { cancel(); resp.Body.Close() })
	return r
}

// line gives the next line, or reports that the stream has ended.
func (r *reader) line() (string, bool) {
	r.t.Helper()
	select {
	case line, ok := <-r.lines:
		return line, ok
	case <-time.After(10 * time.Second):
		r.t.Fatal("nothing comes")
		return "", false
	}
}

// next gives the next event.
func (r *reader) next() told {
	r.t.Helper()
	id := ""
	for {
		line, ok := r.line()
		if !ok {
			r.t.Fatal("the stream has ended")
		}
		if v, ok := strings.CutPrefix(line, "id: "); ok {
			id = v
		}
		if v, ok := strings.CutPrefix(line, "data: "); ok {
			var e told
			if err := json.Unmarshal([]byte(v), &e); err != nil {
				r.t.Fatal(err)
			}
			if e.Cursor != id {
				r.t.Errorf("id %s of the event with cursor %s", id, e.Cursor)
			}
			return e
		}
	}
}

func (r *reader) ends() {
	r.t.Helper()
	for {
		if line, ok := r.line(); !ok {
			return
		} else if strings.HasPrefix(line, "data: ") {
			r.t.Errorf("an event came: %s", line)
		}
	}
}

func TestTwoReadersOfACaseSeeAnActWithinASecond(t *testing.T) {
	c := newEventClient(t, api.Pace{Recheck: time.Hour, Beat: time.Hour}) // nothing but the bell wakes them
	c.record("c1", organ, 1)
	server := c.serve(nil)
	one, other := c.open(server, "/api/v1/events/stream?case=c1", "drafter", ""), c.open(server, "/api/v1/events/stream", "auditor", "")
	for _, r := range []*reader{one, other} {
		if r.resp.StatusCode != http.StatusOK || r.resp.Header.Get("Content-Type") != "text/event-stream" || r.resp.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s %v", r.resp.Status, r.resp.Header)
		}
		r.line() // it has begun
	}
	began := time.Now()
	c.record("c2", organ, 1)
	c.record("c1", organ, 2)
	if e := one.next(); e.Subject != "c1" || e.Data.Sequence != 2 {
		t.Errorf("the reader of c1 was told of %+v", e)
	}
	if a, b := other.next(), other.next(); a.Subject != "c2" || b.Subject != "c1" || b.Data.Sequence != 2 {
		t.Errorf("the reader of all was told of %+v and %+v", a, b)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestAReaderThatComesAgainMissesNothing(t *testing.T) {
	c := newEventClient(t, api.Pace{})
	server := c.serve(nil)
	r := c.open(server, "/api/v1/events/stream", "drafter", "")
	r.line()
	c.record("c1", organ, 1)
	last := r.next()
	r.leave()
	for n := int64(2); n <= 260; n++ { // more than a page
		c.record("c1", organ, n)
	}
	r = c.open(server, "/api/v1/events/stream?after=200", "drafter", last.Cursor)
	for n := int64(2); n <= 260; n++ {
		if e := r.next(); e.Data.Sequence != n {
			t.Fatalf("entry %d instead of %d", e.Data.Sequence, n)
		}
	}
	r = c.open(server, "/api/v1/events/stream?after=258&types=cn.chengxu.case.entry.act.v1", "drafter", "")
	if e := r.next(); e.Data.Sequence != 259 {
		t.Errorf("after 258 came %d", e.Data.Sequence)
	}
}

func TestAStreamOutlivesTheBoundsOfTheServerAndIsKeptAlive(t *testing.T) {
	c := newEventClient(t, api.Pace{Beat: 40 * time.Millisecond})
	server := c.serve(func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout, s.IdleTimeout = 100*time.Millisecond, 100*time.Millisecond, 100*time.Millisecond
	})
	r := c.open(server, "/api/v1/events/stream", "drafter", "")
	for began := time.Now(); time.Since(began) < 500*time.Millisecond; {
		if line, ok := r.line(); !ok || strings.Trim(line, ": ") != "" {
			t.Fatalf("line %q, open %t", line, ok)
		}
	}
	c.record("c1", organ, 1)
	r.next()
}

func TestAStreamEndsWhenTheRightIsLostOrTheProcessEnds(t *testing.T) {
	c := newEventClient(t, api.Pace{Recheck: 20 * time.Millisecond})
	server := c.serve(nil)
	r := c.open(server, "/api/v1/events/stream", "drafter", "")
	r.line()
	c.gate.closed.Store(true)
	r.ends()
	c.gate.closed.Store(false)
	r = c.open(server, "/api/v1/events/stream", "drafter", "")
	r.line()
	c.bell.Close()
	r.ends()
	c.awaitNobody()
}

// awaitNobody waits until no stream is open.
func (c *eventClient) awaitNobody() {
	c.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(10 * time.Second); c.bell.Listening() > 0; {
		select {
		case <-tick.C:
		case <-late:
			c.t.Fatalf("%d streams are open still", c.bell.Listening())
		}
	}
}

func TestAPersonHasSoManyStreamsAndNoMore(t *testing.T) {
	c := newEventClient(t, api.Pace{Person: 2, All: 3})
	server := c.serve(nil)
	readers := []*reader{}
	for _, person := range []string{"drafter", "drafter", "auditor"} {
		r := c.open(server, "/api/v1/events/stream", person, "")
		r.line()
		readers = append(readers, r)
	}
	for _, person := range []string{"drafter", "auditor"} { // too many of the person, and too many in all
		c.ask("GET", "/api/v1/events/stream", person, "").want(t, http.StatusTooManyRequests, "too-many-streams")
	}
	for _, r := range readers {
		r.leave()
	}
	c.awaitNobody()
	if r := c.open(server, "/api/v1/events/stream", "drafter", ""); r.resp.StatusCode != http.StatusOK {
		t.Errorf("%s after the others have gone", r.resp.Status)
	}
}

// endless is an outbox with always one page more.
type endless struct{}

func (endless) Events(_ context.Context, f events.Filter) ([]events.Event, error) {
	out := make([]events.Event, f.Limit)
	for i := range out {
		n := f.After + int64(i) + 1
		out[i] = events.Event{Number: n, Event: casefile.Event{Organ: f.Organ, Case: "c1", Sequence: n, Kind: casefile.EntryAct, At: time.Unix(1, 0)}}
	}
	return out, nil
}

func (endless) TreeSize(context.Context, casefile.OrganID) (int64, error) { return 0, nil }

func TestAReaderThatDoesNotReadIsLeft(t *testing.T) {
	c := newEventClient(t, api.Pace{Write: 100 * time.Millisecond}, func(o *access.Options) { o.Events = endless{} })
	server := c.serve(nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/events/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.people.secrets["drafter"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if c.bell.Listening() != 1 {
		t.Fatal("nobody streams")
	}
	c.awaitNobody()
}

func TestRightsAreAskedAgainAlsoWhileMuchIsSent(t *testing.T) {
	c := newEventClient(t, api.Pace{Recheck: 20 * time.Millisecond}, func(o *access.Options) { o.Events = endless{} })
	server := c.serve(nil)
	r := c.open(server, "/api/v1/events/stream", "drafter", "")
	r.next()
	c.gate.closed.Store(true)
	for ok := true; ok; {
		_, ok = r.line()
	}
}
