package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Session is somebody who has signed in. It is an alias, as [Token] is.
type Session = struct {
	Hash    string // of what the cookie holds
	ID      string // names it in lists; not secret
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Data    []byte
	Expires time.Time
	Used    time.Time // when it was used last, to a minute
}

const upsertSession = `
INSERT INTO sessions (hash, id, organ, person, data, expires_at, used_at)
VALUES               (?,    ?,  ?,     ?,      ?,    ?,          ?)
ON CONFLICT (hash) DO UPDATE
SET    id = excluded.id, organ = excluded.organ, person = excluded.person, data = excluded.data, expires_at = excluded.expires_at, used_at = excluded.used_at`

// SaveSession keeps a session, or what has become of it.
func (s *Store) SaveSession(ctx context.Context, v Session) error {
	_, err := s.write.ExecContext(ctx, s.write.Rebind(upsertSession), v.Hash, v.ID, v.Organ, v.Person, v.Data, v.Expires.UnixMilli(), v.Used.UnixMilli())
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// ProlongSession notes that a session was used, and what has become of it. One that
// has ended meanwhile stays ended.
func (s *Store) ProlongSession(ctx context.Context, hash string, data []byte, expires, used time.Time) error {
	_, err := s.write.ExecContext(ctx, s.write.Rebind(`UPDATE sessions SET data = ?, expires_at = ?, used_at = ? WHERE hash = ?`), data, expires.UnixMilli(), used.UnixMilli(), hash)
	if err != nil {
		return fmt.Errorf("prolong session: %w", err)
	}
	return nil
}

// SessionByHash gives a session, or [casefile.ErrNotFound].
func (s *Store) SessionByHash(ctx context.Context, hash string) (Session, error) {
	var r sessionRow
	err := s.read.GetContext(ctx, &r, s.read.Rebind(`SELECT hash, id, organ, person, data, expires_at, used_at FROM sessions WHERE hash = ?`), hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, fmt.Errorf("session: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	return r.session(), nil
}

type sessionRow struct {
	Hash      string            `db:"hash"`
	ID        string            `db:"id"`
	Organ     casefile.OrganID  `db:"organ"`
	Person    casefile.PersonID `db:"person"`
	Data      []byte            `db:"data"`
	ExpiresAt int64             `db:"expires_at"`
	UsedAt    int64             `db:"used_at"`
}

func (r sessionRow) session() Session {
	v := Session{Hash: r.Hash, ID: r.ID, Organ: r.Organ, Person: r.Person, Data: r.Data, Expires: time.UnixMilli(r.ExpiresAt).UTC()}
	if r.UsedAt > 0 {
		v.Used = time.UnixMilli(r.UsedAt).UTC()
	}
	return v
}

// SessionsOf gives the sessions of a person that have not ended by an instant.
func (s *Store) SessionsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, now time.Time) ([]Session, error) {
	var rows []sessionRow
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT hash, id, organ, person, data, expires_at, used_at FROM sessions WHERE organ = ? AND person = ? AND expires_at > ? ORDER BY expires_at DESC LIMIT 100`), organ, person, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	out := make([]Session, len(rows))
	for i, r := range rows {
		out[i] = r.session()
	}
	return out, nil
}

// EndSession ends a session by its hash. Ending one that is not there is no error.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM sessions WHERE hash = ?`), hash); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// EndSessionsOf ends the sessions of a person, but for one by its id, or with
// only, that one alone. It gives how many.
func (s *Store) EndSessionsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, except, only string) (int64, error) {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(`
DELETE FROM sessions WHERE organ = ? AND person = ? AND id <> ? AND (? = '' OR id = ?)`), organ, person, except, only, only)
	if err != nil {
		return 0, fmt.Errorf("end sessions: %w", err)
	}
	return result.RowsAffected()
}

// PurgeSessions removes what ended before an instant.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM sessions WHERE expires_at <= ?`), now.UnixMilli()); err != nil {
		return fmt.Errorf("purge sessions: %w", err)
	}
	return nil
}
