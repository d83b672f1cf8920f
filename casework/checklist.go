package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// Checklist (材料清单) says which papers the file has to hold for a step, as far as
// the case has come, and which of them are there.
type Checklist struct {
	Step    string
	Held    string // the fact that lists what is there
	Basis   string
	Papers  []Paper
	Unknown []string // facts without which nobody can tell what is asked for
}

// Paper is one paper of a checklist, by the name that the rules have for it.
type Paper struct {
	Name    string
	Present bool
}

// Checklists gives the lists of a case, in the order of the steps.
func (s *Service) Checklists(ctx context.Context, id casefile.ID) ([]Checklist, error) {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := s.definition(ctx, c.Pinned.Definition)
	if err != nil {
		return nil, err
	}
	var out []Checklist
	for _, step := range def.Steps {
		kind, ok := step.Kind()
		if !ok || kind.Papers == nil {
			continue
		}
		list := Checklist{Step: step.ID, Held: kind.Papers.Held, Basis: step.Basis}
		today := clock(c)
		facts := def.FactsAt(&c, step.ID, today)
		var required []string
		if kind.Papers.Table == "" {
			required = kind.Papers.Of(&c)
		} else if required, list.Unknown, err = s.listed(ctx, c.Pinned, kind.Papers.Table, rules.Input{Facts: facts, Today: today}); err != nil {
			return nil, fmt.Errorf("papers for %s of case %s: %w", step.ID, id, err)
		}
		held := listOf(facts[kind.Papers.Held])
		for _, name := range required {
			list.Papers = append(list.Papers, Paper{Name: name, Present: slices.Contains(held, name)})
		}
		if len(list.Papers)+len(list.Unknown) > 0 {
			out = append(out, list)
		}
	}
	return out, nil
}

// listed asks the decision table of the pinned packs; nothing when none of them has
// it.
func (s *Service) listed(ctx context.Context, pinned casefile.Pinned, table string, in rules.Input) (list, unknown []string, err error) {
	judge, err := s.o.Judges.JudgeFor(ctx, pinned)
	if err != nil {
		return nil, nil, err
	}
	for _, pack := range pinned.Packs {
		id, _, _ := strings.Cut(pack.Pack, "@")
		at, err := judge.Table(rules.Ref(id+"/"+table), in)
		if errors.Is(err, casefile.ErrNotFound) {
			continue
		}
		return listOf(at.Value), at.Missing, err
	}
	return nil, nil, nil
}

// listOf gives a list of texts, also as JSON leaves it.
func listOf(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		var out []string
		for _, item := range v {
			if text, ok := item.(string); ok {
				out = append(out, text)
			}
		}
		return out
	}
	return nil
}
