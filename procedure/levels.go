package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Levels says who may know a fact, or a field of an act. The step types say so;
// what they do not mention is internal.
type Levels struct {
	facts  map[string]casefile.Level
	fields map[string]casefile.Level // by "<verb>.<field>"
}

// NewLevels reads the levels off the step types. Where two acts give a fact or a
// field of one name different levels, the stricter one counts.
func NewLevels() Levels {
	l := Levels{facts: map[string]casefile.Level{}, fields: map[string]casefile.Level{}}
	for _, id := range Types() {
		kind, _ := Type(id)
		for _, spec := range kind.Acts {
			l.read(spec)
		}
	}
	for _, spec := range (&Panel{}).acts("") {
		l.read(spec)
	}
	for _, spec := range append(CaseActs(), OpeningAct()) {
		l.read(spec)
	}
	return l
}

func (l Levels) read(spec ActSpec) {
	for _, f := range spec.Fields {
		if f.Level != casefile.LevelRestricted {
			continue
		}
		l.fields[spec.Verb+"."+f.Name] = f.Level
		if f.Fact != "" {
			l.facts[f.Fact] = f.Level
		}
	}
	for _, fact := range spec.Restricted {
		l.facts[fact] = casefile.LevelRestricted
	}
}

// Fact gives the level of a fact.
func (l Levels) Fact(name string) casefile.Level { return l.facts[name] }

// Field gives the level of a field in the payload of an act.
func (l Levels) Field(verb, name string) casefile.Level { return l.fields[verb+"."+name] }

// RestrictedFacts gives the facts that are restricted, sorted.
func (l Levels) RestrictedFacts() []string { return casefile.SortedNames(l.facts) }

// RestrictedFields gives the restricted fields as "<verb>.<field>", sorted.
func (l Levels) RestrictedFields() []string { return casefile.SortedNames(l.fields) }

// Awaits reports whether an act that the case awaits in its running steps belongs
// to one of the roles.
func (d *Definition) Awaits(c *casefile.Case, roles []casefile.Role) bool {
	for _, run := range c.ActiveSteps() {
		step, _ := d.Step(run.Step)
		for _, rule := range step.Rules() {
			if slices.ContainsFunc(rule.Roles, func(r casefile.Role) bool { return slices.Contains(roles, r) }) {
				return true
			}
		}
	}
	return false
}
