package rules_test

import (
	"testing"

	"github.com/zhengdang/chengxu/rules"
)

// Of all mutants at least this percentage is killed, and the rest is explained. A
// few points lie behind a condition that excludes them.
const (
	leastKilled = 95
	leastShown  = 99
)

func TestShippedPacksKillTheirMutants(t *testing.T) {
	for _, p := range embedded(t) {
		t.Run(p.Name(), func(t *testing.T) {
			m, err := rules.Mutate(p, calendar(t))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d of %d mutants killed", m.Killed(), len(m.Mutants))
			if m.Share() < leastKilled {
				t.Errorf("%.1f %% of the mutants are killed, want %d %%", m.Share(), leastKilled)
			}
			for _, x := range m.Survivors() {
				if !x.Declared() {
					t.Errorf("%s:%d:%d: %s: %s survives, and survivors.yaml does not say why", x.File, x.Line, x.Column, x.Subject, x.Change)
				}
			}
			for _, s := range m.Stale {
				t.Errorf("%s:%d: %s: %q is killed, or no mutant", s.File, s.Line, s.Subject, s.Mutant)
			}
		})
	}
}

func TestShippedPacksShowTheirBranchesAndBoundaries(t *testing.T) {
	for _, p := range embedded(t) {
		t.Run(p.Name(), func(t *testing.T) {
			c, err := rules.Cover(p, calendar(t))
			if err != nil {
				t.Fatal(err)
			}
			if c.Share("") >= leastShown {
				return
			}
			for _, x := range c.Missing() {
				t.Errorf("%s:%d:%d: %s: %s: %s is not shown %s: %s", x.File, x.Line, x.Column, x.Subject, x.Part, x.Source, x.Want, x.Why)
			}
		})
	}
}
