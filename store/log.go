package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// readAtOnce bounds the parameters of one query.
const readAtOnce = 500

type hashRow struct {
	Organ    casefile.OrganID `db:"organ"`
	Position int64            `db:"position"`
	Hash     []byte           `db:"hash"`
}

// HashReader reads the stored hashes of an organ's log, as long as ctx lasts.
func (s *Store) HashReader(ctx context.Context, organ casefile.OrganID) ledger.HashReader {
	return hashReader(ctx, s.read, organ)
}

const selectHashes = `
SELECT organ, position, hash
FROM   log_hashes
WHERE  organ = ? AND position IN (?)`

func hashReader(ctx context.Context, q queryer, organ casefile.OrganID) ledger.HashReader {
	return tlog.HashReaderFunc(func(positions []int64) ([]ledger.Hash, error) {
		found := make(map[int64]ledger.Hash, len(positions))
		for some := range slices.Chunk(positions, readAtOnce) {
			query, args, err := sqlx.In(selectHashes, organ, some)
			if err != nil {
				return nil, fmt.Errorf("read hashes of log %s: %w", organ, err)
			}
			var rows []hashRow
			if err := q.SelectContext(ctx, &rows, q.Rebind(query), args...); err != nil {
				return nil, fmt.Errorf("read hashes of log %s: %w", organ, err)
			}
			for _, row := range rows {
				if len(row.Hash) != ledger.HashSize {
					return nil, fmt.Errorf("hash %d of log %s has %d bytes", row.Position, organ, len(row.Hash))
				}
				found[row.Position] = ledger.Hash(row.Hash)
			}
		}
		out := make([]ledger.Hash, len(positions))
		for i, position := range positions {
			hash, ok := found[position]
			if !ok {
				return nil, fmt.Errorf("hash %d of log %s: %w", position, organ, casefile.ErrNotFound)
			}
			out[i] = hash
		}
		return out, nil
	})
}

const insertHashes = `
INSERT INTO log_hashes (organ,  position,  hash)
VALUES                 (:organ, :position, :hash)`

// appendHashes adds the hashes by which the leaf enters the tree.
func appendHashes(ctx context.Context, tx *sqlx.Tx, organ casefile.OrganID, index int64, leaf []byte) error {
	hashes, err := ledger.Append(index, leaf, hashReader(ctx, tx, organ))
	if err != nil {
		return err
	}
	rows := make([]hashRow, len(hashes))
	for i, hash := range hashes {
		rows[i] = hashRow{Organ: organ, Position: ledger.StoredAt(index) + int64(i), Hash: hash[:]}
	}
	if _, err := tx.NamedExecContext(ctx, insertHashes, rows); err != nil {
		return fmt.Errorf("insert hashes of the log: %w", err)
	}
	return nil
}

const selectLogSize = `
SELECT size
FROM   logs
WHERE  organ = ?`

// TreeSize gives the number of entries in the log of an organ; 0 when it has
// none.
func (s *Store) TreeSize(ctx context.Context, organ casefile.OrganID) (int64, error) {
	return treeSize(ctx, s.read, organ)
}

func treeSize(ctx context.Context, q queryer, organ casefile.OrganID) (int64, error) {
	var size int64
	err := q.GetContext(ctx, &size, q.Rebind(selectLogSize), organ)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read size of log %s: %w", organ, err)
	}
	return size, nil
}

const selectOrgans = `
SELECT   organ
FROM     logs
ORDER BY organ`

// Organs gives the organs that have a log.
func (s *Store) Organs(ctx context.Context) ([]casefile.OrganID, error) {
	var organs []casefile.OrganID
	if err := s.read.SelectContext(ctx, &organs, selectOrgans); err != nil {
		return nil, fmt.Errorf("read organs: %w", err)
	}
	return organs, nil
}

const selectLeaf = `
SELECT leaf
FROM   entries
WHERE  organ = ? AND log_index = ?`

// Leaf gives the leaf at an index of an organ's log, or [casefile.ErrNotFound].
func (s *Store) Leaf(ctx context.Context, organ casefile.OrganID, index int64) ([]byte, error) {
	var leaf []byte
	err := s.read.GetContext(ctx, &leaf, s.read.Rebind(selectLeaf), organ, index)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("leaf %d of log %s: %w", index, organ, casefile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read leaf %d of log %s: %w", index, organ, err)
	}
	return leaf, nil
}
