package procedure

import (
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// cleanupReview (逐件审查): each document is evaluated by the unit that drafted it and
// has one conclusion (谁起草、谁清理; 国务院关于加强市县政府依法行政的决定).
func cleanupReview() StepType {
	return StepType{
		ID:       CleanupReview,
		Title:    title("逐件审查", "review of each document"),
		Outcomes: []string{"reviewed"},
		Acts: []ActSpec{
			{
				Verb: "assign", Title: title("改由其他单位审查", "have another unit review"),
				Fields: []Field{text("unit", "审查单位", "unit that reviews").must(),
					documentLines("documents", "改由该单位审查的文件", "documents that it reviews").must(), reason()},
				Gives: []string{cleanupUnits},
				Derive: func(a *Acting) casefile.Values {
					items, _, _ := found(a.Texts("documents"), a.factTexts(cleanupScope))
					return casefile.Values{cleanupUnits: reviewedBy(a.factTexts(cleanupUnits), documentLine(a.Text("unit")), items...)}
				},
				Check: func(a *Acting) *casefile.Refusal {
					if strings.Contains(a.Text("unit"), "：") {
						return badValue("unit", "单位名称不能含有冒号。", "the name of a unit has no colon")
					}
					return namesDocuments("documents", a.Texts("documents"), a.factTexts(cleanupScope), "以下文件不在清理范围内：", "not in the inventory")
				},
			},
			evaluateDocuments(),
			correctConclusion(),
			{
				Verb: "add_late", Title: title("补充纳入文件", "take documents in late"),
				Fields: []Field{
					text("unit", "起草单位", "drafting unit").must(),
					documentLines("documents", "确定范围后补充的文件", "documents added").must(), reason(), attached(),
				},
				Gives: inventoryFacts("late_additions"),
				Derive: func(a *Acting) casefile.Values {
					items, _ := taken(a.Texts("documents"), a.factTexts(cleanupScope))
					out := inventoryExtended(a)
					out["late_additions"] = with(a.factTexts("late_additions"), items...)
					return out
				},
				Check: newInInventory,
			},
			strikeDocuments(),
			{
				Verb: "conclude", Title: title("审查结束", "conclude the review"), Outcome: "reviewed",
				Gives:  []string{"reviewed_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"reviewed_on": a.Today.String()} },
			},
		},
	}
}

// conclusionFields are those of the evaluation form: the conclusion and what it
// rests on.
func conclusionFields(title string) []Field {
	return []Field{
		documentLines("documents", title, "documents").must(),
		text("conclusion", "结论", "conclusion").must().of(cleanupConclusions...),
		flag("lawful", "合法性：与上位法一致", "lawful: in line with higher law").must(),
		flag("needed", "必要性：仍有必要", "necessary: still needed").must(),
		flag("effective", "实效性：实施效果良好", "effective: it works well").must(),
		flag("coordinated", "协调性：与其他文件不冲突", "coordinated: in no conflict with other documents").must(),
		reason(), attached(),
	}
}

// evaluateDocuments concludes documents of one unit for which the same holds.
func evaluateDocuments() ActSpec {
	return ActSpec{
		Verb: "evaluate", Title: title("评估文件并提出结论", "evaluate documents"),
		Fields: append([]Field{text("unit", "审查单位", "unit that reviews").must()},
			conclusionFields("结论和理由相同的文件")...),
		Gives: inventoryFacts(), Derive: documentsConcluded,
		Check: func(a *Acting) *casefile.Refusal {
			i := a.inventory()
			if refusal := namesDocuments("documents", a.Texts("documents"), i.scope, "以下文件不在清理范围内：", "not in the inventory"); refusal != nil {
				return refusal
			}
			items, _, _ := found(a.Texts("documents"), i.scope)
			unit := documentLine(a.Text("unit"))
			others := kept(items, func(document string) bool { return reviewerOf(i.units, document) != unit })
			if refusal := mistaken("documents", others, "以下文件不由该单位审查，须改由其他单位审查的先登记：",
				"another unit reviews these; assign them first"); refusal != nil {
				return refusal
			}
			done := kept(items, func(document string) bool { return i.conclusion(document) != "" })
			if refusal := mistaken("documents", done, "以下文件已有结论，须改变的用“更正结论”：",
				"these have a conclusion; correct it where it is wrong"); refusal != nil {
				return refusal
			}
			return soundConclusion(a)
		},
	}
}

// correctConclusion changes what was concluded, with the reason.
func correctConclusion() ActSpec {
	return ActSpec{
		Verb: "correct", Title: title("更正结论", "correct a conclusion"), Fields: conclusionFields("更正的文件"),
		Gives: inventoryFacts(), Derive: documentsConcluded,
		Check: func(a *Acting) *casefile.Refusal {
			i := a.inventory()
			if refusal := namesDocuments("documents", a.Texts("documents"), i.concluded(), "以下文件还没有结论，或者不在清理范围内：",
				"without a conclusion, or not in the inventory"); refusal != nil {
				return refusal
			}
			items, _, _ := found(a.Texts("documents"), i.scope)
			same := kept(items, func(document string) bool { return i.conclusion(document) == a.Text("conclusion") })
			if refusal := mistaken("documents", same, "以下文件的结论已经如此：", "this is their conclusion already"); refusal != nil {
				return refusal
			}
			return soundConclusion(a)
		},
	}
}

func documentsConcluded(a *Acting) casefile.Values {
	i := a.inventory()
	items, _, _ := found(a.Texts("documents"), i.scope)
	i.conclude(a.Text("conclusion"), items...)
	return i.facts(a)
}

// soundConclusion refuses to keep what the evaluation itself finds wanting.
func soundConclusion(a *Acting) *casefile.Refusal {
	if a.Text("conclusion") == "keep" && (!a.Bool("lawful") || !a.Bool("needed") || !a.Bool("coordinated")) {
		return badValue("conclusion", "与上位法不一致、没有必要或者与其他文件冲突的，不能继续有效。",
			"what conflicts with higher law or other documents, or is not needed, is not kept as it is")
	}
	return nil
}

// cleanupLegality (清理结果合法性审核): the results are put together and checked; what
// the reviewer does not agree with is reviewed again.
func cleanupLegality() StepType {
	return StepType{
		ID:       CleanupLegality,
		Title:    title("清理结果合法性审核", "check of the results"),
		Outcomes: []string{"agree", "differ"},
		Acts: []ActSpec{
			{
				Verb: "file_results", Title: title("提交清理结果送审稿", "file the results"), FilesDraft: true,
				Fields: []Field{
					paper("draft", "清理结果送审稿（摘要值）", "the results (digest)").must(), text("title", "标题", "title").must(),
					flag("non_disclosable_by_law", "依法不予公开", "lawfully not disclosed").must().is("non_disclosable_by_law"), attached(),
				},
			},
			{
				Verb: "opinion", Title: title("提出审核意见", "give the opinion"), Opinion: true, OutcomeBy: "conclusion",
				Fields: []Field{
					currentDraft(), text("conclusion", "审核意见", "opinion").must().of("agree", "differ"),
					documentLines("documents", "不同意其结论的文件", "documents on which it differs"),
					text("text", "意见内容", "what it says").must(), attached(),
				},
				Gives: inventoryFacts(),
				Derive: func(a *Acting) casefile.Values {
					i := a.inventory()
					items, _, _ := found(a.Texts("documents"), i.scope)
					i.conclude("", items...)
					return i.facts(a)
				},
				Check: soundOpinion,
			},
		},
	}
}

func soundOpinion(a *Acting) *casefile.Refusal {
	if (a.Text("conclusion") == "differ") != (len(a.Texts("documents")) > 0) {
		return badValue("documents", "不同意的须逐件列明文件，同意的不列。", "an opinion that differs names the documents, one that agrees names none")
	}
	if refusal := resultsStand(a); refusal != nil {
		return refusal
	}
	return namesDocuments("documents", a.Texts("documents"), a.inventory().concluded(), "以下文件没有结论：", "without a conclusion")
}

// resultsStand refuses an opinion on results that were put together before a
// conclusion changed.
func resultsStand(a *Acting) *casefile.Refusal {
	at := slices.IndexFunc(a.Case.Documents, func(d casefile.Document) bool {
		return d.Kind == casefile.KindDraft && string(d.Digest) == a.Text("draft")
	})
	if at < 0 || !slices.ContainsFunc(inventoryFacts(), func(name string) bool {
		return a.Case.Facts[name].Sequence > a.Case.Documents[at].Sequence
	}) {
		return nil
	}
	return notNow("送审稿提交后清理结论有变动，请重新提交送审稿。", "conclusions have changed since the results were filed; file them again")
}
