package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// MaxContent is the largest content in bytes: a document, or a pack.
const MaxContent = 20 << 20

const insertContent = `
INSERT INTO contents (digest, kind, bytes)
VALUES               (?,      ?,    ?)
ON CONFLICT (digest) DO NOTHING`

const selectContent = `
SELECT bytes
FROM   contents
WHERE  digest = ?`

// PutContent keeps what judges cases: a definition, a rule pack, a calendar. It
// is kept for ever; putting it again changes nothing. Content that does not have
// the digest wraps [casefile.ErrInvalid].
func (s *Store) PutContent(ctx context.Context, kind string, digest casefile.Digest, content []byte) error {
	if err := checkContent(digest, content); err != nil {
		return fmt.Errorf("store %s %s: %w", kind, digest, err)
	}
	if !plain(kind) {
		return fmt.Errorf("store content %s: kind %.80q: %w", digest, kind, casefile.ErrInvalid)
	}
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(insertContent), digest, kind, content); err != nil {
		return fmt.Errorf("store %s %s: %w", kind, digest, err)
	}
	return nil
}

// Content gives a content by its digest, or [casefile.ErrNotFound]. Stored bytes
// that no longer have the digest are an error.
func (s *Store) Content(ctx context.Context, digest casefile.Digest) ([]byte, error) {
	return readContent(ctx, s.read, digest)
}

// contentsIn reads contents in a transaction: a second connection could have to
// wait for those that wait for it.
type contentsIn struct{ tx *sqlx.Tx }

func (c contentsIn) Content(ctx context.Context, digest casefile.Digest) ([]byte, error) {
	return readContent(ctx, c.tx, digest)
}

// getter is a database or a transaction.
type getter interface {
	GetContext(ctx context.Context, into any, query string, args ...any) error
	Rebind(query string) string
}

func readContent(ctx context.Context, from getter, digest casefile.Digest) ([]byte, error) {
	var content []byte
	err := from.GetContext(ctx, &content, from.Rebind(selectContent), digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("content %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read content %s: %w", digest, err)
	}
	if got := digestOf(content); got != digest {
		return nil, fmt.Errorf("content %s is damaged: its digest is %s", digest, got)
	}
	return content, nil
}

func checkContent(digest casefile.Digest, content []byte) error {
	if len(content) == 0 || len(content) > MaxContent {
		return fmt.Errorf("%d bytes: want 1 to %d: %w", len(content), MaxContent, casefile.ErrInvalid)
	}
	if got := digestOf(content); got != digest {
		return fmt.Errorf("the digest of the content is %s: %w", got, casefile.ErrInvalid)
	}
	return nil
}

func digestOf(content []byte) casefile.Digest {
	sum := sha256.Sum256(content)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}
