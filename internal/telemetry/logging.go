package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// NewLog returns a log that writes text or json lines, from a level on: debug, info,
// warn or error. A line that is written for a request says to which trace it belongs.
func NewLog(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	switch level {
	case "debug", "info", "warn", "error":
		if err := least.UnmarshalText([]byte(level)); err != nil {
			return nil, fmt.Errorf("level of the log: %w", err)
		}
	default:
		return nil, fmt.Errorf("level of the log %q: want debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "text":
		return slog.New(tracedLines{slog.NewTextHandler(w, options)}), nil
	case "json":
		return slog.New(tracedLines{slog.NewJSONHandler(w, options)}), nil
	}
	return nil, fmt.Errorf("form of the log %q: want text or json", format)
}

// tracedLines adds the trace id of the context.
type tracedLines struct{ slog.Handler }

// Handle implements [slog.Handler].
func (h tracedLines) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h tracedLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tracedLines{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements [slog.Handler].
func (h tracedLines) WithGroup(name string) slog.Handler {
	return tracedLines{h.Handler.WithGroup(name)}
}
