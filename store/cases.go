package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Case gives a case as its entries have left it, or [casefile.ErrNotFound].
func (s *Store) Case(ctx context.Context, id casefile.ID) (casefile.Case, error) {
	c, err := s.readCase(ctx, s.read, selectCaseState, id)
	if errors.Is(err, sql.ErrNoRows) {
		return casefile.Case{}, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return casefile.Case{}, fmt.Errorf("read case %s: %w", id, err)
	}
	return c, nil
}

// readCases is how many cases are kept as they were read last, some 100 kB each.
const readCases = 256

const selectCaseState = `
SELECT sequence, CASE WHEN sequence = ? THEN '' ELSE state END AS state
FROM   cases
WHERE  id = ?`

// readCase reads a case by selectCaseState, or gives [sql.ErrNoRows]. A case is what its entries made
// of it, so the one that was read last is it, as long as no entry came after.
func (s *Store) readCase(ctx context.Context, from sqlx.ExtContext, query string, id casefile.ID) (casefile.Case, error) {
	known, _ := s.cases.Get(id)
	var row caseRow
	if err := sqlx.GetContext(ctx, from, &row, from.Rebind(query), known.Sequence, id); err != nil {
		return casefile.Case{}, err
	}
	if row.Sequence == known.Sequence {
		return known.Clone(), nil
	}
	c, err := caseFromState(row.State)
	if err == nil {
		s.cases.Add(id, c.Clone())
	}
	return c, err
}

// Head gives the organ of a case and the sequence of its last entry, or
// [casefile.ErrNotFound].
func (s *Store) Head(ctx context.Context, id casefile.ID) (organ casefile.OrganID, sequence int64, err error) {
	var row caseRow
	err = s.read.GetContext(ctx, &row, s.read.Rebind(`SELECT organ, sequence FROM cases WHERE id = ?`), id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, fmt.Errorf("case %s: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return "", 0, fmt.Errorf("read head of case %s: %w", id, err)
	}
	return row.Organ, row.Sequence, nil
}

func caseFromState(state string) (casefile.Case, error) {
	var c casefile.Case
	if err := json.Unmarshal([]byte(state), &c); err != nil {
		return casefile.Case{}, fmt.Errorf("read state of case: %w", err)
	}
	return c, nil
}

type caseRow struct {
	ID          casefile.ID      `db:"id"`
	Organ       casefile.OrganID `db:"organ"`
	Procedure   string           `db:"procedure"`
	Title       string           `db:"title"`
	TitleFolded string           `db:"title_folded"`
	Category    string           `db:"category"`
	Follows     casefile.ID      `db:"follows"`
	Status      casefile.Status  `db:"status"`
	ReachedEnd  string           `db:"reached_end"`
	Practice    int64            `db:"practice"`
	OpenedOn    string           `db:"opened_on"`
	UpdatedOn   string           `db:"updated_on"`
	OpenedAt    int64            `db:"opened_at"`
	UpdatedAt   int64            `db:"updated_at"`
	Sequence    int64            `db:"sequence"`
	Steps       string           `db:"steps"`
	State       string           `db:"state"`
}

const insertCase = `
INSERT INTO cases (id,  organ,  procedure,  title,  title_folded,  category,  follows,  status,  reached_end,
                   practice,  opened_on,  updated_on,  opened_at,  updated_at,  sequence,  steps,  state,  listed)
VALUES            (:id, :organ, :procedure, :title, :title_folded, :category, :follows, :status, :reached_end,
                   :practice, :opened_on, :updated_on, :opened_at, :updated_at, :sequence, :steps, :state, 1)`

const updateCase = `
UPDATE cases
SET    procedure   = :procedure,
       status      = :status,
       reached_end = :reached_end,
       updated_on  = :updated_on,
       updated_at  = :updated_at,
       sequence    = :sequence,
       steps       = :steps,
       state       = :state
WHERE  id = :id AND sequence = :sequence - 1`

// saveCase writes the case as e has left it.
func saveCase(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry) error {
	row, err := toCaseRow(c, e)
	if err != nil {
		return err
	}
	query := updateCase
	if e.Sequence == 1 {
		query = insertCase
	}
	result, err := tx.NamedExecContext(ctx, query, row)
	if err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("save case: %w", err)
	}
	if n != 1 {
		return fmt.Errorf("save case: %d rows at sequence %d: %w", n, e.Sequence-1, casefile.ErrConflict)
	}
	return nil
}

// folded is a title as it is searched.
func folded(title string) string { return strings.ToLower(title) }

func toCaseRow(c casefile.Case, e casefile.Entry) (caseRow, error) {
	state, err := json.Marshal(c)
	if err != nil {
		return caseRow{}, fmt.Errorf("encode case: %w", err)
	}
	running := []string{}
	for _, run := range c.ActiveSteps() {
		running = append(running, run.Step)
	}
	steps, err := json.Marshal(running)
	if err != nil {
		return caseRow{}, fmt.Errorf("encode steps: %w", err)
	}
	row := caseRow{
		ID: c.ID, Organ: c.Organ, Procedure: c.Pinned.Procedure,
		Title: c.Matter.Title, TitleFolded: folded(c.Matter.Title), Category: c.Matter.Category, Follows: c.Matter.Follows,
		Status: c.Status, ReachedEnd: c.End,
		OpenedOn: c.OpenedOn.String(), UpdatedOn: e.On.String(), OpenedAt: e.At.UnixMilli(), UpdatedAt: e.At.UnixMilli(),
		Sequence: c.Sequence, Steps: string(steps), State: string(state),
	}
	if c.Practice {
		row.Practice = 1
	}
	return row, nil
}
