package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/examples"
	"github.com/zhengdang/chengxu/scenario"
)

func demoCommand() *cobra.Command {
	o := serveOptions{openPractice: true}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "serve, and play the example cases in practice (演练), showing each act",
		Long: "demo serves like 'serve' and plays the example cases. They are practice cases, and whoever\n" +
			"reaches the pages may read practice cases; everything else asks for a token.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			return serve(cmd.Context(), o, out, func(ctx context.Context, s *stack) error {
				if err := playExamples(ctx, s, out); err != nil {
					return err
				}
				_, err := fmt.Fprintf(out, "\n示例案件已就绪：http://%s/ （Ctrl-C 停止；再次启动时案件继续）\n", o.listen)
				return err
			})
		},
	}
	o.flags(cmd)
	o.observe.flags(cmd, "warn")
	return cmd
}

// playExamples plays every example case under a name of its own, so that a
// second start finds the cases and adds nothing.
func playExamples(ctx context.Context, s *stack, out io.Writer) error {
	names, err := fs.Glob(examples.Files, "*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		script, err := scenario.Load(examples.Files, name)
		if err != nil {
			return err
		}
		if err := playExample(ctx, s, script, "demo-"+name, out); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// playExample plays one example, or what is missing of it, and shows the acts
// that are new.
func playExample(ctx context.Context, s *stack, script *scenario.Scenario, run string, out io.Writer) error {
	report := scenario.NewReport(out)
	report.Begin(script)
	var kept int64 // entries that the case had before
	added := false
	result, err := scenario.Play(ctx, script, localEngine{s.cases, s.papers}, run, func(p scenario.Played) {
		entry := p.Got.Entry.Sequence
		if p.Number == 0 && p.Got.Case.Sequence > entry {
			kept = p.Got.Case.Sequence
			fmt.Fprintf(out, "   案件已在：已有记录%d项，不重复办理\n", kept)
			return
		}
		added = added || entry > kept
		if kept == 0 || added {
			report.Act(p)
		}
	})
	if err != nil {
		return err
	}
	if err := scenario.JudgeAll(script, s.shipped.scenarioPacks(), result); err != nil {
		return err
	}
	for _, j := range result.Judged {
		report.Judged(j)
	}
	if kept == 0 {
		report.End(result)
	} else if added { // what was refused before is refused now for other reasons: nothing to compare
		fmt.Fprintf(out, "   已接着办理，现有记录%d项\n", result.Case.Sequence)
	}
	return nil
}
