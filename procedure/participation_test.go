package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

func toParticipation(t *testing.T) *walk {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	quietly(w)
	return w
}

func TestAShortWindowNeedsItsReasonInTheNotice(t *testing.T) {
	w := toParticipation(t)
	notice := v{"closes_on": "2024-03-11", "channels": []string{"政府网站"}}
	w.blocked("drafter", "participation.open", notice, "mad-comment-min-30d-soft")
	notice["short_reason"] = "汛期前须完成"
	notice["notice_has"] = []string{"draft", "channel", "deadline"}
	w.blocked("drafter", "participation.open", notice, "mad-comment-notice-content")
	delete(notice, "notice_has")
	w.do("drafter", "participation.open", notice)
	w.refused(by("drafter"), "participation.open", notice, casefile.RefusedNotPossible)
	w.refused(by("drafter"), "participation.conclude", nil, casefile.RefusedNotPossible)
	w.refused(by("drafter"), "participation.extend", v{"closes_on": "2024-03-11", "channels": []string{"x"}, "reason": "x"}, casefile.RefusedBadValue)
	w.do("drafter", "participation.extend", v{"closes_on": "2024-03-15", "channels": []string{"政府网站"}, "reason": "补充材料"})
	if d := w.c.Deadlines[0]; d.ID != "participation/comment" || d.Due.String() != "2024-03-15" || len(w.c.Deadlines) != 1 {
		t.Errorf("the window is watched as %+v", w.c.Deadlines)
	}
	w.refused(by("drafter"), "participation.register", v{"count": 1, "method": "open-comment", "received_on": "2024-02-28"}, casefile.RefusedBadValue)
	w.on("2024-03-16")
	w.refused(by("drafter"), "participation.register", v{"count": 1, "method": "open-comment"}, casefile.RefusedBadValue)
	w.do("drafter", "participation.close", nil)
	w.do("drafter", "participation.repeat", v{"reason": "草案有实质性修改"})
	w.fact("comment_close_on", "")
	w.fact("short_reason_in_notice", "")
	w.do("drafter", "participation.open", v{"closes_on": "2024-04-16", "channels": []string{"政府网站"}})
	if d := w.c.Deadlines[0]; d.State != casefile.DeadlineOpen || d.Due.String() != "2024-04-16" {
		t.Errorf("the second window is watched as %+v", d)
	}
}

func TestAHearingIsHeldAsPrescribed(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "participation.determine", v{"hearing_mandated_by_other_law": true, "grounds": "价格法"})
	w.do("drafter", "participation.hear", v{"method": "poll", "held_on": "2024-03-01", "summary": "x"})
	w.blocked("drafter", "participation.conclude", nil, "mad-hearing-when-mandatory")
	announced := v{"hearing_on": "2024-03-12", "place": "会议室", "notice_has": []string{"draft", "explanation", "time"},
		"selection_needed": true}
	w.blocked("drafter", "participation.schedule_hearing", announced, "mad-hearing-announcement")
	announced["notice_has"] = []string{"draft", "explanation", "time", "place"}
	list := v{"list_published": true, "selection_method_published": true, "sides": []string{"居民", "商户"}, "represented_sides": []string{"居民"}}
	w.refused(by("drafter"), "participation.publish_participants", list, casefile.RefusedNotPossible)
	w.refused(by("drafter"), "participation.open_hearing", v{"presided_by": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "participation.schedule_hearing", announced)
	w.refused(by("drafter"), "participation.schedule_hearing", announced, casefile.RefusedNotPossible)
	w.do("drafter", "participation.postpone_hearing", v{"reason": "场地"})
	w.fact("hearing_on", "")
	w.refused(by("drafter"), "participation.deliver_materials", v{"delivered_on": "2024-03-01", "recipients": []string{"x"}}, casefile.RefusedNotPossible)
	announced["hearing_on"] = "2024-03-15"
	w.do("drafter", "participation.schedule_hearing", announced)
	w.on("2024-03-10")
	w.do("drafter", "participation.deliver_materials", v{"delivered_on": "2024-03-10", "recipients": []string{"居民代表"}})
	w.do("drafter", "participation.deliver_materials", v{"delivered_on": "2024-03-05", "recipients": []string{"商户代表"}})
	w.fact("last_materials_delivered_on", "2024-03-10")
	w.refused(by("drafter"), "participation.open_hearing", v{"presided_by": "x"}, casefile.RefusedNotPossible)
	w.on("2024-03-15")
	w.blocked("drafter", "participation.open_hearing", v{"presided_by": "x"}, "mad-hearing-participants", "mad-hearing-materials-7d")
	w.do("drafter", "participation.publish_participants", list)
	w.blocked("drafter", "participation.open_hearing", v{"presided_by": "x"}, "mad-hearing-participants", "mad-hearing-materials-7d")
	list["represented_sides"] = []string{"居民", "商户"}
	w.do("drafter", "participation.publish_participants", list)
	w.blocked("drafter", "participation.open_hearing", v{"presided_by": "x"}, "mad-hearing-materials-7d")
	w.do("drafter", "participation.postpone_hearing", v{"reason": "材料送达不足七日"})
	w.fact("list_published", true)
	w.refused(by("drafter"), "participation.publish_participants", list, casefile.RefusedNotPossible)
	announced["hearing_on"] = "2024-03-30"
	w.do("drafter", "participation.schedule_hearing", announced)
	w.do("drafter", "participation.deliver_materials", v{"delivered_on": "2024-03-15", "recipients": []string{"居民代表"}})
	w.on("2024-03-30")
	w.do("drafter", "participation.open_hearing", v{"presided_by": "x"})
	w.refused(by("drafter"), "participation.publish_participants", list, casefile.RefusedNotPossible)
	closing := v{"steps_done": []string{"presented", "debated"}, "participants": 3, "signed": 2}
	w.blocked("drafter", "participation.close_hearing", closing, "mad-hearing-sequence")
	closing["steps_done"], closing["refusals_noted"] = []string{"presented", "debated", "record-confirmed"}, 1
	w.do("drafter", "participation.close_hearing", closing)
	w.do("drafter", "participation.conclude", nil)
	w.at("pre_review")
}

func TestExpertsWithAnInterestAreReplaced(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	panel := v{"experts": []string{"甲", "乙"}, "conflicted": []string{"乙"}, "has_dissenting_expert": true, "own_pool": true, "source": "own-pool"}
	w.blocked("drafter", "expert_argument.appoint", panel, "mad-expert-no-interest")
	panel["conflicted"] = []string{}
	w.do("drafter", "expert_argument.appoint", panel)
	opinion := v{"draft": digest(1), "expert": "乙", "conclusion": "feasible", "text": "可行", "signed": false}
	w.do("expert", "expert_argument.opinion", opinion)
	w.refused(by("expert"), "expert_argument.opinion", opinion, casefile.RefusedBadValue)
	opinion["expert"] = "丁"
	w.refused(by("expert"), "expert_argument.opinion", opinion, casefile.RefusedBadValue)
	w.do("drafter", "expert_argument.adopt", v{"summary": "采纳"})
	w.blocked("drafter", "expert_argument.conclude", nil, "mad-expert-opinion-signed")
	w.refused(by("expert"), "expert_argument.sign_opinion", v{"expert": "甲"}, casefile.RefusedBadValue)
	panel["experts"], panel["reason"] = []string{"甲", "丙"}, "乙退出"
	w.do("drafter", "expert_argument.replace", panel)
	w.fact("written_opinions", 0)
	opinion["expert"] = "丙"
	w.do("expert", "expert_argument.opinion", opinion)
	w.fact("signed_opinions", 0)
	w.do("expert", "expert_argument.sign_opinion", v{"expert": "丙"})
	w.do("drafter", "expert_argument.conclude", nil)
	w.fact("expert_argument_done", true)
}

func TestSuggestionsAreAnswered(t *testing.T) {
	w := toParticipation(t)
	w.blocked("office", "participation.open_call", v{"notice_has": []string{"topic"}, "posted_on_city_system": false}, "mad-suggestion-call-notice")
	w.do("office", "participation.open_call", v{"notice_has": []string{"topic", "explanation", "channel", "deadline"}, "posted_on_city_system": true})
	w.do("office", "participation.receive_suggestions", v{"count": 2})
	if d := w.c.Deadlines[0]; d.ID != "mad-suggestion-feedback" || d.State != casefile.DeadlineOpen || !d.Due.IsZero() {
		t.Errorf("the duty is %+v", w.c.Deadlines)
	}
	w.refused(by("office"), "participation.feedback", v{"individual": 3}, casefile.RefusedBadValue)
	w.do("office", "participation.feedback", v{"individual": 2})
	if d := w.c.Deadlines[0]; d.State != casefile.DeadlineMet {
		t.Errorf("the duty is %+v", d)
	}
}

func TestAGroupAndACommunityAreHeard(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "case.determine", v{"affects_specific_group": true, "community_public_affair": true, "grounds": "摊贩"})
	w.do("drafter", "participation.consult_group", v{"parties": []string{"social-org"}, "held_on": "2024-03-01", "summary": "x"})
	w.blocked("drafter", "participation.conclude", nil, "mad-specific-group-consulted", "mad-community-consultation")
	w.do("drafter", "participation.consult_group", v{"parties": []string{"people-org", "representatives"}, "held_on": "2024-03-01", "summary": "x"})
	w.do("drafter", "participation.consult_community", v{"body": "社区代表会议", "held_on": "2024-03-01", "summary": "x"})
	w.do("drafter", "participation.conclude", nil)
}

func TestAConsultationIsAgreedOnlyWhenNoUnitDisagrees(t *testing.T) {
	w := newWalk(t, decision(t), lawful(t), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	w.do("drafter", "case.determine", v{"highly_technical": false, "may_cause_adverse_impact": false, "affects_operators": false, "grounds": "x"})
	w.refused(by("drafter"), "coordination.reply", v{"unit": "财政局", "opinion": "disagree"}, casefile.RefusedMissingField)
	w.do("drafter", "coordination.reply", v{"unit": "财政局", "opinion": "disagree", "text": "经费不足"})
	w.refused(by("drafter"), "coordination.conclude", v{"result": "agreed"}, casefile.RefusedBadValue)
	w.refused(by("drafter"), "coordination.note_silence", v{"unit": "民政局", "efforts": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "coordination.request", v{"units": []string{"民政局"}})
	w.refused(by("drafter"), "coordination.note_silence", v{"unit": "水务局", "efforts": "x"}, casefile.RefusedBadValue)
	w.do("drafter", "coordination.note_silence", v{"unit": "民政局", "efforts": "两次催办"})
	w.fact("consulted_units", []string{"财政局", "民政局"})
	w.blocked("drafter", "coordination.conclude", v{"result": "unresolved-explained"}, "mad-interagency-consult")
	w.do("drafter", "coordination.dispute_note", v{"issues": "经费", "their_views": "不同意", "own_view": "可承担"})
	w.do("drafter", "coordination.conclude", v{"result": "unresolved-explained"})
	w.at("participation")
}

func TestAStandstillNeedsItsReason(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "participation.hear", v{"method": "poll", "held_on": "2024-03-01", "summary": "x"})
	w.on("2024-07-01")
	w.blocked("drafter", "participation.conclude", nil, "mad-undue-delay")
	w.do("drafter", "case.note", v{"text": "情况说明", "stall_reason": "等待上级规划"})
	e := w.do("drafter", "participation.conclude", nil)
	if e.Facts["stall_reason"] != "" {
		t.Error("the reason for the standstill of one step was kept for the next")
	}
}
