package procedure_test

import (
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

func catalogueOfDecisions(t *testing.T) *procedure.Definition {
	t.Helper()
	const file = "cn.decision-catalogue.2019.yaml"
	d, err := procedure.Load(file, source(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// toScreening walks to the screening of two items.
func toScreening(w *walk) {
	w.do("office", "call.announce", v{"year": 2024, "deadline": "2024-01-31"})
	w.do("drafter", "call.file_item", v{"name": "道路", "category": "public-project", "unit": "城建中心", "basis": "规划", "steps": []string{"公众参与", "合法性审查"},
		"planned_on": "2024-09-30", "timing": "第三季度"})
	w.do("drafter", "call.file_item", v{"name": "菜市场", "category": "policy", "unit": "资产公司", "basis": "方案", "steps": []string{"合法性审查"}, "planned_on": "2024-12-31"})
	w.do("office", "call.close", nil)
}

// toTracking walks on until the catalogue is published and tracked.
func toTracking(w *walk) {
	toScreening(w)
	w.do("office", "screening.screen", v{"item": "道路", "result": "enter"})
	w.do("office", "screening.screen", v{"item": "菜市场", "result": "enter"})
	w.do("legality_reviewer", "screening.legality_note", v{"text": "合法"})
	w.do("office", "screening.file_draft", v{"draft": digest(1), "title": "目录（草案）"})
	w.do("office", "screening.conclude", nil)
	meeting(w, digest(1))
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "approve"})
	w.do("secretary", "deliberation.minutes", v{"summary": "通过", "dissents": []string{}, "signed_by": []string{"区长"}, "signature": "ink"})
	w.do("office", "consent.consent", v{"on": w.today.String(), "committee": "党委"})
	w.do("office", "publication.determine", v{"non_disclosable_by_law": false, "grounds": "核查"})
	w.do("secrecy_officer", "publication.secrecy_review", v{"draft": digest(1), "conclusion": "可以公开", "doubtful": false})
	w.do("office", "publication.publish", v{"draft": digest(1), "channels": []string{"网站"}, "document": digest(2)})
	w.do("office", "publication.conclude", nil)
	w.at("tracking")
}

func trackedWalk(t *testing.T) *walk {
	t.Helper()
	w := newWalk(t, catalogueOfDecisions(t), lawful(t), "2024-01-02")
	toTracking(w)
	return w
}

func itemCalled(t *testing.T, w *walk, name string) casefile.CatalogueItem {
	t.Helper()
	items := w.c.Catalogue()
	at := slices.IndexFunc(items, func(i casefile.CatalogueItem) bool { return i.Name == name })
	if at < 0 {
		t.Fatalf("no item %s in %+v", name, items)
	}
	return items[at]
}

func TestACatalogueRunsThroughItsYear(t *testing.T) {
	w := trackedWalk(t)
	w.fact("listed_items", []any{"道路", "菜市场"})
	w.fact("entry_fields", []any{"name", "category", "unit", "basis", "steps", "planned-date"})
	road := itemCalled(t, w, "道路")
	if road.No != 1 || road.Timing != "第三季度" || road.PlannedOn.String() != "2024-09-30" || len(road.Steps) != 2 || !road.Listed() {
		t.Errorf("road: %+v", road)
	}
	w.do("office", "tracking.status", v{"item": "道路", "state": "under-way"})
	w.fact("planned_on", "2024-09-30")
	w.on("2024-10-08")
	w.passTime()
	if !itemCalled(t, w, "道路").Late(w.today) || itemCalled(t, w, "菜市场").Late(w.today) {
		t.Error("not exactly the road is late")
	}
	w.blocked("office", "tracking.status", v{"item": "菜市场", "state": "under-way"}, "cat-planned-date-watch")
	before := len(w.entries)
	w.because("office", "tracking.status", v{"item": "菜市场", "state": "under-way"}, map[string]string{"cat-planned-date-watch": "雨季"})
	w.passTime() // a date that has passed is not watched again
	if len(w.entries) != before+1 {
		t.Errorf("%d entries more, the last %+v", len(w.entries)-before, w.last())
	}
	w.do("office", "tracking.status", v{"item": "道路", "state": "completed"})
	w.fact("planned_on", "2024-12-31")
	w.do("office", "tracking.status", v{"item": "菜市场", "state": "completed"})
	w.fact("completed", true)
	w.do("office", "tracking.year_end", nil)
	w.do("office", "account.account", v{"item": "道路", "result": "completed"})
	w.blocked("office", "account.conclude", nil, "cat-year-end-accounted")
	w.do("office", "account.account", v{"item": "菜市场", "result": "completed"})
	w.do("office", "account.conclude", nil)
	w.do("archivist", "archive.list", nil)
	w.fact("required_docs", []any{"drafts", "meeting-minutes", "decision-record", "secrecy-review", "publication-proof", "catalogue-call", "catalogue-items",
		"screening-record", "party-consent", "year-end-account"})
}

func TestAnAdjustmentChangesTheCatalogueWhenItIsPublished(t *testing.T) {
	w := trackedWalk(t)
	w.do("office", "tracking.open_adjustment", v{"kind": "redate", "item": "道路", "planned_on": "2024-11-30", "reason": "雨季"})
	w.do("office", "tracking.open_adjustment", v{"kind": "add", "item": "公园", "unit": "城建中心", "reason": "居民意见"})
	w.fact("listed_items", []any{"道路", "菜市场"})
	w.fact("adjusted", true)
	w.refused(by("office"), "tracking.year_end", nil, casefile.RefusedNotPossible)
	w.blocked("office", "tracking.adjust_publish", v{"secrecy_reviewed": true, "channels": []string{"网站"}}, "cat-adjust-consent-first")
	w.do("office", "tracking.adjust_consent", v{"decided_on": "2024-01-02", "on": "2024-01-02"})
	w.do("office", "tracking.open_adjustment", v{"kind": "remove", "item": "菜市场", "reason": "不再委托"})
	w.blocked("office", "tracking.adjust_publish", v{"secrecy_reviewed": true, "channels": []string{"网站"}}, "cat-adjust-consent-first") // it came later than the consent
	w.do("office", "tracking.adjust_consent", v{"decided_on": "2024-01-02", "on": "2024-01-02"})
	w.blocked("office", "tracking.adjust_done", nil, "cat-adjust-approved-published")
	w.do("office", "tracking.adjust_publish", v{"secrecy_reviewed": true, "channels": []string{"网站"}})
	for name, want := range map[string]string{"道路": "changed", "公园": "added", "菜市场": "dropped"} {
		if got := itemCalled(t, w, name); got.Mark != want || got.Adjust != "" || got.To != nil {
			t.Errorf("%s: %+v, want %s", name, got, want)
		}
	}
	w.fact("listed_items", []any{"道路", "公园"})
	w.fact("entry_fields", []any{"name", "unit"})
	w.fact("planned_on", "2024-11-30")
	w.refused(by("office"), "tracking.open_adjustment", v{"kind": "add", "item": "桥", "reason": "急需"}, casefile.RefusedNotPossible)
	w.do("office", "tracking.adjust_done", nil)
	w.do("office", "tracking.open_adjustment", v{"kind": "amend", "item": "公园", "category": "public-project", "reason": "补正"})
	w.do("office", "tracking.adjust_withdraw", v{"reason": "不需要"})
	if got := itemCalled(t, w, "公园"); got.Category != "" || got.Adjust != "" || got.Mark != "added" {
		t.Errorf("given up: %+v", got)
	}
	w.do("office", "tracking.year_end", nil)
	w.refused(by("office"), "account.account", v{"item": "菜市场", "result": "cancelled", "reason": "撤销"}, casefile.RefusedBadValue) // it is not listed any more
}

// Each row is refused at the step to which the case has come.
func TestActsOfACatalogueThatMakeNoSenseAreRefused(t *testing.T) {
	calling := func(w *walk) { w.do("office", "call.announce", v{"year": 2024, "deadline": "2024-01-31"}) }
	deciding := func(w *walk) {
		toScreening(w)
		w.do("office", "screening.screen", v{"item": "道路", "result": "enter"})
	}
	for name, tt := range map[string]struct {
		to   func(w *walk)
		kind string
		with v
		want casefile.RefusalCode
	}{
		"a year far away":                  {nil, "call.announce", v{"year": 2030, "deadline": "2024-01-31"}, casefile.RefusedBadValue},
		"a deadline that has passed":       {nil, "call.announce", v{"year": 2024, "deadline": "2024-01-01"}, casefile.RefusedBadValue},
		"an item before the call":          {nil, "call.file_item", v{"name": "道路"}, casefile.RefusedNotPossible},
		"a name with a space":              {calling, "call.file_item", v{"name": "道路 "}, casefile.RefusedBadValue},
		"an unknown category":              {calling, "call.file_item", v{"name": "道路", "category": "大事"}, casefile.RefusedBadValue},
		"a call that brought nothing":      {calling, "call.close", nil, casefile.RefusedNotPossible},
		"an item that was not filed":       {toScreening, "screening.screen", v{"item": "桥", "result": "enter"}, casefile.RefusedBadValue},
		"left out without a reason":        {toScreening, "screening.screen", v{"item": "道路", "result": "leave-out"}, casefile.RefusedMissingField},
		"merged into nothing":              {toScreening, "screening.screen", v{"item": "道路", "result": "merge-into", "reason": "同类"}, casefile.RefusedBadValue},
		"merged into itself":               {toScreening, "screening.screen", v{"item": "道路", "result": "merge-into", "into": "道路", "reason": "同类"}, casefile.RefusedBadValue},
		"a correction of nothing":          {toScreening, "screening.correct_item", v{"item": "道路", "reason": "更正"}, casefile.RefusedMissingField},
		"a name that is taken":             {toScreening, "screening.correct_item", v{"item": "道路", "name": "菜市场", "reason": "更正"}, casefile.RefusedBadValue},
		"a draft without a legality note":  {deciding, "screening.file_draft", v{"draft": digest(1), "title": "草案"}, casefile.RefusedNotPossible},
		"re-dated without a date":          {toTracking, "tracking.open_adjustment", v{"kind": "redate", "item": "道路", "reason": "雨季"}, casefile.RefusedMissingField},
		"re-dated to the same date":        {toTracking, "tracking.open_adjustment", v{"kind": "redate", "item": "道路", "planned_on": "2024-09-30", "reason": "雨季"}, casefile.RefusedMissingField},
		"removed with new content":         {toTracking, "tracking.open_adjustment", v{"kind": "remove", "item": "道路", "unit": "规建办", "reason": "合并"}, casefile.RefusedBadValue},
		"added although there":             {toTracking, "tracking.open_adjustment", v{"kind": "add", "item": "道路", "reason": "新增"}, casefile.RefusedBadValue},
		"amended by nothing":               {toTracking, "tracking.open_adjustment", v{"kind": "amend", "item": "道路", "reason": "修改"}, casefile.RefusedMissingField},
		"consent to nothing":               {toTracking, "tracking.adjust_consent", v{"decided_on": "2024-01-02", "on": "2024-01-02"}, casefile.RefusedNotPossible},
		"nothing to publish":               {toTracking, "tracking.adjust_publish", v{"secrecy_reviewed": true, "channels": []string{"网站"}}, casefile.RefusedNotPossible},
		"nothing to conclude":              {toTracking, "tracking.adjust_done", nil, casefile.RefusedNotPossible},
		"a listed matter passed off":       {toTracking, "tracking.check_use", v{"matter": "道路", "meets_major_standard": false, "added_or_reasoned": false}, casefile.RefusedMissingField},
		"a reason that is not given":       {toTracking, "tracking.check_use", v{"matter": "桥", "meets_major_standard": true, "added_or_reasoned": true}, casefile.RefusedMissingField},
		"progress of what is not listed":   {toTracking, "tracking.status", v{"item": "桥", "state": "under-way"}, casefile.RefusedBadValue},
		"an office that is not the office": {toTracking, "tracking.year_end", v{"by": "x"}, casefile.RefusedUnknownField},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWalk(t, catalogueOfDecisions(t), lawful(t), "2024-01-02")
			if tt.to != nil {
				tt.to(w)
			}
			w.refused(by("office", "drafter"), tt.kind, tt.with, tt.want)
		})
	}
}

func TestAMatterIsMeasuredAgainstTheCatalogue(t *testing.T) {
	w := trackedWalk(t)
	w.blocked("drafter", "tracking.check_use", v{"matter": "桥", "meets_major_standard": true, "added_or_reasoned": false}, "cat-unlisted-major-still-bound")
	w.do("drafter", "tracking.check_use", v{"matter": "道路方案", "item": "道路", "meets_major_standard": true, "added_or_reasoned": false, "mad_case": "c2"})
	w.fact("listed", true)
	w.fact("mad_case_id", "c2")
	if got := itemCalled(t, w, "道路").Case; got != "c2" {
		t.Errorf("case %q", got)
	}
	w.do("drafter", "tracking.check_use", v{"matter": "桥", "meets_major_standard": false, "added_or_reasoned": false})
	w.fact("listed", false)
	w.fact("mad_case_id", "")
}

func TestAMeetingThatAmendsLetsTheListBeChanged(t *testing.T) {
	w := newWalk(t, catalogueOfDecisions(t), lawful(t), "2024-01-02")
	toScreening(w)
	w.do("office", "screening.screen", v{"item": "道路", "result": "enter"})
	w.do("office", "screening.screen", v{"item": "菜市场", "result": "enter"})
	w.do("legality_reviewer", "screening.legality_note", v{"text": "合法"})
	w.do("office", "screening.file_draft", v{"draft": digest(1), "title": "目录（草案）"})
	w.do("office", "screening.conclude", nil)
	meeting(w, digest(1))
	w.do("chief", "deliberation.decide", v{"draft": digest(1), "decision": "amend", "amendments": []string{"菜市场不列入"}, "reason_given": true, "reason": "时机不成熟"})
	w.do("office", "deliberation.file_amended", v{"draft": digest(2), "title": "目录", "comparison": "一致"})
	w.do("secretary", "deliberation.minutes", v{"summary": "通过", "dissents": []string{"张", "李", "王"}, "signed_by": []string{"区长"}, "signature": "ink"})
	w.do("office", "consent.screen", v{"item": "菜市场", "result": "leave-out", "reason": "会议决定"})
	w.fact("listed_items", []any{"道路"})
	w.do("office", "consent.return", v{"reason": "重新研究"})
	w.at("screening")
	w.fact("decided_on", "")
}

func TestAPublishedCatalogueIsForThePublic(t *testing.T) {
	w := newWalk(t, catalogueOfDecisions(t), lawful(t), "2024-01-02")
	var got []string
	seen := func() {
		if p := public(w).Publication; p != nil {
			got = append(got, p.Kind+" "+p.Number+" "+p.On.String())
		}
	}
	toTracking(w)
	published := w.entries
	for at := range published { // each entry as it came
		w.entries = published[:at+1]
		seen()
	}
	w.do("office", "tracking.open_adjustment", v{"kind": "remove", "item": "菜市场", "reason": "不再委托"})
	seen()
	w.do("office", "tracking.adjust_consent", v{"decided_on": "2024-01-02", "on": "2024-01-02"})
	w.do("office", "tracking.adjust_publish", v{"secrecy_reviewed": true, "channels": []string{"网站"}, "document": digest(3)})
	seen()
	if want := []string{"catalogue 2024 2024-01-02", "catalogue 2024 2024-01-02"}; !slices.Equal(got, want) {
		t.Errorf("published %v, want %v", got, want)
	}
	if papers := public(w).Publication.Papers; len(papers) != 2 || papers[1].Digest != casefile.Digest(digest(3)) {
		t.Errorf("papers %+v", papers)
	}
}
