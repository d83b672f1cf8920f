package procedure

import (
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// cleanupTrigger (清理启动): why the documents are cleaned up, and which of them are
// waiting for it (立法法 第一百一十六条).
func cleanupTrigger() StepType {
	return StepType{
		ID:       CleanupTrigger,
		Title:    title("清理启动", "what starts the clean-up"),
		Outcomes: []string{"planned"},
		Acts: []ActSpec{
			{
				Verb: "register", Title: title("登记清理起因", "record what starts the clean-up"),
				Fields: []Field{
					text("trigger", "清理的起因", "what starts it").must().
						of("superior-notice", "law-change", "expiry", "court-or-reconsideration", "cycle", "other").is("trigger"),
					text("source", "通知、法律变动或者裁判的名称和文号", "the notice, change in the law or judgment").must(),
					flag("higher_law_changed", "上位法已修改或者废止", "higher law was amended or repealed").must().is("higher_law_changed"),
					date("last_cleanup_on", "上一次清理结束日期", "last campaign closed on").past().is("last_cleanup_on"),
					flag("first", "此前没有清理过", "there was no campaign before"), attached(),
				},
				Gives: []string{"last_cleanup_on"},
				Derive: func(a *Acting) casefile.Values {
					if a.Bool("first") {
						return casefile.Values{"last_cleanup_on": ""}
					}
					return nil
				},
				Check: func(a *Acting) *casefile.Refusal {
					if a.Bool("first") == a.Has("last_cleanup_on") {
						return badValue("last_cleanup_on", "填写上一次清理结束的日期；此前没有清理过的，只选“此前没有清理过”。",
							"say when the last campaign was closed, or only that there was none")
					}
					return nil
				},
			},
			{
				Verb: "queue", Title: title("列出待清理的文件", "list the documents that are waiting"), Needs: []string{"register"},
				Fields: []Field{
					documentLines("documents", "受影响、应当清理的文件", "documents concerned").must().is("queued_documents"),
					text("grounds", "没有待清理文件的理由", "why there are none"), attached(),
				},
				Sets:  casefile.Values{"queued_for_cleanup": true},
				Gives: []string{"queued_documents"},
				Derive: func(a *Acting) casefile.Values {
					items, _ := taken(a.Texts("documents"), nil)
					return casefile.Values{"queued_documents": with(items)}
				},
				Check: func(a *Acting) *casefile.Refusal {
					if len(a.Texts("documents")) == 0 && a.factBool("higher_law_changed") && !a.Has("grounds") {
						return missing("grounds", "上位法已变动而没有待清理文件的，须写明查找情况和理由。",
							"higher law has changed: say how you looked and why no document is concerned")
					}
					_, twice := taken(a.Texts("documents"), nil)
					return mistaken("documents", twice, "以下文件重复填写，请各保留一行：", "named twice, leave one line of each")
				},
			},
			{Verb: "conclude", Title: title("开始制定方案", "go on to the plan"), Needs: []string{"register", "queue"}, Outcome: "planned"},
		},
	}
}

// cleanupPlan (清理方案): scope, content and time limit of the campaign
// (上海市人民代表大会常务委员会规范性文件备案审查条例 第二十三条).
func cleanupPlan() StepType {
	return StepType{
		ID:       CleanupPlan,
		Title:    title("清理方案", "plan of the clean-up"),
		Outcomes: []string{"launched"},
		Acts: []ActSpec{
			{
				Verb: "file", Title: title("提交清理方案", "file the plan"),
				Fields: []Field{
					texts("has", "方案写明的内容", "what the plan states").must().
						of("scope", "content", "deadline", "division", "method", "publication").is("plan_has"),
					text("text", "方案要点", "what the plan says").must(),
					date("deadline", "逐件审查的截止日期", "documents are reviewed by").is("plan_deadline"), attached(),
				},
				Check: func(a *Acting) *casefile.Refusal {
					stated := false
					for _, part := range a.Texts("has") {
						stated = stated || part == "deadline"
					}
					switch on := a.Date("deadline"); {
					case stated != a.Has("deadline"):
						return badValue("deadline", "方案写明时限的，填写截止日期；没有写明的，不填。", "give the day exactly when the plan states a time limit")
					case stated && !on.After(a.Today):
						return badValue("deadline", "截止日期须在今天之后。", "the day must lie ahead")
					}
					return nil
				},
			},
			{Verb: "conclude", Title: title("实施方案", "carry the plan out"), Needs: []string{"file"}, Outcome: "launched"},
		},
	}
}

// cleanupInventory (清理范围): which documents are in force, each with the unit that
// drafted it. What was listed by mistake is struck off before the list is frozen.
func cleanupInventory() StepType {
	return StepType{
		ID:       CleanupInventory,
		Title:    title("确定清理范围", "inventory of documents"),
		Outcomes: []string{"frozen"},
		Acts: []ActSpec{
			{
				Verb: "list", Title: title("登记一个起草单位的文件", "list the documents of a drafting unit"),
				Fields: []Field{
					text("unit", "起草单位（谁起草、谁清理）", "drafting unit; it reviews what it drafted").must(),
					documentLines("documents", "现行有效的文件", "documents in force").must(), attached(),
				},
				Gives: inventoryFacts(), Derive: inventoryExtended, Check: newInInventory,
			},
			strikeDocuments(),
			{Verb: "freeze", Title: title("确定范围", "freeze the inventory"), Needs: []string{"list"}, Outcome: "frozen"},
		},
	}
}

func inventoryExtended(a *Acting) casefile.Values {
	i := a.inventory()
	items, _ := taken(a.Texts("documents"), i.scope)
	i.add(documentLine(a.Text("unit")), items...)
	return i.facts(a)
}

func newInInventory(a *Acting) *casefile.Refusal {
	if strings.Contains(a.Text("unit"), "：") {
		return badValue("unit", "单位名称不能含有冒号。", "the name of a unit has no colon")
	}
	_, twice := taken(a.Texts("documents"), a.factTexts(cleanupScope))
	return mistaken("documents", twice, "以下文件重复填写或者已经在清理范围内：", "named twice, or in the inventory already")
}

// strikeDocuments takes out of the scope what does not belong there.
func strikeDocuments() ActSpec {
	return ActSpec{
		Verb: "strike", Title: title("移出清理范围", "strike documents off"),
		Fields: []Field{documentLines("documents", "移出的文件", "documents struck off").must(), reason(), attached()},
		Gives:  inventoryFacts("struck_off"),
		Derive: func(a *Acting) casefile.Values {
			i := a.inventory()
			items, _, _ := found(a.Texts("documents"), i.scope)
			i.strike(items...)
			out := i.facts(a)
			out["struck_off"] = with(a.factTexts("struck_off"), items...)
			return out
		},
		Check: func(a *Acting) *casefile.Refusal {
			return namesDocuments("documents", a.Texts("documents"), a.factTexts(cleanupScope), "以下文件不在清理范围内：", "not in the inventory")
		},
	}
}
