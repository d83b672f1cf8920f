package casefile

import "github.com/zhengdang/chengxu/legaltime"

// FigureQuery says what figures are asked for. Cases and calls count by the day on
// which they opened, what happened by the day on which it did.
type FigureQuery struct {
	Organ    OrganID
	Practice bool
	From     legaltime.Date
	Until    legaltime.Date // that day included
	Today    legaltime.Date // from which the age of open cases counts
}

// Figures count what the cases of an organ have come to. No case is named.
type Figures struct {
	Opened, Closed      int64         // in the period
	Running, Suspended  int64         // now
	Steps               []StepFigure  // of the cases that are open now
	Months              []MonthFigure // rising; months in which nothing was due are left out
	Returns             []ReturnFigure
	Blocked             []BlockedFigure
	Calls, Comments     int64 // calls for comments opened in the period, and what came in
	CommentsWithdrawn   int64
	Dispositions        []DispositionFigure
	Attempts, Hindrance int64 // blocked attempts in the period, and the rules that blocked them
	Behind              bool  // a record from before figures is still being counted: deadlines, returns and attempts may be more
}

// StepFigure counts the open cases that are at a step, by their age in days since
// opening: at most 30, 90, 180, and more. A case at several steps counts at each.
type StepFigure struct {
	Procedure, Step string
	Ages            [4]int64
}

// Total gives the cases at the step.
func (f StepFigure) Total() int64 { return f.Ages[0] + f.Ages[1] + f.Ages[2] + f.Ages[3] }

// MonthFigure counts the deadlines that were met, and breached, in a month.
type MonthFigure struct {
	Month         string // "2024-03"
	Met, Breached int64
}

// ReturnFigure counts how often a step sent cases back to another.
type ReturnFigure struct {
	Procedure, From, To string
	N                   int64
}

// BlockedFigure counts how often an article stopped an act.
type BlockedFigure struct {
	Basis string // the article, or the rule where it cites none
	N     int64
}

// DispositionFigure counts comments by what was decided on them; empty: nothing yet.
type DispositionFigure struct {
	Disposition string
	N           int64
}
