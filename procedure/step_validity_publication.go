package procedure

import "github.com/zhengdang/chengxu/casefile"

// validityPublication (有效期变化公布): who reads the document must be able to see until
// when it applies (政府信息公开条例 第二十条、第二十六条).
func validityPublication() StepType {
	return StepType{
		ID:       ValidityPublication,
		Title:    title("公布有效期变化", "publication of the change"),
		Outcomes: []string{"extended", "lapsed"},
		Acts: []ActSpec{
			{
				Verb: "disclosure", Title: title("认定可否公开", "determine whether it may be published"),
				Fields: []Field{
					flag("non_disclosable_by_law", "依法不予公开", "lawfully not disclosed").must().is("non_disclosable_by_law"),
					text("basis", "不予公开的法律依据", "legal ground").is("non_disclosure_basis"), text("grounds", "认定依据", "grounds").must(),
				},
				Check: func(a *Acting) *casefile.Refusal {
					if a.Bool("non_disclosable_by_law") && !a.Has("basis") {
						return missing("basis", "不予公开的，须写明法律依据。", "what is not disclosed has a legal ground")
					}
					return nil
				},
			},
			extendedInTime(),
			{
				Verb: "publish", Title: title("公布结果", "publish the result"), Needs: []string{"disclosure"}, Once: true,
				Fields: []Field{
					texts("channels", "公布途径", "channels").must(),
					date("published_on", "公布日期（不填为今天）", "published on; today when left out").past().is("published_on"),
					texts("links", "网址", "addresses"), attached(),
				},
				Gives: []string{"published_on"}, Derive: publishedToday, Check: changePublished,
			},
			{
				Verb: "update_database", Title: title("更新规范性文件数据库", "bring the database of documents up to date"),
				Fields: []Field{text("database_id", "数据库编号", "id in the database").must().is("database_id")},
			},
			{
				Verb: "conclude", Title: title("公布完成", "conclude publication"), Needs: []string{"disclosure"},
				Among: []string{"extended", "lapsed"}, OutcomeOf: termNow,
				Gives:     []string{"expires_on", "evaluate_by", "evaluation_filed_on", "evaluation_proposal", "extended_until", "term_decision"},
				Derive:    newTerm,
				Check:     publishedOrWithheld,
				Registers: termSettled,
			},
		},
	}
}

// termNow gives what has become of the term: where nobody decided, time did.
func termNow(c *casefile.Case) string {
	if asText(c.Facts["term_decision"].Value) == "extend" {
		return "extended"
	}
	return "lapsed"
}

// newTerm makes the extended term the one that is watched, and begins the watch anew.
func newTerm(a *Acting) casefile.Values {
	if termNow(a.Case) != "extended" {
		return nil
	}
	return casefile.Values{
		"expires_on": a.factText("extended_until"), "extended_until": "", "evaluate_by": "",
		"evaluation_filed_on": "", "evaluation_proposal": "none", "term_decision": "none",
	}
}

func changePublished(a *Acting) *casefile.Refusal {
	switch on := a.Date("published_on"); {
	case a.factBool("non_disclosable_by_law"):
		return notNow("已认定依法不予公开。", "it was determined that it is lawfully not disclosed")
	case !on.IsZero() && on.Before(a.factDate("decided_on")):
		return badValue("published_on", "公布日期早于决定日期。", "published before it was decided")
	}
	return nil
}

func publishedOrWithheld(a *Acting) *casefile.Refusal {
	if !a.done("publish") && !a.factBool("non_disclosable_by_law") {
		return notNow("结果尚未公布，也没有认定依法不予公开。", "the result is neither published nor lawfully withheld")
	}
	return nil
}

// extendedInTime records an extension that was decided within the term and was not on
// record when time ended the watch: what the body decided counts, and not when
// somebody typed it.
func extendedInTime() ActSpec {
	return ActSpec{
		Verb: "extended_in_time", Title: title("补登届满前作出的延期决定", "record an extension that was decided in time"), Bars: []string{"publish"},
		Fields: []Field{
			date("on", "决定日期", "decided on").must().past().is("decided_on"), text("decided_by", "决定的会议或者人员", "who decided").must(),
			date("until", "延长后的届满日期", "valid until, as extended").must().is("extended_until"),
			text("reference", "决定文号", "number of the decision").must().is("decision_reference"),
			paper("decision", "决定原文", "the decision itself").must(), text("reason", "未及时登记的原因", "why it was not recorded in time").must(),
		},
		Sets:   casefile.Values{"term_decision": "extend", "published_on": ""},
		Gives:  []string{"extended_on"},
		Derive: func(a *Acting) casefile.Values { return casefile.Values{"extended_on": a.Text("on")} },
		Check: func(a *Acting) *casefile.Refusal {
			switch {
			case a.factText("term_decision") != "none":
				return notNow("已经登记了决定。", "a decision is on record")
			case !a.Date("until").After(a.factDate("expires_on")):
				return badValue("until", "延长后的届满日期须晚于原届满日期。", "the term must end later than it did")
			}
			return nil
		},
	}
}

// termSettled gives the new term, from the day of its decision, or the end: the day
// after the last one of the term.
func termSettled(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
	fact := func(name string) any { return c.Facts[name].Value }
	change := casefile.DocumentChange{Document: asText(fact("doc_number"))}
	expires := asDate(fact("expires_on"))
	if e.Outcome == "extended" {
		change.Change, change.On, change.Until = casefile.DocumentExtended, asDate(fact("decided_on")), expires
		change.By = asText(fact("decision_reference"))
	} else {
		change.Change, change.On = casefile.DocumentLapsed, expires.AddDays(1)
	}
	return []casefile.DocumentChange{change}
}
