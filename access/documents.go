package access

import (
	"context"
	"errors"
	"io"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
)

// Documents are the use cases of documents that a guard stands before.
type Documents interface {
	Put(ctx context.Context, up documents.Upload) (casefile.StoredDocument, error)
	Check(ctx context.Context, up documents.Upload) error
	Find(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error)
	Open(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error)
	CasesWith(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) ([]casefile.ID, error)
}

// Paper is a document that the caller may read.
type Paper struct {
	casefile.StoredDocument
	// Open gives the bytes; reading them ends in an error, before the last is
	// given, when they are not those of the digest.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// PutDocument stores a document with the caller's organ, as the caller's.
func (g *Guard) PutDocument(ctx context.Context, p auth.Principal, up documents.Upload) (casefile.StoredDocument, error) {
	if err := Permit(p, PutDocument); err != nil {
		return casefile.StoredDocument{}, err
	}
	up.Organ, up.By = p.Organ, p.Person
	return g.o.Documents.Put(ctx, up)
}

// Document gives a stored document of the caller's organ. What is restricted is
// for those who may know it; for others it does not exist.
func (g *Guard) Document(ctx context.Context, p auth.Principal, digest casefile.Digest) (Paper, error) {
	if err := Permit(p, GetDocument); err != nil {
		return Paper{}, err
	}
	doc, err := g.o.Documents.Find(ctx, p.Organ, digest)
	if err != nil {
		return Paper{}, err
	}
	may, err := g.mayRead(ctx, p, doc)
	if err != nil {
		return Paper{}, err
	}
	if !may {
		return Paper{}, notFound("document", digest)
	}
	return g.paper(p.Organ, doc.For(p.Person))
}

// CaseDocument gives a document that is filed in a case, under the title and with
// the level that it is filed with.
func (g *Guard) CaseDocument(ctx context.Context, p auth.Principal, id casefile.ID, digest casefile.Digest) (Paper, error) {
	v, err := g.visible(ctx, p, GetDocument, id)
	if err != nil {
		return Paper{}, err
	}
	filed, ok := v.filed(digest)
	if !ok || filed.Withdrawn || !v.reads(digest) {
		return Paper{}, notFound("document", digest)
	}
	doc, err := g.o.Documents.Find(ctx, v.c.Organ, digest)
	if err != nil {
		return Paper{}, err
	}
	if filed.Title != "" {
		doc.Title = filed.Title
	}
	doc.Level = filed.Level
	return g.paper(v.c.Organ, doc)
}

// filed gives a document as it was filed last.
func (v view) filed(digest casefile.Digest) (doc casefile.Document, ok bool) {
	for _, d := range v.c.Documents {
		if d.Digest == digest {
			doc, ok = d, true
		}
	}
	return doc, ok
}

// CaseDocuments gives the documents of a case as the caller may see them, and the
// names of what is left out.
func (g *Guard) CaseDocuments(ctx context.Context, p auth.Principal, id casefile.ID) (docs []casefile.Document, withheld []string, err error) {
	v, err := g.visible(ctx, p, GetDocument, id)
	if err != nil {
		return nil, nil, err
	}
	seen := g.seen(v)
	for _, d := range seen.Documents {
		if !v.reads(d.Digest) {
			withheld = append(withheld, "documents."+string(d.Digest))
		}
	}
	return seen.Documents, withheld, nil
}

func (g *Guard) paper(organ casefile.OrganID, doc casefile.StoredDocument) (Paper, error) {
	if doc.State == casefile.DocumentQuarantined {
		return Paper{}, &casefile.Refusal{Code: casefile.RefusedQuarantined, Message: casefile.Text{
			ZH: "文件尚未通过安全检查，请稍后再试。", EN: "the document has not been examined yet; try again later"}}
	}
	return Paper{StoredDocument: doc, Open: func(ctx context.Context) (io.ReadCloser, error) {
		return g.o.Documents.Open(ctx, organ, doc.Digest)
	}}, nil
}

// mayRead reports whether a caller of the organ may read a stored document. What
// is restricted is for auditors and for those who are cleared in a case that files
// it; before one does, for those who stored it.
func (g *Guard) mayRead(ctx context.Context, p auth.Principal, doc casefile.StoredDocument) (bool, error) {
	if doc.Level != casefile.LevelRestricted || p.Holds(auth.Auditor) {
		return true, nil
	}
	cases, err := g.o.Documents.CasesWith(ctx, p.Organ, doc.Digest)
	if err != nil {
		return false, err
	}
	if len(cases) == 0 {
		return doc.UploadedBy(p.Person), nil
	}
	for _, id := range cases {
		c, err := g.o.Cases.Case(ctx, id)
		if err != nil {
			return false, err
		}
		if cleared, err := g.cleared(ctx, p, c); err != nil || cleared {
			return cleared, err
		}
	}
	return false, nil
}

// mayName refuses an act that names a restricted document which the caller may
// not read, in the words for one that does not exist: whoever has got hold of a
// digest must not get at the document by filing it in a case of one's own.
func (g *Guard) mayName(ctx context.Context, p auth.Principal, v view, act casefile.Act) error {
	for _, digest := range casework.NamedIn(act) {
		if _, ok := v.filed(digest); ok && v.reads(digest) {
			continue
		}
		doc, err := g.o.Documents.Find(ctx, p.Organ, digest)
		if errors.Is(err, casefile.ErrNotFound) {
			continue // the procedure says so
		}
		if err != nil {
			return err
		}
		may, err := g.mayRead(ctx, p, doc)
		if err != nil {
			return err
		}
		if !may {
			return &casefile.Refusal{Code: casefile.RefusedUnknownDigest, Act: act.Kind, Field: "with", Message: casefile.Text{
				ZH: "没有该摘要值对应的文件，或者您无权使用。", EN: "there is no document with this digest, or it is not yours to use"}}
		}
	}
	return nil
}
