package procedure

import (
	"maps"

	"github.com/zhengdang/chengxu/casefile"
)

// hearingActs are the acts of a hearing (听证会, 国务院令第713号 第十六条、第十七条).
func hearingActs() []ActSpec {
	return []ActSpec{
		{
			Verb: "no_hearing", Title: title("说明不召开听证会的理由", "say why no hearing is held"),
			Fields: []Field{reason().is("no_hearing_reason")},
		},
		scheduleHearing(),
		publishParticipants(),
		{
			Verb: "deliver_materials", Title: title("送达听证材料", "deliver the hearing papers"),
			Needs: []string{"schedule_hearing"}, Bars: []string{"close_hearing"},
			Fields: []Field{
				date("delivered_on", "送达日期", "delivered on").must().past(),
				texts("recipients", "受送达人", "recipients").must(), attached(),
			},
			Gives: []string{"last_materials_delivered_on"},
			Derive: func(a *Acting) casefile.Values {
				last := a.factDate("last_materials_delivered_on")
				if on := a.Date("delivered_on"); on.After(last) {
					last = on
				}
				return casefile.Values{"last_materials_delivered_on": last.String()}
			},
			Check: hearingScheduled,
		},
		{
			Verb: "open_hearing", Title: title("召开听证会", "open the hearing"),
			Needs: []string{"schedule_hearing"}, Bars: []string{"close_hearing"},
			Fields: []Field{text("presided_by", "主持人", "who presides").must()},
			Check:  hearingToday,
		},
		closeHearing(),
		{
			Verb: "postpone_hearing", Title: title("延期听证", "postpone the hearing"),
			Needs: []string{"schedule_hearing"}, Bars: []string{"close_hearing"},
			Fields: []Field{reason()}, Sets: hearingUnset(), Check: hearingScheduled,
		},
		{
			Verb: "cancel_hearing", Title: title("取消听证", "cancel the hearing"),
			Needs: []string{"schedule_hearing"}, Bars: []string{"close_hearing"},
			Fields: []Field{reason()}, Sets: merged(hearingUnset(), participantsUnknown()), Check: hearingScheduled,
		},
	}
}

// hearingUnset are the facts of a hearing that has no date any more. Papers
// delivered for the old date do not count for a new one.
func hearingUnset() casefile.Values {
	return casefile.Values{"hearing_on": "", "last_materials_delivered_on": "", "hearing_notice_has": []string{}}
}

// hearingNotHeld are the facts of a hearing that is still to be held, whatever
// became of an earlier one.
func hearingNotHeld() casefile.Values {
	return casefile.Values{
		"hearing_closed": false, "hearing_steps_done": []string{}, "signed_count": int64(0), "refusal_notes": int64(0),
		"last_materials_delivered_on": "",
	}
}

// participantsUnknown are the facts of a hearing whose participants have not
// been made public.
func participantsUnknown() casefile.Values {
	return casefile.Values{"selection_method_published": false, "list_published": false, "represented_sides": []string{}}
}

func merged(of ...casefile.Values) casefile.Values {
	out := casefile.Values{}
	for _, facts := range of {
		//workflowcheck:ignore A map is filled from a map.
		maps.Copy(out, facts)
	}
	return out
}

// hearingAhead lets one hearing at a time be announced. A hearing of an earlier
// round does not stand in the way: a new round is about another draft, or hears
// the public anew, and announces its own.
func hearingAhead(a *Acting) *casefile.Refusal {
	if a.done("schedule_hearing") && !a.factDate("hearing_on").IsZero() {
		return notNow("听证会已经公告；改期须先延期或者取消。", "a hearing is announced already; postpone or cancel it first")
	}
	if !a.Date("hearing_on").After(a.Today) {
		return badValue("hearing_on", "听证日期须晚于公告当日。", "the hearing must be later than its announcement")
	}
	return nil
}

func hearingScheduled(a *Acting) *casefile.Refusal {
	if a.factDate("hearing_on").IsZero() {
		return notNow("没有已公告的听证会。", "no hearing is announced")
	}
	return nil
}

func hearingToday(a *Acting) *casefile.Refusal {
	if refusal := hearingScheduled(a); refusal != nil {
		return refusal
	}
	if on := a.factDate("hearing_on"); on != a.Today {
		return notNow("听证会公告于"+on.String()+"召开。", "the hearing is announced for "+on.String())
	}
	return nil
}

func scheduleHearing() ActSpec {
	return ActSpec{
		Verb: "schedule_hearing", Title: title("公告召开听证会", "announce the hearing"), Bars: []string{"close_hearing"},
		Fields: []Field{
			date("hearing_on", "听证日期", "date of the hearing").must().is("hearing_on"),
			text("place", "地点", "place").must(), text("time", "时间", "time"),
			texts("notice_has", "公告内容", "contents of the notice").must().
				of("draft", "explanation", "time", "place").is("hearing_notice_has"),
			flag("selection_needed", "需要遴选听证参加人", "participants have to be selected").must().is("selection_needed"),
			selectionMethod(), participantList(), sidesConcerned(), sidesRepresented(),
			attached(),
		},
		Sets:   hearingNotHeld(),
		Gives:  []string{"selection_method_published", "list_published", "represented_sides"},
		Derive: participantsOfThisHearing,
		Check:  hearingAhead,
	}
}

func selectionMethod() Field {
	return flag("selection_method_published", "遴选办法已公布", "selection method published").is("selection_method_published")
}

func participantList() Field {
	return flag("list_published", "参加人名单已公布", "list of participants published").is("list_published")
}

func sidesConcerned() Field { return texts("sides", "相关各方", "sides concerned").is("sides") }

func sidesRepresented() Field {
	return texts("represented_sides", "有代表参加的各方", "sides represented").is("represented_sides")
}

// participantsOfThisHearing lets go of the participants of an earlier round. A
// hearing that is postponed keeps those that were made public for it.
func participantsOfThisHearing(a *Acting) casefile.Values {
	if a.done("schedule_hearing") {
		return nil
	}
	out := participantsUnknown()
	maps.DeleteFunc(out, func(name string, _ any) bool { return a.Has(name) })
	return out
}

// publishParticipants makes public how the participants are selected and who
// they are. The law asks for it before the hearing, not before its announcement
// (国务院令第713号 第十六条第三款).
func publishParticipants() ActSpec {
	return ActSpec{
		Verb: "publish_participants", Title: title("公布听证参加人", "publish the participants of the hearing"),
		Needs: []string{"schedule_hearing"}, Bars: []string{"open_hearing", "close_hearing"},
		Fields: []Field{
			participantList().must(), selectionMethod().must(), sidesConcerned().must(), sidesRepresented().must(), attached(),
		},
		Check: hearingScheduled,
	}
}

func closeHearing() ActSpec {
	return ActSpec{
		Verb: "close_hearing", Title: title("结束听证会", "close the hearing"), Needs: []string{"open_hearing"}, Once: true,
		Fields: []Field{
			texts("steps_done", "已完成的听证程序", "parts done").must().
				of("presented", "debated", "record-confirmed").is("hearing_steps_done"),
			count("participants", "到会听证参加人数", "participants present").must().is("participants"),
			count("signed", "在笔录上签字人数", "participants who signed").must().is("signed_count"),
			count("refusals_noted", "拒签并记明原因人数", "refusals noted with the reason").is("refusal_notes"),
			attached(),
		},
		Sets:   casefile.Values{"hearing_closed": true},
		Gives:  []string{"participation_methods", "did_participation"},
		Derive: func(a *Acting) casefile.Values { return heard(a, "hearing") },
		Check:  hearingScheduled,
	}
}
