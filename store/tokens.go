package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Token is a bearer token as it is stored: a hash of the secret, never the
// secret. It is an alias, so that the package that issues tokens can name the
// same type without either importing the other.
type Token = struct {
	ID      string           // names the token in lists; not secret
	Hash    string           // SHA-256 of the secret, hexadecimal
	Organ   casefile.OrganID //
	Holder  casefile.Actor   // the person that the token acts for, and the roles
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero when it is not revoked
	Scopes  []string  // what it is limited to; nil: nothing is left out
	Used    time.Time // when it was used last, to a minute; zero: never
}

type tokenRow struct {
	ID        string           `db:"id"`
	Hash      string           `db:"hash"`
	Organ     casefile.OrganID `db:"organ"`
	Holder    string           `db:"holder"`
	CreatedAt int64            `db:"created_at"`
	ExpiresAt int64            `db:"expires_at"`
	RevokedAt *int64           `db:"revoked_at"`
	Scopes    string           `db:"scopes"`
	UsedAt    *int64           `db:"used_at"`
}

const insertToken = `
INSERT INTO tokens (id,  hash,  organ,  holder,  created_at,  expires_at,  revoked_at,  scopes)
VALUES             (:id, :hash, :organ, :holder, :created_at, :expires_at, :revoked_at, :scopes)`

// CreateToken keeps a new token, and logs that it was issued. A token with its id or
// hash already there is a [casefile.ErrConflict].
func (s *Store) CreateToken(ctx context.Context, t Token, why AccountChange) error {
	holder, err := json.Marshal(t.Holder)
	if err != nil {
		return fmt.Errorf("encode holder of token %s: %w", t.ID, err)
	}
	row := tokenRow{
		ID: t.ID, Hash: t.Hash, Organ: t.Organ, Holder: string(holder),
		CreatedAt: t.Created.UnixMilli(), ExpiresAt: t.Expires.UnixMilli(),
		Scopes: strings.Join(t.Scopes, " "),
	}
	if !t.Revoked.IsZero() {
		at := t.Revoked.UnixMilli()
		row.RevokedAt = &at
	}
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.NamedExecContext(ctx, insertToken, row); err != nil {
			return err
		}
		return logAccount(ctx, tx, why)
	})
	if s.dialect.duplicate(err) {
		return fmt.Errorf("token %s exists: %w", t.ID, casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("store token %s: %w", t.ID, err)
	}
	return nil
}

const selectTokenByHash = `
SELECT id, hash, organ, holder, created_at, expires_at, revoked_at, scopes, used_at
FROM   tokens
WHERE  hash = ?`

// TokenByHash gives the token with the hash, expired and revoked ones included,
// or [casefile.ErrNotFound].
func (s *Store) TokenByHash(ctx context.Context, hash string) (Token, error) {
	var row tokenRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectTokenByHash), hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Token{}, fmt.Errorf("token: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Token{}, fmt.Errorf("read token: %w", err)
	}
	return row.token()
}

const revokeToken = `
UPDATE tokens
SET    revoked_at = ?
WHERE  organ = ? AND id = ? AND revoked_at IS NULL`

// RevokeToken ends a token of the organ, and logs it. Revoking twice keeps the first
// instant, and is logged once; an unknown token is [casefile.ErrNotFound].
func (s *Store) RevokeToken(ctx context.Context, organ casefile.OrganID, id string, why AccountChange) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(revokeToken), why.At.UnixMilli(), organ, id)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n > 0 {
			return logAccount(ctx, tx, why)
		}
		var known int64
		if err := tx.GetContext(ctx, &known, tx.Rebind(`SELECT COUNT(*) FROM tokens WHERE organ = ? AND id = ?`), organ, id); err != nil || known > 0 {
			return err
		}
		return casefile.ErrNotFound
	})
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", id, err)
	}
	return nil
}

// NoteTokenUse notes when a token was used last.
func (s *Store) NoteTokenUse(ctx context.Context, hash string, at time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`UPDATE tokens SET used_at = ? WHERE hash = ?`), at.UnixMilli(), hash); err != nil {
		return fmt.Errorf("note use of token: %w", err)
	}
	return nil
}

const selectTokens = `
SELECT   id, hash, organ, holder, created_at, expires_at, revoked_at, scopes, used_at
FROM     tokens
WHERE    organ = ?
ORDER BY created_at DESC, id`

// ListTokens gives the tokens of an organ, the newest first, expired and revoked
// ones included.
func (s *Store) ListTokens(ctx context.Context, organ casefile.OrganID) ([]Token, error) {
	var rows []tokenRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectTokens), organ); err != nil {
		return nil, fmt.Errorf("list tokens of %s: %w", organ, err)
	}
	out := make([]Token, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.token(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r tokenRow) token() (Token, error) {
	t := Token{
		ID: r.ID, Hash: r.Hash, Organ: r.Organ,
		Created: time.UnixMilli(r.CreatedAt).UTC(), Expires: time.UnixMilli(r.ExpiresAt).UTC(),
	}
	t.Scopes = strings.Fields(r.Scopes)
	if len(t.Scopes) == 0 {
		t.Scopes = nil
	}
	if r.RevokedAt != nil {
		t.Revoked = time.UnixMilli(*r.RevokedAt).UTC()
	}
	if r.UsedAt != nil {
		t.Used = time.UnixMilli(*r.UsedAt).UTC()
	}
	if err := json.Unmarshal([]byte(r.Holder), &t.Holder); err != nil {
		return Token{}, fmt.Errorf("read holder of token %s: %w", r.ID, err)
	}
	return t, nil
}
