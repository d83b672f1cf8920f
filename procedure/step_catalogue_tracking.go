package procedure

import (
	"slices"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Facts that the tracking of a catalogue keeps for itself.
const (
	adjustmentOpen = "catalogue.adjustment_open"
	adjustedOn     = "catalogue.adjusted_on"
)

// plannedDate is the planned date of the item that is due first, watched as a period.
const plannedDate = "planned"

// catalogueTracking (跟踪、调整): where the items stand during the year, and every
// change of the catalogue with the consent and the publication that the catalogue
// itself needed (国务院令第713号 第三条第三款).
func catalogueTracking() StepType {
	acts := []ActSpec{
		{
			Verb: "status", Title: title("登记进展", "record where an item stands"),
			Fields: []Field{
				itemField(), text("state", "进展", "state").must().of("not-started", "under-way", "completed"), text("note", "说明", "note"), attached(),
			},
			Gives: []string{itemFacts, "planned_on", "completed", "adjusted"},
			Derive: func(a *Acting) casefile.Values {
				item, _ := itemNamed(a)
				item.State = a.Text("state")
				out := progress(itemsWith(a.Case, item))
				out[item.Fact()] = item.Lines()
				return out
			},
			Check: namesListed, Watches: watchPlanned,
		},
	}
	acts = append(acts, adjustmentActs()...)
	return StepType{
		ID:       CatalogueTracking,
		Title:    title("跟踪和调整", "tracking and adjustment"),
		Outcomes: []string{"year-end"},
		Acts: append(acts, checkUse(), ActSpec{
			Verb: "year_end", Title: title("转入年终结清", "go on to the year-end account"), Outcome: "year-end", Drops: []string{plannedDate},
			Check: func(a *Acting) *casefile.Refusal {
				if a.factBool(adjustmentOpen) {
					return notNow("目录调整尚未办结。", "an adjustment of the catalogue is not concluded")
				}
				return nil
			},
		}),
	}
}

// progress gives the facts of the rules about the item that is due first.
func progress(items []casefile.CatalogueItem) casefile.Values {
	var first casefile.CatalogueItem
	open := false
	for _, i := range items {
		open = open || i.Open()
		if i.Open() && !i.PlannedOn.IsZero() && (first.No == 0 || i.PlannedOn.Before(first.PlannedOn)) {
			first = i
		}
	}
	return casefile.Values{"planned_on": dateText(first.PlannedOn), "completed": !open, "adjusted": first.Adjust != ""}
}

func dateText(d legaltime.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// watchPlanned watches the planned date of the item due first, so that a late item is
// noticed although nobody looks.
func watchPlanned(facts casefile.Values) []casefile.Deadline {
	on, state := asDate(facts["planned_on"]), casefile.DeadlineOpen
	if done, _ := facts["completed"].(bool); done {
		state = casefile.DeadlineDropped
	} else if on.IsZero() {
		return nil
	}
	return []casefile.Deadline{{ID: plannedDate, Due: on, State: state, Title: title("最早到期事项的计划完成时间", "planned date of the item due first")}}
}

// adjustmentActs are those by which the catalogue changes in the year. Several items
// can be changed by one adjustment; nothing changes before it is published.
func adjustmentActs() []ActSpec {
	return []ActSpec{
		openAdjustment(),
		{
			Verb: "adjust_consent", Title: title("登记同级党委同意调整", "record the consent to the adjustment"),
			Fields: []Field{
				date("decided_on", "会议讨论决定日期", "decided by the meeting on").must().past(),
				date("on", "同意日期", "consented on").must().past(), text("reference", "文号或者会议纪要", "reference"), attached(),
			},
			Sets:  casefile.Values{"adjust_consent": true},
			Check: consentToAdjustment,
		},
		{
			Verb: "adjust_publish", Title: title("公布调整", "publish the adjustment"),
			Fields: []Field{
				flag("secrecy_reviewed", "已经保密审查", "secrecy was reviewed").must(), texts("channels", "公布途径", "channels").must(),
				texts("links", "网址", "addresses"), attached(),
			},
			Gives:  []string{itemFacts, "adjust_published", adjustedOn, "listed_items", "entry_fields", "planned_on", "completed", "adjusted"},
			Derive: publishAdjustment, Check: publishableAdjustment, Watches: watchPlanned,
		},
		{
			Verb: "adjust_done", Title: title("调整办结", "conclude the adjustment"), Sets: casefile.Values{adjustmentOpen: false},
			Check: func(a *Acting) *casefile.Refusal {
				if !a.factBool(adjustmentOpen) {
					return notNow("没有正在办理的调整。", "no adjustment is under way")
				}
				return nil
			},
		},
		{
			Verb: "adjust_withdraw", Title: title("撤回调整", "give the adjustment up"), Fields: []Field{reason()},
			Sets:  casefile.Values{adjustmentOpen: false, "adjustment": "none", "adjust_consent": false, "adjust_published": false},
			Gives: []string{itemFacts, "planned_on", "completed", "adjusted"}, Derive: giveUpAdjustment,
			Check: func(a *Acting) *casefile.Refusal {
				if !a.factBool(adjustmentOpen) || a.factBool("adjust_published") {
					return notNow("没有可以撤回的调整：没有提出，或者已经公布。", "there is no adjustment to give up: none was proposed, or it is published")
				}
				return nil
			},
		},
	}
}

func openAdjustment() ActSpec {
	return ActSpec{
		Verb: "open_adjustment", Title: title("提出调整", "propose an adjustment"),
		Fields: append(append([]Field{
			text("kind", "调整类型", "kind").must().of("add", "remove", "redate", "amend").is("adjustment"), itemField(),
		}, entryFields()...), reason(), attached()),
		Sets:  casefile.Values{"adjust_consent": false, "adjust_published": false, adjustmentOpen: true},
		Gives: []string{itemFacts, "planned_on", "completed", "adjusted"},
		Derive: func(a *Acting) casefile.Values {
			item, there := itemNamed(a)
			if !there {
				item = casefile.CatalogueItem{No: len(a.Case.Catalogue()) + 1, CatalogueEntry: casefile.CatalogueEntry{Name: a.Text("item")}}
			}
			to := stated(item.CatalogueEntry, a)
			item.Adjust, item.To, item.Reason = a.Text("kind"), &to, a.Text("reason")
			out := progress(itemsWith(a.Case, item))
			out[item.Fact()] = item.Lines()
			return out
		},
		Check: soundAdjustment,
	}
}

func soundAdjustment(a *Acting) *casefile.Refusal {
	item, there := itemNamed(a)
	listed := there && item.Listed()
	switch kind := a.Text("kind"); {
	case a.factBool(adjustmentOpen) && a.factBool("adjust_published"):
		return notNow("上一次调整已经公布，先办结再提出新的调整。", "the last adjustment is published; conclude it before another is proposed")
	case kind == "add" && listed:
		return badValue("item", "该事项已在目录中；修改的选“修改”。", "the item is in the catalogue already; amend it instead")
	case kind == "add" && !there && len(a.Case.Catalogue()) >= MaxCatalogueItems:
		return notNow("目录事项已满。", "the catalogue is full")
	case kind == "add":
		return soundName("item", a.Text("item"))
	case !listed:
		return namesListed(a)
	case kind == "redate" && (!a.Has("planned_on") || a.Date("planned_on") == item.PlannedOn):
		return missing("planned_on", "改期的须写明新的计划完成时间。", "an item that is re-dated has a new planned date")
	case kind == "amend" && !saysSomething(a):
		return missing("", "修改的须写明修改的内容。", "an amendment says what changes")
	case kind == "remove" && saysSomething(a):
		return badValue("kind", "撤销的事项不写新的内容。", "an item that is removed gets no new content")
	}
	return nil
}

func consentToAdjustment(a *Acting) *casefile.Refusal {
	switch {
	case !a.factBool(adjustmentOpen) || a.factBool("adjust_published"):
		return notNow("没有等待同意的调整。", "no adjustment awaits consent")
	case a.Date("on").Before(a.Date("decided_on")):
		return badValue("on", "同意日期早于会议讨论决定日期。", "the consent lies before the meeting")
	}
	return nil
}

func publishableAdjustment(a *Acting) *casefile.Refusal {
	switch {
	case a.factBool("adjust_published") || !slices.ContainsFunc(a.Case.Catalogue(), func(i casefile.CatalogueItem) bool { return i.Adjust != "" }):
		return notNow("没有等待公布的调整。", "no adjustment awaits publication")
	case !a.Bool("secrecy_reviewed"):
		return badValue("secrecy_reviewed", "公布前须经保密审查。", "secrecy is reviewed before anything is published")
	}
	return nil
}

// publishAdjustment brings what was proposed into the catalogue and marks every item:
// kept, added, changed, dropped (保留、新增、调整、撤销).
func publishAdjustment(a *Acting) casefile.Values {
	items := a.Case.Catalogue()
	out := casefile.Values{"adjust_published": true, adjustedOn: a.Today.String()}
	for n := range items {
		before := slices.Clone(items[n].Lines())
		items[n] = adjusted(items[n])
		if !slices.Equal(before, items[n].Lines()) {
			out[items[n].Fact()] = items[n].Lines()
		}
	}
	for _, facts := range []casefile.Values{listing(items), progress(items)} {
		for _, name := range casefile.SortedNames(facts) {
			out[name] = facts[name]
		}
	}
	return out
}

// adjusted gives the item as the adjustment leaves it.
func adjusted(i casefile.CatalogueItem) casefile.CatalogueItem {
	switch i.Adjust {
	case "add":
		i.Screened, i.Into, i.State, i.Mark = "enter", "", "", "added"
	case "remove":
		i.Mark = "dropped"
	case "redate", "amend":
		i.Mark = "changed"
	case "":
		if i.Listed() {
			i.Mark = "kept"
		}
		return i
	}
	if i.To != nil {
		i.CatalogueEntry = *i.To
	}
	i.Adjust, i.To = "", nil
	return i
}

func giveUpAdjustment(a *Acting) casefile.Values {
	items := a.Case.Catalogue()
	changed := casefile.Values{}
	for n := range items {
		if items[n].Adjust == "" {
			continue
		}
		if items[n].Adjust == "add" && items[n].Screened == "" {
			items[n].Screened = "withdrawn"
		}
		items[n].Adjust, items[n].To = "", nil
		changed[items[n].Fact()] = items[n].Lines()
	}
	out := progress(items)
	for _, name := range casefile.SortedNames(changed) {
		out[name] = changed[name]
	}
	return out
}

// checkUse asks whether a matter may be issued outside the procedure for major
// decisions, and ties a decision to its item.
func checkUse() ActSpec {
	return ActSpec{
		Verb: "check_use", Title: title("对照目录核查事项", "measure a matter against the catalogue"),
		Fields: []Field{
			text("matter", "事项名称", "matter").must(), text("item", "目录事项（名称，未列入的不填）", "item of the catalogue; empty: not listed"),
			flag("meets_major_standard", "实质符合重大行政决策标准", "it is a major decision in substance").must().is("meets_major_standard"),
			flag("added_or_reasoned", "已补列目录或者说明理由", "it was added, or a reason is on record").must().is("added_or_reasoned"),
			text("reason", "理由", "reason"),
			other("mad_case", "重大行政决策案件", "case of the decision").under("cn.major-decision").is("mad_case_id"),
		},
		Gives: []string{itemFacts, "listed", "mad_case_id"},
		Derive: func(a *Acting) casefile.Values {
			item, listed := itemNamed(a)
			out := casefile.Values{"listed": listed}
			if !a.Has("mad_case") {
				out["mad_case_id"] = ""
			} else if listed {
				item.Case = casefile.ID(a.Text("mad_case"))
				out[item.Fact()] = item.Lines()
			}
			return out
		},
		Check: func(a *Acting) *casefile.Refusal {
			switch named, there := itemOf(a.Case, a.Text("matter")); {
			case a.Has("item"):
				return namesListed(a)
			case there && named.Listed():
				return missing("item", "该事项已列入目录，请填写目录事项。", "this matter is listed; name the item")
			case a.Bool("added_or_reasoned") && !a.Has("reason"):
				return missing("reason", "请写明理由，或者补列的情况。", "give the reason, or how it was added")
			}
			return nil
		},
	}
}
