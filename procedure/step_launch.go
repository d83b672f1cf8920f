package procedure

import "github.com/zhengdang/chengxu/casefile"

// launch (决策启动): the decision-making body decides whether the procedure is
// launched and who undertakes it (国务院令第713号 第十条、第十一条).
func launch() StepType {
	return StepType{
		ID:       Launch,
		Title:    title("决策启动", "launch decision"),
		Outcomes: []string{"launch", "not-launch", "defer"},
		Acts: []ActSpec{{
			Verb: "decide", Title: title("决定是否启动", "decide on launching"), OutcomeBy: "outcome",
			Fields: []Field{
				text("outcome", "决定", "decision").must().of("launch", "not-launch", "defer").is("launch_outcome"),
				text("decided_by", "作出决定的机关", "body that decided").must().is("launch_decided_by"),
				texts("undertaking_units", "决策承办单位", "undertaking units").is("undertaking_units"),
				text("lead_unit", "牵头承办单位", "lead unit").is("lead_unit"),
				text("reason", "理由", "reason"),
				attached(),
			},
			Gives:  []string{"undertaking_unit"},
			Derive: undertakingUnit,
			Check: func(a *Acting) *casefile.Refusal {
				if a.Text("outcome") != "launch" && a.Text("reason") == "" {
					return missing("reason", "不予启动或者暂缓启动须写明理由。", "say why it is not launched or deferred")
				}
				return nil
			},
		}},
	}
}

// undertakingUnit is the one unit, or the lead unit where there are several.
func undertakingUnit(a *Acting) casefile.Values {
	units := a.Texts("undertaking_units")
	switch {
	case a.Text("lead_unit") != "":
		return casefile.Values{"undertaking_unit": a.Text("lead_unit")}
	case len(units) > 0:
		return casefile.Values{"undertaking_unit": units[0]}
	}
	return nil
}
