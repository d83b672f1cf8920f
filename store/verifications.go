package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

const upsertVerification = `
INSERT INTO verifications (organ, person, state, noted_at)
VALUES                    (?,     ?,      ?,     ?)
ON CONFLICT (organ, person) DO UPDATE
SET    state = excluded.state, noted_at = excluded.noted_at`

// SaveVerification keeps how far the last verification of a person has come, in the
// place of what was kept before.
func (s *Store) SaveVerification(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, state []byte, at time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(upsertVerification), organ, person, string(state), at.UnixMilli()); err != nil {
		return fmt.Errorf("save verification of %s: %w", person, err)
	}
	return nil
}

// Verification gives what was kept last for a person, or [casefile.ErrNotFound].
func (s *Store) Verification(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]byte, error) {
	var state string
	err := s.read.GetContext(ctx, &state, s.read.Rebind(`SELECT state FROM verifications WHERE organ = ? AND person = ?`), organ, person)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("verification of %s: %w", person, casefile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read verification of %s: %w", person, err)
	}
	return []byte(state), nil
}

// PurgeVerifications removes what was kept before an instant.
func (s *Store) PurgeVerifications(ctx context.Context, before time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM verifications WHERE noted_at < ?`), before.UnixMilli()); err != nil {
		return fmt.Errorf("purge verifications: %w", err)
	}
	return nil
}
