package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// Recorded is where an entry stands in the log of its organ.
type Recorded struct {
	Index int64  // from 0
	Leaf  []byte // the bytes that the log commits to
}

// errRecorded ends the transaction of an entry that is recorded already.
var errRecorded = errors.New("entry is recorded already")

// Record writes an entry: the sealed leaf, what it commits to, the hashes of the
// organ's log, and the case that it leaves, all in one transaction. The contents
// of documents that the entry withdraws are removed in it too.
//
// (Case, Sequence) is the key of an entry. Recording the same entry again gives
// the same result, down to the salts; another entry at the same place, or one
// that does not follow the last, is a [casefile.ErrConflict]. An entry that
// cannot be recorded as it is wraps [casefile.ErrInvalid].
func (s *Store) Record(ctx context.Context, e casefile.Entry) (Recorded, error) {
	p, err := prepare(e)
	if err != nil {
		return Recorded{}, err
	}
	var out recording
	err = s.inTx(ctx, func(tx *sqlx.Tx) error {
		var err error
		out, err = s.record(ctx, tx, p)
		return err
	})
	if err != nil && !errors.Is(err, errRecorded) {
		return Recorded{}, fmt.Errorf("record entry %d of case %s: %w", e.Sequence, e.Case, err)
	}
	if err == nil {
		s.cases.Add(e.Case, out.after)
		if s.announce != nil {
			s.announce(e.Organ)
		}
	}
	if len(e.Withdrawn) > 0 {
		if err := s.dialect.forget(ctx, s.write); err != nil { // recording again is safe
			return Recorded{}, fmt.Errorf("entry %d of case %s is recorded: forget what it removed: %w", e.Sequence, e.Case, err)
		}
	}
	return out.Recorded, nil
}

// recording is an entry that is being recorded, and the case that it leaves.
type recording struct {
	Recorded
	after casefile.Case
}

// RecordEntry is [Store.Record] for callers that only ask for the place.
func (s *Store) RecordEntry(ctx context.Context, e casefile.Entry) (index int64, err error) {
	r, err := s.Record(ctx, e)
	return r.Index, err
}

// prepared is an entry that is fit to be recorded, as a reader will get it
// back, and its parts.
type prepared struct {
	entry  casefile.Entry
	fields map[string]json.RawMessage
}

func prepare(e casefile.Entry) (prepared, error) {
	bad := func(what string) (prepared, error) {
		return prepared{}, fmt.Errorf("entry %d of case %.80q: %s: %w", e.Sequence, e.Case, what, casefile.ErrInvalid)
	}
	switch _, offset := e.At.Zone(); {
	case !plain(string(e.Case)) || !plain(string(e.Organ)):
		return bad("case and organ must be named, in at most 200 bytes")
	case e.Sequence < 1:
		return bad("sequences start at 1")
	case e.At.IsZero() || offset != 0:
		return bad("the instant must be set, in UTC")
	case e.Matter != nil && strings.ContainsRune(e.Matter.Title+e.Matter.Category, 0):
		return bad("the matter holds a zero character")
	}
	fields, err := e.Fields()
	if err != nil {
		return bad(err.Error())
	}
	back, err := casefile.EntryFromFields(fields)
	if err != nil {
		return prepared{}, fmt.Errorf("entry %d of case %s: %w", e.Sequence, e.Case, err)
	}
	if same, err := sameJSON(e, back); err != nil || !same {
		return bad("it holds a value that JSON does not keep")
	}
	return prepared{entry: back, fields: fields}, nil
}

// plain reports whether text can be a key in every database.
func plain(text string) bool {
	return text != "" && len(text) <= 200 && utf8.ValidString(text) && !strings.ContainsRune(text, 0)
}

func sameJSON(a, b any) (bool, error) {
	ja, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	jb, err := json.Marshal(b)
	return bytes.Equal(ja, jb), err
}

const takeNextIndex = `
INSERT INTO logs (organ, size)
VALUES           (?,     1)
ON CONFLICT (organ) DO UPDATE SET size = logs.size + 1
RETURNING size - 1`

// record writes what an entry leaves of its case, then takes the next place in the
// organ's log, and with it the turn: others who record for the organ wait until this
// transaction ends, and so the turn is taken late. What cases of an organ share is
// written behind it. The row of the case is held from the start.
func (s *Store) record(ctx context.Context, tx *sqlx.Tx, p prepared) (recording, error) {
	e := p.entry
	c, err := s.caseForUpdate(ctx, tx, e.Case)
	if err != nil {
		return recording{}, err
	}
	switch {
	case c.Sequence > 0 && c.Organ != e.Organ:
		return recording{}, fmt.Errorf("the case belongs to organ %s, not %s: %w", c.Organ, e.Organ, casefile.ErrConflict)
	case c.Sequence >= e.Sequence:
		return again(ctx, tx, p)
	}
	before, happened := facets(c), c.Happenings(e)
	if err := c.Apply(e); err != nil {
		return recording{}, err
	}
	sealed, prev, err := s.seal(ctx, tx, p)
	if err != nil {
		return recording{}, err
	}
	if err := saveCase(ctx, tx, c, e); err != nil {
		return recording{}, err
	}
	if err := saveTerms(ctx, tx, before, c, e); err != nil {
		return recording{}, err
	}
	derived, err := s.saveDerived(ctx, tx, c, e)
	if err != nil {
		return recording{}, err
	}
	var index int64
	if err := tx.GetContext(ctx, &index, tx.Rebind(takeNextIndex), e.Organ); err != nil {
		return recording{}, fmt.Errorf("take the next place in the log: %w", err)
	}
	if err := insertEntry(ctx, tx, e, index, prev, sealed); err != nil {
		return recording{}, err
	}
	if err := appendHashes(ctx, tx, e.Organ, index, sealed.Leaf); err != nil {
		return recording{}, err
	}
	if err := s.saveShared(ctx, tx, c, e, happened, derived); err != nil {
		return recording{}, err
	}
	if err := saveEvent(ctx, tx, c, e, index); err != nil {
		return recording{}, err
	}
	return recording{Recorded{Index: index, Leaf: sealed.Leaf}, c}, nil
}

// saveShared writes what cases of an organ share: sums, documents, what the public
// sees. Only who has the turn does.
func (s *Store) saveShared(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, happened []casefile.Happening, derived casefile.Derived) error {
	if err := saveHappenings(ctx, tx, c, e, happened); err != nil {
		return err
	}
	if err := fileDocuments(ctx, tx, e); err != nil {
		return err
	}
	if err := s.purgeWithdrawn(ctx, tx, c, e); err != nil {
		return err
	}
	return s.savePublic(ctx, tx, c, derived)
}

// seal makes the leaf that follows the last one of the case.
func (s *Store) seal(ctx context.Context, tx *sqlx.Tx, p prepared) (ledger.Sealed, ledger.Hash, error) {
	var prev ledger.Hash
	if p.entry.Sequence > 1 {
		row, err := readEntry(ctx, tx, p.entry.Case, p.entry.Sequence-1)
		if err != nil {
			return ledger.Sealed{}, prev, fmt.Errorf("read the entry before: %w", err)
		}
		prev = ledger.Link(row.Leaf)
	}
	sealed, err := ledger.Seal(string(p.entry.Case), p.entry.Sequence, prev, p.fields, s.random)
	if err != nil {
		return ledger.Sealed{}, prev, fmt.Errorf("seal: %w: %w", casefile.ErrInvalid, err)
	}
	return sealed, prev, nil
}

// again answers an entry whose place is taken: by itself, or by another one.
func again(ctx context.Context, tx *sqlx.Tx, p prepared) (recording, error) {
	row, err := readEntry(ctx, tx, p.entry.Case, p.entry.Sequence)
	if err != nil {
		return recording{}, err
	}
	openings, err := readOpenings(ctx, tx, p.entry.Case, p.entry.Sequence)
	if err != nil {
		return recording{}, err
	}
	same, err := row.commitsTo(p.fields, openings[p.entry.Sequence])
	if err != nil {
		return recording{}, err
	}
	if !same {
		return recording{}, fmt.Errorf("another entry is recorded there: %w", casefile.ErrConflict)
	}
	return recording{Recorded: Recorded{Index: row.LogIndex, Leaf: row.Leaf}}, errRecorded
}

const insertEntryRow = `
INSERT INTO entries (case_id, sequence, organ, log_index, prev, leaf)
VALUES              (?,       ?,        ?,     ?,         ?,    ?)`

const insertOpenings = `
INSERT INTO openings (case_id,  sequence,  field,  salt,  value)
VALUES               (:case_id, :sequence, :field, :salt, :value)`

func insertEntry(ctx context.Context, tx *sqlx.Tx, e casefile.Entry, index int64, prev ledger.Hash, sealed ledger.Sealed) error {
	_, err := tx.ExecContext(ctx, tx.Rebind(insertEntryRow), e.Case, e.Sequence, e.Organ, index, prev[:], sealed.Leaf)
	if err != nil {
		return fmt.Errorf("insert entry: %w", err)
	}
	rows := make([]openingRow, 0, len(sealed.Openings))
	for _, field := range casefile.SortedNames(sealed.Openings) {
		o := sealed.Openings[field]
		rows = append(rows, openingRow{CaseID: e.Case, Sequence: e.Sequence, Field: field, Salt: o.Salt[:], Value: o.Value})
	}
	if _, err := tx.NamedExecContext(ctx, insertOpenings, rows); err != nil {
		return fmt.Errorf("insert openings: %w", err)
	}
	return nil
}

// caseForUpdate gives the case and holds its row, or gives the zero case when it is
// not opened yet: of two that open it, the second fails on its key and begins anew.
func (s *Store) caseForUpdate(ctx context.Context, tx *sqlx.Tx, id casefile.ID) (casefile.Case, error) {
	c, err := s.readCase(ctx, tx, selectCaseState+s.dialect.holding(), id)
	if errors.Is(err, sql.ErrNoRows) {
		return casefile.Case{}, nil
	}
	if err != nil {
		return casefile.Case{}, fmt.Errorf("read case: %w", err)
	}
	return c, nil
}
