package access

import (
	"context"
	"fmt"
	"io"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
)

// Attachments take in the files of comments. What is received is nobody's until a
// comment with it is taken.
type Attachments interface {
	Receive(ctx context.Context, up documents.Upload, limit int64) (*documents.Arrival, error)
	Stage(ctx context.Context, organ casefile.OrganID, a *documents.Arrival) error
	Confirm(ctx context.Context, organ casefile.OrganID, a *documents.Arrival) casefile.DocumentState
	Unstage(ctx context.Context, organ casefile.OrganID, a *documents.Arrival)
}

// ReceiveAttachment reads a file that comes with a comment, at most limit bytes, and
// looks at it. Nothing is stored.
func (g *Guard) ReceiveAttachment(ctx context.Context, name, media string, content io.Reader, limit int64) (*documents.Arrival, error) {
	return g.o.Public.Attachments.Receive(ctx, documents.Upload{Title: name, MediaType: media, Level: casefile.LevelRestricted, Content: content}, limit)
}

// Comment takes a comment with the files that came with it, all of it or nothing.
// Whether it is late is decided when it is recorded, with the files. They are
// examined after that, so that nobody is late because a file took long to examine:
// one that does not pass is removed, and the comment says so.
func (g *Guard) Comment(ctx context.Context, c consult.Comment, files []*documents.Arrival) (consult.Receipt, error) {
	public := g.o.Public
	if len(files) == 0 {
		return public.Consultations.Comment(ctx, c)
	}
	for _, f := range files {
		c.Attachments = append(c.Attachments, consult.Attachment{Digest: f.Document.Digest, Name: f.Document.Title,
			MediaType: f.Document.MediaType, Size: f.Document.Size, State: f.Document.State})
	}
	if err := g.refusable(ctx, c); err != nil {
		return consult.Receipt{}, err
	}
	shelf := consult.Shelf(c.Consultation)
	receipt, err := g.commentStaged(ctx, shelf, c, files)
	if err != nil {
		for _, f := range files {
			public.Attachments.Unstage(ctx, shelf, f)
		}
		return consult.Receipt{}, err
	}
	for i, f := range files {
		receipt.Attachments[i].State = public.Attachments.Confirm(ctx, shelf, f)
	}
	return receipt, nil
}

// refusable says what a comment would be refused for anyway, before anything of it
// is stored.
func (g *Guard) refusable(ctx context.Context, c consult.Comment) error {
	if err := c.Check(); err != nil {
		return err
	}
	of, err := g.o.Public.Consultations.Get(ctx, c.Consultation)
	if err == nil && !g.o.Public.Consultations.Takes(of) {
		err = fmt.Errorf("consultation %s: %w", of.ID, consult.ErrClosed)
	}
	return err
}

func (g *Guard) commentStaged(ctx context.Context, shelf casefile.OrganID, c consult.Comment, files []*documents.Arrival) (consult.Receipt, error) {
	for _, f := range files {
		if err := g.o.Public.Attachments.Stage(ctx, shelf, f); err != nil {
			return consult.Receipt{}, fmt.Errorf("store attachment: %w", err)
		}
	}
	return g.o.Public.Consultations.Comment(ctx, c)
}

// CommentAttachment gives a file that is attached to a comment, to those who may
// know who said it. For others it does not exist. One that was not examined yet is
// refused as quarantined, one that did not pass as a [*documents.Refused].
func (g *Guard) CommentAttachment(ctx context.Context, p auth.Principal, id string, number int64, digest casefile.Digest) (Paper, error) {
	c, v, err := g.dealtWith(ctx, p, ReadComments, id)
	if err != nil {
		return Paper{}, err
	}
	if !v.cleared {
		return Paper{}, notFound("attachment", digest)
	}
	a, err := g.o.Public.Consultations.Attachment(ctx, c.ID, number, digest)
	if err != nil {
		return Paper{}, err
	}
	if a.State == casefile.DocumentRefused {
		return Paper{}, &documents.Refused{Code: documents.CodeContent, Message: casefile.Text{
			ZH: "该附件未通过安全检查，已被删除。", EN: "the attachment did not pass its examination and was removed"}}
	}
	doc, err := g.o.Documents.Find(ctx, consult.Shelf(c.ID), digest)
	if err != nil {
		return Paper{}, err
	}
	doc.Title, doc.MediaType = a.Name, a.MediaType
	return g.paper(consult.Shelf(c.ID), doc)
}
