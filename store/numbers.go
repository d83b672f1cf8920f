package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// SeriesForm is how the numbers of a kind are printed for an organ. It is an alias,
// so that the package that asks for it can name the same type.
type SeriesForm = struct {
	Organ  casefile.OrganID
	Kind   string
	Prefix string // "真新街道规"
	Person casefile.PersonID
	At     time.Time
}

// GivenNumber is a number that an act of a case has. It is an alias like SeriesForm.
type GivenNumber = struct {
	casefile.Series
	casefile.Number
	Case casefile.ID
	Act  string
}

const numberOf = `
SELECT serial, text
FROM   numbers
WHERE  case_id = ? AND act_id = ?`

const takeTurn = `
INSERT INTO number_turns (organ, kind, year, practice, last)
VALUES                   (?,     ?,    ?,    ?,        1)
ON CONFLICT (organ, kind, year, practice) DO UPDATE SET last = number_turns.last + 1
RETURNING last`

const prefixOf = `
SELECT   prefix
FROM     number_series
WHERE    organ = ? AND kind = ?
ORDER BY revision DESC
LIMIT    1`

const insertNumber = `
INSERT INTO numbers (organ, kind, year, practice, serial, text, case_id, act_id)
VALUES              (?,     ?,    ?,    ?,        ?,      ?,    ?,       ?)`

// TakeNumber gives an act the next number of a series, or the one that it has
// already. Numbers of one series are given one after the other: whoever takes one
// waits for whoever is about to, and what is not committed is not used up.
func (s *Store) TakeNumber(ctx context.Context, n casefile.Numbering) (casefile.Number, error) {
	var out casefile.Number
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		practice := flag(n.Practice)
		// The turn comes first: two processes that ask for one act are in order then.
		var next int64
		if err := tx.GetContext(ctx, &next, tx.Rebind(takeTurn), n.Organ, n.Kind, n.Year, practice); err != nil {
			return fmt.Errorf("take a turn: %w", err)
		}
		var known struct {
			Serial int64  `db:"serial"`
			Text   string `db:"text"`
		}
		switch err := tx.GetContext(ctx, &known, tx.Rebind(numberOf), n.Case, n.Act); {
		case err == nil:
			out = casefile.Number{Serial: known.Serial, Text: known.Text}
			return errRecorded // gives the turn back
		case !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("read number: %w", err)
		}
		prefix := string(n.Organ)
		if err := tx.GetContext(ctx, &prefix, tx.Rebind(prefixOf), n.Organ, n.Kind); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read series: %w", err)
		}
		if n.Practice {
			prefix = "演练" + prefix
		}
		out = casefile.Number{Serial: next, Text: fmt.Sprintf("%s〔%d〕%d号", prefix, n.Year, next)}
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertNumber), n.Organ, n.Kind, n.Year, practice, next, out.Text, n.Case, n.Act); err != nil {
			return fmt.Errorf("insert number: %w", err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRecorded) {
		return casefile.Number{}, fmt.Errorf("number act %s of case %s: %w", n.Act, n.Case, err)
	}
	return out, nil
}

const insertSeries = `
INSERT INTO number_series (organ, kind, revision, prefix, person, at)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), COALESCE(MAX(revision), 0) + 1, CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
FROM   number_series
WHERE  organ = ? AND kind = ?`

// SetSeries sets how the numbers of a kind are printed from now on.
func (s *Store) SetSeries(ctx context.Context, f SeriesForm) error {
	_, err := s.write.ExecContext(ctx, s.write.Rebind(insertSeries), f.Organ, f.Kind, f.Prefix, f.Person, f.At.UnixMilli(), f.Organ, f.Kind)
	if err != nil {
		return fmt.Errorf("set series %s of organ %s: %w", f.Kind, f.Organ, err)
	}
	return nil
}

const listSeries = `
SELECT   organ, kind, prefix, person, at
FROM     number_series
WHERE    organ = ?
ORDER BY kind, revision DESC`

// Series gives how the numbers of an organ are printed, and were: of each kind the
// present form first.
func (s *Store) Series(ctx context.Context, organ casefile.OrganID) ([]SeriesForm, error) {
	var rows []struct {
		Organ  casefile.OrganID  `db:"organ"`
		Kind   string            `db:"kind"`
		Prefix string            `db:"prefix"`
		Person casefile.PersonID `db:"person"`
		At     int64             `db:"at"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(listSeries), organ); err != nil {
		return nil, fmt.Errorf("list series of organ %s: %w", organ, err)
	}
	var out []SeriesForm
	for _, r := range rows {
		out = append(out, SeriesForm{Organ: r.Organ, Kind: r.Kind, Prefix: r.Prefix, Person: r.Person, At: time.UnixMilli(r.At).UTC()})
	}
	return out, nil
}

const listNumbers = `
SELECT   organ, kind, year, practice, serial, text, case_id, act_id
FROM     numbers
WHERE    organ = ? AND kind = ? AND year = ? AND practice = ? AND serial > ?
ORDER BY serial
LIMIT    ?`

// Numbers gives the numbers of a series behind a serial, in order.
func (s *Store) Numbers(ctx context.Context, of casefile.Series, behind int64, limit int) ([]GivenNumber, error) {
	var rows []struct {
		Organ    casefile.OrganID `db:"organ"`
		Kind     string           `db:"kind"`
		Year     int              `db:"year"`
		Practice int64            `db:"practice"`
		Serial   int64            `db:"serial"`
		Text     string           `db:"text"`
		CaseID   casefile.ID      `db:"case_id"`
		ActID    string           `db:"act_id"`
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(listNumbers), of.Organ, of.Kind, of.Year, flag(of.Practice), behind, limit); err != nil {
		return nil, fmt.Errorf("list numbers of organ %s: %w", of.Organ, err)
	}
	var out []GivenNumber
	for _, r := range rows {
		out = append(out, GivenNumber{
			Series: casefile.Series{Organ: r.Organ, Kind: r.Kind, Year: r.Year, Practice: r.Practice == 1},
			Number: casefile.Number{Serial: r.Serial, Text: r.Text}, Case: r.CaseID, Act: r.ActID,
		})
	}
	return out, nil
}
