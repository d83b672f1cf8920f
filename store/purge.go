package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

const purgeDocument = `
UPDATE documents
SET    content = NULL, purged_at = COALESCE(purged_at, ?)
WHERE  organ = ? AND digest = ?`

const purgeUnshared = purgeDocument + `
AND    NOT EXISTS (SELECT 1
                   FROM   cases
                   WHERE  cases.organ = documents.organ AND cases.id <> ? AND cases.state LIKE ?)`

const removeBytes = `
INSERT INTO document_removals (organ, digest, expected, since)
SELECT organ, digest, 0, purged_at
FROM   documents
WHERE  organ = ? AND digest = ? AND purged_at IS NOT NULL
ON CONFLICT (organ, digest, expected) DO NOTHING`

// purgeWithdrawn removes the contents of the documents that an entry of c
// withdraws. A secret is removed wherever it is filed; practice (演练) withdraws
// from its own case alone, and leaves what another case files where it is. The
// bytes in the storage are removed after the transaction, by whoever asks for
// [Store.RemovableDocuments].
func (s *Store) purgeWithdrawn(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry) error {
	for _, digest := range e.Withdrawn {
		query, args := purgeDocument, []any{s.now().UnixMilli(), e.Organ, digest}
		if c.Practice {
			query, args = purgeUnshared, append(args, e.Case, "%"+string(digest)+"%")
		}
		if err := s.purge(ctx, tx, query, args...); err != nil {
			return fmt.Errorf("purge document %s: %w", digest, err)
		}
	}
	return nil
}

// purge runs one of the queries above, whose second and third arguments are organ
// and digest, and notes that the bytes are to be removed.
func (s *Store) purge(ctx context.Context, tx *sqlx.Tx, query string, args ...any) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, tx.Rebind(removeBytes), args[1], args[2])
	return err
}

// PurgeDocument removes the content of a document and keeps its title and
// digest. Purging twice is purging once; an unknown document is
// [casefile.ErrNotFound].
func (s *Store) PurgeDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(purgeDocument), s.now().UnixMilli(), organ, digest)
		if err == nil {
			err = oneRow(result, fmt.Sprintf("document %s", digest))
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, tx.Rebind(removeBytes), organ, digest)
		}
		return err
	})
	if err == nil {
		err = s.dialect.forget(ctx, s.write)
	}
	if err != nil {
		return fmt.Errorf("purge document %s: %w", digest, err)
	}
	return nil
}

// DocumentRef names a document of an organ. It is an alias, so that the package
// that keeps documents can name the same type without either importing the other.
type DocumentRef = struct {
	Organ  casefile.OrganID `db:"organ"`
	Digest casefile.Digest  `db:"digest"`
}

const selectRemovable = `
SELECT DISTINCT organ, digest
FROM   document_removals
WHERE  expected = 0 OR since < ?
ORDER  BY organ, digest
LIMIT  ?`

// RemovableDocuments gives documents whose bytes are to be removed: those that
// were purged, and those that were expected before and never added.
func (s *Store) RemovableDocuments(ctx context.Context, expectedBefore time.Time, limit int) ([]DocumentRef, error) {
	var refs []DocumentRef
	if err := s.read.SelectContext(ctx, &refs, s.read.Rebind(selectRemovable), expectedBefore.UnixMilli(), limit); err != nil {
		return nil, fmt.Errorf("list documents to remove: %w", err)
	}
	return refs, nil
}

const forgetRemoval = `
DELETE FROM document_removals
WHERE  organ = ? AND digest = ? AND (expected = 0 OR since < ?)`

const documentInUse = `
SELECT COUNT(*)
FROM   documents
WHERE  organ = ? AND digest = ? AND purged_at IS NULL AND content IS NULL`

// RemoveDocument calls remove for bytes that are to be removed, as
// [Store.RemovableDocuments] says, and then forgets about it; when remove fails it is still to be done. Bytes of a document that was
// added in the meantime are left where they are. Whoever adds the document at the
// same time waits until remove has ended.
func (s *Store) RemoveDocument(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, expectedBefore time.Time, remove func(ctx context.Context) error) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(forgetRemoval), organ, digest, expectedBefore.UnixMilli())
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		var used int
		if err := tx.GetContext(ctx, &used, tx.Rebind(documentInUse), organ, digest); err != nil || used > 0 {
			return err
		}
		return remove(ctx)
	})
	if err != nil {
		return fmt.Errorf("remove bytes of document %s: %w", digest, err)
	}
	return nil
}

const selectQuarantined = `
SELECT organ, digest
FROM   documents
WHERE  state = 'quarantined' AND purged_at IS NULL
ORDER  BY stored_at, organ, digest
LIMIT  ?`

// QuarantinedDocuments gives documents that wait for their examination, the
// oldest first.
func (s *Store) QuarantinedDocuments(ctx context.Context, limit int) ([]DocumentRef, error) {
	var refs []DocumentRef
	if err := s.read.SelectContext(ctx, &refs, s.read.Rebind(selectQuarantined), limit); err != nil {
		return nil, fmt.Errorf("list documents in quarantine: %w", err)
	}
	return refs, nil
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
