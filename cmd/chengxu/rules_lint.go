package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

func rulesLintCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "lint [PACK...]",
		Short: "load rule packs and look for what is well formed and cannot be meant",
		Long: "Besides what loading refuses, lint reports rules that are always or never met, contradict one another or\n" +
			"add nothing, parts of conditions that make no difference, gates that never open, and tables with gaps and\n" +
			"overlaps: each with its place and, where there is one, an example. What it reports is proven for all facts.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			found, packs, err := own.lint(args)
			if err != nil {
				return err
			}
			return printDefects(cmd.OutOrStdout(), found, packs, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// lint gives what is wrong with the packs of the arguments, and how many of them
// could be loaded.
func (s *shipped) lint(args []string) (found []rules.Defect, packs int, err error) {
	found = []rules.Defect{}
	if len(args) == 0 {
		for _, p := range s.packs {
			args = append(args, p.Name())
		}
	}
	for _, arg := range args {
		named, err := s.packsNamed([]string{arg})
		var refused notInOrder
		if errors.As(err, &refused) {
			if problems := rules.Refused(arg, refused.error); problems != nil {
				found = append(found, problems...)
				continue
			}
		}
		if err != nil {
			return nil, 0, err
		}
		for _, p := range named {
			defects, err := rules.Analyse(p, s.calendar)
			if err != nil {
				return nil, 0, err
			}
			found = append(found, defects...)
			packs++
		}
	}
	return found, packs, nil
}

func printDefects(out io.Writer, found []rules.Defect, packs int, asJSON bool) error {
	if asJSON {
		if err := printJSON(out, found); err != nil {
			return err
		}
	} else {
		for _, d := range found {
			fmt.Fprintf(out, "%s: %v\n", d.Pack, d)
		}
		fmt.Fprintf(out, "%d rule packs analysed, %d defects\n", packs, len(found))
	}
	if len(found) > 0 {
		return notInOrder{fmt.Errorf("%d defects in rule packs", len(found))}
	}
	return nil
}
