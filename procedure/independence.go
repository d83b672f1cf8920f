package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// Earlier is where an [Independence] looks for what excludes a person.
type Earlier string

const (
	InPrevious  Earlier = "previous"  // what was done in the case that this one follows
	InInterests Earlier = "interests" // what the person has declared to be concerned by
)

// Independence (独立性) says that a role is not for those who acted in one of
// certain roles in the case that this one follows, or who have declared a direct
// interest in the matter. Who acts for another binds both, then as now; a unit is
// bound by what its members did.
type Independence struct {
	Role casefile.Role   `yaml:"role" json:"role"`
	In   Earlier         `yaml:"in" json:"in"`
	From []casefile.Role `yaml:"from,omitempty" json:"from,omitempty"` // roles of the procedure of the case before; for "previous"
	// With are facts that name people and units: for "interests" those in whom an
	// interest excludes, beside the organ of the case and the matter itself; for
	// "previous", facts of the case before, which exclude whom they name from being
	// named for the role.
	With  []string `yaml:"with,omitempty" json:"with,omitempty"`
	Basis string   `yaml:"basis" json:"basis"`
}

// Related is everybody whom an act would bind, and what is known of them.
type Related struct {
	Persons   []casefile.PersonID // with every other record of the same persons
	Units     []casefile.UnitRef  // that they belong to, with those above
	Interests []casefile.Interest
}

// Past is somebody who acted in the case before: in which role, under which
// records, and for which units.
type Past struct {
	Role    casefile.Role
	Title   casefile.Text // of the role in the procedure of the case before; zero: it has none
	Persons []casefile.PersonID
	Units   []casefile.UnitRef
	Names   []string // of the persons, as the record has them
}

// Asks reports whether the definition asks for the independence of one of the
// roles, and where it looks.
func (d *Definition) Asks(roles []casefile.Role, in Earlier) bool {
	return slices.ContainsFunc(d.Independent, func(i Independence) bool { return i.In == in && slices.Contains(roles, i.Role) })
}

// Dependent says why those related may not act in a role, or gives nil.
func (d *Definition) Dependent(c *casefile.Case, role casefile.Role, who Related, past []Past) *casefile.Refusal {
	for _, i := range d.Independent {
		if i.Role != role {
			continue
		}
		var refusal *casefile.Refusal
		switch i.In {
		case InPrevious:
			refusal = d.actedBefore(i, who, past)
		case InInterests:
			refusal = d.interested(i, c, who)
		}
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

func (d *Definition) actedBefore(i Independence, who Related, past []Past) *casefile.Refusal {
	for _, p := range past {
		if !slices.Contains(i.From, p.Role) {
			continue
		}
		was := p.Title
		if was.IsZero() {
			was = casefile.Text{ZH: string(p.Role), EN: string(p.Role)}
		}
		switch {
		case shares(who.Persons, p.Persons):
			return refuse(casefile.RefusedIndependence, "by",
				fmt.Sprintf("该人员（或者授权人、受托人）已在此前的案件中以“%s”身份办理，不得在本案以“%s”身份办理（%s）。", was.ZH, d.Roles[i.Role].ZH, i.Basis),
				fmt.Sprintf("this person, or the one acted for, has acted as %s in the case before and may not act as %s in this one (%s)", was.EN, d.Roles[i.Role].EN, i.Basis))
		case shares(who.Units, p.Units):
			return refuse(casefile.RefusedIndependence, "by",
				fmt.Sprintf("该人员所在单位已在此前的案件中以“%s”身份办理，不得在本案以“%s”身份办理（%s）。", was.ZH, d.Roles[i.Role].ZH, i.Basis),
				fmt.Sprintf("a unit of this person has acted as %s in the case before, and its members may not act as %s in this one (%s)", was.EN, d.Roles[i.Role].EN, i.Basis))
		}
	}
	return nil
}

// Naming gives the fields by which an act names who is to act in a role that those of
// the case before are kept out of.
func (d *Definition) Naming(act casefile.Act) []Field {
	p := &planning{d: d, act: act}
	if len(d.Independent) == 0 || act.Kind == OpeningKind || p.find() != nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.spec.Fields), func(f Field) bool {
		return f.For == "" || !d.Asks([]casefile.Role{f.For}, InPrevious)
	})
}

// NamedBefore says why somebody may not be named for a role: the case before has the
// name among those who acted there, or in facts that say who did the work. It gives nil
// where nothing speaks against the name.
func (d *Definition) NamedBefore(f Field, name string, before *casefile.Case, past []Past) *casefile.Refusal {
	name = strings.TrimSpace(name)
	for _, i := range d.Independent {
		if i.Role != f.For || i.In != InPrevious || name == "" {
			continue
		}
		acted := slices.ContainsFunc(past, func(p Past) bool {
			unit := func(u casefile.UnitRef) bool { return u.Name == name }
			return slices.Contains(i.From, p.Role) && (slices.Contains(p.Names, name) || slices.ContainsFunc(p.Units, unit))
		})
		if acted || named(i.With, before, name) {
			return refuse(casefile.RefusedIndependence, f.Name,
				fmt.Sprintf("所接续的案件记载“%s”承担过有关工作，不得在本案以“%s”身份办理（%s）。", clip(name), d.Roles[i.Role].ZH, i.Basis),
				fmt.Sprintf("by the record of the case before, %s did that work there and may not be %s in this one (%s)", clip(name), d.Roles[i.Role].EN, i.Basis))
		}
	}
	return nil
}

func (d *Definition) interested(i Independence, c *casefile.Case, who Related) *casefile.Refusal {
	for _, x := range who.Interests {
		if x.Direct && concerns(i, c, x) {
			return refuse(casefile.RefusedIndependence, "by",
				fmt.Sprintf("该人员已申报与本案有直接利害关系，不得以“%s”身份办理（%s）。", d.Roles[i.Role].ZH, i.Basis),
				fmt.Sprintf("this person has declared a direct interest in the matter and may not act as %s (%s)", d.Roles[i.Role].EN, i.Basis))
		}
	}
	return nil
}

// concerns reports whether an interest is one in the case.
func concerns(i Independence, c *casefile.Case, x casefile.Interest) bool {
	of := strings.TrimSpace(x.Of)
	if of == "" {
		return false
	}
	switch x.Kind {
	case casefile.InterestMatter:
		return of == string(c.ID) || of == strings.TrimSpace(c.Matter.Title)
	case casefile.InterestOrgan:
		return of == string(c.Organ) || named(i.With, c, of)
	case casefile.InterestUnit, casefile.InterestParty:
		return named(i.With, c, of)
	}
	return false
}

// named reports whether one of the facts names somebody.
func named(facts []string, c *casefile.Case, name string) bool {
	return slices.ContainsFunc(facts, func(fact string) bool {
		value := c.Facts[fact].Value
		return slices.ContainsFunc(append(asTexts(value), asText(value)), func(s string) bool { return strings.TrimSpace(s) == name })
	})
}

func shares[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(x T) bool { return slices.Contains(b, x) })
}

// CapacityFor gives the role that an act would be done in; it is empty for an act
// that binds nobody, and for one that is refused.
func (d *Definition) CapacityFor(c *casefile.Case, act casefile.Act) casefile.Role {
	p := &planning{d: d, c: c, act: act}
	if act.Kind == OpeningKind && c.Sequence == 0 {
		p.spec, p.rule = OpeningAct(), ActRule{Roles: d.Open.Roles}
	} else if refusal := p.find(); refusal != nil {
		return ""
	}
	p.run, _ = c.Active(p.step.ID)
	roles, refusal := p.votingRoles()
	if refusal != nil {
		return ""
	}
	role, _ := d.capacity(c, act.By, roles, p.spec.Neutral)
	return role
}
