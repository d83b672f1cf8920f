package access

import (
	"context"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// FormDraft is what somebody typed into the form of an act and has not done yet. It
// is an alias, so that a store can name the same type.
type FormDraft = struct {
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Case    casefile.ID
	Act     string // kind of the act
	Content string
	Saved   time.Time
}

// FormDrafts keep what was typed, one for a person, a case and an act. What is not
// there is [casefile.ErrNotFound]; one more than most is [casefile.ErrConflict].
type FormDrafts interface {
	SaveFormDraft(ctx context.Context, d FormDraft, most int) error
	FormDraft(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) (FormDraft, error)
	FormDraftsOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID) ([]FormDraft, error)
	DropFormDraft(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, id casefile.ID, act string) error
}

// Bounds of what one person keeps.
const (
	maxFormDrafts    = 100
	maxFormDraftSize = 256 << 10 // bytes
)

// FormDraftDays is for how many days a draft is kept after it was saved.
const FormDraftDays = 90

// SaveFormDraft keeps what the caller typed into the form of an act of a case. It is
// for the caller alone. [casefile.ErrInvalid] says that it is too long,
// [casefile.ErrConflict] that the caller has too many.
func (g *Guard) SaveFormDraft(ctx context.Context, p auth.Principal, id casefile.ID, act, content string, at time.Time) error {
	v, err := g.keeping(ctx, p, id)
	if err != nil {
		return err
	}
	def, err := g.o.Cases.Definition(ctx, v.c)
	if err != nil {
		return err
	}
	if _, err := def.Form(act); err != nil {
		return err
	}
	if len(content) > maxFormDraftSize {
		return fmt.Errorf("draft of %d bytes: want at most %d: %w", len(content), maxFormDraftSize, casefile.ErrInvalid)
	}
	return g.o.FormDrafts.SaveFormDraft(ctx, FormDraft{Organ: p.Organ, Person: p.Person, Case: id, Act: act, Content: content, Saved: at}, maxFormDrafts)
}

// FormDraft gives what the caller typed and has not done, or [casefile.ErrNotFound].
func (g *Guard) FormDraft(ctx context.Context, p auth.Principal, id casefile.ID, act string) (FormDraft, error) {
	if _, err := g.keeping(ctx, p, id); err != nil {
		return FormDraft{}, err
	}
	return g.o.FormDrafts.FormDraft(ctx, p.Organ, p.Person, id, act)
}

// FormDraftsOf gives what the caller typed in a case and has not done, the newest first.
func (g *Guard) FormDraftsOf(ctx context.Context, p auth.Principal, id casefile.ID) ([]FormDraft, error) {
	if _, err := g.keeping(ctx, p, id); err != nil {
		return nil, err
	}
	return g.o.FormDrafts.FormDraftsOf(ctx, p.Organ, p.Person, id)
}

// DropFormDraft removes what the caller typed; none is none.
func (g *Guard) DropFormDraft(ctx context.Context, p auth.Principal, id casefile.ID, act string) error {
	if _, err := g.keeping(ctx, p, id); err != nil {
		return err
	}
	return g.o.FormDrafts.DropFormDraft(ctx, p.Organ, p.Person, id, act)
}

// keeping gives the case, where the installation keeps what is typed.
func (g *Guard) keeping(ctx context.Context, p auth.Principal, id casefile.ID) (view, error) {
	if g.o.FormDrafts == nil {
		return view{}, notFound("drafts of case", id)
	}
	return g.visible(ctx, p, KeepForm, id)
}
