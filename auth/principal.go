package auth

import (
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Principal is who is calling, as the token says.
type Principal struct {
	TokenID string
	Organ   casefile.OrganID
	Person  casefile.PersonID
	Name    string
	Unit    string
	Roles   []casefile.Role
	Expires time.Time

	declared []casefile.Role // roles that a trainer may let somebody have
}

func (t *Tokens) principal(token Token) Principal {
	return Principal{
		TokenID: token.ID, Organ: token.Organ, Expires: token.Expires,
		Person: token.Holder.Person, Name: token.Holder.Name, Unit: token.Holder.Unit,
		Roles: slices.Clone(token.Holder.Roles), declared: t.roles,
	}
}

// Holds reports whether the principal has the role.
func (p Principal) Holds(role casefile.Role) bool { return slices.Contains(p.Roles, role) }

// Actor is the principal as somebody who acts on a case. The role of trainer is
// none that a case knows and is left out.
func (p Principal) Actor() casefile.Actor {
	roles := slices.DeleteFunc(slices.Clone(p.Roles), func(r casefile.Role) bool { return r == Trainer })
	return casefile.Actor{Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: roles}
}

// ActAs gives the actor that a trainer takes the part of in a practice case. In
// a real case, and for anybody but a trainer, it is [casefile.ErrForbidden]; a
// person without a name or with a role that no procedure declares is
// [casefile.ErrInvalid].
func (p Principal) ActAs(as casefile.Actor, practice bool) (casefile.Actor, error) {
	switch {
	case !p.Holds(Trainer):
		return casefile.Actor{}, fmt.Errorf("only a trainer acts as somebody else: %w", casefile.ErrForbidden)
	case !practice:
		return casefile.Actor{}, fmt.Errorf("a trainer acts as somebody else in practice cases only: %w", casefile.ErrForbidden)
	case !printable(string(as.Person), 100) || !printable(as.Name, 100) || as.Unit != "" && !printable(as.Unit, 100):
		return casefile.Actor{}, fmt.Errorf("person, name and unit: want 1 to 100 printable characters: %w", casefile.ErrInvalid)
	case as.Capacity != "":
		return casefile.Actor{}, fmt.Errorf("capacity: it is set when the act is recorded: %w", casefile.ErrInvalid)
	}
	for i, role := range as.Roles {
		if role == Trainer || !slices.Contains(p.declared, role) || slices.Contains(as.Roles[:i], role) {
			return casefile.Actor{}, fmt.Errorf("role %.80q: no procedure declares it, or it is named twice: %w", role, casefile.ErrInvalid)
		}
	}
	as.Roles = slices.Clone(as.Roles)
	return as, nil
}
