package procedure

import "github.com/zhengdang/chengxu/casefile"

// partyReport (请示报告): report to the Party committee and, where the matter is
// one for it, the people's congress, before the decision is issued
// (国务院令第713号 第八条、第三十一条).
func partyReport() StepType {
	return StepType{
		ID:       PartyReport,
		Title:    title("请示报告", "report to Party committee and congress"),
		Outcomes: []string{"issued", "not-agreed", "to-drafting", "to-review", "to-deliberation"},
		Acts: []ActSpec{
			determine("party_report_required", "npc_matter"),
			{
				Verb: "report", Title: title("向同级党委请示报告", "report to the Party committee"),
				Fields: []Field{
					date("reported_on", "报告日期", "reported on").must().past().is("party_reported_on"),
					text("reference", "文号", "reference").restricted(), attached(),
				},
			},
			{
				Verb: "agree", Title: title("登记党委同意的答复", "record that the Party committee agrees"), Needs: []string{"report"}, Once: true,
				Fields: []Field{
					date("received_on", "收到日期", "received on").must().past(), text("reference", "文号", "reference").restricted(), attached(),
				},
			},
			{
				Verb: "npc", Title: title("登记人大程序办结", "record that the congress has dealt with it"),
				Fields: []Field{
					date("done_on", "办结日期", "done on").must().past(), text("reference", "文号", "reference").must().restricted(), attached(),
				},
				Sets: casefile.Values{"npc_step_done": true},
			},
			{
				Verb: "return", Title: title("登记退回修改的答复", "record that it is returned for change"), Needs: []string{"report"},
				OutcomeBy: "to",
				Fields: []Field{
					text("to", "退回至", "where to").must().of("to-drafting", "to-review", "to-deliberation"), reason(), attached(),
				},
				Sets: casefile.Values{"party_reported_on": "", "decided_on": ""},
			},
			{
				Verb: "not_agree", Title: title("登记不同意的答复", "record that the Party committee does not agree"),
				Needs: []string{"report"}, Outcome: "not-agreed",
				Fields: []Field{reason(), text("reference", "文号", "reference").restricted(), attached()},
				Sets:   casefile.Values{"decided_on": ""},
			},
			{
				Verb: "conclude", Title: title("出台", "issue the decision"), Outcome: "issued",
				Fields: []Field{text("number", "文号", "document number")},
				Gives:  []string{"issue_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"issue_on": a.Today.String()} },
				Check: func(a *Acting) *casefile.Refusal {
					if a.done("report") && !a.done("agree") {
						return notNow("已请示报告，尚未登记答复。", "reported, and no reply recorded yet")
					}
					return nil
				},
			},
		},
	}
}
