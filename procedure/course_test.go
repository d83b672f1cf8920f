package procedure_test

import (
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// quietly determines that no discretionary step is required.
func quietly(w *walk) {
	w.do("drafter", "coordination.reply", v{"unit": "财政局", "opinion": "agree"})
	w.do("drafter", "coordination.determine", v{"highly_technical": false, "may_cause_adverse_impact": false, "affects_operators": false,
		"vital_interests": false, "affects_specific_group": false, "community_public_affair": false,
		"hearing_mandated_by_other_law": false, "non_disclosable_by_law": false, "wide_concern": false, "grounds": "调研"})
	w.do("drafter", "coordination.conclude", v{"result": "agreed"})
}

// toReview walks a quiet case to the legality review.
func toReview(w *walk) {
	toDrafting(w)
	toCoordination(w)
	quietly(w)
	w.at("participation")
	w.do("drafter", "participation.hear", v{"method": "seminar", "held_on": w.today.String(), "summary": "座谈"})
	w.do("drafter", "participation.conclude", nil)
	w.do("legal_officer", "pre_review.opine", v{"draft": digest(1), "conclusion": "pass", "text": "合法"})
}

// toMeeting walks a quiet case to the meeting.
func toMeeting(w *walk) {
	toReview(w)
	review(w, digest(1), "2024-03-20")
	w.do("drafter", "submission_check.submit", v{"draft": digest(1), "pack": fullPack})
	w.do("office", "submission_check.accept", nil)
}

func TestAnEmergencyIsRoutedOutAndAPolicyIsNot(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-07-01")
	w.do("office", "intake.register", register(nil))
	w.do("office", "intake.triage", v{"matter_type": "emergency-response", "special_procedure_by_law": false, "reason": "防汛"})
	w.blocked("office", "intake.assign", v{"study_unit": "应急局"}, "mad-scope-exclusions")
	w.do("office", "intake.route_out", v{"to_procedure": "突发事件应对法", "reason": "应急处置"})
	if w.c.Status != casefile.StatusClosed || w.c.End != "routed_out" {
		t.Errorf("the case is %s as %q", w.c.Status, w.c.End)
	}

	w = newWalk(t, decision(t), lawful(t), "2024-07-01")
	w.do("office", "intake.register", register(nil))
	w.do("office", "intake.triage", v{"matter_type": "policy", "special_procedure_by_law": false, "reason": "公共政策"})
	w.refused(by("office"), "intake.route_out", v{"to_procedure": "x", "reason": "x"}, casefile.RefusedNotPossible)
	w.do("office", "intake.decline", v{"reply": "不属于决策事项", "reason": "日常管理"})
	if w.c.End != "not_a_decision_matter" {
		t.Errorf("ended as %q", w.c.End)
	}
}

func TestOnlyTheBodyLaunches(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	w.do("office", "intake.register", register(nil))
	w.do("office", "intake.triage", v{"matter_type": "policy", "special_procedure_by_law": false, "reason": "公共政策"})
	w.do("office", "intake.assign", v{"study_unit": "科室"})
	w.do("studier", "study.report", v{"argued_points": []string{"problem"}, "summary": "x"})
	w.blocked("studier", "study.conclude", v{"recommendation": "recommended", "reason": "x"}, "mad-proposal-argued")
	w.do("office", "study.more", v{"reason": "论证不充分"})
	w.refused(by("studier"), "study.conclude", v{"recommendation": "recommended", "reason": "x"}, casefile.RefusedNotPossible)
	w.do("studier", "study.report", v{"argued_points": []string{"problem", "grounds", "outline", "necessity", "feasibility"}, "summary": "x"})
	w.do("studier", "study.conclude", v{"recommendation": "not-recommended", "reason": "x"})
	w.blocked("office", "launch.decide", v{"outcome": "launch", "decided_by": "党政办", "undertaking_units": []string{"甲", "乙"}},
		"mad-launch-decided-by-body", "mad-lead-unit-designated")
	w.refused(by("office"), "launch.decide", v{"outcome": "defer", "decided_by": "区政府"}, casefile.RefusedMissingField)
	w.do("office", "launch.decide", v{"outcome": "defer", "decided_by": "区政府", "reason": "再议"})
	if n := w.c.Rounds("launch"); n != 2 {
		t.Errorf("deferring opened round %d", n)
	}
	w.do("office", "launch.decide", v{"outcome": "not-launch", "decided_by": "区政府", "reason": "条件不成熟"})
	w.at("archive")
	if w.c.End != "not_launched" || w.c.Status != casefile.StatusRunning {
		t.Errorf("the case is %s as %q", w.c.Status, w.c.End)
	}
	w.refused(by("office"), "case.terminate", v{"reason": "x"}, casefile.RefusedNotPossible)
}

func TestLeavingABlockInterruptsItsOtherBranches(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	w.do("drafter", "participation.hear", v{"method": "seminar", "held_on": "2024-03-01", "summary": "座谈"})
	w.do("drafter", "participation.adoption_report", v{"summary": "采纳"})
	w.do("drafter", "participation.conclude", nil)
	experts(w, digest(1))
	e := w.do("drafter", "expert_argument.rework", v{"reason": "专家不同意"})
	if !slices.Equal(e.Broken, []string{"risk_assessment", "fair_competition"}) {
		t.Errorf("interrupted %v", e.Broken)
	}
	w.at("drafting")
	w.do("drafter", "drafting.file_draft", v{"draft": digest(3), "title": "修改稿"})
	w.do("drafter", "drafting.conclude", nil)
	w.do("drafter", "coordination.conclude", v{"result": "agreed"})
	w.at("participation", "expert_argument", "risk_assessment", "fair_competition")
	w.refused(by("drafter"), "participation.conclude", nil, casefile.RefusedNotPossible)
	w.refused(by("drafter"), "expert_argument.confirm", v{"reason": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "participation.confirm", v{"reason": "修改不涉及公众意见"})
	experts(w, digest(3))
	w.fact("written_opinions", 1)
	w.do("drafter", "expert_argument.conclude", nil)
	risk(w, digest(3))
	w.at("fair_competition")
	competition(w, digest(3))
	w.at("pre_review")
	for _, step := range []string{"participation", "expert_argument", "risk_assessment", "fair_competition"} {
		if n := w.c.Rounds(step); n != 2 {
			t.Errorf("%s has %d rounds, want 2", step, n)
		}
	}
}

func TestAnUncontrollableRiskLeadsBackToDrafting(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	w.refused(by("risk_assessor"), "risk_assessment.conclude", v{"draft": digest(1), "conclusion": "controllable"}, casefile.RefusedNotPossible)
	w.do("risk_assessor", "risk_assessment.report", v{"draft": digest(1), "has": []string{"risk-points"}, "level": "high", "summary": "高"})
	w.blocked("risk_assessor", "risk_assessment.conclude", v{"draft": digest(1), "conclusion": "controllable"},
		"mad-risk-level-local", "mad-risk-report-content")
	w.refused(by("risk_assessor"), "risk_assessment.conclude", v{"draft": digest(1), "conclusion": "uncontrollable"}, casefile.RefusedMissingField)
	w.do("risk_assessor", "risk_assessment.conclude", v{"draft": digest(1), "conclusion": "uncontrollable", "text": "交通组织方案不能化解"})
	w.at("drafting")
	w.fact("risk_conclusion", "uncontrollable")
}

func TestARejectedMatterIsStillArchived(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toMeeting(w)
	w.do("secretary", "deliberation.open", v{"kind": "executive", "draft": digest(1), "members_total": 3,
		"present": []string{"张", "李", "区长"}, "chief": "区长"})
	w.do("secretary", "deliberation.speak", v{"member": "张", "view": "reject", "text": "条件不成熟"})
	w.do("secretary", "deliberation.speak", v{"member": "李", "view": "approve", "dissent": "应当通过"})
	w.do("secretary", "deliberation.speak", v{"member": "区长", "view": "reject"})
	w.fact("majority_view", "split")
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "reject"})
	w.fact("dissenters", []string{"李"})
	minutes := v{"summary": "记录", "dissents": []string{}, "signed_by": []string{"区长"}, "signature": "ink"}
	w.blocked("secretary", "deliberation.minutes", minutes, "mad-dissent-recorded")
	minutes["dissents"] = []string{"李"}
	w.do("secretary", "deliberation.minutes", minutes)
	w.at("archive")
	w.fact("decided_on", "")
	w.do("archivist", "archive.list", v{"additional": []string{"录音"}})
	w.do("archivist", "archive.file", v{"papers": toTexts(w.c.Facts["required_docs"].Value)})
	w.do("archivist", "archive.certify", v{"author_known": true, "time_known": true, "process_logged": true, "metadata_complete": true})
	w.do("archivist", "archive.complete", nil)
	if w.c.Status != casefile.StatusClosed || w.c.End != "rejected" {
		t.Errorf("the case is %s as %q", w.c.Status, w.c.End)
	}
	if len(w.c.Deadlines) != 1 || w.c.Deadlines[0].ID != "gen-archive-transfer-10y" {
		t.Errorf("a rejected matter has duties: %+v", w.c.Deadlines)
	}
}

func toTexts(value any) []string {
	var out []string
	list, _ := value.([]any)
	for _, item := range list {
		out = append(out, item.(string))
	}
	return out
}

func TestTerminatingASuspendedCaseStillClosesItsFile(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	quietly(w)
	w.do("drafter", "participation.open", v{"closes_on": "2024-04-01", "channels": []string{"政府网站"}})
	w.blocked("office", "case.suspend", v{"reason": "x", "decided_by": "科长", "review_on": "2024-06-01"}, "?chief")
	w.do("office", "case.determine", v{"chief": "区长", "grounds": "任命"})
	w.blocked("office", "case.suspend", v{"reason": "x", "decided_by": "科长", "review_on": "2024-06-01"}, "case-suspend-decided")
	w.do("office", "case.suspend", v{"reason": "等待规划", "decided_by": "区政府", "review_on": "2024-06-01"})
	w.blocked("office", "case.terminate", v{"reason": "x", "decided_by": "科长"}, "case-terminate-decided")
	w.do("office", "case.terminate", v{"reason": "规划取消", "decided_by": "区政府"})
	w.at("archive")
	if w.c.Status != casefile.StatusRunning || w.c.End != "terminated" {
		t.Errorf("the case is %s as %q", w.c.Status, w.c.End)
	}
	if d := w.c.Deadlines[0]; d.State != casefile.DeadlineDropped {
		t.Errorf("the comment window is %s", d.State)
	}
	for _, s := range w.c.Steps {
		if s.Step == "participation" && s.State != casefile.StepInterrupted {
			t.Errorf("participation is %s", s.State)
		}
	}
	w.refused(by("office"), "case.suspend", v{"reason": "x"}, casefile.RefusedNotPossible)
}

func TestASecretFoundMidwayIsTakenOut(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	quietly(w)
	w.do("drafter", "participation.open", v{"closes_on": "2024-04-01", "channels": []string{"政府网站"}})
	sealing := v{"register_number": "密2024-7", "basis": "保密法第十三条", "documents": []string{digest(8)}, "instruction": "移出"}
	w.refused(by("secrecy_officer"), "case.seal", sealing, casefile.RefusedUnknownDigest)
	sealing["documents"] = []string{digest(1)}
	e := w.do("secrecy_officer", "case.seal", sealing)
	if len(e.Withdrawn) != 1 || string(e.Withdrawn[0]) != digest(1) {
		t.Errorf("withdrew %v", e.Withdrawn)
	}
	w.do("drafter", "participation.exempt", v{"basis": "保密法第十三条", "reason": "涉密"})
	w.at("pre_review")
	w.fact("comment_close_on", "")
	if d := w.c.Deadlines[0]; d.State != casefile.DeadlineDropped {
		t.Errorf("the comment window is %s", d.State)
	}
	w.refused(by("legal_officer"), "pre_review.opine", v{"draft": digest(1), "conclusion": "pass", "text": "x"}, casefile.RefusedUnknownDigest)
}

func TestAChangeAfterTheReviewHasToBeLookedAtAgain(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toReview(w)
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft", "legal-basis", "procedure-statement"}, "requested_by": "2024-03-20"})
	w.do("legality_reviewer", "legality_review.accept", nil)
	conclusion := v{"draft": digest(1), "conclusion": "lawful-with-conditions", "covers": []string{"competence", "procedure", "content"}, "text": "修改第二条"}
	w.refused(by("legality_reviewer"), "legality_review.conclude", conclusion, casefile.RefusedBadValue)
	conclusion["conditions"] = 2
	w.blocked("legality_reviewer", "legality_review.conclude", conclusion, "mad-legality-counsel-involved")
	w.do("counsel", "legality_review.counsel_opinion", v{"draft": digest(1), "counsel": "王律师", "text": "同意"})
	w.do("legality_reviewer", "legality_review.conclude", conclusion)
	w.refused(by("legality_reviewer"), "submission_check.immaterial", v{"draft": digest(1), "reason": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "case.revise", v{"draft": digest(3), "title": "修改稿", "changes": "按审查意见修改"})
	w.fact("changes_since_review_substantive", true)
	w.do("drafter", "submission_check.submit", v{"draft": digest(3), "pack": fullPack})
	w.blocked("office", "submission_check.accept", nil, "mad-legality-conditions-closed", "mad-legality-version-match")
	w.refused(by("drafter"), "submission_check.meet_conditions", v{"met": 3, "response": "x"}, casefile.RefusedBadValue)
	w.do("drafter", "submission_check.meet_conditions", v{"met": 1, "explained": 1, "response": "已落实"})
	w.do("legality_reviewer", "submission_check.immaterial", v{"draft": digest(3), "reason": "仅按意见修改"})
	w.do("office", "submission_check.accept", nil)
	w.at("deliberation")
	w.refused(by("drafter"), "case.revise", v{"draft": digest(4), "title": "x", "changes": "x"}, casefile.RefusedNotPossible)
}

func TestAnUnlawfulDraftGoesBackUnlessItIsExploratory(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toReview(w)
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft", "legal-basis", "procedure-statement"}, "requested_by": "2024-03-20"})
	w.do("legality_reviewer", "legality_review.accept", nil)
	w.do("counsel", "legality_review.counsel_opinion", v{"draft": digest(1), "counsel": "王律师", "text": "国家尚无规定"})
	exploratory := v{"draft": digest(1), "state_rule_absent": false, "legal_risk": "可能被撤销", "covers": []string{"competence", "procedure", "content"}, "text": "x"}
	w.do("legality_reviewer", "legality_review.conclude_exploratory", exploratory)
	w.do("drafter", "submission_check.submit", v{"draft": digest(1), "pack": fullPack})
	w.blocked("office", "submission_check.accept", nil, "mad-legality-gate")
	w.do("office", "submission_check.return", v{"to": "to-review", "reason": "国家有禁止性规定"})
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft", "legal-basis", "procedure-statement"}, "requested_by": "2024-03-20"})
	w.do("legality_reviewer", "legality_review.accept", nil)
	w.do("legality_reviewer", "legality_review.conclude", v{"draft": digest(1), "conclusion": "unlawful",
		"covers": []string{"competence", "procedure", "content"}, "text": "违法"})
	w.at("drafting")
}
