package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// registration (统一登记、统一编号、统一印发): a document has its number, its term and
// the day from which it applies before anybody prints it (国办发〔2018〕37号 第八项).
func registration() StepType {
	return StepType{
		ID:       Registration,
		Title:    title("统一登记编号印发", "registration, numbering and issue"),
		Outcomes: []string{"issued"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记并编号", "register and number"), Bars: []string{"print"},
				Numbers: Numbers{Kind: "normative-document", Fact: "doc_number"},
				Fields: []Field{
					currentDraft(),
					text("kind", "文件类别", "kind of document").must().of("ordinary", "interim-trial", "public-notice").is("doc_type"),
					date("effective_on", "施行日期", "takes effect on").must().is("effective_on"),
					date("expires_on", "有效期届满日期", "valid until").must().is("expires_on"),
					text("early_reason", "公布后不足三十日施行的理由", "reason for taking effect early").is("early_reason"),
					text("longer_reason", "超过一般有效期的理由", "reason for a longer term").is("longer_reason"),
					texts("amends", "所修改的文件文号", "numbers of the documents that it amends").is("amends"),
					texts("repeals", "所废止的文件文号", "numbers of the documents that it repeals").is("repeals"),
					text("exempt_ground", "不留适应调整期的情形", "why no time is left to adapt").of("none", "national-security", "would-hinder").is("exempt_ground"),
				},
				Sets:   casefile.Values{"registered": true},
				Gives:  []string{"exempt_ground"},
				Derive: noGround,
				Check:  soundTerm,
			},
			{
				// A number that was given is never given again: it stays in its series with
				// the reason for which it is void.
				Verb: "void_number", Title: title("作废编号", "make the number void"), Needs: []string{"register"}, Bars: []string{"print"},
				Fields: []Field{reason()},
				Sets:   casefile.Values{"registered": false, "doc_number": "", "amends": []string{}, "repeals": []string{}},
				Check: func(a *Acting) *casefile.Refusal {
					if a.factText("doc_number") == "" {
						return notNow("没有可以作废的编号。", "there is no number to make void")
					}
					return nil
				},
			},
			{
				Verb: "print", Title: title("印发", "issue the document"), Needs: []string{"register"},
				Fields: []Field{currentDraft(), text("signed_by", "签发人", "signed by").must(), attached()},
				Check:  hasNumber,
				Sets:   casefile.Values{"issued_by_body": true},
				Gives:  []string{"issue_on", "document_formed_on"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"issue_on": a.Today.String(), "document_formed_on": a.Today.String()}
				},
			},
			{Verb: "conclude", Title: title("印发完成", "conclude"), Needs: []string{"print"}, Outcome: "issued"},
		},
	}
}

func noGround(a *Acting) casefile.Values {
	if a.Has("exempt_ground") {
		return nil
	}
	return casefile.Values{"exempt_ground": "none"}
}

func soundTerm(a *Acting) *casefile.Refusal {
	if a.factText("doc_number") != "" {
		return notNow("文件已经编号；须更正的，先作废原编号。", "the document has a number; make that void first")
	}
	if a.Date("effective_on").Before(a.Today) {
		return badValue("effective_on", "施行日期早于今天；文件不得溯及既往。", "takes effect before today")
	}
	if !a.Date("expires_on").After(a.Date("effective_on")) {
		return badValue("expires_on", "有效期须晚于施行日期。", "the term must end after the document takes effect")
	}
	for _, number := range a.Texts("amends") {
		if slices.Contains(a.Texts("repeals"), number) {
			return badValue("repeals", "同一件文件不能既修改又废止："+number+"。", "a document is amended or repealed, not both: "+number)
		}
	}
	return nil
}

func hasNumber(a *Acting) *casefile.Refusal {
	if a.factText("doc_number") == "" {
		return notNow("文件没有有效编号，不能印发。", "a document without a valid number is not issued")
	}
	return nil
}
