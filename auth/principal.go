package auth

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// Principal is who is calling: a person who has signed in, or the holder of a
// token. The zero value is a member of the public.
type Principal struct {
	TokenID   string // empty for a session
	SessionID string // empty for a token; not secret
	Organ     casefile.OrganID
	Person    casefile.PersonID
	Name      string
	Unit      string
	Roles     []casefile.Role
	Scopes    []Scope // what a token is limited to; nil: nothing is left out
	Mandates  []Held  // under which the person may act for others
	// Oversees are the organs below, for auditors and administrators.
	Oversees []casefile.OrganID
	Expires  time.Time
	// MustChange says that the password has to be changed before anything else.
	MustChange bool

	declared []casefile.Role // roles that a trainer may let somebody have
}

// Scope is a part of what its holder may do, to which a token can be limited.
type Scope string

const (
	ScopeRead   Scope = "read"   // read cases, documents, work lists
	ScopeAct    Scope = "act"    // open cases, act, upload documents
	ScopeEvents Scope = "events" // receive events
	ScopeAdmin  Scope = "admin"  // organs, people, mandates, tokens, webhooks
)

// Scopes gives every scope.
func Scopes() []Scope { return []Scope{ScopeRead, ScopeAct, ScopeEvents, ScopeAdmin} }

// May reports whether the principal is not limited to other scopes.
func (p Principal) May(s Scope) bool { return p.Scopes == nil || slices.Contains(p.Scopes, s) }

// Public reports whether nobody has signed in.
func (p Principal) Public() bool { return p.Person == "" || p.Organ == "" }

// Held is a mandate that a person holds, with the roles of the principal that it
// hands on.
type Held struct {
	casefile.Mandate
	Roles   []casefile.Role
	InForce bool // today, by the days of the organ
}

// Deputises reports whether the principal holds a mandate that is in force today. One
// that is over, or still to come, gives nobody a place in the organ.
func (p Principal) Deputises() bool {
	return slices.ContainsFunc(p.Mandates, func(m Held) bool { return m.InForce })
}

// Under is the principal as somebody who acts for another one, under a mandate.
// A mandate that the person does not hold is [casefile.RefusedMandate]; whether it
// is in force that day is for the case to say, by its own clock.
func (p Principal) Under(mandate string) (casefile.Actor, error) {
	for _, m := range p.Mandates {
		if m.ID == mandate {
			given := m.Mandate
			return casefile.Actor{Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: slices.Clone(m.Roles), Mandate: &given}, nil
		}
	}
	return casefile.Actor{}, &casefile.Refusal{Code: casefile.RefusedMandate, Field: "under", Message: casefile.Text{
		ZH: "您没有这一授权，或者授权已经撤销。", EN: "you do not hold this mandate, or it was revoked"}}
}

func (t *Tokens) principal(token Token) Principal {
	var scopes []Scope
	for _, scope := range token.Scopes {
		scopes = append(scopes, Scope(scope))
	}
	return Principal{
		Scopes:  scopes,
		TokenID: token.ID, Organ: token.Organ, Expires: token.Expires,
		Person: token.Holder.Person, Name: token.Holder.Name, Unit: token.Holder.Unit,
		Roles: slices.Clone(token.Holder.Roles), declared: t.roles,
	}
}

// Holds reports whether the principal has the role.
func (p Principal) Holds(role casefile.Role) bool { return slices.Contains(p.Roles, role) }

// Actor is the principal as somebody who acts on a case. The roles of the
// installation are none that a case knows and are left out.
func (p Principal) Actor() casefile.Actor {
	roles := slices.DeleteFunc(slices.Clone(p.Roles), Installed)
	return casefile.Actor{Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: roles}
}

// ErrStandIn says that a caller may not act in the place of another person, or
// not in this way.
var ErrStandIn = errors.New("stand-in")

// ActAs gives the actor that a trainer takes the part of in a practice case. In
// a real case, and for anybody but a trainer, it is [casefile.ErrForbidden]; a
// person without a name or with a role that no procedure declares is
// [casefile.ErrInvalid]. Both wrap [ErrStandIn].
func (p Principal) ActAs(as casefile.Actor, practice bool) (casefile.Actor, error) {
	switch {
	case !p.Holds(Trainer):
		return casefile.Actor{}, fmt.Errorf("only a trainer acts as somebody else: %w: %w", ErrStandIn, casefile.ErrForbidden)
	case !practice:
		return casefile.Actor{}, fmt.Errorf("a trainer acts as somebody else in practice cases only: %w: %w", ErrStandIn, casefile.ErrForbidden)
	case !printable(string(as.Person), 100) || !printable(as.Name, 100) || as.Unit != "" && !printable(as.Unit, 100):
		return casefile.Actor{}, fmt.Errorf("person, name and unit: want 1 to 100 printable characters: %w: %w", ErrStandIn, casefile.ErrInvalid)
	case as.Capacity != "" || as.Mandate != nil:
		return casefile.Actor{}, fmt.Errorf("capacity and mandate: they are set when the act is recorded: %w: %w", ErrStandIn, casefile.ErrInvalid)
	}
	for i, role := range as.Roles {
		if Installed(role) || !slices.Contains(p.declared, role) || slices.Contains(as.Roles[:i], role) {
			return casefile.Actor{}, fmt.Errorf("role %.80q: no procedure declares it, or it is named twice: %w: %w", role, ErrStandIn, casefile.ErrInvalid)
		}
	}
	as.Roles = slices.Clone(as.Roles)
	return as, nil
}
