package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// maxOwn bounds the definitions of an installation.
const maxOwn = 200

// addOwn adds the definitions of the installation to those that are shipped: the files
// of a folder, in the order of their names. Each builds on a shipped definition and
// takes nothing away from it, so that a file alone loosens no procedure; none has the
// id of a shipped one. No folder is none. What is wrong with any of them comes back
// together, and then none is added.
func (s *shipped) addOwn(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return fmt.Errorf("definitions of the installation: %w", err)
	}
	if len(files) > maxOwn {
		return fmt.Errorf("definitions of the installation: %d files in %s, want at most %d: %w", len(files), folder, maxOwn, casefile.ErrInvalid)
	}
	shippedOnes := slices.Clone(s.definitions)
	var own []*procedure.Definition
	var errs []error
	for _, file := range files {
		d, err := s.readOwn(file, shippedOnes)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if slices.ContainsFunc(own, func(other *procedure.Definition) bool { return other.Name() == d.Name() }) {
			errs = append(errs, fmt.Errorf("%s: another file defines %s already: %w", file, d.Name(), casefile.ErrInvalid))
			continue
		}
		own = append(own, d)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("definitions of the installation: %w", err)
	}
	s.definitions = append(s.definitions, own...)
	return nil
}

func (s *shipped) readOwn(file string, shippedOnes []*procedure.Definition) (*procedure.Definition, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d, err := procedure.Load(filepath.Base(file), content)
	if err != nil {
		return nil, err
	}
	for _, other := range shippedOnes {
		if other.ID == d.ID {
			return nil, fmt.Errorf("%s: id: %s is the id of a procedure that comes with the program; choose another: %w", filepath.Base(file), d.ID, casefile.ErrInvalid)
		}
	}
	if !slices.ContainsFunc(shippedOnes, func(other *procedure.Definition) bool { return other.Name() == d.Over }) {
		return nil, fmt.Errorf("%s: over: want the name of a procedure that comes with the program, such as %s: %w", filepath.Base(file), shippedOnes[0].Name(), casefile.ErrInvalid)
	}
	return d, procedure.Check(d, s)
}
