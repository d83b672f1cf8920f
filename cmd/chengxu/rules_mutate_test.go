package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestShippedPacksStandMutationAndCoverage(t *testing.T) {
	d := desk{t: t}
	var mutated []packMutation
	if err := json.Unmarshal([]byte(d.must("rules", "mutate", "--json")), &mutated); err != nil {
		t.Fatal(err)
	}
	if len(mutated) < 2 || mutated[0].Mutants < 1000 || mutated[0].Share < 95 || len(mutated[0].Stale) > 0 {
		t.Errorf("got %d packs, the first %+v", len(mutated), mutated[0])
	}
	var tested []packTests
	if err := json.Unmarshal([]byte(d.must("rules", "test", "--coverage", "--threshold", "99", "--json", "cn.713@2019")), &tested); err != nil {
		t.Fatal(err)
	}
	if len(tested) != 1 || tested[0].Passed < 400 || tested[0].Coverage.Covered < 99 {
		t.Errorf("got %+v", tested)
	}
}

// Without its tests of archiving the pack is below both thresholds, and the
// report says where.
func TestAPackThatLostTestsIsNotInOrder(t *testing.T) {
	d, dir := desk{t: t}, packCopy(t)
	if err := os.Remove(filepath.Join(dir, "tests", "archive.yaml")); err != nil {
		t.Fatal(err)
	}
	out, err := d.run("rules", "mutate", "--threshold", "99", dir)
	if !errors.As(err, new(notInOrder)) {
		t.Errorf("mutate: got %v", err)
	}
	for _, want := range []string{
		"rules/archive.yaml:22:7: rule case-file-without-gaps: effect: block → warn\n",
		"declared: 专家人数不会是负数",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("mutate does not print %q", want)
		}
	}
	out, err = d.run("rules", "test", "--coverage", "--threshold", "99", dir)
	if want := "rule case-file-without-gaps: require: all(required_docs, # in archived_docs) is not shown true: no test asks the rule case-file-without-gaps"; !errors.As(err, new(notInOrder)) || !strings.Contains(out, want) {
		t.Errorf("test: got %v, and no %q", err, want)
	}
}
