package procedure

import "github.com/zhengdang/chengxu/casefile"

// evaluationDay is the day for which the evaluation is planned, named within its step.
const evaluationDay = "evaluation"

// validityWatch (有效期观察): the term of a document is known, and what is to become of
// it is evaluated before it ends; a term that nobody extends ends by itself
// (上海市行政规范性文件管理规定).
func validityWatch() StepType {
	return StepType{
		ID:       ValidityWatch,
		Title:    title("有效期观察", "watching the term"),
		Outcomes: []string{"evaluated", "lapsed", "superseded"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记文件和有效期", "record the document and its term"),
				Fields: []Field{
					text("title", "文件名称", "title of the document").must().is("document"),
					text("number", "文号", "number").must().is("doc_number"),
					text("kind", "文件类别", "kind of document").must().of("ordinary", "interim-trial", "public-notice").is("doc_type"),
					date("effective_on", "施行日期", "takes effect on").must().is("effective_on"),
					date("expires_on", "有效期届满日期", "valid until").must().is("expires_on"),
					other("making_case", "制定案件", "case that made it").under("cn.normative-document").is("making_case"), attached(),
				},
				Check: knownTerm,
			},
			{
				Verb: "plan_evaluation", Title: title("安排评估日期", "plan the evaluation"),
				Fields:  []Field{date("evaluate_by", "评估完成日期", "evaluation to be done by").must().is("evaluate_by")},
				Check:   plannedWithinTerm,
				Watches: watchEvaluation,
			},
			{
				Verb: "check", Title: title("日常检查", "look at it meanwhile"),
				Fields: []Field{text("finding", "检查情况", "what was found").must(), attached()}, Check: registered,
			},
			{
				Verb: "evaluate", Title: title("提交评估报告", "file the evaluation"), Outcome: "evaluated", Drops: []string{evaluationDay},
				Fields: []Field{
					date("on", "评估日期", "evaluated on").must().past().is("evaluation_filed_on"),
					text("proposal", "处理建议", "proposal").must().of("extend", "revise", "lapse").is("evaluation_proposal"),
					text("summary", "评估情况", "what was found").must(), attached(),
				},
				Check: registered,
			},
			cite(),
			superseded(),
			noteLapse(),
		},
	}
}

func registered(a *Acting) *casefile.Refusal {
	if a.factText("doc_number") == "" {
		return notNow("请先登记文件和有效期。", "record the document and its term first")
	}
	return nil
}

func knownTerm(a *Acting) *casefile.Refusal {
	if a.factText("doc_number") != "" {
		return notNow("文件已经登记；有效期只能经延期改变。", "the document is on record; only an extension changes its term")
	}
	if !a.Date("expires_on").After(a.Date("effective_on")) {
		return badValue("expires_on", "有效期须晚于施行日期。", "the term must end after the document takes effect")
	}
	return nil
}

func plannedWithinTerm(a *Acting) *casefile.Refusal {
	if refusal := registered(a); refusal != nil {
		return refusal
	}
	switch on := a.Date("evaluate_by"); {
	case on.Before(a.Today):
		return badValue("evaluate_by", "评估日期早于今天。", "the day lies before today")
	case on.After(a.factDate("expires_on")):
		return badValue("evaluate_by", "评估须在有效期届满前完成。", "the evaluation has to be done before the term ends")
	}
	return nil
}

// watchEvaluation watches the day for which the evaluation is planned, so that the end
// of a term surprises nobody.
func watchEvaluation(facts casefile.Values) []casefile.Deadline {
	on := asDate(facts["evaluate_by"])
	if on.IsZero() {
		return nil
	}
	return []casefile.Deadline{{ID: evaluationDay, Due: on, State: casefile.DeadlineOpen, Title: title("有效期评估", "evaluation before expiry")}}
}

// cite records that the document is relied on.
func cite() ActSpec {
	return ActSpec{
		Verb: "cite", Title: title("引用为依据", "rely on the document"),
		Fields: []Field{
			date("used_on", "引用日期", "relied on").must().past().is("used_on"), text("used_for", "用于", "what for").must(),
			flag("in_last_scope", "属于最近一次清理的范围", "it was within the scope of the last clean-up").must().is("in_last_scope"),
			flag("on_continuing_list", "列入继续有效目录", "it is on the list of continuing documents").must().is("on_continuing_list"),
		},
		Check: func(a *Acting) *casefile.Refusal {
			if refusal := registered(a); refusal != nil {
				return refusal
			}
			if a.Date("used_on").Before(a.factDate("effective_on")) {
				return badValue("used_on", "引用日期早于施行日期。", "relied on before it took effect")
			}
			return nil
		},
	}
}

// superseded ends the watch over a document that another one, or a decision, has
// taken out of force before its term.
func superseded() ActSpec {
	return ActSpec{
		Verb: "superseded", Title: title("登记已被废止", "record that it was repealed"), Outcome: "superseded",
		Fields: []Field{
			text("by", "废止它的文件或者决定的文号", "number of the document or decision that repeals it").must().is("superseded_by"),
			date("on", "废止日期", "repealed from").must().past(), attached(),
		},
		Check: registered,
		Registers: func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
			return []casefile.DocumentChange{{
				Document: asText(c.Facts["doc_number"].Value), Change: casefile.DocumentRepealed,
				On: asDate(e.Act.With["on"]), By: asText(e.Act.With["by"]),
			}}
		},
	}
}

// noteLapse records what time has done where the engine could not conclude the step
// by itself.
func noteLapse() ActSpec {
	return ActSpec{
		Verb: "note_lapse", Title: title("登记期满失效", "record that its term has ended"), Outcome: "lapsed",
		Fields: []Field{attached()},
		Check: func(a *Acting) *casefile.Refusal {
			if refusal := registered(a); refusal != nil {
				return refusal
			}
			if !a.Today.After(a.factDate("expires_on")) {
				return notNow("有效期尚未届满。", "the term has not ended yet")
			}
			return nil
		},
	}
}
