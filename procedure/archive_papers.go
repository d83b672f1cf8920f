package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// requiredPapers lists what the file of this case must contain, computed from
// what the case went through, in the customary order of binding.
func requiredPapers(c *casefile.Case) []string {
	var list []string
	add := func(when bool, papers ...string) {
		if when {
			list = append(list, papers...)
		}
	}
	if _, cleanup := c.Facts["last_cleanup_on"]; cleanup {
		return cleanupPapers(c)
	}
	fact := func(name string) any { return c.Facts[name].Value }
	yes := func(name string) bool { v, _ := fact(name).(bool); return v }
	some := func(name string) bool { return len(asTexts(fact(name))) > 0 }
	_, drafted := c.CurrentDraft()
	methods := asTexts(fact("participation_methods"))
	conclusion := asText(fact("fc_conclusion"))
	decision := asText(fact("chief_decision"))

	making := c.Rounds("intake")+c.Rounds("classification") > 0

	add(making, "proposal")
	list = append(append(list, lifePapers(c)...), filingReviewPapers(c)...)
	add(yes("study_report_filed"), "study-report")
	add(asText(fact("launch_outcome")) != "", "launch-decision")
	add(drafted, "drafts")
	add(drafted && making, "draft-explanation")
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
	add(making && asText(fact("filed_on")) != "", "filing-report")
	list = append(list, cataloguePapers(c)...)
	add(asText(fact("termination_reason")) != "", "termination-decision")
	add(asText(fact("withdrawal_reason")) != "", "withdrawal")
	return append(list, executionPapers(c)...)
}

// executionPapers are what carrying a decision out leaves (国务院令第713号 第四章、第五章).
func executionPapers(c *casefile.Case) []string {
	var list []string
	add := func(when bool, paper string) {
		if when {
			list = append(list, paper)
		}
	}
	fact := func(name string) any { return c.Facts[name].Value }
	isSet := func(name string) bool { return asText(fact(name)) != "" }
	concluded := func(step, outcome string) bool {
		return slices.ContainsFunc(c.Steps, func(s casefile.StepRun) bool { return s.Step == step && s.Outcome == outcome })
	}

	add(isSet("execution_due_on"), "task-sheet")
	add(asInt(fact("execution_reports")) > 0, "execution-reports")
	add(asInt(fact("execution_checks")) > 0, "supervision-record")
	add(isTrue(fact("reported")), "problem-report")
	add(isSet("suspended_by"), "suspension-order")
	add(concluded("adjustment", "adjusted"), "adjustment-decision")
	add(isTrue(fact("posteval_done")), "evaluation-report")
	add(isTrue(fact(accountabilityFound)), "accountability-record")
	return list
}

// lifePapers lists the papers of what happens to a document in force: its term, and its
// review in reconsideration or litigation.
func lifePapers(c *casefile.Case) []string {
	var list []string
	add := func(when bool, papers ...string) {
		if when {
			list = append(list, papers...)
		}
	}
	some := func(name string) bool {
		v := c.Facts[name].Value
		yes, _ := v.(bool)
		return yes || asText(v) != "" && asText(v) != "none" || len(asTexts(v)) > 0
	}
	add(some("doc_number") && c.Rounds("classification") == 0, "document-text")
	add(some("evaluation_filed_on"), "evaluation-report")
	add(some("term_decision") || some("extended_on"), "term-decision")
	add(some("notice_received_on") || some("transfer_received_on") || some("court_notice") || some("advice_received_on") ||
		some("other_request_received_on"), "review-notice")
	add(some("dossier_has"), "making-dossier")
	add(some("reviewability_advice_filed"), "reviewability-opinion")
	add(some("reply_has"), "written-reply")
	add(some("attended") || some("statement_filed"), "explanation-record")
	add(some("review_result"), "review-result")
	add(some("disabled_clauses"), "disabling-notice")
	add(some("sweep_done"), "sweep-record")
	add(some("past_decisions_reviewed"), "past-decisions-list")
	return list
}

// cleanupPapers lists what the file of a clean-up must contain.
func cleanupPapers(c *casefile.Case) []string {
	var list []string
	add := func(when bool, papers ...string) {
		if when {
			list = append(list, papers...)
		}
	}
	text := func(name string) string { return asText(c.Facts[name].Value) }
	some := func(name string) bool { return len(asTexts(c.Facts[name].Value)) > 0 }
	yes := func(name string) bool { v, _ := c.Facts[name].Value.(bool); return v }
	_, drafted := c.CurrentDraft()

	add(true, "cleanup-trigger-record")
	add(some("plan_has"), "cleanup-plan")
	add(some(cleanupScope), "cleanup-inventory")
	add(some(cleanupConcluded), "cleanup-evaluation-forms")
	add(drafted, "cleanup-results", "legality-opinion")
	add(text("chief_decision") != "", "meeting-minutes", "decision-record")
	add(yes("secrecy_review_done"), "secrecy-review")
	add(yes("lists_published"), "cleanup-lists", "publication-proof")
	add(some(cleanupProvided), "cleanup-follow-up-record")
	add(text("cleanup_closed_on") != "", "cleanup-report")
	add(text("termination_reason") != "", "termination-decision")
	add(text("withdrawal_reason") != "", "withdrawal")
	return list
}
