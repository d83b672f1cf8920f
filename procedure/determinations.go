package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// allDeterminations are the facts that a person has to determine and sign,
// because most closed gates hang on them. None has a starting value.
func allDeterminations() []Field {
	return []Field{
		text("matter_type", "事项类型", "kind of matter").of("policy", "plan", "resource", "public-project", "other",
			"macro-control", "government-legislation", "emergency-response"),
		flag("special_procedure_by_law", "法律、行政法规另有程序规定", "a statute or administrative regulation sets another procedure"),
		flag("major_disagreement", "有关方面存在较大分歧", "views diverge sharply"),
		texts("affected_units", "职责受涉及的单位", "units whose duties are touched"),
		flag("unresolved", "协商后仍有争议", "a dispute remains after consultation"),
		flag("highly_technical", "专业性、技术性较强", "highly specialised or technical"),
		flag("may_cause_adverse_impact", "可能造成不利影响", "may cause adverse impact"),
		flag("affects_operators", "涉及经营者经济活动", "touches the business activity of operators"),
		flag("vital_interests", "直接涉及切身利益", "vital interests are directly engaged"),
		flag("affects_specific_group", "涉及特定群体利益", "touches the interests of a specific group"),
		flag("wide_concern", "社会公众普遍关心", "of wide public concern"),
		flag("community_public_affair", "涉及群众切身利益的社区公共事务", "community affair touching residents' interests"),
		flag("hearing_mandated_by_other_law", "其他法律、法规、规章规定应当听证", "another law requires a hearing"),
		flag("non_disclosable_by_law", "依法不予公开", "lawfully not disclosed"),
		flag("party_report_required", "应当向同级党委请示报告", "a report to the Party committee is required"),
		flag("npc_matter", "属于人大或其常委会决定、听取报告的事项", "a matter for the people's congress"),
		text("chief", "行政首长", "the chief"),
		flag("doubtful", "能否公开难以确定", "it is doubtful whether it may be published"),
	}
}

// determinations gives the named fields, each establishing the fact of its
// name. Unknown names give no field; the tests see to it that there are none.
func determinations(names ...string) []Field {
	var out []Field
	for _, f := range allDeterminations() {
		if len(names) == 0 || slices.Contains(names, f.Name) {
			f.Fact = f.Name
			out = append(out, f)
		}
	}
	return out
}

// determine is the act by which somebody determines facts and signs for them.
func determine(names ...string) ActSpec {
	return ActSpec{
		Verb:   "determine",
		Title:  title("认定事实", "determine facts"),
		Fields: append(determinations(names...), text("grounds", "认定依据", "grounds").must()),
		Check:  determinesSomething,
	}
}

func determinesSomething(a *Acting) *casefile.Refusal {
	for _, name := range casefile.SortedNames(a.With) {
		if name != "grounds" {
			return nil
		}
	}
	return missing("", "至少认定一项事实。", "determine at least one fact")
}
