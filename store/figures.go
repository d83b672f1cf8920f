package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// maxFigures bounds the rows of one table of figures.
const maxFigures = 200

// Figures counts. Every count is made by the database, from an index that holds all
// that it asks for; no case is read.
func (s *Store) Figures(ctx context.Context, q casefile.FigureQuery) (casefile.Figures, error) {
	var out casefile.Figures
	var err error
	if out.Behind, err = s.FiguresBehind(ctx); err != nil {
		return casefile.Figures{}, fmt.Errorf("figures of %s: %w", q.Organ, err)
	}
	var counts errgroup.Group // each writes fields of its own
	for _, count := range []func(context.Context, casefile.FigureQuery, *casefile.Figures) error{
		s.countCases, s.countSteps, s.countMonths, s.countReturns, s.countBlocked, s.countComments,
	} {
		counts.Go(func() error { return count(ctx, q, &out) })
	}
	if err := counts.Wait(); err != nil {
		return casefile.Figures{}, fmt.Errorf("figures of %s: %w", q.Organ, err)
	}
	return out, nil
}

const countCaseFigures = `
SELECT (SELECT COUNT(*) FROM cases WHERE organ = ? AND practice = ? AND status IN ('running', 'suspended', 'closed') AND opened_on BETWEEN ? AND ?) AS opened,
       (SELECT COUNT(*) FROM cases WHERE organ = ? AND practice = ? AND status = 'closed' AND updated_on BETWEEN ? AND ?) AS closed,
       (SELECT COUNT(*) FROM cases WHERE organ = ? AND practice = ? AND status = 'running') AS running,
       (SELECT COUNT(*) FROM cases WHERE organ = ? AND practice = ? AND status = 'suspended') AS suspended`

func (s *Store) countCases(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	var row struct{ Opened, Closed, Running, Suspended int64 }
	practice, from, until := flag(q.Practice), q.From.String(), q.Until.String()
	err := s.read.GetContext(ctx, &row, s.read.Rebind(countCaseFigures), q.Organ, practice, from, until, q.Organ, practice, from, until, q.Organ, practice, q.Organ, practice)
	out.Opened, out.Closed, out.Running, out.Suspended = row.Opened, row.Closed, row.Running, row.Suspended
	return err
}

const countStepFigures = `
SELECT   procedure, steps,
         SUM(CASE WHEN opened_on >= ? THEN 1 ELSE 0 END) AS a0,
         SUM(CASE WHEN opened_on < ? AND opened_on >= ? THEN 1 ELSE 0 END) AS a1,
         SUM(CASE WHEN opened_on < ? AND opened_on >= ? THEN 1 ELSE 0 END) AS a2,
         SUM(CASE WHEN opened_on < ? THEN 1 ELSE 0 END) AS a3
FROM     cases
WHERE    organ = ? AND practice = ? AND status IN ('running', 'suspended')
GROUP BY procedure, steps
ORDER BY procedure, steps
LIMIT    2000`

// countSteps counts by the steps that run together, of which there are few, and gives
// each step its share.
func (s *Store) countSteps(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	var rows []struct {
		Procedure, Steps string
		A0, A1, A2, A3   int64
	}
	day := func(days int) string { return q.Today.AddDays(-days).String() }
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(countStepFigures), day(30), day(30), day(90), day(90), day(180), day(180), q.Organ, flag(q.Practice))
	if err != nil {
		return err
	}
	for _, row := range rows {
		var steps []string
		if err := json.Unmarshal([]byte(row.Steps), &steps); err != nil {
			return fmt.Errorf("steps: %w", err)
		}
		for _, step := range steps {
			at := slices.IndexFunc(out.Steps, func(f casefile.StepFigure) bool { return f.Procedure == row.Procedure && f.Step == step })
			if at < 0 {
				at, out.Steps = len(out.Steps), append(out.Steps, casefile.StepFigure{Procedure: row.Procedure, Step: step})
			}
			for i, n := range []int64{row.A0, row.A1, row.A2, row.A3} {
				out.Steps[at].Ages[i] += n
			}
		}
	}
	slices.SortStableFunc(out.Steps, func(a, b casefile.StepFigure) int { return int(b.Total() - a.Total()) })
	out.Steps = out.Steps[:min(len(out.Steps), maxFigures)]
	return nil
}

// happened gives a subquery of what happened in a period by kind, month, procedure,
// subject and other, with how often (n): whole months are summed up already, and only
// the days of months that begin or end the period are counted one by one. Nothing
// real happens after today, so a month that goes on counts as a whole one.
func happened(q casefile.FigureQuery, kind casefile.HappeningKind) (string, []any) {
	from, until := q.From, q.Until
	if !q.Practice && !until.Before(q.Today) {
		until = lastOfMonth(until)
	}
	first, last := from, until // of whole months
	if from != firstOfMonth(from) {
		first = lastOfMonth(from).AddDays(1)
	}
	if until != lastOfMonth(until) {
		last = firstOfMonth(until).AddDays(-1)
	}
	const by = `organ = ? AND practice = ? AND kind = ?`
	text := `(SELECT kind, month, procedure, subject, other, n FROM happening_months WHERE ` + by + ` AND month BETWEEN ? AND ? AND n > 0`
	months := []any{monthOf(first.String()), monthOf(last.String())}
	if last.Before(first) {
		months = []any{"none", "none"}
	}
	args := append([]any{q.Organ, flag(q.Practice), kind}, months...)
	days := func(from, until legaltime.Date) {
		if until.Before(from) {
			return
		}
		text += ` UNION ALL SELECT kind, substr(on_date, 1, 7), procedure, subject, other, 1 FROM happenings WHERE ` + by + ` AND on_date BETWEEN ? AND ?`
		args = append(args, q.Organ, flag(q.Practice), kind, from.String(), until.String())
	}
	if last.AddDays(1).Before(first) { // all in one month
		days(from, until)
	} else {
		days(from, first.AddDays(-1))
		days(last.AddDays(1), until)
	}
	return text + `) AS happened`, args
}

func firstOfMonth(d legaltime.Date) legaltime.Date {
	return legaltime.NewDate(d.Year(), d.Month(), 1)
}

func lastOfMonth(d legaltime.Date) legaltime.Date {
	return legaltime.NewDate(d.Year(), d.Month()+1, 1).AddDays(-1)
}

func (s *Store) countMonths(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	met, metArgs := happened(q, casefile.HappeningMet)
	breached, args := happened(q, casefile.HappeningBreached)
	query := `
SELECT   month, CAST(SUM(met) AS BIGINT) AS met, CAST(SUM(breached) AS BIGINT) AS breached
FROM     (SELECT month, n AS met, 0 AS breached FROM ` + met + ` UNION ALL SELECT month, 0, n FROM ` + breached + `) AS both_kinds
GROUP BY month
ORDER BY month
LIMIT    ?`
	return s.read.SelectContext(ctx, &out.Months, s.read.Rebind(query), append(append(metArgs, args...), maxFigures)...)
}

func (s *Store) countReturns(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	returns, args := happened(q, casefile.HappeningReturn)
	query := `
SELECT   procedure, subject AS "from", other AS "to", CAST(SUM(n) AS BIGINT) AS n
FROM     ` + returns + `
GROUP BY procedure, subject, other
ORDER BY n DESC, procedure, subject, other
LIMIT    ?`
	return s.read.SelectContext(ctx, &out.Returns, s.read.Rebind(query), append(args, maxFigures)...)
}

func (s *Store) countBlocked(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	for kind, n := range map[casefile.HappeningKind]*int64{casefile.HappeningAttempt: &out.Attempts, casefile.HappeningBlocked: &out.Hindrance} {
		all, args := happened(q, kind)
		if err := s.read.GetContext(ctx, n, s.read.Rebind(`SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM `+all), args...); err != nil {
			return err
		}
	}
	blocked, args := happened(q, casefile.HappeningBlocked)
	query := `
SELECT   subject AS basis, CAST(SUM(n) AS BIGINT) AS n
FROM     ` + blocked + `
GROUP BY subject
ORDER BY n DESC, subject
LIMIT    ?`
	return s.read.SelectContext(ctx, &out.Blocked, s.read.Rebind(query), append(args, maxFigures)...)
}

const (
	countCalls = `
SELECT COUNT(*) AS calls
FROM   consultations
WHERE  organ = ? AND opens_on BETWEEN ? AND ?`

	countDispositions = `
SELECT   m.disposition AS disposition, COUNT(*) AS n, SUM(m.withdrawn) AS withdrawn
FROM     consultations c
JOIN     comments m ON m.consultation = c.id
WHERE    c.organ = ? AND c.opens_on BETWEEN ? AND ?
GROUP BY m.disposition
ORDER BY n DESC, m.disposition
LIMIT    ?`
)

// countComments counts what the public was asked and said. Practice never reaches it.
func (s *Store) countComments(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	if q.Practice {
		return nil
	}
	if err := s.read.GetContext(ctx, &out.Calls, s.read.Rebind(countCalls), q.Organ, q.From.String(), q.Until.String()); err != nil {
		return err
	}
	var rows []struct {
		Disposition  string
		N, Withdrawn int64
	}
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(countDispositions), q.Organ, q.From.String(), q.Until.String(), maxFigures); err != nil {
		return err
	}
	for _, row := range rows {
		out.Comments, out.CommentsWithdrawn = out.Comments+row.N, out.CommentsWithdrawn+row.Withdrawn
		out.Dispositions = append(out.Dispositions, casefile.DispositionFigure{Disposition: row.Disposition, N: row.N})
	}
	return nil
}
