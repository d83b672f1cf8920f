package procedure

import "github.com/zhengdang/chengxu/casefile"

// study (研究论证): the unit charged argues the proposal before the body decides
// on launching (国务院令第713号 第十条).
func study() StepType {
	return StepType{
		ID:       Study,
		Title:    title("研究论证", "study of the proposal"),
		Outcomes: []string{"recommended", "not-recommended", "more"},
		Acts: []ActSpec{
			{
				Verb: "report", Title: title("提交研究论证报告", "file the study report"),
				Fields: []Field{
					texts("argued_points", "已论证的要点", "points argued").must().
						of("problem", "grounds", "outline", "necessity", "feasibility").is("argued_points"),
					text("summary", "结论摘要", "summary").must(),
					paper("report", "研究论证报告", "the report"),
				},
				Sets: casefile.Values{"study_report_filed": true},
			},
			{
				Verb: "more", Title: title("要求补充研究论证", "ask for more study"), Needs: []string{"report"}, Outcome: "more",
				Fields: []Field{reason()},
				Sets:   casefile.Values{"study_report_filed": false},
			},
			{
				Verb: "conclude", Title: title("提出是否启动的建议", "recommend whether to launch"), Needs: []string{"report"},
				OutcomeBy: "recommendation",
				Fields: []Field{
					text("recommendation", "建议", "recommendation").must().of("recommended", "not-recommended"),
					reason(),
				},
			},
		},
	}
}
