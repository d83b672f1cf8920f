package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// MaxHistory is the largest history in bytes.
const MaxHistory = 128 << 20

// History is the recorded history of one run of a case's workflow, as JSON.
type History struct {
	RunID string `db:"run_id"`
	JSON  []byte `db:"history"`
}

const updateHistory = `
UPDATE histories
SET    history = ?
WHERE  case_id = ? AND run_id = ?`

const insertHistory = `
INSERT INTO histories (case_id, run_id, number, history)
SELECT ?, ?, COALESCE(MAX(number), 0) + 1, ?
FROM   histories
WHERE  case_id = ?`

// SaveHistory keeps the history of a run. Saving it again, as a run grows,
// replaces it; the order of runs is that in which they were first saved.
func (s *Store) SaveHistory(ctx context.Context, id casefile.ID, runID string, history []byte) error {
	if !plain(string(id)) || !plain(runID) || len(history) == 0 || len(history) > MaxHistory {
		return fmt.Errorf("save history of run %.80q of case %.80q, %d bytes: want a case, a run and 1 to %d bytes: %w",
			runID, id, len(history), MaxHistory, casefile.ErrInvalid)
	}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		result, err := tx.ExecContext(ctx, tx.Rebind(updateHistory), history, id, runID)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(insertHistory), id, runID, history, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("save history of run %s of case %s: %w", runID, id, err)
	}
	return nil
}

const selectHistories = `
SELECT   run_id, history
FROM     histories
WHERE    case_id = ?
ORDER BY number`

// Histories gives the histories of a case's runs in order; none is no error.
func (s *Store) Histories(ctx context.Context, id casefile.ID) ([]History, error) {
	var out []History
	if err := s.read.SelectContext(ctx, &out, s.read.Rebind(selectHistories), id); err != nil {
		return nil, fmt.Errorf("read histories of case %s: %w", id, err)
	}
	return out, nil
}
