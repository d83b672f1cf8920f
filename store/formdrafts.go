package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// FormDraft is what somebody typed into the form of an act and has not done yet. It
// is an alias, so that the package that asks for it can name the same type.
type FormDraft = struct {
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Case    casefile.ID
	Act     string // kind of the act
	Content string
	Saved   time.Time
}

type formDraftRow struct {
	Organ   casefile.OrganID  `db:"organ"`
	Person  casefile.PersonID `db:"person"`
	CaseID  casefile.ID       `db:"case_id"`
	Act     string            `db:"act"`
	Content string            `db:"content"`
	SavedAt int64             `db:"saved_at"`
}

const upsertFormDraft = `
INSERT INTO form_drafts (organ, person, case_id, act, content, saved_at)
SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT)
WHERE  (SELECT COUNT(*) FROM form_drafts WHERE organ = ? AND person = ? AND NOT (case_id = ? AND act = ?)) < ?
ON CONFLICT (organ, person, case_id, act) DO UPDATE
SET    content = excluded.content, saved_at = excluded.saved_at`

// SaveFormDraft keeps a draft in the place of an earlier one for the same act of the
// same case. A person with so many others already gets a [casefile.ErrConflict].
func (s *Store) SaveFormDraft(ctx context.Context, d FormDraft, most int) error {
	result, err := s.write.ExecContext(ctx, s.write.Rebind(upsertFormDraft),
		d.Organ, d.Person, d.Case, d.Act, d.Content, d.Saved.UnixMilli(), d.Organ, d.Person, d.Case, d.Act, most)
	if err != nil {
		return fmt.Errorf("save draft of %s in case %s: %w", d.Act, d.Case, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("save draft of %s in case %s: %w", d.Act, d.Case, err)
	}
	if n == 0 {
		return fmt.Errorf("%s has %d drafts: %w", d.Person, most, casefile.ErrConflict)
	}
	return nil
}

const selectFormDraft = `
SELECT *
FROM   form_drafts
WHERE  organ = ? AND person = ? AND case_id = ? AND act = ?`

// FormDraft gives the draft of a person for an act, or [casefile.ErrNotFound].
func (s *Store) FormDraft(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) (FormDraft, error) {
	var row formDraftRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(selectFormDraft), organ, person, id, act)
	if errors.Is(err, sql.ErrNoRows) {
		return FormDraft{}, fmt.Errorf("draft of %.80q: %w", act, casefile.ErrNotFound)
	}
	if err != nil {
		return FormDraft{}, fmt.Errorf("read draft of an act: %w", err)
	}
	return row.draft(), nil
}

const selectFormDrafts = `
SELECT   *
FROM     form_drafts
WHERE    organ = ? AND person = ? AND case_id = ?
ORDER BY saved_at DESC, act
LIMIT    200`

// FormDraftsOf gives the drafts of a person for a case, the newest first.
func (s *Store) FormDraftsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID) ([]FormDraft, error) {
	var rows []formDraftRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectFormDrafts), organ, person, id); err != nil {
		return nil, fmt.Errorf("list drafts of acts: %w", err)
	}
	out := make([]FormDraft, len(rows))
	for i, row := range rows {
		out[i] = row.draft()
	}
	return out, nil
}

const deleteFormDraft = `
DELETE FROM form_drafts
WHERE  organ = ? AND person = ? AND case_id = ? AND act = ?`

// DropFormDraft removes a draft; none is none.
func (s *Store) DropFormDraft(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(deleteFormDraft), organ, person, id, act); err != nil {
		return fmt.Errorf("remove draft of an act: %w", err)
	}
	return nil
}

func (r formDraftRow) draft() FormDraft {
	return FormDraft{Organ: r.Organ, Person: r.Person, Case: r.CaseID, Act: r.Act, Content: r.Content, Saved: time.UnixMilli(r.SavedAt).UTC()}
}

// PurgeFormDrafts removes what was saved before an instant.
func (s *Store) PurgeFormDrafts(ctx context.Context, before time.Time) error {
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(`DELETE FROM form_drafts WHERE saved_at < ?`), before.UnixMilli()); err != nil {
		return fmt.Errorf("purge drafts of forms: %w", err)
	}
	return nil
}
