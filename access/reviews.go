package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// What may be done with reviews of whole files (案卷评查). None of it changes a case.
const (
	ReadReviews  Action = "review.read"  // staff: those that are finished
	WriteReviews Action = "review.write" // begin, keep, finish
)

// SeenReview is a review as a caller may see it.
type SeenReview struct {
	audit.Review
	Before   *audit.Review // that it looks back at; only where it is asked for alone
	Withheld bool          // its reasons are for those who may know what is restricted in the case
	MayKeep  bool
}

// BeginReview begins a review of a case, or gives the caller's own that is not finished.
func (g *Guard) BeginReview(ctx context.Context, p auth.Principal, id casefile.ID, follows string) (SeenReview, error) {
	c, err := g.reviewing(ctx, p, id)
	if err != nil {
		return SeenReview{}, err
	}
	r, err := g.o.Audit.Begin(ctx, c, follows, author(p))
	if err != nil {
		return SeenReview{}, err
	}
	return g.wholeReview(ctx, p, view{c: c, cleared: true}, r)
}

// KeepReview keeps what the caller says in a review, and finishes it where asked for.
func (g *Guard) KeepReview(ctx context.Context, p auth.Principal, id casefile.ID, review string, said audit.Saying) (SeenReview, error) {
	c, err := g.reviewing(ctx, p, id)
	if err != nil {
		return SeenReview{}, err
	}
	r, err := g.o.Audit.Review(ctx, id, review)
	if err != nil {
		return SeenReview{}, err
	}
	rec, err := g.record(ctx, c)
	if err != nil {
		return SeenReview{}, err
	}
	if r, err = g.o.Audit.Keep(ctx, r, rec, said, author(p)); err != nil {
		return SeenReview{}, err
	}
	return g.wholeReview(ctx, p, view{c: c, cleared: true}, r)
}

// reviewing gives a case that an auditor reviews. Whoever has acted in it does not.
func (g *Guard) reviewing(ctx context.Context, p auth.Principal, id casefile.ID) (casefile.Case, error) {
	v, err := g.withAudit(ctx, p, WriteReviews, id)
	if err == nil && tookPart(p, v.c) {
		err = tookPartRefusal()
	}
	return v.c, err
}

// record gives what a case has recorded.
func (g *Guard) record(ctx context.Context, c casefile.Case) (audit.Record, error) {
	sealed, err := g.o.Cases.Entries(ctx, c.ID)
	if err != nil {
		return audit.Record{}, err
	}
	if int64(len(sealed)) < c.Sequence || c.Sequence == 0 {
		return audit.Record{}, fmt.Errorf("record of case %s: %d entries of %d: %w", c.ID, len(sealed), c.Sequence, casefile.ErrConflict)
	}
	sealed = sealed[:c.Sequence] // later ones came since the case was read
	out := audit.Record{Case: c, Hash: sealed[len(sealed)-1].LeafHash()}
	for _, e := range sealed {
		out.Entries = append(out.Entries, e.Entry)
	}
	return out, nil
}

// Review gives a review of a case. One that is not finished shows how its items stand now.
func (g *Guard) Review(ctx context.Context, p auth.Principal, id casefile.ID, review string) (SeenReview, error) {
	v, err := g.withAudit(ctx, p, ReadReviews, id)
	if err != nil {
		return SeenReview{}, err
	}
	r, err := g.o.Audit.Review(ctx, id, review)
	if err == nil && !r.Kept.Finished && !p.Holds(auth.Auditor) {
		err = notFound("review", review)
	}
	if err != nil {
		return SeenReview{}, err
	}
	return g.wholeReview(ctx, p, v, r)
}

// wholeReview gives a review with how its items stand and the one that it looks back at.
func (g *Guard) wholeReview(ctx context.Context, p auth.Principal, v view, r audit.Review) (SeenReview, error) {
	if !r.Kept.Finished {
		rec, err := g.record(ctx, v.c)
		if err != nil {
			return SeenReview{}, err
		}
		if r, err = g.o.Audit.Draft(r, rec); err != nil {
			return SeenReview{}, err
		}
	}
	out := seenReview(p, v, r)
	if r.Follows != "" {
		before, err := g.o.Audit.Review(ctx, r.Case, r.Follows)
		if err != nil {
			return SeenReview{}, err
		}
		seen := seenReview(p, v, before)
		out.Before = &seen.Review
	}
	return out, nil
}

// ReviewsOf gives the reviews of a case that the caller may know of, those begun last first.
func (g *Guard) ReviewsOf(ctx context.Context, p auth.Principal, id casefile.ID) ([]SeenReview, error) {
	v, err := g.withAudit(ctx, p, ReadReviews, id)
	if err != nil {
		return nil, err
	}
	f := audit.ReviewFilter{Organs: []casefile.OrganID{v.c.Organ}, Case: id, Limit: maxOfCase}
	if !p.Holds(auth.Auditor) {
		finished := true
		f.Finished = &finished
	}
	all, err := g.o.Audit.Reviews(ctx, f)
	if err != nil {
		return nil, err
	}
	out := make([]SeenReview, len(all))
	for i, r := range all {
		out[i] = seenReview(p, v, r)
	}
	return out, nil
}

// Reviews gives one page of reviews: an auditor's of all cases that are the auditor's to
// see, or of the one organ that the filter names; for others the finished ones of cases of
// their own organ.
func (g *Guard) Reviews(ctx context.Context, p auth.Principal, f audit.ReviewFilter) ([]SeenReview, error) {
	if err := Permit(p, ReadReviews); err != nil {
		return nil, err
	}
	if g.o.Audit == nil {
		return nil, notFound("reviews of", p.Organ)
	}
	switch own := append([]casefile.OrganID{p.Organ}, p.Oversees...); {
	case !p.Holds(auth.Auditor):
		finished := true
		f.Organs, f.Finished = own[:1], &finished
	case len(f.Organs) == 0:
		f.Organs = own
	case !slices.Contains(own, f.Organs[0]):
		return nil, notFound("organ", f.Organs[0])
	}
	all, err := g.o.Audit.Reviews(ctx, f)
	if err != nil {
		return nil, err
	}
	views := map[casefile.ID]view{}
	out := make([]SeenReview, len(all))
	for i, one := range all {
		v, known := views[one.Case]
		if !known {
			if v, err = g.visible(ctx, p, ReadReviews, one.Case); err != nil {
				return nil, err
			}
			views[one.Case] = v
		}
		out[i] = seenReview(p, v, one)
	}
	return out, nil
}

func seenReview(p auth.Principal, v view, r audit.Review) SeenReview {
	out := SeenReview{Review: r, Withheld: !v.cleared,
		MayKeep: !r.Kept.Finished && Permit(p, WriteReviews) == nil && !tookPart(p, v.c) && r.By.Organ == p.Organ && r.By.Person == p.Person}
	if out.Withheld {
		out.Kept.Sheet.Items = slices.Clone(r.Kept.Sheet.Items)
		for i := range out.Kept.Sheet.Items {
			out.Kept.Sheet.Items[i].Reason = ""
		}
	}
	return out
}
