package procedure

import "github.com/zhengdang/chengxu/casefile"

// adjustment (决策调整和停止执行): a minor change is approved by the body; a major one and
// a stop go through the procedure of a decision again, in a case of their own that
// follows this one (国务院令第713号 第三十六条第四款、第三十七条).
func adjustment() StepType {
	return StepType{
		ID:       Adjustment,
		Title:    title("决策调整", "adjustment"),
		Outcomes: []string{"adjusted", "dropped", "none"},
		Acts: []ActSpec{
			proposeAdjustment(),
			approveMinor(),
			{
				Verb: "rerun", Title: title("登记重新履行程序的结果", "record that the procedure was gone through again"), Needs: []string{"propose"},
				Fields: []Field{
					other("case", "重新决策的案件", "case of the new decision").must().
						under("cn.major-decision").following().closed().ended("published", "withheld"),
					text("result", "新的决定", "what was decided").must(), attached(),
				},
				Sets:  casefile.Values{"procedure_rerun": true},
				Check: changeIs("一般调整由决策机关批准，不须重新履行程序。", "a minor change is approved; the procedure is not run again", "major", "stop"),
			},
			{
				Verb: "conclude", Title: title("变更或者停止执行生效", "the change takes effect"), Needs: []string{"propose"}, Outcome: "adjusted",
				Fields: []Field{text("told", "告知执行单位和公众的情况", "how the unit and the public were told").must(), attached()},
			},
			{
				Verb: "drop", Title: title("不予调整", "no change is made"), Needs: []string{"propose"}, Outcome: "dropped",
				Fields: []Field{reason(), text("decided_by", "由谁决定", "who decided").must()},
				Sets:   unchanged(),
			},
			{
				Verb: "close", Title: title("没有其他调整事项", "nothing more to adjust"), Bars: []string{"propose"}, Outcome: "none", Check: lastOnes,
			},
		},
	}
}

// unchanged are the facts when no change is under way.
func unchanged() casefile.Values {
	return casefile.Values{"change_kind": "none", "procedure_rerun": false, "minor_change_approved": false, "posteval_considered": ""}
}

func proposeAdjustment() ActSpec {
	return ActSpec{
		Verb: "propose", Title: title("提出变更或者停止执行", "propose a change or a stop"),
		Fields: []Field{
			text("kind", "变更类型", "kind of change").must().of("minor", "major", "stop").is("change_kind"),
			text("text", "变更内容", "what is to change").must(), reason(),
			text("why_minor", "认定为一般调整的理由", "why it counts as minor"),
			text("evaluation", "后评估结果的采用情况", "what is made of the post-evaluation"), attached(),
		},
		Sets:  casefile.Values{"procedure_rerun": false, "minor_change_approved": false},
		Gives: []string{"posteval_considered"},
		Derive: func(a *Acting) casefile.Values {
			return casefile.Values{"posteval_considered": a.Text("evaluation")}
		},
		Check: func(a *Acting) *casefile.Refusal {
			switch {
			case a.factText("change_kind") == "stop" && a.concludedBefore("adjusted"):
				return notNow("已经依法定程序决定停止执行，不再变更。", "it was decided that the execution stops; nothing is left to change")
			case a.factBool("execution_completed"):
				return notNow("执行已经结束，不再变更。", "the execution has ended; nothing is left to change")
			case a.Text("kind") == "minor" && !a.Has("why_minor"):
				return missing("why_minor", "按一般调整办理的，须写明为什么不属于重大调整。", "a minor change says why it is not a major one")
			}
			return nil
		},
	}
}

// approveMinor is the decision of the body on a minor change. One that is not approved
// leaves the decision as it was.
func approveMinor() ActSpec {
	return ActSpec{
		Verb: "decide_minor", Title: title("集体讨论决定一般调整", "the body decides on the minor change"), Needs: []string{"propose"},
		Fields: append(meetingFields(), text("decision", "决定", "decision").must().of("approve", "reject"),
			texts("dissenters", "表示不同意见的人员", "who dissented").restricted(), attached()),
		Gives: []string{"minor_change_approved"},
		Derive: func(a *Acting) casefile.Values {
			return casefile.Values{"minor_change_approved": a.Text("decision") == "approve"}
		},
		Check: changeIs("重大调整和停止执行须依照条例重新履行程序，不能在会上批准了事。", "a major change or a stop runs the procedure again; approving it does not do", "minor"),
	}
}

// changeIs has an act wait for a change of one of the kinds.
func changeIs(zh, en string, kinds ...string) func(a *Acting) *casefile.Refusal {
	return func(a *Acting) *casefile.Refusal {
		for _, kind := range kinds {
			if a.factText("change_kind") == kind {
				return nil
			}
		}
		return notNow(zh, en)
	}
}
