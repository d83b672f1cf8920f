package rules

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
)

// Survivor declares that no test can notice a mutant, because it comes to the
// same as what it changes.
type Survivor struct {
	Subject
	Mutant  string        `json:"mutant"` // [Mutant.Change]
	Because casefile.Text `json:"because"`
	File    string        `json:"file"`
	Line    int           `json:"line"`
}

// Survivors gives the mutants that the pack declares to be beyond any test.
func (p *Pack) Survivors() []Survivor { return slices.Clone(p.survivors) }

// of reports whether a declaration speaks of a mutant.
func (s Survivor) of(subject Subject, change string) bool {
	return s.Subject == subject && s.Mutant == change
}

// declare notes the reasons of declared survivors, and which declarations do not
// hold.
func (m *Mutation) declare(survivors []Survivor) {
	for _, s := range survivors {
		holds := false
		for i := range m.Mutants {
			if x := &m.Mutants[i]; s.of(x.Subject, x.Change) && !x.Killed() {
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
			may("period", d.text("survivor: period", &s.Period)),
			may("table", d.text("survivor: table", &s.Table)),
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
	given := strings.Fields(s.Rule + " " + s.Parameter + " " + s.Period + " " + s.Table)
	switch {
	case len(given) != 1:
		l.add(at, "survivor: give one of rule, parameter, period and table")
	case !l.declares(s.Subject):
		l.add(at, "survivor: this pack declares no %s", s.Subject)
	}
	for _, first := range l.pack.survivors {
		if first.of(s.Subject, s.Mutant) {
			l.add(at, "survivor: the mutant is given twice, first in line %d", first.Line)
		}
	}
}

func (l *loader) declares(s Subject) bool {
	switch {
	case s.Rule != "":
		return l.pack.versions[s.Rule] != nil
	case s.Parameter != "":
		return slices.ContainsFunc(l.pack.Parameters(), func(p Parameter) bool { return p.qualified() == s.Parameter })
	case s.Period != "":
		return slices.ContainsFunc(l.pack.periods, func(x *period) bool { return x.ID == s.Period })
	}
	return slices.ContainsFunc(l.pack.tables, func(x *table) bool { return x.ID == s.Table })
}
