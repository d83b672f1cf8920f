package activities

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/zhengdang/chengxu/casefile"
)

// Watcher is told of what was judged and recorded.
type Watcher interface {
	Judged(result casefile.Result)
	Recorded(kind casefile.EntryKind)
}

// WatchWith sets who is told. It is set once, before a worker starts; without it nobody
// is.
func (a *Activities) WatchWith(w Watcher) { a.watcher = w }

// nobody is told.
type nobody struct{}

func (nobody) Judged(casefile.Result)      {}
func (nobody) Recorded(casefile.EntryKind) {}

// startSpan starts a span below that of the activity. Where nothing is traced it does
// nothing.
func startSpan(ctx context.Context, name string) (context.Context, trace.Span) {
	return trace.SpanFromContext(ctx).TracerProvider().Tracer("github.com/zhengdang/chengxu/activities").Start(ctx, name)
}

// endSpan ends a span. What an error says stays inside: it may hold what somebody wrote.
func endSpan(span trace.Span, err error, attributes ...attribute.KeyValue) {
	span.SetAttributes(attributes...)
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
