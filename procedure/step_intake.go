package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// intake (决策建议登记与初步识别): a proposal is registered, and somebody finds out
// whether this procedure is the one to take (国务院令第713号 第三条、第十条).
func intake() StepType {
	return StepType{
		ID:       Intake,
		Title:    title("建议登记与识别", "intake of the proposal"),
		Outcomes: []string{"study", "routed-out", "not-a-decision-matter"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记决策建议", "register the proposal"), Once: true,
				Fields: []Field{
					text("proposer_kind", "提出方类别", "kind of proposer").must().
						of("leader", "department", "lower-gov", "npc-cppcc", "public").is("proposer_kind"),
					text("proposer", "提出人", "proposer").must(),
					date("received_on", "收到日期", "received on").must().past(),
					text("summary", "建议内容", "what is proposed").must(),
					paper("proposal", "建议书", "the proposal"),
				},
			},
			{
				Verb: "triage", Title: title("识别事项", "find out which procedure applies"), Needs: []string{"register"},
				Fields: append(must(determinations("matter_type", "special_procedure_by_law")), reason()),
			},
			{
				Verb: "assign", Title: title("交付研究论证", "hand over for study"), Needs: []string{"register", "triage"},
				Outcome: "study",
				Fields: []Field{
					text("study_unit", "研究论证单位", "unit charged with the study").must().is("study_unit"),
					text("instructions", "要求", "instructions"),
				},
			},
			{
				Verb: "route_out", Title: title("转入其他程序", "route out to another procedure"), Needs: []string{"register", "triage"},
				Outcome: "routed-out",
				Fields:  []Field{text("to_procedure", "应适用的程序", "the procedure that applies").must(), reason()},
				Check:   mayRouteOut,
			},
			{
				Verb: "decline", Title: title("认定不属于决策事项并答复", "find that it is no decision matter, and reply"),
				Needs: []string{"register", "triage"}, Outcome: "not-a-decision-matter",
				Fields: []Field{text("reply", "答复内容", "reply to the proposer").must(), reason()},
			},
		},
	}
}

// mayRouteOut keeps a matter from leaving the procedure that the triage found
// to be within it.
func mayRouteOut(a *Acting) *casefile.Refusal {
	excluded := []string{"macro-control", "government-legislation", "emergency-response"}
	if slices.Contains(excluded, a.factText("matter_type")) || a.factBool("special_procedure_by_law") {
		return nil
	}
	return notNow("识别结果表明应适用本程序，不能转出；识别有误的，请先重新识别。",
		"the triage found that this procedure applies; triage again if that was wrong")
}

// must makes all fields required.
func must(fields []Field) []Field {
	for i := range fields {
		fields[i].Required = true
	}
	return fields
}
