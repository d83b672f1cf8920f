package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/icalendar"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/rules"
)

// planOptions are the flags of chengxu plan.
type planOptions struct {
	procedure, start, by, step, ics, sheet string
	assume, outcomes, leave, do, overlays  []string
	asJSON                                 bool
}

func planCommand() *cobra.Command {
	var o planOptions
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "the earliest lawful dates of a procedure, or the latest start for a wished date",
		Long: "Plans a matter that is not opened yet: every act on the first day on which its gate opens, minimum periods in\n" +
			"full. Whether a discretionary step is required is taken from --assume; while nobody knows, it counts.",
		Example: "  chengxu plan --start 2026-01-05\n  chengxu plan --by 2026-06-30 --assume highly_technical=false\n" +
			"  chengxu plan --start 2026-01-05 --overlay cn.shanghai@2020 --sheet cn.713/comment_window",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			own, err := loadShipped()
			if err != nil {
				return notInOrder{err}
			}
			return own.plan(o, cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.procedure, "procedure", "cn.major-decision", "the procedure, with or without a version")
	f.StringVar(&o.start, "start", "", "plan forward from this day, YYYY-MM-DD")
	f.StringVar(&o.by, "by", "", "find the latest start from which the step is concluded by this day")
	f.StringVar(&o.step, "step", "", "the step that --by is about; left out, the decision")
	f.StringArrayVar(&o.assume, "assume", nil, "fact=value that is taken to be so")
	f.StringArrayVar(&o.outcomes, "outcome", nil, "step=outcome, where it is not the first that leads forward; one that sends the matter back is taken once")
	f.StringArrayVar(&o.do, "do", nil, "an act <step>.<verb> that is done though nothing asks for it, such as participation.close_hearing")
	f.StringArrayVar(&o.leave, "leave", nil, "a discretionary step, or an act <step>.<verb>, that is left out")
	f.StringArrayVar(&o.overlays, "overlay", nil, "an overlay pack, by name or folder")
	f.StringVar(&o.ics, "ics", "", "write the planned dates to this iCalendar file")
	f.StringVar(&o.sheet, "sheet", "", "print the day-by-day derivation of the wait on this period, such as cn.713/comment_window")
	f.BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.MarkFlagsMutuallyExclusive("start", "by")
	cmd.MarkFlagsOneRequired("start", "by")
	return cmd
}

func (s *shipped) plan(o planOptions, out io.Writer) error {
	p, packs, err := s.planner(o)
	if err != nil {
		return err
	}
	plan, err := o.answer(p, packs)
	if err != nil {
		return err
	}
	if o.ics != "" {
		feed := icalendar.Feed{ID: "plan-" + plan.From.String(), Title: plan.Procedure, Stamp: plan.From.Start(time.UTC), Plan: plan}
		if err := os.WriteFile(o.ics, icalendar.Write(feed), 0o600); err != nil {
			return err
		}
	}
	if o.sheet != "" {
		return printSheet(p, plan, o, out)
	}
	if o.asJSON {
		return printJSON(out, plan)
	}
	return printPlan(plan, out)
}

// planner gives the planner of the procedure with the overlays, and its packs.
func (s *shipped) planner(o planOptions) (*planner.Planner, []*rules.Pack, error) {
	lib, err := s.library()
	if err != nil {
		return nil, nil, err
	}
	def, ok := lib.Definition(o.procedure)
	if !ok {
		return nil, nil, fmt.Errorf("procedure %s is not shipped", o.procedure)
	}
	packs, err := s.packsNamed(def.Packs)
	if err != nil {
		return nil, nil, err
	}
	if len(o.overlays) > 0 {
		more, err := s.packsNamed(o.overlays)
		if err != nil {
			return nil, nil, err
		}
		packs = append(packs, more...)
	}
	p, err := planner.New(def, packs, s.calendar)
	return p, packs, err
}

func (o planOptions) answer(p *planner.Planner, packs []*rules.Pack) (*planner.Plan, error) {
	q := planner.Question{Assume: casefile.Values{}, Outcomes: map[string]string{}, Leave: o.leave, Do: o.do}
	for _, text := range o.assume {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--assume %s: want fact=value", text)
		}
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(value), &n); err != nil || len(n.Content) != 1 {
			return nil, fmt.Errorf("--assume %s: want a value as in YAML", text)
		}
		read, err := factValue(packs, name, n.Content[0])
		if err != nil {
			return nil, fmt.Errorf("--assume %s: %w", text, err)
		}
		q.Assume[name] = read
	}
	for _, text := range o.outcomes {
		step, outcome, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fmt.Errorf("--outcome %s: want step=outcome", text)
		}
		q.Outcomes[step] = outcome
	}
	day, err := legaltime.ParseDate(o.start + o.by)
	if err != nil {
		return nil, err
	}
	if o.by != "" {
		return p.Backward(q, o.step, day)
	}
	q.From = day
	return p.Forward(q)
}

// printPlan writes the plan for people.
func printPlan(plan *planner.Plan, out io.Writer) error {
	fmt.Fprintf(out, "%s（%s）\n最迟启动／起算  %s\n", plan.Procedure, strings.Join(plan.Packs, "、"), plan.From)
	if !plan.Decision.IsZero() {
		fmt.Fprintf(out, "最早作出决定    %s\n", plan.Decision)
	}
	fmt.Fprintf(out, "最早办结        %s\n", plan.End)
	if plan.Provisional {
		fmt.Fprintln(out, "所涉年份的放假安排尚未公布，日期为暂定，公布后须重新计算。")
	}
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\n环节\t进入\t最早完成\t关键\t名称")
	for _, s := range plan.Steps {
		mark, note := "", map[planner.Required]string{
			planner.RequiredAssumed: "（尚未认定，按需要计算）", planner.NotRequired: "（不需要）", planner.NotAssumed: "（尚未认定，按不需要计算）",
		}[s.Required]
		if s.Critical {
			mark = "●"
		}
		if s.Provisional {
			note += "（暂定）"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s%s\n", s.ID, s.Enter, s.Conclude, mark, s.Title.ZH, note)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "\n关键路径")
	for _, w := range plan.Critical {
		fmt.Fprintf(out, "  %s 起%s，最后一日 %s，%s 起可以办理 %s\n      %s（%s）\n      %s\n",
			w.From, lengthText(w.Length), w.Last, w.Until, w.Act, w.Title.ZH, w.Basis, w.Rule)
	}
	if len(plan.Assumptions) > 0 {
		fmt.Fprintln(out, "\n假定")
	}
	for _, a := range plan.Assumptions {
		fmt.Fprintf(out, "  %s\n", a.Text.ZH)
	}
	return nil
}

func lengthText(p legaltime.Period) string {
	unit := map[legaltime.Unit]string{
		legaltime.CalendarDays: "日（自然日）", legaltime.WorkingDays: "个工作日", legaltime.Months: "个月", legaltime.Years: "年",
	}[p.Unit]
	if unit == "" {
		return ""
	}
	return fmt.Sprintf(" %d %s", p.Length, unit)
}

// printSheet writes the derivation of the wait on a period, each day on a line.
func printSheet(p *planner.Planner, plan *planner.Plan, o planOptions, out io.Writer) error {
	wait, ok := plan.Wait(o.sheet)
	if !ok {
		return fmt.Errorf("the plan does not wait on a period %s", o.sheet)
	}
	sheet, err := p.Derive(wait)
	if err != nil {
		return err
	}
	if o.asJSON {
		return printJSON(out, sheet)
	}
	words := map[legaltime.Counted]string{
		legaltime.DayCounted: "计入", legaltime.DaySkipped: "不计", legaltime.DayExcluded: "扣除", legaltime.DayRolledInto: "顺延",
	}
	fmt.Fprintf(out, "%s（%s），自 %s 起%s，当日不计\n", wait.Title.ZH, wait.Basis, sheet.Start, lengthText(sheet.Period))
	table := tabwriter.NewWriter(out, 2, 0, 2, ' ', 0)
	for _, d := range sheet.Days {
		number := ""
		if d.Number > 0 {
			number = strconv.Itoa(d.Number)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s %s\n", d.Date, words[d.Result], number, d.Reason, d.Holiday, d.Notice)
	}
	return table.Flush()
}
