package store

import (
	"context"
	"fmt"
	"time"
)

const takeLease = `
INSERT INTO leases (name, holder, held_until)
VALUES             (?,    ?,      ?)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
WHERE leases.holder = excluded.holder OR leases.held_until <= ?`

// TakeLease lets the holder alone do something until an instant, and reports
// whether it may: not while somebody else holds the lease. Who holds it already
// holds it longer.
func (s *Store) TakeLease(ctx context.Context, name, holder string, now, until time.Time) (bool, error) {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(takeLease), name, holder, until.UnixMilli(), now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", name, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("take lease %s: %w", name, err)
	}
	return n == 1, nil
}

// DropLease gives a lease back, when the holder has it.
func (s *Store) DropLease(ctx context.Context, name, holder string) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM leases WHERE name = ? AND holder = ?`), name, holder); err != nil {
		return fmt.Errorf("drop lease %s: %w", name, err)
	}
	return nil
}
