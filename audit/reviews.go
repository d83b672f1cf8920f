package audit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// ReviewFilter narrows a list of reviews.
type ReviewFilter struct {
	Organs   []casefile.OrganID // of the cases; at least one
	Case     casefile.ID
	Finished *bool
	Grade    string
	Practice *bool
	After    string // the id of the last one known
	Limit    int    // 1 to 500
}

// Reviews keep reviews. What is not there is [casefile.ErrNotFound].
type Reviews interface {
	// AddReview keeps a new one; an id that is taken is [casefile.ErrConflict].
	AddReview(ctx context.Context, r Review) error
	// AddReviewVersion keeps it once more; a number that is taken is [casefile.ErrConflict].
	AddReviewVersion(ctx context.Context, review string, v Version) error
	Review(ctx context.Context, id string) (Review, error)
	// Reviews gives a page, those that were begun last first.
	Reviews(ctx context.Context, f ReviewFilter) ([]Review, error)
}

// Begin begins a review of a case, or gives the one that the auditor has begun and not
// finished. Follows is the finished review of the same case that it looks back at.
func (s *Service) Begin(ctx context.Context, c casefile.Case, follows string, by Person) (Review, error) {
	list, ok, err := ChecklistFor(c.Pinned.Procedure)
	if err != nil {
		return Review{}, err
	}
	if !ok {
		return Review{}, noChecklist()
	}
	if follows != "" {
		before, err := s.Review(ctx, c.ID, follows)
		if err != nil {
			return Review{}, err
		}
		if !before.Kept.Finished {
			return Review{}, &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
				ZH: "只能对已完成的评查回头看。", EN: "only a finished review is looked back at"}}
		}
	}
	open := false
	begun, err := s.store.Reviews(ctx, ReviewFilter{Organs: []casefile.OrganID{c.Organ}, Case: c.ID, Finished: &open, Limit: 500})
	if err != nil {
		return Review{}, err
	}
	for _, r := range begun {
		if r.By.is(by) && r.Follows == follows && r.Checklist == list.Name() {
			return r, nil
		}
	}
	r := Review{ID: rand.Text(), Organ: c.Organ, Case: c.ID, Practice: c.Practice, Title: c.Matter.Title, Checklist: list.Name(), Follows: follows, By: by, At: s.at()}
	return r, s.store.AddReview(ctx, r)
}

func (p Person) is(o Person) bool { return p.Organ == o.Organ && p.Person == o.Person }

func noChecklist() error {
	return &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
		ZH: "本程序没有案卷评查标准。", EN: "there is no checklist for files of this procedure"}}
}

// Draft gives a review that is not finished with its items as the record shows them now
// and with what the auditor said when it was kept last.
func (s *Service) Draft(r Review, rec Record) (Review, error) {
	if r.Kept.Finished {
		return r, nil
	}
	list, ok, err := ChecklistFor(rec.Case.Pinned.Procedure)
	if err != nil {
		return r, err
	}
	if !ok || list.Name() != r.Checklist {
		return r, &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
			ZH: "评查标准已更换，请重新开始评查。", EN: "there is another checklist now; begin the review again"}}
	}
	sheet := NewSheet(list, rec)
	for i, j := range sheet.Items {
		for _, said := range r.Kept.Sheet.Items {
			if said.ID == j.ID {
				sheet.Items[i].Result, sheet.Items[i].Marks, sheet.Items[i].Reason = said.Result, said.Marks, said.Reason
			}
		}
	}
	r.Kept.Sheet, r.Kept.Head, r.Kept.Hash = sheet, rec.Case.Sequence, rec.Hash
	return r, nil
}

// Saying is what an auditor sends of a review.
type Saying struct {
	Answers []Answer
	Finish  bool
	After   int64 // the version that was seen last
	Head    int64 // the last entry of the case that was seen
}

// Keep keeps what the auditor says, and finishes the review where it is asked for. Only
// whoever began it does; it is refused as a [*casefile.Refusal] when the review or the
// case has moved on since it was seen.
func (s *Service) Keep(ctx context.Context, r Review, rec Record, said Saying, by Person) (Review, error) {
	switch {
	case !r.By.is(by):
		return r, &casefile.Refusal{Code: casefile.RefusedWrongRole, Message: casefile.Text{
			ZH: "评查由开始评查的人完成。", EN: "a review is finished by whoever began it"}}
	case r.Kept.Finished:
		return r, &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: casefile.Text{
			ZH: "评查已经完成，不能再改。", EN: "the review is finished and does not change"}}
	case said.After != r.Kept.Number:
		return r, reviewMoved()
	case said.Finish && said.Head != rec.Case.Sequence:
		return r, &casefile.Refusal{Code: casefile.RefusedChanged, Message: casefile.Text{
			ZH: "案件有了新的记录，请核对预查结果后再完成。", EN: "the case has new entries; look at what they show before you finish"}}
	}
	draft, err := s.Draft(r, rec)
	if err != nil {
		return r, err
	}
	v := draft.Kept
	v.Number, v.At = r.Kept.Number+1, s.at()
	if v.Sheet, err = v.Sheet.Answered(said.Answers); err != nil {
		return r, err
	}
	if said.Finish {
		if err := v.Sheet.Complete(); err != nil {
			return r, err
		}
		v.Finished = true
		v.Score, v.Grade, _ = v.Sheet.Outcome()
	}
	if err := s.store.AddReviewVersion(ctx, r.ID, v); errors.Is(err, casefile.ErrConflict) {
		return r, reviewMoved()
	} else if err != nil {
		return r, err
	}
	r.Kept = v
	return r, nil
}

func reviewMoved() error {
	return &casefile.Refusal{Code: casefile.RefusedChanged, Message: casefile.Text{
		ZH: "评查已在别处保存，请查看后再办。", EN: "the review was kept elsewhere since; look at it again"}}
}

// Review gives a review of a case.
func (s *Service) Review(ctx context.Context, of casefile.ID, id string) (Review, error) {
	r, err := s.store.Review(ctx, id)
	if err == nil && r.Case != of {
		err = fmt.Errorf("review %.80s of case %s: %w", id, of, casefile.ErrNotFound)
	}
	return r, err
}

// Reviews gives one page of reviews, those that were begun last first.
func (s *Service) Reviews(ctx context.Context, f ReviewFilter) ([]Review, error) {
	return s.store.Reviews(ctx, f)
}
