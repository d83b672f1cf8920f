package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// cataloguePublication (目录公布): as a decision is published, and the items with it
// (国务院令第713号 第三条第三款；政府信息公开条例 第十七条、第二十六条).
func cataloguePublication() StepType {
	t := publication().without([]string{"privacy", "publish_adoption", "interpret"})
	t.ID, t.Title = CataloguePublication, title("目录公布", "publication of the catalogue")
	for i := range t.Acts {
		if t.Acts[i].Verb == "publish" {
			t.Acts[i].Title = title("公布目录", "publish the catalogue")
		}
	}
	return t
}

// catalogueAccount (年终结清): of every listed item it is said what became of it.
func catalogueAccount() StepType {
	return StepType{
		ID:       CatalogueAccount,
		Title:    title("年终结清", "year-end account"),
		Outcomes: []string{"accounted"},
		Acts: []ActSpec{
			{
				Verb: "account", Title: title("说明事项结果", "account for an item"),
				Fields: []Field{
					itemField(), text("result", "结果", "result").must().of("completed", "carried-over", "cancelled"),
					text("reason", "理由", "reason"), attached(),
				},
				Gives: []string{itemFacts, "accounted_items"},
				Derive: func(a *Acting) casefile.Values {
					item, _ := itemNamed(a)
					item.Result, item.Reason = a.Text("result"), a.Text("reason")
					return casefile.Values{item.Fact(): item.Lines(), "accounted_items": with(a.factTexts("accounted_items"), item.Name)}
				},
				Check: soundAccount,
			},
			{
				Verb: "conclude", Title: title("目录结清", "close the account"), Outcome: "accounted",
				Fields: []Field{text("summary", "完成情况说明", "statement of the year"), attached()},
			},
		},
	}
}

func soundAccount(a *Acting) *casefile.Refusal {
	if refusal := namesListed(a); refusal != nil {
		return refusal
	}
	item, _ := itemNamed(a)
	switch result := a.Text("result"); {
	case result == "completed" && item.State != "completed":
		return badValue("result", "跟踪时没有登记该事项完成。", "the item was not recorded as completed while it was tracked")
	case result != "completed" && item.State == "completed":
		return badValue("result", "该事项已经登记完成。", "the item is recorded as completed")
	case result != "completed" && !a.Has("reason"):
		return missing("reason", "结转下年或者撤销的，须说明理由。", "an item that is carried over or cancelled has a reason")
	}
	return nil
}

// cataloguePapers lists what the file of a catalogue contains beside what any file does.
func cataloguePapers(c *casefile.Case) []string {
	fact := func(name string) any { return c.Facts[name].Value }
	var list []string
	add := func(when bool, papers ...string) {
		if when {
			list = append(list, papers...)
		}
	}
	items := c.Catalogue()
	has := func(what func(casefile.CatalogueItem) bool) bool { return slices.ContainsFunc(items, what) }
	add(asInt(fact(catalogueYear)) > 0, "catalogue-call")
	add(len(items) > 0, "catalogue-items")
	add(has(func(i casefile.CatalogueItem) bool { return i.Listed() }), "screening-record")
	add(asText(fact("party_consent_on")) != "", "party-consent")
	add(asText(fact(adjustedOn)) != "", "catalogue-adjustment")
	add(len(asTexts(fact("accounted_items"))) > 0, "year-end-account")
	return list
}
