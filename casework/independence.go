package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/workflows"
)

// Identity knows who is who, beyond what a record says.
type Identity interface {
	// SamePerson gives every record of the same natural person, the one asked about
	// among them.
	SamePerson(ctx context.Context, person casefile.PersonID) ([]casefile.PersonID, error)
	// UnitsOf gives the units to which a person is appointed on a date; with a role,
	// only those in which the person holds it. Above adds the units that these are
	// parts of.
	UnitsOf(ctx context.Context, person casefile.PersonID, on legaltime.Date, role casefile.Role, above bool) ([]casefile.UnitRef, error)
	// InterestsOf gives what a person has declared to be concerned by on a date.
	InterestsOf(ctx context.Context, person casefile.PersonID, on legaltime.Date) ([]casefile.Interest, error)
	// SignsWith reports whether a public key is one of a person in an organ and has
	// not ended.
	SignsWith(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, key string) (bool, error)
}

// independent keeps those out of a role who are not independent in it: see
// [procedure.Independence]. It gives the act as it is to be done. Whoever holds
// another role that the act admits acts in that one: the roles that the person may
// not act in are left out of those held.
//
// What is done in the case before while this one runs counts from then on.
func (s *Service) independent(ctx context.Context, def *procedure.Definition, c *casefile.Case, act casefile.Act) (casefile.Act, error) {
	barred, err := s.barred(ctx, def, c, act.By)
	if err != nil {
		return act, fmt.Errorf("independence in case %s: %w", c.ID, err)
	}
	free, refusal := without(def, c, act, barred)
	if refusal != nil {
		return act, refusal
	}
	return free, nil
}

// without gives the act as it is to be done by somebody who is barred from roles.
func without(def *procedure.Definition, c *casefile.Case, act casefile.Act, barred map[casefile.Role]casefile.Refusal) (casefile.Act, *casefile.Refusal) {
	refusal, ok := barred[def.CapacityFor(c, act)] // no capacity: it binds nobody, or is refused for another reason
	if !ok {
		return act, nil
	}
	free := act
	free.By.Roles = slices.DeleteFunc(slices.Clone(act.By.Roles), func(r casefile.Role) bool {
		_, out := barred[r]
		return out
	})
	if def.CapacityFor(c, free) != "" {
		return free, nil
	}
	refusal.Act = act.Kind
	return act, &refusal
}

// barred gives the roles of an actor that independence forbids in the case.
func (s *Service) barred(ctx context.Context, def *procedure.Definition, c *casefile.Case, by casefile.Actor) (map[casefile.Role]casefile.Refusal, error) {
	out := map[casefile.Role]casefile.Refusal{}
	previous := def.Asks(by.Roles, procedure.InPrevious) && c.Matter.Follows != ""
	if !previous && !def.Asks(by.Roles, procedure.InInterests) {
		return out, nil
	}
	who, err := s.related(ctx, c.Organ, by, clock(*c))
	if err != nil {
		return nil, err
	}
	var past []procedure.Past
	if previous {
		if past, err = s.past(ctx, c.Matter.Follows); err != nil {
			return nil, err
		}
	}
	for _, role := range by.Roles {
		if refusal := def.Dependent(c, role, who, past); refusal != nil {
			out[role] = *refusal
		}
	}
	return out, nil
}

// related gives everybody whom an actor binds: the person and the one acted for,
// under all their records.
func (s *Service) related(ctx context.Context, organ casefile.OrganID, by casefile.Actor, on legaltime.Date) (procedure.Related, error) {
	var out procedure.Related
	if by.Unit != "" {
		out.Units = []casefile.UnitRef{{Organ: organ, Name: by.Unit}}
	}
	for _, bound := range by.Persons() {
		records, err := s.samePerson(ctx, bound)
		if err != nil {
			return out, err
		}
		out.Persons = append(out.Persons, records...)
	}
	if s.o.Identity == nil {
		return out, nil
	}
	for _, person := range out.Persons {
		units, err := s.o.Identity.UnitsOf(ctx, person, on, "", true)
		if err != nil {
			return out, err
		}
		interests, err := s.o.Identity.InterestsOf(ctx, person, on)
		if err != nil {
			return out, err
		}
		out.Units, out.Interests = append(out.Units, units...), append(out.Interests, interests...)
	}
	return out, nil
}

// past gives who has acted in a case, by its record. The units are those that the
// record names, and those in which the person held the role that day.
func (s *Service) past(ctx context.Context, id casefile.ID) ([]procedure.Past, error) {
	entries, err := s.o.Store.Sealed(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("entries of case %s: %w", id, err)
	}
	before, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := s.Definition(ctx, before)
	if err != nil {
		return nil, err
	}
	var out []procedure.Past
	for _, sealed := range entries {
		e := sealed.Entry
		if e.Act == nil || e.Kind == casefile.EntryBlocked || e.Act.By.Capacity == "" {
			continue
		}
		by := e.Act.By
		p := procedure.Past{Role: by.Capacity, Title: def.Roles[by.Capacity], Names: []string{by.Name}}
		if by.Mandate != nil {
			p.Names = append(p.Names, by.Mandate.PrincipalName)
		}
		if by.Unit != "" {
			p.Units = []casefile.UnitRef{{Organ: e.Organ, Name: by.Unit}}
		}
		for _, bound := range by.Persons() {
			records, err := s.samePerson(ctx, bound)
			if err != nil {
				return nil, err
			}
			p.Persons = append(p.Persons, records...)
			if s.o.Identity == nil {
				continue
			}
			units, err := s.o.Identity.UnitsOf(ctx, bound, e.On, by.Capacity, false)
			if err != nil {
				return nil, err
			}
			p.Units = append(p.Units, units...)
		}
		out = append(out, p)
	}
	return out, nil
}

func (s *Service) samePerson(ctx context.Context, person casefile.PersonID) ([]casefile.PersonID, error) {
	if s.o.Identity == nil {
		return []casefile.PersonID{person}, nil
	}
	return s.o.Identity.SamePerson(ctx, person)
}

// checkIndependence is [Service.independent] for an act on a case that exists. An
// act that is recorded already is left to the engine, which knows repeated acts: an
// interest that was declared since does not change what was done.
func (s *Service) checkIndependence(ctx context.Context, id casefile.ID, act casefile.Act) (casefile.Act, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return act, err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return act, err
	}
	if len(def.Independent) == 0 {
		return act, nil
	}
	checked, err := s.independent(ctx, def, &c, act)
	if err == nil {
		err = s.namesIndependent(ctx, def, &c, act)
	}
	var refusal *casefile.Refusal
	if err != nil && !errors.As(err, &refusal) {
		return act, err
	}
	if err == nil && len(checked.By.Roles) == len(act.By.Roles) {
		return checked, nil
	}
	done, serr := s.done(ctx, id, act)
	if serr != nil {
		return act, serr
	}
	if done != nil {
		again := act
		if again.By.Roles = done.By.Roles; workflows.ActDigest(again) == workflows.ActDigest(*done) {
			return again, nil
		}
	}
	return checked, err
}

// namesIndependent refuses an act that names somebody for a role whom the record of the
// case before keeps out of it.
func (s *Service) namesIndependent(ctx context.Context, def *procedure.Definition, c *casefile.Case, act casefile.Act) error {
	fields := def.Naming(act)
	if len(fields) == 0 || c.Matter.Follows == "" {
		return nil
	}
	before, err := s.o.Store.Case(ctx, c.Matter.Follows)
	if err != nil {
		return fmt.Errorf("case %s, which case %s follows: %w", c.Matter.Follows, c.ID, err)
	}
	past, err := s.past(ctx, before.ID)
	if err != nil {
		return err
	}
	for _, f := range fields {
		name, _ := act.With[f.Name].(string)
		if refusal := def.NamedBefore(f, name, &before, past); refusal != nil {
			refusal.Act = act.Kind
			return refusal
		}
	}
	return nil
}

// done gives the act of the same person that the record has under the id of this
// one; nil when there is none.
func (s *Service) done(ctx context.Context, id casefile.ID, act casefile.Act) (*casefile.Act, error) {
	entries, err := s.o.Store.Sealed(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, sealed := range entries {
		if done := sealed.Entry.Act; done != nil && done.ID == act.ID && done.By.Person == act.By.Person {
			return done, nil
		}
	}
	return nil, nil
}

// checkFollows refuses a case before that does not exist, is practice where this
// one is real or the other way round, or is not one that the procedure takes up.
// Whether the caller may know of it is for those to say who know the caller.
func (s *Service) checkFollows(ctx context.Context, def *procedure.Definition, o Opening) error {
	if o.Matter.Follows == "" {
		return nil
	}
	before, err := s.o.Store.Case(ctx, o.Matter.Follows)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		return err
	}
	if err != nil || before.Practice != o.Practice {
		return NoSuchPrevious()
	}
	if !def.Open.Admits(before) {
		return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: procedure.OpeningKind, Field: "matter.follows", Message: casefile.Text{
			ZH: "所接续的案件不适用本程序要求的程序，或者还没有取得可以接续的结果。",
			EN: "the case that it follows runs under another procedure than this one takes up, or has not come to a result that can be taken up"}}
	}
	return nil
}

// NoSuchPrevious is the refusal of an opening that follows a case which does not
// exist for the caller.
func NoSuchPrevious() *casefile.Refusal {
	return &casefile.Refusal{Code: casefile.RefusedBadValue, Act: procedure.OpeningKind, Field: "matter.follows", Message: casefile.Text{
		ZH: "所接续的案件不存在，或者不能由本案接续。", EN: "the case that it follows does not exist, or cannot be followed by this one"}}
}
