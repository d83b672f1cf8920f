package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// The channels by which people are told. A notice in the work list is delivered by
// being there; nothing about a practice case leaves the system.
const (
	ChannelList = "list"
	ChannelMail = "mail"
)

// OutcomeShown is the outcome of a notice in the work list.
const OutcomeShown = "shown"

// Notice is a notice by one channel, and what became of it.
type Notice struct {
	casefile.Notice
	ID       string
	Organ    casefile.OrganID
	Case     casefile.ID
	Matter   string // title of the case
	Practice bool
	Channel  string
	Outcome  string // empty: still to be sent
	Created  time.Time
	Sent     time.Time // zero: not yet
}

type noticeRow struct {
	ID        string              `db:"id"`
	Organ     casefile.OrganID    `db:"organ"`
	CaseID    casefile.ID         `db:"case_id"`
	Step      string              `db:"step"`
	Role      casefile.Role       `db:"role"`
	Person    casefile.PersonID   `db:"person"`
	Kind      casefile.NoticeKind `db:"kind"`
	Deadline  string              `db:"deadline"`
	DueOn     string              `db:"due_on"`
	Practice  int                 `db:"practice"`
	Channel   string              `db:"channel"`
	Outcome   string              `db:"outcome"`
	CreatedAt int64               `db:"created_at"`
	SentAt    *int64              `db:"sent_at"`
	Title     string              `db:"title"`
}

const insertNotices = `
INSERT INTO notices (id,  organ,  case_id,  step,  role,  person,  kind,  deadline,  due_on,  practice,  channel,  outcome,  created_at,  sent_at)
VALUES              (:id, :organ, :case_id, :step, :role, :person, :kind, :deadline, :due_on, :practice, :channel, :outcome, :created_at, :sent_at)
ON CONFLICT (id) DO NOTHING`

// about is the case that notices are of.
type about struct {
	organ    casefile.OrganID
	id       casefile.ID
	practice bool
}

// saveNotices keeps notices, each for the work list and, but in practice, for mail.
// The same notice again is the same notice. It says how many were new.
func saveNotices(ctx context.Context, tx *sqlx.Tx, of about, notices []casefile.Notice, at time.Time) (int64, error) {
	var rows []noticeRow
	for _, n := range notices {
		row := noticeRow{
			Organ: of.organ, CaseID: of.id, Step: n.Step, Role: n.Role, Person: n.Person, Kind: n.Kind,
			Deadline: n.Deadline, CreatedAt: at.UnixMilli(), Channel: ChannelList, Outcome: OutcomeShown,
		}
		if !n.Due.IsZero() {
			row.DueOn = n.Due.String()
		}
		row.SentAt = &row.CreatedAt
		if of.practice {
			row.Practice = 1
		}
		row.ID = row.name()
		rows = append(rows, row)
		if !of.practice {
			row.Channel, row.Outcome, row.SentAt = ChannelMail, "", nil
			row.ID = row.name()
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return 0, nil
	}
	result, err := tx.NamedExecContext(ctx, insertNotices, rows)
	if err != nil {
		return 0, fmt.Errorf("save notices: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("save notices: %w", err)
	}
	return n, nil
}

func (r noticeRow) name() string {
	return taskID(r.CaseID, r.Step, string(r.Role), string(r.Person), string(r.Kind), r.Deadline, r.DueOn, r.Channel)
}

// GiveNotices keeps notices of a case that no entry gives, such as those of an
// escalation, and says how many are new.
func (s *Store) GiveNotices(ctx context.Context, organ casefile.OrganID, id casefile.ID, practice bool, notices []casefile.Notice, at time.Time) (added int64, err error) {
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		added, err = saveNotices(ctx, tx, about{organ, id, practice}, notices, at)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("notices of case %s: %w", id, err)
	}
	return added, nil
}

const pendingNotices = `
SELECT   n.*, c.title
FROM     notices n
JOIN     cases   c ON c.id = n.case_id
WHERE    n.channel = ? AND n.outcome = '' AND n.created_at >= ?
ORDER BY n.created_at, n.id
LIMIT    ?`

// PendingNotices gives notices that are still to be sent by a channel, the oldest
// first, of those that were made since an instant.
func (s *Store) PendingNotices(ctx context.Context, channel string, since time.Time, limit int) ([]Notice, error) {
	return s.notices(ctx, pendingNotices, channel, since.UnixMilli(), min(max(limit, 1), maxPage))
}

const settleNotice = `
UPDATE notices
SET    outcome = ?, sent_at = ?
WHERE  id = ? AND outcome = ''`

// SettleNotice notes what became of a notice, once: later outcomes do not change
// the first. An unknown notice is [casefile.ErrNotFound].
func (s *Store) SettleNotice(ctx context.Context, id, outcome string, at time.Time) error {
	if outcome == "" || len(outcome) > maxOutcome {
		return fmt.Errorf("outcome of notice %s: want 1 to %d bytes: %w", id, maxOutcome, casefile.ErrInvalid)
	}
	result, err := s.write.ExecContext(ctx, s.write.Rebind(settleNotice), outcome, at.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("settle notice %s: %w", id, err)
	}
	return oneRow(result, "pending notice "+id)
}

// maxOutcome bounds an outcome, in bytes.
const maxOutcome = 200

const noticesForOrgan = `
SELECT   n.*, c.title
FROM     notices n
JOIN     cases   c ON c.id = n.case_id
WHERE    n.organ = ? AND n.channel = '` + ChannelList + `' AND n.created_at >= ? AND n.role = ? AND n.person = ?
ORDER BY n.created_at DESC, n.id
LIMIT    ?`

// NoticesFor gives the newest notices in the work list at some desks, of those that
// were made since an instant.
func (s *Store) NoticesFor(ctx context.Context, organ casefile.OrganID, desks []Desk, since time.Time, limit int) ([]Notice, error) {
	var out []Notice
	for _, d := range desks {
		found, err := s.notices(ctx, noticesForOrgan, organ, since.UnixMilli(), d.Role, d.Person, min(max(limit, 1), maxPage))
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

const noticesOfCase = `
SELECT   n.*, c.title
FROM     notices n
JOIN     cases   c ON c.id = n.case_id
WHERE    n.case_id = ?
ORDER BY n.created_at, n.id
LIMIT    1000`

// NoticesOf gives the notices of a case by all channels, in the order in which they
// were made.
func (s *Store) NoticesOf(ctx context.Context, id casefile.ID) ([]Notice, error) {
	return s.notices(ctx, noticesOfCase, id)
}

func (s *Store) notices(ctx context.Context, query string, args ...any) ([]Notice, error) {
	var rows []noticeRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	out := make([]Notice, len(rows))
	for i, r := range rows {
		out[i] = Notice{
			Notice: casefile.Notice{Kind: r.Kind, Step: r.Step, Role: r.Role, Person: r.Person, Deadline: r.Deadline},
			ID:     r.ID, Organ: r.Organ, Case: r.CaseID, Matter: r.Title, Practice: r.Practice != 0,
			Channel: r.Channel, Outcome: r.Outcome, Created: time.UnixMilli(r.CreatedAt).UTC(),
		}
		if r.SentAt != nil {
			out[i].Sent = time.UnixMilli(*r.SentAt).UTC()
		}
		if r.DueOn != "" {
			due, err := legaltime.ParseDate(r.DueOn)
			if err != nil {
				return nil, fmt.Errorf("notice %s: %w", r.ID, err)
			}
			out[i].Due = due
		}
	}
	return out, nil
}
