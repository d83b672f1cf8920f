package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

type v = casefile.Values

// toDrafting walks from the opening to the launch of the procedure.
func toDrafting(w *walk) {
	w.do("office", "intake.register", v{"proposer_kind": "department", "proposer": "绿化市容局", "received_on": w.today.String(), "summary": "建议"})
	w.do("office", "intake.triage", v{"matter_type": "policy", "special_procedure_by_law": false, "reason": "公共政策"})
	w.do("office", "intake.assign", v{"study_unit": "绿化市容局"})
	w.do("studier", "study.report", v{"argued_points": []string{"problem", "grounds", "outline", "necessity", "feasibility"}, "summary": "可行"})
	w.do("studier", "study.conclude", v{"recommendation": "recommended", "reason": "必要"})
	w.do("chief", "launch.decide", v{"outcome": "launch", "decided_by": "区政府", "undertaking_units": []string{"绿化市容局"}})
}

// toCoordination walks on until the draft goes to the units concerned.
func toCoordination(w *walk) {
	w.do("drafter", "drafting.file_draft", v{"draft": digest(1), "title": "方案（草案）", "explanation": digest(2)})
	w.do("drafter", "drafting.legal_scan", v{"bases": []string{"上海市生活垃圾管理条例"}})
	w.do("drafter", "drafting.policy_note", v{"note": "衔接"})
	w.do("drafter", "drafting.cost_benefit", v{"summary": "可承受"})
	w.do("drafter", "drafting.determine", v{"major_disagreement": false, "affected_units": []string{"财政局"}, "grounds": "调研"})
	w.do("drafter", "drafting.conclude", nil)
}

// toOpinions walks on into the parallel block.
func toOpinions(w *walk) {
	w.do("drafter", "coordination.request", v{"units": []string{"财政局"}})
	w.do("consulted_unit", "coordination.reply", v{"unit": "财政局", "opinion": "agree"})
	w.do("drafter", "coordination.determine", v{"highly_technical": true, "may_cause_adverse_impact": true, "affects_operators": true,
		"vital_interests": false, "affects_specific_group": false, "community_public_affair": false,
		"hearing_mandated_by_other_law": false, "non_disclosable_by_law": false, "wide_concern": true, "grounds": "调研"})
	w.do("drafter", "coordination.conclude", v{"result": "agreed"})
}

// experts, risk, competition close the branches of the block.
func experts(w *walk, draft string) {
	w.do("drafter", "expert_argument.appoint", v{"experts": []string{"甲", "乙"}, "conflicted": []string{}, "has_dissenting_expert": true,
		"own_pool": true, "source": "own-pool"})
	w.do("expert", "expert_argument.opinion", v{"draft": draft, "expert": "甲", "conclusion": "feasible", "text": "可行", "signed": true})
	w.do("drafter", "expert_argument.adopt", v{"summary": "采纳"})
}

func risk(w *walk, draft string) {
	w.do("risk_assessor", "risk_assessment.report", v{"draft": draft, "has": []string{"dept-views", "risk-points", "measures", "response-plan"},
		"level": "low", "summary": "低"})
	w.do("risk_assessor", "risk_assessment.conclude", v{"draft": draft, "conclusion": "controllable"})
}

func competition(w *walk, draft string) {
	w.do("drafter", "fair_competition.examine", v{"draft": draft, "effects": "无", "stakeholders": "已听取"})
	w.do("competition_reviewer", "fair_competition.conclude", v{"draft": draft, "conclusion": "compliant", "text": "不影响竞争"})
}

// review walks through the legality review of the draft.
func review(w *walk, draft, until string) {
	w.do("drafter", "legality_review.submit", v{"draft": draft, "pack": []string{"draft", "legal-basis", "procedure-statement"}, "requested_by": until})
	w.do("legality_reviewer", "legality_review.accept", nil)
	w.do("counsel", "legality_review.counsel_opinion", v{"draft": draft, "counsel": "王律师", "text": "合法"})
	w.do("legality_reviewer", "legality_review.conclude", v{"draft": draft, "conclusion": "lawful",
		"covers": []string{"competence", "procedure", "content"}, "text": "合法"})
}

var fullPack = []string{"draft", "legality-opinion", "fair-competition", "public-opinion-adoption", "expert-adoption", "risk-report"}

func meeting(w *walk, draft string) {
	w.do("secretary", "deliberation.open", v{"kind": "executive", "draft": draft, "members_total": 5,
		"present": []string{"张", "李", "王", "区长"}, "chief": "区长"})
	for _, member := range []string{"张", "李", "王", "区长"} {
		w.do("secretary", "deliberation.speak", v{"member": member, "view": "approve"})
	}
}

func TestACaseRunsFromOpeningToArchiveUnderTheShippedRules(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	w.at("intake")
	toDrafting(w)
	w.at("drafting")
	w.do("drafter", "drafting.file_draft", v{"draft": digest(1), "title": "方案（草案）", "explanation": digest(2)})
	w.blocked("drafter", "drafting.conclude", nil, "mad-draft-legal-scan", "mad-cost-benefit-analysis", "?major_disagreement")
	w.do("drafter", "drafting.legal_scan", v{"bases": []string{"上海市生活垃圾管理条例"}})
	w.do("drafter", "drafting.policy_note", v{"note": "衔接"})
	w.do("drafter", "drafting.waive_cost_benefit", v{"reason": "不涉及新增投入"})
	w.do("drafter", "drafting.determine", v{"major_disagreement": false, "affected_units": []string{"财政局"}, "grounds": "调研"})
	w.do("drafter", "drafting.conclude", nil)
	w.at("coordination")
	w.blocked("drafter", "coordination.conclude", v{"result": "agreed"},
		"mad-interagency-consult", "?affects_operators", "?highly_technical", "?may_cause_adverse_impact")
	toOpinions(w)
	w.at("participation", "expert_argument", "risk_assessment", "fair_competition")

	w.on("2024-03-29")
	w.do("drafter", "participation.open", v{"closes_on": "2024-04-29", "channels": []string{"政府网站"}})
	w.fact("comment_open_on", "2024-03-29")
	w.fact("notice_has", []string{"draft", "explanation", "channel", "deadline"})
	experts(w, digest(1))
	w.do("drafter", "expert_argument.conclude", nil)
	risk(w, digest(1))
	competition(w, digest(1))
	w.at("participation")
	w.on("2024-04-29")
	w.blocked("drafter", "participation.close", nil, "mad-comment-window-elapsed")
	w.on("2024-04-30")
	if last := w.entries[len(w.entries)-1]; last.Kind != casefile.EntryLapse || last.Deadlines[0].State != casefile.DeadlineElapsed {
		t.Errorf("the end of the comment window was not recorded: %+v", last)
	}
	w.do("drafter", "participation.close", nil)
	w.do("drafter", "participation.register", v{"count": 3, "method": "open-comment", "received_on": "2024-04-10"})
	w.blocked("drafter", "participation.conclude", nil, "mad-opinions-processed")
	w.do("drafter", "participation.answer", v{"count": 3, "adopted": 1, "not_adopted": 2})
	w.do("drafter", "participation.adoption_report", v{"summary": "采纳1条"})
	w.do("drafter", "participation.conclude", nil)
	w.at("pre_review")
	fromReviewToDecision(w)
	fromPartyReportToTheEnd(w)
}

func fromReviewToDecision(w *walk) {
	w.t.Helper()
	w.blocked("drafter", "pre_review.omit", v{"reason": "时间紧"}, "mad-legality-prereview-shanghai")
	w.because("drafter", "pre_review.omit", v{"reason": "时间紧"}, map[string]string{"mad-legality-prereview-shanghai": "本机关未设法制机构"})
	w.at("legality_review")
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft"}, "requested_by": "2024-05-15"})
	w.blocked("legality_reviewer", "legality_review.accept", nil, "mad-legality-materials")
	w.do("legality_reviewer", "legality_review.return", v{"reason": "缺依据", "lacking": []string{"legal-basis"}})
	if n := w.c.Rounds("legality_review"); n != 2 {
		w.t.Errorf("the return opened round %d, want 2", n)
	}
	review(w, digest(1), "2024-05-15")
	w.do("drafter", "submission_check.submit", v{"draft": digest(1), "pack": []string{"draft", "legality-opinion"}})
	w.blocked("office", "submission_check.accept", nil, "mad-submit-materials-complete")
	w.do("drafter", "submission_check.submit", v{"draft": digest(1), "pack": fullPack})
	w.do("office", "submission_check.accept", nil)

	meeting(w, digest(1))
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"})
	w.do("secretary", "deliberation.minutes", v{"summary": "记录", "dissents": []string{}, "signed_by": []string{"区长"}, "signature": "ink"})
	w.at("party_report")
}

func fromPartyReportToTheEnd(w *walk) {
	w.t.Helper()
	w.blocked("office", "party_report.conclude", nil, "?npc_matter", "?party_report_required")
	w.do("office", "party_report.determine", v{"party_report_required": true, "npc_matter": false, "grounds": "条例"})
	w.blocked("office", "party_report.conclude", nil, "mad-party-report-before-issue")
	w.do("office", "party_report.report", v{"reported_on": "2024-04-30", "reference": "请示1号"})
	w.refused(by("office"), "party_report.conclude", nil, casefile.RefusedNotPossible)
	w.do("office", "party_report.agree", v{"received_on": "2024-04-30"})
	w.do("office", "party_report.conclude", nil)
	w.at("publication")
	w.do("office", "publication.privacy", v{"within_duty": true, "personal_data_published": false, "pia_trigger": false})
	w.blocked("office", "publication.publish", v{"draft": digest(1), "channels": []string{"公报"}}, "mad-secrecy-review-before-publish")
	w.do("secrecy_officer", "publication.secrecy_review", v{"draft": digest(1), "conclusion": "可以公开", "doubtful": false})
	w.do("office", "publication.publish", v{"draft": digest(1), "channels": []string{"公报"}})
	w.blocked("office", "publication.conclude", nil, "mad-publish-explain-adoption")
	w.do("office", "publication.publish_adoption", v{"channels": []string{"政府网站"}})
	w.do("office", "publication.interpret", v{"channels": []string{"政府网站"}})
	w.do("office", "publication.conclude", nil)
	w.at("archive")
	w.do("archivist", "archive.list", nil)
	w.do("archivist", "archive.certify", v{"author_known": true, "time_known": true, "process_logged": true, "metadata_complete": true})
	w.blocked("archivist", "archive.complete", nil, "case-file-without-gaps")
	required, _ := w.c.Facts["required_docs"].Value.([]any)
	var all []string
	for _, paper := range required {
		all = append(all, paper.(string))
	}
	w.do("archivist", "archive.file", v{"papers": all})
	w.do("archivist", "archive.complete", nil)
	if w.c.Status != casefile.StatusClosed || w.c.End != "published" {
		w.t.Errorf("the case is %s as %q, want closed as published", w.c.Status, w.c.End)
	}
	for _, d := range w.c.Deadlines {
		want := casefile.DeadlineMet
		switch d.ID {
		case "participation/comment":
			want = casefile.DeadlineElapsed
		case "gen-archive-transfer-10y":
			want = casefile.DeadlineOpen
		}
		if d.State != want {
			w.t.Errorf("deadline %s is %s, want %s", d.ID, d.State, want)
		}
	}
	w.refused(by("office"), "case.note", v{"text": "x"}, casefile.RefusedClosed)
}

func TestADecisionIsLawfullyWithheld(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	meeting(w, digest(1))
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"})
	w.do("secretary", "deliberation.minutes", v{"summary": "记录", "dissents": []string{}, "signed_by": []string{"区长"}, "signature": "ink"})
	w.do("office", "party_report.determine", v{"party_report_required": false, "npc_matter": false, "grounds": "条例"})
	w.do("office", "party_report.conclude", nil)
	withheld := v{"basis": "保密法第十三条", "reason": "涉密"}
	w.refused(by("office"), "publication.withhold", withheld, casefile.RefusedNotPossible)
	w.do("secrecy_officer", "publication.secrecy_review", v{"draft": digest(1), "conclusion": "难以确定", "doubtful": true})
	w.refused(by("office"), "publication.withhold", withheld, casefile.RefusedNotPossible)
	w.do("office", "publication.refer", v{"result": "withhold", "authority": "市保密局"})
	w.do("office", "publication.withhold", withheld)
	w.at("archive")
	if w.c.End != "withheld" {
		t.Errorf("ended as %q", w.c.End)
	}
	for _, d := range w.c.Deadlines {
		if d.ID == "mad-publish-timely" && d.State != casefile.DeadlineDropped {
			t.Errorf("the duty to publish is %s although the decision is withheld", d.State)
		}
	}
}

func TestEveryStepOfACaseIsReachedWhenEveryGatePasses(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	w.at("participation")
	for _, s := range w.c.Steps {
		if s.State == casefile.StepNotApplied && s.LeftOn.IsZero() {
			t.Errorf("step %s was left out without a date", s.Step)
		}
	}
	last := w.entries[len(w.entries)-1]
	for _, in := range last.Entered {
		if !in.Applies && (in.Verdict == nil || in.Gate == "") {
			t.Errorf("step %s was left out without a verdict", in.Step)
		}
	}
	w.do("drafter", "participation.conclude", nil)
	w.do("legal_officer", "pre_review.opine", v{"draft": digest(1), "conclusion": "pass", "text": "合法"})
	review(w, digest(1), "2024-03-20")
	w.do("drafter", "submission_check.submit", v{"draft": digest(1), "pack": fullPack})
	w.do("office", "submission_check.accept", nil)
	w.at("deliberation")
}
