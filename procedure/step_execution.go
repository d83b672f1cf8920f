package procedure

import "github.com/zhengdang/chengxu/casefile"

// execution (决策执行和督促检查): tasks with a day, reports, checks, problems that are
// reported, and the urgent suspension (国务院令第713号 第三十四条、第三十五条、第三十七条).
func execution() StepType {
	acts := []ActSpec{
		taskSheet(),
		{
			Verb: "progress", Title: title("报告执行情况", "report on the execution"), Needs: []string{"task_sheet"},
			Fields: []Field{
				date("reported_on", "报告日期", "reported on").must().past(),
				text("state", "执行状况", "state").must().of("on-track", "delayed", "finished"),
				text("text", "执行情况", "how it goes").must(), attached(),
			},
			Gives: []string{"execution_reports"},
			Derive: func(a *Acting) casefile.Values {
				return casefile.Values{"execution_reports": a.factInt("execution_reports") + 1}
			},
		},
		{
			Verb: "supervise", Title: title("督促检查", "check the execution"), Needs: []string{"task_sheet"},
			Fields: []Field{
				date("checked_on", "检查日期", "checked on").must().past(),
				text("findings", "检查情况", "findings").must(), text("orders", "整改要求", "what has to be mended"), attached(),
			},
			Gives: []string{"execution_checks"},
			Derive: func(a *Acting) casefile.Values {
				return casefile.Values{"execution_checks": a.factInt("execution_checks") + 1}
			},
		},
		{
			Verb: "opinion", Title: title("登记公众对决策及其实施的意见", "record what the public says of the decision and its execution"),
			Fields: []Field{
				count("count", "件数", "number").must(), text("channel", "途径", "by which way").must().of("letter", "phone", "e-mail", "other"),
				text("summary", "主要意见", "main points").must(), attached(),
			},
			Check: func(a *Acting) *casefile.Refusal {
				if a.Int("count") < 1 {
					return badValue("count", "件数须大于零。", "the number must be greater than zero")
				}
				return nil
			},
		},
	}
	acts = append(acts, problemActs()...)
	acts = append(acts, executionSuspension()...)
	return StepType{
		ID:       Execution,
		Title:    title("决策执行", "execution"),
		Outcomes: []string{"completed", "stopped"},
		Acts:     append(acts, completeExecution()),
	}
}

// taskSheet says what is to be done by when. A new one may set another day.
func taskSheet() ActSpec {
	return ActSpec{
		Verb: "task_sheet", Title: title("下达任务单", "issue the task sheet"),
		Fields: []Field{
			texts("tasks", "任务", "tasks").must(), text("aim", "预期效果", "what it is to achieve").must(),
			date("finish_on", "完成日期", "to be finished on").must().is("execution_due_on"),
			text("reason", "重新下达的理由", "reason for issuing it anew"), attached(),
		},
		Check: func(a *Acting) *casefile.Refusal {
			switch {
			case a.Date("finish_on").Before(a.Today):
				return badValue("finish_on", "完成日期早于今天。", "the day lies before today")
			case a.done("task_sheet") && !a.Has("reason"):
				return missing("reason", "重新下达任务单的，须写明理由。", "a task sheet that is issued anew needs its reason")
			}
			return nil
		},
	}
}

// problemActs are the acts about what stands in the way of the aim (第三十五条第一款): it
// is noticed, the execution unit reports it, the body says what is done.
func problemActs() []ActSpec {
	return []ActSpec{
		{
			Verb: "notice_problem", Title: title("登记应当报告的情形", "record a situation that must be reported"),
			Fields: []Field{
				text("kind", "情形", "kind of situation").must().of("decision-problem", "circumstances-changed", "force-majeure", "other-grave"),
				date("noticed_on", "发现日期", "noticed on").must().past(), text("text", "情况", "what has happened").must(), attached(),
			},
			Sets: casefile.Values{"trigger_event": true, "reported": false},
		},
		{
			Verb: "report_problem", Title: title("向决策机关报告问题", "report the problem to the body"), Needs: []string{"notice_problem"},
			Fields: []Field{
				date("reported_on", "报告日期", "reported on").must().past(),
				text("text", "报告内容", "the report").must(), text("proposal", "处理建议", "what is proposed"), attached(),
			},
			Sets: casefile.Values{"reported": true},
			Check: func(a *Acting) *casefile.Refusal {
				if !a.factBool("trigger_event") {
					return notNow("没有待报告的情形；请先登记。", "there is nothing to report; record the situation first")
				}
				return nil
			},
		},
		{
			Verb: "settle_problem", Title: title("决策机关处理报告的问题", "the body deals with the problem"), Needs: []string{"report_problem"},
			Fields: []Field{
				text("decision", "处理", "what is done").must().of("carry-on", "suspend", "adjust", "stop", "evaluate"),
				text("decided_by", "由谁决定", "who decided").must(), reason(), attached(),
			},
			Sets: casefile.Values{"trigger_event": false},
			Check: func(a *Acting) *casefile.Refusal {
				if a.factBool("trigger_event") && a.factBool("reported") {
					return nil
				}
				return notNow("没有已经报告而尚未处理的问题。", "no problem has been reported and not dealt with")
			},
		},
	}
}

// completeExecution ends the execution: done, or stopped by the procedure of the law.
func completeExecution() ActSpec {
	return ActSpec{
		Verb: "complete", Title: title("执行结束", "the execution ends"), Needs: []string{"task_sheet"}, OutcomeBy: "result",
		Fields: append(evaluationTriggers(),
			text("result", "结果", "result").must().of("completed", "stopped"), text("effects", "实施效果", "what it has achieved").must(), attached()),
		Sets:  casefile.Values{"execution_completed": true},
		Drops: []string{executionReview},
		Check: mayComplete,
	}
}

func mayComplete(a *Acting) *casefile.Refusal {
	stopped := a.factText("change_kind") == "stop" && a.factBool("procedure_rerun")
	switch {
	case a.factBool("trigger_event"):
		return notNow("还有应当报告或者处理的问题。", "a problem still has to be reported or dealt with")
	case a.Text("result") == "completed" && stopped:
		return badValue("result", "已经依法定程序决定停止执行。", "it was decided by the procedure of the law that it stops")
	case a.Text("result") == "completed" && a.factBool("execution_suspended"):
		return notNow("执行已经中止；恢复后才能办结。", "the execution is suspended; resume it first")
	case a.Text("result") == "stopped" && !stopped:
		return badValue("result", "停止执行须先在调整环节提出，依照条例重新履行程序并登记结果。",
			"a stop is proposed as an adjustment, and the procedure gone through again, before it is recorded here")
	}
	return nil
}
