package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/rules"
)

// Enforcement gathers where the definitions that pin a pack, or one that it builds
// on, ask its gates, and the acts, steps and separations of roles that they have.
func Enforcement(definitions []*Definition, p *rules.Pack) rules.Enforcement {
	e := enforcing{rules.Enforcement{
		Gates: map[rules.Ref][]string{}, Steps: map[string]string{}, Acts: map[string]string{}, Separate: map[string]struct{}{},
	}}
	for _, d := range definitions {
		if slices.ContainsFunc(p.Stack(), func(x *rules.Pack) bool { return slices.Contains(d.Packs, x.Name()) }) {
			e.definition(d)
		}
	}
	return e.Enforcement
}

type enforcing struct{ rules.Enforcement }

func (e enforcing) ask(title string, gates ...rules.Ref) {
	for _, g := range gates {
		if g != "" && !slices.Contains(e.Gates[g], title) {
			e.Gates[g] = append(e.Gates[g], title)
		}
	}
}

func (e enforcing) definition(d *Definition) {
	e.ask("立案", d.Open.Gate)
	e.Acts["case.open"] = "立案"
	for _, a := range d.Always {
		e.ask("全案", a.Gate)
		e.Acts["case."+a.Verb] = "全案"
	}
	e.ask("各环节办结前", d.Throughout)
	e.ask("全程监督", d.Duties...)
	for _, s := range d.Steps {
		e.Steps[s.ID] = s.Title.ZH
		e.ask(s.Title.ZH, s.Applies)
		for _, a := range s.Rules() {
			e.ask(s.Title.ZH, a.Gate)
			e.Acts[s.ID+"."+a.Verb] = s.Title.ZH
		}
		for _, t := range s.Outcomes {
			e.ask(s.Title.ZH, t.Gate)
		}
		if s.Joined != nil {
			e.ask(s.Title.ZH, s.Joined.Gate)
		}
	}
	for _, pair := range d.Separate {
		for _, a := range pair.Roles {
			for _, b := range pair.Roles {
				if a != b {
					e.Separate[string(a)+"/"+string(b)] = struct{}{}
				}
			}
		}
	}
}
