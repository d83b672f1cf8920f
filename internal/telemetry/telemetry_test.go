package telemetry_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/zhengdang/chengxu/internal/telemetry"
)

// kept is an exporter that keeps what it gets.
type kept struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (k *kept) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spans = append(k.spans, spans...)
	return nil
}

func (k *kept) Shutdown(context.Context) error { return nil }

func TestSpansLeaveWithoutWhatMayBePersonal(t *testing.T) {
	var out kept
	tracing := telemetry.NewTracing(&out)
	_, other := tracing.Tracer("t").Start(t.Context(), "other")
	_, span := tracing.Tracer("t").Start(t.Context(), "one", trace.WithLinks(trace.Link{
		SpanContext: other.SpanContext(), Attributes: []attribute.KeyValue{attribute.String("name", "张三")}}))
	span.SetAttributes(telemetry.AttributeRoute.String("/cases/:id"), attribute.String("temporalUpdateID", "张三"), attribute.String("person", "张三"))
	span.RecordError(errors.New("张三"))
	span.SetStatus(codes.Error, "张三")
	span.End()
	if err := tracing.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(out.spans) != 1 {
		t.Fatalf("%d spans, want one", len(out.spans))
	}
	got := out.spans[0]
	if a := got.Attributes(); len(a) != 1 || a[0].Key != telemetry.AttributeRoute {
		t.Errorf("attributes %v", a)
	}
	if s := got.Status(); s.Code != codes.Error || s.Description != "" {
		t.Errorf("status %+v", s)
	}
	if e := got.Events(); len(e) != 1 || len(e[0].Attributes) != 1 || e[0].Attributes[0].Key != "exception.type" {
		t.Errorf("events %+v", e)
	}
	if l := got.Links(); len(l) != 1 || len(l[0].Attributes) != 0 {
		t.Errorf("links %+v", l)
	}
}

func TestTracingIsOffUnlessItIsSetUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		set   map[string]string
		on    bool
		wrong string
	}{
		{name: "nothing is set"},
		{name: "an endpoint", set: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}, on: true},
		{name: "an endpoint, by gRPC", set: map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, on: true},
		{name: "an endpoint, and told not to", set: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}},
		{name: "a form that there is not", set: map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "carrier"}, wrong: "want grpc or http/protobuf"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, value := range tt.set {
				t.Setenv(name, value)
			}
			tracing, err := telemetry.TracingFromEnvironment(t.Context())
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("error %v, want %s", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tracing.On() != tt.on {
				t.Errorf("on %t, want %t", tracing.On(), tt.on)
			}
			if traced, err := tracing.EngineTracing(); err != nil || (traced != nil) != tt.on {
				t.Errorf("engine %v (%v), want one: %t", traced, err, tt.on)
			}
			if err := tracing.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestALineSaysToWhichTraceItBelongs(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLog(&out, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	var spans kept
	ctx, span := telemetry.NewTracing(&spans).Tracer("t").Start(t.Context(), "one")
	log.With("organ", "bureau").InfoContext(ctx, "act")
	if want := `"organ":"bureau","trace_id":"` + span.SpanContext().TraceID().String() + `"`; !strings.Contains(out.String(), want) {
		t.Errorf("no %s in %s", want, out.String())
	}
	out.Reset()
	log.Debug("less")
	log.Info("apart")
	if got := out.String(); strings.Contains(got, "less") || !strings.Contains(got, "apart") || strings.Contains(got, "trace_id") {
		t.Errorf("of no trace: %s", got)
	}
	for _, wrong := range [][2]string{{"xml", "info"}, {"json", "loud"}} {
		if _, err := telemetry.NewLog(&out, wrong[0], wrong[1]); err == nil {
			t.Errorf("%v is accepted", wrong)
		}
	}
}

func TestFiguresOfTheMomentAreAskedForOnceInAWhile(t *testing.T) {
	log, err := telemetry.NewLog(&bytes.Buffer{}, "text", "error")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	var failed error
	ask := func(context.Context) ([]telemetry.Figure, error) {
		asked++
		return []telemetry.Figure{telemetry.Value("chengxu_x", "X.", float64(asked)),
			{Name: "chengxu_y", Help: "Y.", Label: "cause", Values: map[string]float64{"a": 1, "b": 0}}}, failed
	}
	m := telemetry.NewMetrics("v")
	if err := m.Register(telemetry.NewGauges(ask, time.Hour, time.Second, log)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := testutil.GatherAndCount(m.Gatherer(), "chengxu_x", "chengxu_y", "chengxu_figures_up"); err != nil || n != 4 {
			t.Fatalf("%d figures (%v), want 4", n, err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times, want once", asked)
	}
	failed = errors.New("away")
	broken := telemetry.NewGauges(func(ctx context.Context) ([]telemetry.Figure, error) {
		f, err := ask(ctx)
		return f[:1], err
	}, time.Hour, time.Second, log)
	if err := testutil.CollectAndCompare(broken, strings.NewReader("# HELP chengxu_figures_up 1 when the figures of the moment could be found out, 0 when not; they are left out then.\n# TYPE chengxu_figures_up gauge\nchengxu_figures_up 0\n"), "chengxu_figures_up"); err != nil {
		t.Error(err)
	}
}

// Labels that a client could make up come down to a few.
func TestClientsMakeNoLabelsUp(t *testing.T) {
	m := telemetry.NewMetrics("v")
	for _, method := range []string{"GET", "BREW", "张三"} {
		m.Request(method, "", 404, time.Second)
	}
	want := "# HELP chengxu_http_requests_total HTTP requests that were answered, by the pattern of the route and the status.\n# TYPE chengxu_http_requests_total counter\n" +
		"chengxu_http_requests_total{code=\"404\",method=\"GET\",route=\"none\"} 1\nchengxu_http_requests_total{code=\"404\",method=\"other\",route=\"none\"} 2\n"
	if err := testutil.GatherAndCompare(m.Gatherer(), strings.NewReader(want), "chengxu_http_requests_total"); err != nil {
		t.Error(err)
	}
}
