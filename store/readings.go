package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/migrations"
)

// Readings are figures of the moment over all organs, of real cases. None is counted
// further than [MaxCounted].
type Readings struct {
	TasksOverdue         int64 // tasks whose due date has passed
	DeadlinesOverdue     int64 // deadlines of the law among them, each once
	DeadlinesProvisional int64 // due dates that a calendar still to be announced may move

	Logs, Entries  int64     // logs, and entries in all of them, of practice too
	Unsealed       int64     // entries that no checkpoint covers yet
	OldestUnsealed time.Time // when the first of them was recorded; zero: there is none
	LastCheckpoint time.Time // when any log was signed last; zero: never, or not known

	MailPending  int64
	OldestMail   time.Time        // when the first of them was written; zero: there is none
	Webhooks     map[string]int64 // by state
	OldestUnsent time.Time        // of the first event that an active webhook still waits for; zero: there is none
	Quarantined  int64            // documents that wait for their examination
}

const (
	countOverdue = `
SELECT COUNT(*)
FROM   (SELECT 1
        FROM   tasks
        WHERE  practice = 0 AND due_on < ?
        LIMIT  ?) AS counted`

	countDeadlines = `
SELECT COUNT(*)
FROM   (SELECT DISTINCT case_id, deadline
        FROM   (SELECT case_id, deadline
                FROM   tasks
                WHERE  practice = 0 AND due_on < ? AND deadline <> ''
                LIMIT  ?) AS late) AS counted`

	countProvisional = `
SELECT COUNT(*)
FROM   (SELECT DISTINCT case_id, deadline
        FROM   tasks
        WHERE  provisional = 1 AND practice = 0
        LIMIT  ?) AS counted`

	countQuarantined = `
SELECT COUNT(*)
FROM   (SELECT 1
        FROM   documents
        WHERE  state = 'quarantined'
        LIMIT  ?) AS counted`

	countMail = `
SELECT COUNT(*) AS n, COALESCE(MIN(created_at), 0) AS oldest
FROM   (SELECT   created_at
        FROM     notices
        WHERE    channel = ? AND outcome = ''
        ORDER BY created_at
        LIMIT    ?) AS counted`

	selectLogsStanding = `
SELECT logs.size, COALESCE(c.tree_size, 0) AS sealed, COALESCE(c.signed_at, 0) AS signed_at, COALESCE(o.event, '') AS next
FROM   logs
       LEFT JOIN checkpoints c ON c.organ = logs.organ
                              AND c.number = (SELECT MAX(number) FROM checkpoints WHERE organ = logs.organ)
       LEFT JOIN outbox o ON o.organ = logs.organ AND o.number = COALESCE(c.tree_size, 0) + 1`

	countWebhooks = `
SELECT   state, COUNT(*) AS n
FROM     webhooks
GROUP BY state`
)

// Readings gives the figures of the moment. Each is read along an index; what there is
// one of for each organ is read for each organ.
func (s *Store) Readings(ctx context.Context, today legaltime.Date, active string) (Readings, error) {
	var out Readings
	for _, c := range []struct {
		into  *int64
		query string
		args  []any
	}{
		{&out.TasksOverdue, countOverdue, []any{today.String(), MaxCounted}},
		{&out.DeadlinesOverdue, countDeadlines, []any{today.String(), MaxCounted}},
		{&out.DeadlinesProvisional, countProvisional, []any{MaxCounted}},
		{&out.Quarantined, countQuarantined, []any{MaxCounted}},
	} {
		if err := s.read.GetContext(ctx, c.into, s.read.Rebind(c.query), c.args...); err != nil {
			return Readings{}, fmt.Errorf("count what is open: %w", err)
		}
	}
	var mail struct {
		N      int64 `db:"n"`
		Oldest int64 `db:"oldest"`
	}
	if err := s.read.GetContext(ctx, &mail, s.read.Rebind(countMail), ChannelMail, MaxCounted); err != nil {
		return Readings{}, fmt.Errorf("count mail that waits: %w", err)
	}
	out.MailPending, out.OldestMail = mail.N, instant(mail.Oldest)
	if err := s.readLogs(ctx, &out); err != nil {
		return Readings{}, fmt.Errorf("read where the logs stand: %w", err)
	}
	if err := s.readWebhooks(ctx, &out, active); err != nil {
		return Readings{}, err
	}
	return out, nil
}

func (s *Store) readLogs(ctx context.Context, out *Readings) error {
	var rows []struct {
		Size     int64  `db:"size"`
		Sealed   int64  `db:"sealed"`
		SignedAt int64  `db:"signed_at"`
		Next     string `db:"next"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectLogsStanding); err != nil {
		return err
	}
	for _, row := range rows {
		out.Logs++
		out.Entries += row.Size
		if signed := instant(row.SignedAt); signed.After(out.LastCheckpoint) {
			out.LastCheckpoint = signed
		}
		if row.Size <= row.Sealed {
			continue
		}
		out.Unsealed += row.Size - row.Sealed
		var next casefile.Event
		if row.Next == "" { // of before the outbox
			continue
		}
		if err := json.Unmarshal([]byte(row.Next), &next); err != nil {
			return fmt.Errorf("event of the first unsealed entry: %w", err)
		}
		out.OldestUnsealed = earlier(out.OldestUnsealed, next.At)
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// maxBehind bounds how many webhooks are asked what they wait for.
const maxBehind = 100

const selectBehind = `
SELECT ` + webhookColumns + `
FROM   webhooks
WHERE  state = ?
  AND  delivered < (SELECT size FROM logs WHERE logs.organ = webhooks.organ)
ORDER BY next_at, organ, id
LIMIT  ?`

// readWebhooks counts webhooks, and looks for the oldest event that one of those that
// are served still waits for. Their cursors are never far behind what is not for them.
func (s *Store) readWebhooks(ctx context.Context, out *Readings, active string) error {
	var states []struct {
		State string `db:"state"`
		N     int64  `db:"n"`
	}
	if err := s.read.SelectContext(ctx, &states, countWebhooks); err != nil {
		return fmt.Errorf("count webhooks: %w", err)
	}
	out.Webhooks = map[string]int64{}
	for _, row := range states {
		out.Webhooks[row.State] = row.N
	}
	behind, err := s.webhooks(ctx, selectBehind, active, maxBehind)
	if err != nil {
		return err
	}
	for _, w := range behind {
		page, err := s.Events(ctx, EventFilter{Organ: w.Organ, After: w.Delivered, Case: w.Case, Kinds: w.Kinds, Practice: &w.Practice, Limit: 1})
		if err != nil {
			return err
		}
		if len(page) > 0 {
			out.OldestUnsent = earlier(out.OldestUnsent, page[0].Event.At)
		}
	}
	return nil
}

// Pool says how the connections of a pool are used.
type Pool struct {
	Name             string // "write" or "read"; one pool for both is "write"
	InUse, Idle, Max int
	Waits            int64         // for a free connection, since the start
	Waited           time.Duration // likewise
}

// Pools gives how the connections to the database are used.
func (s *Store) Pools() []Pool {
	pool := func(name string) Pool {
		db := s.write
		if name == "read" {
			db = s.read
		}
		n := db.Stats()
		return Pool{Name: name, InUse: n.InUse, Idle: n.Idle, Max: n.MaxOpenConnections, Waits: n.WaitCount, Waited: n.WaitDuration}
	}
	if s.read == s.write {
		return []Pool{pool("write")}
	}
	return []Pool{pool("write"), pool("read")}
}

// Migrated reports whether the schema is the one that this program knows.
func (s *Store) Migrated(ctx context.Context) error {
	want, err := migrations.Latest(s.dialect.migrations())
	if err != nil {
		return err
	}
	var have int64
	if err := s.read.GetContext(ctx, &have, `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`); err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if have != want {
		return fmt.Errorf("the database has schema version %d, and this program works on version %d", have, want)
	}
	return nil
}
