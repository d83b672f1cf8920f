package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/register"
)

type documentChangeRow struct {
	CaseID      casefile.ID         `db:"case_id"`
	Sequence    int64               `db:"sequence"`
	Position    int64               `db:"position"`
	Organ       casefile.OrganID    `db:"organ"`
	Practice    int64               `db:"practice"`
	Document    string              `db:"document"`
	Change      casefile.ChangeKind `db:"change"`
	FromDay     string              `db:"from_day"`
	UntilDay    string              `db:"until_day"`
	PublishedOn string              `db:"published_on"`
	Title       string              `db:"title"`
	Folded      string              `db:"folded"`
	Kind        string              `db:"kind"`
	Clauses     string              `db:"clauses"`
	BroughtBy   string              `db:"brought_by"`
	RecordedOn  string              `db:"recorded_on"`
}

const insertDocumentChange = `
INSERT INTO document_changes (case_id,  sequence,  position,  organ,  practice,  document,  change,  from_day,  until_day,
                              published_on,  title,  folded,  kind,  clauses,  brought_by,  recorded_on)
VALUES                       (:case_id, :sequence, :position, :organ, :practice, :document, :change, :from_day, :until_day,
                              :published_on, :title, :folded, :kind, :clauses, :brought_by, :recorded_on)`

// saveRegister writes what an entry changes in the register of normative documents.
func saveRegister(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, changes []casefile.DocumentChange) error {
	for i, change := range changes {
		clauses, err := json.Marshal(filled(change.Clauses))
		if err != nil {
			return fmt.Errorf("save change of document %s: %w", change.Document, err)
		}
		row := documentChangeRow{
			CaseID: e.Case, Sequence: e.Sequence, Position: int64(i + 1), Organ: c.Organ, Practice: flag(c.Practice),
			Document: change.Document, Change: change.Change, FromDay: change.On.String(), UntilDay: dayText(change.Until),
			PublishedOn: dayText(change.Published), Title: change.Title, Folded: strings.ToLower(change.Title + "\n" + change.Document),
			Kind: change.Kind, Clauses: string(clauses), BroughtBy: change.By, RecordedOn: e.On.String(),
		}
		if change.Change == casefile.DocumentPublished {
			row.PublishedOn = register.PublishedOn(change).String()
		}
		if _, err := tx.NamedExecContext(ctx, insertDocumentChange, row); err != nil {
			return fmt.Errorf("save change of document %s: %w", change.Document, err)
		}
	}
	return nil
}

func dayText(d legaltime.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func (r documentChangeRow) change() (register.Change, error) {
	out := register.Change{Case: r.CaseID, Sequence: r.Sequence, DocumentChange: casefile.DocumentChange{
		Document: r.Document, Change: r.Change, Title: r.Title, Kind: r.Kind, By: r.BroughtBy}}
	errs := []error{json.Unmarshal([]byte(r.Clauses), &out.Clauses)}
	for _, day := range []struct {
		text string
		into *legaltime.Date
	}{{r.FromDay, &out.On}, {r.UntilDay, &out.Until}, {r.PublishedOn, &out.Published}, {r.RecordedOn, &out.Recorded}} {
		if day.text != "" {
			errs = append(errs, day.into.UnmarshalText([]byte(day.text)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return register.Change{}, fmt.Errorf("read change of document %s: %w", r.Document, err)
	}
	return out, nil
}

// shownDocument leaves out a document whose publication was taken away from the
// public: the title alone may tell what must not be known.
const shownDocument = `
NOT EXISTS (SELECT 1
            FROM   document_changes g JOIN publications p ON p.case_id = g.case_id
            WHERE  g.organ = d.organ AND g.document = d.document AND g.practice = 0 AND g.change = 'published' AND p.shown = 0)`

const selectDocuments = `
SELECT   organ, document, published
FROM    (SELECT   organ, document, MAX(published_on) AS published, MAX(CASE WHEN folded LIKE ? ESCAPE '!' THEN 1 ELSE 0 END) AS found
         FROM     document_changes
         WHERE    practice = ? AND (? = '' OR organ = ?)
         GROUP BY organ, document) AS d
WHERE    found = 1 AND (published, organ, document) < (?, ?, ?) AND (? = 1 OR` + shownDocument + `)
ORDER BY published DESC, organ DESC, document DESC
LIMIT    ?`

// Documents gives one page of the documents that the public may know of, or of those of
// practice, the last published first, and the cursor of the next page.
func (s *Store) Documents(ctx context.Context, f register.Filter) ([]register.Document, string, error) {
	after := register.Place{Published: "9999-12-32"} // before all days there are
	if f.After != "" {
		var err error
		if after, err = register.ParseCursor(f.After); err != nil {
			return nil, "", fmt.Errorf("list documents: %w", err)
		}
	}
	limit := max(1, min(f.Limit, maxPage))
	var rows []struct {
		Organ     casefile.OrganID `db:"organ"`
		Document  string           `db:"document"`
		Published string           `db:"published"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectDocuments), likePattern(strings.ToLower(f.Query)), flag(f.Practice), f.Organ, f.Organ,
		after.Published, after.Organ, after.Number, flag(f.Practice), limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list documents: %w", err)
	}
	more := len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	out, at := make([]register.Document, len(rows)), map[[2]string]*register.Document{}
	numbers := make([]string, len(rows))
	for i, r := range rows {
		out[i] = register.Document{Organ: r.Organ, Number: r.Document}
		at[[2]string{string(r.Organ), r.Document}], numbers[i] = &out[i], r.Document
	}
	if err := s.changesOf(ctx, at, numbers, f.Practice); err != nil {
		return nil, "", err
	}
	next := ""
	if more {
		next = register.Cursor(out[len(out)-1])
	}
	return out, next, nil
}

const selectDocumentChanges = `
SELECT   *
FROM     document_changes
WHERE    practice = ? AND document IN (?)
ORDER BY recorded_on, case_id, sequence, position`

// changesOf gives documents their changes.
func (s *Store) changesOf(ctx context.Context, at map[[2]string]*register.Document, numbers []string, practice bool) error {
	if len(numbers) == 0 {
		return nil
	}
	query, args, err := sqlx.In(selectDocumentChanges, flag(practice), numbers)
	if err != nil {
		return fmt.Errorf("read changes of documents: %w", err)
	}
	var rows []documentChangeRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return fmt.Errorf("read changes of documents: %w", err)
	}
	for _, r := range rows {
		d, ok := at[[2]string{string(r.Organ), r.Document}]
		if !ok { // the same number of another organ
			continue
		}
		change, err := r.change()
		if err != nil {
			return err
		}
		d.Changes = append(d.Changes, change)
	}
	for _, d := range at {
		d.Sort()
	}
	return nil
}

// Document gives a document that the public may know of, or [casefile.ErrNotFound].
func (s *Store) Document(ctx context.Context, organ casefile.OrganID, number string) (register.Document, error) {
	var n int64
	err := s.read.GetContext(ctx, &n, s.read.Rebind(`
SELECT COUNT(*) FROM document_changes d WHERE practice = 0 AND organ = ? AND document = ? AND`+shownDocument), organ, number)
	if err == nil && n == 0 {
		err = casefile.ErrNotFound
	}
	if err != nil {
		return register.Document{}, fmt.Errorf("document %.80q: %w", number, err)
	}
	d := register.Document{Organ: organ, Number: number}
	return d, s.changesOf(ctx, map[[2]string]*register.Document{{string(organ), number}: &d}, []string{number}, false)
}

// DocumentOrgans gives the organs that have documents in the register, sorted.
func (s *Store) DocumentOrgans(ctx context.Context) ([]casefile.OrganID, error) {
	var out []casefile.OrganID
	if err := s.read.SelectContext(ctx, &out, `SELECT DISTINCT organ FROM document_changes WHERE practice = 0 ORDER BY organ`); err != nil {
		return nil, fmt.Errorf("list organs with documents: %w", err)
	}
	return out, nil
}
