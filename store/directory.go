package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Enrolled is a record of the directory of organs and people. It is an
// alias, so that the package that understands it can name the same type.
type Enrolled = struct {
	Kind    string
	ID      string
	Organ   casefile.OrganID
	Person  casefile.PersonID // whom it is about; empty: nobody
	Version int64
	Body    json.RawMessage
}

// DirectoryChange is one change of the directory.
type DirectoryChange = struct {
	Number        int64
	At            time.Time
	Organ         casefile.OrganID
	By            casefile.PersonID
	Kind, ID      string
	Version       int64
	Before, After json.RawMessage // Before is null for a new record
}

type directoryRow struct {
	Kind    string            `db:"kind"`
	ID      string            `db:"id"`
	Organ   casefile.OrganID  `db:"organ"`
	Person  casefile.PersonID `db:"person"`
	Version int64             `db:"version"`
	Body    string            `db:"body"`
}

const selectDirectory = `
SELECT kind, id, organ, person, version, body
FROM   directory
`

const insertDirectory = `
INSERT INTO directory (kind,  id,  organ,  person,  version,  body)
VALUES                (:kind, :id, :organ, :person, :version, :body)`

const updateDirectory = `
UPDATE directory
SET    version = :version, body = :body
WHERE  kind = :kind AND id = :id AND organ = :organ AND version = :version - 1`

const logDirectory = `
INSERT INTO directory_log (number, changed_at, organ, by_person, kind, id, version, before, after)
SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ?, ? FROM directory_log`

// PutRecord keeps the next version of a record and logs the change, with who made
// it. A version that is not the next one is a [casefile.ErrConflict].
func (s *Store) PutRecord(ctx context.Context, r Enrolled, by casefile.PersonID) error {
	if !plain(r.Kind) || !plain(r.ID) || !plain(string(r.Organ)) || r.Version < 1 || !json.Valid(r.Body) {
		return fmt.Errorf("keep %.40q %.80q: not well formed: %w", r.Kind, r.ID, casefile.ErrInvalid)
	}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		before := "null"
		err := tx.GetContext(ctx, &before, tx.Rebind(`SELECT body FROM directory WHERE kind = ? AND id = ?`), r.Kind, r.ID)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read the version before: %w", err)
		}
		query := updateDirectory
		if r.Version == 1 {
			query = insertDirectory
			if err == nil {
				return fmt.Errorf("it exists: %w", casefile.ErrConflict)
			}
		}
		result, err := tx.NamedExecContext(ctx, query, directoryRow{
			Kind: r.Kind, ID: r.ID, Organ: r.Organ, Person: r.Person, Version: r.Version, Body: string(r.Body)})
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("it is at another version: %w", casefile.ErrConflict))
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(logDirectory), s.now().UnixMilli(), r.Organ, by, r.Kind, r.ID, r.Version, before, string(r.Body))
		if err != nil {
			return fmt.Errorf("log: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep %s %s: %w", r.Kind, r.ID, err)
	}
	return nil
}

// DirectoryRecord gives a record of the directory, or [casefile.ErrNotFound].
func (s *Store) DirectoryRecord(ctx context.Context, kind, id string) (Enrolled, error) {
	list, err := s.directory(ctx, `WHERE kind = ? AND id = ?`, kind, id)
	if err != nil {
		return Enrolled{}, err
	}
	if len(list) == 0 {
		return Enrolled{}, fmt.Errorf("%s %.80s: %w", kind, id, casefile.ErrNotFound)
	}
	return list[0], nil
}

// RecordsOf lists records of a kind in an organ, ordered by id, after one. Limit
// is 1 to 200.
func (s *Store) RecordsOf(ctx context.Context, organ casefile.OrganID, kind, after string, limit int) ([]Enrolled, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list %s: limit %d: want 1 to %d: %w", kind, limit, maxPage, casefile.ErrInvalid)
	}
	return s.directory(ctx, `WHERE organ = ? AND kind = ? AND id > ? ORDER BY id LIMIT ?`, organ, kind, after, limit)
}

// RecordsAbout gives the records about a person.
func (s *Store) RecordsAbout(ctx context.Context, person casefile.PersonID) ([]Enrolled, error) {
	if person == "" {
		return nil, nil
	}
	return s.directory(ctx, `WHERE person = ? ORDER BY kind, id`, person)
}

// AllRecords gives every record of a kind, ordered by id.
func (s *Store) AllRecords(ctx context.Context, kind string) ([]Enrolled, error) {
	return s.directory(ctx, `WHERE kind = ? ORDER BY id`, kind)
}

func (s *Store) directory(ctx context.Context, where string, args ...any) ([]Enrolled, error) {
	var rows []directoryRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectDirectory+where), args...); err != nil {
		return nil, fmt.Errorf("read directory: %w", err)
	}
	out := make([]Enrolled, len(rows))
	for i, r := range rows {
		out[i] = Enrolled{Kind: r.Kind, ID: r.ID, Organ: r.Organ, Person: r.Person, Version: r.Version, Body: json.RawMessage(r.Body)}
	}
	return out, nil
}

const selectChanges = `
SELECT   number, changed_at, organ, by_person, kind, id, version, before, after
FROM     directory_log
WHERE    organ = ? AND number < ?
ORDER BY number DESC
LIMIT    ?`

// Changes gives changes of an organ's directory, the last first, before a number;
// 0 is the end. Limit is 1 to 200.
func (s *Store) Changes(ctx context.Context, organ casefile.OrganID, before int64, limit int) ([]DirectoryChange, error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("list changes: limit %d: want 1 to %d: %w", limit, maxPage, casefile.ErrInvalid)
	}
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []struct {
		Number    int64             `db:"number"`
		ChangedAt int64             `db:"changed_at"`
		Organ     casefile.OrganID  `db:"organ"`
		By        casefile.PersonID `db:"by_person"`
		Kind      string            `db:"kind"`
		ID        string            `db:"id"`
		Version   int64             `db:"version"`
		Before    string            `db:"before"`
		After     string            `db:"after"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectChanges), organ, before, limit); err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	out := make([]DirectoryChange, len(rows))
	for i, r := range rows {
		out[i] = DirectoryChange{Number: r.Number, At: time.UnixMilli(r.ChangedAt).UTC(), Organ: r.Organ, By: r.By, Kind: r.Kind, ID: r.ID,
			Version: r.Version, Before: json.RawMessage(r.Before), After: json.RawMessage(r.After)}
	}
	return out, nil
}
