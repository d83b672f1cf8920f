package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// turnOn locks a consultation until the transaction ends, and gives it.
const turnOn = `
UPDATE consultations SET received = received WHERE id = ? AND shown = 1
RETURNING id, organ, case_id, step, round, title, title_folded, opens_on, closes_on, opens_at, closes_at, channels, papers, open, shown, adoption, received, chain`

const insertComment = `
INSERT INTO comments (consultation, number, receipt_hash, received_at, text, anchor, digest, salt, chain, withdrawn, visibility, why, disposition, reason)
VALUES               (?,            ?,      ?,            ?,           ?,    ?,      ?,      ?,    ?,     0,         'pending',  '',  '',          '')`

// TakeComments takes comments in one transaction, in order. A late one gets
// [consult.ErrClosed], one for a consultation that is not there
// [casefile.ErrNotFound]; neither changes anything. The clock is read when nobody
// else can take one for the same consultation.
func (s *Store) TakeComments(ctx context.Context, list []consult.Intake, clock func() time.Time) ([]consult.Taken, error) {
	var out []consult.Taken
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		out = make([]consult.Taken, len(list))
		at := map[string]*consult.Consultation{}
		for i, in := range list {
			c, err := turn(ctx, tx, at, in.Comment.Consultation)
			if errors.Is(err, casefile.ErrNotFound) {
				out[i].Err = err
				continue
			}
			if err != nil {
				return err
			}
			now := clock().UTC().Truncate(time.Millisecond)
			if !c.Takes(now) {
				out[i].Err = fmt.Errorf("consultation %s: %w", c.ID, consult.ErrClosed)
				continue
			}
			if out[i].Received, err = takeComment(ctx, tx, c, in, now); err != nil {
				return err
			}
			if out[i].Received.Comment.Attachments, err = s.takeAttachments(ctx, tx, c.ID, out[i].Received); err != nil {
				return err
			}
		}
		for _, id := range casefile.SortedNames(at) {
			if c := at[id]; c != nil {
				if _, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE consultations SET received = ?, chain = ? WHERE id = ?`), c.Received, c.Chain, id); err != nil {
					return fmt.Errorf("count comments: %w", err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take comments: %w", err)
	}
	return out, nil
}

// turn gives a consultation, locked on first use; at remembers it, and that there
// is none.
func turn(ctx context.Context, tx *sqlx.Tx, at map[string]*consult.Consultation, id string) (*consult.Consultation, error) {
	none := fmt.Errorf("consultation %.80s: %w", id, casefile.ErrNotFound)
	if c, seen := at[id]; seen {
		if c == nil {
			return nil, none
		}
		return c, nil
	}
	var row consultationRow
	err := tx.GetContext(ctx, &row, tx.Rebind(turnOn), id)
	if errors.Is(err, sql.ErrNoRows) {
		at[id] = nil
		return nil, none
	}
	if err != nil {
		return nil, fmt.Errorf("take the turn on consultation %s: %w", id, err)
	}
	c, err := row.consultation()
	if err != nil {
		return nil, err
	}
	at[id] = &c
	return &c, nil
}

func takeComment(ctx context.Context, tx *sqlx.Tx, c *consult.Consultation, in consult.Intake, now time.Time) (consult.Received, error) {
	r := consult.Received{Number: c.Received + 1, At: now, Comment: in.Comment, Digest: in.Comment.Digest(in.Salt), Salt: in.Salt, Visibility: consult.Pending,
		Attached: len(in.Comment.Attachments)}
	r.Chain = consult.Link(c.Chain, r.Number, now, r.Digest)
	_, err := tx.ExecContext(ctx, tx.Rebind(insertComment), c.ID, r.Number, in.ReceiptHash, now.UnixMilli(), in.Comment.Text, in.Comment.Anchor, r.Digest, r.Salt, r.Chain)
	if err != nil {
		return consult.Received{}, fmt.Errorf("keep comment: %w", err)
	}
	if in.Comment.Name != "" || in.Comment.Contact != "" {
		_, err := tx.ExecContext(ctx, tx.Rebind(`INSERT INTO commenters (consultation, number, name, contact) VALUES (?, ?, ?, ?)`), c.ID, r.Number, in.Comment.Name, in.Comment.Contact)
		if err != nil {
			return consult.Received{}, fmt.Errorf("keep who commented: %w", err)
		}
	}
	c.Received, c.Chain = r.Number, r.Chain
	return r, nil
}

type commentRow struct {
	Consultation string         `db:"consultation"`
	Number       int64          `db:"number"`
	ReceivedAt   int64          `db:"received_at"`
	Text         string         `db:"text"`
	Anchor       string         `db:"anchor"`
	Digest       string         `db:"digest"`
	Salt         string         `db:"salt"`
	Chain        string         `db:"chain"`
	Withdrawn    int64          `db:"withdrawn"`
	Visibility   string         `db:"visibility"`
	Why          string         `db:"why"`
	Disposition  string         `db:"disposition"`
	Reason       string         `db:"reason"`
	Name         sql.NullString `db:"name"`
	Contact      sql.NullString `db:"contact"`
}

func (r commentRow) received() consult.Received {
	return consult.Received{
		Number: r.Number, At: time.UnixMilli(r.ReceivedAt).UTC(), Digest: r.Digest, Salt: r.Salt, Chain: r.Chain, Withdrawn: r.Withdrawn != 0,
		Comment:    consult.Comment{Consultation: r.Consultation, Text: r.Text, Anchor: r.Anchor, Name: r.Name.String, Contact: r.Contact.String},
		Visibility: consult.Visibility(r.Visibility), Why: r.Why, Disposition: r.Disposition, Reason: r.Reason,
	}
}

const commentColumns = `consultation, number, received_at, text, anchor, digest, salt, chain, withdrawn, visibility, why, disposition, reason`

// Comments gives comments of a consultation in the order in which they came, after
// a number; visible narrows them unless it is empty. Who said them comes only with
// people.
func (s *Store) Comments(ctx context.Context, consultation string, after int64, limit int, visible consult.Visibility, people bool) ([]consult.Received, error) {
	query := `SELECT ` + commentColumns + `, NULL AS name, NULL AS contact FROM comments WHERE consultation = ? AND number > ? AND (? = '' OR visibility = ?) ORDER BY number LIMIT ?`
	if people {
		query = `
SELECT c.consultation, c.number, received_at, text, anchor, digest, salt, chain, withdrawn, visibility, why, disposition, reason, p.name, p.contact
FROM   comments c LEFT JOIN commenters p ON p.consultation = c.consultation AND p.number = c.number
WHERE  c.consultation = ? AND c.number > ? AND (? = '' OR visibility = ?) ORDER BY c.number LIMIT ?`
	}
	var rows []commentRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), consultation, after, visible, visible, max(1, min(limit, 1000))); err != nil {
		return nil, fmt.Errorf("list comments: %w", err)
	}
	out := make([]consult.Received, len(rows))
	for i, r := range rows {
		out[i] = r.received()
	}
	return out, addAttachments(ctx, s.read, out)
}

// CommentByReceipt gives a comment by the hash of its receipt, without who said it,
// or [casefile.ErrNotFound].
func (s *Store) CommentByReceipt(ctx context.Context, hash string) (consult.Consultation, consult.Received, error) {
	var r commentRow
	err := s.read.GetContext(ctx, &r, s.read.Rebind(`SELECT `+commentColumns+`, NULL AS name, NULL AS contact FROM comments WHERE receipt_hash = ?`), hash)
	if errors.Is(err, sql.ErrNoRows) {
		return consult.Consultation{}, consult.Received{}, fmt.Errorf("receipt: %w", casefile.ErrNotFound)
	}
	if err != nil {
		return consult.Consultation{}, consult.Received{}, fmt.Errorf("look up receipt: %w", err)
	}
	var row consultationRow
	if err := s.read.GetContext(ctx, &row, s.read.Rebind(selectConsultation+`WHERE id = ?`), r.Consultation); err != nil {
		return consult.Consultation{}, consult.Received{}, fmt.Errorf("look up receipt: %w", err)
	}
	c, err := row.consultation()
	if err != nil {
		return consult.Consultation{}, consult.Received{}, err
	}
	found := []consult.Received{r.received()}
	err = addAttachments(ctx, s.read, found)
	return c, found[0], err
}

// WithdrawComment withdraws a comment by the hash of its receipt while the
// consultation takes comments; afterwards it is [consult.ErrClosed]. Withdrawing
// twice is withdrawing once. Who said it is forgotten, and what was attached; that
// something was said stays counted.
func (s *Store) WithdrawComment(ctx context.Context, hash string, clock func() time.Time) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var consultation string
		err := tx.GetContext(ctx, &consultation, tx.Rebind(`SELECT consultation FROM comments WHERE receipt_hash = ?`), hash)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("receipt: %w", casefile.ErrNotFound)
		}
		if err != nil {
			return err
		}
		c, err := turn(ctx, tx, map[string]*consult.Consultation{}, consultation)
		if err != nil {
			return err
		}
		if !c.Takes(clock()) {
			return consult.ErrClosed
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(`
DELETE FROM commenters WHERE consultation = ? AND number = (SELECT number FROM comments WHERE receipt_hash = ?)`), consultation, hash); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(`UPDATE comments SET withdrawn = 1 WHERE receipt_hash = ?`), hash); err != nil {
			return err
		}
		return s.withdrawAttachments(ctx, tx, consultation, hash)
	})
	if err != nil {
		return fmt.Errorf("withdraw comment: %w", err)
	}
	return nil
}

const logModeration = `
INSERT INTO moderation_log (number, at, organ, consultation, comment, person, action, reason)
SELECT COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM moderation_log`

// Moderate publishes or hides a comment, and logs it. One that is not there is
// [casefile.ErrNotFound].
func (s *Store) Moderate(ctx context.Context, c consult.Consultation, number int64, v consult.Visibility, reason string, by casefile.PersonID) error {
	return s.changeComments(ctx, c, []int64{number}, `UPDATE comments SET visibility = ?, why = ? WHERE consultation = ? AND number = ?`, string(v), reason, by)
}

// Dispose says what became of comments, and logs it. One that is not there is
// [casefile.ErrNotFound], and then none is changed.
func (s *Store) Dispose(ctx context.Context, c consult.Consultation, numbers []int64, disposition, reason string, by casefile.PersonID) error {
	return s.changeComments(ctx, c, numbers, `UPDATE comments SET disposition = ?, reason = ? WHERE consultation = ? AND number = ?`, disposition, reason, by)
}

func (s *Store) changeComments(ctx context.Context, c consult.Consultation, numbers []int64, query, value, reason string, by casefile.PersonID) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		for _, number := range numbers {
			result, err := tx.ExecContext(ctx, tx.Rebind(query), value, reason, c.ID, number)
			if err != nil {
				return err
			}
			if err := oneRow(result, fmt.Sprintf("comment %d", number)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, tx.Rebind(logModeration), s.now().UnixMilli(), c.Organ, c.ID, number, by, value, reason); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("change comments of %s: %w", c.ID, err)
	}
	return nil
}
