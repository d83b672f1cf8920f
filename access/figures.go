package access

import (
	"context"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// Figures counts for the caller's organ; an auditor may name one below. Whoever may
// list the cases may count them. It gives the period that was counted.
func (g *Guard) Figures(ctx context.Context, p auth.Principal, q casefile.FigureQuery) (casefile.FigureQuery, casefile.Figures, error) {
	if err := Permit(p, ReadFigures); err != nil {
		return q, casefile.Figures{}, err
	}
	switch {
	case q.Organ == "":
		q.Organ = p.Organ
	case !g.belongs(p, q.Organ, false):
		return q, casefile.Figures{}, notFound("organ", q.Organ)
	}
	return g.o.Cases.Figures(ctx, q)
}
