package rules

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

var (
	packID   = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9-]+)*$`)
	version  = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]*$`)
	gateID   = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	ruleID   = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	factName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	gateRef  = regexp.MustCompile(`^[a-z][a-z0-9]*(\.[a-z0-9-]+)*/[a-z][a-z0-9_-]*$`)
)

const maxRevision = 1_000_000

// packYAML reads pack.yaml.
func (l *loader) packYAML(d *document, n *yaml.Node) {
	p := l.pack
	l.inForce = d.at(n)
	d.mapping(n, "pack",
		must("id", d.matching("id", packID, &p.id)),
		must("version", d.matching("version", version, &p.version)),
		may("revision", func(n *yaml.Node) {
			r, ok := d.value(n, "revision").(int64)
			if !ok || r < 1 || r > maxRevision {
				l.add(d.at(n), "revision: want a number from 1 to %d", maxRevision)
				return
			}
			p.revision = int(r)
		}),
		must("title", d.bilingual("title", &p.title)),
		may("over", func(n *yaml.Node) { l.readOver(d, n) }),
		may("territory", d.bilingual("territory", &p.territory)),
		must("rank", func(n *yaml.Node) {
			p.rank = oneOf(d, n, "rank", RankLaw, RankAdministrativeRegulation, RankLocalRegulation, RankRule, RankLocalMeasure)
		}),
		must("instruments", func(n *yaml.Node) { l.instruments(d, n) }),
		must("in_force", func(n *yaml.Node) {
			l.inForce = d.at(n)
			d.span("in_force", &p.inForce)(n)
		}),
		must("law_at", func(n *yaml.Node) {
			l.lawAt = d.at(n)
			d.matching("law_at", factName, &p.lawAt)(n)
		}),
		must("gates", func(n *yaml.Node) { l.gates(d, n) }),
	)
}

func (l *loader) gates(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "gates") {
		var g Gate
		var at []position
		d.mapping(item, "gate",
			must("id", d.matching("gate id", gateID, &g.ID)),
			may("question", d.bilingual("question", &g.Question)),
			may("adds_to", func(n *yaml.Node) {
				var ref string
				d.matching("adds_to", gateRef, &ref)(n)
				g.AddsTo = Ref(ref)
			}),
			may("free", d.bilingual("free", &g.Free)),
			may("kind", func(n *yaml.Node) { g.Kind = oneOf(d, n, "kind", Admission, Applying, Watching) }),
			must("rules", func(n *yaml.Node) {
				d.texts("rules of the gate", &g.Rules)(n)
				at = make([]position, 0, len(n.Content))
				for _, rule := range n.Content {
					at = append(at, d.at(rule))
				}
			}),
		)
		if g.ID == "" {
			continue
		}
		l.gateShape(d.at(item), &g)
		if first, twice := l.gateAt[g.ID]; twice {
			l.add(d.at(item), "gate %s is given twice, first in line %d", g.ID, first.line)
			continue
		}
		l.gateAt[g.ID], l.gateRule[g.ID] = d.at(item), at
		l.pack.gates = append(l.pack.gates, g)
	}
}

// factsYAML reads facts.yaml.
func (l *loader) factsYAML(d *document, n *yaml.Node) {
	facts := map[string]FactType{}
	d.entries(n, "facts", func(key, value *yaml.Node) {
		name := key.Value
		l.factAt[name] = d.at(key)
		switch {
		case !factName.MatchString(name):
			l.add(d.at(key), "fact %q: the name is not of the form %s", name, factName)
			return
		case reserved(name):
			l.add(d.at(key), "fact %s: the name is a word of the expression language", name)
			return
		}
		if _, taken := l.pack.scope.facts[name]; taken {
			l.add(d.at(key), "fact %s: a pack that this one builds on declares it; read that one", name)
			return
		}
		facts[name] = l.fact(d, name, value)
	})
	l.pack.vocabulary = newVocabulary(facts)
	for name, f := range facts {
		l.pack.scope.facts[name] = f
	}
}

func (l *loader) fact(d *document, name string, n *yaml.Node) FactType {
	f := FactType{Name: name}
	var initial *yaml.Node
	what := "fact " + name
	d.mapping(n, what,
		must("type", func(n *yaml.Node) { f.Type = factType(d, n) }),
		may("enum", d.texts(what+": enum", &f.Enum)),
		may("unit", d.text(what+": unit", &f.Unit)),
		must("source", func(n *yaml.Node) {
			f.Source = oneOf(d, n, what+": source", SourceEngine, SourceRecord, SourceDetermination)
		}),
		may("initial", func(n *yaml.Node) { initial = n }),
		must("title", d.bilingual(what+": title", &f.Title)),
		may("kept_for", d.text(what+": kept_for", &f.KeptFor)),
	)
	switch {
	case f.Type == TypeEnum && len(f.Enum) < 2:
		l.add(d.at(n), "%s: an enum has at least two values", what)
	case f.Type != TypeEnum && f.Enum != nil:
		l.add(d.at(n), "%s: only an enum lists values", what)
	}
	if initial != nil && f.Type != "" {
		if f.Source != SourceRecord {
			l.add(d.at(initial), "%s: only a fact of the record has an initial value", what)
		}
		f.Initial = l.factValue(d, f, initial)
		if f.Type == TypeDate && f.Initial != nil && f.Initial != "" {
			l.add(d.at(initial), `%s: a date begins as "", known not to be set`, what)
		}
	}
	return f
}

// factValue reads a value of a fact; nil after a problem.
func (l *loader) factValue(d *document, f FactType, n *yaml.Node) any {
	raw := d.value(n, "fact "+f.Name)
	if raw == nil {
		return nil
	}
	v, err := f.normalise(raw)
	if err != nil {
		l.add(d.at(n), "fact %s: %v", f.Name, err)
		return nil
	}
	return v
}

// factType reads a type; the list of texts may be written [text] or "[text]".
func factType(d *document, n *yaml.Node) Type {
	if n.Kind == yaml.SequenceNode && len(n.Content) == 1 && n.Content[0].Value == string(TypeText) {
		return TypeTexts
	}
	return oneOf(d, n, "type", TypeBool, TypeInt, TypeNumber, TypeText, TypeDate, TypeTexts, TypeEnum)
}

// oneOf reads a word of a closed set; empty after a problem.
func oneOf[T ~string](d *document, n *yaml.Node, what string, words ...T) T {
	names := make([]string, len(words))
	for i, word := range words {
		if n.Kind == yaml.ScalarNode && n.Value == string(word) {
			return word
		}
		names[i] = string(word)
	}
	d.problems.add(d.at(n), "%s: %q is none of %s", what, n.Value, strings.Join(names, ", "))
	return ""
}

// parametersYAML reads parameters.yaml.
func (l *loader) parametersYAML(d *document, n *yaml.Node) {
	own, tightened := map[string]Parameter{}, map[string]Parameter{}
	d.entries(n, "parameters", func(key, value *yaml.Node) {
		l.paramAt[key.Value] = d.at(key)
		of, name, qualified := strings.Cut(key.Value, "/")
		if !qualified {
			of, name = "", key.Value
		}
		switch {
		case !factName.MatchString(name), qualified && !packID.MatchString(of):
			l.add(d.at(key), "parameter %q: the name is not of the form %s, or <pack>/<parameter> for one that is tightened", key.Value, factName)
			return
		case !qualified && l.pack.scope.owner[name] != nil:
			l.add(d.at(key), "parameter %s: %s sets it; to tighten it write %s/%s", name, l.pack.scope.owner[name].Name(), l.pack.scope.owner[name].id, name)
			return
		}
		p := l.parameter(d, key.Value, value)
		switch p.Name, p.Of = name, of; {
		case len(p.Rows) == 0:
		case qualified:
			tightened[key.Value] = p
		default:
			own[name] = p
			l.pack.scope.params[name], l.pack.scope.owner[name] = p, l.pack
		}
	})
	l.pack.parameters, l.pack.tightened = sortedParameters(own), sortedParameters(tightened)
	l.checkTightened()
}

// parameter reads the rows of a parameter, alone or with what lower packs may do
// to it.
func (l *loader) parameter(d *document, name string, n *yaml.Node) Parameter {
	p := Parameter{Name: name}
	what := "parameter " + name
	if n.Kind == yaml.MappingNode {
		at := n
		d.mapping(n, what,
			must("stricter", func(n *yaml.Node) {
				p.Stricter = oneOf(d, n, what+": stricter", StricterHigher, StricterLower, StricterFixed, StricterOpen)
			}),
			may("because", d.text(what+": because", &p.Because)),
			must("rows", func(n *yaml.Node) { l.rows(d, &p, what, n) }),
		)
		if p.Stricter == StricterOpen && p.Because == "" {
			l.add(d.at(at), "%s: say in because why the figure is open", what)
		}
		return p
	}
	l.rows(d, &p, what, n)
	return p
}

func (l *loader) rows(d *document, p *Parameter, what string, n *yaml.Node) {
	for _, item := range d.items(n, what) {
		row := ParameterRow{File: d.name, Line: item.Line, column: item.Column}
		d.mapping(item, what,
			must("from", d.date(what+": from", &row.From)),
			must("value", func(n *yaml.Node) { row.Value = l.parameterValue(d, p, n) }),
			must("unit", d.text(what+": unit", &row.Unit)),
			must("basis", l.basis(d, what+": basis", &row.Basis)),
			must("provenance", func(n *yaml.Node) { row.Provenance = provenance(d, n) }),
		)
		if k := len(p.Rows); k > 0 && !row.From.IsZero() && !row.From.After(p.Rows[k-1].From) {
			l.add(d.at(item), "%s: rows are in the order of their dates; %s does not come after %s", what, row.From, p.Rows[k-1].From)
		}
		p.Rows = append(p.Rows, row)
	}
	if n.Kind == yaml.SequenceNode && len(p.Rows) == 0 {
		l.add(d.at(n), "%s: give at least one row", what)
	}
}

// parameterValue reads a value; the first one gives the parameter its type.
func (l *loader) parameterValue(d *document, p *Parameter, n *yaml.Node) any {
	raw := d.value(n, "parameter "+p.Name)
	var t Type
	switch raw.(type) {
	case nil:
		return nil
	case bool:
		t = TypeBool
	case int64:
		t = TypeInt
	case float64:
		t = TypeNumber
	case string:
		t = TypeText
		if n.Tag == "!!timestamp" {
			t = TypeDate
		}
	default:
		l.add(d.at(n), "parameter %s: a list is not accepted", p.Name)
		return nil
	}
	if p.Type == "" {
		p.Type = t
	}
	v, err := FactType{Type: p.Type}.normalise(raw)
	if err != nil {
		l.add(d.at(n), "parameter %s: %v", p.Name, err)
		return nil
	}
	return v
}

func provenance(d *document, n *yaml.Node) Provenance {
	return oneOf(d, n, "provenance", Verified, Excerpt, Derived, OlderText, Recalled)
}
