package temporalserver

import (
	"log/slog"

	"go.temporal.io/server/common/log"
)

// NewLogger gives the tests the logger and the channel of its fatal errors.
func NewLogger(to *slog.Logger) (log.Logger, <-chan error) {
	l := newLogger(to)
	return l, l.failed
}
