package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// The units whose view was asked for, and those whose last reply disagrees.
const (
	unitsRequested   = "coordination.requested"
	unitsDisagreeing = "coordination.disagreeing"
)

// coordination (部门协商): the units whose duties are touched are consulted; what
// remains in dispute is explained to the body (国务院令第713号 第十三条).
func coordination() StepType {
	return StepType{
		ID:       Coordination,
		Title:    title("部门协商", "consultation of units"),
		Outcomes: []string{"agreed", "unresolved-explained", "rework"},
		Acts: []ActSpec{
			determine("affected_units", "unresolved", "major_disagreement", "highly_technical", "may_cause_adverse_impact",
				"affects_operators", "vital_interests", "affects_specific_group", "wide_concern",
				"community_public_affair", "hearing_mandated_by_other_law", "non_disclosable_by_law"),
			{
				Verb: "request", Title: title("发函征求意见", "ask units for their views"),
				Fields: []Field{
					texts("units", "征求意见的单位", "units asked").must(),
					date("reply_by", "请于何日前回复", "reply asked for by"), attached(),
				},
				Gives: []string{unitsRequested},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{unitsRequested: with(a.factTexts(unitsRequested), a.Texts("units")...)}
				},
			},
			{
				Verb: "reply", Title: title("登记单位回复", "record a unit's reply"),
				Fields: []Field{
					text("unit", "单位", "unit").must(),
					text("opinion", "意见", "opinion").must().of("agree", "agree-with-changes", "disagree"),
					text("text", "意见内容", "what was said"), attached(),
				},
				Gives: []string{"consulted_units", unitsDisagreeing}, Derive: unitReplied, Check: repliesWithReason,
			},
			{
				Verb: "note_silence", Title: title("记录单位逾期未回复", "record that a unit has not replied"), Needs: []string{"request"},
				Fields: []Field{text("unit", "单位", "unit").must(), text("efforts", "催办情况", "what was done to get a reply").must()},
				Gives:  []string{"consulted_units"}, Derive: unitConsulted,
				Check: func(a *Acting) *casefile.Refusal {
					if slices.Contains(a.factTexts(unitsRequested), a.Text("unit")) {
						return nil
					}
					return badValue("unit", "尚未向该单位征求意见。", "this unit has not been asked")
				},
			},
			noteDispute(),
			{
				Verb: "conclude", Title: title("协商结束", "conclude the consultation"), OutcomeBy: "result",
				Fields: []Field{text("result", "协商结果", "result").must().of("agreed", "unresolved-explained")},
				Gives:  []string{"unresolved"},
				Derive: func(a *Acting) casefile.Values {
					return casefile.Values{"unresolved": a.Text("result") == "unresolved-explained"}
				},
				Check: reallyAgreed,
			},
			rework(),
		},
	}
}

func unitConsulted(a *Acting) casefile.Values {
	return casefile.Values{"consulted_units": with(a.factTexts("consulted_units"), a.Text("unit"))}
}

func unitReplied(a *Acting) casefile.Values {
	out := unitConsulted(a)
	unit, disagreeing := a.Text("unit"), a.factTexts(unitsDisagreeing)
	if out[unitsDisagreeing] = without(disagreeing, unit); a.Text("opinion") == "disagree" {
		out[unitsDisagreeing] = with(disagreeing, unit)
	}
	return out
}

// reallyAgreed keeps a consultation in which a unit disagrees to the end from
// being recorded as agreed: what is in dispute has to be explained to the body.
func reallyAgreed(a *Acting) *casefile.Refusal {
	disagreeing := a.factTexts(unitsDisagreeing)
	if a.Text("result") != "agreed" || len(disagreeing) == 0 {
		return nil
	}
	units := strings.Join(disagreeing, "、")
	return badValue("result", "仍有单位不同意："+clip(units)+"。请继续协商，或者说明争议后以“未取得一致”结束。",
		"units still disagree ("+clip(units)+"): consult on, or explain the dispute and conclude as unresolved")
}

func repliesWithReason(a *Acting) *casefile.Refusal {
	if a.Text("opinion") != "agree" && a.Text("text") == "" {
		return missing("text", "不同意或者提出修改意见的，须写明意见内容。", "an opinion other than plain agreement needs its content")
	}
	return nil
}

// rework sends the draft back to be drafted again.
func rework() ActSpec {
	return ActSpec{
		Verb: "rework", Title: title("退回修改草案", "send back for redrafting"), Outcome: "rework",
		Fields: []Field{reason()},
	}
}

// confirmed is the act by which somebody finds that the work of an earlier
// round still holds for the current draft. When the finding counts as an
// opinion it is bound to that draft.
func confirmed(opinion bool, outcome string, before ...string) ActSpec {
	spec := ActSpec{
		Verb: "confirm", Title: title("确认此前已完成的结论仍然适用", "confirm that the earlier round still holds"),
		Outcome: outcome, Fields: []Field{reason()},
		Check: func(a *Acting) *casefile.Refusal {
			if a.concludedBefore(before...) {
				return nil
			}
			return notNow("此前没有完成过本环节，不能确认。", "no earlier round of this step was completed")
		},
	}
	if opinion {
		spec.Opinion = true
		spec.Fields = append([]Field{currentDraft()}, spec.Fields...)
	}
	return spec
}

// noteDispute explains to the body what stays in dispute.
func noteDispute() ActSpec {
	return ActSpec{
		Verb: "dispute_note", Title: title("提交争议说明", "file the dispute note"),
		Fields: []Field{
			text("issues", "争议的主要问题", "issues in dispute").must(),
			text("their_views", "有关单位意见", "views of the units").must(),
			text("own_view", "承办单位意见、理由和依据", "own view, reasons and bases").must(), attached(),
		},
		Sets: casefile.Values{"dispute_note_filed": true},
	}
}
