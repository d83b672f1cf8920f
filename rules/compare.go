package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// ChangeKind says what became of something between two packs.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Direction says whether a changed figure asks for more or for less.
type Direction string

// The directions. Neither is said of a figure without a direction of its own, or
// of one that moves both ways.
const (
	Tightens Direction = "tightens"
	Loosens  Direction = "loosens"
)

// Part says which kind of thing changed.
type Part string

// The parts of a pack.
const (
	PartPack      Part = "pack"
	PartGate      Part = "gate"
	PartRule      Part = "rule"
	PartParameter Part = "parameter"
	PartPeriod    Part = "period"
	PartTable     Part = "table"
	PartFact      Part = "fact"
)

// Difference is one thing that differs between two packs.
type Difference struct {
	Part      Part           `json:"part"`
	ID        string         `json:"id"` // rules with several versions: id and the date from which the version is law
	Kind      ChangeKind     `json:"kind"`
	Title     casefile.Text  `json:"title,omitzero"`
	Basis     string         `json:"basis,omitempty"`  // citation, after the change
	Before    string         `json:"before,omitempty"` // its citation before, where it differs
	Direction Direction      `json:"direction,omitempty"`
	Fields    []FieldChanged `json:"fields,omitempty"` // what of it differs
}

// FieldChanged is one field before and after.
type FieldChanged struct {
	Field     string         `json:"field"`
	From      legaltime.Date `json:"from,omitzero"` // for figures: the date from which they count
	Before    string         `json:"before"`
	After     string         `json:"after"`
	Direction Direction      `json:"direction,omitempty"`
	Basis     string         `json:"basis,omitempty"` // for figures: citation of the new one
	Above     string         `json:"above,omitempty"` // for overlays: citation of the figure that is tightened
}

// Comparison says how pack b differs from pack a.
type Comparison struct {
	From        string       `json:"from"` // name and revision
	To          string       `json:"to"`
	Differences []Difference `json:"differences"`
}

// comparedItem is one thing of a pack with its fields as text, in order.
type comparedItem struct {
	title  casefile.Text
	basis  string
	fields []aspect
}

type aspect struct{ name, value string }

// Compare says how pack b differs from pack a: what an amendment or a revision
// changes. Notes, tests and the order of files do not count. The order of the
// differences is that of the parts, then of the ids.
func Compare(a, b *Pack) Comparison {
	out := Comparison{From: revisionName(a), To: revisionName(b), Differences: []Difference{}}
	for _, part := range []struct {
		part  Part
		items func(*Pack) map[string]comparedItem
	}{
		{PartPack, packItem}, {PartGate, gateItems}, {PartRule, ruleItems}, {PartPeriod, periodItems}, {PartTable, tableItems}, {PartFact, factItems},
	} {
		out.Differences = append(out.Differences, compareItems(part.part, part.items(a), part.items(b))...)
		if part.part == PartRule {
			out.Differences = append(out.Differences, compareParameters(a, b)...)
		}
	}
	return out
}

func revisionName(p *Pack) string { return fmt.Sprintf("%s revision %d", p.Name(), p.Revision()) }

func compareItems(part Part, a, b map[string]comparedItem) []Difference {
	var out []Difference
	for _, id := range unionNames(a, b) {
		before, inA := a[id]
		after, inB := b[id]
		d := Difference{Part: part, ID: id, Title: after.title, Basis: after.basis}
		switch {
		case !inB:
			d.Kind, d.Title, d.Basis = Removed, before.title, before.basis
			d.Fields = changedFields(before.fields, nil)
		case !inA:
			d.Kind, d.Fields = Added, changedFields(nil, after.fields)
		default:
			d.Kind, d.Fields = Changed, changedFields(before.fields, after.fields)
			if before.basis != after.basis {
				d.Before = before.basis
			}
			if len(d.Fields) == 0 && d.Before == "" {
				continue
			}
		}
		out = append(out, d)
	}
	return out
}

func unionNames[V any](a, b map[string]V) []string {
	names := casefile.SortedNames(a)
	for _, name := range casefile.SortedNames(b) {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// changedFields compares fields, which stand in the same order on both sides; an
// empty field is one that is not there.
func changedFields(a, b []aspect) []FieldChanged {
	value := func(fields []aspect, name string) string {
		if at := slices.IndexFunc(fields, func(f aspect) bool { return f.name == name }); at >= 0 {
			return fields[at].value
		}
		return ""
	}
	var out []FieldChanged
	all := slices.Clone(a)
	for _, f := range b {
		if !slices.ContainsFunc(a, func(x aspect) bool { return x.name == f.name }) {
			all = append(all, f)
		}
	}
	for _, f := range all {
		if before, after := value(a, f.name), value(b, f.name); before != after {
			out = append(out, FieldChanged{Field: f.name, Before: before, After: after})
		}
	}
	return out
}

func packItem(p *Pack) map[string]comparedItem {
	return map[string]comparedItem{p.id: {title: p.title, fields: []aspect{
		{"version", p.version}, {"rank", string(p.rank)}, {"in_force", p.inForce.text()}, {"law_at", p.lawAt},
		{"over", strings.Join(p.Over(), ", ")}, {"territory", p.territory.ZH},
	}}}
}

func (s Span) text() string {
	if s.To.IsZero() {
		return s.From.String()
	}
	return s.From.String() + " " + s.To.String()
}

func gateItems(p *Pack) map[string]comparedItem {
	out := map[string]comparedItem{}
	for _, g := range p.gates {
		out[g.ID] = comparedItem{title: g.Question, fields: []aspect{
			{"kind", string(g.Kind)}, {"adds_to", string(g.AddsTo)}, {"rules", strings.Join(g.Rules, ", ")}, {"free", g.Free.ZH},
		}}
	}
	return out
}

func ruleItems(p *Pack) map[string]comparedItem {
	out := map[string]comparedItem{}
	for _, r := range p.rules {
		id := r.ID
		if len(p.versions[id]) > 1 {
			id += " " + r.InForce.From.String()
		}
		fields := []aspect{
			{"effect", string(r.Effect)}, {"provenance", string(r.Provenance)},
			{"require", r.Require}, {"due", r.Due}, {"arises", r.Arises}, {"met", r.Met},
		}
		if r.ownInForce {
			fields = append(fields, aspect{"in_force", r.InForce.text()})
		}
		out[id] = comparedItem{title: r.Title, basis: r.Basis, fields: append(fields, aspect{"message", r.Message.ZH}, aspect{"remedy", r.Remedy.ZH})}
	}
	return out
}

func periodItems(p *Pack) map[string]comparedItem {
	out := map[string]comparedItem{}
	for _, x := range p.periods {
		fields := []aspect{
			{"kind", string(x.Kind)}, {"length", x.Length}, {"unit", string(x.Unit)}, {"from", x.From}, {"when", x.When},
			{"roll_forward", x.Roll}, {"remind", fmt.Sprint(x.Remind)}, {"lapse", x.LapseBasis}, {"provenance", string(x.Provenance)},
		}
		if e := x.Extend; e != nil {
			fields = append(fields, aspect{"extend", fmt.Sprintf("%s at most %s by %v, notice %s (%s)", e.Days, e.AtMost, e.By, e.Notice, e.Basis)})
		}
		for _, stop := range x.Stops {
			fields = append(fields, aspect{"stops at " + stop.At, stop.Basis})
		}
		out[x.ID] = comparedItem{title: x.Title, basis: x.Basis, fields: fields}
	}
	return out
}

func tableItems(p *Pack) map[string]comparedItem {
	out := map[string]comparedItem{}
	for _, t := range p.tables {
		fields := []aspect{{"hit", string(t.Hit)}, {"inputs", strings.Join(t.Inputs, ", ")}, {"type", string(t.Type)}, {"provenance", string(t.Provenance)}}
		if t.Otherwise != nil {
			fields = append(fields, aspect{"otherwise", fmt.Sprint(t.Otherwise)})
		}
		for i, row := range t.Rows {
			fields = append(fields, aspect{fmt.Sprintf("row %d", i+1), fmt.Sprintf("%s → %v", strings.Join(row.When, " | "), row.Then)})
		}
		out[t.ID] = comparedItem{title: t.Title, basis: t.Basis, fields: fields}
	}
	return out
}

func factItems(p *Pack) map[string]comparedItem {
	out := map[string]comparedItem{}
	for _, name := range p.vocabulary.names {
		f := p.vocabulary.facts[name]
		initial := ""
		if f.Initial != nil {
			initial = fmt.Sprint(f.Initial)
		}
		out[name] = comparedItem{title: f.Title, fields: []aspect{
			{"type", string(f.Type)}, {"enum", strings.Join(f.Enum, ", ")}, {"source", string(f.Source)}, {"unit", f.Unit}, {"initial", initial},
		}}
	}
	return out
}
