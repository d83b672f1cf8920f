package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// commentWindow is the period of open comment, named within its step.
const commentWindow = "comment"

// participation (公众参与): the public is heard in one or more ways, unless the
// matter is lawfully not disclosed (国务院令第713号 第十四条至第十八条).
func participation() StepType {
	acts := []ActSpec{
		determine("affects_specific_group", "vital_interests", "hearing_mandated_by_other_law", "major_disagreement",
			"community_public_affair", "non_disclosable_by_law", "wide_concern"),
	}
	acts = append(acts, commentActs()...)
	acts = append(acts, hearingActs()...)
	acts = append(acts, listeningActs()...)
	acts = append(acts, participationEnds()...)
	return StepType{
		ID:       Participation,
		Title:    title("公众参与", "public participation"),
		Outcomes: []string{"done", "exempt", "repeat", "rework"},
		Acts:     acts,
	}
}

// commentActs are the acts of open comment (向社会公开征求意见, 第十五条).
func commentActs() []ActSpec {
	return []ActSpec{
		openComment(),
		{
			Verb: "extend", Title: title("延长征求意见期限", "extend the window"), Needs: []string{"open"}, Bars: []string{"close"},
			Fields: []Field{
				date("closes_on", "新的截止日期", "new last day").must().is("comment_close_on"),
				texts("channels", "公布途径", "channels of the notice").must(), reason(),
			},
			Check: func(a *Acting) *casefile.Refusal {
				if !a.Date("closes_on").After(a.factDate("comment_close_on")) {
					return badValue("closes_on", "新的截止日期须晚于原截止日期。", "the new last day must be later than the old one")
				}
				return closesInTime(a)
			},
			Watches: watchComment,
		},
		registerOpinions(),
		{
			Verb: "answer", Title: title("研究处理意见", "deal with opinions"),
			Fields: []Field{
				count("count", "件数", "number").must(),
				count("adopted", "采纳", "adopted"), count("partly", "部分采纳", "adopted in part"), count("not_adopted", "未采纳", "not adopted"),
				attached(),
			},
			Gives: []string{"opinions_answered"},
			Derive: func(a *Acting) casefile.Values {
				return casefile.Values{"opinions_answered": a.factInt("opinions_answered") + a.Int("count")}
			},
			Check: answersReceived,
		},
		{
			Verb: "close", Title: title("结束公开征求意见", "close the window"), Needs: []string{"open"}, Once: true,
		},
		{
			Verb: "adoption_report", Title: title("提交意见采纳情况报告", "file the adoption report"),
			Fields: []Field{text("summary", "主要意见及采纳情况", "main views and what became of them").must(), attached()},
			Sets:   casefile.Values{"adoption_report_filed": true},
		},
	}
}

func listeningMethods() []string {
	return []string{"open-comment", "hearing", "seminar", "site-visit", "written", "questionnaire", "poll", "group-consultation", "other"}
}

// commentOpened opens the window today. What the notice contains is taken from
// the file when the act does not say: nobody can attach what is not there.
func commentOpened(a *Acting) casefile.Values {
	out := heard(a, "open-comment")
	out["comment_open_on"] = a.Today.String()
	if !a.Has("short_reason") {
		out["short_reason_in_notice"] = ""
	}
	if a.Has("notice_has") {
		out["notice_has"] = a.Texts("notice_has")
		return out
	}
	contents := []string{}
	if draft, ok := a.Case.CurrentDraft(); ok && !draft.Withdrawn {
		contents = append(contents, "draft")
	}
	if a.factBool(explanationFiled) {
		contents = append(contents, "explanation")
	}
	if len(a.Texts("channels")) > 0 {
		contents = append(contents, "channel")
	}
	out["notice_has"] = append(contents, "deadline")
	return out
}

// heard notes a way in which the public was heard.
func heard(a *Acting, method string) casefile.Values {
	return casefile.Values{
		"participation_methods": with(a.factTexts("participation_methods"), method),
		"did_participation":     true,
	}
}

func closesInTime(a *Acting) *casefile.Refusal {
	if a.Date("closes_on").Before(a.Today) {
		return badValue("closes_on", "截止日期早于今天。", "the last day lies before today")
	}
	return nil
}

func withinWindow(a *Acting) *casefile.Refusal {
	if a.Int("count") == 0 {
		return badValue("count", "件数须大于零。", "the number must be greater than zero")
	}
	if a.Text("method") != "open-comment" {
		return nil
	}
	opened, closes := a.factDate("comment_open_on"), a.factDate("comment_close_on")
	on := a.Date("received_on")
	if on.IsZero() {
		on = a.Today
	}
	if opened.IsZero() || on.Before(opened) || on.After(closes) {
		return badValue("received_on", "该日期不在征求意见期限内。", "that date is outside the comment window")
	}
	return nil
}

func answersReceived(a *Acting) *casefile.Refusal {
	if a.factInt("opinions_answered")+a.Int("count") > a.factInt("opinions_received") {
		return badValue("count", "处理的件数超过收到的件数。", "more opinions dealt with than received")
	}
	if a.Int("adopted")+a.Int("partly")+a.Int("not_adopted") > a.Int("count") {
		return badValue("count", "采纳、部分采纳、未采纳之和超过处理件数。", "the parts add up to more than the number dealt with")
	}
	return nil
}

// watchComment watches the last day of the window: time ends it, nobody else.
func watchComment(facts casefile.Values) []casefile.Deadline {
	closes, err := legaltime.ParseDate(asText(facts["comment_close_on"]))
	if err != nil {
		return nil
	}
	return []casefile.Deadline{{
		ID: commentWindow, Due: closes, State: casefile.DeadlineOpen,
		Title: title("公开征求意见期限", "comment window"),
	}}
}

// noticeTakenDown are the facts once the notice of a window has been taken down
// or belongs to an earlier round.
func noticeTakenDown() casefile.Values {
	return casefile.Values{
		"comment_open_on": "", "comment_close_on": "", "short_reason_in_notice": "", "notice_has": []string{},
	}
}

func participationEnds() []ActSpec {
	return []ActSpec{
		{
			Verb: "exempt", Title: title("依法不予公开，不公开听取意见", "not disclosed by law: the public is not heard"), Outcome: "exempt",
			Fields: []Field{text("basis", "不予公开的法律依据", "legal ground").must().is("non_disclosure_basis"), reason()},
			Sets:   casefile.Values{"non_disclosable_by_law": true},
			Drops:  []string{commentWindow},
			Gives:  []string{"comment_open_on", "comment_close_on", "short_reason_in_notice", "notice_has"},
			Derive: func(a *Acting) casefile.Values {
				if closes := a.factDate("comment_close_on"); closes.IsZero() || a.Today.After(closes) {
					return nil
				}
				return noticeTakenDown()
			},
		},
		{
			Verb: "repeat", Title: title("再次征求意见", "hear the public again"), Outcome: "repeat",
			Fields: []Field{reason()},
			Drops:  []string{commentWindow},
			Sets: merged(noticeTakenDown(), hearingUnset(), casefile.Values{
				"adoption_report_filed": false, "hearing_closed": false, "hearing_steps_done": []string{},
			}),
			Check: func(a *Acting) *casefile.Refusal {
				if a.done("open") && !a.done("close") {
					return notNow("征求意见尚未结束。", "the comment window has not been closed")
				}
				return nil
			},
		},
		rework(),
		confirmed(false, "done", "done", "exempt"),
		{
			Verb: "conclude", Title: title("公众参与程序完成", "conclude public participation"), Outcome: "done",
			Check: func(a *Acting) *casefile.Refusal {
				if a.done("open") && !a.done("close") {
					return notNow("请先结束公开征求意见。", "close the comment window first")
				}
				if a.Run.Round > 1 && len(without(a.Run.Done, "determine")) == 0 && a.concludedBefore("done", "exempt") {
					return notNow("本轮没有再听取意见；认为无须再次听取的，请用“确认”并写明理由。",
						"nothing was done in this round; use confirm and say why nobody needs to be heard again")
				}
				return nil
			},
		},
	}
}

// listeningActs are the other ways of hearing the public.
func listeningActs() []ActSpec {
	return []ActSpec{
		{
			Verb: "hear", Title: title("以其他方式听取意见", "hear the public in another way"),
			Fields: []Field{
				text("method", "方式", "way").must().of(slices.DeleteFunc(listeningMethods(), func(m string) bool {
					return m == "open-comment" || m == "hearing" || m == "group-consultation"
				})...),
				date("held_on", "日期", "held on").must().past(),
				text("summary", "情况", "what came of it").must(), attached(),
			},
			Gives:  []string{"participation_methods", "did_participation"},
			Derive: func(a *Acting) casefile.Values { return heard(a, a.Text("method")) },
		},
		consultGroup(),
		{
			Verb: "consult_community", Title: title("经社区代表会议等协商", "consult the community body"),
			Fields: []Field{
				text("body", "协商的组织", "body consulted").must(), date("held_on", "日期", "held on").must().past(),
				text("summary", "情况", "what came of it").must(), attached(),
			},
			Sets: casefile.Values{"community_body_consulted": true},
		},
		{
			Verb: "waive_community", Title: title("说明未经社区协商的理由", "say why the community body was not consulted"),
			Fields: []Field{reason().is("reason_not")},
		},
		openCall(),
		{
			Verb: "receive_suggestions", Title: title("登记收到的人民建议", "register suggestions received"), Needs: []string{"open_call"},
			Fields: []Field{count("count", "件数", "number").must()},
			Gives:  []string{"suggestions_received"},
			Derive: func(a *Acting) casefile.Values {
				return casefile.Values{"suggestions_received": a.factInt("suggestions_received") + a.Int("count")}
			},
		},
		feedback(),
		{
			Verb: "secrecy_review", Title: title("保密审查", "secrecy review"),
			Fields: []Field{text("conclusion", "审查结论", "conclusion").must(), attached()},
			Sets:   casefile.Values{"secrecy_review_done": true},
		},
	}
}

func feedback() ActSpec {
	return ActSpec{
		Verb: "feedback", Title: title("反馈人民建议", "give feedback on suggestions"),
		Fields: []Field{
			flag("collective", "已集中反馈", "collective feedback published").is("collective_feedback_published"),
			count("individual", "逐件反馈数", "answered individually"), attached(),
		},
		Gives: []string{"individual_feedback_count"},
		Derive: func(a *Acting) casefile.Values {
			return casefile.Values{"individual_feedback_count": a.factInt("individual_feedback_count") + a.Int("individual")}
		},
		Check: func(a *Acting) *casefile.Refusal {
			if a.factInt("individual_feedback_count")+a.Int("individual") > a.factInt("suggestions_received") {
				return badValue("individual", "反馈的件数超过收到的件数。", "more answers than suggestions")
			}
			return nil
		},
	}
}

func openComment() ActSpec {
	return ActSpec{
		Verb: "open", Title: title("发布征求意见公告", "publish the comment notice"), Once: true,
		Fields: []Field{
			date("closes_on", "截止日期", "last day of the window").must().is("comment_close_on"),
			texts("channels", "公布和提出意见的途径", "channels").must(),
			texts("notice_has", "公告内容（不填则按案卷认定）", "contents of the notice; taken from the file when left out").
				of("draft", "explanation", "channel", "deadline"),
			text("short_reason", "公告所载缩短期限的理由", "reason for shortening, as stated in the notice").is("short_reason_in_notice"),
			paper("notice", "公告", "the notice"),
		},
		Gives:   []string{"comment_open_on", "notice_has", "participation_methods", "did_participation"},
		Derive:  commentOpened,
		Check:   closesInTime,
		Watches: watchComment,
	}
}

func registerOpinions() ActSpec {
	return ActSpec{
		Verb: "register", Title: title("登记收到的意见", "register opinions received"),
		Fields: []Field{
			count("count", "件数", "number").must(),
			text("method", "收到意见的方式", "how they came").of(listeningMethods()...),
			date("received_on", "收到日期", "received on").past(), attached(),
		},
		Gives: []string{"opinions_received"},
		Derive: func(a *Acting) casefile.Values {
			return casefile.Values{"opinions_received": a.factInt("opinions_received") + a.Int("count")}
		},
		Check: withinWindow,
	}
}

// openCall opens a special call for people's suggestions (人民建议专项征集).
func openCall() ActSpec {
	return ActSpec{
		Verb: "open_call", Title: title("开展人民建议专项征集", "open a special call for people's suggestions"),
		Fields: []Field{
			texts("notice_has", "公告内容", "contents of the notice").must().
				of("topic", "explanation", "channel", "deadline").is("call_notice_has"),
			flag("posted_on_city_system", "已在全市征集系统同步发布", "posted on the city's system").must().is("posted_on_city_system"),
			attached(),
		},
		Sets: casefile.Values{"special_call": true},
	}
}

func consultGroup() ActSpec {
	return ActSpec{
		Verb: "consult_group", Title: title("与特定群体沟通协商", "consult the specific group"),
		Fields: []Field{
			texts("parties", "沟通协商的各方", "parties consulted").must().of("people-org", "social-org", "representatives"),
			date("held_on", "日期", "held on").must().past(),
			text("summary", "情况", "what came of it").must(), attached(),
		},
		Gives: []string{"group_parties_consulted", "participation_methods", "did_participation"},
		Derive: func(a *Acting) casefile.Values {
			out := heard(a, "group-consultation")
			out["group_parties_consulted"] = with(a.factTexts("group_parties_consulted"), a.Texts("parties")...)
			return out
		},
	}
}
