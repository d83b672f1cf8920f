package procedure

import "github.com/zhengdang/chengxu/casefile"

// validityDecision (有效期届满前的决定): the maker extends the document, lets it lapse, or
// makes it anew; until then the term runs on (上海市行政规范性文件管理规定).
func validityDecision() StepType {
	return StepType{
		ID:       ValidityDecision,
		Title:    title("延期、修订或者失效的决定", "decision to extend, to revise or to let lapse"),
		Outcomes: []string{"extended", "lapsed", "revised", "re-evaluate", "superseded"},
		Acts: []ActSpec{
			decideTerm(),
			{
				Verb: "start_revision", Title: title("决定修订", "decide to revise"),
				Fields: []Field{
					text("decided_by", "决定的会议或者人员", "who decided").must(),
					other("making_case", "修订案件", "case that makes the new text").under("cn.normative-document").following().is("revision_case"),
					reason(), attached(),
				},
			},
			{
				Verb: "complete_revision", Title: title("登记修订完成", "record that the revision is done"), Needs: []string{"start_revision"}, Outcome: "revised",
				Fields: []Field{
					other("making_case", "修订案件", "case that made the new text").must().under("cn.normative-document").following().closed().is("revision_case"),
					text("number", "新文件的文号", "number of the new document").must().is("revised_by"),
					date("published_on", "公布日期", "published on").must().past().is("published_on"),
				},
				Gives: []string{"decided_on", "term_decision"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"decided_on": a.Text("published_on"), "term_decision": "revise"}
				},
				Check: sameRevision,
			},
			{
				Verb: "re_evaluate", Title: title("退回重新评估", "send the evaluation back"), Outcome: "re-evaluate",
				Fields: []Field{reason()}, Sets: casefile.Values{"evaluation_filed_on": "", "evaluation_proposal": "none"},
			},
			cite(),
			superseded(),
			noteLapse(),
		},
	}
}

// decideTerm is the decision about the term. The rules are asked with the term as it
// still is; a new one counts once the result is published.
func decideTerm() ActSpec {
	return ActSpec{
		Verb: "decide", Title: title("决定延期或者失效", "decide to extend or to let lapse"), OutcomeBy: "outcome",
		Fields: []Field{
			text("outcome", "决定", "decision").must().of("extended", "lapsed"),
			date("on", "决定日期", "decided on").must().past().is("decided_on"),
			text("decided_by", "决定的会议或者人员", "who decided").must(),
			date("until", "延长后的届满日期", "valid until, as extended").is("extended_until"),
			text("reference", "决定文号", "number of the decision").is("decision_reference"), reason(), attached(),
		},
		Sets:   casefile.Values{"published_on": ""},
		Gives:  []string{"extended_on", "term_decision"},
		Derive: termDecided,
		Check:  soundDecision,
	}
}

func termDecided(a *Acting) casefile.Values {
	if a.Text("outcome") == "lapsed" {
		return casefile.Values{"term_decision": "lapse"}
	}
	return casefile.Values{"term_decision": "extend", "extended_on": a.Text("on")}
}

func soundDecision(a *Acting) *casefile.Refusal {
	extended, until := a.Text("outcome") == "extended", a.Date("until")
	switch {
	case a.Date("on").Before(a.factDate("evaluation_filed_on")):
		return badValue("on", "决定日期早于评估日期。", "decided before the evaluation was filed")
	case extended && until.IsZero():
		return missing("until", "延期的，须写明延长后的届满日期。", "an extension says until when")
	case extended && !until.After(a.factDate("expires_on")):
		return badValue("until", "延长后的届满日期须晚于原届满日期。", "the term must end later than it does now")
	case !extended && !until.IsZero():
		return badValue("until", "不延期的，不填延长后的届满日期。", "what lapses has no new term")
	}
	return nil
}

func sameRevision(a *Acting) *casefile.Refusal {
	if named := a.factText("revision_case"); named != "" && named != a.Text("making_case") {
		return badValue("making_case", "与决定修订时写明的案件不一致。", "not the case that was named when the revision was decided")
	}
	return nil
}
