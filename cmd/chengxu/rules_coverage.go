package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func rulesCoverageCommand() *cobra.Command {
	var asJSON, unmapped bool
	cmd := &cobra.Command{
		Use:   "coverage [PACK...]",
		Short: "print the obligations of the law and what sees to each: steps, rules, tests",
		Long: "coverage prints the matrix article, obligation, step, rule, test (义务对照表) of the packs that list the\n" +
			"obligations of their instrument. It fails when an article is not mentioned, when an obligation is mapped to\n" +
			"something that is not there, and when a mapped rule has no test in which it passes and one in which it blocks.",
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			return own.coverage(packs, asJSON, unmapped, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&unmapped, "unmapped", false, "print only the gaps and what is left to human judgement")
	return cmd
}

func (s *shipped) coverage(packs []*rules.Pack, asJSON, unmapped bool, out io.Writer) error {
	all := []rules.Matrix{}
	gaps := 0
	for _, p := range packs {
		if len(p.Obligations()) == 0 {
			continue
		}
		var results []rules.TestResult
		for _, x := range p.Stack() {
			results = append(results, rules.RunTests(x, s.calendar)...)
		}
		c := rules.MakeMatrix(p, results, procedure.Enforcement(s.definitions, p))
		if unmapped {
			c.Rows = slices.DeleteFunc(c.Rows, func(r rules.MatrixRow) bool {
				return r.Standing == rules.Automated || r.Standing == rules.InPart
			})
		}
		gaps += len(c.Gaps)
		all = append(all, c)
	}
	if asJSON {
		if err := printJSON(out, all); err != nil {
			return err
		}
	} else {
		for _, c := range all {
			printCoverage(c, out)
		}
		if len(all) == 0 {
			fmt.Fprintln(out, "none of the packs lists the obligations of an instrument")
		}
	}
	if gaps > 0 {
		return notInOrder{fmt.Errorf("the obligations have %d gaps", gaps)}
	}
	return nil
}

// printCoverage prints the matrix as a table in Markdown, for jurists.
func printCoverage(c rules.Matrix, out io.Writer) {
	fmt.Fprintf(out, "# %s：%s 义务对照表\n\n", c.Pack, c.Title.ZH)
	fmt.Fprintln(out, "| 条款 | 义务人 | 应当做什么 | 环节 | 由什么保证 | 测试（通过/不通过） |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|")
	for _, row := range c.Rows {
		var tests []string
		for _, r := range row.Rules {
			tests = append(tests, fmt.Sprintf("%s %d/%d", r.Rule, r.Positive, r.Negative))
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", row.Place.Place(), row.Who.ZH, row.Must.ZH,
			strings.Join(row.Steps, "、"), strings.Join(metBy(row), "；"), strings.Join(tests, "，"))
	}
	if len(c.Free) > 0 {
		fmt.Fprintln(out, "\n没有设定义务的条文：")
		for _, f := range c.Free {
			fmt.Fprintf(out, "- %s：%s\n", f.Place.Place(), f.Because.ZH)
		}
	}
	fmt.Fprintf(out, "\n共 %d 条、%d 项义务：由规则或者程序保证 %d 项；部分保证、部分由人判断 %d 项；已有规则、尚无程序询问 %d 项；由人判断 %d 项。\n",
		c.Articles, c.Automated+c.InPart+c.Unasked+c.Human, c.Automated, c.InPart, c.Unasked, c.Human)
	for _, gap := range c.Gaps {
		fmt.Fprintf(out, "缺口：%s\n", gap)
	}
}

// metBy says in Chinese what sees to an obligation.
func metBy(row rules.MatrixRow) []string {
	var out []string
	list := func(what string, ids []string) {
		if len(ids) > 0 {
			out = append(out, what+" "+strings.Join(ids, "、"))
		}
	}
	m := row.MetBy
	list("规则", m.Rules)
	list("期间", m.Periods)
	list("参数", m.Parameters)
	list("决策表", m.Tables)
	list("材料", m.Documents)
	list("动作", m.Acts)
	list("职责分离", m.Separate)
	if !row.Human.IsZero() {
		out = append(out, "由人判断："+row.Human.ZH)
	}
	if row.Standing == rules.Unasked {
		out = append(out, "（尚无程序询问）")
	}
	return out
}
