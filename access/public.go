package access

import (
	"context"
	"fmt"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/register"
)

// The actions of the public, and of those who answer it.
const (
	ReadPublic   Action = "public.read"
	CommentOn    Action = "public.comment"
	ReadComments Action = "comment.read"
	Moderate     Action = "comment.moderate"
)

// Papers says in whose keeping a paper is that the public may read.
type Papers interface {
	PublicPaper(ctx context.Context, id string, digest casefile.Digest) (casefile.OrganID, error)
}

// Public is what the public may read and do.
type Public struct {
	Consultations *consult.Service
	Papers        Papers
	Attachments   Attachments
	Register      register.Store // of normative documents; nil: there is none
}

// Consultations gives consultations that the public may read.
func (g *Guard) Consultations(ctx context.Context, f consult.Filter) ([]consult.Consultation, string, error) {
	return g.o.Public.Consultations.List(ctx, f)
}

// Takes reports whether a consultation takes comments now.
func (g *Guard) Takes(c consult.Consultation) bool { return g.o.Public.Consultations.Takes(c) }

// Consultation gives one of them, and whether it takes comments now.
func (g *Guard) Consultation(ctx context.Context, id string) (c consult.Consultation, takes bool, err error) {
	c, err = g.o.Public.Consultations.Get(ctx, id)
	return c, err == nil && g.o.Public.Consultations.Takes(c), err
}

// PublicPaper gives a paper of a consultation or of a published decision. One that
// was stored as restricted is not shown, whatever it was filed as.
func (g *Guard) PublicPaper(ctx context.Context, id string, digest casefile.Digest) (Paper, error) {
	organ, err := g.o.Public.Papers.PublicPaper(ctx, id, digest)
	if err != nil {
		return Paper{}, err
	}
	doc, err := g.o.Documents.Find(ctx, organ, digest)
	if err != nil {
		return Paper{}, err
	}
	if doc.Level == casefile.LevelRestricted {
		return Paper{}, notFound("paper", digest)
	}
	return g.paper(organ, doc)
}

// Receipt gives what became of a comment.
func (g *Guard) Receipt(ctx context.Context, receipt string) (consult.Consultation, consult.Received, error) {
	return g.o.Public.Consultations.Lookup(ctx, receipt)
}

// WithdrawComment withdraws a comment by its receipt.
func (g *Guard) WithdrawComment(ctx context.Context, receipt string) error {
	return g.o.Public.Consultations.Withdraw(ctx, receipt)
}

// PublicComments gives what may be read of the comments.
func (g *Guard) PublicComments(ctx context.Context, consultation string, after int64, limit int) ([]consult.Received, error) {
	return g.o.Public.Consultations.PublicComments(ctx, consultation, after, limit)
}

// Decisions gives published decisions.
func (g *Guard) Decisions(ctx context.Context, f consult.Filter) ([]consult.Decision, string, error) {
	return g.o.Public.Consultations.Decisions(ctx, f)
}

// dealtWith gives a consultation, when its case is the caller's to deal with.
func (g *Guard) dealtWith(ctx context.Context, p auth.Principal, a Action, id string) (consult.Consultation, view, error) {
	if err := Permit(p, a); err != nil {
		return consult.Consultation{}, view{}, err
	}
	c, err := g.o.Public.Consultations.Get(ctx, id)
	if err != nil {
		return consult.Consultation{}, view{}, err
	}
	v, err := g.visible(ctx, p, a, c.Case)
	return c, v, err
}

// Comments gives the comments on a consultation to those who deal with them. Who
// said them is restricted, and so is what is attached: a file, and what it is called,
// can say who sent it.
func (g *Guard) Comments(ctx context.Context, p auth.Principal, id string, after int64, limit int) ([]consult.Received, error) {
	c, v, err := g.dealtWith(ctx, p, ReadComments, id)
	if err != nil {
		return nil, err
	}
	return g.o.Public.Consultations.Comments(ctx, c.ID, after, limit, v.cleared)
}

// Groups suggests which comments say nearly the same.
func (g *Guard) Groups(ctx context.Context, p auth.Principal, id string) (groups [][]int64, unique, total int64, err error) {
	c, _, err := g.dealtWith(ctx, p, ReadComments, id)
	if err != nil {
		return nil, 0, 0, err
	}
	return g.o.Public.Consultations.Groups(ctx, c.ID)
}

// Moderations gives the log of moderation.
func (g *Guard) Moderations(ctx context.Context, p auth.Principal, id string, before int64, limit int) ([]consult.Moderation, error) {
	c, _, err := g.dealtWith(ctx, p, ReadComments, id)
	if err != nil {
		return nil, err
	}
	return g.o.Public.Consultations.Moderations(ctx, c.ID, before, limit)
}

// Moderate publishes or hides a comment: for those who work on the case.
func (g *Guard) Moderate(ctx context.Context, p auth.Principal, id string, number int64, v consult.Visibility, reason string) error {
	c, err := g.answers(ctx, p, id)
	if err != nil {
		return err
	}
	return g.o.Public.Consultations.Moderate(ctx, c, number, v, reason, p.Person)
}

// Dispose says what became of views: for those who work on the case.
func (g *Guard) Dispose(ctx context.Context, p auth.Principal, id string, numbers []int64, disposition, reason string) error {
	c, err := g.answers(ctx, p, id)
	if err != nil {
		return err
	}
	return g.o.Public.Consultations.Dispose(ctx, c, numbers, disposition, reason, p.Person)
}

// answers gives a consultation to whoever may answer it: staff of the organ who
// work on the case.
func (g *Guard) answers(ctx context.Context, p auth.Principal, id string) (consult.Consultation, error) {
	c, v, err := g.dealtWith(ctx, p, Moderate, id)
	if err != nil {
		return consult.Consultation{}, err
	}
	if !v.cleared || v.c.Organ != p.Organ {
		return consult.Consultation{}, fmt.Errorf("comments are answered by those who work on the case: %w", casefile.ErrForbidden)
	}
	return c, nil
}
