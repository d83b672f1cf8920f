package procedure

import "github.com/zhengdang/chengxu/casefile"

// legalityReview (合法性审查): competence, procedure and content, before the draft
// may go to the body (国务院令第713号 第二十五条至第二十八条). Each return is a
// numbered round.
func legalityReview() StepType {
	acts := append(reviewIntake(), reviewConclusions()...)
	return StepType{
		ID:    LegalityReview,
		Title: title("合法性审查", "legality review"),
		Outcomes: []string{
			"lawful", "lawful-with-conditions", "unlawful", "exploratory", "unchanged", "returned", "rework",
		},
		Acts: append(acts, rework()),
	}
}

// reviewIntake are the acts by which the papers come in (第二十六条).
func reviewIntake() []ActSpec {
	return []ActSpec{
		sendForReview(),
		{
			Verb: "return", Title: title("退回送审材料", "return the pack"), Needs: []string{"submit"}, Bars: []string{"accept"},
			Outcome: "returned",
			Fields:  []Field{reason(), texts("lacking", "所缺材料", "papers lacking")},
			Sets:    casefile.Values{"review_received_on": ""},
		},
		{
			Verb: "request_supplement", Title: title("要求补充材料", "ask for more papers"), Needs: []string{"submit"},
			Fields: []Field{texts("papers", "需要补充的材料", "papers wanted").must(), reason()},
		},
		{
			Verb: "supplement", Title: title("补充材料", "supplement the pack"), Needs: []string{"request_supplement"},
			Fields: []Field{reviewPapers().must(), attached()},
			Gives:  []string{"review_pack", "review_received_on"},
			Derive: func(a *Acting) casefile.Values {
				out := casefile.Values{"review_pack": with(a.factTexts("review_pack"), a.Texts("pack")...)}
				if a.done("accept") { // the time for the review runs from the complete pack
					out["review_received_on"] = a.Today.String()
				}
				return out
			},
		},
		{
			Verb: "accept", Title: title("收齐受理", "accept the complete pack"), Needs: []string{"submit"}, Once: true,
			Gives: []string{"review_received_on"},
			Derive: func(a *Acting) casefile.Values {
				return casefile.Values{"review_received_on": a.Today.String()}
			},
		},
		{
			Verb: "counsel_opinion", Title: title("法律顾问、公职律师提出意见", "opinion of counsel"), Needs: []string{"accept"}, Opinion: true,
			Fields: []Field{
				currentDraft(), text("counsel", "法律顾问或者公职律师", "counsel").must(),
				text("conclusion", "结论", "conclusion").of("agree", "agree-with-changes", "disagree"),
				text("text", "意见内容", "what was said").must(), attached(),
			},
			Sets: casefile.Values{"counsel_opinion_filed": true},
		},
	}
}

func reviewPapers() Field {
	return texts("pack", "送审材料", "papers").of("draft", "legal-basis", "procedure-statement", "explanation",
		"coordination", "public-opinion-adoption", "expert-adoption", "risk-report", "fair-competition", "prereview-opinion", "other")
}

// reviewConclusions are the acts that end the review (第二十五条、第二十七条、第二十八条).
func reviewConclusions() []ActSpec {
	covers := texts("covers", "审查内容", "what the opinion covers").must().of("competence", "procedure", "content").is("opinion_covers")
	basis := text("basis", "意见的形成方式（不填为正式审查）", "how the opinion came about; a formal review when left out").
		of("formal-review", "countersign", "consultation", "counsel-note")
	given := []string{"reviewed", "reviewed_version", "changes_since_review_substantive", "review_basis",
		"conditions", "conditions_met", "conditions_explained"}
	return []ActSpec{
		{
			Verb: "conclude", Title: title("提出合法性审查意见", "give the legality opinion"), Needs: []string{"accept"},
			Opinion: true, OutcomeBy: "conclusion",
			Fields: []Field{
				currentDraft(),
				text("conclusion", "结论", "conclusion").must().of("lawful", "lawful-with-conditions", "unlawful").is("review_conclusion"),
				covers, text("text", "意见内容", "what was said").must(),
				count("conditions", "修改补充要求数", "number of conditions"), basis, attached(),
			},
			Sets:  casefile.Values{"exploratory_reform": false},
			Gives: given, Derive: reviewedNow,
			Check: func(a *Acting) *casefile.Refusal {
				if (a.Text("conclusion") == "lawful-with-conditions") != (a.Int("conditions") > 0) {
					return badValue("conditions", "附条件的意见须写明要求数，其他意见不写。",
						"an opinion with conditions says how many, another has none")
				}
				return nil
			},
		},
		{
			Verb: "conclude_exploratory", Title: title("探索性改革事项：明示法律风险", "exploratory reform: spell out the legal risk"),
			Needs: []string{"accept"}, Opinion: true, Outcome: "exploratory",
			Fields: []Field{
				currentDraft(),
				flag("state_rule_absent", "国家尚无明确规定", "the State has no clear rule").must().is("state_rule_absent"),
				text("legal_risk", "法律风险", "the legal risk").must(),
				covers, text("text", "意见内容", "what was said").must(), basis, attached(),
			},
			Sets:  casefile.Values{"review_conclusion": "unlawful", "exploratory_reform": true, "legal_risk_disclosed": true},
			Gives: given, Derive: reviewedNow,
		},
		immaterial("unchanged"),
	}
}

func reviewedNow(a *Acting) casefile.Values {
	basis := a.Text("basis")
	if basis == "" {
		basis = "formal-review"
	}
	return casefile.Values{
		"reviewed": true, "reviewed_version": a.version(), "changes_since_review_substantive": false, "review_basis": basis,
		"conditions": a.Int("conditions"), "conditions_met": int64(0), "conditions_explained": int64(0),
	}
}

// immaterial is the reviewer's finding that what was changed since the review is
// not substantive: the opinion then holds for the current draft as well.
func immaterial(outcome string) ActSpec {
	return ActSpec{
		Verb: "immaterial", Title: title("认定审查后的修改不属实质性修改", "find that the change since the review is immaterial"),
		Opinion: true, Outcome: outcome,
		Fields: []Field{currentDraft(), reason()},
		Sets:   casefile.Values{"changes_since_review_substantive": false},
		Check: func(a *Acting) *casefile.Refusal {
			if a.factBool("reviewed") && a.factInt("reviewed_version") != a.version() {
				return nil
			}
			return notNow("没有审查后的修改需要认定。", "there is no change since a review to find immaterial")
		},
	}
}

func sendForReview() ActSpec {
	return ActSpec{
		Verb: "submit", Title: title("送请合法性审查", "send for legality review"), Once: true,
		Fields: []Field{
			currentDraft(), reviewPapers().must().is("review_pack"),
			date("requested_by", "要求出具意见的日期", "opinion asked for by").must().is("opinion_requested_by"),
			text("compression_reason", "压缩审查时间的理由", "reason for compressing the review").is("compression_reason"),
			attached(),
		},
		Gives: []string{"compression_reason"},
		Derive: func(a *Acting) casefile.Values { // the reason of an earlier round does not count for this one
			if a.Has("compression_reason") {
				return nil
			}
			return casefile.Values{"compression_reason": ""}
		},
		Check: func(a *Acting) *casefile.Refusal {
			if a.Date("requested_by").Before(a.Today) {
				return badValue("requested_by", "要求出具意见的日期早于今天。", "the date lies before today")
			}
			return nil
		},
	}
}
