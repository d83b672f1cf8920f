package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// independences refuses rules that could exclude nobody, or that say too little.
func (k *checker) independences() {
	used := k.usedRoles()
	for n, i := range k.d.Independent {
		at := path("independent", n)
		k.present(at+".basis", i.Basis)
		k.rolesExist(at+".role", []casefile.Role{i.Role})
		if _, exists := k.d.Roles[i.Role]; exists && !slices.Contains(used, i.Role) {
			k.problem(at+".role", "no act names role %q: the rule excludes nobody", i.Role)
		}
		switch i.In {
		case InPrevious:
			k.before(at, i)
		case InInterests:
			if len(i.From) > 0 {
				k.problem(at+".from", "belongs to rules that look at the case before")
			}
		default:
			k.problem(at+".in", "%q: want %q or %q", i.In, InPrevious, InInterests)
		}
		for j, fact := range i.With {
			if slices.Index(i.With, fact) != j {
				k.problem(at+".with", "fact %q is named twice", fact)
			}
		}
	}
}

// before checks a rule that looks at the case before. Its roles and facts are those of
// another procedure, so that only their form can be checked.
func (k *checker) before(at string, i Independence) {
	if len(i.From) == 0 {
		k.problem(at+".from", "names no role: nobody would be excluded")
	}
	for _, fact := range i.With {
		if !nameForm.MatchString(fact) {
			k.problem(at+".with", "%q: want small letters, digits and underscores", fact)
		}
	}
	for j, r := range i.From {
		if !nameForm.MatchString(string(r)) {
			k.problem(at+".from", "%q: want small letters, digits and underscores", r)
		}
		if slices.Index(i.From, r) != j {
			k.problem(at+".from", "role %q is named twice", r)
		}
	}
}

// independenceFacts checks that the packs know the facts that name who is concerned.
func (k *checker) independenceFacts(packs []*rules.Pack) {
	for n, i := range k.d.Independent {
		if i.In == InPrevious {
			continue
		}
		for _, fact := range i.With {
			known, ok := factType(fact, packs)
			switch {
			case !ok:
				k.problem(path("independent", n)+".with", "fact %q is known to no pack", fact)
			case known.Type != rules.TypeText && known.Type != rules.TypeTexts:
				k.problem(path("independent", n)+".with", "fact %q is of type %s: it names nobody", fact, known.Type)
			}
		}
	}
}

// independences checks that the overlay excludes everybody whom the base excludes.
func (t *tightening) independences() {
	for n, b := range t.base.Independent {
		kept := slices.ContainsFunc(t.over.Independent, func(o Independence) bool {
			return o.Role == b.Role && o.In == b.In && within(b.From, o.From) && within(b.With, o.With)
		})
		if !kept {
			t.problem("independent", path("independent", n), b.Basis, "drops the independence of %q", b.Role)
		}
	}
}
