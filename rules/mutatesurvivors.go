package rules

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Survivor declares that no test can notice a mutant, because it comes to the
// same as the rule.
type Survivor struct {
	Rule      string        `json:"rule,omitempty"` // one of them
	Parameter string        `json:"parameter,omitempty"`
	Mutant    string        `json:"mutant"` // [Mutant.Change]
	Because   casefile.Text `json:"because"`
	File      string        `json:"file"`
	Line      int           `json:"line"`
}

// Survivors gives the mutants that the pack declares to be beyond any test.
func (p *Pack) Survivors() []Survivor { return slices.Clone(p.survivors) }

// of reports whether a declaration speaks of a mutant.
func (s Survivor) of(m Mutant) bool {
	return s.Rule == m.Rule && s.Parameter == m.Parameter && s.Mutant == m.Change
}

// declare notes the reasons of declared survivors, and which declarations do not
// hold.
func (m *Mutation) declare(survivors []Survivor) {
	for _, s := range survivors {
		holds := false
		for i := range m.Mutants {
			if x := &m.Mutants[i]; s.of(*x) && !x.Killed() {
				x.Because, holds = s.Because, true
			}
		}
		if !holds {
			m.Stale = append(m.Stale, s)
		}
	}
}

// survivorsYAML reads survivors.yaml.
func (l *loader) survivorsYAML(d *document, n *yaml.Node) {
	for _, item := range d.items(n, "survivors") {
		s := Survivor{File: d.name, Line: item.Line}
		if !d.mapping(item, "survivor",
			may("rule", d.text("survivor: rule", &s.Rule)),
			may("parameter", d.text("survivor: parameter", &s.Parameter)),
			must("mutant", d.text("survivor: mutant", &s.Mutant)),
			must("because", d.bilingual("survivor: because", &s.Because)),
		) {
			continue
		}
		l.checkSurvivor(d.at(item), s)
		l.pack.survivors = append(l.pack.survivors, s)
	}
}

// checkSurvivor checks that a survivor names one thing that the pack declares,
// and each mutant once.
func (l *loader) checkSurvivor(at position, s Survivor) {
	isParameter := func(p Parameter) bool { return p.Name == s.Parameter }
	switch {
	case (s.Rule == "") == (s.Parameter == ""):
		l.add(at, "survivor: give either rule or parameter")
	case s.Rule != "" && l.pack.versions[s.Rule] == nil:
		l.add(at, "survivor: there is no rule %s", s.Rule)
	case s.Parameter != "" && !slices.ContainsFunc(l.pack.parameters, isParameter):
		l.add(at, "survivor: there is no parameter %s", s.Parameter)
	}
	for _, first := range l.pack.survivors {
		if first.of(Mutant{Rule: s.Rule, Parameter: s.Parameter, Change: s.Mutant}) {
			l.add(at, "survivor: the mutant is given twice, first in line %d", first.Line)
		}
	}
}
