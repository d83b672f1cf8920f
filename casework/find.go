package casework

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/workflows"
)

// today is the date on the clock of a case that is about to be opened.
func (s *Service) today(in workflows.CaseInput) legaltime.Date {
	if in.Practice {
		return in.Starts
	}
	return legaltime.DateIn(time.Now(), legaltime.China)
}

// clock is the date on the clock of a case.
func clock(c casefile.Case) legaltime.Date {
	if c.Practice {
		return c.Today
	}
	return legaltime.DateIn(time.Now(), legaltime.China)
}

// Case gives a case as its entries have left it, or [casefile.ErrNotFound].
func (s *Service) Case(ctx context.Context, id casefile.ID) (casefile.Case, error) {
	return s.o.Store.Case(ctx, id)
}

// Practice reports whether a case is practice (演练), as its opening entry says.
// The entry is checked against its seal: who may stand in for whom is not decided
// by a table that anybody with the file could edit.
func (s *Service) Practice(ctx context.Context, id casefile.ID) (bool, error) {
	first, err := s.o.Store.Entry(ctx, id, 1)
	return first.Practice, err
}

// List gives one page of cases and the cursor of the next; next is empty on the
// last page, and there alone: where conditions seldom meet, a page may hold few
// cases or none and still have a next one.
func (s *Service) List(ctx context.Context, f Filter) (cases []Summary, next string, err error) {
	if f.Limit < 0 || f.Limit > 200 {
		return nil, "", fmt.Errorf("limit %d: want 1 to 200: %w", f.Limit, casefile.ErrInvalid)
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	return s.o.Store.List(ctx, f)
}

// Count gives how many cases a filter finds. Where whole is false counting was
// broken off, and there are at least as many.
func (s *Service) Count(ctx context.Context, f Filter) (n int64, whole bool, err error) {
	return s.o.Store.Count(ctx, f)
}

// Entries gives the entries of a case with their places in the log.
func (s *Service) Entries(ctx context.Context, id casefile.ID) ([]SealedEntry, error) {
	return s.o.Store.Sealed(ctx, id)
}

// Definition gives the definition that a case follows: the pinned one, not the
// library's.
func (s *Service) Definition(ctx context.Context, c casefile.Case) (*procedure.Definition, error) {
	def, err := s.definition(ctx, c.Pinned.Definition)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.ID, err)
	}
	return def, nil
}

// Procedures gives the definitions that new cases can follow.
func (s *Service) Procedures() []*procedure.Definition { return s.o.Library.Definitions() }

// Possible gives the acts that the case admits now, and what the rules say of
// each with the facts that are there. Nothing is recorded.
func (s *Service) Possible(ctx context.Context, id casefile.ID, by casefile.Actor) ([]Possible, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := s.Definition(ctx, c)
	if err != nil {
		return nil, err
	}
	return s.possible(ctx, &c, def, by, func(procedure.Possible) bool { return true })
}

// possible judges the possible acts that are wanted.
func (s *Service) possible(ctx context.Context, c *casefile.Case, def *procedure.Definition, by casefile.Actor, want func(procedure.Possible) bool) ([]Possible, error) {
	judge, err := s.o.Judges.JudgeFor(ctx, c.Pinned)
	if err != nil {
		return nil, err
	}
	barred, err := s.barred(ctx, def, c, by)
	if err != nil {
		return nil, fmt.Errorf("independence in case %s: %w", c.ID, err)
	}
	var out []Possible
	for _, p := range def.Possible(c, by) {
		if !want(p) {
			continue
		}
		if _, refusal := without(def, c, casefile.Act{Kind: p.Kind, By: by}, barred); refusal != nil {
			p.Allowed = false
		}
		judged, err := judgedOn(judge, def, c, p, clock(*c))
		if err != nil {
			return nil, err
		}
		out = append(out, judged)
	}
	return out, nil
}

// judgedOn gives what the rules say of a possible act on a day.
func judgedOn(judge *rules.Judge, def *procedure.Definition, c *casefile.Case, p procedure.Possible, today legaltime.Date) (Possible, error) {
	judgement, err := judge.Judge(rules.Input{Gates: p.Gates, Facts: def.FactsAt(c, p.Step, today), Today: today})
	if err != nil {
		return Possible{}, fmt.Errorf("judge %s: %w", p.Kind, err)
	}
	return supplied(Possible{Possible: p, Verdict: judgement.Verdict}), nil
}

// supplied sets apart the missing facts that the act itself will establish.
func supplied(p Possible) Possible {
	own := func(fact string) bool { return establishes(p.Spec, fact) }
	for i, f := range p.Verdict.Findings {
		var missing []string
		for _, fact := range f.Missing {
			if !own(fact) {
				missing = append(missing, fact)
			} else if !slices.Contains(p.Supplies, fact) {
				p.Supplies = append(p.Supplies, fact)
			}
		}
		p.Verdict.Findings[i].Missing = missing
	}
	slices.Sort(p.Supplies)
	return p
}
