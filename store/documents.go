package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// maxTitle bounds the title of a document, in bytes.
const maxTitle = 2000

type documentRow struct {
	Digest    casefile.Digest `db:"digest"`
	Title     string          `db:"title"`
	MediaType string          `db:"media_type"`
	Size      int64           `db:"size"`
	Content   []byte          `db:"content"`
	PurgedAt  *int64          `db:"purged_at"`
}

const insertDocument = `
INSERT INTO documents (organ, digest, title, media_type, size, content, stored_at)
VALUES                (?,     ?,      ?,     ?,          ?,    ?,       ?)
ON CONFLICT (organ, digest) DO UPDATE
SET    title = excluded.title, media_type = excluded.media_type, content = excluded.content,
       stored_at = excluded.stored_at, purged_at = NULL
WHERE  documents.content IS NULL`

// PutDocument keeps a document of an organ. Putting the same content again
// changes nothing, the title included, unless it was purged: then it is there
// again. Content that does not have the digest of the document wraps
// [casefile.ErrInvalid].
func (s *Store) PutDocument(ctx context.Context, organ casefile.OrganID, doc casefile.Document, content []byte) error {
	err := checkContent(doc.Digest, content)
	if err == nil && (!plain(string(organ)) || !text(doc.Title) || !text(doc.MediaType)) {
		err = fmt.Errorf("organ, title or media type is no proper text: %w", casefile.ErrInvalid)
	}
	if err == nil {
		_, err = s.write.ExecContext(ctx, s.write.Rebind(insertDocument),
			organ, doc.Digest, doc.Title, doc.MediaType, len(content), content, s.now().UnixMilli())
	}
	if err != nil {
		return fmt.Errorf("store document %s: %w", doc.Digest, err)
	}
	return nil
}

func text(s string) bool {
	return len(s) <= maxTitle && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

const selectDocument = `
SELECT digest, title, media_type, size, content, purged_at
FROM   documents
WHERE  organ = ? AND digest = ?`

// Document gives a document of an organ with its content, or
// [casefile.ErrNotFound]. For a document that was purged the error comes with
// what is still known of it, marked as withdrawn.
func (s *Store) Document(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.Document, []byte, error) {
	var row documentRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectDocument), organ, digest)
	if errors.Is(err, sql.ErrNoRows) {
		return casefile.Document{}, nil, fmt.Errorf("document %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return casefile.Document{}, nil, fmt.Errorf("read document %s: %w", digest, err)
	}
	doc := casefile.Document{Digest: row.Digest, Title: row.Title, MediaType: row.MediaType, Size: row.Size}
	if row.PurgedAt != nil {
		doc.Withdrawn = true
		return doc, nil, fmt.Errorf("document %s was removed: %w", digest, casefile.ErrNotFound)
	}
	if got := digestOf(row.Content); got != digest {
		return casefile.Document{}, nil, fmt.Errorf("document %s is damaged: its digest is %s", digest, got)
	}
	return doc, row.Content, nil
}

const purgeDocument = `
UPDATE documents
SET    content = NULL, purged_at = COALESCE(purged_at, ?)
WHERE  organ = ? AND digest = ?`

const purgeUnshared = purgeDocument + `
AND    NOT EXISTS (SELECT 1
                   FROM   cases
                   WHERE  cases.organ = documents.organ AND cases.id <> ? AND cases.state LIKE ?)`

// purgeWithdrawn removes the contents of the documents that an entry of c
// withdraws. A secret is removed wherever it is filed; practice (演练) withdraws
// from its own case alone, and leaves what another case files where it is.
func (s *Store) purgeWithdrawn(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry) error {
	for _, digest := range e.Withdrawn {
		query, args := purgeDocument, []any{s.now().UnixMilli(), e.Organ, digest}
		if c.Practice {
			query, args = purgeUnshared, append(args, e.Case, "%"+string(digest)+"%")
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
			return fmt.Errorf("purge document %s: %w", digest, err)
		}
	}
	return nil
}

// PurgeDocument removes the content of a document and keeps its title and
// digest. Purging twice is purging once; an unknown document is
// [casefile.ErrNotFound].
func (s *Store) PurgeDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(purgeDocument), s.now().UnixMilli(), organ, digest)
	if err != nil {
		return fmt.Errorf("purge document %s: %w", digest, err)
	}
	if err := s.dialect.forget(ctx, s.write); err != nil {
		return fmt.Errorf("purge document %s: %w", digest, err)
	}
	return oneRow(result, fmt.Sprintf("document %s", digest))
}

// oneRow gives [casefile.ErrNotFound] when a statement found nothing to change.
func oneRow(result sql.Result, what string) error {
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", what, casefile.ErrNotFound)
	}
	return nil
}
