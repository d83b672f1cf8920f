package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/rules"
)

// changeCommands are the commands about the change of law: what changes, what it
// would mean, and how it is released and put into use.
func changeCommands() []*cobra.Command {
	return []*cobra.Command{
		rulesDiffCommand(), rulesImpactCommand(), rulesKeygenCommand(), rulesSignCommand(), rulesVerifyCommand(), rulesActivateCommand(), rulesReleasesCommand(),
	}
}

func rulesDiffCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "diff A [B]",
		Short: "what a pack changes against another, or what an overlay adds to and tightens above it",
		Long: "diff says how pack B differs from pack A: rules, figures with their dates and whether they tighten or loosen,\n" +
			"gates, periods, tables, facts. Given one overlay it says what the overlay adds and tightens, with both articles.\n" +
			"A pack is a name, a folder or a release.",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := loadShipped()
			if err != nil {
				return err
			}
			packs, err := own.packsNamed(args)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if len(packs) == 1 {
				found := rules.Tightened(packs[0])
				if asJSON {
					return printJSON(out, found)
				}
				fmt.Fprintf(out, "%s 在上位规定之上增加和收紧 · adds to and tightens above it\n", packs[0].Name())
				return printDifferences(out, found)
			}
			c := rules.Compare(packs[0], packs[1])
			if asJSON {
				return printJSON(out, c)
			}
			fmt.Fprintf(out, "%s → %s\n", c.From, c.To)
			return printDifferences(out, c.Differences)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// inChinese names what occurs in a comparison.
func inChinese(word string) string {
	names := map[string]string{
		string(rules.PartPack): "规则包", string(rules.PartGate): "关口", string(rules.PartRule): "规则", string(rules.PartParameter): "参数",
		string(rules.PartPeriod): "期间", string(rules.PartTable): "决策表", string(rules.PartFact): "事实",
		string(rules.Added): "新增", string(rules.Removed): "删除", string(rules.Changed): "修改",
		string(rules.Tightens): "收紧", string(rules.Loosens): "放宽",
		"require": "要件", "due": "期限", "arises": "发生", "met": "履行", "effect": "效力", "provenance": "来源", "value": "数值", "in_force": "施行",
		"rules": "规则", "message": "说明", "remedy": "补救", "stricter": "方向", "adds_to": "加入关口", "length": "长度", "unit": "单位", "from": "起算",
		"rank": "位阶", "version": "版本", "over": "依据", "kind": "种类", "type": "类型", "enum": "取值", "initial": "初值", "source": "来源", "when": "条件",
	}
	if name, ok := names[word]; ok {
		return name
	}
	return word
}

func printDifferences(out io.Writer, found []rules.Difference) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(out, "没有区别 · no difference")
		return err
	}
	for _, d := range found {
		head := fmt.Sprintf("%s%s %s", inChinese(string(d.Kind)), inChinese(string(d.Part)), d.ID)
		if d.Title.ZH != "" {
			head += "（" + d.Title.ZH + "）"
		}
		if d.Direction != "" {
			head += " · " + inChinese(string(d.Direction)) + " " + string(d.Direction)
		}
		fmt.Fprintln(out, head)
		if d.Before != "" {
			fmt.Fprintf(out, "    依据 %s → %s\n", d.Before, d.Basis)
		} else if d.Basis != "" {
			fmt.Fprintf(out, "    依据 %s\n", d.Basis)
		}
		for _, f := range d.Fields {
			printField(out, f)
		}
	}
	return nil
}

func printField(out io.Writer, f rules.FieldChanged) {
	name := inChinese(f.Field)
	if !f.From.IsZero() {
		name += fmt.Sprintf("（%s 起）", f.From)
	}
	indent := func(text string) string { return strings.ReplaceAll(text, "\n", "\n        ") }
	switch {
	case f.Before == "":
		fmt.Fprintf(out, "    %s：%s", name, indent(f.After))
	case f.After == "":
		fmt.Fprintf(out, "    %s：（原）%s", name, indent(f.Before))
	case strings.Contains(f.Before+f.After, "\n") || len(f.Before)+len(f.After) > 80:
		fmt.Fprintf(out, "    %s：\n      － %s\n      ＋ %s", name, indent(f.Before), indent(f.After))
	default:
		fmt.Fprintf(out, "    %s：%s → %s", name, f.Before, f.After)
	}
	if f.Above != "" {
		fmt.Fprintf(out, "（上位：%s）", f.Above)
	}
	fmt.Fprintln(out)
}
