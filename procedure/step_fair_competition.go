package procedure

import "github.com/zhengdang/chengxu/casefile"

// fairCompetition (公平竞争审查): drafts that touch business activity
// (国务院令第713号 第二十九条第一项；公平竞争审查条例 第十二条、第十四条、第十八条).
func fairCompetition() StepType {
	return StepType{
		ID:       FairCompetition,
		Title:    title("公平竞争审查", "fair-competition review"),
		Outcomes: []string{"compliant", "exception", "violates", "rework"},
		Acts: []ActSpec{
			{
				Verb: "examine", Title: title("起草单位初步审查", "first examination by the drafter"), Opinion: true,
				Fields: []Field{
					currentDraft(), text("effects", "对市场竞争的影响", "effects on competition").must(),
					text("stakeholders", "听取利害关系人意见情况", "views of those concerned").must(), attached(),
				},
			},
			{
				Verb: "conclude", Title: title("得出审查结论", "conclude the review"), Needs: []string{"examine"},
				Opinion: true, OutcomeBy: "conclusion",
				Fields: []Field{
					currentDraft(),
					text("conclusion", "结论", "conclusion").must().of("compliant", "exception", "violates").is("fc_conclusion"),
					text("text", "理由", "reasons").must(),
					text("exception_basis", "适用例外规定的依据", "ground of the exception"), attached(),
				},
				Check: func(a *Acting) *casefile.Refusal {
					if a.Text("conclusion") == "exception" && a.Text("exception_basis") == "" {
						return missing("exception_basis", "适用例外规定的，须写明依据。", "an exception needs its ground")
					}
					return nil
				},
			},
			rework(),
			confirmedCompetition(),
		},
	}
}

func confirmedCompetition() ActSpec {
	spec := confirmed(true, "compliant", "compliant", "exception")
	spec.Outcome = ""
	spec.Among = []string{"compliant", "exception"}
	spec.OutcomeOf = func(c *casefile.Case) string {
		if asText(c.Facts["fc_conclusion"].Value) == "exception" {
			return "exception"
		}
		return "compliant"
	}
	return spec
}
