package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

const insertHappening = `
INSERT INTO happenings (case_id, sequence, number, organ, practice, procedure, kind, on_date, subject, other)
VALUES                 (?,       ?,        ?,      ?,     ?,        ?,         ?,    ?,       ?,       ?)`

const countHappening = `
INSERT INTO happening_months (organ, practice, kind, month, procedure, subject, other, n)
VALUES                       (?,     ?,        ?,    ?,     ?,         ?,       ?,     ?)
ON CONFLICT (organ, practice, kind, month, procedure, subject, other) DO UPDATE SET n = happening_months.n + excluded.n`

// saveHappenings writes what an entry tells of that figures count. The case is as it
// is behind the entry.
func saveHappenings(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, happened []casefile.Happening) error {
	for i, h := range happened {
		_, err := tx.ExecContext(ctx, tx.Rebind(insertHappening), e.Case, e.Sequence, i+1, c.Organ, flag(c.Practice), c.Pinned.Procedure, h.Kind, e.On.String(), h.Subject, h.Other)
		if err != nil {
			return fmt.Errorf("save what happened: %w", err)
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(countHappening), c.Organ, flag(c.Practice), h.Kind, monthOf(e.On.String()), c.Pinned.Procedure, h.Subject, h.Other, 1)
		if err != nil {
			return fmt.Errorf("count what happened: %w", err)
		}
	}
	return nil
}

// monthOf gives the month of a date, YYYY-MM.
func monthOf(date string) string { return date[:len("2006-01")] }

// happeningsList names what happened among the derivations, and happeningsVersion
// changes when the same record gives something else.
const (
	happeningsList    = "happenings"
	happeningsVersion = 1
)

const casesFrom = `
SELECT   id
FROM     cases
WHERE    id > ?
ORDER BY id
LIMIT    200`

// FiguresBehind reports whether the record holds what figures do not count yet: until
// [Store.RederiveHappenings] has gone through it.
func (s *Store) FiguresBehind(ctx context.Context) (bool, error) {
	var have int64
	err := s.read.GetContext(ctx, &have, s.read.Rebind(selectDerivation), happeningsList)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("read how far figures are: %w", err)
	}
	return have != happeningsVersion, nil
}

// RederiveHappenings counts the record of a database from before figures again, once,
// one case at a time. It may be broken off and run again, beside others who record.
func (s *Store) RederiveHappenings(ctx context.Context) error {
	if behind, err := s.FiguresBehind(ctx); err != nil || !behind {
		return err
	}
	for after := casefile.ID(""); ; {
		var ids []casefile.ID
		if err := s.read.SelectContext(ctx, &ids, s.read.Rebind(casesFrom), after); err != nil {
			return fmt.Errorf("rederive what happened: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if err := s.inTx(ctx, func(tx *sqlx.Tx) error { return rehappen(ctx, tx, id) }); err != nil {
				return fmt.Errorf("rederive what happened in case %s: %w", id, err)
			}
		}
		after = ids[len(ids)-1]
	}
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(setDerivation), happeningsList, happeningsVersion); err != nil {
		return fmt.Errorf("rederive what happened: %w", err)
	}
	return nil
}

// rehappen goes through the entries of a case again. The row of the case is held, so
// that nothing is recorded meanwhile.
func rehappen(ctx context.Context, tx *sqlx.Tx, id casefile.ID) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(holdCase), id); err != nil {
		return fmt.Errorf("hold the case: %w", err)
	}
	if err := forgetHappenings(ctx, tx, id); err != nil {
		return err
	}
	var rows []entryRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(selectEntries), id); err != nil {
		return err
	}
	openings, err := readOpenings(ctx, tx, id, 0)
	if err != nil {
		return err
	}
	var c casefile.Case
	for _, row := range rows {
		e, err := row.open(openings[row.Sequence])
		if err != nil {
			return err
		}
		happened := c.Happenings(e)
		if err := c.Apply(e); err != nil {
			return err
		}
		if err := saveHappenings(ctx, tx, c, e, happened); err != nil {
			return err
		}
	}
	return nil
}

// forgetHappenings takes out what a case counts.
func forgetHappenings(ctx context.Context, tx *sqlx.Tx, id casefile.ID) error {
	var counted []struct {
		Organ, Kind, Procedure, Subject, Other string
		OnDate                                 string `db:"on_date"`
		Practice                               int64
	}
	if err := tx.SelectContext(ctx, &counted, tx.Rebind(`SELECT organ, practice, kind, on_date, procedure, subject, other FROM happenings WHERE case_id = ?`), id); err != nil {
		return err
	}
	for _, h := range counted {
		if _, err := tx.ExecContext(ctx, tx.Rebind(countHappening), h.Organ, h.Practice, h.Kind, monthOf(h.OnDate), h.Procedure, h.Subject, h.Other, -1); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, tx.Rebind(`DELETE FROM happenings WHERE case_id = ?`), id)
	return err
}
