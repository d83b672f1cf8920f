package access

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/filing"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// ReceiveFilings is taking in, and opening the review of, what was filed here from another
// installation.
const ReceiveFilings Action = "filing.receive"

// Packages keep what was taken in from other installations.
type Packages interface {
	AddFilingPackage(ctx context.Context, p casefile.FilingPackage) error
	FilingPackage(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.FilingPackage, error)
	FilingPackages(ctx context.Context, organ casefile.OrganID, after string, limit int) (list []casefile.FilingPackage, next string, err error)
	PackagesAbout(ctx context.Context, organ casefile.OrganID, kind string, peer casefile.OrganID, about casefile.ID) ([]casefile.FilingPackage, error)
}

// Origins gives the verifier keys of the logs whose packages an organ takes in.
type Origins func(organ casefile.OrganID) ([]string, error)

// Received is a package that was taken in, with what it says.
type Received struct {
	casefile.FilingPackage
	Statement filing.Statement
	Review    casefile.ID // the case in which it was taken in; empty: none yet
}

// FilingPackage writes what a case has filed as a signed package, for the organ that reviews
// it in another installation. It goes out of the house, so it is for those who may know all
// of the case.
func (g *Guard) FilingPackage(ctx context.Context, p auth.Principal, id casefile.ID, w io.Writer) error {
	v, err := g.visible(ctx, p, ExportCase, id)
	if err != nil {
		return err
	}
	if !v.cleared {
		return dossierRefused()
	}
	return g.excerpt(ctx, v.c, filing.Of, casefile.Text{ZH: "本案尚未报送备案，没有可以移交的报送包。", EN: "the case has filed nothing yet"}, w)
}

// excerpt writes what the entries of a case say, by a derivation of package filing.
func (g *Guard) excerpt(ctx context.Context, c casefile.Case, of func([]casefile.Entry, func(casefile.Digest) bool) (filing.Statement, filing.Shows, bool), none casefile.Text, w io.Writer) error {
	sealed, err := g.o.Cases.Entries(ctx, c.ID)
	if err != nil {
		return err
	}
	entries := make([]casefile.Entry, len(sealed))
	for i, e := range sealed {
		entries[i] = e.Entry
	}
	said, shows, ok := of(entries, func(d casefile.Digest) bool {
		filed := slices.IndexFunc(c.Documents, func(doc casefile.Document) bool { return doc.Digest == d && !doc.Withdrawn })
		stored, err := g.o.Documents.Find(ctx, c.Organ, d)
		return filed >= 0 && err == nil && stored.Level != casefile.LevelRestricted && stored.State == casefile.DocumentClean
	})
	if !ok {
		return &casefile.Refusal{Code: casefile.RefusedNotPossible, Message: none}
	}
	out := casework.Excerpt{Statement: said, Shows: shows}
	for _, paper := range said.Papers {
		out.Documents = append(out.Documents, paper.Digest)
	}
	return g.o.Cases.Excerpt(ctx, c.ID, out, w)
}

// ReceiveFiling takes a package in that another installation has made, for whoever may open
// a review here. What does not verify, or comes from a log that the organ does not trust, is
// refused, and nothing is kept of it.
func (g *Guard) ReceiveFiling(ctx context.Context, p auth.Principal, content []byte) (Received, error) {
	if err := Permit(p, ReceiveFilings); err != nil {
		return Received{}, err
	}
	if _, ok := g.reviewsFilings(p); !ok || g.o.Packages == nil {
		return Received{}, notFound("filings of", p.Organ)
	}
	pack, err := g.opened(p.Organ, content, filing.KindFiling)
	if err != nil {
		return Received{}, err
	}
	if pack.Organ == p.Organ {
		return Received{}, notTaken(casefile.Text{ZH: "这是本机关自己的报送包。", EN: "this is a package of your own organ"})
	}
	if err := g.keepPapers(ctx, p, pack); err != nil {
		return Received{}, err
	}
	kept, err := g.keep(ctx, p, pack, pack.Case)
	if err != nil {
		return Received{}, err
	}
	return g.received(ctx, kept)
}

// opened verifies a package of a kind by the origins that an organ trusts.
func (g *Guard) opened(organ casefile.OrganID, content []byte, kind filing.Kind) (*filing.Package, error) {
	var keys []string
	if g.o.Origins != nil {
		var err error
		if keys, err = g.o.Origins(organ); err != nil {
			return nil, err
		}
	}
	pack, problems := filing.Open(content, keys)
	switch {
	case len(problems) > 0:
		return nil, badPackage(problems)
	case pack.Kind != kind && kind == filing.KindFiling:
		return nil, notTaken(casefile.Text{ZH: "这是答复包，不是报送包；请在报送案件中登记。", EN: "this is an answer, not a filing; take it in with the case that filed"})
	case pack.Kind != kind:
		return nil, notTaken(casefile.Text{ZH: "这是报送包，不是答复包。", EN: "this is a filing, not an answer"})
	}
	return pack, nil
}

// badPackage says what is wrong with a package, the first few things.
func badPackage(problems []dossier.Problem) error {
	var zh, en []string
	for _, problem := range problems[:min(len(problems), 5)] {
		zh, en = append(zh, problem.Place+"："+problem.Message.ZH), append(en, problem.Place+": "+problem.Message.EN)
	}
	return notTaken(casefile.Text{ZH: "没有接收。" + strings.Join(zh, "；") + "。", EN: "not taken in: " + strings.Join(en, "; ")})
}

func notTaken(why casefile.Text) error {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Field: "package", Message: why}
}

// keepPapers stores the papers of a package with the organ. All of them are looked at before
// the first is stored.
func (g *Guard) keepPapers(ctx context.Context, p auth.Principal, pack *filing.Package) error {
	for _, store := range []bool{false, true} {
		for _, paper := range pack.Papers {
			up := documents.Upload{Organ: p.Organ, By: p.Person, Title: paper.Title, MediaType: paper.MediaType, Digest: paper.Digest,
				Content: bytes.NewReader(pack.Documents[paper.Digest])}
			if !store {
				if err := g.o.Documents.Check(ctx, up); err != nil {
					return notTakenBecause(paper, err)
				}
				continue
			}
			if _, err := g.o.Documents.Put(ctx, up); err != nil {
				return notTakenBecause(paper, err)
			}
		}
	}
	return nil
}

func notTakenBecause(paper filing.Paper, err error) error {
	var refused *documents.Refused
	if !errors.As(err, &refused) {
		return err
	}
	return notTaken(casefile.Text{ZH: fmt.Sprintf("《%s》不能接收：%s", paper.Title, refused.Message.ZH), EN: fmt.Sprintf("%s is not taken in: %s", paper.Title, refused.Message.EN)})
}

func (g *Guard) keep(ctx context.Context, p auth.Principal, pack *filing.Package, about casefile.ID) (casefile.FilingPackage, error) {
	said, err := ledger.Canonical(pack.Statement)
	if err != nil {
		return casefile.FilingPackage{}, err
	}
	kept := casefile.FilingPackage{Organ: p.Organ, Digest: pack.Digest, Kind: string(pack.Kind), Practice: pack.Practice, Peer: pack.Organ, Key: pack.Key, About: about,
		Document: pack.Document, Statement: said, Parts: pack.Parts, At: time.Now().UTC(), By: p.Person, ByName: p.Name}
	if err := g.o.Packages.AddFilingPackage(ctx, kept); err != nil {
		return casefile.FilingPackage{}, err
	}
	return g.o.Packages.FilingPackage(ctx, p.Organ, pack.Digest)
}

// received reads a package that was kept, with the case in which it was taken in.
func (g *Guard) received(ctx context.Context, kept casefile.FilingPackage) (Received, error) {
	out := Received{FilingPackage: kept}
	if err := ledger.Decode(kept.Statement, &out.Statement); err != nil {
		return Received{}, fmt.Errorf("filing package %s: %w", kept.Digest, err)
	}
	if kept.Kind != string(filing.KindFiling) {
		return out, nil
	}
	c, err := g.reviewOf(ctx, kept)
	if errors.Is(err, casefile.ErrNotFound) {
		return out, nil
	}
	out.Review = c.ID
	return out, err
}

// ReceivedFilings gives one page of what was filed here from other installations, the last
// first.
func (g *Guard) ReceivedFilings(ctx context.Context, p auth.Principal, after string, limit int) (list []Received, next string, err error) {
	if err := Permit(p, ReadFilings); err != nil {
		return nil, "", err
	}
	if _, ok := g.reviewsFilings(p); !ok {
		return nil, "", notFound("filings of", p.Organ)
	}
	if g.o.Packages == nil {
		return nil, "", nil
	}
	kept, next, err := g.o.Packages.FilingPackages(ctx, p.Organ, after, limit)
	for _, one := range kept {
		r, err := g.received(ctx, one)
		if err != nil {
			return nil, "", err
		}
		list = append(list, r)
	}
	return list, next, err
}

// ReceivedFiling gives a package that was filed here.
func (g *Guard) ReceivedFiling(ctx context.Context, p auth.Principal, digest casefile.Digest) (Received, error) {
	if err := Permit(p, ReadFilings); err != nil {
		return Received{}, err
	}
	if _, ok := g.reviewsFilings(p); !ok || g.o.Packages == nil {
		return Received{}, notFound("filing", digest)
	}
	kept, err := g.o.Packages.FilingPackage(ctx, p.Organ, digest)
	if err == nil && kept.Kind != string(filing.KindFiling) {
		err = notFound("filing", digest)
	}
	if err != nil {
		return Received{}, err
	}
	return g.received(ctx, kept)
}

// ReceivedPaper gives a paper of a package that was filed here.
func (g *Guard) ReceivedPaper(ctx context.Context, p auth.Principal, of, digest casefile.Digest) (Paper, error) {
	r, err := g.ReceivedFiling(ctx, p, of)
	if err != nil {
		return Paper{}, err
	}
	if !slices.ContainsFunc(r.Statement.Papers, func(paper filing.Paper) bool { return paper.Digest == digest }) {
		return Paper{}, notFound("paper", digest)
	}
	doc, err := g.o.Documents.Find(ctx, p.Organ, digest)
	if err != nil {
		return Paper{}, err
	}
	if doc.Level == casefile.LevelRestricted {
		return Paper{}, notFound("paper", digest)
	}
	return g.paper(p.Organ, doc)
}

// ReceivedPackage writes a package that was filed here again, byte for byte as it came.
func (g *Guard) ReceivedPackage(ctx context.Context, p auth.Principal, digest casefile.Digest, w io.Writer) error {
	r, err := g.ReceivedFiling(ctx, p, digest)
	if err != nil {
		return err
	}
	return dossier.JoinExcerpt(w, r.Parts, func(d casefile.Digest) ([]byte, error) {
		content, err := g.o.Documents.Open(ctx, p.Organ, d)
		if err != nil {
			return nil, err
		}
		defer content.Close()
		return io.ReadAll(content)
	})
}
