package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// viewsVoiced holds what each member thinks, as "<member>=<view>".
const viewsVoiced = "deliberation.views"

// deliberation (集体讨论决定) is a protocol: who is there, who says what in which
// order, the chief last, the decision of the chief, minutes with every dissent
// (国务院令第713号 第三十条). What the gates ask about the meeting is computed
// from what was said, never typed in.
func deliberation() StepType {
	return StepType{
		ID:       Deliberation,
		Title:    title("集体讨论决定", "collective deliberation"),
		Outcomes: []string{"approved", "amended", "rejected", "deferred", "redeliberate", "rework"},
		Acts:     []ActSpec{openMeeting(), speak(), decide(), fileAmended(), minutes(), redeliberate(), sentBack()},
	}
}

func openMeeting() ActSpec {
	return ActSpec{
		Verb: "open", Title: title("召开会议", "open the meeting"), Once: true,
		Fields: []Field{
			text("kind", "会议形式", "form of the meeting").must().
				of("executive", "plenary", "director-office", "topical", "circulation").is("meeting_kind"),
			currentDraft(),
			count("members_total", "会议组成人员总数", "members of the meeting").must().is("members_total"),
			texts("present", "到会组成人员", "members present").must().is("present"),
			text("chief", "行政首长", "the chief").must(),
			text("presiding", "受委托主持会议的负责人", "deputy who presides for the chief"),
			text("authorisation", "委托主持的授权文书", "the authorisation of the deputy"), attached(),
		},
		Sets: casefile.Values{
			viewsVoiced: []string{}, "speaker_order": []string{}, "recorded_views": []string{}, "dissenters": []string{},
			"dissents_in_minutes": []string{}, "minutes_signed": false, "reason_given_at_meeting": false, "reason_in_minutes": "",
		},
		Gives: []string{"members_present", "chief"},
		Derive: func(a *Acting) casefile.Values {
			chief := a.Text("chief")
			if deputy := a.Text("presiding"); deputy != "" { // whoever presides speaks last
				chief = deputy
			}
			return casefile.Values{"members_present": int64(len(a.Texts("present"))), "chief": chief}
		},
		Check: validAttendance,
	}
}

func validAttendance(a *Acting) *casefile.Refusal {
	present := a.Texts("present")
	chief, deputy := a.Text("chief"), a.Text("presiding")
	switch {
	case len(with(nil, present...)) != len(present):
		return badValue("present", "到会人员重复。", "somebody is listed twice")
	case int64(len(present)) > a.Int("members_total"):
		return badValue("present", "到会人数超过组成人员总数。", "more present than there are members")
	case deputy != "" && deputy != chief && a.Text("authorisation") == "":
		return missing("authorisation", "由他人主持的，须有授权文书。", "a deputy presides only with an authorisation")
	case deputy != "" && !slices.Contains(present, deputy):
		return badValue("presiding", "主持人不在到会人员之列。", "the deputy who presides is not present")
	case deputy == "" && !slices.Contains(present, chief):
		return badValue("chief", "行政首长未到会；由他人主持的，请写明主持人和授权文书。",
			"the chief is not present; if a deputy presides, name the deputy and the authorisation")
	}
	return nil
}

func speak() ActSpec {
	return ActSpec{
		Verb: "speak", Title: title("发表意见", "voice a view"), Needs: []string{"open"}, Bars: []string{"decide"},
		Fields: []Field{
			text("member", "发言人", "member").must(),
			text("view", "意见", "view").must().of("approve", "amend", "reject", "defer").restricted(),
			text("text", "发言内容", "what was said").restricted(),
			text("dissent", "要求载明的不同意见", "dissent to be set out in the minutes").restricted(),
		},
		Gives:      []string{"speaker_order", "recorded_views", "majority_view", viewsVoiced},
		Restricted: []string{viewsVoiced, "recorded_views", "dissenters", "dissents_in_minutes"},
		Derive:     spoken,
		Check: func(a *Acting) *casefile.Refusal {
			if !slices.Contains(a.factTexts("present"), a.Text("member")) {
				return badValue("member", "发言人不在到会人员之列。", "this member is not present")
			}
			return nil
		},
	}
}

// spoken adds the speech to the order of speakers and counts the views again. A
// member who speaks twice is in the order twice; the later view counts.
func spoken(a *Acting) casefile.Values {
	member := a.Text("member")
	views := []string{}
	for _, v := range a.factTexts(viewsVoiced) {
		if m, _ := voiced(v); m != member {
			views = append(views, v)
		}
	}
	views = append(views, member+"="+a.Text("view"))
	out := casefile.Values{
		viewsVoiced:      views,
		"speaker_order":  append(with(nil), append(a.factTexts("speaker_order"), member)...),
		"recorded_views": with(a.factTexts("recorded_views"), member),
	}
	if majority := majorityView(views, a.factText("chief")); majority != "" {
		out["majority_view"] = majority
	}
	return out
}

func voiced(v string) (member, view string) {
	at := strings.LastIndex(v, "=")
	return v[:max(at, 0)], v[at+1:]
}

// majorityView is the view of more than half of the members who spoke, other
// than the chief, whose decision is measured against it; "split" when there is
// none, empty when nobody but the chief has spoken.
func majorityView(views []string, chief string) string {
	total := 0
	counts := map[string]int{}
	for _, v := range views {
		if member, view := voiced(v); member != chief {
			counts[view]++
			total++
		}
	}
	if total == 0 {
		return ""
	}
	for _, view := range []string{"approve", "amend", "reject", "defer"} {
		if 2*counts[view] > total {
			return view
		}
	}
	return "split"
}

func decide() ActSpec {
	return ActSpec{
		Verb: "decide", Title: title("行政首长作出决定", "the chief decides"), Needs: []string{"open", "speak"}, Once: true, Opinion: true,
		Fields: []Field{
			currentDraft(),
			text("decision", "决定", "decision").must().of("approve", "amend", "reject", "defer").is("chief_decision"),
			flag("reason_given", "已在会上说明理由", "reasons were given at the meeting").is("reason_given_at_meeting"),
			text("reason", "与多数意见不一致的理由", "reason for departing from the majority").is("reason_in_minutes"),
			texts("amendments", "会上决定的修改", "amendments decided in the meeting"),
		},
		Gives: []string{"dissenters", "decided_on"},
		Derive: func(a *Acting) casefile.Values {
			decision, on := a.Text("decision"), ""
			if decision == "approve" || decision == "amend" {
				on = a.Today.String()
			}
			return casefile.Values{"dissenters": dissenters(a.factTexts(viewsVoiced), a.factText("chief"), decision), "decided_on": on}
		},
		Check: func(a *Acting) *casefile.Refusal {
			if (a.Text("decision") == "amend") != (len(a.Texts("amendments")) > 0) {
				return badValue("amendments", "修改后通过的须逐条写明修改，其他决定不写。",
					"a decision with amendments lists them, another has none")
			}
			return nil
		},
	}
}

// dissenters are the members whose view differs from the decision.
func dissenters(views []string, chief, decision string) []string {
	out := []string{}
	for _, v := range views {
		if member, view := voiced(v); member != chief && view != decision {
			out = append(out, member)
		}
	}
	return out
}

// fileAmended files the text as the meeting has amended it, so that what is
// issued is what was decided.
func fileAmended() ActSpec {
	return ActSpec{
		Verb: "file_amended", Title: title("提交按会议决定修改的文本", "file the text as amended"), Needs: []string{"decide"}, Once: true,
		FilesDraft: true,
		Fields: []Field{
			paper("draft", "修改后的文本（摘要值）", "the amended text (digest)").must(),
			text("title", "标题", "title").must(),
			text("comparison", "与会议修改清单的对照", "comparison with the list of amendments").must(),
		},
		Check: func(a *Acting) *casefile.Refusal {
			if a.factText("chief_decision") != "amend" {
				return notNow("会议没有决定修改。", "the meeting decided on no amendment")
			}
			return nil
		},
	}
}

func minutes() ActSpec {
	return ActSpec{
		Verb: "minutes", Title: title("签署会议记录", "sign the minutes"), Needs: []string{"decide"},
		Fields: []Field{
			text("summary", "会议记录", "the minutes").must(),
			texts("dissents", "已载明不同意见的人员", "members whose dissent is set out").must().is("dissents_in_minutes"),
			texts("signed_by", "签字人", "signed by").must(),
			text("signature", "签署方式", "way of signing").must().of("ink", "electronic"),
			flag("exclusive", "电子签名专属于签名人", "signature data belong to the signer alone").is("exclusive"),
			flag("sole_control", "仅由签名人控制", "under the signer's sole control").is("sole_control"),
			flag("tamper_evident", "签署后的改动能够被发现", "later changes can be detected").is("tamper_evident"),
			flag("eseal_used", "使用电子印章", "an electronic seal is used"),
			flag("eseal_from_national_system", "电子印章由国家统一系统制发", "the seal comes from the national system").is("eseal_from_national_system"),
			attached(),
		},
		Gives: []string{"minutes_signed", "esign_used", "eseal_used"},
		Derive: func(a *Acting) casefile.Values {
			return casefile.Values{
				"minutes_signed": len(a.Texts("signed_by")) > 0,
				"esign_used":     a.Text("signature") == "electronic",
				"eseal_used":     a.Bool("eseal_used"),
			}
		},
		Check: func(a *Acting) *casefile.Refusal {
			if a.factText("chief_decision") == "amend" && !a.done("file_amended") {
				return notNow("会议决定修改后通过，请先提交修改后的文本。", "the meeting amended the draft; file the amended text first")
			}
			return nil
		},
		Among: []string{"approved", "amended", "rejected", "deferred"},
		OutcomeOf: func(c *casefile.Case) string {
			switch asText(c.Facts["chief_decision"].Value) {
			case "approve":
				return "approved"
			case "amend":
				return "amended"
			case "reject":
				return "rejected"
			}
			return "deferred"
		},
	}
}

// redeliberate ends a meeting that was not held as the law wants, without a
// decision.
func redeliberate() ActSpec {
	return ActSpec{
		Verb: "redeliberate", Title: title("重新讨论", "deliberate again"), Needs: []string{"open"}, Bars: []string{"decide"},
		Outcome: "redeliberate", Fields: []Field{reason()},
	}
}

// sentBack returns the draft from a meeting that has not decided.
func sentBack() ActSpec {
	spec := rework()
	spec.Bars = []string{"decide"}
	return spec
}
