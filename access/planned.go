package access

import (
	"context"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// Planned gives what a clean-up has put into a plan, with what became of it.
func (g *Guard) Planned(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.Planned, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	return g.o.Cases.Planned(ctx, v.c)
}

// LatePlans gives, for the work list, what the clean-ups of the caller's organ have put into
// a plan for days that have passed, and that nobody has done.
func (g *Guard) LatePlans(ctx context.Context, p auth.Principal) ([]casework.Planned, error) {
	if err := g.working(p, ReadWork); err != nil {
		return nil, err
	}
	return g.o.Cases.LatePlans(ctx, p.Organ)
}
