package temporalserver

import (
	"context"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/server/common/log"
)

// NewLogger gives the tests the logger and the channel of its fatal errors.
func NewLogger(to *slog.Logger) (log.Logger, <-chan error) {
	l := newLogger(to)
	return l, l.failed
}

// SetUpAt sets the schemas up as an older program would have.
func SetUpAt(ctx context.Context, url, main, visibility string) error {
	at, err := readURL(url)
	if err != nil {
		return err
	}
	p := &postgres{at: at}
	return p.transact(ctx, func(tx pgx.Tx) error {
		for i, s := range postgresSchemas() {
			s.version = []string{main, visibility}[i]
			if err := s.upgrade(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}
