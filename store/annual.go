package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// AnnualReport is the figures of a year as they were frozen.
type AnnualReport struct {
	Organ    casefile.OrganID
	Year     int
	Practice bool
	Version  int64
	Size     int64  // of the log that was counted
	Root     string // of it, in hexadecimal
	Note     []byte // the signed checkpoint
	Digest   casefile.Digest
	Content  []byte
	ByOrgan  casefile.OrganID
	ByPerson casefile.PersonID
	ByName   string
	At       time.Time
}

type annualRow struct {
	Organ    casefile.OrganID  `db:"organ"`
	Year     int               `db:"year"`
	Practice int64             `db:"practice"`
	Version  int64             `db:"version"`
	Size     int64             `db:"size"`
	Root     string            `db:"root"`
	Note     []byte            `db:"note"`
	Digest   casefile.Digest   `db:"digest"`
	Content  []byte            `db:"content"`
	ByOrgan  casefile.OrganID  `db:"by_organ"`
	ByPerson casefile.PersonID `db:"by_person"`
	ByName   string            `db:"by_name"`
	At       int64             `db:"at"`
}

func (r annualRow) report() AnnualReport {
	return AnnualReport{Organ: r.Organ, Year: r.Year, Practice: r.Practice != 0, Version: r.Version, Size: r.Size, Root: r.Root, Note: r.Note,
		Digest: r.Digest, Content: r.Content, ByOrgan: r.ByOrgan, ByPerson: r.ByPerson, ByName: r.ByName, At: time.UnixMilli(r.At).UTC()}
}

const insertAnnualReport = `
INSERT INTO annual_reports (organ, year, practice, version, size, root, note, digest, content, by_organ, by_person, by_name, at)
VALUES                     (?,     ?,    ?,        ?,       ?,    ?,    ?,    ?,      ?,       ?,        ?,         ?,       ?)`

// AddAnnualReport keeps frozen figures for ever; a version that is taken is
// [casefile.ErrConflict].
func (s *Store) AddAnnualReport(ctx context.Context, r AnnualReport) error {
	err := s.addOnce(ctx, `SELECT COUNT(*) FROM annual_reports WHERE organ = ? AND year = ? AND practice = ? AND version = ?`,
		[]any{r.Organ, r.Year, flag(r.Practice), r.Version}, insertAnnualReport,
		r.Organ, r.Year, flag(r.Practice), r.Version, r.Size, r.Root, r.Note, r.Digest, r.Content, r.ByOrgan, r.ByPerson, r.ByName, r.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep figures of %s %d: %w", r.Organ, r.Year, err)
	}
	return nil
}

const (
	selectAnnualReports = `
SELECT   organ, year, practice, version, size, root, digest, by_organ, by_person, by_name, at
FROM     annual_reports
WHERE    organ = ? AND year = ? AND practice = ?
ORDER BY version DESC
LIMIT    500`

	selectAnnualReport = `
SELECT organ, year, practice, version, size, root, note, digest, content, by_organ, by_person, by_name, at
FROM   annual_reports
WHERE  organ = ? AND year = ? AND practice = ? AND version = ?`
)

// AnnualReports gives the frozen figures of a year without notes and contents, the last
// first.
func (s *Store) AnnualReports(ctx context.Context, organ casefile.OrganID, year int, practice bool) ([]AnnualReport, error) {
	var rows []annualRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectAnnualReports), organ, year, flag(practice)); err != nil {
		return nil, fmt.Errorf("list figures of %s %d: %w", organ, year, err)
	}
	out := make([]AnnualReport, len(rows))
	for i, row := range rows {
		out[i] = row.report()
	}
	return out, nil
}

// AnnualReport gives frozen figures, or [casefile.ErrNotFound].
func (s *Store) AnnualReport(ctx context.Context, organ casefile.OrganID, year int, practice bool, version int64) (AnnualReport, error) {
	var row annualRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectAnnualReport), organ, year, flag(practice), version)
	if errors.Is(err, sql.ErrNoRows) {
		return AnnualReport{}, fmt.Errorf("version %d of the figures of %.80s %d: %w", version, organ, year, casefile.ErrNotFound)
	}
	if err != nil {
		return AnnualReport{}, fmt.Errorf("read figures of %s %d: %w", organ, year, err)
	}
	return row.report(), nil
}

const selectOpened = `
SELECT   case_id
FROM     entries
WHERE    organ = ? AND sequence = 1 AND case_id > ?
ORDER BY case_id
LIMIT    ?`

// CasesOf gives the ids of cases whose opening is in the log of an organ, rising, those
// after one that is known.
func (s *Store) CasesOf(ctx context.Context, organ casefile.OrganID, after casefile.ID, most int) ([]casefile.ID, error) {
	var ids []casefile.ID
	if err := s.read.SelectContext(ctx, &ids, s.read.Rebind(selectOpened), organ, after, most); err != nil {
		return nil, fmt.Errorf("list cases in the log of %s: %w", organ, err)
	}
	return ids, nil
}
