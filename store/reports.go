package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// Tally counts the comments on a consultation.
func (s *Store) Tally(ctx context.Context, consultation string) (consult.Tally, error) {
	var rows []struct {
		Withdrawn   int64  `db:"withdrawn"`
		Visibility  string `db:"visibility"`
		Why         string `db:"why"`
		Disposition string `db:"disposition"`
		N           int64  `db:"n"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT   withdrawn, visibility, why, disposition, COUNT(*) AS n
FROM     comments
WHERE    consultation = ?
GROUP BY withdrawn, visibility, why, disposition`), consultation)
	if err != nil {
		return consult.Tally{}, fmt.Errorf("count comments: %w", err)
	}
	out := consult.Tally{Hiding: map[string]int64{}, Disposed: map[string]int64{}}
	for _, r := range rows {
		switch {
		case r.Withdrawn != 0:
			out.Withdrawn += r.N
			continue
		case consult.Visibility(r.Visibility) == consult.Published:
			out.Published += r.N
		case consult.Visibility(r.Visibility) == consult.Hidden:
			out.Hidden += r.N
			out.Hiding[r.Why] += r.N
		default:
			out.Pending += r.N
		}
		if r.Disposition == "" {
			out.Unanswered += r.N
		} else {
			out.Disposed[r.Disposition] += r.N
		}
	}
	return out, nil
}

// maxAnswers bounds the numbers that a report is made of.
const maxAnswers = 20_000

// Answers gives the answers to views that were not withdrawn, the most given first.
func (s *Store) Answers(ctx context.Context, consultation string) ([]consult.Answer, error) {
	var rows []struct {
		Disposition string `db:"disposition"`
		Reason      string `db:"reason"`
		Number      int64  `db:"number"`
		N           int64  `db:"n"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT disposition, CASE WHEN place = 1 THEN reason ELSE '' END AS reason, number, n
FROM  (SELECT disposition, reason, number, COUNT(*) OVER (PARTITION BY disposition, reason) AS n,
              MIN(number) OVER (PARTITION BY disposition, reason) AS least,
              ROW_NUMBER() OVER (PARTITION BY disposition, reason ORDER BY number) AS place
       FROM   comments
       WHERE  consultation = ? AND disposition <> '' AND withdrawn = 0) AS answers
WHERE  place <= ?
ORDER BY n DESC, least, place
LIMIT  ?`), consultation, consult.MaxNumbers, maxAnswers)
	if err != nil {
		return nil, fmt.Errorf("list answers: %w", err)
	}
	var out []consult.Answer
	for _, r := range rows {
		if len(out) == 0 || int64(len(out[len(out)-1].Numbers)) == min(out[len(out)-1].Count, consult.MaxNumbers) {
			out = append(out, consult.Answer{Disposition: r.Disposition, Reason: r.Reason, Count: r.N})
		}
		last := &out[len(out)-1]
		last.Numbers = append(last.Numbers, r.Number)
	}
	return out, nil
}

// Decision gives a published decision, or [casefile.ErrNotFound].
func (s *Store) Decision(ctx context.Context, id casefile.ID) (consult.Decision, error) {
	var r publicationRow
	err := s.read.GetContext(ctx, &r, s.read.Rebind(`
SELECT case_id, organ, title, number, published_on, published_at, papers FROM publications WHERE case_id = ? AND shown = 1`), id)
	if errors.Is(err, sql.ErrNoRows) {
		return consult.Decision{}, fmt.Errorf("decision %.80s: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return consult.Decision{}, fmt.Errorf("read decision: %w", err)
	}
	return r.decision()
}

// Covered gives the years and organs of what the public may read, the last year first.
func (s *Store) Covered(ctx context.Context) ([]consult.Covered, error) {
	var rows []struct {
		Year  int              `db:"year"`
		Organ casefile.OrganID `db:"organ"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT year, organ FROM public_years WHERE first_at <= ?`), s.now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list what was published: %w", err)
	}
	out := make([]consult.Covered, len(rows))
	for i, r := range rows {
		out[i] = consult.Covered{Year: r.Year, Organ: r.Organ}
	}
	slices.SortFunc(out, func(a, b consult.Covered) int {
		return cmp.Or(cmp.Compare(b.Year, a.Year), cmp.Compare(a.Organ, b.Organ))
	})
	return out, nil
}
