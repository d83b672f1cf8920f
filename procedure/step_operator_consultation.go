package procedure

import "github.com/zhengdang/chengxu/casefile"

// operatorConsultation (听取市场主体意见): what is closely tied to business is put
// to market actors and their associations, who are told what became of their views
// (优化营商环境条例 第六十二条).
func operatorConsultation() StepType {
	return StepType{
		ID:       OperatorConsultation,
		Title:    title("听取市场主体和行业协会商会意见", "hearing market actors and associations"),
		Outcomes: []string{"done", "rework"},
		Acts: []ActSpec{
			{
				Verb: "hear", Title: title("听取意见", "hear their views"),
				Fields: []Field{
					text("whom", "听取对象", "who was heard").must().of("operators", "associations"),
					texts("names", "市场主体或者协会商会名称", "names").must(),
					date("held_on", "日期", "held on").must().past(), text("summary", "意见内容", "what was said").must(), attached(),
				},
				Gives: []string{"operators_heard", "associations_heard"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{a.Text("whom") + "_heard": true}
				},
			},
			{
				Verb: "feedback", Title: title("反馈意见采纳情况", "say what became of their views"), Needs: []string{"hear"},
				Fields: []Field{text("summary", "采纳情况及理由", "what was adopted, and why").must(), texts("channels", "反馈途径", "channels").must(), attached()},
				Sets:   casefile.Values{"feedback_published": true},
			},
			rework(),
			confirmed(false, "done", "done"),
			{Verb: "conclude", Title: title("听取意见完成", "conclude"), Outcome: "done"},
		},
	}
}
