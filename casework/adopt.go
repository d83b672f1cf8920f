package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Affected is an open case that is judged by another release than a case opened
// today would be.
type Affected struct {
	Case    Summary
	From    casefile.Pinned
	To      casefile.Pinned // its contents are stored, so that the case can move to it
	Changes []Change
	// Refusal says why the case cannot move there; nil when it can.
	Refusal    *casefile.Refusal
	ProposedBy casefile.PersonID // who proposed that it moves; empty: nobody did
	Declined   bool              // it was decided that it stays
}

// What a [Change] is about.
const (
	ChangedDefinition = "definition"
	ChangedPack       = "pack"
	ChangedCalendar   = "calendar"
)

// Change is one content that another release names otherwise. A digest is empty
// where the release names no such content.
type Change struct {
	What     string
	Name     string // of the pack, or the procedure moved to
	From, To casefile.Digest
}

// Affected gives the open cases on one page of the list that are judged by another
// release than a case opened today would be, and the cursor of the next page. They
// stay with theirs until an act of adoption moves them.
func (s *Service) Affected(ctx context.Context, f Filter) (affected []Affected, next string, err error) {
	cases, next, err := s.List(ctx, f)
	if err != nil {
		return nil, "", err
	}
	to := s.currently()
	for _, summary := range cases {
		if summary.Status == casefile.StatusClosed {
			continue
		}
		a, is, err := s.affected(ctx, summary, to)
		if err != nil {
			return nil, "", err
		}
		if is {
			affected = append(affected, a)
		}
	}
	return affected, next, nil
}

// target gives what a case would be pinned to; the zero value: nothing can be said.
type target func(ctx context.Context, c *casefile.Case) (casefile.Pinned, error)

// currently is the release that judges new cases.
func (s *Service) currently() target {
	known := map[string]casefile.Pinned{}
	return func(ctx context.Context, c *casefile.Case) (casefile.Pinned, error) { return s.current(ctx, c, known) }
}

// affected says how the judging of an open case changes where it moves; is is false
// where it does not.
func (s *Service) affected(ctx context.Context, summary Summary, to target) (a Affected, is bool, err error) {
	c, err := s.o.Store.Case(ctx, summary.ID)
	if err != nil {
		return a, false, err
	}
	pinned, err := to(ctx, &c)
	if err != nil || pinned.Procedure == "" || c.Pinned.Equal(pinned) {
		return a, false, err
	}
	a = Affected{Case: summary, From: c.Pinned, To: pinned, Changes: changes(c.Pinned, pinned), Declined: procedure.Declined(&c, pinned)}
	if by, ok := procedure.Proposed(&c, pinned); ok {
		a.ProposedBy = by
	}
	a.Refusal, err = s.o.Judges.MayAdopt(ctx, c, pinned, clock(c))
	return a, err == nil, err
}

// current gives what the case would be pinned to if it were opened today, and sees
// to it that the contents are stored. It is the zero value where the library has
// the procedure no more, or an overlay that a practice case named. Known holds
// what was found for other cases.
func (s *Service) current(ctx context.Context, c *casefile.Case, known map[string]casefile.Pinned) (casefile.Pinned, error) {
	id, _, _ := strings.Cut(c.Pinned.Procedure, "@")
	def, ok := s.o.Library.Definition(id)
	if !ok {
		return casefile.Pinned{}, nil
	}
	o := Opening{Organ: c.Organ, Practice: c.Practice}
	if c.Practice { // it goes on with the overlays that it has
		o.Overlays = []string{}
		for _, p := range c.Pinned.Packs {
			if !slices.Contains(def.Packs, p.Pack) {
				o.Overlays = append(o.Overlays, p.Pack)
			}
		}
	}
	today := clock(*c)
	key := strings.Join(append([]string{def.Name(), string(c.Organ), today.String()}, o.Overlays...), "\n")
	if pinned, ok := known[key]; ok {
		return pinned, nil
	}
	packs, err := s.packsFor(ctx, def, o, today)
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) {
		return casefile.Pinned{}, nil
	}
	if err != nil {
		return casefile.Pinned{}, err
	}
	pinned, err := s.o.Library.pin(ctx, def, packs, s.o.Store)
	known[key] = pinned
	return pinned, err
}

func changes(from, to casefile.Pinned) []Change {
	var out []Change
	add := func(what, name string, from, to casefile.Digest) {
		if from != to {
			out = append(out, Change{What: what, Name: name, From: from, To: to})
		}
	}
	add(ChangedDefinition, to.Procedure, from.Definition, to.Definition)
	before := map[string]casefile.Digest{}
	for _, p := range from.Packs {
		before[p.Pack] = p.Digest
	}
	for _, p := range to.Packs {
		add(ChangedPack, p.Pack, before[p.Pack], p.Digest)
		delete(before, p.Pack)
	}
	for _, name := range casefile.SortedNames(before) {
		add(ChangedPack, name, before[name], "")
	}
	add(ChangedCalendar, "", from.Calendar, to.Calendar)
	return out
}

// checkAdoption refuses to propose or to adopt what the case cannot move to,
// before anything reaches the engine.
func (s *Service) checkAdoption(ctx context.Context, id casefile.ID, act casefile.Act) error {
	pinned, ok := procedure.ToBeAdopted(act)
	if !ok {
		return nil
	}
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return err
	}
	if _, refusal := def.Plan(&c, act, nil, clock(c)); refusal != nil {
		return nil //nolint:nilerr // the engine, which knows repeated acts, says so
	}
	refusal, err := s.o.Judges.MayAdopt(ctx, c, pinned, clock(c))
	if err != nil {
		return fmt.Errorf("what case %s would move to: %w", id, err)
	}
	if refusal != nil {
		refusal.Act = act.Kind
		return refusal
	}
	return nil
}
