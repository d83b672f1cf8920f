package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// archive (归档): the file of the whole procedure, complete and trustworthy
// (国务院令第713号 第三十三条；档案法 第三十七条).
func archive() StepType {
	return StepType{
		ID:       Archive,
		Title:    title("归档", "archive"),
		Outcomes: []string{"complete"},
		Papers:   &Papers{Of: archivedPapers, Held: "archived_docs"},
		Acts: []ActSpec{
			{
				Verb: "list", Title: title("确定应归档材料", "determine the papers to be archived"),
				Fields: []Field{texts("additional", "另外应归档的材料", "further papers")},
				Gives:  []string{"required_docs"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"required_docs": with(requiredPapers(a.Case), a.Texts("additional")...)}
				},
			},
			{
				Verb: "file", Title: title("归入案卷", "put papers into the file"),
				Fields: []Field{
					texts("papers", "归入的材料", "papers filed").must(),
					papers("documents", "材料原文（摘要值）", "the papers themselves (digests)"), text("location", "存放位置", "where they are kept"),
				},
				Gives: []string{"archived_docs"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"archived_docs": with(a.factTexts("archived_docs"), a.Texts("papers")...)}
				},
			},
			{
				Verb: "certify", Title: title("认定电子档案真实可靠", "certify that the record is trustworthy"),
				Fields: []Field{
					flag("author_known", "形成者可确认", "the author is certain").must().is("author_known"),
					flag("time_known", "形成时间可确认", "the time of making is certain").must().is("time_known"),
					flag("process_logged", "形成和办理过程可追溯", "the process is traceable").must().is("process_logged"),
					flag("metadata_complete", "元数据要素齐全", "the metadata are complete").must().is("metadata_complete"),
				},
			},
			{
				Verb: "complete", Title: title("归档完成", "close the file"), Needs: []string{"list"}, Outcome: "complete",
				Gives:  []string{"formed_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"formed_on": a.Today.String()} },
			},
		},
	}
}

// archivedPapers lists what is to be archived: what was determined, or before that
// what the case has come to.
func archivedPapers(c *casefile.Case) []string {
	if list := asTexts(c.Facts["required_docs"].Value); len(list) > 0 {
		return list
	}
	return requiredPapers(c)
}

// requiredPapers lists what the file of this case must contain, computed from
// what the case went through, in the customary order of binding.
func requiredPapers(c *casefile.Case) []string {
	var list []string
	add := func(when bool, papers ...string) {
		if when {
			list = append(list, papers...)
		}
	}
	fact := func(name string) any { return c.Facts[name].Value }
	yes := func(name string) bool { v, _ := fact(name).(bool); return v }
	some := func(name string) bool { return len(asTexts(fact(name))) > 0 }
	_, drafted := c.CurrentDraft()
	methods := asTexts(fact("participation_methods"))
	conclusion := asText(fact("fc_conclusion"))
	decision := asText(fact("chief_decision"))

	review := filingReviewPapers(c)
	add(true, review...)
	add(len(review) == 0, "proposal")
	add(yes("study_report_filed"), "study-report")
	add(asText(fact("launch_outcome")) != "", "launch-decision")
	add(drafted, "drafts", "draft-explanation")
	add(yes("legal_basis_list_filed"), "legal-basis-list")
	add(yes("cost_benefit_filed"), "cost-benefit-analysis")
	add(some("consulted_units"), "unit-replies")
	add(yes("dispute_note_filed"), "dispute-note")
	add(slices.Contains(methods, "open-comment"), "comment-notice")
	add(asInt(fact("opinions_received")) > 0, "opinion-register")
	add(yes("adoption_report_filed"), "adoption-report")
	add(yes("hearing_closed"), "hearing-record")
	add(some("group_parties_consulted"), "group-consultation-record")
	add(yes("expert_argument_done"), "expert-appointment", "expert-opinions", "expert-adoption")
	add(yes("risk_report_filed"), "risk-report")
	add(asText(fact("already_assessed_ref")) != "", "cited-assessment")
	add(conclusion != "" && conclusion != "none", "fair-competition-conclusion")
	add(yes("prereview_opinion_filed"), "prereview-opinion")
	add(yes("counsel_opinion_filed"), "counsel-opinion")
	add(yes("assessment_filed"), "impact-assessment")
	add(yes("office_check_passed"), "office-check")
	add(yes("reviewed"), "review-pack", "legality-opinion")
	add(some("pack"), "submission-pack")
	add(decision != "", "meeting-minutes", "decision-record")
	add(asText(fact("party_reported_on")) != "", "party-report")
	add(yes("npc_step_done"), "congress-report")
	add(asText(fact("issue_on")) != "", "issued-text")
	add(yes("secrecy_review_done"), "secrecy-review")
	add(asText(fact("published_on")) != "", "publication-proof")
	add(yes("interpretation_published") || asText(fact("interpretation_on")) != "", "interpretation")
	add(yes("registered"), "registration-record")
	add(asText(fact("filed_on")) != "", "filing-report")
	add(asText(fact("termination_reason")) != "", "termination-decision")
	add(asText(fact("withdrawal_reason")) != "", "withdrawal")
	return list
}
