package temporalserver

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes on what the server says. The server is talkative, and calls an
// error what a retry mends a moment later; so its warnings arrive as debug
// messages, its errors as warnings, and the rest not at all.
type logger struct {
	to      *slog.Logger // nil: nobody listens
	closing *atomic.Bool // the server is being stopped: nothing is worth a word any more
	failed  chan error   // holds the first fatal error
	tags    []any
}

var _ log.WithLogger = (*logger)(nil)

func newLogger(to *slog.Logger) *logger {
	return &logger{to: to, closing: new(atomic.Bool), failed: make(chan error, 1)}
}

// Debug drops the message.
func (l *logger) Debug(string, ...tag.Tag) {}

// Info drops the message.
func (l *logger) Info(string, ...tag.Tag) {}

// Warn passes the message on for debugging.
func (l *logger) Warn(msg string, tags ...tag.Tag) { l.log(slog.LevelDebug, msg, tags) }

// Error passes the message on as a warning.
func (l *logger) Error(msg string, tags ...tag.Tag) { l.log(slog.LevelWarn, msg, tags) }

// DPanic passes the message on as an error.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.log(slog.LevelError, msg, tags) }

// Panic ends the goroutine, as Fatal does.
func (l *logger) Panic(msg string, tags ...tag.Tag) { l.Fatal(msg, tags...) }

// Fatal reports the error on the channel that Server.Failed gives, and ends the
// goroutine: the server relies on Fatal not to return, and ending the process,
// which is what its own logger does, would be for us to decide.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.log(slog.LevelError, msg, tags)
	l.fail(fatalError(msg, tags))
	runtime.Goexit()
}

// fail reports that the engine cannot go on.
func (l *logger) fail(err error) {
	if l.closing.Load() {
		return
	}
	select {
	case l.failed <- err:
	default: // the first one has been reported
	}
}

// With gives a logger that adds the tags to each message.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	with := *l
	with.tags = append(append([]any{}, l.tags...), attributes(tags)...)
	return &with
}

// close says that the server is being stopped.
func (l *logger) close() { l.closing.Store(true) }

func (l *logger) log(level slog.Level, msg string, tags []tag.Tag) {
	if l.to == nil || l.closing.Load() || !l.to.Enabled(context.Background(), level) {
		return
	}
	l.to.Log(context.Background(), level, "workflow engine: "+msg, append(append([]any{}, l.tags...), attributes(tags)...)...)
}

func attributes(tags []tag.Tag) []any {
	attrs := make([]any, 0, len(tags))
	for _, t := range tags {
		attrs = append(attrs, slog.Any(t.Key(), t.Value()))
	}
	return attrs
}

func fatalError(msg string, tags []tag.Tag) error {
	for _, t := range tags {
		if cause, ok := t.Value().(error); ok {
			return fmt.Errorf("%s: %w", msg, cause)
		}
		if t.Key() == "error" {
			return fmt.Errorf("%s: %v", msg, t.Value())
		}
	}
	return fmt.Errorf("%s", msg)
}
