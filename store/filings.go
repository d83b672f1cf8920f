package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Filed is what a case has filed last, with all papers that it has sent. It is an alias,
// so that the package that shows it can name the same type without either importing the
// other.
type Filed = struct {
	Case     casefile.ID
	Organ    casefile.OrganID
	Practice bool
	casefile.Filing
}

type filingRow struct {
	CaseID   casefile.ID      `db:"case_id"`
	Sequence int64            `db:"sequence"`
	Organ    casefile.OrganID `db:"organ"`
	Practice int64            `db:"practice"`
	Document string           `db:"document"`
	Title    string           `db:"title"`
	Body     string           `db:"body"`
	FiledOn  string           `db:"filed_on"`
	Pack     string           `db:"pack"`
	Papers   string           `db:"papers"`
}

const insertFiling = `
INSERT INTO filings (case_id,  sequence,  organ,  practice,  document,  title,  body,  filed_on,  pack,  papers)
VALUES              (:case_id, :sequence, :organ, :practice, :document, :title, :body, :filed_on, :pack, :papers)`

// saveFiling writes what an entry files with the organ that reviews it.
func saveFiling(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, f *casefile.Filing) error {
	if f == nil {
		return nil
	}
	pack, err := json.Marshal(filled(f.Pack))
	if err != nil {
		return fmt.Errorf("save filing: %w", err)
	}
	papers, err := json.Marshal(filled(f.Papers))
	if err != nil {
		return fmt.Errorf("save filing: %w", err)
	}
	_, err = tx.NamedExecContext(ctx, insertFiling, filingRow{CaseID: e.Case, Sequence: e.Sequence, Organ: c.Organ, Practice: flag(c.Practice),
		Document: f.Document, Title: f.Title, Body: f.Body, FiledOn: dayText(f.On), Pack: string(pack), Papers: string(papers)})
	if err != nil {
		return fmt.Errorf("save filing: %w", err)
	}
	return nil
}

// Filed gives what a case has filed, or [casefile.ErrNotFound].
func (s *Store) Filed(ctx context.Context, id casefile.ID) (Filed, error) {
	var rows []filingRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`SELECT * FROM filings WHERE case_id = ? ORDER BY sequence`), id); err != nil {
		return Filed{}, fmt.Errorf("read filing of case %s: %w", id, err)
	}
	if len(rows) == 0 {
		return Filed{}, fmt.Errorf("filing of case %.80q: %w", id, casefile.ErrNotFound)
	}
	var out Filed
	seen := map[casefile.Digest]bool{}
	var papers []casefile.Paper
	for _, r := range rows {
		var err error
		if out, err = r.filed(); err != nil {
			return Filed{}, err
		}
		for _, p := range out.Papers {
			if !seen[p.Digest] {
				papers, seen[p.Digest] = append(papers, p), true
			}
		}
	}
	out.Papers = papers
	return out, nil
}

const selectFilings = `
SELECT   f.*
FROM     filings f
WHERE    f.organ IN (?) AND f.sequence = (SELECT MAX(l.sequence) FROM filings l WHERE l.case_id = f.case_id) AND (f.filed_on, f.case_id) < (?, ?)
ORDER BY f.filed_on DESC, f.case_id DESC
LIMIT    ?`

// filingsList marks the cursors of what was filed.
const filingsList = "filings"

// FiledBy gives one page of what organs have filed, the last first, and the cursor of
// the next page.
func (s *Store) FiledBy(ctx context.Context, organs []casefile.OrganID, after string, limit int) (list []Filed, next string, err error) {
	from, err := parseCursor(after, filingsList, false)
	if err != nil {
		return nil, "", fmt.Errorf("list filings: %w", err)
	}
	if len(organs) == 0 {
		return nil, "", nil
	}
	day := "9999-12-32" // before all days there are
	if from.set {
		day = time.UnixMilli(from.at).UTC().Format(time.DateOnly)
	}
	limit = max(1, min(limit, maxPage))
	query, args, err := sqlx.In(selectFilings, organs, day, from.id, limit+1)
	if err != nil {
		return nil, "", fmt.Errorf("list filings: %w", err)
	}
	var rows []filingRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, "", fmt.Errorf("list filings: %w", err)
	}
	for i, r := range rows {
		if i == limit {
			last := list[limit-1]
			at := last.On.Start(time.UTC).UnixMilli()
			return list, cursor{sort: filingsList, at: at, id: last.Case}.String(), nil
		}
		one, err := r.filed()
		if err != nil {
			return nil, "", err
		}
		list = append(list, one)
	}
	return list, "", nil
}

func (r filingRow) filed() (Filed, error) {
	out := Filed{Case: r.CaseID, Organ: r.Organ, Practice: r.Practice != 0, Filing: casefile.Filing{Document: r.Document, Title: r.Title, Body: r.Body}}
	err := errors.Join(json.Unmarshal([]byte(r.Pack), &out.Pack), json.Unmarshal([]byte(r.Papers), &out.Papers))
	if r.FiledOn != "" {
		err = errors.Join(err, out.On.UnmarshalText([]byte(r.FiledOn)))
	}
	if err != nil {
		return Filed{}, fmt.Errorf("read filing of case %s: %w", r.CaseID, err)
	}
	return out, nil
}
