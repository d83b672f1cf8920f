package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Tracing makes spans, and sends them somewhere or nowhere.
type Tracing struct {
	provider trace.TracerProvider
	stop     func(ctx context.Context) error
}

// NoTracing makes spans that nobody gets.
func NoTracing() *Tracing {
	return &Tracing{provider: noop.NewTracerProvider(), stop: func(context.Context) error { return nil }}
}

// TracingFromEnvironment sets tracing up as the variables OTEL_… of OpenTelemetry say.
// Without an endpoint (OTEL_EXPORTER_OTLP_ENDPOINT, or …_TRACES_ENDPOINT) there is none.
func TracingFromEnvironment(ctx context.Context) (*Tracing, error) {
	endpoint := os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT")
	if endpoint == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return NoTracing(), nil
	}
	exporter, err := exporterFor(ctx, first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "chengxu")), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return NewTracing(exporter, sdktrace.WithResource(about)), nil
}

func exporterFor(ctx context.Context, protocol string) (sdktrace.SpanExporter, error) {
	switch protocol {
	case "grpc":
		return otlptracegrpc.New(ctx)
	case "", "http/protobuf":
		return otlptracehttp.New(ctx)
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL %q: want grpc or http/protobuf", protocol)
}

// first gives the value of the first variable that is set.
func first(names ...string) string {
	for _, name := range names {
		if value := os.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// NewTracing sends spans to an exporter, without what may hold personal data; see
// [Discreet].
func NewTracing(exporter sdktrace.SpanExporter, options ...sdktrace.TracerProviderOption) *Tracing {
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithBatcher(Discreet(exporter)))...)
	return &Tracing{provider: provider, stop: provider.Shutdown}
}

// On reports whether spans are sent anywhere.
func (t *Tracing) On() bool {
	_, off := t.provider.(noop.TracerProvider)
	return !off
}

// Tracer gives the tracer of a part of the program.
func (t *Tracing) Tracer(name string) trace.Tracer { return t.provider.Tracer(name) }

// Stop sends what has not been sent.
func (t *Tracing) Stop(ctx context.Context) error { return t.stop(ctx) }
