package procedure

import "github.com/zhengdang/chengxu/casefile"

// submissionCheck (提请审议材料核对): nothing goes to the body before the pack of
// 国务院令第713号 第二十九条 is complete and the review of its exact draft is closed.
func submissionCheck() StepType {
	risk := confirmedRisk("")
	risk.Verb, risk.Title = "confirm_risk", title("确认修改不影响风险评估结论", "confirm that the change leaves the risk conclusion as it was")
	return StepType{
		ID:       SubmissionCheck,
		Title:    title("提请审议材料核对", "check of the submission"),
		Papers:   &Papers{Table: "submission_papers", Held: "pack"},
		Outcomes: []string{"accepted", "to-drafting", "to-opinions", "to-review", "to-resubmit"},
		Acts: []ActSpec{
			{
				Verb: "meet_conditions", Title: title("回应合法性审查意见", "respond to the legality opinion"),
				Fields: []Field{
					count("met", "已落实的要求数", "conditions met").must().is("conditions_met"),
					count("explained", "已书面说明的要求数", "conditions answered in writing").is("conditions_explained"),
					text("response", "落实情况", "what was done").must(), attached(),
				},
				Check: func(a *Acting) *casefile.Refusal {
					if a.Int("met")+a.Int("explained") > a.factInt("conditions") {
						return badValue("met", "落实和说明的件数超过要求数。", "more than there are conditions")
					}
					return nil
				},
			},
			immaterial(""),
			risk,
			{
				Verb: "submit", Title: title("提请集体讨论", "submit for deliberation"),
				Fields: []Field{
					currentDraft(),
					texts("pack", "提请讨论的材料", "papers").must().of("draft", "legality-opinion", "fair-competition",
						"public-opinion-adoption", "expert-adoption", "risk-report", "explanation", "other").is("pack"),
					attached(),
				},
			},
			{
				Verb: "return", Title: title("退回", "return"), OutcomeBy: "to",
				Fields: []Field{
					text("to", "退回至", "where to").must().of("to-drafting", "to-opinions", "to-review", "to-resubmit"), reason(),
				},
			},
			{
				Verb: "accept", Title: title("材料齐备，提交讨论", "accept for deliberation"), Needs: []string{"submit"}, Outcome: "accepted",
			},
		},
	}
}
