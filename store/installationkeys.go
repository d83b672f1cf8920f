package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

const claimKey = `
INSERT INTO installation_keys (name, fingerprint, noted_at)
VALUES                        (?,    ?,           ?)
ON CONFLICT (name) DO NOTHING`

const selectKey = `
SELECT fingerprint
FROM   installation_keys
WHERE  name = ?`

// ClaimKey notes the fingerprint of a key under its name, unless one is noted
// already. Another one is [casefile.ErrConflict]: the process that has the key must
// not use it. Of several processes that claim at once, one is first.
func (s *Store) ClaimKey(ctx context.Context, name, fingerprint string, at time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(claimKey), name, fingerprint, at.UnixMilli()); err != nil {
		return fmt.Errorf("note key %s: %w", name, err)
	}
	standing, err := s.KeyFingerprint(ctx, name)
	if err != nil {
		return err
	}
	if standing != fingerprint {
		return fmt.Errorf("this installation works with another key for %s: %w", name, casefile.ErrConflict)
	}
	return nil
}

// KeyFingerprint gives what is noted of a key, or [casefile.ErrNotFound].
func (s *Store) KeyFingerprint(ctx context.Context, name string) (string, error) {
	var out string
	err := s.write.GetContext(ctx, &out, s.write.Rebind(selectKey), name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("key %s: %w", name, casefile.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read key %s: %w", name, err)
	}
	return out, nil
}

const replaceKey = `
INSERT INTO installation_keys (name, fingerprint, noted_at)
VALUES                        (?,    ?,           ?)
ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, noted_at = excluded.noted_at`

// ReplaceKey notes the fingerprint of a key in the place of another. Processes that
// have the old one are refused from their next start on.
func (s *Store) ReplaceKey(ctx context.Context, name, fingerprint string, at time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(replaceKey), name, fingerprint, at.UnixMilli()); err != nil {
		return fmt.Errorf("note key %s: %w", name, err)
	}
	return nil
}
