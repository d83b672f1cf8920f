package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/rules"
)

// CitedBy gives what of the definitions rests on a place of an instrument: what
// cites it, and the acts and transitions whose gates ask a rule that does.
func CitedBy(definitions []*Definition, packs []*rules.Pack, of rules.Citation) []rules.Citing {
	concerned := map[rules.Ref][]string{}
	for _, p := range packs {
		for _, c := range rules.CitedBy([]*rules.Pack{p}, of) {
			if c.Kind != "rule" {
				continue
			}
			for _, g := range p.Gates() {
				if slices.Contains(g.Rules, c.ID) {
					ref := rules.Ref(p.ID() + "/" + g.ID)
					if g.AddsTo != "" {
						ref = g.AddsTo
					}
					concerned[ref] = append(concerned[ref], c.ID)
				}
			}
		}
	}
	var out []rules.Citing
	for _, d := range definitions {
		w := citedIn{d: d, packs: packs, of: of, concerned: concerned}
		w.definition()
		out = append(out, w.found...)
	}
	return out
}

type citedIn struct {
	d         *Definition
	packs     []*rules.Pack
	of        rules.Citation
	concerned map[rules.Ref][]string
	found     []rules.Citing
}

func (w *citedIn) definition() {
	d := w.d
	w.cites("procedure", d.ID, d.Title.ZH, d.Basis)
	for _, s := range d.Separate {
		roles := make([]string, len(s.Roles))
		for i, r := range s.Roles {
			roles[i] = string(r)
		}
		w.cites("separation", strings.Join(roles, "/"), "", s.Basis)
	}
	for _, i := range d.Independent {
		w.cites("independence", string(i.Role), "", i.Basis)
	}
	w.asks("act", "case.open", d.Open.Gate, d.Open.Free)
	w.acts("case", d.Always)
	w.asks("act", "*", d.Throughout, "")
	for _, g := range d.Duties {
		w.asks("act", "*", g, "")
	}
	for _, s := range d.Steps {
		w.cites("step", s.ID, s.Title.ZH, s.Basis)
		w.asks("step", s.ID, s.Applies, "")
		w.acts(s.ID, s.Acts)
		if s.Panel != nil {
			w.cites("panel", s.ID, s.Title.ZH, s.Panel.Basis)
		}
		if s.Panel != nil && s.Panel.Least != nil {
			w.cites("panel", s.ID, s.Title.ZH, s.Panel.Least.Basis)
		}
		for _, t := range s.Outcomes {
			w.asks("transition", s.ID+" → "+t.Is+" → "+t.To, t.Gate, t.Free)
		}
		if s.Joined != nil {
			w.asks("transition", s.ID+" → "+s.Joined.To, s.Joined.Gate, s.Joined.Free)
		}
	}
}

func (w *citedIn) acts(step string, acts []ActRule) {
	for _, a := range acts {
		w.asks("act", step+"."+a.Verb, a.Gate, a.Free)
	}
}

func (w *citedIn) cites(kind, id, title, basis string) {
	for _, p := range w.packs {
		if touches, broad := p.Touching(basis, w.of); touches {
			w.found = append(w.found, rules.Citing{In: w.d.Name(), Kind: kind, ID: id, Title: title, Basis: basis, Broad: broad})
			return
		}
	}
}

// asks adds what stands behind a gate with a rule that is concerned, or is free
// for a reason that begins with a citation: "第三条第二款：…" speaks of the
// instrument of the definition.
func (w *citedIn) asks(kind, id string, gate rules.Ref, free string) {
	if through := w.concerned[gate]; len(through) > 0 {
		w.found = append(w.found, rules.Citing{In: w.d.Name(), Kind: kind, ID: id, Basis: string(gate), Through: through})
		return
	}
	head, _, ok := strings.Cut(free, "：")
	if !ok {
		return
	}
	if strings.HasPrefix(head, "第") {
		head = w.d.Basis + " " + head
	}
	w.cites(kind, id, "", head)
}
