package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// AdoptInput asks whether a case can move to other pins.
type AdoptInput struct {
	Case   casefile.Case   `json:"case"`
	Pinned casefile.Pinned `json:"pinned"`
	Today  legaltime.Date  `json:"today"`
}

// Adoption is the answer. The definition stands in it so that the history holds
// what the case follows from then on.
type Adoption struct {
	Refusal     *casefile.Refusal `json:"refusal,omitempty"` // why it cannot
	Established casefile.Values   `json:"established,omitempty"`
	Definition  json.RawMessage   `json:"definition,omitempty"` // canonical form
}

// Adopt says whether the case can move. That it cannot is a result; only a broken
// installation makes this fail.
func (a *Activities) Adopt(ctx context.Context, in AdoptInput) (out Adoption, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = temporal.NewNonRetryableApplicationError(fmt.Sprintf("reading what is adopted stopped: %v", p), ErrTypeInput, nil)
		}
	}()
	release, err := a.release(ctx, in.Pinned)
	var from *procedure.Definition
	if err == nil {
		from, err = a.followed(ctx, a.contents, in.Case.Pinned.Definition)
	}
	if errors.Is(err, casefile.ErrNotFound) || errors.Is(err, casefile.ErrInvalid) {
		return Adoption{Refusal: unusable(err)}, nil
	}
	if err != nil {
		return Adoption{}, err
	}
	out.Definition = release.Definition.Canonical()
	out.Established, out.Refusal = release.MayAdopt(from, &in.Case, in.Today)
	return out, nil
}

// MayAdopt says why a case cannot move to the pins; nil when it can.
func (a *Activities) MayAdopt(ctx context.Context, c casefile.Case, pinned casefile.Pinned, today legaltime.Date) (*casefile.Refusal, error) {
	out, err := a.Adopt(ctx, AdoptInput{Case: c, Pinned: pinned, Today: today})
	return out.Refusal, err
}

// release reads what the pins name. The error is [casefile.ErrNotFound] when a
// content is not stored, [casefile.ErrInvalid] when it cannot be used.
func (a *Activities) release(ctx context.Context, pinned casefile.Pinned) (procedure.Release, error) {
	def, err := a.followed(ctx, a.contents, pinned.Definition)
	if err != nil {
		return procedure.Release{}, err
	}
	law, err := a.law(ctx, pinned.Packs, pinned.Calendar)
	if err != nil {
		return procedure.Release{}, err
	}
	return procedure.Release{Pinned: pinned, Definition: def, Packs: law.packs, Judge: law.judge}, nil
}

func unusable(err error) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: "case.adopt", Field: "packs", Message: casefile.Text{
		ZH: "所指的版本没有存入或者不能适用：" + err.Error(),
		EN: "what is named is not stored, or cannot be used: " + err.Error(),
	}}
}
