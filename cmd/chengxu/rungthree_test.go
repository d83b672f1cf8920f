package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
)

var _ rung = (*aCluster)(nil)

// aCluster is an installation on the third rung, with as few processes as show that
// there are several: an engine, two workers, two api processes, and in front of these
// something that shares requests out, as every such installation has.
type aCluster struct {
	binary   string // of api and worker; empty: the whole one
	data     string
	database string
	engine   string // its address
	apis     []string
	programs map[string]*program // by name
	front    *httptest.Server
}

func (c *aCluster) url() string { return c.front.URL }

func (c *aCluster) place() []string { return []string{"--data", c.data, "--database-url", c.database} }

// reached are the flags by which api and worker reach what they share.
func (c *aCluster) reached() []string {
	return []string{"--temporal-address", c.engine, "--database-url", c.database}
}

func (c *aCluster) start(t *testing.T) {
	t.Helper()
	c.data, c.database = t.TempDir(), crowdAddress(t, "postgres")
	c.engine, c.apis = freeAddress(t), []string{freeAddress(t), freeAddress(t)}
	c.programs = map[string]*program{}
	c.front = httptest.NewServer(c.shareOut())
	t.Cleanup(c.front.Close)
	t.Cleanup(func() {
		if t.Failed() {
			for name, p := range c.programs {
				t.Logf("%s says:\n%s", name, p.output)
			}
		}
	})
	for _, name := range c.order() {
		c.begin(t, name)
	}
	c.awaitReady(t)
}

// order gives the processes in the order in which they are started.
func (c *aCluster) order() []string {
	return []string{"engine", "worker 0", "worker 1", "api 0", "api 1"}
}

// begin starts one process.
func (c *aCluster) begin(t *testing.T, name string) {
	t.Helper()
	kind, number, _ := strings.Cut(name, " ")
	var args []string
	switch kind {
	case "engine":
		args = []string{"engine", "--data", c.data + "/engine", "--listen", c.engine}
	case "worker":
		args = append([]string{"worker"}, c.reached()...)
	case "api":
		listen := c.apis[number[0]-'0']
		args = append([]string{"api", "--data", c.data, "--listen", listen, "--public-url", c.front.URL}, c.reached()...)
	}
	p := &program{output: &bytes.Buffer{}, cmd: command(context.WithoutCancel(t.Context()), args...)}
	if c.binary != "" && kind != "engine" {
		p.cmd.Path = c.binary
	}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	c.programs[name] = p
	if kind == "engine" {
		awaits(t, "the engine", func(ctx context.Context) error {
			d, err := client.DialContext(ctx, client.Options{HostPort: c.engine, Namespace: defaultNamespace, Logger: quiet{}})
			if err == nil {
				d.Close()
			}
			return err
		})
	}
}

// quiet is a logger of the engine's client that says nothing.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// awaits waits until something succeeds.
func awaits(t testing.TB, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		within, done := context.WithTimeout(ctx, 5*time.Second)
		err := try(within)
		done()
		if err == nil {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// awaitReady waits until both api processes serve.
func (c *aCluster) awaitReady(t *testing.T) {
	t.Helper()
	for _, at := range c.apis {
		awaits(t, "readiness of "+at, func(ctx context.Context) error { return ok(ctx, "http://"+at+"/readyz") })
	}
}

// ok reports whether an address answers that all is well.
func ok(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return errors.New(resp.Status)
	}
	return nil
}

// shareOut gives requests to the api processes in turn. Where one does not take the
// connection, the next one is asked; who breaks off later answers nothing.
func (c *aCluster) shareOut() http.Handler {
	var turn atomic.Int64
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		first := int(turn.Add(1))
		var err error
		for i := range c.apis {
			out := r.Clone(r.Context())
			out.URL.Host = c.apis[(first+i)%len(c.apis)]
			if r.GetBody != nil {
				out.Body, _ = r.GetBody()
			}
			var resp *http.Response
			if resp, err = http.DefaultTransport.RoundTrip(out); err == nil {
				return resp, nil
			}
			if r.Body != nil && r.Body != http.NoBody { // it may have been read
				break
			}
		}
		return nil, err
	})
	return &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: c.apis[0]})
		p.Out.Host = p.In.Host
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip implements [http.RoundTripper].
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// restart stops one process after another as an operator does, each while the others
// go on, and starts it again.
func (c *aCluster) restart(t *testing.T) {
	t.Helper()
	for _, name := range slices.Backward(c.order()) {
		c.programs[name].stop(t)
		c.begin(t, name)
		c.awaitReady(t)
	}
}

func (c *aCluster) stop(t *testing.T) {
	t.Helper()
	for _, name := range slices.Backward(c.order()) {
		began := time.Now()
		c.programs[name].stop(t)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s took %s to stop", name, took)
		}
	}
}

// run runs a command of the whole program and gives what it says.
func (c *aCluster) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := command(t.Context(), args...).CombinedOutput()
	return string(out), err
}

func (c *aCluster) cluster(t *testing.T, args ...string) (string, error) {
	t.Helper()
	return c.run(t, append([]string{"cluster"}, append(args, "--temporal-address", c.engine)...)...)
}

// token makes a token for somebody of an organ.
func (c *aCluster) token(t *testing.T, organ, person string, roles ...string) string {
	t.Helper()
	return tokenAt(t, c.place(), organ, person, roles...)
}
