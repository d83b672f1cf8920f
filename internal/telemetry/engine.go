package telemetry

import (
	"fmt"
	"strings"

	otelprom "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// EngineMetrics gives what the SDK of the workflow engine counts into: requests, tasks,
// pollers and caches, under its own names, which begin with temporal_.
func (m *Metrics) EngineMetrics(onError func(error)) (client.MetricsHandler, error) {
	exporter, err := otelprom.New(otelprom.WithRegisterer(m.registry), otelprom.WithoutScopeInfo(), otelprom.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("metrics of the workflow engine: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(described))
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{Meter: provider.Meter("temporal"), OnError: onError}), nil
}

// described gives every instrument of the SDK a help text, which it has none of. What it
// counts may fall as well as rise by its own account; a name that ends in _total says
// otherwise, and is cut.
func described(i metric.Instrument) (metric.Stream, bool) {
	s := metric.Stream{Name: strings.TrimSuffix(i.Name, "_total"), Unit: i.Unit,
		Description: "Of the SDK of the workflow engine: " + strings.ReplaceAll(strings.TrimPrefix(i.Name, "temporal_"), "_", " ") + "."}
	if i.Kind == metric.InstrumentKindHistogram {
		s.Aggregation = metric.AggregationExplicitBucketHistogram{Boundaries: actBuckets()}
	}
	return s, true
}

// EngineTracing gives the interceptor by which a trace goes on from the caller of an
// update into the workflow, and from there into the activities; nil when tracing is off.
func (t *Tracing) EngineTracing() (interceptor.Interceptor, error) {
	if !t.On() {
		return nil, nil //nolint:nilnil // no tracing is no interceptor
	}
	traced, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: t.Tracer("go.temporal.io/sdk"),
		// A header that cannot be read costs a span its parent, never a case its act.
		AllowInvalidParentSpans: true,
	})
	if err != nil {
		return nil, fmt.Errorf("tracing of the workflow engine: %w", err)
	}
	return &oncePerUpdate{traced}, nil
}

// oncePerUpdate leaves out the spans of updates that are replayed: a case that is read
// again from its history would send all its acts anew.
type oncePerUpdate struct{ interceptor.Interceptor }

// InterceptWorkflow implements [interceptor.WorkerInterceptor].
func (o *oncePerUpdate) InterceptWorkflow(ctx workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &replayed{plain: next}
	in.Next = o.Interceptor.InterceptWorkflow(ctx, next)
	return in
}

type replayed struct {
	interceptor.WorkflowInboundInterceptorBase
	plain interceptor.WorkflowInboundInterceptor
}

// ExecuteUpdate implements [interceptor.WorkflowInboundInterceptor].
func (r *replayed) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	if workflow.IsReplaying(ctx) {
		return r.plain.ExecuteUpdate(ctx, in)
	}
	return r.Next.ExecuteUpdate(ctx, in)
}
