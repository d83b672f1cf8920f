package web

import (
	"fmt"

	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// plannedView is a plan as it is shown.
type plannedView struct {
	Latest              bool // the first day is the latest that is early enough
	From, Decision, End string
	EndAs, Law          string
	Provisional         bool
	Steps               []plannedStep
	Critical            []planWait
	Assumptions         []string
	Chart               chartView
}

type plannedStep struct {
	Title, Basis, Block   string
	Round                 int    // 0: the first
	Required, Outcome     string // in words
	Ahead                 bool   // has to be gone through
	Enter, Conclude       string
	Critical, Provisional bool
	Waits                 []planWait
}

// planWait is an interval that has to run, with its article.
type planWait struct {
	Title, Basis, Act, Rule, RuleBasis string
	From, Last, Until, Length          string
	Announced, Provisional             bool
	Excluded                           int
}

func (n names) planned(p *planner.Plan) plannedView {
	v := plannedView{From: p.From.String(), Decision: p.Decision.String(), End: p.End.String(), EndAs: n.end(p.EndAs), Law: n.list(p.Packs), Provisional: p.Provisional}
	for _, s := range p.Steps {
		v.Steps = append(v.Steps, n.plannedStep(s))
	}
	for _, w := range p.Critical {
		v.Critical = append(v.Critical, n.wait(w))
	}
	for _, a := range p.Assumptions {
		v.Assumptions = append(v.Assumptions, n.pick(a.Text))
	}
	v.Chart = n.chart(p)
	return v
}

func (n names) plannedStep(s planner.Step) plannedStep {
	v := plannedStep{Title: n.pick(s.Title), Basis: s.Basis, Round: s.Round, Required: n.words.name("required", string(s.Required)), Enter: s.Enter.String(), Conclude: s.Conclude.String(),
		Ahead: !s.Conclude.IsZero(), Critical: s.Critical, Provisional: s.Provisional}
	if v.Ahead && s.Outcome != "" {
		v.Outcome = n.outcome(s.Outcome)
	}
	if s.Block != "" {
		v.Block = n.step(s.Block)
	}
	for _, w := range s.Waits {
		v.Waits = append(v.Waits, n.wait(w))
	}
	return v
}

func (n names) wait(w planner.Wait) planWait {
	v := planWait{Title: n.pick(w.Title), Basis: w.Basis, Act: n.act(w.Act), Rule: n.rule(w.Rule), RuleBasis: w.RuleBasis, From: w.From.String(), Last: w.Last.String(), Until: w.Until.String(),
		Length: n.length(w.Length), Announced: w.Announced, Provisional: w.Provisional, Excluded: len(w.Excluded)}
	if v.Title == "" {
		v.Title = v.Rule
	}
	return v
}

// length gives a period in words, "30 calendar days".
func (n names) length(p legaltime.Period) string {
	if p.Length == 0 {
		return ""
	}
	text := fmt.Sprintf(n.words.name("period", string(p.Unit)), p.Length)
	if p.RollForward {
		text += n.words["sheet.rolls"]
	}
	return text
}

// chartView is a plan as bars over time.
type chartView struct {
	Width, Height int
	Rows          []chartRow
	Ticks         []chartTick
	Marks         []chartTick // the first day, the decision
	Right         int         // where the time ends
	Bottom        int
}

type chartRow struct {
	Label, Hint        mapText
	X, Y, Width        int
	Line               int // height of the line below the row
	Critical, Assumed  bool
	Provisional, Empty bool
	Waits              []chartWait
	Whole              string
}

type chartWait struct {
	X, Y, Width int
	Text        string
}

// chartTick is a line at a date.
type chartTick struct {
	X, Y int
	Text string
	Late bool // its text stands left of the line
}

// Measures of the chart, in pixels of a wide screen.
const (
	chartLeft  = 190
	chartRight = 1000
	chartSide  = 80 // room for the dates behind the last bar
	chartRowAt = 34
	chartHead  = 44
	planBar    = 14
)

func (n names) chart(p *planner.Plan) chartView {
	first, last := p.From, p.End
	for _, s := range p.Steps {
		if s.Enter.Before(first) && !s.Enter.IsZero() {
			first = s.Enter
		}
	}
	days := max(first.DaysUntil(last), 1)
	at := func(d legaltime.Date) int { return chartLeft + first.DaysUntil(d)*(chartRight-chartLeft)/days }
	v := chartView{Width: chartRight + chartSide, Right: chartRight}
	y := chartHead
	for _, s := range p.Steps {
		if s.Conclude.IsZero() {
			continue
		}
		title := n.pick(s.Title)
		row := chartRow{Label: mapText{X: chartLeft - 10, Y: y + planBar, Text: mapFirstLine(title, chartLeft-14)}, X: at(s.Enter), Y: y, Line: y + chartRowAt - 5,
			Width: max(at(s.Conclude)-at(s.Enter), 3), Critical: s.Critical, Assumed: s.Required == planner.RequiredAssumed, Provisional: s.Provisional,
			Whole: n.list([]string{title, s.Enter.String(), s.Conclude.String()})}
		row.Hint = mapText{X: row.X + row.Width + 6, Y: y + planBar - 2, Text: s.Conclude.String()[5:]}
		if s.Critical {
			row.Hint.Text += " " + n.words["plan.critical-mark"]
		}
		for _, w := range s.Waits {
			if !w.From.IsZero() && !w.Until.Before(w.From) {
				row.Waits = append(row.Waits, chartWait{X: max(at(w.From), chartLeft), Y: y + planBar + 2, Width: max(at(w.Until)-max(at(w.From), chartLeft), 2),
					Text: n.list([]string{n.wait(w).Title, w.Basis})})
			}
		}
		v.Rows = append(v.Rows, row)
		y += chartRowAt
	}
	v.Bottom, v.Height = y, y+8
	v.Ticks = chartTicks(first, last, at)
	v.Marks = n.chartMarks(p, at)
	return v
}

// chartTicks gives the first days of months, of every third one or of years where there are many.
func chartTicks(first, last legaltime.Date, at func(legaltime.Date) int) []chartTick {
	step := 1
	switch days := first.DaysUntil(last); {
	case days > 5*366:
		step = 12
	case days > 18*31:
		step = 3
	}
	var out []chartTick
	for d := legaltime.NewDate(first.Year(), 1, 1); !d.After(last); d = d.AddMonths(step) {
		if !d.Before(first) {
			out = append(out, chartTick{X: at(d), Y: chartHead - 10, Text: d.String()[:7]})
		}
	}
	return out
}

func (n names) chartMarks(p *planner.Plan, at func(legaltime.Date) int) []chartTick {
	var out []chartTick
	add := func(d legaltime.Date, key string) {
		if !d.IsZero() {
			x := at(d)
			out = append(out, chartTick{X: x, Y: 16, Text: n.words.name("plan", key) + " " + d.String(), Late: x > (chartLeft+chartRight)/2})
		}
	}
	add(p.From, "mark-from")
	add(p.Decision, "mark-decision")
	return out
}
