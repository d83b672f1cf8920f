package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// AccountChange is one act of looking after accounts, identities and tokens. It is an
// alias, as [Token] is.
type AccountChange = struct {
	Number int64
	At     time.Time
	Organ  casefile.OrganID
	Person casefile.PersonID // whose account, identity or token it is
	By     casefile.PersonID // empty: whoever runs the installation
	Act    string            // "opened", "closed", "reopened", "password-reset", "identity-bound", "identity-unbound", "token-issued", "token-revoked"
	Object string            // the login, or the id of the identity or token
	Reason string
}

const insertAccountChange = `
INSERT INTO account_log (number, at, organ, person, by_person, act, object, reason)
SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM account_log`

// logAccount logs an act in the transaction that does it: neither is without the other.
func logAccount(ctx context.Context, tx *sqlx.Tx, c AccountChange) error {
	_, err := tx.ExecContext(ctx, tx.Rebind(insertAccountChange), c.At.UnixMilli(), c.Organ, c.Person, c.By, c.Act, cut(c.Object), cut(c.Reason))
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}

// AccountChanges gives who looked after accounts of an organ and how, the last first,
// before a number; 0 is the end. Limit is 1 to 200.
func (s *Store) AccountChanges(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]AccountChange, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list changes of accounts: limit %d: want 1 to %d: %w", limit, maxPage, casefile.ErrInvalid)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []struct {
		Number int64             `db:"number"`
		At     int64             `db:"at"`
		Organ  casefile.OrganID  `db:"organ"`
		Person casefile.PersonID `db:"person"`
		By     casefile.PersonID `db:"by_person"`
		Act    string            `db:"act"`
		Object string            `db:"object"`
		Reason string            `db:"reason"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT number, at, organ, person, by_person, act, object, reason FROM account_log WHERE organ = ? AND number < ? ORDER BY number DESC LIMIT ?`), organ, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list changes of accounts: %w", err)
	}
	out := make([]AccountChange, len(rows))
	for i, r := range rows {
		out[i] = AccountChange{Number: r.Number, At: time.UnixMilli(r.At).UTC(), Organ: r.Organ, Person: r.Person, By: r.By, Act: r.Act, Object: r.Object, Reason: r.Reason}
	}
	return out, nil
}

// AccountsOf gives accounts of an organ by login, after one, closed ones included.
// Limit is 1 to 200.
func (s *Store) AccountsOf(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Account, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list accounts: limit %d: want 1 to %d: %w", limit, maxPage, casefile.ErrInvalid)
	}
	var rows []accountRow
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectAccount+`WHERE organ = ? AND login > ? ORDER BY login LIMIT ?`), organ, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list accounts: %w", err)
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = r.account()
	}
	return out, nil
}

// AccountClosed reports whether a person has an account of the organ that is closed.
func (s *Store) AccountClosed(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (bool, error) {
	var n int64
	err := s.read.GetContext(ctx, &n, s.read.Rebind(`SELECT COUNT(*) FROM accounts WHERE organ = ? AND person = ? AND closed_at IS NOT NULL`), organ, person)
	if err != nil {
		return false, fmt.Errorf("look for a closed account: %w", err)
	}
	return n > 0, nil
}

// CloseAccount closes an account, ends the sessions of its person and revokes the
// tokens, all at once, and logs it. One that is closed already stays as it is. When
// others are named, one of them must be open, or it is a [casefile.ErrConflict].
func (s *Store) CloseAccount(ctx context.Context, login string, others []string, why AccountChange) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE accounts SET closed_at = ? WHERE login = ? AND closed_at IS NULL`), why.At.UnixMilli(), login)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := oneIsOpen(ctx, tx, others); err != nil {
			return err
		}
		if err := endSessionsOf(ctx, tx, why); err != nil {
			return err
		}
		if err := logAccount(ctx, tx, why); err != nil {
			return err
		}
		return revokeTokensOf(ctx, tx, why)
	})
	if err != nil {
		return fmt.Errorf("close account: %w", err)
	}
	return nil
}

// oneIsOpen takes the rows, so that of two who close each other's account at once one
// waits for the other, and is refused.
func oneIsOpen(ctx context.Context, tx *sqlx.Tx, logins []string) error {
	if logins == nil {
		return nil
	}
	query, args, err := sqlx.In(`UPDATE accounts SET closed_at = NULL WHERE closed_at IS NULL AND login IN (?)`, append([]string{""}, logins...))
	if err != nil {
		return err
	}
	result, err := tx.ExecContext(ctx, tx.Rebind(query), args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("no other account is open: %w", casefile.ErrConflict))
	}
	return nil
}

// endSessionsOf ends every session of the person.
func endSessionsOf(ctx context.Context, tx *sqlx.Tx, why AccountChange) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM sessions WHERE organ = ? AND person = ?`), why.Organ, why.Person); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// revokeTokensOf revokes every token of the person, each with a line of its own.
func revokeTokensOf(ctx context.Context, tx *sqlx.Tx, why AccountChange) error {
	var rows []struct {
		ID     string `db:"id"`
		Holder string `db:"holder"`
	}
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(`SELECT id, holder FROM tokens WHERE organ = ? AND revoked_at IS NULL`), why.Organ); err != nil {
		return fmt.Errorf("read tokens: %w", err)
	}
	for _, r := range rows {
		var holder casefile.Actor
		if err := json.Unmarshal([]byte(r.Holder), &holder); err != nil {
			return fmt.Errorf("read holder of token %s: %w", r.ID, err)
		}
		if holder.Person != why.Person {
			continue
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(revokeToken), why.At.UnixMilli(), why.Organ, r.ID); err != nil {
			return fmt.Errorf("revoke token %s: %w", r.ID, err)
		}
		one := why
		one.Act, one.Object = "token-revoked", r.ID
		if err := logAccount(ctx, tx, one); err != nil {
			return err
		}
	}
	return nil
}

// ReopenAccount opens a closed account again, with the hash of a password that has to
// be changed, and logs it. One that is open is a [casefile.ErrConflict].
func (s *Store) ReopenAccount(ctx context.Context, login, hash string, why AccountChange) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := setOne(ctx, tx, `UPDATE accounts SET closed_at = NULL, hash = ?, must_change = 1 WHERE login = ? AND closed_at IS NOT NULL`, hash, login); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if err != nil {
		return fmt.Errorf("reopen account: %w", err)
	}
	return nil
}
