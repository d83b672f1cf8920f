package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

func rulesExplainCommand() *cobra.Command {
	var file, on string
	var names []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain RULE|GATE --facts FILE|-",
		Short: "show why a rule or a gate answers as it does, and what would open it",
		Long: "RULE and GATE are written cn.713/mad-…, a rule also by its id alone. FILE is YAML or JSON: a mapping of\n" +
			"facts to values. What is not in it is unknown.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			today := legaltime.DateIn(time.Now(), legaltime.China)
			if on != "" {
				var err error
				if today, err = legaltime.ParseDate(on); err != nil {
					return fmt.Errorf("--on: %w", err)
				}
			}
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.stacked(names)
			if err != nil {
				return err
			}
			facts, err := factsFrom(cmd.InOrStdin(), file, packs)
			if err != nil {
				return err
			}
			judge, err := rules.NewJudge(packs, own.calendar)
			if err != nil {
				return err
			}
			e, err := explain(judge, args[0], facts, today)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), e)
			}
			e.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "facts", "", "the file of facts; - for standard input")
	cmd.Flags().StringVar(&on, "on", "", "the date of the question, YYYY-MM-DD; today by default")
	cmd.Flags().StringSliceVar(&names, "pack", nil, "the packs that judge, by name or folder; every shipped one by default")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagRequired("facts")
	return cmd
}

// stacked gives the named packs, each after those that it builds on.
func (s *shipped) stacked(names []string) ([]*rules.Pack, error) {
	named, err := s.packsNamed(names)
	if err != nil {
		return nil, err
	}
	var out []*rules.Pack
	seen := map[string]bool{}
	for _, p := range named {
		for _, below := range p.Stack() {
			if !seen[below.ID()] {
				seen[below.ID()] = true
				out = append(out, below)
			}
		}
	}
	return out, nil
}

// explanation is why a rule, or each rule of a gate, answers as it does.
type explanation struct {
	Asked  string          `json:"asked"`
	On     legaltime.Date  `json:"on"`
	Result casefile.Result `json:"result"`
	Traces []*rules.Trace  `json:"traces"`
	Ways   []rules.Way     `json:"ways"`
}

// explain explains a rule, or else the gate of the name.
func explain(judge *rules.Judge, name string, facts casefile.Values, today legaltime.Date) (explanation, error) {
	e := explanation{Asked: name, On: today, Ways: []rules.Way{}}
	trace, err := judge.Explain(name, facts, today)
	if errors.Is(err, casefile.ErrNotFound) && strings.Contains(name, "/") {
		return explainGate(judge, e, rules.Input{Facts: facts, Today: today})
	}
	if err != nil {
		return e, err
	}
	e.Result, e.Traces = trace.Finding.Result, []*rules.Trace{trace}
	ways, err := judge.WhatIfRule(name, facts, today)
	e.Ways = append(e.Ways, ways...)
	return e, err
}

func explainGate(judge *rules.Judge, e explanation, in rules.Input) (explanation, error) {
	ref := rules.Ref(e.Asked)
	whole, err := judge.ExplainGate(ref, in)
	if err != nil {
		return e, err
	}
	e.Result, e.Traces = whole.Verdict.Result, whole.Rules
	for _, f := range whole.Verdict.Findings {
		switch f.Effect {
		case casefile.EffectDuty:
			return e, nil // duties open nothing
		case casefile.EffectApplies:
			in.Applies = []rules.Ref{ref}
		default:
			in.Gates = []rules.Ref{ref}
		}
	}
	ways, err := judge.WhatIf(in)
	e.Ways = append(e.Ways, ways...)
	return e, err
}

func (e explanation) print(out io.Writer) {
	fmt.Fprintf(out, "%s: %s (%s)\n", e.Asked, e.Result, e.On)
	for _, t := range e.Traces {
		f := t.Finding
		fmt.Fprintf(out, "\n%s %s: %s\n  %s\n", t.Pack, t.Rule, f.Result, f.Basis)
		if f.Result != casefile.Pass {
			fmt.Fprintf(out, "  %s\n  %s\n", f.Message.ZH, f.Message.EN)
		}
		for _, part := range t.Parts {
			fmt.Fprintf(out, "  %s\n", part.Part)
			printNode(out, part.Root, 2)
		}
		if !f.Due.IsZero() {
			fmt.Fprintf(out, "  due %s\n", f.Due)
		}
	}
	for i, w := range e.Ways {
		if i == 0 {
			fmt.Fprintf(out, "\nwhat would do 补正途径\n")
		}
		fmt.Fprintf(out, "  %d. %s\n     %s\n", i+1, w.Remedy.ZH, w.Remedy.EN)
		for _, r := range w.Rules {
			fmt.Fprintf(out, "     %s %s\n", r.Rule, r.Basis)
		}
	}
}

// printNode prints a sub-expression and those below it, each with what it came to.
func printNode(out io.Writer, n *rules.TraceNode, depth int) {
	if n == nil {
		return
	}
	came := ""
	switch n.State {
	case rules.StateEvaluated:
		if n.Op == "literal" {
			return // it shows what it is
		}
		came = fmt.Sprintf("= %v", n.Value)
	case rules.StateUnknown:
		came = "unknown, missing " + strings.Join(n.Missing, ", ")
	case rules.StateSkipped:
		came = "skipped"
	}
	if n.Item != nil {
		came += fmt.Sprintf("  (# is %v)", n.Item)
	}
	fmt.Fprintf(out, "%s%s  %s\n", strings.Repeat("  ", depth), n.Source, came)
	if n.State == rules.StateSkipped {
		return
	}
	for _, child := range n.Children {
		printNode(out, child, depth+1)
	}
}
