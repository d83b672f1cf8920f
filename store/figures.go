package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
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
	for _, count := range []func(context.Context, casefile.FigureQuery, *casefile.Figures) error{
		s.countCases, s.countSteps, s.countMonths, s.countReturns, s.countBlocked, s.countComments,
	} {
		if err := count(ctx, q, &out); err != nil {
			return casefile.Figures{}, fmt.Errorf("figures of %s: %w", q.Organ, err)
		}
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

const (
	countMonthFigures = `
SELECT   substr(on_date, 1, 7) AS month,
         SUM(CASE WHEN kind = 'met' THEN 1 ELSE 0 END) AS met,
         SUM(CASE WHEN kind = 'breached' THEN 1 ELSE 0 END) AS breached
FROM     happenings
WHERE    organ = ? AND practice = ? AND kind IN ('met', 'breached') AND on_date BETWEEN ? AND ?
GROUP BY substr(on_date, 1, 7)
ORDER BY month
LIMIT    ?`

	countReturnFigures = `
SELECT   procedure, subject AS "from", other AS "to", COUNT(*) AS n
FROM     happenings
WHERE    organ = ? AND practice = ? AND kind = 'return' AND on_date BETWEEN ? AND ?
GROUP BY procedure, subject, other
ORDER BY n DESC, procedure, subject, other
LIMIT    ?`

	countBlockedFigures = `
SELECT   subject AS basis, COUNT(*) AS n
FROM     happenings
WHERE    organ = ? AND practice = ? AND kind = 'blocked' AND on_date BETWEEN ? AND ?
GROUP BY subject
ORDER BY n DESC, subject
LIMIT    ?`

	countAttempts = `
SELECT COUNT(*)
FROM   happenings
WHERE  organ = ? AND practice = ? AND kind = ? AND on_date BETWEEN ? AND ?`
)

func (s *Store) countMonths(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	return s.read.SelectContext(ctx, &out.Months, s.read.Rebind(countMonthFigures), q.Organ, flag(q.Practice), q.From.String(), q.Until.String(), maxFigures)
}

func (s *Store) countReturns(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	return s.read.SelectContext(ctx, &out.Returns, s.read.Rebind(countReturnFigures), q.Organ, flag(q.Practice), q.From.String(), q.Until.String(), maxFigures)
}

func (s *Store) countBlocked(ctx context.Context, q casefile.FigureQuery, out *casefile.Figures) error {
	for kind, n := range map[casefile.HappeningKind]*int64{casefile.HappeningAttempt: &out.Attempts, casefile.HappeningBlocked: &out.Hindrance} {
		if err := s.read.GetContext(ctx, n, s.read.Rebind(countAttempts), q.Organ, flag(q.Practice), kind, q.From.String(), q.Until.String()); err != nil {
			return err
		}
	}
	return s.read.SelectContext(ctx, &out.Blocked, s.read.Rebind(countBlockedFigures), q.Organ, flag(q.Practice), q.From.String(), q.Until.String(), maxFigures)
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
