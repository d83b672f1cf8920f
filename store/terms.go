package store

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// What lists are narrowed by. A gram is one character of a title, or two or three
// that stand beside each other; a number is longer, and whole: titles share the grams
// of their numbers.
const (
	termProcedure = "procedure"
	termCategory  = "category"
	termStatus    = "status"
	termPractice  = "practice"
	termStep      = "step"
	termGram      = "gram"
	termNumber    = "number"
)

// longestGram is how many characters a gram has at most. Pairs say little of
// numbers, of which titles have many.
const longestGram = 3

// term gives the key under which cases of an organ are found by a value. Two
// values may share one, so what is found is compared with what was asked for.
func term(organ casefile.OrganID, kind, value string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(string(organ) + "\x00" + kind + "\x00" + value)) // a hash takes everything
	return int64(h.Sum64())
}

// facets gives the terms of a case that its entries can change, each once.
func facets(c casefile.Case) []int64 {
	if c.ID == "" {
		return nil
	}
	out := []int64{
		term(c.Organ, termProcedure, c.Pinned.Procedure), term(c.Organ, termCategory, c.Matter.Category),
		term(c.Organ, termStatus, string(c.Status)), term(c.Organ, termPractice, strconv.FormatBool(c.Practice)),
	}
	for _, run := range c.ActiveSteps() {
		out = append(out, term(c.Organ, termStep, run.Step))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TermsOf gives the keys under which a case is listed, each once, for those who fill a
// database with many cases.
func TermsOf(c casefile.Case) []int64 {
	out := append(facets(c), titleTerms(c.Organ, folded(c.Matter.Title))...)
	slices.Sort(out)
	return slices.Compact(out)
}

// titleTerms gives the terms of a folded title, each once.
func titleTerms(organ casefile.OrganID, folded string) []int64 {
	var out []int64
	for _, number := range numbersIn(folded) {
		out = append(out, term(organ, termNumber, number))
	}
	for n := 1; n <= longestGram; n++ {
		for _, gram := range grams(folded, n) {
			out = append(out, term(organ, termGram, gram))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// grams gives the stretches of n characters, each once.
func grams(text string, n int) []string {
	var out []string
	runes := []rune(text)
	for i := 0; i+n <= len(runes); i++ {
		out = append(out, string(runes[i:i+n]))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var digits = regexp.MustCompile(fmt.Sprintf(`[0-9]{%d,}`, longestGram+1))

// numbersIn gives the whole numbers of a text that are longer than a gram.
func numbersIn(text string) []string { return digits.FindAllString(text, -1) }

type termRow struct {
	Term     int64       `db:"term"`
	OpenedAt int64       `db:"opened_at"`
	CaseID   casefile.ID `db:"case_id"`
}

const insertTerms = `
INSERT INTO case_terms (term,  opened_at,  case_id)
VALUES                 (:term, :opened_at, :case_id)
ON CONFLICT DO NOTHING`

func insertTermsOf(ctx context.Context, tx *sqlx.Tx, id casefile.ID, openedAt int64, terms []int64) error {
	rows := make([]termRow, len(terms))
	for i, t := range terms {
		rows[i] = termRow{Term: t, OpenedAt: openedAt, CaseID: id}
	}
	if _, err := tx.NamedExecContext(ctx, insertTerms, rows); err != nil {
		return fmt.Errorf("insert terms: %w", err)
	}
	return nil
}

const insertTerm = `
INSERT INTO case_terms (term, opened_at, case_id)
SELECT CAST(? AS BIGINT), opened_at, id
FROM   cases
WHERE  id = ?
ON CONFLICT DO NOTHING`

const deleteTerm = `
DELETE FROM case_terms
WHERE  term = ? AND case_id = ? AND opened_at = (SELECT opened_at FROM cases WHERE id = ?)`

// saveTerms writes what a case is found by, after the case. Before are the facets
// that it had.
func saveTerms(ctx context.Context, tx *sqlx.Tx, before []int64, c casefile.Case, e casefile.Entry) error {
	after := facets(c)
	if e.Sequence == 1 {
		return insertTermsOf(ctx, tx, c.ID, e.At.UnixMilli(), append(after, titleTerms(c.Organ, folded(c.Matter.Title))...))
	}
	for _, t := range before {
		if slices.Contains(after, t) {
			continue
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(deleteTerm), t, c.ID, c.ID); err != nil {
			return fmt.Errorf("delete term: %w", err)
		}
	}
	for _, t := range after {
		if slices.Contains(before, t) {
			continue
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertTerm), t, c.ID); err != nil {
			return fmt.Errorf("insert term: %w", err)
		}
	}
	return nil
}

// listedAtOnce is how many cases of an older program one transaction lists.
const listedAtOnce = 200

// listOld makes the cases of a database that an older program wrote known to the
// lists. It is run before anything is recorded, and by several processes at once
// does no harm.
func (s *Store) listOld(ctx context.Context) error {
	for n := 1; n > 0; {
		err := s.inTx(ctx, func(tx *sqlx.Tx) (err error) {
			n, err = listSome(ctx, tx)
			return err
		})
		if err != nil {
			return fmt.Errorf("list older cases: %w", err)
		}
	}
	return nil
}

const selectUnlisted = `
SELECT id, title_folded, sequence, opened_at, updated_on, state
FROM   cases
WHERE  listed = 0
LIMIT  ?`

const markListed = `
UPDATE cases
SET    listed = 1, updated_at = ?
WHERE  id = ? AND listed = 0 AND sequence = ?`

func listSome(ctx context.Context, tx *sqlx.Tx) (n int, err error) {
	var rows []caseRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(selectUnlisted), listedAtOnce); err != nil {
		return 0, err
	}
	for _, row := range rows {
		c, err := caseFromState(row.State)
		if err != nil {
			return 0, fmt.Errorf("case %s: %w", row.ID, err)
		}
		at, err := lastInstant(ctx, tx, row)
		if err != nil {
			return 0, fmt.Errorf("case %s: %w", row.ID, err)
		}
		// Who marks the row holds it; a case that went on meanwhile is taken next time.
		result, err := tx.ExecContext(ctx, tx.Rebind(markListed), at, row.ID, row.Sequence)
		if err != nil {
			return 0, err
		}
		if marked, err := result.RowsAffected(); err != nil || marked == 0 {
			if err != nil {
				return 0, err
			}
			continue
		}
		if err := insertTermsOf(ctx, tx, row.ID, row.OpenedAt, append(facets(c), titleTerms(c.Organ, row.TitleFolded)...)); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

const selectInstant = `
SELECT value
FROM   openings
WHERE  case_id = ? AND sequence = ? AND field = 'at'`

// lastInstant gives when the last entry of a case was recorded, in milliseconds;
// where that was removed, midnight of its day.
func lastInstant(ctx context.Context, tx *sqlx.Tx, row caseRow) (int64, error) {
	var values [][]byte
	if err := tx.SelectContext(ctx, &values, tx.Rebind(selectInstant), row.ID, row.Sequence); err != nil {
		return 0, fmt.Errorf("read instant: %w", err)
	}
	var at time.Time
	if len(values) == 1 && json.Unmarshal(values[0], &at) == nil && !at.IsZero() {
		return at.UnixMilli(), nil
	}
	day, err := legaltime.ParseDate(row.UpdatedOn)
	if err != nil {
		return 0, fmt.Errorf("updated on: %w", err)
	}
	return day.Start(time.UTC).UnixMilli(), nil
}
