package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// filing (报送备案): the document goes to the organ that reviews it, and what that
// organ sends back is answered in time (上海市行政规范性文件管理规定；上海市人民代表大会
// 常务委员会规范性文件备案审查条例 第十条至第十二条、第三十三条).
func filing() StepType {
	return StepType{
		ID:       Filing,
		Title:    title("报送备案", "filing"),
		Outcomes: []string{"registered", "out-of-scope"},
		Acts: slices.Concat([]ActSpec{
			{
				Verb: "file", Title: title("报送备案", "file the document"), Once: true,
				Fields: []Field{
					text("body", "备案机关", "the organ it is filed with").must().is("filing_body"),
					date("filed_on", "报送日期", "filed on").must().past().is("filed_on"),
					filedPapers().is("filing_pack"), text("reference", "文号", "reference"), attached(), enclosed(),
				},
				Check: filedAfterPublication,
			},
			{
				Verb: "archive_copy", Title: title("送档案馆", "send a copy to the archives"), Needs: []string{"file"},
				Fields: []Field{text("archive", "综合档案馆", "the archives").must(), date("sent_on", "送交日期", "sent on").must().past()},
				Sets:   casefile.Values{"archive_copy_sent": true},
			},
		}, filingAnswers(), []ActSpec{
			{
				Verb: "conclude", Title: title("登记备案结果", "record the result of the filing"), Needs: []string{"file"}, OutcomeBy: "result",
				Fields: []Field{
					text("result", "备案结果", "result").must().of("registered", "out-of-scope").is("filing_result"),
					date("notice_on", "收到日期", "received on").must().past(), text("register_number", "备案登记号", "number in the filing register"), reviewCase(), answerPackage(), attached(),
				},
				Check: answeredBeforeEnd, Registers: filedDocument,
			},
		}),
	}
}

// filingAnswers are the acts by which what the organ sends back is recorded and answered.
func filingAnswers() []ActSpec {
	return []ActSpec{
		{
			Verb: "sent_back", Title: title("登记退回或者补充通知", "record that it was returned, or papers asked for"), Needs: []string{"file"},
			Fields: []Field{
				text("result", "备案机关意见", "what the organ said").must().of("supplement", "returned").is("filing_result"),
				date("notice_on", "收到通知日期", "notice received on").must().past().is("return_notice_on"),
				texts("lacking", "缺少的材料", "papers lacking"), reason(), reviewReference(), reviewCase(), answerPackage(), attached(),
			},
			Sets: casefile.Values{"refiled_on": ""},
		},
		{
			Verb: "refile", Title: title("补充材料或者重新报送", "file again"), Needs: []string{"sent_back"},
			Fields: []Field{date("refiled_on", "报送日期", "filed again on").must().past().is("refiled_on"), filedPapers().is("filing_pack"), attached(), enclosed()},
			Check: func(a *Acting) *casefile.Refusal {
				if a.Date("refiled_on").Before(a.factDate("return_notice_on")) {
					return badValue("refiled_on", "重新报送日期早于收到通知日期。", "filed again before the notice came")
				}
				return nil
			},
		},
		{
			Verb: "receipt", Title: title("登记备案回执", "record the receipt of the filing"), Needs: []string{"file"},
			Fields: []Field{
				date("notice_on", "收到日期", "received on").must().past(), text("register_number", "备案登记号", "number in the filing register").must(),
				reviewReference(), reviewCase(), answerPackage(), attached(),
			},
		},
		{
			Verb: "opinion_received", Title: title("登记备案审查意见", "record the opinion of the filing review"), Needs: []string{"file"},
			Fields: []Field{date("received_on", "收到日期", "received on").must().past().is("opinion_received_on"), text("text", "意见内容", "what it says").must(), reviewReference(), reviewCase(), answerPackage(), attached()},
			Sets:   casefile.Values{"replied_on": ""},
		},
		{
			Verb: "reply", Title: title("答复备案审查意见", "answer the opinion"), Needs: []string{"opinion_received"},
			Fields: []Field{date("replied_on", "答复日期", "answered on").must().past().is("replied_on"), text("text", "处理意见", "what is done").must(), attached()},
		},
	}
}

// reviewReference and reviewCase say under which review the organ answered: by its
// reference, and where it reviews in the same installation by its case.
func reviewReference() Field {
	return text("review_reference", "备案机关文号", "reference of the reviewing organ")
}

func reviewCase() Field {
	return other("review_case", "备案审查案件", "case of the filing review").under("cn.filing-review").following()
}

// answerPackage names the signed package in which the organ answered from another
// installation.
func answerPackage() Field {
	return text("answer_package", "答复包的摘要值（SHA-256）", "digest of the signed answer, SHA-256")
}

// enclosed are papers that are sent along with what is attached, such as the explanation
// of the draft.
func enclosed() Field { return papers("enclosed", "随附的材料", "papers enclosed") }

func filedPapers() Field {
	return texts("pack", "备案材料", "papers").must().of("report", "official-text", "electronic-text", "drafting-note", "bases", "other")
}

func filedAfterPublication(a *Acting) *casefile.Refusal {
	if a.Date("filed_on").Before(a.factDate("published_on")) {
		return badValue("filed_on", "报送日期早于公布日期。", "filed before it was published")
	}
	return nil
}

// answeredBeforeEnd keeps the step open while the organ waits for something.
func answeredBeforeEnd(a *Acting) *casefile.Refusal {
	switch {
	case a.done("sent_back") && a.factDate("refiled_on").IsZero():
		return notNow("备案机关要求补充或者退回，尚未重新报送。", "the organ sent it back, and it has not been filed again")
	case a.done("opinion_received") && a.factDate("replied_on").IsZero():
		return notNow("备案审查意见尚未答复。", "the opinion of the filing review has not been answered")
	case a.Text("result") == "registered" && !a.Has("register_number"):
		return missing("register_number", "准予备案的，须写明备案登记号。", "a registered filing has its number")
	}
	return nil
}
