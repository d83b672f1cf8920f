package procedure

import "github.com/zhengdang/chengxu/casefile"

// preReview (承办单位合法性初审): the undertaking unit's legal officer looks first
// (上海市重大行政决策合法性审查工作规则 第四条至第六条).
func preReview() StepType {
	return StepType{
		ID:       PreReview,
		Title:    title("承办单位合法性初审", "legality pre-review by the undertaking unit"),
		Outcomes: []string{"pass", "fix", "omitted", "rework"},
		Acts: []ActSpec{
			{
				Verb: "opine", Title: title("提出初审意见", "give the pre-review opinion"), Opinion: true, OutcomeBy: "conclusion",
				Fields: []Field{
					currentDraft(), text("conclusion", "结论", "conclusion").must().of("pass", "fix"),
					text("text", "意见内容", "what was said").must(), attached(),
				},
				Sets: casefile.Values{"prereview_opinion_filed": true},
			},
			{
				Verb: "omit", Title: title("不作初审", "go on without a pre-review"), Outcome: "omitted",
				Fields: []Field{reason()},
			},
			rework(),
		},
	}
}
