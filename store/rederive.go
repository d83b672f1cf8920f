package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// tasksList names the list of tasks among the derivations.
const tasksList = "tasks"

const (
	selectDerivation = `
SELECT version
FROM   derivations
WHERE  list = ?`

	setDerivation = `
INSERT INTO derivations (list, version)
VALUES                  (?,    ?)
ON CONFLICT (list) DO UPDATE SET version = excluded.version`

	openCasesFrom = `
SELECT   id
FROM     cases
WHERE    id > ? AND status <> ?
ORDER BY id
LIMIT    200`

	holdCase = `
UPDATE cases
SET    sequence = sequence
WHERE  id = ?`
)

// Rederive fills the list of tasks from the cases as they are, unless this version
// of the computation has filled it already, and says how many cases it went
// through. It may be broken off and run again, beside others who record.
func (s *Store) Rederive(ctx context.Context, version int64) (cases int, err error) {
	var have int64
	err = s.read.GetContext(ctx, &have, s.read.Rebind(selectDerivation), tasksList)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return 0, fmt.Errorf("rederive lists: %w", err)
	case have == version || s.derive == nil:
		return 0, nil
	}
	for after := ""; ; {
		var rows []caseRow
		if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(openCasesFrom), after, casefile.StatusClosed); err != nil {
			return cases, fmt.Errorf("rederive lists: %w", err)
		}
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if err := s.inTx(ctx, func(tx *sqlx.Tx) error { return s.rederive(ctx, tx, row) }); err != nil {
				return cases, fmt.Errorf("rederive lists of case %s: %w", row.ID, err)
			}
			cases++
		}
		after = string(rows[len(rows)-1].ID)
	}
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(setDerivation), tasksList, version); err != nil {
		return cases, fmt.Errorf("rederive lists: %w", err)
	}
	return cases, nil
}

// rederive holds the row of the case first: an entry that is being recorded is
// waited for, and the next one waits, and puts its own tasks in the place of these.
func (s *Store) rederive(ctx context.Context, tx *sqlx.Tx, row caseRow) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(holdCase), row.ID); err != nil {
		return fmt.Errorf("hold the case: %w", err)
	}
	c, err := s.caseForUpdate(ctx, tx, row.ID)
	if err != nil {
		return err
	}
	derived, err := s.derive(ctx, contentsIn{tx}, c, casefile.Entry{})
	if err != nil {
		return err
	}
	return saveTasks(ctx, tx, c, derived.Tasks)
}
