package main

import (
	"errors"
	"fmt"

	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// shipped is everything that comes with the binary.
type shipped struct {
	calendar    *legaltime.Calendar
	packs       []*rules.Pack
	definitions []*procedure.Definition
}

// loadShipped loads and checks the definitions, packs and calendar that are
// embedded in the binary. All problems come back together.
func loadShipped() (*shipped, error) {
	calendar, err := legaltime.Embedded()
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	packs, err := rules.Embedded()
	if err != nil {
		return nil, fmt.Errorf("rule packs: %w", err)
	}
	sources, err := procedure.Embedded()
	if err != nil {
		return nil, fmt.Errorf("procedures: %w", err)
	}
	s := &shipped{calendar: calendar, packs: packs}
	var errs []error
	for _, source := range sources {
		d, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.definitions = append(s.definitions, d)
	}
	for _, d := range s.definitions { // once all are there: one may build on another
		errs = append(errs, procedure.Check(d, s))
	}
	return s, errors.Join(errs...)
}

// Pack gives a pack by name, for [procedure.Check].
func (s *shipped) Pack(name string) (*rules.Pack, bool) {
	for _, p := range s.packs {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}

// Definition gives a definition by name, for [procedure.Check] of those that
// build on another.
func (s *shipped) Definition(name string) (*procedure.Definition, bool) {
	for _, d := range s.definitions {
		if d.Name() == name {
			return d, true
		}
	}
	return nil, false
}

func (s *shipped) library() (*casework.Library, error) {
	return casework.NewLibrary(s.definitions, s.packs, s.calendar)
}
