package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Feed is the address of a person's calendar as it is stored: a hash of the secret,
// never the secret. It is an alias, so that the package that makes them can name the
// same type without either importing the other.
type Feed = struct {
	ID      string // names the feed in lists; not secret
	Hash    string // SHA-256 of the secret, hexadecimal
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Token   string // id of the token that it was made with and lives as long as; empty: made by somebody signed in
	Title   string
	Created time.Time
	Revoked time.Time // zero when it is not revoked
}

type feedRow struct {
	ID        string            `db:"id"`
	Hash      string            `db:"hash"`
	Organ     casefile.OrganID  `db:"organ"`
	Person    casefile.PersonID `db:"person"`
	Token     string            `db:"token"`
	Title     string            `db:"title"`
	CreatedAt int64             `db:"created_at"`
	RevokedAt *int64            `db:"revoked_at"`
}

const insertFeed = `
INSERT INTO feeds (id,  hash,  organ,  person,  token,  title,  created_at,  revoked_at)
VALUES            (:id, :hash, :organ, :person, :token, :title, :created_at, :revoked_at)`

// CreateFeed keeps a new feed. One with its id or hash already there is a
// [casefile.ErrConflict].
func (s *Store) CreateFeed(ctx context.Context, f Feed) error {
	row := feedRow{ID: f.ID, Hash: f.Hash, Organ: f.Organ, Person: f.Person, Token: f.Token, Title: f.Title, CreatedAt: f.Created.UnixMilli()}
	_, err := s.write.NamedExecContext(ctx, insertFeed, row)
	if s.dialect.duplicate(err) {
		return fmt.Errorf("feed %s exists: %w", f.ID, casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("store feed %s: %w", f.ID, err)
	}
	return nil
}

const selectFeedByHash = `
SELECT *
FROM   feeds
WHERE  hash = ?`

// FeedByHash gives the feed with the hash, a revoked one too, or
// [casefile.ErrNotFound].
func (s *Store) FeedByHash(ctx context.Context, hash string) (Feed, error) {
	var row feedRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectFeedByHash), hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Feed{}, fmt.Errorf("feed: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return Feed{}, fmt.Errorf("read feed: %w", err)
	}
	return row.feed(), nil
}

const selectFeeds = `
SELECT   *
FROM     feeds
WHERE    organ = ? AND person = ?
ORDER BY created_at DESC, id
LIMIT    200`

// FeedsOf gives the feeds of a person, the newest first, revoked ones included.
func (s *Store) FeedsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]Feed, error) {
	var rows []feedRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectFeeds), organ, person); err != nil {
		return nil, fmt.Errorf("list feeds: %w", err)
	}
	out := make([]Feed, len(rows))
	for i, row := range rows {
		out[i] = row.feed()
	}
	return out, nil
}

const revokeFeed = `
UPDATE feeds
SET    revoked_at = COALESCE(revoked_at, ?)
WHERE  organ = ? AND person = ? AND id = ?`

// RevokeFeed ends a feed of a person. Revoking twice keeps the first instant; one
// that the person does not have is [casefile.ErrNotFound].
func (s *Store) RevokeFeed(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id string, at time.Time) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(revokeFeed), at.UnixMilli(), organ, person, id)
	if err != nil {
		return fmt.Errorf("revoke feed %s: %w", id, err)
	}
	return oneRow(result, "feed "+id)
}

func (r feedRow) feed() Feed {
	f := Feed{
		ID: r.ID, Hash: r.Hash, Organ: r.Organ, Person: r.Person, Token: r.Token, Title: r.Title, Created: time.UnixMilli(r.CreatedAt).UTC(),
	}
	if r.RevokedAt != nil {
		f.Revoked = time.UnixMilli(*r.RevokedAt).UTC()
	}
	return f
}
