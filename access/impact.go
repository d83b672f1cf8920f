package access

import (
	"context"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/rules"
)

// ReadImpact is the action of reading what a release means for open cases.
const ReadImpact Action = "impact.read"

// Requested is a release that somebody has asked to put into use, and what it takes
// the place of.
type Requested struct {
	Activation
	Release *rules.Pack
	Instead *rules.Pack // in use until then; nil: nothing of that name
}

// Impact gives what the release that judges new cases means for the open cases of the
// caller's organ or, where an activation is named, what that one would. Auditors are
// told which cases it is; administrators, who see no cases, how many.
func (g *Guard) Impact(ctx context.Context, p auth.Principal, activation string) (*Requested, casework.Impact, error) {
	if err := Permit(p, ReadImpact); err != nil {
		return nil, casework.Impact{}, err
	}
	var asked *Requested
	var pack *rules.Pack
	if activation != "" {
		if g.o.Law == nil {
			return nil, casework.Impact{}, notFound("activation", activation)
		}
		found, err := g.o.Law.Requested(ctx, p.Organ, activation)
		if err != nil {
			return nil, casework.Impact{}, err
		}
		asked, pack = &found, found.Release
	}
	out, err := g.o.Cases.Impact(ctx, p.Organ, pack)
	if !p.Holds(auth.Auditor) {
		out.Cases = nil
	}
	return asked, out, err
}
