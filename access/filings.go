package access

import (
	"context"
	"errors"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// ReadFilings is reading what subordinate organs have filed here.
const ReadFilings Action = "filing.read"

// filingReview is the procedure by which what was filed is reviewed.
const filingReview = "cn.filing-review"

// Filed is what a case has filed with the organ that reviews it, with the papers that it
// has sent.
type Filed = struct {
	Case     casefile.ID
	Organ    casefile.OrganID
	Practice bool
	casefile.Filing
}

// Filings keeps what was filed.
type Filings interface {
	Filed(ctx context.Context, id casefile.ID) (Filed, error)
	FiledBy(ctx context.Context, organs []casefile.OrganID, after string, limit int) (list []Filed, next string, err error)
}

// reviewsFilings gives the procedure under which the caller may open a review of what
// was filed; ok is false for anybody else, so that having a place in the superior organ
// is not enough to read what is filed there.
func (g *Guard) reviewsFilings(p auth.Principal) (def *procedure.Definition, ok bool) {
	if g.o.Filings == nil || g.o.Directory == nil || Permit(p, ReadFilings) != nil {
		return nil, false
	}
	roles := p.Actor().Roles
	for _, m := range p.Mandates {
		if m.InForce {
			roles = append(roles, m.Roles...)
		}
	}
	for _, d := range g.o.Cases.Procedures() {
		if d.ID == filingReview && slices.ContainsFunc(d.Open.Roles, func(r casefile.Role) bool { return r != auth.Trainer && slices.Contains(roles, r) }) {
			return d, true
		}
	}
	return nil, false
}

// Filings gives one page of what the organs right below the caller's have filed, the
// last first, and the procedure by which it is reviewed. It is for those who may open a
// review.
func (g *Guard) Filings(ctx context.Context, p auth.Principal, after string, limit int) (list []Filed, next string, def *procedure.Definition, err error) {
	if err := Permit(p, ReadFilings); err != nil {
		return nil, "", nil, err
	}
	def, ok := g.reviewsFilings(p)
	if !ok {
		return nil, "", nil, notFound("filings of", p.Organ)
	}
	organs, err := g.o.Directory.Subordinate(ctx, p.Organ)
	if err != nil {
		return nil, "", nil, err
	}
	list, next, err = g.o.Filings.FiledBy(ctx, organs, after, limit)
	return list, next, def, err
}

// ReviewsFilings reports whether [Guard.Filings] is the caller's to read.
func (g *Guard) ReviewsFilings(p auth.Principal) bool {
	_, ok := g.reviewsFilings(p)
	return ok
}

// Filing gives what a case of an organ right below the caller's has filed. The case
// itself stays closed: who may read a filing reads no more of it than what was sent.
func (g *Guard) Filing(ctx context.Context, p auth.Principal, id casefile.ID) (Filed, error) {
	if err := Permit(p, ReadFilings); err != nil {
		return Filed{}, err
	}
	if _, ok := g.reviewsFilings(p); !ok {
		return Filed{}, notFound("filing", id)
	}
	filed, err := g.o.Filings.Filed(ctx, id)
	if err != nil {
		return Filed{}, err
	}
	organs, err := g.o.Directory.Subordinate(ctx, p.Organ)
	if err != nil {
		return Filed{}, err
	}
	if !slices.Contains(organs, filed.Organ) {
		return Filed{}, notFound("filing", id)
	}
	c, err := g.o.Cases.Case(ctx, id)
	if err != nil {
		return Filed{}, err
	}
	// What was removed or restricted since it was sent is not given any more.
	filed.Papers = slices.DeleteFunc(slices.Clone(filed.Papers), func(paper casefile.Paper) bool {
		return !slices.ContainsFunc(c.Documents, func(d casefile.Document) bool { return d.Digest == paper.Digest && !d.Withdrawn }) ||
			slices.ContainsFunc(c.Documents, func(d casefile.Document) bool {
				return d.Digest == paper.Digest && (d.Withdrawn || d.Level == casefile.LevelRestricted)
			})
	})
	return filed, nil
}

// FiledPaper gives a paper that was filed.
func (g *Guard) FiledPaper(ctx context.Context, p auth.Principal, id casefile.ID, digest casefile.Digest) (Paper, error) {
	filed, err := g.Filing(ctx, p, id)
	if err != nil {
		return Paper{}, err
	}
	if !slices.ContainsFunc(filed.Papers, func(paper casefile.Paper) bool { return paper.Digest == digest }) {
		return Paper{}, notFound("paper", digest)
	}
	doc, err := g.o.Documents.Find(ctx, filed.Organ, digest)
	if err != nil {
		return Paper{}, err
	}
	if doc.Level == casefile.LevelRestricted {
		return Paper{}, notFound("paper", digest)
	}
	return g.paper(filed.Organ, doc)
}

// knownCase reports whether the caller may name a case: one that is visible, or one that
// was filed here and is for the caller to review.
func (g *Guard) knownCase(ctx context.Context, p auth.Principal, id casefile.ID) error {
	_, err := g.visible(ctx, p, ReadCase, id)
	if !errors.Is(err, casefile.ErrNotFound) || g.o.Filings == nil {
		return err
	}
	if _, filed := g.Filing(ctx, p, id); filed == nil || !errors.Is(filed, casefile.ErrNotFound) && !errors.Is(filed, casefile.ErrForbidden) {
		return filed
	}
	return err
}
