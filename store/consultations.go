package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

func (r consultationRow) consultation() (consult.Consultation, error) {
	out := consult.Consultation{
		ID: r.ID, Organ: r.Organ, Case: r.CaseID, Step: r.Step, Round: int(r.Round), Title: r.Title, ClosesAt: time.UnixMilli(r.ClosesAt).UTC(),
		Open: r.Open != 0, Shown: r.Shown != 0, Adoption: r.Adoption != 0, Received: r.Received, Chain: r.Chain,
	}
	err := errors.Join(out.OpensOn.UnmarshalText([]byte(r.OpensOn)), out.ClosesOn.UnmarshalText([]byte(r.ClosesOn)),
		json.Unmarshal([]byte(r.Channels), &out.Channels), json.Unmarshal([]byte(r.Papers), &out.Papers))
	if err != nil {
		return consult.Consultation{}, fmt.Errorf("read consultation %s: %w", r.ID, err)
	}
	return out, nil
}

// publicList marks the cursors of lists for the public.
const publicList = "public"

// placeOf reads a cursor of a list for the public; the empty one stands before
// everything.
func placeOf(text string) (cursor, error) {
	c, err := parseCursor(text, publicList, false)
	if err == nil && !c.set {
		c.at = math.MaxInt64
	}
	return c, err
}

const selectConsultation = `
SELECT id, organ, case_id, step, round, title, title_folded, opens_on, closes_on, opens_at, closes_at, channels, papers, open, shown, adoption, received, chain
FROM   consultations
`

// Consultations gives one page of the consultations that the public may read,
// those that end last first, and the cursor of the next page.
func (s *Store) Consultations(ctx context.Context, f consult.Filter) ([]consult.Consultation, string, error) {
	after, err := placeOf(f.After)
	if err != nil {
		return nil, "", fmt.Errorf("list consultations: %w", err)
	}
	where := `
WHERE    shown = 1 AND opens_at <= ? AND (? = '' OR organ = ?) AND title_folded LIKE ? ESCAPE '!'
  AND    opens_on LIKE ? AND (closes_at, id) < (?, ?)
`
	now := f.Now.UnixMilli()
	args := []any{now, f.Organ, f.Organ, likePattern(f.Query), yearPattern(f.Year), after.at, after.id}
	switch f.State {
	case "open":
		where += "AND open = 1 AND closes_at > ?"
		args = append(args, now)
	case "ended":
		where += "AND (open = 0 OR closes_at <= ?)"
		args = append(args, now)
	}
	limit := max(1, min(f.Limit, maxPage))
	var rows []consultationRow
	query := selectConsultation + where + ` ORDER BY closes_at DESC, id DESC LIMIT ?`
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), append(args, limit+1)...); err != nil {
		return nil, "", fmt.Errorf("list consultations: %w", err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor{sort: publicList, at: rows[limit-1].ClosesAt, id: casefile.ID(rows[limit-1].ID)}.String()
	}
	out := make([]consult.Consultation, len(rows))
	for i, r := range rows {
		if out[i], err = r.consultation(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// Consultation gives a consultation that the public may read, or
// [casefile.ErrNotFound].
func (s *Store) Consultation(ctx context.Context, id string) (consult.Consultation, error) {
	var r consultationRow
	err := s.read.GetContext(ctx, &r, s.read.Rebind(selectConsultation+`WHERE id = ? AND shown = 1`), id)
	if errors.Is(err, sql.ErrNoRows) {
		return consult.Consultation{}, fmt.Errorf("consultation %.80s: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return consult.Consultation{}, fmt.Errorf("read consultation: %w", err)
	}
	return r.consultation()
}

// ConsultationsOf gives the consultations of a case, the first round first, those
// included that the public may no longer read.
func (s *Store) ConsultationsOf(ctx context.Context, id casefile.ID) ([]consult.Consultation, error) {
	var rows []consultationRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectConsultation+`WHERE case_id = ? ORDER BY step, round`), id); err != nil {
		return nil, fmt.Errorf("list consultations of case %s: %w", id, err)
	}
	out := make([]consult.Consultation, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.consultation(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

type publicationRow struct {
	CaseID      casefile.ID      `db:"case_id"`
	Organ       casefile.OrganID `db:"organ"`
	Title       string           `db:"title"`
	Number      string           `db:"number"`
	PublishedOn string           `db:"published_on"`
	PublishedAt int64            `db:"published_at"`
	Papers      string           `db:"papers"`
}

func (r publicationRow) decision() (consult.Decision, error) {
	out := consult.Decision{Case: r.CaseID, Organ: r.Organ, Title: r.Title, Number: r.Number}
	if err := errors.Join(out.On.UnmarshalText([]byte(r.PublishedOn)), json.Unmarshal([]byte(r.Papers), &out.Papers)); err != nil {
		return consult.Decision{}, fmt.Errorf("read decision of case %s: %w", r.CaseID, err)
	}
	return out, nil
}

// yearPattern matches the dates of a year; 0 matches all.
func yearPattern(year int) string {
	if year == 0 {
		return "%"
	}
	return fmt.Sprintf("%04d-%%", year)
}

const selectPublications = `
SELECT   case_id, organ, title, number, published_on, published_at, papers
FROM     publications
WHERE    shown = 1 AND kind = ? AND (? = '' OR organ = ?) AND title_folded LIKE ? ESCAPE '!' AND published_on LIKE ? AND number LIKE ? AND (published_at, case_id) < (?, ?)
ORDER BY published_at DESC, case_id DESC
LIMIT    ?`

// Decisions gives one page of published decisions, the last published first, and
// the cursor of the next page.
func (s *Store) Decisions(ctx context.Context, f consult.Filter) ([]consult.Decision, string, error) {
	return s.publications(ctx, "", f, yearPattern(f.Year), "%")
}

// Catalogues gives published annual catalogues of decisions as Decisions gives those. The
// year is that of the catalogue.
func (s *Store) Catalogues(ctx context.Context, f consult.Filter) ([]consult.Decision, string, error) {
	number := "%"
	if f.Year != 0 {
		number = strconv.Itoa(f.Year)
	}
	return s.publications(ctx, casefile.PublishedCatalogue, f, "%", number)
}

func (s *Store) publications(ctx context.Context, kind string, f consult.Filter, on, number string) ([]consult.Decision, string, error) {
	after, err := placeOf(f.After)
	if err != nil {
		return nil, "", fmt.Errorf("list decisions: %w", err)
	}
	limit := max(1, min(f.Limit, maxPage))
	var rows []publicationRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectPublications), kind, f.Organ, f.Organ, likePattern(f.Query), on, number, after.at, after.id, limit+1); err != nil {
		return nil, "", fmt.Errorf("list decisions: %w", err)
	}
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = cursor{sort: publicList, at: rows[limit-1].PublishedAt, id: rows[limit-1].CaseID}.String()
	}
	out := make([]consult.Decision, len(rows))
	for i, r := range rows {
		if out[i], err = r.decision(); err != nil {
			return nil, "", err
		}
	}
	return out, next, nil
}

// PublicPaper reports in whose organ's keeping a paper is that the public may read,
// of a consultation or of a published decision; else [casefile.ErrNotFound].
func (s *Store) PublicPaper(ctx context.Context, id string, digest casefile.Digest) (casefile.OrganID, error) {
	var rows []struct {
		Organ  casefile.OrganID `db:"organ"`
		Papers string           `db:"papers"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT organ, papers FROM consultations WHERE id = ? AND shown = 1
UNION ALL
SELECT organ, papers FROM publications WHERE case_id = ? AND shown = 1`), id, id)
	if err != nil {
		return "", fmt.Errorf("look for paper: %w", err)
	}
	for _, r := range rows {
		var papers []casefile.Paper
		if err := json.Unmarshal([]byte(r.Papers), &papers); err != nil {
			return "", fmt.Errorf("read papers of %s: %w", id, err)
		}
		for _, p := range papers {
			if p.Digest == digest {
				return r.Organ, nil
			}
		}
	}
	return "", fmt.Errorf("paper %.64s: %w", digest, casefile.ErrNotFound)
}

// Moderations gives the log of moderation of a consultation, the last first, before
// a number; 0 is the end.
func (s *Store) Moderations(ctx context.Context, consultation string, before int64, limit int) ([]consult.Moderation, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	var rows []struct {
		Number  int64             `db:"number"`
		At      int64             `db:"at"`
		Comment int64             `db:"comment"`
		Person  casefile.PersonID `db:"person"`
		Action  string            `db:"action"`
		Reason  string            `db:"reason"`
	}
	err := s.read.SelectContext(ctx, &rows, s.read.Rebind(`
SELECT number, at, comment, person, action, reason FROM moderation_log WHERE consultation = ? AND number < ? ORDER BY number DESC LIMIT ?`),
		consultation, before, max(1, min(limit, maxPage)))
	if err != nil {
		return nil, fmt.Errorf("list moderation: %w", err)
	}
	out := make([]consult.Moderation, len(rows))
	for i, r := range rows {
		out[i] = consult.Moderation{Number: r.Number, At: time.UnixMilli(r.At).UTC(), Comment: r.Comment, Person: r.Person, Action: r.Action, Reason: r.Reason}
	}
	return out, nil
}
