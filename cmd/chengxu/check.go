package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/scenario"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [FILE...]",
		Short: "check what is shipped, or the named definition and scenario files",
		Long: "Without arguments, check loads every shipped procedure, rule pack and calendar, runs the tests of the\n" +
			"packs, analyses them, and asks the rules everything that the legal scenarios ask. With arguments it checks definition\n" +
			"files (they have the key 'steps') and scenario files (they have the key 'scenario').",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			if len(args) > 0 {
				return checkFiles(own, args, cmd.OutOrStdout())
			}
			return own.check(cmd.OutOrStdout())
		},
	}
}

// check reports on everything shipped.
func (s *shipped) check(out io.Writer) error {
	var errs []error
	first, last := s.calendar.Years()
	fmt.Fprintf(out, "calendar     cn, %d to %d, %s\n", first, last, s.calendar.Digest()[:16])
	for _, p := range s.packs {
		passed, failed := 0, 0
		for _, result := range rules.RunTests(p, s.calendar) {
			if result.Passed() {
				passed++
				continue
			}
			failed++
			errs = append(errs, fmt.Errorf("%s: test %q: %s", p.Name(), result.Test.Name, result.Problem))
		}
		defects, err := rules.Analyse(p, s.calendar)
		errs = append(errs, err)
		for _, d := range defects {
			errs = append(errs, fmt.Errorf("%s: %w", d.Pack, d))
		}
		fmt.Fprintf(out, "rule pack    %s, %d rules, %d tests passed, %d failed, %d defects, %s\n",
			p.Name(), len(p.Rules()), passed, failed, len(defects), p.Digest()[:16])
	}
	for _, d := range s.definitions {
		fmt.Fprintf(out, "procedure    %s, %d steps, %s\n", d.Name(), len(d.Steps), d.Digest()[:16])
	}
	scripts, judged, err := s.checkExamples()
	fmt.Fprintf(out, "scenarios    %d read, %d judgements\n", scripts, judged)
	if err := errors.Join(append(errs, err)...); err != nil {
		return notInOrder{err}
	}
	return nil
}

// checkExamples reads every shipped scenario and asks what it asks of the rules.
func (s *shipped) checkExamples() (scripts, judged int, err error) {
	var errs []error
	err = fs.WalkDir(examples.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if path.Ext(name) != ".yaml" {
			return nil
		}
		script, err := scenario.Load(examples.Files, name)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		scripts++
		result := &scenario.Result{Scenario: script}
		if err := scenario.JudgeAll(script, s.scenarioPacks(), result); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
		judged += len(result.Judged)
		for _, problem := range result.Problems {
			errs = append(errs, fmt.Errorf("%s: %w", name, problem))
		}
		return nil
	})
	return scripts, judged, errors.Join(append(errs, err)...)
}

func checkFiles(own *shipped, files []string, out io.Writer) error {
	var errs []error
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := checkFile(own, file, src); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(out, "%s: in order\n", file)
	}
	if err := errors.Join(errs...); err != nil {
		return notInOrder{err}
	}
	return nil
}

func checkFile(own *shipped, file string, src []byte) error {
	if !strings.HasPrefix("\n"+string(src), "\nscenario:") && strings.Contains("\n"+string(src), "\nsteps:") {
		d, err := procedure.Load(file, src)
		if err != nil {
			return err
		}
		return procedure.Check(d, own)
	}
	script, err := loadScenario(file)
	if err != nil {
		return err
	}
	result := &scenario.Result{Scenario: script}
	if err := scenario.JudgeAll(script, own.scenarioPacks(), result); err != nil {
		return err
	}
	return errors.Join(result.Problems...)
}
