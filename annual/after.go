package annual

import "github.com/zhengdang/chengxu/procedure"

// The step types of what follows a decision.
const (
	execution      procedure.StepTypeID = "execution"
	adjustment     procedure.StepTypeID = "adjustment"
	postEvaluation procedure.StepTypeID = "post-evaluation"
)

// afterFigures are those of what follows a decision.
func afterFigures() []Definition {
	return []Definition{
		{ID: "executions-completed", Group: Decisions, Kind: Count, Name: text("执行完毕的决策", "Decisions carried out"), Unit: text("件", "cases"),
			Formula: text("本年度登记执行完成的决策数", "decisions recorded as carried out in the year"), Basis: "国务院令第713号 第三十四条",
			inCase: outcomes(execution, "completed")},
		{ID: "decisions-adjusted", Group: Decisions, Kind: Count, Name: text("依法调整的决策", "Decisions adjusted"), Unit: text("次", "times"),
			Formula: text("本年度办结的决策调整次数", "adjustments of decisions concluded in the year"), Basis: "国务院令第713号 第三十七条",
			inCase: outcomes(adjustment, "adjusted")},
		{ID: "post-evaluations", Group: Decisions, Kind: Count, Name: text("决策后评估", "Post-evaluations"), Unit: text("次", "times"),
			Formula: text("本年度结束的决策后评估次数，按结论分列", "post-evaluations concluded in the year, by conclusion"), Basis: "国务院令第713号 第三十六条",
			inCase: func(t *Told, y Year, c *tally) {
				for i, e := range t.Events {
					if y.Holds(e.On) && e.ended(postEvaluation) && e.Outcome != "none" {
						c.part(t, i, e.Outcome, 1)
					}
				}
			}},
	}
}

// byPayload counts the acts of a verb that were done in the year, by what a field of
// their payload says.
func byPayload(of procedure.StepTypeID, verb, field string) func(*Told, Year, *tally) {
	return func(t *Told, y Year, c *tally) {
		for i, e := range t.Events {
			if y.Holds(e.On) && e.did(of, verb) {
				said, _ := e.with(field).(string)
				c.part(t, i, said, 1)
			}
		}
	}
}
