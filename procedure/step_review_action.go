package procedure

import "github.com/zhengdang/chengxu/casefile"

// reviewAction (处理审查结果): a clause that was stopped or held unlawful is disabled at
// once and corrected by the making procedure; documents with the same flaw follow
// (行政复议法 第五十九条；行诉法解释 第一百四十九条；上海市人大常委会规范性文件备案审查条例 第三十五条).
func reviewAction() StepType {
	return StepType{
		ID:       ReviewAction,
		Title:    title("处理审查结果", "acting on the result"),
		Outcomes: []string{"handled"},
		Acts: []ActSpec{
			disableClauses(),
			restoreClauses(),
			{
				Verb: "open_correction", Title: title("立案修改或者废止", "open a case that amends or repeals it"),
				Fields: []Field{other("correction_case", "纠正案件", "case that corrects it").must().under("cn.normative-document").following().is("correction_case_id")},
			},
			{
				// Where only this document has the flaw, the case that corrects it is the clean-up.
				Verb: "open_cleanup", Title: title("启动清理", "open a clean-up"),
				Fields: []Field{
					other("cleanup_case", "清理案件，或者纠正本文件的案件", "the clean-up, or the case that corrects this document").must().
						under("cn.document-cleanup", "cn.normative-document").is("cleanup_case_id"),
					text("scope", "清理范围", "scope").must(),
				},
			},
			correctedDocument(),
			{
				Verb: "sweep", Title: title("清查相同问题的文件", "look for documents with the same flaw"),
				Fields: []Field{
					texts("documents", "存在相同问题的文件", "documents with the same flaw"), text("summary", "清查和处理情况", "what was found and done").must(), attached(),
				},
				Sets: casefile.Values{"sweep_done": true},
			},
			{
				Verb: "report", Title: title("书面告知并重新报备", "report the change and file again"),
				Fields: []Field{text("to", "告知的机关", "reported to").must(), date("on", "日期", "date").must().past(), attached()},
				Sets:   casefile.Values{"correction_reported": true},
			},
			{
				Verb: "explain_kept", Title: title("说明不作修改的理由", "explain why it is kept"),
				Fields: []Field{text("to", "报告的上级机关", "reported to").must(), date("on", "日期", "date").must().past(), reason(), attached()},
				Check:  onlyAdvised,
			},
			{
				Verb: "cite", Title: title("引用为依据", "rely on the document"),
				Fields: []Field{
					flag("is_published", "文件已公布", "the document is published").must().is("is_published"),
					flag("in_force", "文件现行有效", "the document is in force").must().is("in_force"), text("used_for", "用于", "what for").must(),
				},
			},
			registerRequest(),
			replyTo(),
			{
				Verb: "conclude", Title: title("处理完成", "conclude"), Outcome: "handled",
				Check: func(a *Acting) *casefile.Refusal { return unanswered(a, "reconsideration", "transfer", "advice") },
			},
		},
	}
}

func disableClauses() ActSpec {
	return ActSpec{
		Verb: "disable", Title: title("停用条款", "disable clauses"),
		Fields: []Field{
			texts("clauses", "停用的条款", "clauses").must().is("disabled_clauses"), date("on", "停用日期", "from").must().past(),
			texts("units", "已通知的使用单位", "units told").must(), attached(),
		},
		Sets: casefile.Values{"clause_disabled": true},
		Check: func(a *Acting) *casefile.Refusal {
			if left := without(a.factTexts("faulted_clauses"), a.Texts("clauses")...); len(left) > 0 {
				return badValue("clauses", "被停止执行或者认定不合法的条款没有全部停用。", "not all clauses that were stopped or held unlawful are disabled")
			}
			return nil
		},
		Registers: func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
			return []casefile.DocumentChange{clausesChanged(c, e, casefile.ClauseDisabled, asText(c.Facts["result_reference"].Value))}
		},
	}
}

func restoreClauses() ActSpec {
	return ActSpec{
		Verb: "restore", Title: title("恢复执行条款", "restore clauses"), Needs: []string{"disable"},
		Fields: []Field{date("on", "恢复日期", "from").must().past(), text("reference", "据以恢复的文书文号", "reference of what allows it").must(), reason(), attached()},
		Sets:   casefile.Values{"clause_disabled": false},
		Check: func(a *Acting) *casefile.Refusal {
			if !a.factBool("clause_disabled") {
				return notNow("没有停用的条款。", "no clause is disabled")
			}
			return nil
		},
		Registers: func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
			return []casefile.DocumentChange{clausesChanged(c, e, casefile.ClauseRestored, asText(e.Act.With["reference"]))}
		},
	}
}

func clausesChanged(c *casefile.Case, e casefile.Entry, change casefile.ChangeKind, by string) casefile.DocumentChange {
	return casefile.DocumentChange{
		Document: asText(c.Facts["doc_number"].Value), Change: change, On: asDate(e.Act.With["on"]),
		Clauses: asTexts(c.Facts["disabled_clauses"].Value), By: by,
	}
}

// correctedDocument records that the making case has amended or repealed the document;
// what that changes in the register, the publication of the new text says. An amended
// clause applies again, in its new wording.
func correctedDocument() ActSpec {
	return ActSpec{
		Verb: "corrected", Title: title("登记纠正完成", "record that it was corrected"),
		Fields: []Field{
			other("correction_case", "纠正案件", "case that corrected it").must().under("cn.normative-document").following().closed().is("correction_case_id"),
			text("how", "纠正方式", "how").must().of("amended", "repealed"), text("number", "修改或者废止决定的文号", "number of the amending or repealing document").must(),
			date("on", "施行日期", "from").must(),
			flag("filed_with_congress", "文件曾报人大常委会备案", "the document was filed with the standing committee").must().is("filed_with_congress"),
		},
		Sets: casefile.Values{"corrected": true},
		Registers: func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
			if disabled, _ := c.Facts["clause_disabled"].Value.(bool); !disabled || asText(e.Act.With["how"]) != "amended" {
				return nil
			}
			return []casefile.DocumentChange{clausesChanged(c, e, casefile.ClauseRestored, asText(e.Act.With["number"]))}
		},
	}
}

// onlyAdvised refuses to keep what a decision or judgment has found unlawful.
func onlyAdvised(a *Acting) *casefile.Refusal {
	if a.factBool("clause_stopped") || a.factBool("held_unlawful") {
		return notNow("条款已被停止执行或者认定不合法，不能保留。", "the clause was stopped or held unlawful and cannot be kept")
	}
	return nil
}
