package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

const upsertConsultation = `
INSERT INTO consultations (id, organ, case_id, step, round, title, title_folded, opens_on, closes_on, opens_at, closes_at,
                           channels, papers, open, shown, adoption, received, chain)
VALUES                    (:id, :organ, :case_id, :step, :round, :title, :title_folded, :opens_on, :closes_on, :opens_at, :closes_at,
                           :channels, :papers, :open, :shown, :adoption, 0, '')
ON CONFLICT (id) DO UPDATE
SET    opens_on  = excluded.opens_on,
       closes_on = excluded.closes_on,
       opens_at  = excluded.opens_at,
       closes_at = excluded.closes_at,
       open      = excluded.open,
       shown     = excluded.shown,
       adoption  = excluded.adoption`

type consultationRow struct {
	ID          string           `db:"id"`
	Organ       casefile.OrganID `db:"organ"`
	CaseID      casefile.ID      `db:"case_id"`
	Step        string           `db:"step"`
	Round       int64            `db:"round"`
	Title       string           `db:"title"`
	TitleFolded string           `db:"title_folded"`
	OpensOn     string           `db:"opens_on"`
	ClosesOn    string           `db:"closes_on"`
	OpensAt     int64            `db:"opens_at"`
	ClosesAt    int64            `db:"closes_at"`
	Channels    string           `db:"channels"`
	Papers      string           `db:"papers"`
	Open        int64            `db:"open"`
	Shown       int64            `db:"shown"`
	Adoption    int64            `db:"adoption"`
	Received    int64            `db:"received"`
	Chain       string           `db:"chain"`
}

// ConsultationID names a round of a step that hears the public.
func consultationID(id casefile.ID, c casefile.Consultation) string {
	return fmt.Sprintf("%s.%s.%d", id, c.Step, c.Round)
}

// savePublic writes what an entry changes of what the public sees.
func (s *Store) savePublic(ctx context.Context, tx *sqlx.Tx, c casefile.Case, d casefile.Derived) error {
	if d.Consultation != nil {
		if err := saveConsultation(ctx, tx, c, *d.Consultation); err != nil {
			return fmt.Errorf("save consultation: %w", err)
		}
		if err := cover(ctx, tx, c.Organ, d.Consultation.OpensOn, d.Consultation.Shown); err != nil {
			return fmt.Errorf("save consultation: %w", err)
		}
	}
	if d.Publication != nil {
		if err := savePublication(ctx, tx, c, *d.Publication); err != nil {
			return fmt.Errorf("save publication: %w", err)
		}
		if err := cover(ctx, tx, c.Organ, d.Publication.On, !d.Publication.Beside); err != nil {
			return fmt.Errorf("save publication: %w", err)
		}
	}
	if d.Withdrawn {
		for _, query := range []string{`UPDATE consultations SET open = 0, shown = 0 WHERE case_id = ? AND shown = 1`, `UPDATE publications SET shown = 0 WHERE case_id = ? AND shown = 1`} {
			if _, err := tx.ExecContext(ctx, tx.Rebind(query), c.ID); err != nil {
				return fmt.Errorf("withdraw from the public: %w", err)
			}
		}
		for _, query := range []string{`DELETE FROM public_years WHERE organ = ?`, coverAgain} {
			if _, err := tx.ExecContext(ctx, tx.Rebind(query), slices.Repeat([]any{c.Organ}, strings.Count(query, "?"))...); err != nil {
				return fmt.Errorf("withdraw from the public: %w", err)
			}
		}
	}
	return nil
}

const (
	coverYear = `
INSERT INTO public_years (organ, year, first_at)
VALUES                   (?,     ?,    ?)
ON CONFLICT (organ, year) DO UPDATE SET first_at = excluded.first_at
WHERE public_years.first_at > excluded.first_at`

	coverAgain = `
INSERT INTO public_years (organ, year, first_at)
SELECT   organ, CAST(substr(on_date, 1, 4) AS BIGINT), MIN(at)
FROM     (SELECT organ, opens_on AS on_date, opens_at AS at FROM consultations WHERE organ = ? AND shown = 1
          UNION ALL
          SELECT organ, published_on, published_at FROM publications WHERE organ = ? AND shown = 1) AS shown_ones
GROUP BY organ, substr(on_date, 1, 4)`
)

// cover notes the year in which an organ shows something to the public, from a day on.
func cover(ctx context.Context, tx *sqlx.Tx, organ casefile.OrganID, on legaltime.Date, shown bool) error {
	if !shown {
		return nil
	}
	_, err := tx.ExecContext(ctx, tx.Rebind(coverYear), organ, on.Year(), on.Start(legaltime.China).UnixMilli())
	return err
}

func saveConsultation(ctx context.Context, tx *sqlx.Tx, c casefile.Case, d casefile.Consultation) error {
	channels, err := json.Marshal(filled(d.Channels))
	if err != nil {
		return err
	}
	papers, err := json.Marshal(filled(d.Papers))
	if err != nil {
		return err
	}
	row := consultationRow{
		ID: consultationID(c.ID, d), Organ: c.Organ, CaseID: c.ID, Step: d.Step, Round: int64(d.Round),
		Title: c.Matter.Title, TitleFolded: strings.ToLower(c.Matter.Title), OpensOn: d.OpensOn.String(), ClosesOn: d.ClosesOn.String(),
		OpensAt: d.OpensOn.Start(legaltime.China).UnixMilli(), ClosesAt: d.ClosesOn.AddDays(1).Start(legaltime.China).UnixMilli(),
		Channels: string(channels), Papers: string(papers), Open: flag(d.Open), Shown: flag(d.Shown), Adoption: flag(d.Adoption),
	}
	_, err = tx.NamedExecContext(ctx, upsertConsultation, row)
	return err
}

func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

const (
	selectPapers = `
SELECT papers
FROM   publications
WHERE  case_id = ?`

	upsertPublication = `
INSERT INTO publications (case_id, organ, title, title_folded, number, published_on, published_at, papers, kind, shown)
VALUES                   (?,       ?,     ?,     ?,            ?,      ?,            ?,            ?,      ?,    ?)
ON CONFLICT (case_id) DO UPDATE
SET    number = excluded.number, published_on = excluded.published_on, published_at = excluded.published_at, papers = excluded.papers, shown = excluded.shown`

	addPapers = `
UPDATE publications
SET    papers = ?
WHERE  case_id = ?`
)

// savePublication shows a decision, with the papers beside it. What comes before the
// decision is kept and not shown.
func savePublication(ctx context.Context, tx *sqlx.Tx, c casefile.Case, d casefile.Publication) error {
	var text string
	var before []casefile.Paper
	err := tx.GetContext(ctx, &text, tx.Rebind(selectPapers), c.ID)
	known := err == nil
	if known {
		err = json.Unmarshal([]byte(text), &before)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("papers before: %w", err)
	}
	papers, err := json.Marshal(filled(papersWith(before, d)))
	if err != nil {
		return err
	}
	if d.Beside && known {
		_, err = tx.ExecContext(ctx, tx.Rebind(addPapers), string(papers), c.ID)
		return err
	}
	_, err = tx.ExecContext(ctx, tx.Rebind(upsertPublication), c.ID, c.Organ, c.Matter.Title, strings.ToLower(c.Matter.Title), d.Number,
		d.On.String(), d.On.Start(legaltime.China).UnixMilli(), string(papers), d.Kind, flag(!d.Beside))
	return err
}

// papersWith gives the papers of a decision: those of its last publication, and all
// that were put beside it.
func papersWith(before []casefile.Paper, d casefile.Publication) []casefile.Paper {
	first, then := d.Papers, before
	if d.Beside {
		first, then = before, d.Papers
	}
	out := slices.Clone(first)
	for _, p := range then {
		if p.Role != "" && !slices.ContainsFunc(out, func(x casefile.Paper) bool { return x.Digest == p.Digest }) {
			out = append(out, p)
		}
	}
	return out
}
