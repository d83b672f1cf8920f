package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

// readFacts reads a file of facts, YAML or JSON, as a mapping of names to values.
// A fact that none of the packs knows is refused: judging would leave it out in
// silence.
func readFacts(file string, packs []*rules.Pack) (casefile.Values, error) {
	return factsFrom(os.Stdin, file, packs)
}

// factsFrom reads facts from a file, or from stdin when the file is "-".
func factsFrom(stdin io.Reader, file string, packs []*rules.Pack) (casefile.Values, error) {
	var content []byte
	var err error
	if file == "-" {
		content, err = io.ReadAll(stdin)
	} else {
		content, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(content, &nodes); err != nil {
		return nil, fmt.Errorf("%s: want a mapping of facts to values: %w", file, err)
	}
	facts := casefile.Values{}
	var errs []error
	for _, name := range casefile.SortedNames(nodes) {
		n := nodes[name]
		value, err := factValue(packs, name, &n)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, n.Line, err))
			continue
		}
		facts[name] = value
	}
	return facts, errors.Join(errs...)
}

// factValue reads a value of a fact as its pack types it.
func factValue(packs []*rules.Pack, name string, n *yaml.Node) (any, error) {
	for _, p := range packs {
		vocabulary := p.Vocabulary()
		if _, ok := vocabulary.Fact(name); !ok {
			continue
		}
		var value any
		if err := n.Decode(&value); err != nil {
			return nil, fmt.Errorf("fact %s: %w", name, err)
		}
		if n.Kind == yaml.ScalarNode && n.Tag == "!!timestamp" { // dates are text
			value = n.Value
		}
		return vocabulary.Normalise(name, value)
	}
	return nil, fmt.Errorf("fact %s is in no vocabulary of the packs", name)
}
