package access

import (
	"context"
	"errors"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// mayNameCases refuses an act that names a case which is not there for the caller.
func (g *Guard) mayNameCases(ctx context.Context, p auth.Principal, id casefile.ID, act casefile.Act) error {
	named, err := g.o.Cases.Named(ctx, id, act)
	if err != nil {
		return err
	}
	for other, field := range named {
		err := g.knownCase(ctx, p, other)
		if errors.Is(err, casefile.ErrNotFound) && field.Other.Follows {
			err = g.follows(ctx, other, id)
		}
		if errors.Is(err, casefile.ErrNotFound) {
			refusal := casework.NoSuchOther(field)
			refusal.Act = act.Kind
			return refusal
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// follows reports whether a case was opened as one that follows a case which the caller
// acts on: an organ may name the review that another one has opened of what it filed,
// although the review is not to be seen. Else it is [casefile.ErrNotFound].
func (g *Guard) follows(ctx context.Context, other, id casefile.ID) error {
	c, err := g.o.Cases.Case(ctx, other)
	if err != nil {
		return err
	}
	if c.Matter.Follows != id {
		return notFound("case", other)
	}
	return nil
}

// Following gives the cases of the same organ that follow a case, in the order of
// their opening.
func (g *Guard) Following(ctx context.Context, p auth.Principal, id casefile.ID) ([]casework.Summary, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil {
		return nil, err
	}
	return g.o.Cases.Following(ctx, v.c.Organ, id)
}
