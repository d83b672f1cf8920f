package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
)

// origin is a log whose packages an organ of this installation takes in.
type origin struct {
	Organ casefile.OrganID `yaml:"organ"` // that takes them in; empty: every organ here
	Key   string           `yaml:"key"`   // verifier key of the log: <name>+<hash>+<key>
	Note  string           `yaml:"note"`  // whose it is, and how that was made sure of
}

// originsFile is the place of the origins in a data directory.
func originsFile(data string) string { return filepath.Join(data, "origins.yaml") }

// readOrigins reads the file of origins, strictly; without one there are none.
func readOrigins(path string) ([]origin, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("trusted origins: %w", err)
	}
	var file struct {
		Origins []origin `yaml:"origins"`
	}
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, o := range file.Origins {
		if _, err := ledger.ParseVerifier(o.Key); err != nil {
			return nil, fmt.Errorf("%s: origins[%d]: %w", path, i, err)
		}
	}
	return file.Origins, nil
}

// origins reads the file whenever it is asked, so that a key that is taken out counts no
// more from then on.
func (s *stack) origins() access.Origins {
	return func(organ casefile.OrganID) ([]string, error) {
		all, err := readOrigins(originsFile(s.dir))
		var out []string
		for _, o := range all {
			if o.Organ == "" || o.Organ == organ {
				out = append(out, o.Key)
			}
		}
		return out, err
	}
}
