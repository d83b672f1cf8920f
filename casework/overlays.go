package casework

import (
	"context"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// Releases gives the rule packs that two people have put into use (启用) for an
// organ and that are law on a date. Whoever implements it has verified the
// signatures.
type Releases interface {
	InUse(ctx context.Context, organ casefile.OrganID, on legaltime.Date) ([]*rules.Pack, error)
}

// packsFor gives the packs that judge a new case, in the order in which they do:
// those that the procedure asks for, then the overlays, each after what it builds
// on.
//
// A pack of the procedure is the activated one when that is a higher revision
// than the one that is shipped. Overlays are those that are activated for the
// organ; a practice case may name its own instead, activated or shipped.
func (s *Service) packsFor(ctx context.Context, def *procedure.Definition, o Opening, on legaltime.Date) ([]*rules.Pack, error) {
	packs, err := s.o.Library.packsOf(def)
	if err != nil {
		return nil, err
	}
	var inUse []*rules.Pack
	if s.o.Releases != nil {
		if inUse, err = s.o.Releases.InUse(ctx, o.Organ, on); err != nil {
			return nil, fmt.Errorf("rule packs in use for %s: %w", o.Organ, err)
		}
	}
	for i, p := range packs {
		if at := packNamed(inUse, p.Name()); at != nil && at.Revision() > p.Revision() {
			packs[i] = at
		}
	}
	overlays := slices.DeleteFunc(slices.Clone(inUse), func(p *rules.Pack) bool { return len(p.Over()) == 0 })
	if o.Overlays != nil {
		if overlays, err = s.namedOverlays(o.Overlays, inUse); err != nil {
			return nil, err
		}
	}
	packs, left, err := layered(packs, overlays)
	if err == nil && o.Overlays != nil && len(left) > 0 {
		err = badOverlay(left[0].Name(), "所依据的规则包不在本程序之内。", "it builds on a rule pack that this procedure does not ask for")
	}
	if err != nil {
		return nil, err
	}
	if _, err := rules.NewJudge(packs, s.o.Library.calendar); err != nil {
		return nil, fmt.Errorf("rule packs for %s do not fit together: %w", o.Organ, err)
	}
	return packs, nil
}

func packNamed(packs []*rules.Pack, name string) *rules.Pack {
	at := slices.IndexFunc(packs, func(p *rules.Pack) bool { return p.Name() == name })
	if at < 0 {
		return nil
	}
	return packs[at]
}

// namedOverlays finds overlays by name, first among those in use.
func (s *Service) namedOverlays(names []string, inUse []*rules.Pack) ([]*rules.Pack, error) {
	var out []*rules.Pack
	for _, name := range names {
		p := packNamed(inUse, name)
		if p == nil {
			p = s.o.Library.packs[name]
		}
		switch {
		case p == nil:
			return nil, badOverlay(name, "没有这个规则包。", "there is no such rule pack")
		case len(p.Over()) == 0:
			return nil, badOverlay(name, "不是叠加在其他规则包之上的规则包。", "it is not laid over another pack")
		case slices.Contains(out, p):
			return nil, badOverlay(name, "重复。", "it is named twice")
		}
		out = append(out, p)
	}
	return out, nil
}

func badOverlay(name, zh, en string) *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: procedure.OpeningKind, Field: "overlays",
		Message: casefile.Text{ZH: "规则包 " + name + "：" + zh, EN: "rule pack " + name + ": " + en}}
}

// layered puts overlays after the packs, each after those that it builds on, and
// reads it over the very packs that it will judge with. Left are overlays over
// what is not there: they are for other procedures.
func layered(packs, overlays []*rules.Pack) (out, left []*rules.Pack, err error) {
	for left = overlays; ; {
		var still []*rules.Pack
		for _, overlay := range left {
			missing := slices.ContainsFunc(overlay.Over(), func(id string) bool {
				return !slices.ContainsFunc(packs, func(p *rules.Pack) bool { return p.ID() == id })
			})
			if missing {
				still = append(still, overlay)
				continue
			}
			if overlay, err = rules.ParseArchive(overlay.Archive(), packs...); err != nil {
				return nil, nil, fmt.Errorf("lay rule pack over those that it builds on: %w", err)
			}
			packs = append(packs, overlay)
		}
		if len(still) == len(left) {
			return packs, still, nil
		}
		left = still
	}
}
