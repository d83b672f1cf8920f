package procedure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// catalogueYear is the year of a catalogue. Items are facts of their own, see
// [casefile.CatalogueItem.Fact].
const (
	catalogueYear = "catalogue.year"
	itemFacts     = "item.*"
)

// Bounds of a catalogue and of the name of an item.
const (
	MaxCatalogueItems = 300
	maxItemName       = 200
)

// catalogueCall (征集申报): the office asks the units for the matters of the year, and
// each files its own (国务院令第713号 第三条第三款；上海市重大行政决策事项目录管理办法).
func catalogueCall() StepType {
	return StepType{
		ID:       CatalogueCall,
		Title:    title("征集申报", "call for items"),
		Outcomes: []string{"closed"},
		Acts: []ActSpec{
			{
				Verb: "announce", Title: title("发出征集通知", "announce the call"), Bars: []string{"close"},
				Fields: []Field{
					count("year", "目录年度", "year of the catalogue").must(),
					date("deadline", "申报截止日期", "items are filed by").must().is("intake_deadline"),
					texts("units", "通知的单位", "units asked"), attached(),
				},
				Gives:  []string{catalogueYear},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{catalogueYear: a.Int("year")} },
				Check:  soundCall,
			},
			{
				Verb: "file_item", Title: title("申报事项", "file an item"), Needs: []string{"announce"}, Bars: []string{"close"},
				Fields: append(append([]Field{text("name", "事项名称", "name of the matter").must()}, entryFields()...), attached()),
				Gives:  []string{itemFacts, "items_proposed", "filed_on"},
				Derive: fileItem, Check: newItem,
			},
			{
				Verb: "no_items", Title: title("登记零申报", "record that a unit has nothing to file"), Needs: []string{"announce"}, Bars: []string{"close"},
				Fields: []Field{text("unit", "单位", "unit").must(), attached()},
				Gives:  []string{"filed_on"},
				Derive: func(a *Acting) casefile.Values { return casefile.Values{"filed_on": a.Today.String()} },
			},
			{
				Verb: "withdraw_item", Title: title("撤回申报", "take an item back"), Needs: []string{"file_item"}, Bars: []string{"close"},
				Fields: []Field{itemField(), reason()},
				Gives:  []string{itemFacts, "items_proposed"},
				Derive: func(a *Acting) casefile.Values {
					item, _ := itemNamed(a)
					item.Screened, item.Reason = "withdrawn", a.Text("reason")
					return casefile.Values{item.Fact(): item.Lines(), "items_proposed": without(a.factTexts("items_proposed"), item.Name)}
				},
				Check: namesItem,
			},
			{
				Verb: "close", Title: title("申报截止", "close the call"), Needs: []string{"announce"}, Outcome: "closed",
				Check: func(a *Acting) *casefile.Refusal {
					if len(a.factTexts("items_proposed")) == 0 {
						return notNow("没有申报的事项，不能开始筛选；本年度不编制目录的，终止本案。",
							"no item was filed, there is nothing to screen; if there is to be no catalogue, terminate the case")
					}
					return nil
				},
			},
		},
	}
}

func soundCall(a *Acting) *casefile.Refusal {
	if y := a.Int("year"); y < int64(a.Today.Year())-1 || y > int64(a.Today.Year())+1 {
		return badValue("year", fmt.Sprintf("目录年度须为%d至%d。", a.Today.Year()-1, a.Today.Year()+1),
			fmt.Sprintf("the year of the catalogue lies between %d and %d", a.Today.Year()-1, a.Today.Year()+1))
	}
	if a.Date("deadline").Before(a.Today) {
		return badValue("deadline", "申报截止日期早于今天。", "the day by which items are filed lies before today")
	}
	return nil
}

// entryFields are what an entry states beside the name of the matter.
func entryFields() []Field {
	return []Field{
		text("category", "类别", "category").of("policy", "plan", "resource", "public-project", "other"),
		text("unit", "承办单位", "unit in charge"), text("basis", "依据", "basis"),
		texts("steps", "须履行的程序", "steps required"),
		date("planned_on", "计划完成时间", "planned date"), text("timing", "计划完成时间（原文表述）", "planned date, in the words of the catalogue"),
	}
}

// itemField names an item of the catalogue.
func itemField() Field { return text("item", "目录事项（名称）", "item (its name)").must() }

// stated gives the entry with what the payload says of it.
func stated(e casefile.CatalogueEntry, a *Acting) casefile.CatalogueEntry {
	e.Steps = slices.Clone(e.Steps)
	say := func(name string, to *string) {
		if a.Has(name) {
			*to = a.Text(name)
		}
	}
	say("category", &e.Category)
	say("unit", &e.Unit)
	say("basis", &e.Basis)
	say("timing", &e.Timing)
	if len(a.Texts("steps")) > 0 {
		e.Steps = a.Texts("steps")
	}
	if a.Has("planned_on") {
		e.PlannedOn = a.Date("planned_on")
		if !a.Has("timing") {
			e.Timing = "" // it spoke of the date before
		}
	}
	return e
}

// saysSomething reports whether the payload states anything of an entry.
func saysSomething(a *Acting) bool {
	return len(a.Texts("steps")) > 0 || slices.ContainsFunc([]string{"name", "category", "unit", "basis", "planned_on", "timing"}, a.Has)
}

func fileItem(a *Acting) casefile.Values {
	item := casefile.CatalogueItem{
		No:             len(a.Case.Catalogue()) + 1,
		CatalogueEntry: stated(casefile.CatalogueEntry{Name: a.Text("name")}, a),
	}
	return casefile.Values{
		item.Fact(): item.Lines(), "items_proposed": with(a.factTexts("items_proposed"), item.Name), "filed_on": a.Today.String(),
	}
}

// newItem refuses what stands in the list already, and more than a list takes.
func newItem(a *Acting) *casefile.Refusal {
	name := a.Text("name")
	if refusal := soundName("name", name); refusal != nil {
		return refusal
	}
	if _, there := itemOf(a.Case, name); there {
		return badValue("name", "该事项已经申报；须修改的，先撤回或者在筛选环节更正。", "this item is there already; take it back, or correct it when it is screened")
	}
	if len(a.Case.Catalogue()) >= MaxCatalogueItems {
		return notNow(fmt.Sprintf("目录最多%d项。", MaxCatalogueItems), fmt.Sprintf("a catalogue has at most %d items", MaxCatalogueItems))
	}
	return nil
}

func soundName(field, name string) *casefile.Refusal {
	switch {
	case len([]rune(name)) > maxItemName:
		return badValue(field, fmt.Sprintf("事项名称超过%d字。", maxItemName), fmt.Sprintf("the name is longer than %d characters", maxItemName))
	case strings.TrimSpace(name) != name || strings.ContainsAny(name, "\r\n\t"):
		return badValue(field, "事项名称前后不得有空格，中间不得换行。", "the name neither begins nor ends with a space, and has one line")
	}
	return nil
}

// itemOf gives the item with the name; ok is false when there is none, or it was
// taken back.
func itemOf(c *casefile.Case, name string) (casefile.CatalogueItem, bool) {
	items := c.Catalogue()
	at := slices.IndexFunc(items, func(i casefile.CatalogueItem) bool { return i.Name == name && i.Screened != "withdrawn" })
	if at < 0 {
		return casefile.CatalogueItem{}, false
	}
	return items[at], true
}

func itemNamed(a *Acting) (casefile.CatalogueItem, bool) { return itemOf(a.Case, a.Text("item")) }

func namesItem(a *Acting) *casefile.Refusal {
	if _, ok := itemNamed(a); !ok {
		return badValue("item", "没有申报过该事项；请按申报的名称填写。", "there is no item of this name; give the name under which it was filed")
	}
	return nil
}

func namesListed(a *Acting) *casefile.Refusal {
	if item, ok := itemNamed(a); !ok || !item.Listed() {
		return badValue("item", "该事项没有列入目录；请按目录的名称填写。", "the catalogue has no item of this name; give the name as it stands in the catalogue")
	}
	return nil
}

// itemsWith gives the items with one changed, or added.
func itemsWith(c *casefile.Case, changed casefile.CatalogueItem) []casefile.CatalogueItem {
	items := c.Catalogue()
	if changed.No > len(items) {
		return append(items, changed)
	}
	items[changed.No-1] = changed
	return items
}

// listing gives the facts of the rules about what is listed: its names, and what
// every entry of it states.
func listing(items []casefile.CatalogueItem) casefile.Values {
	listed := []string{}
	fields := []string{"name", "category", "unit", "basis", "steps", "planned-date"}
	for _, i := range items {
		if !i.Listed() {
			continue
		}
		listed = append(listed, i.Name)
		fields = slices.DeleteFunc(fields, func(field string) bool { return !states(i.CatalogueEntry, field) })
	}
	if len(listed) == 0 {
		fields = []string{}
	}
	return casefile.Values{"listed_items": listed, "entry_fields": fields}
}

func states(e casefile.CatalogueEntry, field string) bool {
	switch field {
	case "category":
		return e.Category != ""
	case "unit":
		return e.Unit != ""
	case "basis":
		return e.Basis != ""
	case "steps":
		return len(e.Steps) > 0
	case "planned-date":
		return !e.PlannedOn.IsZero()
	}
	return e.Name != ""
}
