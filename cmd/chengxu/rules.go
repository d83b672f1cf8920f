package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/rules"
)

func rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "the law as data: check, test, explain, compare and release rule packs",
		Long: "A rule pack is named by its name, cn.713@2019, when it is shipped with the binary, and by its folder\n" +
			"otherwise. Without a pack, a command takes every shipped one.",
	}
	cmd.AddCommand(rulesNewCommand(), rulesLintCommand(), rulesExplainCommand(), rulesTableCommand(), rulesTestCommand(), rulesMutateCommand())
	cmd.AddCommand(changeCommands()...)
	cmd.AddCommand(rulesCoverageCommand(), rulesWatchCommand())
	return cmd
}

// packsNamed gives the packs of the arguments: names of shipped packs, or
// folders; without arguments, every shipped pack. All problems come back
// together.
func (s *shipped) packsNamed(args []string) ([]*rules.Pack, error) {
	if len(args) == 0 {
		return s.packs, nil
	}
	var packs []*rules.Pack
	var errs []error
	for _, arg := range args {
		if p, ok := s.Pack(arg); ok {
			packs = append(packs, p)
			continue
		}
		read := s.packIn
		if isFile(arg) {
			read = s.packInRelease
		}
		p, err := read(arg, packs)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		packs = append(packs, p)
	}
	return packs, errors.Join(errs...)
}

// packIn loads the pack in a folder. What it builds on is found among the packs
// named before it and the shipped ones.
func (s *shipped) packIn(dir string, before []*rules.Pack) (*rules.Pack, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		names := make([]string, len(s.packs))
		for i, p := range s.packs {
			names[i] = p.Name()
		}
		return nil, fmt.Errorf("%s is neither a folder nor a shipped pack; shipped are %s", dir, strings.Join(names, ", "))
	}
	p, err := rules.LoadPack(os.DirFS(dir), ".", slices.Concat(before, s.packs)...)
	if errors.Is(err, casefile.ErrInvalid) {
		return nil, notInOrder{fmt.Errorf("%s: %w", dir, err)}
	}
	return p, err
}

// printJSON writes a value as indented JSON.
func printJSON(out io.Writer, value any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
