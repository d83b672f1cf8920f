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

// Identity is whose a subject of an identity provider is. It is an alias, as
// [Token] is.
type Identity = struct {
	ID      string // names it in lists
	Issuer  string
	Subject string
	Organ   casefile.OrganID
	Person  casefile.PersonID
	BoundBy casefile.PersonID
	BoundAt time.Time
}

type identityRow struct {
	ID      string            `db:"id"`
	Issuer  string            `db:"issuer"`
	Subject string            `db:"subject"`
	Organ   casefile.OrganID  `db:"organ"`
	Person  casefile.PersonID `db:"person"`
	BoundBy casefile.PersonID `db:"bound_by"`
	BoundAt int64             `db:"bound_at"`
}

const insertIdentity = `
INSERT INTO identities (id,  issuer,  subject,  organ,  person,  bound_by,  bound_at)
VALUES                 (:id, :issuer, :subject, :organ, :person, :bound_by, :bound_at)`

// CreateIdentity keeps whose an identity is, and logs it. One that is bound already is
// a [casefile.ErrConflict].
func (s *Store) CreateIdentity(ctx context.Context, i Identity, why AccountChange) error {
	row := identityRow{ID: i.ID, Issuer: i.Issuer, Subject: i.Subject, Organ: i.Organ, Person: i.Person, BoundBy: i.BoundBy, BoundAt: i.BoundAt.UnixMilli()}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, insertIdentity, row); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if s.dialect.duplicate(err) {
		return fmt.Errorf("identity is bound already: %w", casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("bind identity: %w", err)
	}
	return nil
}

const selectIdentities = `
SELECT id, issuer, subject, organ, person, bound_by, bound_at
FROM   identities
`

// Identity gives whose a subject of an issuer is, or [casefile.ErrNotFound].
func (s *Store) Identity(ctx context.Context, issuer, subject string) (Identity, error) {
	return s.identity(ctx, `WHERE issuer = ? AND subject = ?`, issuer, subject)
}

// IdentityByID gives an identity, or [casefile.ErrNotFound].
func (s *Store) IdentityByID(ctx context.Context, id string) (Identity, error) {
	return s.identity(ctx, `WHERE id = ?`, id)
}

func (s *Store) identity(ctx context.Context, where string, args ...any) (Identity, error) {
	var row identityRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectIdentities+where), args...)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, fmt.Errorf("identity: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read identity: %w", err)
	}
	return row.identity(), nil
}

// IdentitiesOf gives identities of an organ by id, after one; with no organ, of all.
func (s *Store) IdentitiesOf(ctx context.Context, organ casefile.OrganID, after string, limit int) ([]Identity, error) {
	var rows []identityRow
	query := selectIdentities + `WHERE (? = '' OR organ = ?) AND id > ? ORDER BY id LIMIT ?`
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), organ, organ, after, limit); err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	out := make([]Identity, len(rows))
	for i, row := range rows {
		out[i] = row.identity()
	}
	return out, nil
}

// DeleteIdentity makes an identity nobody's, ends the sessions of whose it was, and
// logs it.
func (s *Store) DeleteIdentity(ctx context.Context, id string, why AccountChange) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM identities WHERE id = ?`), id)
		if err != nil {
			return err
		}
		if err := oneRow(result, "identity"); err != nil {
			return err
		}
		if err := endSessionsOf(ctx, tx, why); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if err != nil {
		return fmt.Errorf("unbind identity: %w", err)
	}
	return nil
}

func (r identityRow) identity() Identity {
	return Identity{ID: r.ID, Issuer: r.Issuer, Subject: r.Subject, Organ: r.Organ, Person: r.Person, BoundBy: r.BoundBy, BoundAt: time.UnixMilli(r.BoundAt).UTC()}
}
