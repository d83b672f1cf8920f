package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// SignIn is one attempt to sign in. It is an alias, as [Token] is.
type SignIn = struct {
	Number  int64
	At      time.Time
	Organ   casefile.OrganID  // empty: nobody who is known
	Person  casefile.PersonID //
	Method  string            // "password", "oidc", "token", "link"
	Outcome string            // "ok", "wrong", "locked", "closed", "unknown"
	Network string            // the network that it came from, not the address
	Detail  string            // of an identity provider: acr and amr; of an unknown login: its mark
}

const insertSignIn = `
INSERT INTO sign_ins (number, at, organ, person, method, outcome, network, detail)
SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM sign_ins`

// LogSignIn keeps an attempt to sign in by somebody who is known.
func (s *Store) LogSignIn(ctx context.Context, i SignIn) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error { return logSignIn(ctx, tx, i) })
	if err != nil {
		return fmt.Errorf("log sign-in: %w", err)
	}
	return nil
}

func logSignIn(ctx context.Context, tx *sqlx.Tx, i SignIn) error {
	_, err := tx.ExecContext(ctx, tx.Rebind(insertSignIn), i.At.UnixMilli(), cut(i.Organ), cut(i.Person), cut(i.Method), cut(i.Outcome), cut(i.Network), cut(i.Detail))
	return err
}

// countUnknown counts within the hour of the attempt, and begins anew with another
// hour. What the row held before shows how many the hour before had.
const countUnknown = `
INSERT INTO unknown_sign_ins AS u (one, hour, attempts)
VALUES                            (1,   ?,    1)
ON CONFLICT (one) DO UPDATE
SET    attempts = CASE WHEN u.hour = excluded.hour THEN u.attempts + 1 ELSE 1 END,
       hour     = excluded.hour
RETURNING attempts`

// LogUnknown keeps an attempt to sign in by nobody who is known, in the log of the
// organ whose account was the first: the organ of the installation. Of each hour the
// first so many are kept; those after are counted, and the next one that is kept says
// how many they were. Each costs a write, so that the time does not tell which are kept.
func (s *Store) LogUnknown(ctx context.Context, i SignIn, anHour int) error {
	hour := i.At.Truncate(time.Hour)
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var before struct {
			Hour     int64 `db:"hour"`
			Attempts int   `db:"attempts"`
		}
		err := tx.GetContext(ctx, &before, `SELECT hour, attempts FROM unknown_sign_ins WHERE one = 1`)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var attempts int
		if err := tx.GetContext(ctx, &attempts, tx.Rebind(countUnknown), hour.UnixMilli()); err != nil {
			return err
		}
		if attempts > anHour {
			return nil
		}
		if i.Organ, err = firstOrgan(ctx, tx); err != nil {
			return err
		}
		if left := before.Attempts - anHour; attempts == 1 && left > 0 {
			i.Detail = strings.TrimSpace(fmt.Sprintf("%s not-logged=%d since=%s", i.Detail, left, time.UnixMilli(before.Hour).UTC().Format(time.RFC3339)))
		}
		return logSignIn(ctx, tx, i)
	})
	if err != nil {
		return fmt.Errorf("log sign-in: %w", err)
	}
	return nil
}

// firstOrgan gives the organ whose account was the first; it is empty before there is
// one. Accounts are never deleted, so it stays the same.
func firstOrgan(ctx context.Context, tx *sqlx.Tx) (organ casefile.OrganID, err error) {
	err = tx.GetContext(ctx, &organ, `SELECT organ FROM accounts ORDER BY created_at, login LIMIT 1`)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return organ, err
}

// SignIns gives attempts to sign in to an organ, the last first, before a number;
// 0 is the end. Limit is 1 to 200.
func (s *Store) SignIns(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]SignIn, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list sign-ins: limit %d: want 1 to %d: %w", limit, maxPage, casefile.ErrInvalid)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []struct {
		Number  int64             `db:"number"`
		At      int64             `db:"at"`
		Organ   casefile.OrganID  `db:"organ"`
		Person  casefile.PersonID `db:"person"`
		Method  string            `db:"method"`
		Outcome string            `db:"outcome"`
		Network string            `db:"network"`
		Detail  string            `db:"detail"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT number, at, organ, person, method, outcome, network, detail FROM sign_ins WHERE organ = ? AND number < ? ORDER BY number DESC LIMIT ?`), organ, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list sign-ins: %w", err)
	}
	out := make([]SignIn, len(rows))
	for n, r := range rows {
		out[n] = SignIn{Number: r.Number, At: time.UnixMilli(r.At).UTC(), Organ: r.Organ, Person: r.Person, Method: r.Method, Outcome: r.Outcome, Network: r.Network, Detail: r.Detail}
	}
	return out, nil
}
