package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// cleanupNumber keeps the number of the decision on the results.
const cleanupNumber = "cleanup.number"

// cleanupPublication (公布清理结果): the documents that continue, that are repealed and
// that have lapsed, in three lists (国务院关于加强市县政府依法行政的决定).
func cleanupPublication() StepType {
	return StepType{
		ID:       CleanupPublication,
		Title:    title("公布清理结果", "publication of the results"),
		Outcomes: []string{"published", "withheld"},
		Acts: []ActSpec{
			secrecyReview(),
			referred(),
			{
				// The meeting has changed conclusions: what is published and carried out is
				// what it decided.
				Verb: "apply_decision", Title: title("按会议决定更正结论", "change conclusions as the meeting decided"), Bars: []string{"publish"},
				Fields: []Field{
					documentLines("documents", "会议改变结论的文件", "documents whose conclusion was changed").must(),
					text("conclusion", "会议决定的结论", "conclusion decided").must().of(cleanupConclusions...),
				},
				Gives: inventoryFacts(), Derive: documentsConcluded,
				Check: func(a *Acting) *casefile.Refusal {
					if a.factText("chief_decision") != "amend" {
						return notNow("会议没有决定修改清理结果。", "the meeting changed nothing in the results")
					}
					return namesDocuments("documents", a.Texts("documents"), a.factTexts(cleanupScope), "以下文件不在清理范围内：", "not in the inventory")
				},
			},
			publishLists(),
			withhold(),
			{Verb: "conclude", Title: title("公布完成", "conclude publication"), Needs: []string{"publish"}, Outcome: "published"},
		},
	}
}

// publishLists publishes one list or several. The results are published on the day
// on which the last of the three is.
func publishLists() ActSpec {
	return ActSpec{
		Verb: "publish", Title: title("公布清理结果目录", "publish the lists"), Needs: []string{"secrecy_review"},
		Fields: []Field{
			currentDraft(),
			texts("lists", "公布的目录（没有文件的目录写明“无”）", "lists published; one without documents says so").must().
				of("continuing", "repealed", "lapsed").is("published_lists"),
			text("number", "清理决定文号", "number of the decision").must(),
			texts("channels", "公布途径", "channels").must(),
			date("published_on", "公布日期（不填为今天）", "published on; today when left out").past(),
			texts("links", "网址", "addresses"), attached(),
		},
		Sets:  casefile.Values{"lists_published": true},
		Gives: []string{"published_lists", "published_on", cleanupNumber},
		Derive: func(a *Acting) casefile.Values {
			lists := with(a.factTexts("published_lists"), a.Texts("lists")...)
			out := casefile.Values{"published_lists": lists, cleanupNumber: a.Text("number")}
			if len(lists) == len(allLists) && a.factDate("published_on").IsZero() {
				out["published_on"] = publishedOn(a).String()
			}
			return out
		},
		Check: func(a *Acting) *casefile.Refusal {
			switch {
			case a.factText("chief_decision") == "amend" && !a.done("apply_decision"):
				return notNow("会议决定修改后通过，请先按会议决定更正结论。", "the meeting changed conclusions; record that first")
			case publishedOn(a).Before(a.factDate("decided_on")):
				return badValue("published_on", "公布日期早于集体讨论决定日期。", "published before it was decided")
			}
			return nil
		},
	}
}

// allLists are the lists that make up the results.
var allLists = []string{"continuing", "repealed", "lapsed"}

func publishedOn(a *Acting) legaltime.Date {
	if on := a.Date("published_on"); !on.IsZero() {
		return on
	}
	return a.Today
}

// cleanupFollowup (落实清理结论): what the decision itself repeals or declares lapsed,
// the cases in which documents are amended, and what is put into a plan. A notice of
// clean-up rewrites no document.
func cleanupFollowup() StepType {
	return StepType{
		ID:       CleanupFollowup,
		Title:    title("落实清理结论", "carrying the conclusions out"),
		Outcomes: []string{"closed"},
		Acts: []ActSpec{
			{
				Verb: "declare", Title: title("登记决定废止、宣布失效的文件", "record what the decision repeals or declares lapsed"),
				Fields: []Field{documentLines("documents", "文件；不填为结论为废止、失效而尚未落实的全部文件",
					"documents; when left out, all to be repealed or lapsed that are not provided for")},
				Gives: []string{cleanupProvided, cleanupUnprovided, cleanupDeclared},
				Derive: func(a *Acting) casefile.Values {
					items, _ := declaredIn(a)
					out := provided(a, items...)
					out[cleanupDeclared] = items
					return out
				},
				Check: func(a *Acting) *casefile.Refusal {
					items, refusal := declaredIn(a)
					if refusal == nil && len(items) == 0 {
						return notNow("没有尚未落实的废止、失效文件。", "nothing is left to repeal or declare lapsed")
					}
					return refusal
				},
				Registers: declaredChanges,
			},
			carryOut(),
			{
				Verb: "schedule", Title: title("列入计划", "put into a plan"),
				Fields: []Field{
					text("which", "文件（文号或者全称）", "document (number or line)").must(),
					date("by", "计划完成日期", "to be done by").must(), reason(), attached(),
				},
				Gives: []string{cleanupProvided, cleanupUnprovided, cleanupScheduled},
				Derive: func(a *Acting) casefile.Values {
					items, _, _ := found([]string{a.Text("which")}, a.inventory().scope)
					out := provided(a, items...)
					out[cleanupScheduled] = with(a.factTexts(cleanupScheduled), a.Text("by")+"："+items[0])
					return out
				},
				Check: func(a *Acting) *casefile.Refusal {
					if !a.Date("by").After(a.Today) {
						return badValue("by", "计划完成日期须在今天之后。", "the day must lie ahead")
					}
					return namesDocuments("which", []string{a.Text("which")}, a.inventory().unprovided(),
						"该文件没有待落实的结论：", "nothing is left to be carried out for this document")
				},
			},
			{
				Verb: "close", Title: title("清理结束", "close the campaign"), Outcome: "closed",
				Gives:  []string{"cleanup_closed_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"cleanup_closed_on": a.Today.String()} },
			},
		},
	}
}

const (
	cleanupDeclared  = "cleanup.declared"  // in the last act of declaring
	cleanupScheduled = "cleanup.scheduled" // "<day>：<document>"
)

// declaredIn gives the documents that the decision itself does away with.
func declaredIn(a *Acting) ([]string, *casefile.Refusal) {
	i := a.inventory()
	may := kept(i.unprovided(), func(document string) bool { return i.conclusion(document) != "amend" })
	if len(a.Texts("documents")) == 0 {
		return may, nil
	}
	items, _, _ := found(a.Texts("documents"), may)
	return items, namesDocuments("documents", a.Texts("documents"), may, "以下文件的结论不是废止、失效，或者已经落实：",
		"not to be repealed or lapsed, or provided for already")
}

// declaredChanges takes the declared documents out of the register from the day on
// which the decision was published; where it is withheld, from the day of the decision.
func declaredChanges(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
	fact := func(name string) any { return c.Facts[name].Value }
	on := asDate(fact("published_on"))
	if on.IsZero() {
		on = asDate(fact("decided_on"))
	}
	repealed := asTexts(fact("to_repeal"))
	var out []casefile.DocumentChange
	for _, document := range asTexts(e.Facts[cleanupDeclared]) {
		change := casefile.DocumentLapsed
		if slices.Contains(repealed, document) {
			change = casefile.DocumentRepealed
		}
		out = append(out, casefile.DocumentChange{Document: documentNumber(document), Change: change, On: on, By: asText(fact(cleanupNumber))})
	}
	return out
}

// provided gives the facts once documents are provided for.
func provided(a *Acting, documents ...string) casefile.Values {
	i := a.inventory()
	i.provided = with(i.provided, documents...)
	return casefile.Values{cleanupProvided: i.provided, cleanupUnprovided: i.unprovided()}
}

// carryOut records the case in which a document was amended or repealed, or the
// document by which that was done elsewhere.
func carryOut() ActSpec {
	return ActSpec{
		Verb: "carry_out", Title: title("登记落实情况", "record what was carried out"),
		Fields: []Field{
			text("which", "文件（文号或者全称）", "document (number or line)").must(),
			other("making_case", "修改、废止该文件的制定案件", "case in which it was amended or repealed").under("cn.normative-document").following().closed(),
			text("by_document", "另行修改、废止该文件的文件文号", "number of the document that did it otherwise"),
			text("text", "落实情况", "what was done").must(), attached(),
		},
		Gives: []string{cleanupProvided, cleanupUnprovided, "conclusion", "making_case_id"},
		Derive: func(a *Acting) casefile.Values {
			i := a.inventory()
			items, _, _ := found([]string{a.Text("which")}, i.scope)
			out := provided(a, items...)
			out["conclusion"], out["making_case_id"] = i.conclusion(items[0]), a.Text("making_case")
			return out
		},
		Check: carriedOutElsewhere,
		Registers: func(c *casefile.Case, e casefile.Entry) []casefile.DocumentChange {
			by := asText(e.Act.With["by_document"])
			changes := map[string]casefile.ChangeKind{"amend": casefile.DocumentAmended, "repeal": casefile.DocumentRepealed, "lapsed": casefile.DocumentLapsed}
			items, _, _ := found([]string{asText(e.Act.With["which"])}, asTexts(c.Facts[cleanupScope].Value))
			if by == "" || len(items) == 0 { // a making case registers itself what it changes
				return nil
			}
			return []casefile.DocumentChange{{Document: documentNumber(items[0]), Change: changes[asText(e.Facts["conclusion"])], On: e.On, By: by}}
		},
	}
}

// carriedOutElsewhere refuses to call a document amended when nothing is named that
// amended it, or nothing but the decision on the clean-up.
func carriedOutElsewhere(a *Acting) *casefile.Refusal {
	i, line := a.inventory(), []string{a.Text("which")}
	toDo := kept(i.scope, func(document string) bool { c := i.conclusion(document); return c != "" && c != "keep" })
	if refusal := namesDocuments("which", line, toDo, "该文件不在范围内，或者结论为继续有效：", "not in the inventory, or kept as it is"); refusal != nil {
		return refusal
	}
	items, _, _ := found(line, toDo)
	switch amend := i.conclusion(items[0]) == "amend"; {
	case amend && !a.Has("making_case") && !a.Has("by_document"):
		return missing("making_case", "清理决定不能改写文件内容：写明修改该文件的制定案件或者文件；尚未修改的，列入计划。",
			"the decision on a clean-up rewrites no document: name the case or the document that amended it, or put it into a plan")
	case amend && documentLine(a.Text("by_document")) == a.factText(cleanupNumber):
		return badValue("by_document", "这是清理决定本身的文号；清理决定不能改写文件内容。", "this is the decision on the clean-up itself, which rewrites no document")
	}
	return nil
}
