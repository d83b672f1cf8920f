package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Webhook is a subscription as it is stored. It is an alias, so that the package
// that delivers can name the same type without either importing the other.
type Webhook = struct {
	Organ        casefile.OrganID
	ID           string
	URL          string
	Description  string
	Kinds        []casefile.EntryKind // empty: all
	Case         casefile.ID          // empty: all
	Practice     bool                 // practice cases instead of real ones
	State        string
	Version      int64 // of the secret
	Rotated      time.Time
	Delivered    int64 // number up to which nothing is left to send
	Attempts     int64 // failed ones since the last success
	FailingSince time.Time
	NextAt       time.Time // not before then
	LastError    string
	CreatedBy    casefile.PersonID
	Created      time.Time
}

type webhookRow struct {
	Organ        casefile.OrganID  `db:"organ"`
	ID           string            `db:"id"`
	URL          string            `db:"url"`
	Description  string            `db:"description"`
	Kinds        string            `db:"kinds"`
	CaseID       casefile.ID       `db:"case_id"`
	Practice     int64             `db:"practice"`
	State        string            `db:"state"`
	Version      int64             `db:"version"`
	RotatedAt    int64             `db:"rotated_at"`
	Delivered    int64             `db:"delivered"`
	Attempts     int64             `db:"attempts"`
	FailingSince int64             `db:"failing_since"`
	NextAt       int64             `db:"next_at"`
	LastError    string            `db:"last_error"`
	CreatedBy    casefile.PersonID `db:"created_by"`
	CreatedAt    int64             `db:"created_at"`
}

const webhookColumns = `organ, id, url, description, kinds, case_id, practice, state, version, rotated_at,
       delivered, attempts, failing_since, next_at, last_error, created_by, created_at`

const insertWebhook = `
INSERT INTO webhooks (organ,  id,  url,  description,  kinds,  case_id,  practice,  state,  version,  rotated_at,
                      delivered,  attempts,  failing_since,  next_at,  last_error,  created_by,  created_at)
VALUES               (:organ, :id, :url, :description, :kinds, :case_id, :practice, :state, :version, :rotated_at,
                      :delivered, :attempts, :failing_since, :next_at, :last_error, :created_by, :created_at)`

// CreateWebhook keeps a new subscription; one with its id is a
// [casefile.ErrConflict].
func (s *Store) CreateWebhook(ctx context.Context, w Webhook) error {
	kinds, err := json.Marshal(w.Kinds)
	if err != nil {
		return fmt.Errorf("encode kinds of webhook %s: %w", w.ID, err)
	}
	row := webhookRow{
		Organ: w.Organ, ID: w.ID, URL: w.URL, Description: w.Description, Kinds: string(kinds), CaseID: w.Case, State: w.State,
		Version: w.Version, RotatedAt: millis(w.Rotated), Delivered: w.Delivered, Attempts: w.Attempts,
		FailingSince: millis(w.FailingSince), NextAt: millis(w.NextAt), LastError: w.LastError,
		CreatedBy: w.CreatedBy, CreatedAt: millis(w.Created),
	}
	if w.Practice {
		row.Practice = 1
	}
	_, err = s.write.NamedExecContext(ctx, insertWebhook, row)
	if s.dialect.duplicate(err) {
		return fmt.Errorf("webhook %s exists: %w", w.ID, casefile.ErrConflict)
	}
	if err != nil {
		return fmt.Errorf("store webhook %s: %w", w.ID, err)
	}
	return nil
}

// Webhook gives a subscription of the organ, or [casefile.ErrNotFound].
func (s *Store) Webhook(ctx context.Context, organ casefile.OrganID, id string) (Webhook, error) {
	return webhookIn(ctx, s.read, organ, id)
}

func webhookIn(ctx context.Context, q queryer, organ casefile.OrganID, id string) (Webhook, error) {
	var row webhookRow
	err := q.GetContext(ctx, &row, q.Rebind(`SELECT `+webhookColumns+` FROM webhooks WHERE organ = ? AND id = ?`), organ, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Webhook{}, fmt.Errorf("webhook %s: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return Webhook{}, fmt.Errorf("read webhook %s: %w", id, err)
	}
	return row.webhook()
}

// Webhooks gives the subscriptions of an organ, the first created first.
func (s *Store) Webhooks(ctx context.Context, organ casefile.OrganID) ([]Webhook, error) {
	return s.webhooks(ctx, `SELECT `+webhookColumns+` FROM webhooks WHERE organ = ? ORDER BY created_at, id`, organ)
}

// WebhooksInTurn gives the subscriptions of all organs that are in a state and may
// be tried at an instant.
func (s *Store) WebhooksInTurn(ctx context.Context, state string, now time.Time) ([]Webhook, error) {
	return s.webhooks(ctx, `SELECT `+webhookColumns+` FROM webhooks WHERE state = ? AND next_at <= ? ORDER BY next_at, organ, id`,
		state, now.UnixMilli())
}

func (s *Store) webhooks(ctx context.Context, query string, args ...any) ([]Webhook, error) {
	var rows []webhookRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	out := make([]Webhook, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.webhook(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const setWebhookState = `
UPDATE webhooks
SET    state = ?, attempts = 0, failing_since = 0, next_at = 0, last_error = ''
WHERE  organ = ? AND id = ?`

// SetWebhookState begins a subscription in a state anew, from where it stood.
func (s *Store) SetWebhookState(ctx context.Context, organ casefile.OrganID, id, state string) (Webhook, error) {
	return s.changeWebhook(ctx, organ, id, setWebhookState, state, organ, id)
}

const rotateWebhook = `
UPDATE webhooks
SET    version = version + 1, rotated_at = ?
WHERE  organ = ? AND id = ?`

// RotateWebhook gives a subscription another version of its secret.
func (s *Store) RotateWebhook(ctx context.Context, organ casefile.OrganID, id string, at time.Time) (Webhook, error) {
	return s.changeWebhook(ctx, organ, id, rotateWebhook, at.UnixMilli(), organ, id)
}

func (s *Store) changeWebhook(ctx context.Context, organ casefile.OrganID, id, query string, args ...any) (out Webhook, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, tx.Rebind(query), args...); err != nil {
			return fmt.Errorf("change webhook %s: %w", id, err)
		}
		out, err = webhookIn(ctx, tx, organ, id)
		return err
	})
	return out, err
}

const webhookDelivered = `
UPDATE webhooks
SET    delivered = ?, attempts = 0, failing_since = 0, next_at = 0, last_error = ''
WHERE  organ = ? AND id = ? AND delivered = ?`

// WebhookDelivered moves a subscription on, from one number to a later one. When
// another process has moved it, that is a [casefile.ErrConflict].
func (s *Store) WebhookDelivered(ctx context.Context, organ casefile.OrganID, id string, from, to int64) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(webhookDelivered), to, organ, id, from)
	return movedFrom(result, err, id, from)
}

const webhookFailed = `
UPDATE webhooks
SET    state = ?, attempts = ?, failing_since = ?, next_at = ?, last_error = ?
WHERE  organ = ? AND id = ? AND delivered = ? AND state = ?`

// WebhookFailed notes a failed attempt: state, attempts, since when, when next and
// why are those of w. Where another process has moved the subscription, or
// somebody has given it another state than before, that is a
// [casefile.ErrConflict] and nothing is noted.
func (s *Store) WebhookFailed(ctx context.Context, w Webhook, before string) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(webhookFailed),
		w.State, w.Attempts, millis(w.FailingSince), millis(w.NextAt), w.LastError, w.Organ, w.ID, w.Delivered, before)
	return movedFrom(result, err, w.ID, w.Delivered)
}

func movedFrom(result sql.Result, err error, id string, from int64) error {
	if err != nil {
		return fmt.Errorf("move webhook %s: %w", id, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("move webhook %s: %w", id, err)
	}
	if n != 1 {
		return fmt.Errorf("webhook %s is no longer at %d: %w", id, from, casefile.ErrConflict)
	}
	return nil
}

func (r webhookRow) webhook() (Webhook, error) {
	w := Webhook{
		Organ: r.Organ, ID: r.ID, URL: r.URL, Description: r.Description, Case: r.CaseID, Practice: r.Practice == 1, State: r.State,
		Version: r.Version, Rotated: instant(r.RotatedAt), Delivered: r.Delivered, Attempts: r.Attempts,
		FailingSince: instant(r.FailingSince), NextAt: instant(r.NextAt), LastError: r.LastError,
		CreatedBy: r.CreatedBy, Created: instant(r.CreatedAt),
	}
	if err := json.Unmarshal([]byte(r.Kinds), &w.Kinds); err != nil {
		return Webhook{}, fmt.Errorf("kinds of webhook %s: %w", r.ID, err)
	}
	return w, nil
}

// millis and instant keep the zero instant as 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
