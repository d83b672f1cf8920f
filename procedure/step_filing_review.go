package procedure

import (
	"regexp"

	"github.com/zhengdang/chengxu/casefile"
)

// filingReception (接收登记): what a subordinate organ has filed is taken in, sent back
// for what it lacks, and registered (法规规章备案审查条例 第八条、第九条).
func filingReception() StepType {
	return StepType{
		ID:       FilingReception,
		Title:    title("接收登记", "reception and registration"),
		Outcomes: []string{"registered", "returned", "out-of-scope"},
		Acts: []ActSpec{
			{
				Verb: "receive", Title: title("接收备案材料", "take in the filing"), Once: true,
				Fields: []Field{
					text("maker", "制定机关", "making body").must(), text("number", "文号", "number of the document").must(),
					date("received_on", "收到日期", "received on").must().past().is("filing_received_on"), filedPapers().is("filing_pack"),
					other("making_case", "制定机关的案件", "case of the making body").under("cn.normative-document"),
					packageDigest(), packageVerified(), attached(), receivedPapers(),
				},
				Check: verifiedPackage,
			},
			{
				Verb: "ask_supplement", Title: title("暂缓登记，通知补充材料", "hold the registration and ask for what is lacking"), Needs: []string{"receive"},
				Fields: []Field{date("notice_on", "通知日期", "notified on").must().past(), texts("lacking", "缺少的材料", "papers lacking").must(), reason(), attached()},
				Check:  receivedBefore("notice_on"),
				Sets:   casefile.Values{"filing_received_on": ""},
			},
			{
				Verb: "supplemented", Title: title("登记补充的材料", "record what was supplemented"), Needs: []string{"ask_supplement"},
				Fields: []Field{date("received_on", "收到日期", "received on").must().past().is("filing_received_on"), filedPapers().is("filing_pack"),
					packageDigest(), packageVerified(), attached(), receivedPapers()},
				Check: verifiedPackage,
			},
			{
				Verb: "register", Title: title("准予备案登记", "register the filing"), Needs: []string{"receive"}, Outcome: "registered",
				Fields: []Field{text("register_number", "备案登记号", "number in the filing register").must(), attached()},
				Check:  allReceived, Gives: []string{"filing_registered_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"filing_registered_on": a.Today.String()} },
			},
			{
				Verb: "return", Title: title("退回，要求重新报送", "return it, to be filed again"), Needs: []string{"receive"}, Outcome: "returned",
				Fields: []Field{reason(), attached()},
			},
			{
				Verb: "decline", Title: title("认定不属于备案范围", "find that it is not to be filed here"), Needs: []string{"receive"}, Outcome: "out-of-scope",
				Fields: []Field{reason(), attached()},
			},
		},
	}
}

// packageDigest and packageVerified are about the dossier that another installation
// hands over: a signed package, which is verified offline and is no document here.
func packageDigest() Field {
	return text("package_digest", "制定机关案卷包的摘要值（SHA-256）", "digest of the maker's dossier, SHA-256")
}

func packageVerified() Field {
	return flag("package_verified", "案卷包已经离线验证属实", "the dossier was verified offline")
}

// receivedPapers are the papers that came in, which the review keeps on file.
func receivedPapers() Field { return papers("papers", "收到的材料", "papers received") }

var packageForm = regexp.MustCompile("^[0-9a-f]{64}$")

// verifiedPackage takes a dossier in only when its signatures and its chain were
// verified.
func verifiedPackage(a *Acting) *casefile.Refusal {
	switch {
	case !a.Has("package_digest"):
		return nil
	case !packageForm.MatchString(a.Text("package_digest")):
		return badValue("package_digest", "摘要值须为64位小写十六进制数。", "a digest has 64 lower-case hexadecimal digits")
	case !a.Bool("package_verified"):
		return missing("package_verified", "案卷包没有验证，或者验证不属实，不能接收；请先运行 chengxu dossier verify。", "a dossier that was not verified is not taken in; run chengxu dossier verify first")
	}
	return nil
}

// receivedBefore refuses a day before the filing came in.
func receivedBefore(field string) func(a *Acting) *casefile.Refusal {
	return func(a *Acting) *casefile.Refusal {
		received := a.factDate("filing_received_on")
		if received.IsZero() {
			return notNow("已经通知补充材料，尚未收到。", "what is lacking was asked for and has not come in")
		}
		if a.Date(field).Before(received) {
			return badValue(field, "日期早于收到备案材料的日期。", "the day is before the filing came in")
		}
		return nil
	}
}

func allReceived(a *Acting) *casefile.Refusal {
	if a.factDate("filing_received_on").IsZero() {
		return notNow("已经通知补充材料，收到以前不能登记。", "what is lacking was asked for; nothing is registered before it comes in")
	}
	return nil
}

// filingExamination (备案审查): the document is examined question by question, its maker
// explains what is asked (法规规章备案审查条例 第十一条至第十五条).
func filingExamination() StepType {
	return StepType{
		ID:       FilingExamination,
		Title:    title("备案审查", "filing review"),
		Outcomes: []string{"no-problem", "reminded", "to-correct"},
		Acts: []ActSpec{
			{
				Verb: "inquire", Title: title("要求制定机关说明情况", "ask the maker to explain"),
				Fields: []Field{date("asked_on", "发函日期", "asked on").must().past(), text("text", "要求说明的情况", "what is asked").must(), attached()},
			},
			{
				Verb: "explained", Title: title("登记制定机关的说明", "record what the maker explained"), Needs: []string{"inquire"},
				Fields: []Field{date("received_on", "收到日期", "received on").must().past(), text("text", "说明内容", "what it says").must(), attached()},
			},
			{
				Verb: "hear", Title: title("听取意见", "hear others"),
				Fields: []Field{texts("names", "听取意见的单位和人员", "who was heard").must(), text("text", "意见内容", "what they said").must(), attached()},
			},
			{
				Verb: "examine", Title: title("登记审查意见", "record the opinion of the review"),
				Fields: []Field{
					texts("covers", "已审查的事项", "questions examined").must().of("policy-direction", "competence", "higher-law", "consistency", "propriety", "procedure").is("review_covers"),
					flag("problem", "存在应当纠正的问题", "there is something to be corrected").must().is("review_problem"),
					text("text", "审查意见", "opinion").must(), attached(),
				},
			},
			{
				Verb: "conclude", Title: title("作出审查结论", "conclude the review"), Needs: []string{"examine"}, OutcomeBy: "result",
				Fields: []Field{text("result", "审查结论", "conclusion").must().of("no-problem", "reminded", "to-correct"), text("text", "结论说明", "reasons"), attached()},
				Check:  concludedAsExamined,
			},
		},
	}
}

// concludedAsExamined keeps the conclusion to what the examination found.
func concludedAsExamined(a *Acting) *casefile.Refusal {
	found, result := a.factBool("review_problem"), a.Text("result")
	switch {
	case found && result != "to-correct":
		return badValue("result", "审查意见认为存在应当纠正的问题，结论须为要求纠正。", "the examination found something to be corrected; the conclusion has to ask for it")
	case !found && result == "to-correct":
		return badValue("result", "审查意见没有提出应当纠正的问题，请先登记。", "the examination names nothing to be corrected; record that first")
	case result == "reminded" && !a.Has("text"):
		return missing("text", "函告提醒的，须写明提醒的内容。", "a reminder says of what")
	}
	return nil
}

// filingCorrection (纠正处理): the maker is asked to amend or repeal the document itself;
// what it does not correct is put up for annulment (法规规章备案审查条例 第十八条、第二十一条).
func filingCorrection() StepType {
	return StepType{
		ID:       FilingCorrection,
		Title:    title("纠正处理", "correction"),
		Outcomes: []string{"corrected", "explained", "annulled"},
		Acts: []ActSpec{
			{
				Verb: "communicate", Title: title("与制定机关沟通", "take it up with the maker"),
				Fields: []Field{date("on", "沟通日期", "on").must().past(), text("text", "沟通情况", "what was said").must(), attached()},
			},
			{
				Verb: "opinion", Title: title("提出书面审查意见", "send the written opinion"),
				Fields: []Field{
					date("sent_on", "送达日期", "sent on").must().past().is("review_opinion_on"), text("asks", "建议", "what it asks for").must().of("amend", "repeal"),
					text("text", "审查意见", "opinion").must(), attached(),
				},
			},
			{
				Verb: "maker_answers", Title: title("登记制定机关的答复和处理计划", "record the maker's answer and plan"), Needs: []string{"opinion"},
				Fields: []Field{
					date("received_on", "收到日期", "received on").must().past(), text("text", "答复内容", "what it says").must(),
					text("plan", "处理计划", "plan"), date("until", "完成时限", "to be done by"), attached(),
				},
				Check: planHasEnd,
			},
			{
				Verb: "corrected", Title: title("登记已经修改或者废止", "record that it was amended or repealed"), Outcome: "corrected",
				Fields: []Field{
					text("how", "处理方式", "how").must().of("amended", "repealed").is("correction_how"), date("on", "修改或者废止日期", "on").must().past(),
					text("by", "修改或者废止的文号", "number of what brings it").must(), attached(),
				},
			},
			{
				Verb: "accept_explanation", Title: title("认可制定机关的说明", "accept what the maker explained"), Outcome: "explained",
				Fields: []Field{reason(), attached()},
				Sets:   casefile.Values{"correction_how": "explained"},
			},
			{
				Verb: "propose_annulment", Title: title("提出撤销的建议", "propose to annul it"), Needs: []string{"opinion"},
				Fields: []Field{date("on", "提出日期", "on").must().past(), reason(), attached()},
			},
			{
				Verb: "annulled", Title: title("登记撤销决定", "record the decision to annul it"), Needs: []string{"propose_annulment"}, Outcome: "annulled",
				Fields: []Field{date("on", "决定日期", "decided on").must().past(), text("by", "决定机关和文号", "who decided, with the number").must(), attached()},
				Sets:   casefile.Values{"correction_how": "annulled"},
			},
		},
	}
}

func planHasEnd(a *Acting) *casefile.Refusal {
	if a.Has("plan") && !a.Has("until") {
		return missing("until", "有处理计划的，须写明完成时限。", "a plan says by when")
	}
	return nil
}

// filingReviewPapers lists what the file of a filing review contains; nothing for other
// cases.
func filingReviewPapers(c *casefile.Case) []string {
	if asText(c.Facts["filing_received_on"].Value) == "" {
		return nil
	}
	list := []string{"filed-papers"}
	add := func(when bool, paper string) {
		if when {
			list = append(list, paper)
		}
	}
	add(asText(c.Facts["filing_registered_on"].Value) != "", "filing-registration")
	add(len(asTexts(c.Facts["review_covers"].Value)) > 0, "filing-review-opinion")
	add(asText(c.Facts["review_opinion_on"].Value) != "", "written-review-opinion")
	how := asText(c.Facts["correction_how"].Value)
	add(how != "" && how != "none", "correction-record")
	return list
}
