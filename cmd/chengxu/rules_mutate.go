package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

func rulesMutateCommand() *cobra.Command {
	var threshold float64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "mutate [PACK...]",
		Short: "make small mistakes in rule packs and see whether their tests notice",
		Long: "Lists the mistakes that no test of the pack notices. One that comes to the same as the rule is declared in\n" +
			"survivors.yaml of the pack, with the reason. The exit code is 1 when fewer than --threshold percent of all\n" +
			"mistakes are noticed, or a declaration does not hold.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			return own.mutatePacks(packs, threshold, asJSON, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().Float64Var(&threshold, "threshold", 95, "least percentage of mutants to be killed")
	return cmd
}

// packMutation is what the tests of one pack notice.
type packMutation struct {
	Pack      string           `json:"pack"`
	Mutants   int              `json:"mutants"`
	Killed    int              `json:"killed"`
	Share     float64          `json:"share"` // percentage killed of all
	Score     float64          `json:"score"` // of those that are not declared
	Survivors []rules.Mutant   `json:"survivors"`
	Stale     []rules.Survivor `json:"stale"`
}

func (s *shipped) mutatePacks(packs []*rules.Pack, threshold float64, asJSON bool, out io.Writer) error {
	all := make([]packMutation, len(packs))
	wrong := 0
	for i, p := range packs {
		m, err := rules.Mutate(p, s.calendar)
		if err != nil {
			return notInOrder{fmt.Errorf("rule pack %s: %w", p.Name(), err)}
		}
		all[i] = packMutation{
			Pack: m.Pack, Mutants: len(m.Mutants), Killed: m.Killed(), Share: m.Share(), Score: m.Score(),
			Survivors: append([]rules.Mutant{}, m.Survivors()...), Stale: append([]rules.Survivor{}, m.Stale...),
		}
		if m.Share() < threshold || len(m.Stale) > 0 {
			wrong++
		}
	}
	if asJSON {
		if err := printJSON(out, all); err != nil {
			return err
		}
	} else {
		for _, m := range all {
			m.print(out)
		}
	}
	if wrong > 0 {
		return notInOrder{fmt.Errorf("%d rule packs: fewer than %g %% of the mutants are killed, or a declared survivor does not hold", wrong, threshold)}
	}
	return nil
}

func (m packMutation) print(out io.Writer) {
	fmt.Fprintf(out, "%s: %d of %d mutants killed, %.1f %%; %.1f %% of those not declared\n", m.Pack, m.Killed, m.Mutants, m.Share, m.Score)
	for _, x := range m.Survivors {
		fmt.Fprintf(out, "  %s:%d:%d: %s: %s\n", x.File, x.Line, x.Column, x.Subject, x.Change)
		if x.Source != "" {
			fmt.Fprintf(out, "    %s\n", x.Source)
		}
		if x.Declared() {
			fmt.Fprintf(out, "    declared: %s / %s\n", x.Because.ZH, x.Because.EN)
		}
	}
	for _, s := range m.Stale {
		fmt.Fprintf(out, "  %s:%d: %s: %q is killed, or no mutant; remove it\n", s.File, s.Line, s.Subject, s.Mutant)
	}
}
