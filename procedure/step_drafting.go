package procedure

import "github.com/zhengdang/chengxu/casefile"

// Facts that steps keep for themselves. Their names have a dot, no rule can
// read them, and they are never handed to the rules.
const (
	explanationFiled = "drafting.explanation_filed"
)

// drafting (拟订草案): the undertaking unit drafts, scans the law, weighs costs and
// benefits and, where views diverge, offers options (国务院令第713号 第十二条).
func drafting() StepType {
	return StepType{
		ID:       Drafting,
		Title:    title("拟订草案", "drafting"),
		Outcomes: []string{"drafted"},
		Acts: []ActSpec{
			{
				Verb: "file_draft", Title: title("提交草案", "file a draft"), FilesDraft: true,
				Fields: []Field{
					paper("draft", "草案（摘要值）", "the draft (digest)").must(),
					text("title", "草案标题", "title of the draft").must(),
					paper("explanation", "草案说明", "explanation of the draft"),
				},
				Gives: []string{explanationFiled},
				Derive: func(a *Acting) casefile.Values {
					if !a.Has("explanation") {
						return nil
					}
					return casefile.Values{explanationFiled: true}
				},
			},
			{
				Verb: "explain", Title: title("提交草案说明", "file the explanation"),
				Fields: []Field{text("summary", "说明要点", "main points").must(), attached()},
				Sets:   casefile.Values{explanationFiled: true},
			},
			{
				Verb: "legal_scan", Title: title("提交依据清单", "file the list of legal bases"),
				Fields: []Field{texts("bases", "法律、法规、规章和政策依据", "laws, rules and policies").must(), attached()},
				Sets:   casefile.Values{"legal_basis_list_filed": true},
			},
			{
				Verb: "policy_note", Title: title("提交政策衔接说明", "file the note on policy consistency"),
				Fields: []Field{text("note", "说明", "note").must(), attached()},
				Sets:   casefile.Values{"policy_consistency_note_filed": true},
			},
			{
				Verb: "cost_benefit", Title: title("提交成本效益分析", "file the cost-benefit analysis"),
				Fields: []Field{text("summary", "结论摘要", "summary").must(), attached()},
				Sets:   casefile.Values{"cost_benefit_filed": true},
			},
			{
				Verb: "waive_cost_benefit", Title: title("说明不作成本效益分析", "say why no cost-benefit analysis is made"),
				Fields: []Field{reason().is("not_needed_reason")},
			},
			{
				Verb: "options", Title: title("提出备选方案", "offer options"),
				Fields: []Field{
					count("count", "方案数", "number of options").must().is("option_count"),
					text("summary", "方案要点", "what they are").must(), attached(),
				},
			},
			determine("major_disagreement", "affected_units"),
			{
				Verb: "conclude", Title: title("草案拟订完成", "conclude drafting"), Outcome: "drafted",
				Check: hasDraft,
			},
		},
	}
}

// hasDraft refuses to go on without a draft whose content is still there.
func hasDraft(a *Acting) *casefile.Refusal {
	draft, ok := a.Case.CurrentDraft()
	if !ok {
		return notNow("尚未提交草案。", "no draft has been filed yet")
	}
	if draft.Withdrawn {
		return notNow("现行草案的内容已经移除，请提交新的草案。", "the content of the current draft was removed; file a new one")
	}
	return nil
}
