package procedure

import (
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// riskAssessment (风险评估): whether the risk of the draft can be controlled
// (国务院令第713号 第二十二条至第二十四条).
func riskAssessment() StepType {
	return StepType{
		ID:       RiskAssessment,
		Title:    title("风险评估", "risk assessment"),
		Outcomes: []string{"controllable", "uncontrollable", "rework"},
		Acts: []ActSpec{
			{
				Verb: "plan", Title: title("制定评估方案", "plan the assessment"),
				Fields: []Field{
					text("assessor", "承担评估工作的单位", "who assesses").must(),
					texts("methods", "评估方式", "methods").must(), attached(),
				},
				Gives: []string{"pre_decision_main_assessors"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{
						"pre_decision_main_assessors": with(a.factTexts("pre_decision_main_assessors"), a.Text("assessor")),
					}
				},
			},
			{
				Verb: "report", Title: title("提交风险评估报告", "file the risk report"), Opinion: true,
				Fields: []Field{
					currentDraft(),
					texts("has", "报告内容", "contents").must().
						of("dept-views", "risk-points", "measures", "response-plan").is("risk_report_has"),
					text("level", "风险等级", "risk level").must().of("high", "medium", "low").is("risk_level"),
					text("summary", "结论摘要", "summary").must(), attached(),
				},
				Sets: casefile.Values{"risk_report_filed": true, "high_risk_action": "none"},
			},
			{
				Verb: "cite", Title: title("引用已有评估", "cite an assessment made under other rules"),
				Fields: []Field{
					text("reference", "已有评估的文号", "its reference").must().is("already_assessed_ref"), attached(),
				},
			},
			{
				Verb: "treat", Title: title("处置高风险", "deal with a high risk"), Needs: []string{"report"},
				Fields: []Field{
					text("action", "处置", "what was done").must().of("terminate", "adjust", "lowered").is("high_risk_action"), reason(),
				},
			},
			{
				Verb: "conclude", Title: title("得出评估结论", "conclude the assessment"), Opinion: true, OutcomeBy: "conclusion",
				Fields: []Field{
					currentDraft(),
					text("conclusion", "结论", "conclusion").must().of("controllable", "uncontrollable").is("risk_conclusion"),
					text("text", "说明（风险不可控的，须写明理由）", "explanation; required when the risk is uncontrollable"),
				},
				Gives: []string{"assessed_version", "did_risk"}, Derive: riskAssessed, Check: riskReported,
			},
			rework(),
			confirmedRisk("controllable"),
		},
	}
}

func riskAssessed(a *Acting) casefile.Values {
	return casefile.Values{"assessed_version": a.version(), "did_risk": true}
}

func riskReported(a *Acting) *casefile.Refusal {
	switch {
	case !a.done("report") && !a.done("cite"):
		return notNow("请先提交风险评估报告，或者引用已有评估。", "file the risk report or cite an existing assessment first")
	case a.Text("conclusion") == "uncontrollable" && strings.TrimSpace(a.Text("text")) == "":
		return missing("text", "结论为风险不可控的，须写明理由。", "a conclusion that the risk is uncontrollable needs its reasons")
	}
	return nil
}

// confirmedRisk is the finding that a later change of the draft leaves the
// conclusion of the assessment as it was.
func confirmedRisk(outcome string) ActSpec {
	spec := confirmed(true, outcome, "controllable")
	spec.Gives = []string{"assessed_version"}
	spec.Derive = func(a *Acting) casefile.Values { return casefile.Values{"assessed_version": a.version()} }
	spec.Check = func(a *Acting) *casefile.Refusal {
		if a.factText("risk_conclusion") == "controllable" {
			return nil
		}
		return notNow("此前没有“风险可控”的结论，不能确认。", "no earlier conclusion that the risk is controllable")
	}
	return spec
}
