package access

import (
	"context"
	"errors"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// What may be done with the figures of the annual report. They name cases and entries,
// and nothing of what is in them.
const (
	ReadAnnual   Action = "annual.read"
	FreezeAnnual Action = "annual.freeze"
)

// Annual counts the figures of the annual report and keeps frozen ones.
type Annual interface {
	Current(ctx context.Context, q annual.Query) (annual.Report, error)
	Restated(ctx context.Context, q annual.Query, is annual.Report) ([]annual.Restated, error)
	Against(ctx context.Context, q annual.Query, version int64, is annual.Report) ([]annual.Restated, error)
	Versions(ctx context.Context, q annual.Query) ([]annual.Frozen, error)
	Version(ctx context.Context, q annual.Query, version int64) (annual.Frozen, error)
	Freeze(ctx context.Context, q annual.Query, by annual.Person) (annual.Frozen, error)
}

// SeenAnnual is the figures of a year, as they are now or as they were frozen.
type SeenAnnual struct {
	Report   annual.Report
	Frozen   *annual.Frozen    // the version that was asked for; nil: counted now
	Versions []annual.Frozen   // without contents, the last first
	Restated []annual.Restated // against the version before; of what is counted now, against the last one
	TooLong  bool              // the log is too long to be counted now: the last frozen version is given
	MayKeep  bool              // the caller may freeze
}

// AnnualFigures gives the figures of a year: those of a frozen version, or with version 0
// those counted now. The organ is the caller's own where none is named.
func (g *Guard) AnnualFigures(ctx context.Context, p auth.Principal, q annual.Query, version int64) (SeenAnnual, error) {
	q, err := g.annualOf(p, ReadAnnual, q)
	if err != nil {
		return SeenAnnual{}, err
	}
	out := SeenAnnual{MayKeep: Permit(p, FreezeAnnual) == nil}
	if out.Versions, err = g.o.Annual.Versions(ctx, q); err != nil {
		return SeenAnnual{}, err
	}
	if version == 0 {
		out.Report, err = g.o.Annual.Current(ctx, q)
		var refusal *casefile.Refusal
		switch {
		case errors.As(err, &refusal) && refusal.Code == casefile.RefusedNotPossible && len(out.Versions) > 0:
			out.TooLong, version = true, out.Versions[0].Version
		case err != nil:
			return SeenAnnual{}, err
		default:
			out.Restated, err = g.o.Annual.Restated(ctx, q, out.Report)
			return out, err
		}
	}
	frozen, err := g.o.Annual.Version(ctx, q, version)
	if err != nil {
		return SeenAnnual{}, err
	}
	if out.Report, err = frozen.Report(); err != nil {
		return SeenAnnual{}, err
	}
	out.Frozen = &frozen
	if version > 1 {
		out.Restated, err = g.o.Annual.Against(ctx, q, version-1, out.Report)
	}
	return out, err
}

// FreezeFigures keeps the figures of a year as they are now, for ever.
func (g *Guard) FreezeFigures(ctx context.Context, p auth.Principal, q annual.Query) (annual.Frozen, error) {
	q, err := g.annualOf(p, FreezeAnnual, q)
	if err != nil {
		return annual.Frozen{}, err
	}
	return g.o.Annual.Freeze(ctx, q, annual.Person{Organ: p.Organ, Person: p.Person, Name: p.Name})
}

func (g *Guard) annualOf(p auth.Principal, a Action, q annual.Query) (annual.Query, error) {
	if err := Permit(p, a); err != nil {
		return q, err
	}
	if q.Organ == "" {
		q.Organ = p.Organ
	}
	if g.o.Annual == nil || !g.belongs(p, q.Organ, false) {
		return q, notFound("organ", q.Organ)
	}
	return q, nil
}
