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
	Login       string
	Organ       casefile.OrganID
	Person      casefile.PersonID
	Hash        string // argon2id, with its parameters and salt
	MustChange  bool   // the password was given by somebody else
	Failures    int    // since the last success
	LockedUntil time.Time
	Created     time.Time
}

// SignIn is one attempt to sign in. It is an alias, as [Token] is.
type SignIn = struct {
	Number  int64
	At      time.Time
	Organ   casefile.OrganID  // empty: nobody who is known
	Person  casefile.PersonID //
	Method  string            // "password", "oidc", "token"
	Outcome string            // "ok", "wrong", "locked", "unknown"
	Network string            // the network that it came from, not the address
	Detail  string            // of an identity provider: acr and amr
}

type accountRow struct {
	Login       string            `db:"login"`
	Organ       casefile.OrganID  `db:"organ"`
	Person      casefile.PersonID `db:"person"`
	Hash        string            `db:"hash"`
	MustChange  int64             `db:"must_change"`
	Failures    int64             `db:"failures"`
	LockedUntil int64             `db:"locked_until"`
	CreatedAt   int64             `db:"created_at"`
}

const insertAccount = `
INSERT INTO accounts (login,  organ,  person,  hash,  must_change,  failures,  locked_until,  created_at)
VALUES               (:login, :organ, :person, :hash, :must_change, :failures, :locked_until, :created_at)`

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
SELECT login, organ, person, hash, must_change, failures, locked_until, created_at
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
	return Account{Login: r.Login, Organ: r.Organ, Person: r.Person, Hash: r.Hash, MustChange: r.MustChange != 0, Failures: int(r.Failures),
		LockedUntil: time.UnixMilli(r.LockedUntil).UTC(), Created: time.UnixMilli(r.CreatedAt).UTC()}, nil
}

// SetPassword replaces the hash of an account, if it is still the one before, and
// clears its failures. Otherwise it is a [casefile.ErrConflict].
func (s *Store) SetPassword(ctx context.Context, login, before, hash string, mustChange bool) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(`
UPDATE accounts SET hash = ?, must_change = ?, failures = 0, locked_until = 0 WHERE login = ? AND hash = ?`), hash, flag(mustChange), login, before)
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, fmt.Errorf("the password was changed meanwhile: %w", casefile.ErrConflict))
	}
	return nil
}

// NoteFailure counts a failure to sign in and locks the account until what the
// function says of the number of failures.
func (s *Store) NoteFailure(ctx context.Context, login string, lockedUntil func(failures int) time.Time) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var failures int64
		if err := tx.GetContext(ctx, &failures, tx.Rebind(`UPDATE accounts SET failures = failures + 1 WHERE login = ? RETURNING failures`), login); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE accounts SET locked_until = ? WHERE login = ?`), lockedUntil(int(failures)).UnixMilli(), login)
		return err
	})
	if err != nil {
		return fmt.Errorf("note failure: %w", err)
	}
	return nil
}

// ClearFailures forgets the failures of an account.
func (s *Store) ClearFailures(ctx context.Context, login string) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`UPDATE accounts SET failures = 0, locked_until = 0 WHERE login = ?`), login); err != nil {
		return fmt.Errorf("clear failures: %w", err)
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

// CreateFirstLink keeps a one-time link by the hash of its secret.
func (s *Store) CreateFirstLink(ctx context.Context, hash string, expires time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`INSERT INTO first_links (hash, expires_at) VALUES (?, ?)`), hash, expires.UnixMilli()); err != nil {
		return fmt.Errorf("keep link: %w", err)
	}
	return nil
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

// Identity is a subject of an identity provider, bound to a person. It is an alias,
// as [Token] is.
type Identity = struct {
	Issuer, Subject string
	Organ           casefile.OrganID
	Person          casefile.PersonID
	BoundBy         casefile.PersonID
	BoundAt         time.Time
}

// CreateIdentity binds a subject to a person. A subject that is bound is a
// [casefile.ErrConflict].
func (s *Store) CreateIdentity(ctx context.Context, i Identity) error {
	_, err := s.write.ExecContext(ctx, s.write.Rebind(`
INSERT INTO identities (issuer, subject, organ, person, bound_by, bound_at) VALUES (?, ?, ?, ?, ?, ?)`), i.Issuer, i.Subject, i.Organ, i.Person, i.BoundBy, i.BoundAt.UnixMilli())
	if s.dialect.duplicate(err) {
		return fmt.Errorf("the identity is bound: %w", casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("bind identity: %w", err)
	}
	return nil
}

// Identity gives to whom a subject is bound, or [casefile.ErrNotFound].
func (s *Store) Identity(ctx context.Context, issuer, subject string) (Identity, error) {
	var r struct {
		Organ   casefile.OrganID  `db:"organ"`
		Person  casefile.PersonID `db:"person"`
		BoundBy casefile.PersonID `db:"bound_by"`
		BoundAt int64             `db:"bound_at"`
	}
	err := s.read.GetContext(ctx, &r, s.read.Rebind(`SELECT organ, person, bound_by, bound_at FROM identities WHERE issuer = ? AND subject = ?`), issuer, subject)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, fmt.Errorf("identity: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read identity: %w", err)
	}
	return Identity{Issuer: issuer, Subject: subject, Organ: r.Organ, Person: r.Person, BoundBy: r.BoundBy, BoundAt: time.UnixMilli(r.BoundAt).UTC()}, nil
}
