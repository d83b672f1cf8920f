package access

import (
	"context"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Form gives the payload of an act that the case admits now, by whoever acts. Ok is
// false where it does not: why, the act itself is told, and one that was done before
// gets its answer again.
func (g *Guard) Form(ctx context.Context, p auth.Principal, as As, id casefile.ID, kind string) (f procedure.Form, ok bool, err error) {
	v, err := g.visible(ctx, p, TryAct, id)
	if err != nil {
		return f, false, err
	}
	by, err := g.actorIn(ctx, p, as, id)
	if err != nil {
		return f, false, err
	}
	def, err := g.o.Cases.Definition(ctx, v.c)
	if err != nil {
		return f, false, err
	}
	for _, possible := range def.Possible(&v.c, by) {
		if possible.Kind == kind && possible.Allowed {
			f, err = def.Form(kind)
			return f, err == nil, err
		}
	}
	return f, false, nil
}

// Means says as whom a caller can do what a case admits now.
type Means struct {
	ways     map[string][]As
	StandsIn bool // a trainer, who can do every act in somebody else's place
}

// Ways gives as whom the caller can do an act: in the caller's own right first, then
// under each mandate.
func (m Means) Ways(kind string) []As { return m.ways[kind] }

// For reports whether there is a way at all.
func (m Means) For(kind string) bool { return m.StandsIn || len(m.ways[kind]) > 0 }

// Means gives as whom the caller can do what the case admits now; the zero value for
// whoever only reads.
func (g *Guard) Means(ctx context.Context, p auth.Principal, id casefile.ID) (Means, error) {
	v, err := g.visible(ctx, p, ReadCase, id)
	if err != nil || Permit(p, ActOnCase) != nil || v.c.Organ != p.Organ || v.c.Status == casefile.StatusClosed {
		return Means{}, err
	}
	def, err := g.o.Cases.Definition(ctx, v.c)
	if err != nil {
		return Means{}, err
	}
	m := Means{ways: map[string][]As{}, StandsIn: v.c.Practice && p.Holds(auth.Trainer)}
	can := func(as As, by casefile.Actor) {
		for _, possible := range def.Possible(&v.c, by) {
			if possible.Allowed {
				m.ways[possible.Kind] = append(m.ways[possible.Kind], as)
			}
		}
	}
	can(As{}, p.Actor())
	for _, held := range p.Mandates {
		if held.InForce && !v.c.Practice || held.Covers(v.c.Today) && v.c.Practice { // a practice case has a clock of its own
			by, err := p.Under(held.ID)
			if err != nil {
				return Means{}, err
			}
			can(As{Under: held.ID}, by)
		}
	}
	return m, nil
}
