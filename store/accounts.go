package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Account is a local account. It is an alias, as [Token] is.
type Account = struct {
	Login      string
	Organ      casefile.OrganID
	Person     casefile.PersonID
	Hash       string // argon2id, with its parameters and salt
	MustChange bool   // the password was given by somebody else
	Created    time.Time
	Closed     time.Time // zero: it is open
}

type accountRow struct {
	Login      string            `db:"login"`
	Organ      casefile.OrganID  `db:"organ"`
	Person     casefile.PersonID `db:"person"`
	Hash       string            `db:"hash"`
	MustChange int64             `db:"must_change"`
	CreatedAt  int64             `db:"created_at"`
	ClosedAt   *int64            `db:"closed_at"`
}

func (r accountRow) account() Account {
	a := Account{Login: r.Login, Organ: r.Organ, Person: r.Person, Hash: r.Hash, MustChange: r.MustChange != 0, Created: time.UnixMilli(r.CreatedAt).UTC()}
	if r.ClosedAt != nil {
		a.Closed = time.UnixMilli(*r.ClosedAt).UTC()
	}
	return a
}

const insertAccount = `
INSERT INTO accounts (login,  organ,  person,  hash,  must_change,  created_at)
VALUES               (:login, :organ, :person, :hash, :must_change, :created_at)`

// CreateAccount keeps a new account, and logs that it was opened. A login that is
// taken, also by an account that is closed, or a person who has one, is a
// [casefile.ErrConflict].
func (s *Store) CreateAccount(ctx context.Context, a Account, why AccountChange) error {
	row := accountRow{Login: a.Login, Organ: a.Organ, Person: a.Person, Hash: a.Hash, MustChange: flag(a.MustChange), CreatedAt: a.Created.UnixMilli()}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, insertAccount, row); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if s.dialect.duplicate(err) {
		return fmt.Errorf("the login is taken, or the person has an account: %w", casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("create account: %w", err)
	}
	return nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const selectAccount = `
SELECT login, organ, person, hash, must_change, created_at, closed_at
FROM   accounts
`

// AccountByLogin gives an account, or [casefile.ErrNotFound].
func (s *Store) AccountByLogin(ctx context.Context, login string) (Account, error) {
	return s.account(ctx, `WHERE login = ?`, login)
}

// AccountOf gives the account of a person, or [casefile.ErrNotFound].
func (s *Store) AccountOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) (Account, error) {
	return s.account(ctx, `WHERE organ = ? AND person = ?`, organ, person)
}

func (s *Store) account(ctx context.Context, where string, args ...any) (Account, error) {
	var r accountRow
	err := s.read.GetContext(ctx, &r, s.read.Rebind(selectAccount+where), args...)
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, fmt.Errorf("account: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	return r.account(), nil
}

const updatePassword = `UPDATE accounts SET hash = ?, must_change = ? WHERE login = ? AND hash = ? AND closed_at IS NULL`

// SetPassword replaces the hash of an account with the one of a password that its
// owner has chosen, if it is still the one before. Otherwise, and when the account is
// closed, it is a [casefile.ErrConflict].
func (s *Store) SetPassword(ctx context.Context, login, before, hash string) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error { return setOne(ctx, tx, updatePassword, hash, 0, login, before) })
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

// ResetPassword is SetPassword with a password that somebody else has given: it has to
// be changed. The sessions of the person end, and it is logged.
func (s *Store) ResetPassword(ctx context.Context, login, before, hash string, why AccountChange) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		if err := setOne(ctx, tx, updatePassword, hash, 1, login, before); err != nil {
			return err
		}
		if err := endSessionsOf(ctx, tx, why); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if err != nil {
		return fmt.Errorf("reset password: %w", err)
	}
	return nil
}

// setOne changes one row. When there is none as described, somebody was faster.
func setOne(ctx context.Context, tx *sqlx.Tx, query string, args ...any) error {
	result, err := tx.ExecContext(ctx, tx.Rebind(query), args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("it was changed meanwhile: %w", casefile.ErrConflict))
	}
	return nil
}

// countAttempt holds the row until the transaction ends, so that attempts at once are
// counted one after the other.
const countAttempt = `
INSERT INTO sign_in_failures AS f (name_hash, failures, failed_at, locked_until)
VALUES                            (?,         1,        ?,         0)
ON CONFLICT (name_hash) DO UPDATE
SET    failures  = CASE WHEN f.locked_until > excluded.failed_at THEN f.failures  ELSE f.failures + 1 END,
       failed_at = CASE WHEN f.locked_until > excluded.failed_at THEN f.failed_at ELSE excluded.failed_at END
RETURNING failures, locked_until`

// Attempt counts an attempt to sign in before it is known how it ends, so that many
// at once count too: [Store.ForgetFailures] takes it back. Lock gives how long the
// name is locked after so many failures; forget is when failures no longer count.
// While the name is locked, locked is true and nothing is counted.
func (s *Store) Attempt(ctx context.Context, nameHash string, now time.Time, forget time.Duration, lock func(failures int) time.Duration) (locked bool, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM sign_in_failures WHERE failed_at < ? AND locked_until < ?`),
			now.Add(-forget).UnixMilli(), now.UnixMilli()); err != nil {
			return fmt.Errorf("forget old failures: %w", err)
		}
		var row struct {
			Failures    int   `db:"failures"`
			LockedUntil int64 `db:"locked_until"`
		}
		if err := tx.GetContext(ctx, &row, tx.Rebind(countAttempt), nameHash, now.UnixMilli()); err != nil {
			return err
		}
		if locked = row.LockedUntil > now.UnixMilli(); locked {
			return nil
		}
		_, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE sign_in_failures SET locked_until = ? WHERE name_hash = ?`), now.Add(lock(row.Failures)).UnixMilli(), nameHash)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("count attempt: %w", err)
	}
	return locked, nil
}

// ForgetFailures says that somebody has signed in under the name.
func (s *Store) ForgetFailures(ctx context.Context, nameHash string) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM sign_in_failures WHERE name_hash = ?`), nameHash); err != nil {
		return fmt.Errorf("forget failures: %w", err)
	}
	return nil
}

// HasAccounts reports whether there is any account.
func (s *Store) HasAccounts(ctx context.Context) (bool, error) {
	var n int64
	if err := s.read.GetContext(ctx, &n, `SELECT COUNT(*) FROM (SELECT 1 FROM accounts LIMIT 1) AS one`); err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	return n > 0, nil
}

// CreateFirstLink keeps a one-time link by the hash of its secret: for an organ, or for
// a first one when it is empty. Links that were not used end.
func (s *Store) CreateFirstLink(ctx context.Context, hash string, organ casefile.OrganID, expires time.Time) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM first_links WHERE used_at IS NULL`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, tx.Rebind(`INSERT INTO first_links (hash, organ, expires_at) VALUES (?, ?, ?)`), hash, organ, expires.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("keep link: %w", err)
	}
	return nil
}

// FirstLink gives the organ of a link that can still be used, or
// [casefile.ErrNotFound].
func (s *Store) FirstLink(ctx context.Context, hash string, now time.Time) (casefile.OrganID, error) {
	var organ casefile.OrganID
	err := s.read.GetContext(ctx, &organ, s.read.Rebind(`SELECT organ FROM first_links WHERE hash = ? AND used_at IS NULL AND expires_at > ?`), hash, now.UnixMilli())
	if errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("link: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("read link: %w", err)
	}
	return organ, nil
}

// TakeFirstLink uses a link that is neither used nor expired. Of many who try, one
// gets it; the others get [casefile.ErrNotFound].
func (s *Store) TakeFirstLink(ctx context.Context, hash string, now time.Time) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(`
UPDATE first_links SET used_at = ? WHERE hash = ? AND used_at IS NULL AND expires_at > ?`), now.UnixMilli(), hash, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("use link: %w", err)
	}
	return oneRow(result, "link")
}
