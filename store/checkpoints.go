package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Checkpoint is a signed head of an organ's log, as a note.
type Checkpoint struct {
	Size int64  `db:"tree_size"`
	Note []byte `db:"note"`
}

type checkpointRow struct {
	Number int64 `db:"number"`
	Checkpoint
}

const selectLastCheckpoint = `
SELECT   number, tree_size, note
FROM     checkpoints
WHERE    organ = ?
ORDER BY number DESC
LIMIT    1`

const insertCheckpoint = `
INSERT INTO checkpoints (organ, tree_size, number, note, signed_at)
VALUES                  (?,     ?,         ?,      ?,    ?)`

// SaveCheckpoint keeps a signed head of the organ's log, for ever. Saving the
// last one again changes nothing. A head larger than the log wraps
// [casefile.ErrInvalid]; one smaller than a head that was saved before,
// [casefile.ErrConflict]: a log does not shrink.
func (s *Store) SaveCheckpoint(ctx context.Context, organ casefile.OrganID, size int64, note []byte) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		reached, err := treeSize(ctx, tx, organ)
		if err != nil {
			return err
		}
		if size < 0 || size > reached || len(note) == 0 {
			return fmt.Errorf("the log has %d entries: %w", reached, casefile.ErrInvalid)
		}
		last, err := lastCheckpoint(ctx, tx, organ)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case size < last.Size:
			return fmt.Errorf("a checkpoint at size %d is saved: %w", last.Size, casefile.ErrConflict)
		case size == last.Size && bytes.Equal(note, last.Note):
			return nil
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(insertCheckpoint), organ, size, last.Number+1, note, s.now().UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("save checkpoint of log %s at size %d: %w", organ, size, err)
	}
	return nil
}

// LatestCheckpoint gives the last checkpoint saved, or [casefile.ErrNotFound].
func (s *Store) LatestCheckpoint(ctx context.Context, organ casefile.OrganID) (Checkpoint, error) {
	row, err := lastCheckpoint(ctx, s.read, organ)
	if errors.Is(err, sql.ErrNoRows) {
		return Checkpoint{}, fmt.Errorf("checkpoint of log %s: %w", organ, casefile.ErrNotFound)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint of log %s: %w", organ, err)
	}
	return row.Checkpoint, nil
}

func lastCheckpoint(ctx context.Context, q queryer, organ casefile.OrganID) (checkpointRow, error) {
	var row checkpointRow
	err := q.GetContext(ctx, &row, q.Rebind(selectLastCheckpoint), organ)
	return row, err
}
