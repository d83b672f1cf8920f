package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// Who has given a written expert opinion, and whose is signed and sealed.
const (
	expertsWritten = "expert.written"
	expertsSigned  = "expert.signed"
)

// expertArgument (专家论证): independent experts argue necessity, feasibility and
// soundness (国务院令第713号 第十九条至第二十一条).
func expertArgument() StepType {
	return StepType{
		ID:       ExpertArgument,
		Title:    title("专家论证", "expert argument"),
		Outcomes: []string{"done", "rework"},
		Acts: []ActSpec{
			appointExperts("appoint", title("选定专家和专业机构", "appoint experts")),
			appointExperts("replace", title("更换专家", "replace experts")),
			{
				Verb: "opinion", Title: title("提出论证意见", "give an expert opinion"), Needs: []string{"appoint"}, Opinion: true,
				Fields: []Field{
					currentDraft(), text("expert", "专家或者机构", "expert or institution").must(),
					text("conclusion", "结论", "conclusion").must().of("feasible", "feasible-with-changes", "not-feasible"),
					text("text", "意见内容", "what was said").must(),
					flag("signed", "已署名、盖章", "signed and sealed").must(), attached(),
				},
				Gives: expertFacts(), Derive: expertOpined, Check: expertMayOpine,
			},
			{
				Verb: "sign_opinion", Title: title("补正署名、盖章", "sign an opinion that was not signed"), Needs: []string{"opinion"},
				Fields: []Field{text("expert", "专家或者机构", "expert or institution").must(), attached()},
				Gives:  expertFacts(),
				Derive: func(a *Acting) casefile.Values {
					return expertCounts(a.factTexts(expertsWritten), with(a.factTexts(expertsSigned), a.Text("expert")))
				},
				Check: func(a *Acting) *casefile.Refusal {
					if slices.Contains(without(a.factTexts(expertsWritten), a.factTexts(expertsSigned)...), a.Text("expert")) {
						return nil
					}
					return badValue("expert", "该专家没有未署名的论证意见。", "there is no unsigned opinion of this expert")
				},
			},
			{
				Verb: "adopt", Title: title("提交论证意见采纳说明", "file the adoption statement"), Needs: []string{"opinion"},
				Fields: []Field{text("summary", "采纳情况", "what became of the opinions").must(), attached()},
			},
			rework(),
			confirmedExperts(),
			{
				Verb: "conclude", Title: title("专家论证完成", "conclude the expert argument"), Outcome: "done",
				Needs: []string{"appoint", "opinion", "adopt"},
				Sets:  casefile.Values{"expert_argument_done": true, "did_expert": true},
			},
		},
	}
}

func confirmedExperts() ActSpec {
	return confirmed(false, "done", "done")
}

func appointExperts(verb string, name casefile.Text) ActSpec {
	spec := ActSpec{
		Verb: verb, Title: name, Once: true,
		Fields: []Field{
			texts("experts", "专家和专业机构", "experts and institutions").must().is("experts"),
			texts("conflicted", "其中有直接利害关系的", "those with a direct interest").must().is("conflicted"),
			flag("has_dissenting_expert", "有持不同意见的专家", "an expert of a different view is included").is("has_dissenting_expert"),
			flag("own_pool", "本级建有专家库", "the body keeps its own pool").is("own_pool"),
			text("source", "专家来源", "where they come from").of("own-pool", "superior-pool", "outside").is("expert_source"),
			text("outside_reason", "库外选聘的理由", "reason for choosing outside the pools").is("outside_reason"),
			attached(),
		},
		Gives: append(expertFacts(), "expert_count"),
		Derive: func(a *Acting) casefile.Values {
			out := expertCounts(nil, nil)
			out["expert_count"] = int64(len(a.Texts("experts")))
			return out
		},
	}
	if verb == "appoint" {
		return spec
	}
	spec.Once, spec.Needs = false, []string{"appoint"}
	spec.Fields = append(spec.Fields, reason())
	spec.Derive = func(a *Acting) casefile.Values { // opinions of those who stay count on
		gone := without(a.factTexts("experts"), a.Texts("experts")...)
		out := expertCounts(without(a.factTexts(expertsWritten), gone...), without(a.factTexts(expertsSigned), gone...))
		out["expert_count"] = int64(len(a.Texts("experts")))
		return out
	}
	return spec
}

func expertFacts() []string {
	return []string{"written_opinions", "signed_opinions", expertsWritten, expertsSigned}
}

func expertCounts(written, signed []string) casefile.Values {
	return casefile.Values{
		expertsWritten: with(written), expertsSigned: with(signed),
		"written_opinions": int64(len(written)), "signed_opinions": int64(len(signed)),
	}
}

func expertOpined(a *Acting) casefile.Values {
	written, signed := with(a.factTexts(expertsWritten), a.Text("expert")), a.factTexts(expertsSigned)
	if a.Bool("signed") {
		signed = with(signed, a.Text("expert"))
	}
	return expertCounts(written, signed)
}

func expertMayOpine(a *Acting) *casefile.Refusal {
	if !slices.Contains(a.factTexts("experts"), a.Text("expert")) {
		return badValue("expert", "该专家不在选定之列。", "this expert was not appointed")
	}
	if slices.Contains(a.factTexts(expertsWritten), a.Text("expert")) {
		return badValue("expert", "该专家已经提出论证意见。", "this expert has given an opinion already")
	}
	return nil
}
