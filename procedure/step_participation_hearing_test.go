package procedure_test

import (
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

func hearingOn(date string) v {
	return v{"hearing_on": date, "place": "会议室", "notice_has": []string{"draft", "explanation", "time", "place"}, "selection_needed": true}
}

func participantsPublished() v {
	return v{"list_published": true, "selection_method_published": true, "sides": []string{"居民"}, "represented_sides": []string{"居民"}}
}

// holdHearing announces a hearing today and holds it on its day.
func holdHearing(w *walk, today, on string) {
	w.t.Helper()
	w.do("drafter", "participation.schedule_hearing", hearingOn(on))
	w.do("drafter", "participation.publish_participants", participantsPublished())
	w.do("drafter", "participation.deliver_materials", v{"delivered_on": today, "recipients": []string{"居民代表"}})
	w.on(on)
	w.do("drafter", "participation.open_hearing", v{"presided_by": "x"})
	w.do("drafter", "participation.close_hearing", v{
		"steps_done": []string{"presented", "debated", "record-confirmed"}, "participants": 3, "signed": 2, "refusals_noted": 1})
	w.fact("hearing_closed", true)
	w.refused(by("drafter"), "participation.schedule_hearing", hearingOn("2024-12-02"), casefile.RefusedNotPossible)
}

// nothingHeldYet checks that nothing of an earlier hearing counts for the next.
func nothingHeldYet(w *walk) {
	w.t.Helper()
	w.fact("hearing_closed", false)
	w.fact("hearing_steps_done", []string{})
	w.fact("last_materials_delivered_on", "")
}

func TestANewRoundHoldsAHearingOfItsOwn(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "participation.determine", v{"hearing_mandated_by_other_law": true, "grounds": "价格法"})
	holdHearing(w, "2024-03-01", "2024-03-10")
	w.do("drafter", "participation.repeat", v{"reason": "草案有实质性修改"})
	nothingHeldYet(w)
	w.fact("hearing_on", "")
	w.fact("hearing_notice_has", []string{})
	w.do("drafter", "participation.hear", v{"method": "poll", "held_on": "2024-03-10", "summary": "x"})
	w.blocked("drafter", "participation.conclude", nil, "mad-hearing-when-mandatory")
	w.do("drafter", "participation.schedule_hearing", hearingOn("2024-03-20"))
	w.fact("list_published", false)
	w.fact("represented_sides", []string{})
	w.on("2024-03-20")
	w.blocked("drafter", "participation.open_hearing", v{"presided_by": "x"}, "mad-hearing-participants", "mad-hearing-materials-7d")
	w.do("drafter", "participation.cancel_hearing", v{"reason": "材料没有送达"})
	holdHearing(w, "2024-03-20", "2024-03-30")
	w.do("drafter", "participation.conclude", nil)
	w.at("pre_review")
}

// redrafted sends the case back for redrafting and returns to participation.
func redrafted(w *walk) {
	w.t.Helper()
	w.do("drafter", "participation.rework", v{"reason": "听证意见较多"})
	w.at("drafting")
	w.do("drafter", "drafting.file_draft", v{"draft": digest(2), "title": "草案二稿", "explanation": digest(9)})
	w.do("drafter", "drafting.conclude", nil)
	w.do("drafter", "coordination.conclude", v{"result": "agreed"})
	w.at("participation")
}

func TestAHearingMayBeHeldAgainAfterRedrafting(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "participation.determine", v{"hearing_mandated_by_other_law": true, "grounds": "价格法"})
	holdHearing(w, "2024-03-01", "2024-03-10")
	redrafted(w)
	w.fact("hearing_closed", true) // redrafting alone does not undo a hearing
	w.do("drafter", "participation.schedule_hearing", hearingOn("2024-03-20"))
	nothingHeldYet(w)
	w.fact("signed_count", 0)
	w.fact("list_published", false)
	w.refused(by("drafter"), "participation.schedule_hearing", hearingOn("2024-03-25"), casefile.RefusedNotPossible)
	w.blocked("drafter", "participation.conclude", nil, "mad-hearing-when-mandatory")
	w.on("2024-03-20")
	w.do("drafter", "participation.postpone_hearing", v{"reason": "材料没有送达"})
	holdHearing(w, "2024-03-20", "2024-03-30")
	w.do("drafter", "participation.conclude", nil)
	w.at("pre_review")
}

func TestAHearingOfAnEarlierRoundIsAnnouncedAnew(t *testing.T) {
	w := toParticipation(t)
	w.do("drafter", "participation.schedule_hearing", hearingOn("2024-03-10"))
	w.do("drafter", "participation.publish_participants", participantsPublished())
	redrafted(w)
	w.on("2024-03-10")
	w.refused(by("drafter"), "participation.open_hearing", v{"presided_by": "x"}, casefile.RefusedNotPossible)
	w.do("drafter", "participation.schedule_hearing", hearingOn("2024-03-20"))
	w.fact("hearing_on", "2024-03-20")
	w.fact("list_published", false)
}
