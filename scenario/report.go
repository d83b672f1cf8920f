package scenario

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// Report writes progress and results for people. It is not safe for concurrent
// use.
type Report struct {
	w io.Writer
}

// NewReport returns a report that writes to w.
func NewReport(w io.Writer) *Report { return &Report{w: w} }

// Begin announces a scenario.
func (r *Report) Begin(s *Scenario) {
	fmt.Fprintf(r.w, "\n── %s\n", s.Title)
	if s.Source != "" {
		fmt.Fprintf(r.w, "   来源：%s\n", s.Source)
	}
	if s.Illustrative != "" {
		fmt.Fprintf(r.w, "   示例性补充（非公开事实）：%s\n", s.Illustrative)
	}
}

// Act shows one act: date, person, act, verdict and the articles behind it.
func (r *Report) Act(p Played) {
	fmt.Fprintf(r.w, "   %s  %s  %s  %s\n", p.On, mark(p), padded(p.Person, 14), p.Act.Do)
	if p.Got.Refusal != nil {
		fmt.Fprintf(r.w, "               未予受理（%s）：%s\n", p.Got.Refusal.Code, p.Got.Refusal.Message.ZH)
	} else {
		r.entry(p.Got.Entry)
	}
	if p.Act.Note != "" {
		fmt.Fprintf(r.w, "               注：%s\n", p.Act.Note)
	}
	if p.Err != nil {
		fmt.Fprintf(r.w, "               ✗ 与预期不符：%v\n", p.Err)
	}
}

func (r *Report) entry(e casefile.Entry) {
	if v := e.Verdict; v != nil {
		for _, f := range v.Hindering() {
			fmt.Fprintf(r.w, "               %s %s（%s）：%s\n", word(f), f.Rule, f.Basis, f.Message.ZH)
			if len(f.Missing) > 0 {
				fmt.Fprintf(r.w, "                 缺少事实：%s\n", strings.Join(f.Missing, "、"))
			}
			if !f.Due.IsZero() {
				fmt.Fprintf(r.w, "                 日期：%s\n", f.Due)
			}
		}
		if e.Kind != casefile.EntryBlocked {
			fmt.Fprintf(r.w, "               %s\n", passed(v))
		}
	}
	if e.Outcome != "" {
		fmt.Fprintf(r.w, "               %s → %s\n", e.Step, e.Outcome)
	}
	for _, in := range e.Entered {
		switch {
		case !in.Applies:
			fmt.Fprintf(r.w, "               不适用：%s\n", in.Step)
		case in.Round > 1:
			fmt.Fprintf(r.w, "               进入：%s（第%d轮）\n", in.Step, in.Round)
		default:
			fmt.Fprintf(r.w, "               进入：%s\n", in.Step)
		}
	}
	if e.End != "" {
		fmt.Fprintf(r.w, "               办结：%s\n", e.End)
	}
}

// passed sums up the articles whose rules let an act through, and the recorded
// reasons that lifted warnings.
func passed(v *casefile.Verdict) string {
	var articles, lifted []string
	for _, f := range v.Findings {
		if !slices.Contains(articles, f.Basis) {
			articles = append(articles, f.Basis)
		}
		if f.Reason != "" {
			lifted = append(lifted, fmt.Sprintf("%s（%s）", f.Rule, f.Reason))
		}
	}
	line := fmt.Sprintf("符合%d条规则：%s", len(v.Findings), strings.Join(articles, "；"))
	if len(lifted) > 0 {
		line += "。说明理由：" + strings.Join(lifted, "；")
	}
	return line
}

// Judged shows one judgement.
func (r *Report) Judged(j Judged) {
	sign := "✓"
	if j.Err != nil {
		sign = "✗"
	}
	name := j.Judgement.Name
	if name == "" {
		name = j.Judgement.Rule + j.Judgement.Gate
	}
	fmt.Fprintf(r.w, "   %s %-12s %s\n", sign, j.Result, name)
	if j.Err != nil {
		fmt.Fprintf(r.w, "       %v\n", j.Err)
	}
}

// End sums up one scenario.
func (r *Report) End(result *Result) {
	if result.OK() {
		fmt.Fprintf(r.w, "   ✓ 与预期一致：办理行为%d项，判断%d项\n", len(result.Played), len(result.Judged))
		return
	}
	fmt.Fprintf(r.w, "   ✗ 与预期不符：%d处\n", len(result.Problems))
	for _, problem := range result.Problems {
		fmt.Fprintf(r.w, "     - %v\n", problem)
	}
}

func mark(p Played) string {
	switch {
	case p.Got.Refusal != nil:
		return "拒"
	case p.Got.Entry.Kind == casefile.EntryBlocked:
		return "止"
	}
	return "准"
}

func word(f casefile.Finding) string {
	switch {
	case f.NeedsReason():
		return "须说明理由"
	case f.Result == casefile.Undetermined:
		return "无法判断"
	}
	return "不符合"
}

// padded fills up to a width in columns, a Chinese character counting two.
func padded(s string, width int) string {
	columns := 0
	for _, r := range s {
		columns++
		if r > 0x2E80 {
			columns++
		}
	}
	return s + strings.Repeat(" ", max(0, width-columns))
}
