package procedure

import "github.com/zhengdang/chengxu/casefile"

// impactAssessment (评估论证): what the measures are expected to bring about, and
// what they may do besides, is assessed before the text is settled (国办发〔2018〕37号
// 第四项).
func impactAssessment() StepType {
	return StepType{
		ID:       ImpactAssessment,
		Title:    title("评估论证", "impact assessment"),
		Outcomes: []string{"done", "rework"},
		Acts: []ActSpec{
			{
				Verb: "assess", Title: title("提出评估意见", "give the assessment"), Opinion: true,
				Fields: []Field{
					currentDraft(), text("effects", "预期效果", "effects expected").must(), text("impact", "可能产生的影响", "possible impact").must(),
					text("conclusion", "评估结论", "conclusion").must(), attached(),
				},
				Sets: casefile.Values{"assessment_filed": true},
			},
			rework(),
			confirmed(true, "done", "done"),
			{Verb: "conclude", Title: title("评估论证完成", "conclude the assessment"), Needs: []string{"assess"}, Outcome: "done"},
		},
	}
}
