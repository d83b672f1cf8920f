package procedure

import "github.com/zhengdang/chengxu/casefile"

// registration (统一登记、统一编号、统一印发): a document has its number, its term and
// the day from which it applies before anybody prints it (国办发〔2018〕37号 第八项).
func registration() StepType {
	return StepType{
		ID:       Registration,
		Title:    title("统一登记编号印发", "registration, numbering and issue"),
		Outcomes: []string{"issued"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记并编号", "register and number"), Once: true,
				Fields: []Field{
					currentDraft(),
					text("number", "规范性文件编号", "number of the document").must().is("doc_number"),
					text("kind", "文件类别", "kind of document").must().of("ordinary", "interim-trial", "public-notice").is("doc_type"),
					date("effective_on", "施行日期", "takes effect on").must().is("effective_on"),
					date("expires_on", "有效期届满日期", "valid until").must().is("expires_on"),
					text("early_reason", "公布后不足三十日施行的理由", "reason for taking effect early").is("early_reason"),
					text("longer_reason", "超过一般有效期的理由", "reason for a longer term").is("longer_reason"),
					text("exempt_ground", "不留适应调整期的情形", "why no time is left to adapt").of("none", "national-security", "would-hinder").is("exempt_ground"),
				},
				Sets:   casefile.Values{"registered": true},
				Gives:  []string{"exempt_ground"},
				Derive: noGround,
				Check:  soundTerm,
			},
			{
				Verb: "print", Title: title("印发", "issue the document"), Needs: []string{"register"},
				Fields: []Field{currentDraft(), text("signed_by", "签发人", "signed by").must(), attached()},
				Sets:   casefile.Values{"issued_by_body": true},
				Gives:  []string{"issue_on", "formed_on"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"issue_on": a.Today.String(), "formed_on": a.Today.String()}
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
	if a.Date("effective_on").Before(a.Today) {
		return badValue("effective_on", "施行日期早于今天；文件不得溯及既往。", "takes effect before today")
	}
	if !a.Date("expires_on").After(a.Date("effective_on")) {
		return badValue("expires_on", "有效期须晚于施行日期。", "the term must end after the document takes effect")
	}
	return nil
}
