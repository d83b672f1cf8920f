package procedure

import "github.com/zhengdang/chengxu/casefile"

// projectApproval (立项): necessity and feasibility are argued before anybody
// drafts; documents that only repeat others are not made (国办发〔2018〕37号 第二项).
func projectApproval() StepType {
	return StepType{
		ID:       ProjectApproval,
		Title:    title("立项", "approval of the project"),
		Outcomes: []string{"approve", "refuse", "merge", "more"},
		Acts: []ActSpec{
			{
				Verb: "argue", Title: title("论证必要性和可行性", "argue necessity and feasibility"),
				Fields: []Field{
					text("necessity", "必要性", "necessity").must(), text("feasibility", "可行性", "feasibility").must(),
					flag("duplicates_superior", "重复上位文件已有的规定", "repeats what a superior document lays down").must().is("duplicates_superior"),
					flag("substantive", "有实质性内容", "has substance").must().is("substantive"),
					attached(),
				},
				Sets: casefile.Values{"necessity_report_filed": true},
			},
			{
				Verb: "decide", Title: title("决定是否立项", "decide on the project"), Needs: []string{"argue"}, OutcomeBy: "outcome",
				Fields: []Field{
					text("outcome", "决定", "decision").must().of("approve", "refuse", "merge", "more").is("approval_outcome"),
					text("decided_by", "作出决定的负责人或者会议", "who decided").must(),
					text("merged_into", "并入的文件", "document into which it is merged"),
					text("reason", "理由", "reason"), attached(),
				},
				Check: func(a *Acting) *casefile.Refusal {
					switch outcome := a.Text("outcome"); {
					case outcome == "merge" && !a.Has("merged_into"):
						return missing("merged_into", "并入其他文件的，须写明并入哪一文件。", "say into which document it is merged")
					case outcome != "approve" && !a.Has("reason"):
						return missing("reason", "不予立项、并入或者补充论证的，须写明理由。", "say why the project is not approved")
					}
					return nil
				},
			},
		},
	}
}
