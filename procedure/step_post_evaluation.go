package procedure

import "github.com/zhengdang/chengxu/casefile"

// evaluated holds the conclusion of the evaluator.
const evaluated = "post_evaluation.conclusion"

// postEvaluation (决策后评估): when one may be ordered, who makes it, who is heard, what
// comes of it (国务院令第713号 第三十六条). Who did the main assessment before the decision
// does not evaluate it: the gate looks at the names, the definition at who has acted.
func postEvaluation() StepType {
	conclusions := []string{"keep", "adjust", "stop", "account"}
	return StepType{
		ID:       PostEvaluation,
		Title:    title("决策后评估", "post-evaluation"),
		Outcomes: append([]string{"none"}, conclusions...),
		Acts: []ActSpec{
			{
				Verb: "consider", Title: title("认定是否出现后评估的情形", "find whether a post-evaluation may be ordered"), Bars: []string{"appoint"},
				Fields: append(evaluationTriggers(), reason()),
				Sets:   casefile.Values{"posteval_started": false},
			},
			{
				Verb: "appoint", Title: title("组织后评估并确定承担单位", "order the evaluation and name the evaluator"), Needs: []string{"consider"},
				Bars: []string{"report"},
				Fields: []Field{
					text("evaluator", "承担评估工作的单位", "who evaluates").must().is("evaluator").names("evaluator"),
					text("kind", "单位性质", "kind of body").must().of("own-unit", "institution", "social-organisation", "other"),
					text("plan", "评估方案", "plan of the evaluation").must(), attached(),
				},
				Sets: casefile.Values{"posteval_started": true, "public_heard": false, "outside_participants": int64(0), evaluated: ""},
			},
			{
				Verb: "hear_public", Title: title("听取社会公众意见", "hear the public"), Needs: []string{"appoint"},
				Fields: []Field{
					texts("methods", "方式", "ways").must().of("open-comment", "seminar", "site-visit", "questionnaire", "poll", "other"),
					text("summary", "主要意见", "main points").must(), attached(),
				},
				Sets: casefile.Values{"public_heard": true},
			},
			{
				Verb: "take_part", Title: title("登记代表和组织参与评估", "record who takes part"), Needs: []string{"appoint"},
				Fields: []Field{
					text("kind", "参与方", "who takes part").must().of("deputy", "cppcc-member", "people-org", "grassroots", "social-org"),
					texts("names", "名称", "names").must(), text("part", "参与情况", "what they did").must(),
				},
				Gives: []string{"outside_participants"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"outside_participants": a.factInt("outside_participants") + int64(len(a.Texts("names")))}
				},
			},
			fileEvaluation(conclusions),
			{
				Verb: "conclude", Title: title("后评估结束", "conclude the evaluation"), Needs: []string{"report"},
				Fields:    []Field{text("remark", "决策机关的意见", "remark of the body")},
				Sets:      casefile.Values{"posteval_done": true},
				Among:     conclusions,
				OutcomeOf: func(c *casefile.Case) string { return asText(c.Facts[evaluated].Value) },
			},
			{
				Verb: "close", Title: title("不再组织后评估", "no further evaluation"), Bars: []string{"appoint"}, Outcome: "none",
				Fields: append(evaluationTriggers(), reason()), Check: lastOnes,
			},
		},
	}
}

// fileEvaluation is the report of the evaluator.
func fileEvaluation(conclusions []string) ActSpec {
	return ActSpec{
		Verb: "report", Title: title("提交评估报告", "file the evaluation report"), Needs: []string{"appoint"},
		Fields: []Field{
			text("conclusion", "评估结论", "conclusion").must().of(conclusions...), text("findings", "评估情况", "findings").must(),
			paper("document", "评估报告（摘要值）", "the report (digest)").must(),
		},
		Gives:  []string{evaluated},
		Derive: func(a *Acting) casefile.Values { return casefile.Values{evaluated: a.Text("conclusion")} },
	}
}

// evaluationTriggers are the situations in which an evaluation may be ordered
// (第三十六条第一款).
func evaluationTriggers() []Field {
	return []Field{
		flag("clearly_below_expectation", "明显未达到预期效果", "results clearly miss the aim").must().is("clearly_below_expectation"),
		flag("many_opinions", "公众提出较多意见", "many opinions have been raised").must().is("many_opinions"),
		flag("body_deems_needed", "决策机关认为有必要评估", "the body thinks an evaluation necessary").must().is("body_deems_needed"),
	}
}
