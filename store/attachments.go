package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

const insertAttachment = `
INSERT INTO comment_attachments (consultation, number, place, digest, name, media_type, size)
VALUES                          (?,            ?,      ?,     ?,      ?,    ?,          ?)`

// takeAttachments records what is attached to a comment that was taken, each file
// as a document on the shelf of the consultation, and gives it with its state.
func (s *Store) takeAttachments(ctx context.Context, tx *sqlx.Tx, consultation string, r consult.Received) ([]consult.Attachment, error) {
	var out []consult.Attachment
	for place, a := range r.Comment.Attachments {
		doc, err := addDocument(ctx, tx, consult.Shelf(consultation), casefile.StoredDocument{State: a.State, Document: casefile.Document{
			Digest: a.Digest, Title: string(a.Digest), MediaType: a.MediaType, Size: a.Size, Level: casefile.LevelRestricted}}, "", s.now())
		if err == nil {
			_, err = tx.ExecContext(ctx, tx.Rebind(insertAttachment), consultation, r.Number, place, a.Digest, a.Name, a.MediaType, a.Size)
		}
		if err != nil {
			return nil, fmt.Errorf("keep attachment %s: %w", a.Digest, err)
		}
		a.State = doc.State
		out = append(out, a)
	}
	return out, nil
}

const selectAttachments = `
SELECT a.number, a.digest, a.name, a.media_type, a.size, COALESCE(d.state, '') AS state
FROM   comment_attachments a LEFT JOIN documents d ON d.organ = ? AND d.digest = a.digest
WHERE  a.consultation = ? AND a.number BETWEEN ? AND ?
ORDER  BY a.number, a.place`

// addAttachments adds what is attached to comments of one consultation, which are
// in order.
func addAttachments(ctx context.Context, from selector, list []consult.Received) error {
	if len(list) == 0 {
		return nil
	}
	consultation := list[0].Comment.Consultation
	var rows []struct {
		Number    int64                  `db:"number"`
		Digest    casefile.Digest        `db:"digest"`
		Name      string                 `db:"name"`
		MediaType string                 `db:"media_type"`
		Size      int64                  `db:"size"`
		State     casefile.DocumentState `db:"state"`
	}
	err := from.SelectContext(ctx, &rows, from.Rebind(selectAttachments), consult.Shelf(consultation), consultation, list[0].Number, list[len(list)-1].Number)
	if err != nil {
		return fmt.Errorf("list attachments: %w", err)
	}
	at := 0
	for _, r := range rows {
		for at < len(list) && list[at].Number < r.Number {
			at++
		}
		if at == len(list) || list[at].Number > r.Number {
			continue // a comment that was not asked for
		}
		if list[at].Withdrawn {
			r.State = consult.Removed
		}
		list[at].Attached++
		list[at].Comment.Attachments = append(list[at].Comment.Attachments,
			consult.Attachment{Digest: r.Digest, Name: r.Name, MediaType: r.MediaType, Size: r.Size, State: r.State})
	}
	return nil
}

const forgetNames = `
UPDATE comment_attachments
SET    name = ''
WHERE  consultation = ? AND number = (SELECT number FROM comments WHERE receipt_hash = ?)`

// notAttachedAgain gives what is attached to a comment and to no other one that
// was not withdrawn.
const notAttachedAgain = `
SELECT a.digest
FROM   comment_attachments a JOIN comments c ON c.consultation = a.consultation AND c.number = a.number
WHERE  c.receipt_hash = ?
AND    NOT EXISTS (SELECT 1
                   FROM   comment_attachments b JOIN comments o ON o.consultation = b.consultation AND o.number = b.number
                   WHERE  b.consultation = a.consultation AND b.digest = a.digest AND o.withdrawn = 0)`

// withdrawAttachments forgets what the attachments of a comment that was withdrawn
// are called, and removes them. It runs on the turn of the consultation: nobody
// attaches the same file in the meantime.
func (s *Store) withdrawAttachments(ctx context.Context, tx *sqlx.Tx, consultation, hash string) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(forgetNames), consultation, hash); err != nil {
		return fmt.Errorf("forget names of attachments: %w", err)
	}
	var digests []casefile.Digest
	if err := tx.SelectContext(ctx, &digests, tx.Rebind(notAttachedAgain), hash); err != nil {
		return fmt.Errorf("find attachments to remove: %w", err)
	}
	for _, digest := range digests {
		if err := s.purge(ctx, tx, purgeDocument, s.now().UnixMilli(), consult.Shelf(consultation), digest); err != nil {
			return fmt.Errorf("remove attachment %s: %w", digest, err)
		}
	}
	return nil
}
