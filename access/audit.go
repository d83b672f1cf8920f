package access

import (
	"context"
	"slices"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// Past is a case as it was behind an entry, as a caller may see it.
type Past struct {
	Seen       Seen
	Definition *procedure.Definition // that it followed then
	Possible   []casework.Possible
	Entries    []SeenEntry // up to that entry
	Last       int64       // the last entry of the case now
}

// At gives a case as it was behind an entry, as the caller may see it now: who was
// not to know something then is not told because it is past.
func (g *Guard) At(ctx context.Context, p auth.Principal, id casefile.ID, sequence int64) (Past, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return Past{}, err
	}
	past, err := g.o.Cases.At(ctx, id, sequence)
	if err != nil {
		return Past{}, err
	}
	out := Past{Seen: g.seen(view{c: past.Case, cleared: v.cleared}), Possible: past.Possible, Last: past.Last}
	if out.Definition, err = g.o.Cases.Definition(ctx, past.Case); err != nil {
		return Past{}, err
	}
	for _, e := range past.Entries {
		out.Entries = append(out.Entries, g.seenEntry(e, v.cleared))
	}
	if !v.cleared {
		for i := range out.Possible {
			out.Possible[i].Verdict = *g.verdict(&out.Possible[i].Verdict)
		}
	}
	return out, nil
}

// Verifier verifies dossiers on the server, one at a time for a person.
type Verifier interface {
	Start(ctx context.Context, by casework.Asker, id casefile.ID) error
	Last(ctx context.Context, by casework.Asker) (casework.Verification, bool, error)
}

func asker(p auth.Principal) casework.Asker {
	return casework.Asker{Organ: p.Organ, Person: p.Person}
}

// Verify begins to verify the dossier of a case. What is wrong in it can tell what
// is restricted, so it is for those who may export it; the public may not: it costs
// time.
func (g *Guard) Verify(ctx context.Context, p auth.Principal, id casefile.ID) error {
	if err := g.verifies(ctx, p, id); err != nil {
		return err
	}
	return g.o.Verifier.Start(ctx, asker(p), id)
}

// Verification gives the last verification of the caller; ok is false where it is of
// another case, or there is none. Elsewhere names the case that the caller's running
// one is of.
func (g *Guard) Verification(ctx context.Context, p auth.Principal, id casefile.ID) (last casework.Verification, ok bool, elsewhere casefile.ID, err error) {
	if err := g.verifies(ctx, p, id); err != nil {
		return last, false, "", err
	}
	if last, ok, err = g.o.Verifier.Last(ctx, asker(p)); err != nil || !ok || last.Case == id {
		return last, ok, "", err
	}
	if last.Stage != casework.StageDone {
		elsewhere = last.Case
	}
	return casework.Verification{}, false, elsewhere, nil
}

func (g *Guard) verifies(ctx context.Context, p auth.Principal, id casefile.ID) error {
	if g.o.Verifier == nil {
		return notFound("verification of case", id)
	}
	v, err := g.visible(ctx, p, VerifyCase, id)
	if err != nil {
		return err
	}
	if !v.cleared {
		return dossierRefused()
	}
	return nil
}

// Audited gives the organs whose cases the caller may audit: the own one first.
func (g *Guard) Audited(p auth.Principal) ([]casefile.OrganID, error) {
	if err := Permit(p, AuditCases); err != nil {
		return nil, err
	}
	return append([]casefile.OrganID{p.Organ}, p.Oversees...), nil
}

// Sample draws cases of the organ that the filter names, or of all that the caller
// may audit.
func (g *Guard) Sample(ctx context.Context, p auth.Principal, f casework.Filter, seed string, n int) (casework.Draw, error) {
	organs, err := g.Audited(p)
	if err != nil {
		return casework.Draw{}, err
	}
	if f.Organ != "" {
		if !slices.Contains(organs, f.Organ) {
			return casework.Draw{}, notFound("organ", f.Organ)
		}
		organs = []casefile.OrganID{f.Organ}
	}
	return g.o.Cases.Sample(ctx, organs, f, seed, n)
}

// Course gives how a case went, for an auditor who sets it beside another.
func (g *Guard) Course(ctx context.Context, p auth.Principal, id casefile.ID) (casework.Course, error) {
	v, err := g.visible(ctx, p, AuditCases, id)
	if err != nil {
		return casework.Course{}, err
	}
	c, err := g.o.Cases.Course(ctx, id)
	c.Case = g.seen(view{c: c.Case, cleared: v.cleared}).Case
	return c, err
}
