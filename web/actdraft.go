package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// draftRow is a form that somebody has begun and not done.
type draftRow struct {
	Title, Step, URL, Saved string
}

// saveDraft keeps what was typed. What stands in the form about the case is read anew
// when it is opened again.
func (h *handler) saveDraft(c echo.Context, d *deed, n names) error {
	kept := url.Values{}
	for name, values := range d.values {
		if name != "id" && name != "do" && name != "seen" && name != markField {
			kept[name] = values
		}
	}
	content, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("encode draft: %w", err)
	}
	before, err := h.o.Guard.FormDraft(c.Request().Context(), d.v.principal, d.c.ID, d.form.Kind)
	switch {
	case err != nil && !errors.Is(err, casefile.ErrNotFound):
		return err
	case err == nil && draftMark(before.Content) != d.values.Get(markField): // kept from another window meanwhile
		d.values.Set(markField, draftMark(before.Content))
		d.alert = n.words["act.draft-moved"]
		return h.actPage(c, d, http.StatusConflict)
	}
	err = h.o.Guard.SaveFormDraft(c.Request().Context(), d.v.principal, d.c.ID, d.form.Kind, string(content), h.o.Now())
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		d.alert = n.words["act.draft-long"]
		return h.actPage(c, d, http.StatusRequestEntityTooLarge)
	case errors.Is(err, casefile.ErrConflict):
		d.alert = n.words["act.draft-many"]
		return h.actPage(c, d, http.StatusConflict)
	case err != nil:
		return err
	case len(d.wrong) > 0: // a file was not taken; the rest is kept
		d.values.Set(markField, draftMark(string(content)))
		d.alert = n.words["act.file-refused"]
		return h.actPage(c, d, http.StatusUnprocessableEntity)
	}
	return c.Redirect(http.StatusSeeOther, actURL(d.c.ID, d.form.Kind))
}

// markField is where a form says which draft it was filled in from, so that two windows do
// not overwrite each other's.
const markField = "draft-mark"

// draftMark tells a draft from another one of the same act.
func draftMark(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:8])
}

// restore fills the form with what the person kept.
func (h *handler) restore(ctx context.Context, d *deed) error {
	kept, err := h.o.Guard.FormDraft(ctx, d.v.principal, d.c.ID, d.form.Kind)
	if errors.Is(err, casefile.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(kept.Content), &d.values); err != nil {
		return fmt.Errorf("draft of %s: %w", d.form.Kind, err)
	}
	d.values.Set("id", d.id) // what was not ticked stays so
	d.values.Set(markField, draftMark(kept.Content))
	d.before, d.saved = casefile.Digest(d.values.Get("with.draft")), kept.Saved
	return nil
}

// drafts gives the forms of a case that the viewer has begun.
func (h *handler) drafts(ctx context.Context, v viewer, f file, n names) ([]draftRow, error) {
	kept, err := h.o.Guard.FormDraftsOf(ctx, v.principal, f.c.ID)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) { // nothing that is typed is kept
		return nil, err
	}
	rows := make([]draftRow, len(kept))
	for i, one := range kept {
		step, _ := casefile.Act{Kind: one.Act}.Split()
		rows[i] = draftRow{Title: n.act(one.Act), URL: actURL(f.c.ID, one.Act), Saved: clock(one.Saved)}
		if step != casefile.CaseScope {
			rows[i].Step = n.step(step)
		}
	}
	return rows, nil
}
