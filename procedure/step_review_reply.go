package procedure

import "github.com/zhengdang/chengxu/casefile"

// reviewPreparation (准备答复): the papers of the making, and counsel's opinion whether
// the document can be reviewed at all, on which no time to reply hangs
// (行政复议法 第十三条；行政诉讼法 第五十三条).
func reviewPreparation() StepType {
	return StepType{
		ID:       ReviewPreparation,
		Title:    title("准备答复", "preparing the reply"),
		Outcomes: []string{"prepared"},
		Acts: []ActSpec{
			{
				Verb: "dossier", Title: title("汇集制定材料", "gather the papers of the making"),
				Fields: []Field{
					texts("has", "汇集的材料", "papers gathered").must().of(makingPapers()...).is("dossier_has"),
					texts("lacking", "缺少的材料", "papers lacking"), papers("documents", "材料原文（摘要值）", "the papers (digests)"),
				},
			},
			{
				Verb: "counsel_opinion", Title: title("可否附带审查的法律意见", "opinion on whether it can be reviewed"),
				Fields: []Field{
					text("reviewability", "意见", "opinion").must().of("reviewable", "not-reviewable", "open").is("reviewability"),
					text("counsel", "法律顾问或者公职律师", "counsel or government lawyer").must(), text("text", "理由", "grounds").must(), attached(),
				},
				Sets: casefile.Values{"reviewability_advice_filed": true},
			},
			registerRequest(),
			{Verb: "conclude", Title: title("准备完成", "conclude the preparation"), Needs: []string{"dossier"}, Outcome: "prepared"},
		},
	}
}

func makingPapers() []string {
	return []string{"making-dossier", "bases", "publication-proof", "filing-report", "other"}
}

// reviewReply (答复): in writing and with the papers, to each who asked, in its own time
// (行政复议法 第五十八条第一款、第六十条；行诉法解释 第一百四十九条).
func reviewReply() StepType {
	return StepType{
		ID:       ReviewReply,
		Title:    title("答复", "reply"),
		Outcomes: []string{"replied"},
		Acts: []ActSpec{
			replyTo(),
			registerRequest(),
			{
				Verb: "conclude", Title: title("答复完成", "conclude the reply"), Outcome: "replied",
				Check: func(a *Acting) *casefile.Refusal { return unanswered(a, "reconsideration", "transfer") },
			},
		},
	}
}

func replyTo() ActSpec {
	return ActSpec{
		Verb: "reply", Title: title("提交书面答复", "file the reply"),
		Fields: []Field{
			text("to", "答复的来件", "what is answered").must().of("reconsideration", "transfer", "advice"),
			date("on", "答复日期", "replied on").must().past(),
			texts("has", "答复所附材料", "what the reply holds").must().of("written-reply", "materials", "other").is("reply_has"),
			text("signed_by", "签发人", "signed by").must(), text("text", "答复要点", "main points").must(), attached(),
		},
		Gives: []string{"replied_on", "transfer_replied_on", "advice_replied_on"},
		Derive: func(a *Acting) casefile.Values {
			_, replied := replies(a.Text("to"))
			return casefile.Values{replied: a.Text("on")}
		},
		Check: func(a *Acting) *casefile.Refusal {
			received, replied := replies(a.Text("to"))
			switch on := a.factDate(received); {
			case on.IsZero():
				return badValue("to", "没有登记收到该类来件。", "nothing of this kind is on record")
			case !open(a, received, replied):
				return notNow("该类来件已经答复。", "it has been answered already")
			case a.Date("on").Before(on):
				return badValue("on", "答复日期早于收到日期。", "answered before it was received")
			}
			return nil
		},
	}
}

// reviewExplanation (说明和陈述意见): in person when asked, and to the court that wants to
// hear the maker (行政复议法 第五十八条第二款；行诉法解释 第一百四十七条).
func reviewExplanation() StepType {
	return StepType{
		ID:       ReviewExplanation,
		Title:    title("说明和陈述意见", "explanation"),
		Outcomes: []string{"explained"},
		Acts: []ActSpec{
			{
				Verb: "asked", Title: title("登记要求当面说明", "record that an explanation in person is asked for"),
				Fields: []Field{text("by", "要求的机关", "asked by").must(), date("on", "收到日期", "received on").must().past(), attached()},
				Sets:   casefile.Values{"in_person_requested": true, "attended": false},
			},
			attend(),
			{
				Verb: "state_views", Title: title("向法院陈述意见", "state the views to the court"),
				Fields: []Field{
					text("way", "方式", "way").must().of("written-statement", "appearance"),
					date("on", "日期", "date").must().past(), text("text", "意见要点", "main points").must(), attached(),
				},
				Sets: casefile.Values{"statement_filed": true},
				Check: func(a *Acting) *casefile.Refusal {
					if !a.factBool("court_notice") {
						return notNow("没有登记法院通知。", "no notice of a court is on record")
					}
					return nil
				},
			},
			registerRequest(),
			replyTo(),
			{
				Verb: "conclude", Title: title("说明完成", "conclude the explanation"), Outcome: "explained",
				Check: func(a *Acting) *casefile.Refusal { return unanswered(a, "reconsideration", "transfer") },
			},
		},
	}
}

// attend records that the maker came and explained; it may also come after the file
// has gone on to wait for the result.
func attend() ActSpec {
	return ActSpec{
		Verb: "attend", Title: title("当面说明理由", "explain in person"),
		Fields: []Field{
			date("on", "日期", "date").must().past(), texts("persons", "到场人员", "who came").must(), text("summary", "说明情况", "what was explained").must(), attached(),
		},
		Sets: casefile.Values{"attended": true},
		Check: func(a *Acting) *casefile.Refusal {
			if !a.factBool("in_person_requested") {
				return notNow("没有登记要求当面说明。", "nobody asked for an explanation in person")
			}
			return nil
		},
	}
}
