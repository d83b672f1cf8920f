package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// keepReplies is how long answers are kept at least, and maxReplies how many of one
// caller.
const (
	keepReplies = 48 * time.Hour
	maxReplies  = 10_000
)

// ReplyKey says which write an answer is of: who asked, on which route, under which
// idempotency key.
type ReplyKey struct {
	Caller, Route, Key string
}

// KeptReply is what is known of a write with a key.
type KeptReply struct {
	Fingerprint string // of what was asked
	BegunAt     time.Time
	Answer      []byte // nil while the write is under way, or when it was broken off
}

const dropOldReply = `
DELETE FROM replies
WHERE  caller = ? AND route = ? AND idem_key = ? AND begun_at < ?`

const beginReply = `
INSERT INTO replies (caller, route, idem_key, fingerprint, begun_at)
VALUES              (?,      ?,     ?,        ?,           ?)
ON CONFLICT (caller, route, idem_key) DO NOTHING`

const readReply = `
SELECT fingerprint, begun_at, answer
FROM   replies
WHERE  caller = ? AND route = ? AND idem_key = ?`

// errBegun ends a transaction that found the write begun already.
var errBegun = errors.New("write is begun already")

// BeginReply notes that a write is under way. Of callers who begin the same one at
// once, one gets begun; the others get what is known of it. A caller who keeps too
// many keys gets [casefile.ErrForbidden]; limited is false for callers who are many.
func (s *Store) BeginReply(ctx context.Context, k ReplyKey, fingerprint string, at time.Time, limited bool) (kept KeptReply, begun bool, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, tx.Rebind(dropOldReply), k.Caller, k.Route, k.Key, at.Add(-keepReplies).UnixMilli()); err != nil {
			return fmt.Errorf("drop old answer: %w", err)
		}
		result, err := tx.ExecContext(ctx, tx.Rebind(beginReply), k.Caller, k.Route, k.Key, fingerprint, at.UnixMilli())
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		if n == 0 {
			kept, err = keptReply(ctx, tx, k)
			return errors.Join(err, errBegun)
		}
		if !limited {
			return nil
		}
		return withinLimit(ctx, tx, k.Caller)
	})
	if errors.Is(err, errBegun) {
		if kept.Fingerprint == "" {
			return kept, false, fmt.Errorf("begin write: %w", err)
		}
		return kept, false, nil
	}
	if err != nil {
		return KeptReply{}, false, fmt.Errorf("begin write: %w", err)
	}
	return KeptReply{Fingerprint: fingerprint, BegunAt: at}, true, nil
}

func keptReply(ctx context.Context, tx *sqlx.Tx, k ReplyKey) (KeptReply, error) {
	var row struct {
		Fingerprint string `db:"fingerprint"`
		BegunAt     int64  `db:"begun_at"`
		Answer      []byte `db:"answer"`
	}
	if err := tx.GetContext(ctx, &row, tx.Rebind(readReply), k.Caller, k.Route, k.Key); err != nil {
		return KeptReply{}, fmt.Errorf("read answer: %w", err)
	}
	return KeptReply{Fingerprint: row.Fingerprint, BegunAt: time.UnixMilli(row.BegunAt).UTC(), Answer: row.Answer}, nil
}

func withinLimit(ctx context.Context, tx *sqlx.Tx, caller string) error {
	var n int
	const count = `SELECT COUNT(*) FROM (SELECT 1 AS one FROM replies WHERE caller = ? LIMIT ?) AS kept`
	if err := tx.GetContext(ctx, &n, tx.Rebind(count), caller, maxReplies+1); err != nil {
		return fmt.Errorf("count keys: %w", err)
	}
	if n > maxReplies {
		return fmt.Errorf("more than %d keys are kept: %w", maxReplies, casefile.ErrForbidden)
	}
	return nil
}

// FinishReply keeps the answer to a write that was begun.
func (s *Store) FinishReply(ctx context.Context, k ReplyKey, answer []byte) error {
	return s.changeReply(ctx, `UPDATE replies SET answer = ? WHERE caller = ? AND route = ? AND idem_key = ? AND answer IS NULL`, answer, k.Caller, k.Route, k.Key)
}

// DropReply forgets a write that was begun and had no effect.
func (s *Store) DropReply(ctx context.Context, k ReplyKey) error {
	return s.changeReply(ctx, `DELETE FROM replies WHERE caller = ? AND route = ? AND idem_key = ? AND answer IS NULL`, k.Caller, k.Route, k.Key)
}

// PurgeReplies removes answers that have been kept long enough.
func (s *Store) PurgeReplies(ctx context.Context, now time.Time) error {
	return s.changeReply(ctx, `DELETE FROM replies WHERE begun_at < ?`, now.Add(-keepReplies).UnixMilli())
}

func (s *Store) changeReply(ctx context.Context, statement string, args ...any) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, tx.Rebind(statement), args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("keep answers: %w", err)
	}
	return nil
}
