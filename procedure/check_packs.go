package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// PackLookup gives a rule pack by name, "cn.713@2019".
type PackLookup interface {
	Pack(name string) (*rules.Pack, bool)
}

// Check checks a definition together with its rule packs: all that [Load]
// checks, and that every gate exists and is of the kind that is asked, and that
// every fact that an act establishes is in the vocabulary with its type. All
// problems come back together; the error wraps [casefile.ErrInvalid].
//
// A definition that builds on another must tighten it, as [Tightens] says; the
// lookup must then be a [DefinitionLookup] too.
func Check(d *Definition, packs PackLookup) error {
	errs := d.problems()
	k := &checker{d: d}
	var found []*rules.Pack
	for i, name := range d.Packs {
		pack, ok := packs.Pack(name)
		if !ok {
			k.problem(path("packs", i), "rule pack %s does not exist", name)
			continue
		}
		found = append(found, pack)
	}
	if len(found) == len(d.Packs) {
		k.gates(found)
		k.facts(found)
		k.lapses(found)
		k.independenceFacts(found)
	}
	k.over(packs)
	if errs = append(errs, k.errs...); len(errs) > 0 {
		return invalid(errs)
	}
	return nil
}

// over checks the definition against the one that it builds on.
func (k *checker) over(lookup PackLookup) {
	if k.d.Over == "" {
		return
	}
	definitions, ok := lookup.(DefinitionLookup)
	if !ok {
		k.problem("over", "there is nothing here to look up %s in", k.d.Over)
		return
	}
	base, ok := definitions.Definition(k.d.Over)
	if !ok || base.Name() != k.d.Over {
		k.problem("over", "definition %s does not exist", k.d.Over)
		return
	}
	if err := Tightens(base, k.d); err != nil {
		k.errs = append(k.errs, err)
	}
}

// gates checks every gate that the definition names.
func (k *checker) gates(packs []*rules.Pack) {
	ask := func(at string, ref rules.Ref, kind rules.Kind) {
		if ref == "" {
			return
		}
		for _, p := range packs {
			if p.ID() != ref.Pack() {
				continue
			}
			g, ok := p.Gate(ref.Gate())
			switch {
			case !ok:
				k.problem(at, "gate %s does not exist in %s", ref, p.Name())
			case g.Kind != kind:
				k.problem(at, "gate %s is of kind %s, it is asked as %s", ref, g.Kind, kind)
			}
		}
	}
	ask("open.gate", k.d.Open.Gate, rules.Admission)
	ask("throughout", k.d.Throughout, rules.Admission)
	for i, ref := range k.d.Duties {
		ask(path("duties", i), ref, rules.Watching)
	}
	for i, a := range k.d.Always {
		ask(path("always", i)+".gate", a.Gate, rules.Admission)
	}
	for i, s := range k.d.Steps {
		at := path("steps", i)
		ask(at+".applies", s.Applies, rules.Applying)
		for j, a := range s.Acts {
			ask(path(at+".acts", j)+".gate", a.Gate, rules.Admission)
		}
		for j, o := range s.Outcomes {
			ask(path(at+".outcomes", j)+".gate", o.Gate, rules.Admission)
		}
		if s.Joined != nil {
			ask(at+".joined.gate", s.Joined.Gate, rules.Admission)
		}
	}
}

// facts checks that the packs know every fact that an act can establish.
func (k *checker) facts(packs []*rules.Pack) {
	k.factsOf("open", "case.open", OpeningAct(), packs)
	for _, spec := range CaseActs() {
		k.factsOf("always", "case."+spec.Verb, spec, packs)
	}
	for i, s := range k.d.Steps {
		t, _ := s.Kind()
		for _, spec := range t.Acts {
			k.factsOf(path("steps", i)+".type", s.ID+"."+spec.Verb, spec, packs)
		}
	}
}

func (k *checker) factsOf(at, act string, spec ActSpec, packs []*rules.Pack) {
	for _, f := range spec.Fields {
		if f.Fact == "" {
			continue
		}
		known, ok := factType(f.Fact, packs)
		switch {
		case !ok:
			k.problem(at, "act %s establishes fact %q, which no pack knows", act, f.Fact)
		case !fits(f, known):
			k.problem(at, "act %s: field %q of kind %s does not fit fact %q of type %s", act, f.Name, f.Kind, f.Fact, known.Type)
		}
	}
	for _, name := range casefile.SortedNames(spec.Sets) {
		if !forRules(name) {
			continue
		}
		if err := normalises(name, spec.Sets[name], packs); err != nil {
			k.problem(at, "act %s sets fact %q: %v", act, name, err)
		}
	}
	if of := spec.Numbers; of.Kind != "" {
		if known, ok := factType(of.Fact, packs); !ok || known.Type != rules.TypeText {
			k.problem(at, "act %s gives the number %q, which no pack knows as a text", act, of.Fact)
		}
	}
	for _, name := range spec.Gives {
		if _, ok := factType(name, packs); !ok && forRules(name) {
			k.problem(at, "act %s derives fact %q, which no pack knows", act, name)
		}
	}
}

func factType(name string, packs []*rules.Pack) (rules.FactType, bool) {
	for _, p := range packs {
		if f, ok := p.Vocabulary().Fact(name); ok {
			return f, true
		}
	}
	return rules.FactType{}, false
}

func normalises(name string, value any, packs []*rules.Pack) error {
	for _, p := range packs {
		if _, ok := p.Vocabulary().Fact(name); ok {
			_, err := p.Vocabulary().Normalise(name, value)
			return err
		}
	}
	return casefile.ErrNotFound
}

// fits reports whether every value of the field is a value of the fact.
func fits(f Field, fact rules.FactType) bool {
	switch f.Kind {
	case KindBool:
		return fact.Type == rules.TypeBool
	case KindInt:
		return fact.Type == rules.TypeInt || fact.Type == rules.TypeNumber
	case KindNumber:
		return fact.Type == rules.TypeNumber
	case KindText:
		if fact.Type != rules.TypeEnum {
			return fact.Type == rules.TypeText
		}
		outside := func(v string) bool { return !slices.Contains(fact.Enum, v) }
		return len(f.Enum) > 0 && !slices.ContainsFunc(f.Enum, outside)
	case KindDate:
		return fact.Type == rules.TypeDate
	case KindTexts:
		return fact.Type == rules.TypeTexts
	case KindCase:
		return fact.Type == rules.TypeText
	case KindDigest, KindDigests:
		return false
	}
	return false
}
