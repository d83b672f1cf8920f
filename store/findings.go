package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

type findingRow struct {
	ID       string            `db:"id"`
	Organ    casefile.OrganID  `db:"organ"`
	CaseID   casefile.ID       `db:"case_id"`
	Practice int64             `db:"practice"`
	Entry    int64             `db:"entry"`
	Kind     audit.Kind        `db:"kind"`
	Severity audit.Severity    `db:"severity"`
	Text     string            `db:"text"`
	Remedy   string            `db:"remedy"`
	Due      string            `db:"due"`
	ByOrgan  casefile.OrganID  `db:"by_organ"`
	ByPerson casefile.PersonID `db:"by_person"`
	ByName   string            `db:"by_name"`
	At       int64             `db:"at"`
	Title    string            `db:"title"`
}

type findingEventRow struct {
	Finding  string            `db:"finding"`
	Number   int64             `db:"number"`
	Move     audit.Move        `db:"move"`
	Result   audit.Result      `db:"result"`
	Text     string            `db:"text"`
	ByOrgan  casefile.OrganID  `db:"by_organ"`
	ByPerson casefile.PersonID `db:"by_person"`
	ByName   string            `db:"by_name"`
	At       int64             `db:"at"`
}

const insertFinding = `
INSERT INTO findings (id, organ, case_id, practice, entry, kind, severity, text, remedy, due, by_organ, by_person, by_name, at)
VALUES               (?,  ?,     ?,       ?,        ?,     ?,    ?,        ?,    ?,      ?,   ?,        ?,         ?,       ?)`

// AddFinding keeps a new finding; an id that is taken is [casefile.ErrConflict].
func (s *Store) AddFinding(ctx context.Context, f audit.Finding) error {
	err := s.addOnce(ctx, `SELECT COUNT(*) FROM findings WHERE id = ?`, []any{f.ID}, insertFinding,
		f.ID, f.Organ, f.Case, flag(f.Practice), f.Entry, f.Kind, f.Severity, f.Text, f.Remedy, f.Due.String(), f.By.Organ, f.By.Person, f.By.Name, f.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep finding on case %s: %w", f.Case, err)
	}
	return nil
}

const insertFindingEvent = `
INSERT INTO finding_events (finding, number, move, result, text, by_organ, by_person, by_name, at)
VALUES                     (?,       ?,      ?,    ?,      ?,    ?,        ?,         ?,       ?)`

// AddFindingEvent keeps what became of a finding; a number that is taken is
// [casefile.ErrConflict].
func (s *Store) AddFindingEvent(ctx context.Context, finding string, e audit.Event) error {
	err := s.addOnce(ctx, `SELECT COUNT(*) FROM finding_events WHERE finding = ? AND number = ?`, []any{finding, e.Number}, insertFindingEvent,
		finding, e.Number, e.Move, e.Result, e.Text, e.By.Organ, e.By.Person, e.By.Name, e.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep what became of finding %s: %w", finding, err)
	}
	return nil
}

// addOnce inserts a row into a table that only grows, unless there is one already. The
// triggers of SQLite refuse such a row before its key does, so it is looked for first.
func (s *Store) addOnce(ctx context.Context, count string, key []any, insert string, values ...any) error {
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var there int64
		if err := tx.GetContext(ctx, &there, tx.Rebind(count), key...); err != nil {
			return err
		}
		if there > 0 {
			return casefile.ErrConflict
		}
		_, err := tx.ExecContext(ctx, tx.Rebind(insert), values...)
		return err
	})
	if s.dialect.duplicate(err) {
		return casefile.ErrConflict
	}
	return err
}

const selectFindings = `
SELECT f.id, f.organ, f.case_id, f.practice, f.entry, f.kind, f.severity, f.text, f.remedy, f.due, f.by_organ, f.by_person, f.by_name, f.at, COALESCE(c.title, '') AS title
FROM   findings f LEFT JOIN cases c ON c.id = f.case_id`

// lastMove is the last move of a finding.
const lastMove = `COALESCE((SELECT e.move FROM finding_events e WHERE e.finding = f.id ORDER BY e.number DESC LIMIT 1), '')`

// Finding gives a finding with what became of it, or [casefile.ErrNotFound].
func (s *Store) Finding(ctx context.Context, id string) (audit.Finding, error) {
	var rows []findingRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectFindings+` WHERE f.id = ?`), id); err != nil {
		return audit.Finding{}, fmt.Errorf("read finding: %w", err)
	}
	if len(rows) == 0 {
		return audit.Finding{}, fmt.Errorf("finding %.80q: %w", id, casefile.ErrNotFound)
	}
	out, err := s.withEvents(ctx, rows)
	if err != nil {
		return audit.Finding{}, err
	}
	return out[0], nil
}

// Findings gives one page of the findings on cases of organs, the newest first.
func (s *Store) Findings(ctx context.Context, f audit.Filter) ([]audit.Finding, error) {
	if len(f.Organs) == 0 {
		return nil, nil
	}
	where, args := findingsWhere(f)
	query, args, err := sqlx.In(selectFindings+` WHERE `+where+` ORDER BY f.at DESC, f.id DESC LIMIT ?`, append(args, max(1, min(f.Limit, 500)))...)
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	var rows []findingRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return s.withEvents(ctx, rows)
}

func findingsWhere(f audit.Filter) (where string, args []any) {
	parts := []string{"f.organ IN (?)"}
	args = []any{f.Organs}
	add := func(part string, values ...any) {
		parts, args = append(parts, part), append(args, values...)
	}
	if f.Case != "" {
		add("f.case_id = ?", f.Case)
	}
	if f.Kind != "" {
		add("f.kind = ?", f.Kind)
	}
	if f.Severity != "" {
		add("f.severity = ?", f.Severity)
	}
	if f.Practice != nil {
		add("f.practice = ?", flag(*f.Practice))
	}
	if f.Released {
		add("EXISTS (SELECT 1 FROM finding_events e WHERE e.finding = f.id AND e.number = 1 AND e.move = ?)", audit.Release)
	}
	if f.Open {
		add(lastMove+" <> ?", audit.Close)
	}
	if f.State != "" {
		moves := []audit.Move{"none"}
		for _, m := range []audit.Move{"", audit.Release, audit.Reply, audit.Close, audit.Reopen} {
			if audit.StateAfter(m) == f.State {
				moves = append(moves, m)
			}
		}
		add(lastMove+" IN (?)", moves)
	}
	if f.After != "" {
		add("EXISTS (SELECT 1 FROM findings k WHERE k.id = ? AND (f.at < k.at OR f.at = k.at AND f.id < k.id))", f.After)
	}
	return strings.Join(parts, " AND "), args
}

// withEvents gives findings with what became of them.
func (s *Store) withEvents(ctx context.Context, rows []findingRow) ([]audit.Finding, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	out, ids, at := make([]audit.Finding, len(rows)), make([]string, len(rows)), map[string]*audit.Finding{}
	for i, r := range rows {
		f, err := r.finding()
		if err != nil {
			return nil, err
		}
		out[i], ids[i] = f, r.ID
		at[r.ID] = &out[i]
	}
	query, args, err := sqlx.In(`SELECT * FROM finding_events WHERE finding IN (?) ORDER BY finding, number`, ids)
	if err != nil {
		return nil, fmt.Errorf("read what became of findings: %w", err)
	}
	var events []findingEventRow
	if err := s.read.SelectContext(ctx, &events, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("read what became of findings: %w", err)
	}
	for _, e := range events {
		f := at[e.Finding]
		f.Events = append(f.Events, audit.Event{Number: e.Number, Move: e.Move, Result: e.Result, Text: e.Text,
			By: audit.Person{Organ: e.ByOrgan, Person: e.ByPerson, Name: e.ByName}, At: time.UnixMilli(e.At).UTC()})
	}
	return out, nil
}

func (r findingRow) finding() (audit.Finding, error) {
	f := audit.Finding{ID: r.ID, Organ: r.Organ, Case: r.CaseID, Practice: r.Practice != 0, Title: r.Title, Entry: r.Entry, Kind: r.Kind, Severity: r.Severity,
		Text: r.Text, Remedy: r.Remedy, By: audit.Person{Organ: r.ByOrgan, Person: r.ByPerson, Name: r.ByName}, At: time.UnixMilli(r.At).UTC()}
	if r.Due == "" {
		return f, nil
	}
	var err error
	if f.Due, err = legaltime.ParseDate(r.Due); err != nil {
		return f, fmt.Errorf("finding %s: due date: %w", r.ID, err)
	}
	return f, nil
}
