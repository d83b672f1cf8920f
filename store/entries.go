package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// SealedEntry is an entry with its place in the organ's log.
type SealedEntry struct {
	Entry    casefile.Entry
	Index    int64                     // position in the log of the organ, from 0
	Leaf     []byte                    // the bytes that the log commits to
	Openings map[string]ledger.Opening // by field: what the leaf's commitments hide
}

type entryRow struct {
	CaseID   casefile.ID `db:"case_id"`
	Sequence int64       `db:"sequence"`
	LogIndex int64       `db:"log_index"`
	Leaf     []byte      `db:"leaf"`
}

type openingRow struct {
	CaseID   casefile.ID `db:"case_id"`
	Sequence int64       `db:"sequence"`
	Field    string      `db:"field"`
	Salt     []byte      `db:"salt"`
	Value    []byte      `db:"value"`
}

// Entry gives one entry as it was recorded, or [casefile.ErrNotFound]. It is
// checked against the commitments of its leaf; an entry that does not match
// them is an error.
func (s *Store) Entry(ctx context.Context, id casefile.ID, sequence int64) (casefile.Entry, error) {
	row, err := readEntry(ctx, s.read, id, sequence)
	if err != nil {
		return casefile.Entry{}, err
	}
	openings, err := readOpenings(ctx, s.read, id, sequence)
	if err != nil {
		return casefile.Entry{}, err
	}
	return row.open(openings[sequence])
}

const selectEntries = `
SELECT   case_id, sequence, log_index, leaf
FROM     entries
WHERE    case_id = ?
ORDER BY sequence`

// Sealed gives all entries of a case in order, each checked against the
// commitments of its leaf, or [casefile.ErrNotFound] when there is no such
// case.
func (s *Store) Sealed(ctx context.Context, id casefile.ID) ([]SealedEntry, error) {
	var rows []entryRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectEntries), id); err != nil {
		return nil, fmt.Errorf("read entries of case %s: %w", id, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	openings, err := readOpenings(ctx, s.read, id, 0)
	if err != nil {
		return nil, err
	}
	out := make([]SealedEntry, len(rows))
	for i, row := range rows {
		opened := openings[row.Sequence]
		e, err := row.open(opened)
		if err != nil {
			return nil, err
		}
		out[i] = SealedEntry{Entry: e, Index: row.LogIndex, Leaf: row.Leaf, Openings: opened}
	}
	return out, nil
}

const selectEntry = `
SELECT case_id, sequence, log_index, leaf
FROM   entries
WHERE  case_id = ? AND sequence = ?`

func readEntry(ctx context.Context, q queryer, id casefile.ID, sequence int64) (entryRow, error) {
	var row entryRow
	err := q.GetContext(ctx, &row, q.Rebind(selectEntry), id, sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return entryRow{}, fmt.Errorf("entry %d of case %s: %w", sequence, id, casefile.ErrNotFound)
	}
	if err != nil {
		return entryRow{}, fmt.Errorf("read entry %d of case %s: %w", sequence, id, err)
	}
	return row, nil
}

const selectOpenings = `
SELECT case_id, sequence, field, salt, value
FROM   openings
WHERE  case_id = ? AND sequence >= ? AND sequence <= ?`

// readOpenings gives the openings of one entry, or of all entries when sequence
// is 0, by sequence and field.
func readOpenings(ctx context.Context, q queryer, id casefile.ID, sequence int64) (map[int64]map[string]ledger.Opening, error) {
	first, last := sequence, sequence
	if sequence == 0 {
		first, last = 1, math.MaxInt64
	}
	var rows []openingRow
	if err := q.SelectContext(ctx, &rows, q.Rebind(selectOpenings), id, first, last); err != nil {
		return nil, fmt.Errorf("read openings of case %s: %w", id, err)
	}
	out := map[int64]map[string]ledger.Opening{}
	for _, row := range rows {
		if out[row.Sequence] == nil {
			out[row.Sequence] = map[string]ledger.Opening{}
		}
		if len(row.Salt) != ledger.SaltSize {
			return nil, fmt.Errorf("opening of field %s of entry %d of case %s has a salt of %d bytes", row.Field, row.Sequence, id, len(row.Salt))
		}
		out[row.Sequence][row.Field] = ledger.Opening{Salt: ledger.Salt(row.Salt), Value: row.Value}
	}
	return out, nil
}

// open puts the entry together from its openings, which must be what the leaf
// commits to.
func (r entryRow) open(openings map[string]ledger.Opening) (casefile.Entry, error) {
	opened, err := r.verify(openings)
	if err != nil {
		return casefile.Entry{}, err
	}
	e, err := casefile.EntryFromFields(opened.Values)
	if err != nil {
		return casefile.Entry{}, fmt.Errorf("entry %d of case %s: %w", r.Sequence, r.CaseID, err)
	}
	return e, nil
}

func (r entryRow) verify(openings map[string]ledger.Opening) (ledger.Opened, error) {
	opened, err := ledger.OpenLeaf(r.Leaf, openings)
	if err == nil && (opened.Case != string(r.CaseID) || opened.Sequence != r.Sequence) {
		err = fmt.Errorf("its leaf is that of entry %d of case %s", opened.Sequence, opened.Case)
	}
	if err != nil {
		return ledger.Opened{}, fmt.Errorf("entry %d of case %s is not what was sealed: %w", r.Sequence, r.CaseID, err)
	}
	return opened, nil
}

// commitsTo reports whether the recorded entry has these fields. Fields whose
// opening was erased cannot be compared and count as the same.
func (r entryRow) commitsTo(fields map[string]json.RawMessage, openings map[string]ledger.Opening) (bool, error) {
	opened, err := r.verify(openings)
	if err != nil {
		return false, err
	}
	if len(fields) != len(opened.Fields) {
		return false, nil
	}
	for _, name := range casefile.SortedNames(fields) {
		if _, ok := opened.Fields[name]; !ok {
			return false, nil
		}
		value, err := ledger.CanonicalJSON(fields[name])
		if err != nil {
			return false, fmt.Errorf("field %s: %w: %w", name, casefile.ErrInvalid, err)
		}
		if recorded, ok := opened.Values[name]; ok && !bytes.Equal(recorded, value) {
			return false, nil
		}
	}
	return true, nil
}

// queryer is a pool or a transaction.
type queryer interface {
	sqlx.ExtContext
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}
