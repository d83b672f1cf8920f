package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// maxTitle bounds the title of a document, in bytes.
const maxTitle = 2000

type documentRow struct {
	Digest    casefile.Digest        `db:"digest"`
	Title     string                 `db:"title"`
	MediaType string                 `db:"media_type"`
	Size      int64                  `db:"size"`
	Level     casefile.Level         `db:"level"`
	State     casefile.DocumentState `db:"state"`
	Reason    string                 `db:"reason"`
	Inline    bool                   `db:"inline"`
	PurgedAt  *int64                 `db:"purged_at"`
}

type uploadRow struct {
	Person     casefile.PersonID `db:"person"`
	Title      string            `db:"title"`
	UploadedAt int64             `db:"uploaded_at"`
}

const expectDocument = `
INSERT INTO document_removals (organ, digest, expected, since)
VALUES                        (?,     ?,      1,        ?)
ON CONFLICT (organ, digest, expected) DO UPDATE SET since = excluded.since`

// ExpectDocument notes that the bytes of a document are about to be stored.
// Unless it is added they are among [Store.RemovableDocuments] later.
func (s *Store) ExpectDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	_, err := s.write.ExecContext(ctx, s.write.Rebind(expectDocument), organ, digest, s.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("expect document %s: %w", digest, err)
	}
	return nil
}

const insertDocument = `
INSERT INTO documents (organ, digest, title, media_type, size, level, state, stored_at)
VALUES                (?,     ?,      ?,     ?,          ?,    ?,     ?,     ?)
ON CONFLICT (organ, digest) DO UPDATE
SET    title = excluded.title, media_type = excluded.media_type, level = excluded.level, state = excluded.state,
       reason = '', stored_at = excluded.stored_at, purged_at = NULL
WHERE  documents.purged_at IS NOT NULL`

const raiseLevel = `
UPDATE documents
SET    level = ?
WHERE  organ = ? AND digest = ? AND (level = ? OR ? = 'restricted')
AND    NOT EXISTS (SELECT 1
                   FROM   case_documents
                   WHERE  case_documents.organ = documents.organ AND case_documents.digest = documents.digest)`

const insertUpload = `
INSERT INTO document_uploads (organ, digest, person, title, uploaded_at)
VALUES                       (?,     ?,      ?,      ?,     ?)
ON CONFLICT (organ, digest, person) DO NOTHING`

const keepDocument = `
DELETE FROM document_removals
WHERE  organ = ? AND digest = ?`

// AddDocument notes a document whose bytes are stored, and who stored it; by is
// empty for nobody in particular. One that is there keeps title, type and state;
// the stricter level counts, until a case files it. One that was removed is there
// again. A document that cannot be noted wraps [casefile.ErrInvalid].
func (s *Store) AddDocument(ctx context.Context, organ casefile.OrganID, doc casefile.StoredDocument, by casefile.PersonID) (out casefile.StoredDocument, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		out, err = addDocument(ctx, tx, organ, doc, by, s.now())
		return err
	})
	if err != nil {
		return out, fmt.Errorf("add document %s: %w", doc.Digest, err)
	}
	return out, nil
}

func addDocument(ctx context.Context, tx *sqlx.Tx, organ casefile.OrganID, doc casefile.StoredDocument, by casefile.PersonID, at time.Time) (out casefile.StoredDocument, err error) {
	if !plain(string(organ)) || len(doc.Digest) != 64 || !text(doc.Title) || !text(doc.MediaType) || !text(string(by)) || !doc.Level.Valid() {
		return out, fmt.Errorf("document %.80q: organ, title or media type is no proper text: %w", doc.Digest, casefile.ErrInvalid)
	}
	now := at.UnixMilli()
	_, err = tx.ExecContext(ctx, tx.Rebind(insertDocument),
		organ, doc.Digest, doc.Title, doc.MediaType, doc.Size, doc.Level, doc.State, now)
	if err == nil && doc.Level != casefile.LevelPublic {
		_, err = tx.ExecContext(ctx, tx.Rebind(raiseLevel), doc.Level, organ, doc.Digest, casefile.LevelPublic, doc.Level)
	}
	if err == nil && by != "" {
		_, err = tx.ExecContext(ctx, tx.Rebind(insertUpload), organ, doc.Digest, by, doc.Title, now)
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, tx.Rebind(keepDocument), organ, doc.Digest)
	}
	if err != nil {
		return out, err
	}
	return readDocument(ctx, tx, organ, doc.Digest)
}

func text(s string) bool {
	return len(s) <= maxTitle && utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}

const selectDocument = `
SELECT digest, title, media_type, size, level, state, reason, content IS NOT NULL AS inline, purged_at
FROM   documents
WHERE  organ = ? AND digest = ?`

const selectUploads = `
SELECT person, title, uploaded_at
FROM   document_uploads
WHERE  organ = ? AND digest = ?
ORDER  BY uploaded_at, person`

// StoredDocument gives a document of an organ, or [casefile.ErrNotFound]. For a
// document that was removed the error comes with what is still known of it,
// marked as withdrawn.
func (s *Store) StoredDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return readDocument(ctx, s.read, organ, digest)
}

// selector is a database or a transaction.
type selector interface {
	getter
	SelectContext(ctx context.Context, into any, query string, args ...any) error
}

func readDocument(ctx context.Context, from selector, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	var row documentRow
	err := from.GetContext(ctx, &row, from.Rebind(selectDocument), organ, digest)
	if errors.Is(err, sql.ErrNoRows) {
		return casefile.StoredDocument{}, fmt.Errorf("document %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return casefile.StoredDocument{}, fmt.Errorf("read document %s: %w", digest, err)
	}
	out := casefile.StoredDocument{
		Document: casefile.Document{Digest: row.Digest, Title: row.Title, MediaType: row.MediaType, Size: row.Size, Level: row.Level},
		State:    row.State, Reason: row.Reason, Inline: row.Inline,
	}
	var uploads []uploadRow
	if err := from.SelectContext(ctx, &uploads, from.Rebind(selectUploads), organ, digest); err != nil {
		return casefile.StoredDocument{}, fmt.Errorf("read uploads of document %s: %w", digest, err)
	}
	for _, u := range uploads {
		out.Uploads = append(out.Uploads, casefile.UploadRecord{Person: u.Person, Title: u.Title, At: time.UnixMilli(u.UploadedAt).UTC()})
	}
	if row.PurgedAt != nil {
		out.Withdrawn = true
		return out, fmt.Errorf("document %s was removed: %w", digest, casefile.ErrNotFound)
	}
	return out, nil
}

const selectInline = `
SELECT content
FROM   documents
WHERE  organ = ? AND digest = ? AND content IS NOT NULL`

// InlineContent gives the bytes of a document that stands in the table, where
// documents stood before there was a storage; of others [casefile.ErrNotFound].
func (s *Store) InlineContent(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) ([]byte, error) {
	var content []byte
	err := s.read.GetContext(ctx, &content, s.read.Rebind(selectInline), organ, digest)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("content of document %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read content of document %s: %w", digest, err)
	}
	return content, nil
}

const settleDocument = `
UPDATE documents
SET    state = ?, reason = ?
WHERE  organ = ? AND digest = ? AND state = 'quarantined' AND purged_at IS NULL`

// SettleDocument ends the quarantine of a document; one that was refused is
// removed. One that is not in quarantine stays as it is.
func (s *Store) SettleDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, state casefile.DocumentState, reason string) error {
	if !text(reason) {
		return fmt.Errorf("settle document %s: reason is no proper text: %w", digest, casefile.ErrInvalid)
	}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(settleDocument), state, reason, organ, digest)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 || state != casefile.DocumentRefused {
			return err
		}
		return s.purge(ctx, tx, purgeDocument, s.now().UnixMilli(), organ, digest)
	})
	if err != nil {
		return fmt.Errorf("settle document %s: %w", digest, err)
	}
	return nil
}

const insertCaseDocument = `
INSERT INTO case_documents (organ, digest, case_id, sequence)
VALUES                     (?,     ?,      ?,       ?)
ON CONFLICT (organ, digest, case_id) DO NOTHING`

// fileDocuments notes which documents an entry files.
func fileDocuments(ctx context.Context, tx *sqlx.Tx, e casefile.Entry) error {
	for _, d := range e.Documents {
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertCaseDocument), e.Organ, d.Digest, e.Case, e.Sequence); err != nil {
			return fmt.Errorf("file document %s: %w", d.Digest, err)
		}
	}
	return nil
}

const selectCasesWith = `
SELECT case_id
FROM   case_documents
WHERE  organ = ? AND digest = ?
ORDER  BY case_id
LIMIT  ?`

// CasesWithDocument gives the cases that file a document, at most limit.
func (s *Store) CasesWithDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, limit int) ([]casefile.ID, error) {
	var ids []casefile.ID
	if err := s.read.SelectContext(ctx, &ids, s.read.Rebind(selectCasesWith), organ, digest, limit); err != nil {
		return nil, fmt.Errorf("cases with document %s: %w", digest, err)
	}
	return ids, nil
}
