package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// compareParameters compares figures date by date.
func compareParameters(a, b *Pack) []Difference {
	before, after := parametersByName(a), parametersByName(b)
	var out []Difference
	for _, name := range unionNames(before, after) {
		p, inA := before[name]
		q, inB := after[name]
		d := Difference{Part: PartParameter, ID: name, Kind: Changed}
		switch {
		case !inA:
			d.Kind = Added
		case !inB:
			d.Kind = Removed
		}
		d.Fields = figureChanges(p, q)
		if inA && inB && p.Stricter != q.Stricter {
			d.Fields = append(d.Fields, FieldChanged{Field: "stricter", Before: string(p.Stricter), After: string(q.Stricter)})
		}
		if len(d.Fields) > 0 {
			d.Direction, d.Basis = commonDirection(d.Fields), d.Fields[0].Basis
			out = append(out, d)
		}
	}
	return out
}

func parametersByName(p *Pack) map[string]Parameter {
	out := map[string]Parameter{}
	for _, x := range p.Parameters() {
		name := x.Name
		if x.Of != "" {
			name = x.Of + "/" + x.Name
		}
		out[name] = x
	}
	return out
}

// figureChanges compares the values from each date on which one of them changes.
func figureChanges(p, q Parameter) []FieldChanged {
	var dates []legaltime.Date
	for _, row := range slices.Concat(p.Rows, q.Rows) {
		if !slices.Contains(dates, row.From) {
			dates = append(dates, row.From)
		}
	}
	slices.SortFunc(dates, legaltime.Date.Compare)
	stricter := q.Stricter
	if len(q.Rows) == 0 {
		stricter = p.Stricter
	}
	var out []FieldChanged
	for _, from := range dates {
		old, inP := p.at(from)
		now, inQ := q.at(from)
		if inP && inQ && compareValues(old.Value, now.Value) == 0 && old.Unit == now.Unit && old.Basis == now.Basis && old.Provenance == now.Provenance {
			continue
		}
		c := FieldChanged{Field: "value", From: from, Before: old.figure(inP), After: now.figure(inQ), Basis: now.Basis}
		if inP && inQ && old.Unit == now.Unit {
			c.Direction = stricter.direction(old.Value, now.Value)
		}
		out = append(out, c)
	}
	return out
}

// figure gives a value with its unit and, where it is not of the text itself, how
// well it is known.
func (row ParameterRow) figure(there bool) string {
	if !there {
		return ""
	}
	text := fmt.Sprint(row.Value)
	if row.Unit != "" {
		text += " " + row.Unit
	}
	if row.Provenance != Verified {
		text += " (" + string(row.Provenance) + ")"
	}
	return text
}

// direction says whether a value asks for more than the one before.
func (s Stricter) direction(before, after any) Direction {
	order := compareValues(after, before)
	switch {
	case order == 0, s != StricterHigher && s != StricterLower:
		return ""
	case (order > 0) == (s == StricterHigher):
		return Tightens
	}
	return Loosens
}

// commonDirection is the direction of all fields that have one, if it is the same.
func commonDirection(fields []FieldChanged) Direction {
	var out Direction
	for _, f := range fields {
		switch {
		case f.Direction == "" || f.Direction == out:
		case out == "":
			out = f.Direction
		default:
			return ""
		}
	}
	return out
}

// Tightened says what an overlay adds to and tightens in the packs that it builds
// on, each with both citations: every figure that it sets, beside the one above,
// and every rule that it adds to a gate. It is empty for a pack that stands
// alone.
func Tightened(p *Pack) []Difference {
	var out []Difference
	for _, t := range p.tightened {
		base := p.over[slices.IndexFunc(p.over, func(b *Pack) bool { return b.id == t.Of })]
		own := base.parameters[slices.IndexFunc(base.parameters, func(x Parameter) bool { return x.Name == t.Name })]
		d := Difference{Part: PartParameter, ID: t.Of + "/" + t.Name, Kind: Changed}
		for _, row := range t.Rows {
			above, ok := figureOf(p.over, base, own, row.From)
			d.Fields = append(d.Fields, FieldChanged{
				Field: "value", From: row.From, Before: above.row.figure(ok), After: row.figure(true),
				Direction: own.Stricter.direction(above.row.Value, row.Value), Basis: row.Basis, Above: above.row.Basis,
			})
		}
		d.Direction, d.Basis = commonDirection(d.Fields), t.Rows[0].Basis
		out = append(out, d)
	}
	for _, g := range p.gates {
		if g.AddsTo == "" {
			continue
		}
		for _, id := range g.Rules {
			r, _ := p.Rule(id)
			d := Difference{Part: PartRule, ID: id, Kind: Added, Title: r.Title, Basis: r.Basis}
			d.Fields = []FieldChanged{{Field: "adds_to", After: string(g.AddsTo), Above: gateBasis(p, g.AddsTo)}}
			if r.Effect == casefile.EffectBlock || r.Effect == casefile.EffectDuty {
				d.Direction = Tightens
			}
			out = append(out, d)
		}
	}
	return out
}

// gateBasis gives the citations of the rules that stand at a gate of a pack
// above.
func gateBasis(p *Pack, ref Ref) string {
	at := slices.IndexFunc(p.over, func(b *Pack) bool { return b.id == ref.Pack() })
	g, _ := p.over[at].Gate(ref.Gate())
	var bases []string
	for _, id := range g.Rules {
		if r, _ := p.over[at].Rule(id); !slices.Contains(bases, r.Basis) {
			bases = append(bases, r.Basis)
		}
	}
	return strings.Join(bases, "；")
}
