package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Attributes of spans. Only these leave the process, whoever sets others: what a client,
// a library or an error says may hold anything.
const (
	AttributeMethod  = attribute.Key("http.request.method")
	AttributeRoute   = attribute.Key("http.route")
	AttributeStatus  = attribute.Key("http.response.status_code")
	AttributeOutcome = attribute.Key("chengxu.outcome")
	AttributeResult  = attribute.Key("chengxu.result")
	AttributeKind    = attribute.Key("chengxu.entry.kind")
	AttributeEntry   = attribute.Key("chengxu.entry.sequence")
	AttributeCase    = attribute.Key("chengxu.case")
	AttributeGates   = attribute.Key("chengxu.gates")
)

// passed reports whether an attribute may leave the process. The ids are those that the
// program gives; the id of an update is the caller's, and stays.
func passed(key attribute.Key) bool {
	switch key {
	case AttributeMethod, AttributeRoute, AttributeStatus, AttributeOutcome, AttributeResult, AttributeKind, AttributeEntry, AttributeCase, AttributeGates,
		"temporalWorkflowID", "temporalRunID", "temporalActivityID", "exception.type":
		return true
	}
	return false
}

// discreet passes spans on without what may hold personal data: attributes that are not
// on the list, what errors say, and links' and events' own.
type discreet struct{ sdktrace.SpanExporter }

// Discreet returns an exporter that passes on what may leave the process.
func Discreet(to sdktrace.SpanExporter) sdktrace.SpanExporter { return discreet{to} }

// ExportSpans implements [sdktrace.SpanExporter].
func (d discreet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	bare := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, span := range spans {
		bare[i] = bareSpan{span}
	}
	return d.SpanExporter.ExportSpans(ctx, bare)
}

// bareSpan is a span without what stays.
type bareSpan struct{ sdktrace.ReadOnlySpan }

func (s bareSpan) Attributes() []attribute.KeyValue { return only(s.ReadOnlySpan.Attributes()) }

func (s bareSpan) Status() sdktrace.Status {
	return sdktrace.Status{Code: s.ReadOnlySpan.Status().Code}
}

func (s bareSpan) Events() []sdktrace.Event {
	events := s.ReadOnlySpan.Events()
	out := make([]sdktrace.Event, len(events))
	for i, e := range events {
		e.Attributes = only(e.Attributes)
		out[i] = e
	}
	return out
}

func (s bareSpan) Links() []sdktrace.Link {
	links := s.ReadOnlySpan.Links()
	out := make([]sdktrace.Link, len(links))
	for i, l := range links {
		l.Attributes = only(l.Attributes)
		out[i] = l
	}
	return out
}

func only(attributes []attribute.KeyValue) []attribute.KeyValue {
	var out []attribute.KeyValue
	for _, a := range attributes {
		if passed(a.Key) {
			out = append(out, a)
		}
	}
	return out
}
