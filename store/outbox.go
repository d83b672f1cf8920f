package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Numbered is an event with its number: 1, 2, 3, … of the organ, without a gap.
// It is an alias, so that who reads events can name the same type without either
// importing the other.
type Numbered = struct {
	Number int64
	Event  casefile.Event
}

// EventFilter narrows events. Zero fields narrow nothing. It is an alias, as
// [Numbered] is.
type EventFilter = struct {
	Organ    casefile.OrganID // required
	After    int64            // number after which events are asked for
	Case     casefile.ID
	Kinds    []casefile.EntryKind
	Practice *bool
	Limit    int // required
}

// AnnounceTo sets who is told, after the commit, that an organ has a new entry. It
// is set once, before anything is recorded, and must not block. Entries of other
// processes are not announced: see [Store.Heads].
func (s *Store) AnnounceTo(tell func(organ casefile.OrganID)) { s.announce = tell }

type outboxRow struct {
	Organ    casefile.OrganID   `db:"organ"`
	Number   int64              `db:"number"`
	CaseID   casefile.ID        `db:"case_id"`
	Sequence int64              `db:"sequence"`
	Kind     casefile.EntryKind `db:"kind"`
	Practice int64              `db:"practice"`
	Event    string             `db:"event"`
}

const insertEvent = `
INSERT INTO outbox (organ,  number,  case_id,  sequence,  kind,  practice,  event)
VALUES             (:organ, :number, :case_id, :sequence, :kind, :practice, :event)`

// saveEvent writes what others are told of an entry, in its transaction.
func saveEvent(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, index int64) error {
	event, err := json.Marshal(casefile.EventOf(c, e))
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	row := outboxRow{Organ: e.Organ, Number: index + 1, CaseID: e.Case, Sequence: e.Sequence, Kind: e.Kind, Event: string(event)}
	if c.Practice {
		row.Practice = 1
	}
	if _, err := tx.NamedExecContext(ctx, insertEvent, row); err != nil {
		return fmt.Errorf("write outbox: %w", err)
	}
	return nil
}

const selectEvents = `
SELECT   number, event
FROM     outbox
WHERE    organ = ?
  AND    number > ?
  AND    practice BETWEEN ? AND ?
  AND    (? = 1 OR kind IN (?))
ORDER BY number
LIMIT    ?`

const selectEventsOfCase = `
SELECT   number, event
FROM     outbox
WHERE    case_id = ?
  AND    organ = ?
  AND    number > ?
  AND    practice BETWEEN ? AND ?
  AND    (? = 1 OR kind IN (?))
ORDER BY sequence
LIMIT    ?`

// Events gives events in the order of their numbers.
func (s *Store) Events(ctx context.Context, f EventFilter) ([]Numbered, error) {
	least, most, all := 0, 1, 0
	if f.Practice != nil && *f.Practice {
		least = 1
	}
	if f.Practice != nil && !*f.Practice {
		most = 0
	}
	kinds := f.Kinds
	if len(kinds) == 0 {
		kinds, all = []casefile.EntryKind{""}, 1
	}
	query, args := selectEvents, []any{f.Organ, f.After, least, most, all, kinds, f.Limit}
	if f.Case != "" {
		query, args = selectEventsOfCase, []any{f.Case, f.Organ, f.After, least, most, all, kinds, f.Limit}
	}
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	var rows []outboxRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	out := make([]Numbered, len(rows))
	for i, row := range rows {
		out[i].Number = row.Number
		if err := json.Unmarshal([]byte(row.Event), &out[i].Event); err != nil {
			return nil, fmt.Errorf("event %d of %s: %w", row.Number, f.Organ, err)
		}
	}
	return out, nil
}

const selectHeads = `
SELECT   organ, size
FROM     logs
ORDER BY organ`

// Heads gives the number of the last event of every organ.
func (s *Store) Heads(ctx context.Context) (map[casefile.OrganID]int64, error) {
	var rows []struct {
		Organ casefile.OrganID `db:"organ"`
		Size  int64            `db:"size"`
	}
	if err := s.read.SelectContext(ctx, &rows, selectHeads); err != nil {
		return nil, fmt.Errorf("read heads of the logs: %w", err)
	}
	out := make(map[casefile.OrganID]int64, len(rows))
	for _, row := range rows {
		out[row.Organ] = row.Size
	}
	return out, nil
}
