package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// catalogueScreening (筛选): item by item it is settled what enters the draft
// catalogue, and the list is looked at for its legality.
func catalogueScreening() StepType {
	return StepType{
		ID:       CatalogueScreening,
		Title:    title("筛选和拟订目录", "screening and draft catalogue"),
		Outcomes: []string{"screened", "to-call"},
		Acts: []ActSpec{
			screenItem(),
			correctItem(),
			{
				Verb: "legality_note", Title: title("提出合法性意见", "give the legality opinion on the list"),
				Fields: []Field{text("text", "意见", "opinion").must(), attached()},
			},
			{
				Verb: "file_draft", Title: title("提交目录草案", "file the draft catalogue"), Needs: []string{"legality_note"}, FilesDraft: true,
				Fields: []Field{
					paper("draft", "目录草案（摘要值）", "the draft catalogue (digest)").must(), text("title", "标题", "title").must(),
				},
				Sets:  casefile.Values{"decided_on": "", "party_consent_on": ""},
				Check: allScreened,
			},
			{Verb: "conclude", Title: title("筛选完成", "conclude the screening"), Needs: []string{"file_draft"}, Outcome: "screened", Check: allScreened},
			{Verb: "return", Title: title("退回重新征集", "go back to the call"), Outcome: "to-call", Fields: []Field{reason()}},
		},
	}
}

// screenItem says what becomes of an item.
func screenItem() ActSpec {
	return ActSpec{
		Verb: "screen", Title: title("筛选事项", "screen an item"),
		Fields: []Field{
			itemField(), text("result", "筛选意见", "result").must().of("enter", "leave-out", "merge-into", "ask"),
			text("into", "并入的事项（名称）", "the item that it goes into"), text("reason", "理由", "reason"),
		},
		Gives: []string{itemFacts, "listed_items", "entry_fields"},
		Derive: func(a *Acting) casefile.Values {
			item, _ := itemNamed(a)
			item.Screened, item.Into, item.Reason = a.Text("result"), a.Text("into"), a.Text("reason")
			return itemChanged(a.Case, item)
		},
		Check: soundScreening,
	}
}

// itemChanged gives the facts that an item leaves that has changed.
func itemChanged(c *casefile.Case, item casefile.CatalogueItem) casefile.Values {
	out := listing(itemsWith(c, item))
	out[item.Fact()] = item.Lines()
	return out
}

func soundScreening(a *Acting) *casefile.Refusal {
	if refusal := namesItem(a); refusal != nil {
		return refusal
	}
	result, into := a.Text("result"), a.Text("into")
	switch {
	case result != "enter" && !a.Has("reason"):
		return missing("reason", "不列入、并入或者要求补充的，须说明理由。", "what does not enter the catalogue as it is has a reason")
	case (result == "merge-into") != a.Has("into"):
		return badValue("into", "并入其他事项的须写明并入的事项，其他情形不写。", "an item that is merged names the one that it goes into, another does not")
	}
	if result == "merge-into" {
		if target, ok := itemOf(a.Case, into); !ok || into == a.Text("item") || target.Screened == "merge-into" {
			return badValue("into", "并入的事项不存在，或者就是本事项，或者也已并入他项。", "there is no such item, or it is this one, or was merged itself")
		}
	}
	return nil
}

// correctItem changes what an entry says.
func correctItem() ActSpec {
	return ActSpec{
		Verb: "correct_item", Title: title("更正、补充条目内容", "correct or complete an entry"),
		Fields: append(append([]Field{itemField(), text("name", "新的事项名称", "new name")}, entryFields()...), reason(), attached()),
		Gives:  []string{itemFacts, "listed_items", "entry_fields", "items_proposed"},
		Derive: func(a *Acting) casefile.Values {
			item, _ := itemNamed(a)
			before := item.Name
			if a.Has("name") {
				item.Name = a.Text("name")
			}
			item.CatalogueEntry = stated(item.CatalogueEntry, a)
			out := itemChanged(a.Case, item)
			proposed := a.factTexts("items_proposed")
			if at := slices.Index(proposed, before); at >= 0 {
				proposed[at] = item.Name
			}
			out["items_proposed"] = with(nil, proposed...)
			return out
		},
		Check: soundCorrection,
	}
}

func soundCorrection(a *Acting) *casefile.Refusal {
	if refusal := namesItem(a); refusal != nil {
		return refusal
	}
	if !saysSomething(a) {
		return missing("", "没有写明更正的内容。", "nothing is said that would change")
	}
	if !a.Has("name") {
		return nil
	}
	if _, there := itemOf(a.Case, a.Text("name")); there {
		return badValue("name", "已有同名事项。", "there is an item of this name already")
	}
	return soundName("name", a.Text("name"))
}

// allScreened keeps the list in the step until something is said of every item.
func allScreened(a *Acting) *casefile.Refusal {
	for _, i := range a.Case.Catalogue() {
		switch i.Screened {
		case "":
			return notNow("“"+i.Name+"”尚未筛选。", "not screened yet: "+i.Name)
		case "ask":
			return notNow("“"+i.Name+"”要求补充，尚未作出筛选意见。", "still to be completed and screened: "+i.Name)
		case "merge-into":
			if target, ok := itemOf(a.Case, i.Into); !ok || !target.Listed() {
				return notNow("“"+i.Name+"”并入的事项没有列入目录。", "what this item was merged into is not listed: "+i.Name)
			}
		}
	}
	if len(a.factTexts("listed_items")) == 0 {
		return notNow("没有列入目录的事项。", "no item enters the catalogue")
	}
	return nil
}

// catalogueConsent (党委同意): the Party committee at the same level agrees before
// anything is published (国务院令第713号 第三条第三款).
func catalogueConsent() StepType {
	screen, correct := screenItem(), correctItem()
	screen.Check = asAmended(screen.Check)
	correct.Check = asAmended(correct.Check)
	return StepType{
		ID:       CatalogueConsent,
		Title:    title("同级党委同意", "consent of the Party committee"),
		Outcomes: []string{"consented", "to-screening"},
		Acts: []ActSpec{
			screen,
			correct,
			{
				Verb: "consent", Title: title("登记同级党委同意", "record the consent"), Outcome: "consented",
				Fields: []Field{
					date("on", "同意日期", "consented on").must().past().is("party_consent_on"),
					text("committee", "党委（党工委）", "committee").must(), text("reference", "文号或者会议纪要", "reference"), attached(),
				},
				Check: consentAfterDecision,
			},
			{
				Verb: "return", Title: title("党委退回", "returned by the committee"), Outcome: "to-screening",
				Fields: []Field{reason(), attached()},
				Sets:   casefile.Values{"decided_on": ""},
			},
		},
	}
}

// asAmended lets the list be changed after the meeting only where the meeting has
// decided on changes.
func asAmended(check func(a *Acting) *casefile.Refusal) func(a *Acting) *casefile.Refusal {
	return func(a *Acting) *casefile.Refusal {
		if a.factText("chief_decision") != "amend" {
			return notNow("会议没有决定修改目录，条目不得再变；须变更的，退回筛选。",
				"the meeting decided on no amendment, so the entries stay; if they have to change, go back to the screening")
		}
		return check(a)
	}
}

func consentAfterDecision(a *Acting) *casefile.Refusal {
	if a.Date("on").Before(a.factDate("decided_on")) {
		return badValue("on", "同意日期早于会议确定目录的日期。", "the consent lies before the meeting that decided the catalogue")
	}
	return allScreened(a)
}
