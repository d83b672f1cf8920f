package procedure

import "github.com/zhengdang/chengxu/casefile"

// reviewResult (审查结果): decisions, judgments and advice, as they are
// (行政复议法 第五十九条、第六十条；行政诉讼法 第六十四条；行诉法解释 第一百四十八条、第一百四十九条).
func reviewResult() StepType {
	return StepType{
		ID:       ReviewResult,
		Title:    title("审查结果", "result of the review"),
		Outcomes: []string{"to-be-handled", "nothing-to-handle"},
		Acts: []ActSpec{
			{
				Verb: "record", Title: title("登记结果", "record a result"),
				Fields: []Field{
					text("of", "作出机关", "whose").must().of("reconsideration", "court", "other"),
					text("result", "结果", "result").must().of("lawful", "clause-stopped", "held-unlawful", "advised").is("review_result"),
					date("on", "收到日期", "received on").must().past(),
					text("reference", "决定、裁判或者意见的文号", "reference").must().is("result_reference"),
					texts("clauses", "所涉条款", "clauses"), text("summary", "结果摘要", "summary").must(), attached(),
				},
				Gives:  []string{"clause_stopped", "held_unlawful", "advised", "faulted_clauses"},
				Derive: resultKnown,
				Check:  soundResult,
			},
			attend(),
			registerRequest(),
			replyTo(),
			{
				Verb: "conclude", Title: title("结果已明", "conclude: the result is known"), Needs: []string{"record"},
				Among: []string{"to-be-handled", "nothing-to-handle"}, OutcomeOf: handling,
			},
		},
	}
}

func faulted(result string) bool { return result == "clause-stopped" || result == "held-unlawful" }

// resultKnown takes what an organ found last as its finding: a decision on appeal
// takes the place of the one before.
func resultKnown(a *Acting) casefile.Values {
	result, out := a.Text("result"), casefile.Values{}
	switch a.Text("of") {
	case "reconsideration":
		out["clause_stopped"] = result == "clause-stopped"
	case "court":
		out["held_unlawful"] = result == "held-unlawful" || result == "advised" && a.factBool("held_unlawful")
	}
	if result == "advised" {
		out["advised"] = true
	}
	if faulted(result) {
		out["faulted_clauses"] = with(a.factTexts("faulted_clauses"), a.Texts("clauses")...)
	}
	return out
}

func soundResult(a *Acting) *casefile.Refusal {
	of, result := a.Text("of"), a.Text("result")
	switch {
	case result == "clause-stopped" && of != "reconsideration":
		return badValue("result", "停止条款的执行由复议机关决定。", "only a reconsideration organ stops a clause")
	case result == "held-unlawful" && of != "court":
		return badValue("result", "认定条款不合法的生效裁判由法院作出。", "only a court holds a clause unlawful by judgment")
	case faulted(result) && len(a.Texts("clauses")) == 0:
		return missing("clauses", "须写明被停止执行或者认定不合法的条款。", "say which clauses were stopped or held unlawful")
	}
	return nil
}

// handling says whether the results ask for something to be done.
func handling(c *casefile.Case) string {
	yes := func(name string) bool { v, _ := c.Facts[name].Value.(bool); return v }
	if yes("clause_stopped") || yes("held_unlawful") || yes("advised") || !asDate(c.Facts["advice_received_on"].Value).IsZero() {
		return "to-be-handled"
	}
	return "nothing-to-handle"
}

// reviewPastDecisions (清查以往决定): what was decided on the strength of a clause that
// does not stand (行政复议法 第五十九条；行政诉讼法 第六十四条).
func reviewPastDecisions() StepType {
	return StepType{
		ID:       ReviewPastDecisions,
		Title:    title("清查以往决定", "past decisions that rest on the clause"),
		Outcomes: []string{"looked-through"},
		Acts: []ActSpec{
			{
				Verb: "list", Title: title("登记清查情况", "record what was found"),
				Fields: []Field{
					count("found", "依据该条款的决定件数", "decisions that rest on the clause").must(),
					count("corrected", "自行纠正件数", "corrected").must(), count("kept", "不予处理件数", "left as they are").must(),
					texts("decisions", "决定文号", "the decisions"), text("reasons", "不予处理的理由", "reasons for leaving them"),
					text("summary", "清查情况", "what was found").must(), attached(),
				},
				Sets: casefile.Values{"past_decisions_reviewed": true},
				Check: func(a *Acting) *casefile.Refusal {
					switch {
					case a.Int("corrected")+a.Int("kept") != a.Int("found"):
						return badValue("found", "自行纠正与不予处理的件数之和不等于清查出的件数。", "each decision is either corrected or left, and they do not add up")
					case a.Int("kept") > 0 && !a.Has("reasons"):
						return missing("reasons", "不予处理的，须说明理由。", "say why those are left as they are")
					}
					return nil
				},
			},
			{Verb: "conclude", Title: title("清查完成", "conclude"), Outcome: "looked-through"},
		},
	}
}
