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
