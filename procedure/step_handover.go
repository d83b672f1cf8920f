package procedure

import "github.com/zhengdang/chengxu/casefile"

// handover (交付执行): what of the decision has to be known from here on, and who
// carries it out (国务院令第713号 第三十四条、第三十六条第二款).
func handover() StepType {
	return StepType{
		ID:       Handover,
		Title:    title("交付执行", "handing over for execution"),
		Outcomes: []string{"handed-over"},
		Acts: []ActSpec{
			{
				Verb: "take_over", Title: title("登记所执行的决策", "record the decision to be carried out"),
				Fields: []Field{
					text("summary", "决策内容", "what was decided").must(), text("number", "决策文号", "document number"),
					date("decided_on", "决策作出日期", "decided on").must().past().is("decided_on"),
					text("chief", "决策机关行政首长", "the chief of the body").must().is("chief"),
					texts("assessors", "决策前承担主要论证评估工作的单位和专家（没有的填空列表）",
						"who did the main argument and assessment before; an empty list when nobody did").must().is("pre_decision_main_assessors"),
					attached(),
				},
			},
			{
				Verb: "assign", Title: title("明确执行单位", "name the execution unit"), Needs: []string{"take_over"},
				Fields: []Field{
					text("unit", "决策执行单位", "execution unit").must().is("execution_unit"),
					texts("others", "配合单位", "units that help"), text("decided_by", "由谁明确", "who named it").must(), attached(),
				},
			},
			{
				Verb: "conclude", Title: title("交付执行", "hand over"), Needs: []string{"assign"}, Outcome: "handed-over",
				Fields: []Field{text("instructions", "要求", "instructions")},
			},
		},
	}
}

// lastOnes keeps the other branches of the execution open as long as the decision is
// being carried out: each may be needed until then.
func lastOnes(a *Acting) *casefile.Refusal {
	if a.factBool("execution_completed") {
		return nil
	}
	return notNow("决策仍在执行，本环节须保留到执行结束。", "the decision is still being carried out; this step stays open until that ends")
}
