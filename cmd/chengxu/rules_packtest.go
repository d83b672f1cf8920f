package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

func rulesTestCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test [PACK...]",
		Short: "run the tests that rule packs bring along",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			return own.testPacks(packs, asJSON, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// packTests is what came of the tests of one pack.
type packTests struct {
	Pack   string             `json:"pack"`
	Passed int                `json:"passed"`
	Failed []rules.TestResult `json:"failed"`
}

// testPacks runs the packs' own tests; one that fails is shown with the article
// and the trace of its rule.
func (s *shipped) testPacks(packs []*rules.Pack, asJSON bool, out io.Writer) error {
	all := make([]packTests, len(packs))
	failed := 0
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
	}
	if asJSON {
		if err := printJSON(out, all); err != nil {
			return err
		}
	} else {
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
		}
	}
	if failed > 0 {
		return notInOrder{fmt.Errorf("%d tests of rule packs failed", failed)}
	}
	return nil
}
