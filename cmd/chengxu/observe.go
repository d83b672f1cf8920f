package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/spf13/cobra"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/internal/telemetry"
	"github.com/zhengdang/chengxu/store"
)

// observeOptions are the flags about what a process tells of itself.
type observeOptions struct {
	listen string        // of metrics; empty: none
	drain  time.Duration // from saying that the process stops until it does
	format string
	level  string
}

func (o *observeOptions) flags(cmd *cobra.Command, level string) {
	f := cmd.Flags()
	f.StringVar(&o.listen, "metrics-listen", "", "address to serve metrics, liveness and readiness on, for those who watch, such as 127.0.0.1:9090; never the public one; none: not at all")
	f.DurationVar(&o.drain, "drain", 0, "how long the process goes on answering after it was told to stop, and says that it is not ready")
	f.StringVar(&o.format, "log-format", "text", "form of the log: text or json")
	f.StringVar(&o.level, "log-level", level, "what is logged: debug, info, warn or error, and what is graver")
}

// observer tells of one process: it logs, counts and traces.
type observer struct {
	log     *slog.Logger
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
	tracer  trace.Tracer
	drain   time.Duration
	server  *http.Server              // nil: no metrics are served
	ready   atomic.Pointer[readiness] // nil: starting
	gauges  atomic.Pointer[stack]     // whose figures are served
}

// newObserver returns an observer that logs, sends spans where tracing says, and reads
// figures of the moment again after a while.
func newObserver(log *slog.Logger, tracing *telemetry.Tracing, keep time.Duration) (*observer, error) {
	o := &observer{log: log, metrics: telemetry.NewMetrics(version()), tracing: tracing, tracer: tracing.Tracer("github.com/zhengdang/chengxu")}
	gauges := telemetry.NewGauges(o.figures, keep, figuresWithin, log)
	return o, o.metrics.Register(gauges)
}

// observerOr gives the observer, or when there is none one that only logs.
func observerOr(seen *observer, log *slog.Logger) (*observer, error) {
	if seen != nil {
		return seen, nil
	}
	return newObserver(log, telemetry.NoTracing(), figuresKept)
}

// start begins to observe. Metrics are served from here on, before there is anything to
// count, so that whoever watches sees the process start.
func (o observeOptions) start(ctx context.Context, out io.Writer) (*observer, error) {
	log, err := telemetry.NewLog(out, o.format, o.level)
	if err != nil {
		return nil, fmt.Errorf("--log-format, --log-level: %w", err)
	}
	tracing, err := telemetry.TracingFromEnvironment(ctx)
	if err != nil {
		return nil, err
	}
	seen, err := newObserver(log, tracing, figuresKept)
	if err != nil {
		return nil, err
	}
	seen.drain = o.drain
	if o.listen == "" {
		return seen, nil
	}
	listener, err := listenOn(ctx, o.listen, "--metrics-listen")
	if err != nil {
		return nil, err
	}
	if at, ok := listener.Addr().(*net.TCPAddr); ok && !at.IP.IsLoopback() {
		log.WarnContext(ctx, "metrics are served to other machines: let only those who watch reach the address", "address", at.String())
	}
	seen.server = api.NewServer(o.listen, seen.handler())
	go func() {
		if err := seen.server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("metrics are not served any more", "error", err)
		}
	}()
	return seen, nil
}

// listenOn listens on an address that a flag names.
func listenOn(ctx context.Context, address, flag string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen on %s: another program uses this address; stop it, or choose another address with %s", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return listener, nil
}

// handler serves what is for those who watch the process.
func (o *observer) handler() http.Handler {
	mux := o.health()
	mux.Handle("GET /metrics", o.metrics.Handler())
	return mux
}

// health says whether the process lives, and whether it is ready.
func (o *observer) health() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answerHealth(w, http.StatusOK, "ok", nil) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
		defer cancel()
		if err := o.ready.Load().Ready(ctx); err != nil {
			o.log.WarnContext(ctx, "not ready", "causes", causesOf(err), "error", err)
			answerHealth(w, http.StatusServiceUnavailable, "not-ready", causesOf(err))
			return
		}
		answerHealth(w, http.StatusOK, "ready", nil)
	})
	return mux
}

func answerHealth(w http.ResponseWriter, status int, word string, named []string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct { // who has hung up needs no answer
		Status string   `json:"status"`
		Causes []string `json:"causes,omitempty"`
	}{word, named})
}

// connect connects to the workflow engine. The client, and its workers, log, count and
// trace.
func (o *observer) connect(ctx context.Context, dial client.Options) (client.Client, error) {
	dial.Logger = sdklog.NewStructuredLogger(slog.New(errorsOnly{o.log.Handler()}))
	handler, err := o.metrics.EngineMetrics(func(err error) { o.log.Warn("metrics of the workflow engine", "error", err) })
	if err != nil {
		return nil, err
	}
	dial.MetricsHandler = handler
	traced, err := o.tracing.EngineTracing()
	if err != nil {
		return nil, err
	}
	if traced != nil {
		dial.Interceptors = append(dial.Interceptors, traced)
	}
	return client.DialContext(ctx, dial)
}

// watch begins to tell of a stack that works, and lets it say whether it is ready.
func (o *observer) watch(s *stack) {
	s.ready = newReadiness(s)
	o.gauges.Store(s)
	o.ready.Store(s.ready)
}

// stop sends and answers what is left.
func (o *observer) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if o.server != nil {
		if err := o.server.Shutdown(ctx); err != nil {
			o.server.Close()
		}
	}
	if err := o.tracing.Stop(ctx); err != nil { // spans that are lost are no reason to fail
		o.log.WarnContext(ctx, "spans are lost", "error", err)
	}
}

// requests counts and traces requests by the patterns of their routes.
func (o *observer) requests(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began, r := time.Now(), c.Request()
		method, route := telemetry.KnownMethod(r.Method), telemetry.KnownRoute(c.Path())
		ctx, span := o.tracer.Start(r.Context(), method+" "+route, trace.WithSpanKind(trace.SpanKindServer))
		c.SetRequest(r.WithContext(ctx))
		defer func() {
			status := c.Response().Status
			span.SetAttributes(telemetry.AttributeMethod.String(method), telemetry.AttributeRoute.String(route), telemetry.AttributeStatus.Int(status))
			span.End()
			o.metrics.Request(method, route, status, time.Since(began))
		}()
		return next(c)
	}
}

// answered tells of an act.
func (o *observer) answered(ctx context.Context, a casework.Answered) {
	o.metrics.Act(string(a.Outcome), a.Took)
	line := []any{"act", a.Act, "outcome", a.Outcome, "took", a.Took}
	for _, held := range []struct{ key, value string }{{"case", string(a.Case)}, {"organ", string(a.Organ)}, {"refusal", string(a.Refusal)}} {
		if held.value != "" {
			line = append(line, held.key, held.value)
		}
	}
	if a.Sequence > 0 {
		line = append(line, "sequence", a.Sequence)
	}
	if a.Practice {
		line = append(line, "practice", true)
	}
	o.log.InfoContext(ctx, "act", line...)
}

// Judged counts a verdict of the rules.
func (o *observer) Judged(result casefile.Result) { o.metrics.Judged(string(result)) }

// Recorded counts an entry.
func (o *observer) Recorded(kind casefile.EntryKind) { o.metrics.Recorded(string(kind)) }

// countedSignIns counts attempts to sign in where they are logged.
type countedSignIns struct {
	*store.Store
	metrics *telemetry.Metrics
}

// LogSignIn implements [auth.AccountStorage].
func (c countedSignIns) LogSignIn(ctx context.Context, s auth.SignIn) error {
	c.metrics.SignIn(s.Method, s.Outcome)
	return c.Store.LogSignIn(ctx, s)
}

// LogUnknown implements [auth.AccountStorage].
func (c countedSignIns) LogUnknown(ctx context.Context, s auth.SignIn, anHour int) error {
	c.metrics.SignIn(s.Method, s.Outcome)
	return c.Store.LogUnknown(ctx, s, anHour)
}
