package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

// reviewRow is a review with the version that was kept last, if any.
type reviewRow struct {
	ID        string            `db:"id"`
	Organ     casefile.OrganID  `db:"organ"`
	CaseID    casefile.ID       `db:"case_id"`
	Practice  int64             `db:"practice"`
	Checklist string            `db:"checklist"`
	Follows   string            `db:"follows"`
	ByOrgan   casefile.OrganID  `db:"by_organ"`
	ByPerson  casefile.PersonID `db:"by_person"`
	ByName    string            `db:"by_name"`
	At        int64             `db:"at"`
	Title     string            `db:"title"`
	Number    int64             `db:"number"`
	Finished  int64             `db:"finished"`
	Head      int64             `db:"head"`
	Hash      string            `db:"hash"`
	Score     int               `db:"score"`
	Grade     string            `db:"grade"`
	Sheet     string            `db:"sheet"`
	KeptAt    int64             `db:"kept_at"`
}

const insertReview = `
INSERT INTO reviews (id, organ, case_id, practice, checklist, follows, by_organ, by_person, by_name, at)
VALUES              (?,  ?,     ?,       ?,        ?,         ?,       ?,        ?,         ?,       ?)`

// AddReview keeps a new review; an id that is taken is [casefile.ErrConflict].
func (s *Store) AddReview(ctx context.Context, r audit.Review) error {
	err := s.addOnce(ctx, `SELECT COUNT(*) FROM reviews WHERE id = ?`, []any{r.ID}, insertReview,
		r.ID, r.Organ, r.Case, flag(r.Practice), r.Checklist, r.Follows, r.By.Organ, r.By.Person, r.By.Name, r.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep review of case %s: %w", r.Case, err)
	}
	return nil
}

const insertReviewVersion = `
INSERT INTO review_versions (review, number, finished, head, hash, score, grade, sheet, at)
VALUES                      (?,      ?,      ?,        ?,    ?,    ?,     ?,     ?,     ?)`

// AddReviewVersion keeps a review once more; a number that is taken, and one after the
// review was finished, is [casefile.ErrConflict].
func (s *Store) AddReviewVersion(ctx context.Context, review string, v audit.Version) error {
	sheet, err := json.Marshal(v.Sheet)
	if err != nil {
		return fmt.Errorf("write sheet of review %s: %w", review, err)
	}
	err = s.addOnce(ctx, `SELECT COUNT(*) FROM review_versions WHERE review = ? AND (number = ? OR finished = 1)`, []any{review, v.Number}, insertReviewVersion,
		review, v.Number, flag(v.Finished), v.Head, v.Hash, v.Score, v.Grade, string(sheet), v.At.UnixMilli())
	if err != nil {
		return fmt.Errorf("keep version %d of review %s: %w", v.Number, review, err)
	}
	return nil
}

const selectReviews = `
SELECT r.id, r.organ, r.case_id, r.practice, r.checklist, r.follows, r.by_organ, r.by_person, r.by_name, r.at, COALESCE(c.title, '') AS title,
       COALESCE(v.number, 0) AS number, COALESCE(v.finished, 0) AS finished, COALESCE(v.head, 0) AS head, COALESCE(v.hash, '') AS hash,
       COALESCE(v.score, 0) AS score, COALESCE(v.grade, '') AS grade, COALESCE(v.sheet, '') AS sheet, COALESCE(v.at, 0) AS kept_at
FROM   reviews r
       LEFT JOIN cases c ON c.id = r.case_id
       LEFT JOIN review_versions v ON v.review = r.id AND v.number = (SELECT MAX(l.number) FROM review_versions l WHERE l.review = r.id)`

// Review gives a review as it was kept last, or [casefile.ErrNotFound].
func (s *Store) Review(ctx context.Context, id string) (audit.Review, error) {
	var rows []reviewRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectReviews+` WHERE r.id = ?`), id); err != nil {
		return audit.Review{}, fmt.Errorf("read review: %w", err)
	}
	if len(rows) == 0 {
		return audit.Review{}, fmt.Errorf("review %.80q: %w", id, casefile.ErrNotFound)
	}
	return rows[0].review()
}

// Reviews gives one page of the reviews of cases of organs, those begun last first.
func (s *Store) Reviews(ctx context.Context, f audit.ReviewFilter) ([]audit.Review, error) {
	if len(f.Organs) == 0 {
		return nil, nil
	}
	where, args := reviewsWhere(f)
	query, args, err := sqlx.In(selectReviews+` WHERE `+where+` ORDER BY r.at DESC, r.id DESC LIMIT ?`, append(args, max(1, min(f.Limit, 500)))...)
	if err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	var rows []reviewRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("list reviews: %w", err)
	}
	out := make([]audit.Review, len(rows))
	for i, row := range rows {
		if out[i], err = row.review(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func reviewsWhere(f audit.ReviewFilter) (where string, args []any) {
	parts := []string{"r.organ IN (?)"}
	args = []any{f.Organs}
	add := func(part string, values ...any) {
		parts, args = append(parts, part), append(args, values...)
	}
	if f.Case != "" {
		add("r.case_id = ?", f.Case)
	}
	if f.Finished != nil {
		add("COALESCE(v.finished, 0) = ?", flag(*f.Finished))
	}
	if f.Grade != "" {
		add("v.grade = ?", f.Grade)
	}
	if f.Practice != nil {
		add("r.practice = ?", flag(*f.Practice))
	}
	if f.After != "" {
		add("EXISTS (SELECT 1 FROM reviews k WHERE k.id = ? AND (r.at < k.at OR r.at = k.at AND r.id < k.id))", f.After)
	}
	return strings.Join(parts, " AND "), args
}

func (r reviewRow) review() (audit.Review, error) {
	out := audit.Review{ID: r.ID, Organ: r.Organ, Case: r.CaseID, Practice: r.Practice != 0, Title: r.Title, Checklist: r.Checklist, Follows: r.Follows,
		By: audit.Person{Organ: r.ByOrgan, Person: r.ByPerson, Name: r.ByName}, At: time.UnixMilli(r.At).UTC()}
	if r.Number == 0 {
		return out, nil
	}
	out.Kept = audit.Version{Number: r.Number, Finished: r.Finished != 0, Head: r.Head, Hash: r.Hash, Score: r.Score, Grade: r.Grade, At: time.UnixMilli(r.KeptAt).UTC()}
	if err := json.Unmarshal([]byte(r.Sheet), &out.Kept.Sheet); err != nil {
		return out, fmt.Errorf("read sheet of review %s: %w", r.ID, err)
	}
	return out, nil
}
