package rules

import "slices"

// Citing is a thing of a pack or of a procedure that cites an instrument.
type Citing struct {
	In    string `json:"in"`   // pack or procedure by name
	Kind  string `json:"kind"` // rule, parameter, period, table, obligation; procedure, step, act, transition, separation
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	Basis string `json:"basis"` // as it stands there
	File  string `json:"file,omitempty"`
	Line  int    `json:"line,omitempty"`
	// Broad: it cites the instrument or a chapter at large, so that whether it
	// is concerned has to be looked at.
	Broad bool `json:"broad,omitempty"`
	// Through are the rules by which it is concerned, where it cites nothing itself.
	Through []string `json:"through,omitempty"`
}

// CitedBy gives what the packs hold that rests on a place of an instrument, in the
// order of the packs, kinds and files: the consequence of an amendment or a
// repeal. A basis that cannot be read is passed over; the loader refuses those
// wherever the pack says how its instruments are cited.
func CitedBy(packs []*Pack, of Citation) []Citing {
	var out []Citing
	for _, p := range packs {
		w := watcher{pack: p, citer: p.citer(), of: of}
		for _, r := range p.rules {
			w.add("rule", r.ID, r.Title.ZH, r.File, r.Line, r.Basis)
		}
		for _, param := range slices.Concat(p.parameters, p.tightened) {
			for _, row := range param.Rows {
				w.add("parameter", param.Name, row.From.String(), row.File, row.Line, row.Basis)
			}
		}
		for _, x := range p.periods {
			bases := []string{x.Basis, x.Roll, x.LapseBasis}
			if x.Extend != nil {
				bases = append(bases, x.Extend.Basis)
			}
			for _, s := range x.Stops {
				bases = append(bases, s.Basis)
			}
			w.add("period", x.ID, x.Title.ZH, x.File, x.Line, bases...)
		}
		for _, x := range p.tables {
			bases := []string{x.Basis}
			for _, row := range x.Rows {
				bases = append(bases, row.Basis)
			}
			w.add("table", x.ID, x.Title.ZH, x.File, x.Line, bases...)
		}
		for _, o := range p.duties.obligations {
			w.add("obligation", o.ID, o.Must.ZH, o.File, o.Line, o.Place.String())
		}
		out = append(out, w.found...)
	}
	return out
}

// FindInstrument finds an instrument of the packs by its id, or by a name under
// which it is cited.
func FindInstrument(packs []*Pack, name string) (Instrument, bool) {
	for _, p := range packs {
		for _, i := range p.instruments {
			if i.ID == name || slices.Contains(i.CitedAs, name) {
				return i, true
			}
		}
	}
	return Instrument{}, false
}

// Touching reports whether a basis cites text in common with a place, and whether
// it does so only at large.
func (p *Pack) Touching(basis string, of Citation) (touches, broad bool) {
	return p.citer().touching(basis, of)
}

func (c citer) touching(basis string, of Citation) (touches, broad bool) {
	list, err := c.parse(basis, Citation{})
	if err != nil {
		return false, false
	}
	broad = true
	for _, x := range list {
		if x.Touches(of) {
			touches = true
			broad = broad && x.Article == 0 && of.Article > 0
		}
	}
	return touches, touches && broad
}

type watcher struct {
	pack  *Pack
	citer citer
	of    Citation
	found []Citing
}

// add adds a thing when one of its bases is concerned; the first such is shown.
func (w *watcher) add(kind, id, title, file string, line int, bases ...string) {
	for _, basis := range bases {
		if basis == "" {
			continue
		}
		if touches, broad := w.citer.touching(basis, w.of); touches {
			w.found = append(w.found, Citing{
				In: w.pack.Name(), Kind: kind, ID: id, Title: title, Basis: basis, File: file, Line: line, Broad: broad,
			})
			return
		}
	}
}
