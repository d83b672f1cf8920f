package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
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
}

// SignIn is one attempt to sign in. It is an alias, as [Token] is.
type SignIn = struct {
	Number  int64
	At      time.Time
	Organ   casefile.OrganID  // empty: nobody who is known
	Person  casefile.PersonID //
	Method  string            // "password", "oidc", "token", "link"
	Outcome string            // "ok", "wrong", "locked", "unknown"
	Network string            // the network that it came from, not the address
	Detail  string            // of an identity provider: acr and amr
}

type accountRow struct {
	Login      string            `db:"login"`
	Organ      casefile.OrganID  `db:"organ"`
	Person     casefile.PersonID `db:"person"`
	Hash       string            `db:"hash"`
	MustChange int64             `db:"must_change"`
	CreatedAt  int64             `db:"created_at"`
}

const insertAccount = `
INSERT INTO accounts (login,  organ,  person,  hash,  must_change,  created_at)
VALUES               (:login, :organ, :person, :hash, :must_change, :created_at)`

// CreateAccount keeps a new account. A login that is taken, or a person who has
// one, is a [casefile.ErrConflict].
func (s *Store) CreateAccount(ctx context.Context, a Account) error {
	row := accountRow{Login: a.Login, Organ: a.Organ, Person: a.Person, Hash: a.Hash, MustChange: flag(a.MustChange), CreatedAt: a.Created.UnixMilli()}
	_, err := s.write.NamedExecContext(ctx, insertAccount, row)
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
SELECT login, organ, person, hash, must_change, created_at
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
	return Account{Login: r.Login, Organ: r.Organ, Person: r.Person, Hash: r.Hash, MustChange: r.MustChange != 0,
		Created: time.UnixMilli(r.CreatedAt).UTC()}, nil
}

// SetPassword replaces the hash of an account, if it is still the one before.
// Otherwise it is a [casefile.ErrConflict].
func (s *Store) SetPassword(ctx context.Context, login, before, hash string, mustChange bool) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(`
UPDATE accounts SET hash = ?, must_change = ? WHERE login = ? AND hash = ?`), hash, flag(mustChange), login, before)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("the password was changed meanwhile: %w", casefile.ErrConflict))
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

const insertSignIn = `
INSERT INTO sign_ins (number, at, organ, person, method, outcome, network, detail)
SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM sign_ins`

// LogSignIn keeps an attempt to sign in.
func (s *Store) LogSignIn(ctx context.Context, i SignIn) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.ExecContext(ctx, tx.Rebind(insertSignIn), i.At.UnixMilli(), cut(i.Organ), cut(i.Person), cut(i.Method), cut(i.Outcome), cut(i.Network), cut(i.Detail))
		return err
	})
	if err != nil {
		return fmt.Errorf("log sign-in: %w", err)
	}
	return nil
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
