package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

// testOptions say what the command rules test prints, and what it asks for.
type testOptions struct {
	coverage  bool
	threshold float64
	asJSON    bool
}

func rulesTestCommand() *cobra.Command {
	var opts testOptions
	cmd := &cobra.Command{
		Use:   "test [PACK...]",
		Short: "run the tests that rule packs bring along",
		Long: "With --coverage it says which conditions the tests do not show true, false and unknown, and which\n" +
			"comparisons they do not show at their boundary and next to it; below --threshold the exit code is 1.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			return own.testPacks(packs, opts, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&opts.asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&opts.coverage, "coverage", false, "measure branches and boundaries")
	cmd.Flags().Float64Var(&opts.threshold, "threshold", 0, "least percentage of branches and boundaries, with --coverage")
	return cmd
}

// packTests is what came of the tests of one pack.
type packTests struct {
	Pack     string             `json:"pack"`
	Passed   int                `json:"passed"`
	Failed   []rules.TestResult `json:"failed"`
	Coverage *packCoverage      `json:"coverage,omitempty"`
}

// packCoverage is what the tests of a pack show, in percent.
type packCoverage struct {
	Points     int           `json:"points"`
	Covered    float64       `json:"covered"`
	Branches   float64       `json:"branches"`
	Boundaries float64       `json:"boundaries"`
	Missing    []rules.Point `json:"missing"`
}

// testPacks runs the packs' own tests; one that fails is shown with the article
// and the trace of its rule.
func (s *shipped) testPacks(packs []*rules.Pack, opts testOptions, out io.Writer) error {
	all := make([]packTests, len(packs))
	failed, below := 0, 0
	for i, p := range packs {
		all[i] = packTests{Pack: p.Name(), Failed: []rules.TestResult{}}
		for _, r := range rules.RunTests(p, s.calendar) {
			if r.Passed() {
				all[i].Passed++
			} else {
				all[i].Failed = append(all[i].Failed, r)
			}
		}
		failed += len(all[i].Failed)
		if !opts.coverage {
			continue
		}
		covered, err := s.cover(p)
		if err != nil {
			return err
		}
		all[i].Coverage = covered
		if covered.Covered < opts.threshold {
			below++
		}
	}
	if err := printTests(all, opts, out); err != nil {
		return err
	}
	switch {
	case failed > 0:
		return notInOrder{fmt.Errorf("%d tests of rule packs failed", failed)}
	case below > 0:
		return notInOrder{fmt.Errorf("the tests of %d rule packs show less than %g %%", below, opts.threshold)}
	}
	return nil
}

func (s *shipped) cover(p *rules.Pack) (*packCoverage, error) {
	c, err := rules.Cover(p, s.calendar)
	if err != nil {
		return nil, notInOrder{err}
	}
	return &packCoverage{
		Points: len(c.Points), Covered: c.Share(""), Missing: append([]rules.Point{}, c.Missing()...),
		Branches: c.Share(rules.PointBranch), Boundaries: c.Share(rules.PointBoundary),
	}, nil
}

func printTests(all []packTests, opts testOptions, out io.Writer) error {
	if opts.asJSON {
		return printJSON(out, all)
	}
	for _, t := range all {
		fmt.Fprintf(out, "%s: %d tests passed, %d failed\n", t.Pack, t.Passed, len(t.Failed))
		for _, r := range t.Failed {
			fmt.Fprintf(out, "  %s:%d: %s: %s\n    %s\n", r.Test.File, r.Test.Line, r.Test.Name, r.Problem, r.Basis)
			if r.Trace != nil {
				if err := printJSON(out, r.Trace.Parts); err != nil {
					return err
				}
			}
		}
		if c := t.Coverage; c != nil {
			fmt.Fprintf(out, "  %d points, %.1f %% shown: %.1f %% of the branches, %.1f %% of the boundaries\n", c.Points, c.Covered, c.Branches, c.Boundaries)
			for _, p := range c.Missing {
				fmt.Fprintf(out, "  %s:%d:%d: %s: %s: %s is not shown %s: %s\n", p.File, p.Line, p.Column, p.Subject, p.Part, p.Source, p.Want, p.Why)
			}
		}
	}
	return nil
}
