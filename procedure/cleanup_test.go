package procedure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// The documents of the campaign that is walked through: number and name, or a name alone.
const (
	parking  = "真新办〔2020〕3号 停车管理办法"
	greening = "真新办〔2015〕2号 绿化认建认养办法"
	signs    = "真新办〔2018〕9号 门店招牌管理规定"
	shops    = "沿街商铺公约"
	late     = "真新办〔2022〕1号 充电设施管理办法"
)

func campaign(t *testing.T, judge asked) *walk {
	t.Helper()
	d, err := procedure.Load("cn.document-cleanup.2023.yaml", source(t, "cn.document-cleanup.2023.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return newWalk(t, d, judge, "2025-02-10")
}

// toEachReview walks a campaign of four documents to their review.
func toEachReview(w *walk) {
	w.t.Helper()
	w.do("office", "trigger.register", v{"trigger": "cycle", "source": "定期清理", "higher_law_changed": false, "last_cleanup_on": "2023-03-31"})
	w.do("office", "trigger.queue", v{"documents": []string{parking}})
	w.do("office", "trigger.conclude", nil)
	w.do("office", "plan.file", v{"has": []string{"scope", "content", "deadline"}, "text": "全面清理", "deadline": "2025-03-31"})
	w.do("office", "plan.conclude", nil)
	w.do("office", "inventory.list", v{"unit": "管理科", "documents": []string{"真新办〔2020〕3号　停车管理办法", greening}})
	w.do("office", "inventory.list", v{"unit": "执法队", "documents": []string{signs, shops}})
	w.do("office", "inventory.freeze", nil)
	w.at("review")
}

func concluded(unit, conclusion string, documents ...string) v {
	return v{"unit": unit, "documents": documents, "conclusion": conclusion, "lawful": true, "needed": true, "effective": true, "coordinated": true, "reason": "逐件评估"}
}

// reviewedAll concludes each document: one is amended, one repealed, one lapsed, one kept.
func reviewedAll(w *walk) {
	w.t.Helper()
	w.do("drafter", "review.evaluate", concluded("管理科", "amend", "真新办〔2020〕3号"))
	w.do("drafter", "review.evaluate", concluded("管理科", "repeal", greening))
	w.do("drafter", "review.evaluate", concluded("执法队", "lapsed", shops))
	w.do("drafter", "review.evaluate", concluded("执法队", "keep", "真新办〔2018〕9号"))
	w.do("office", "review.conclude", nil)
}

func results(n int) v {
	return v{"draft": digest(n), "title": "清理结果", "non_disclosable_by_law": false}
}

func met(w *walk, draft int, decision v) {
	w.t.Helper()
	w.do("secretary", "deliberation.open", v{"kind": "director-office", "draft": digest(draft), "members_total": 3, "present": []string{"主任", "甲"}, "chief": "主任"})
	w.do("secretary", "deliberation.speak", v{"member": "甲", "view": decision["decision"]})
	w.do("secretary", "deliberation.speak", v{"member": "主任", "view": decision["decision"]})
	decision["draft"] = digest(draft)
	w.do("chief", "deliberation.decide", decision)
}

var minutesOf = v{"summary": "记录", "dissents": []string{}, "signed_by": []string{"主任"}, "signature": "ink"}

func lists(draft int, which ...string) v {
	return v{"draft": digest(draft), "lists": which, "number": "真新办〔2025〕18号", "channels": []string{"网站"}}
}

func TestACleanUpConcludesEveryDocumentAndFollowsItUp(t *testing.T) {
	w := campaign(t, lawful(t))
	toEachReview(w)
	w.blocked("office", "review.conclude", nil, "ndc-every-document-concluded")
	w.fact("unreviewed", []string{parking, greening, signs, shops})
	reviewedAll(w)
	w.fact("unreviewed", []string{})
	w.fact("unprovided", []string{parking, greening, shops})

	w.do("office", "legality.file_results", results(1))
	w.do("legality_reviewer", "legality.opinion", v{"draft": digest(1), "conclusion": "differ", "documents": []string{"真新办〔2015〕2号"}, "text": "依据不足"})
	w.at("review")
	w.fact("unreviewed", []string{greening})
	w.blocked("office", "review.conclude", nil, "ndc-every-document-concluded")
	w.do("office", "review.add_late", v{"unit": "管理科", "documents": []string{late}, "reason": "漏登"})
	w.fact("late_additions", []string{late})
	w.do("drafter", "review.evaluate", concluded("管理科", "repeal", greening, late))
	w.do("office", "review.strike", v{"documents": []string{late}, "reason": "不是规范性文件"})
	w.fact("struck_off", []string{late})
	w.fact("in_scope", []string{parking, greening, signs, shops})
	w.do("office", "review.conclude", nil)
	w.refused(by("legality_reviewer"), "legality.opinion", v{"draft": digest(1), "conclusion": "agree", "text": "同意"}, casefile.RefusedNotPossible)
	w.do("office", "legality.file_results", results(2))
	w.do("legality_reviewer", "legality.opinion", v{"draft": digest(2), "conclusion": "agree", "text": "同意"})

	met(w, 2, v{"decision": "approve"})
	w.do("secretary", "deliberation.minutes", minutesOf)
	w.do("secrecy_officer", "publication.secrecy_review", v{"draft": digest(2), "conclusion": "可以公开", "doubtful": false})
	w.do("office", "publication.publish", lists(2, "continuing", "lapsed"))
	w.blocked("office", "publication.conclude", nil, "ndc-three-lists")
	w.fact("published_on", "")
	w.do("office", "publication.publish", lists(2, "repealed"))
	w.fact("published_on", "2025-02-10")
	w.do("office", "publication.conclude", nil)

	e := w.do("office", "follow_up.declare", nil)
	want := []casefile.DocumentChange{
		{Document: "真新办〔2015〕2号", Change: casefile.DocumentRepealed, On: day("2025-02-10"), By: "真新办〔2025〕18号"},
		{Document: shops, Change: casefile.DocumentLapsed, On: day("2025-02-10"), By: "真新办〔2025〕18号"},
	}
	if got := w.d.Derive(&w.c, e).Register; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("register: %v\nwant %v", got, want)
	}
	w.refused(by("office"), "follow_up.declare", nil, casefile.RefusedNotPossible)
	w.blocked("office", "follow_up.close", nil, "ndc-amendments-provided-for")
	w.do("office", "follow_up.schedule", v{"which": "真新办〔2020〕3号", "by": "2025-12-31", "reason": "列入计划"})
	w.do("office", "follow_up.close", nil)
	w.fact("cleanup_closed_on", "2025-02-10")
	w.at("archive")
	w.do("archivist", "archive.list", nil)
	got := strings.Join(toTexts(w.c.Facts["required_docs"].Value), " ")
	if got != "cleanup-trigger-record cleanup-plan cleanup-inventory cleanup-evaluation-forms cleanup-results legality-opinion meeting-minutes "+
		"decision-record secrecy-review cleanup-lists publication-proof cleanup-follow-up-record cleanup-report" {
		t.Errorf("required: %s", got)
	}
}

// What the meeting decides is what is published and carried out.
func TestAMeetingThatChangesConclusionsIsCarriedOut(t *testing.T) {
	w := campaign(t, passing(casefile.Pass))
	toEachReview(w)
	reviewedAll(w)
	w.do("office", "legality.file_results", results(1))
	w.do("legality_reviewer", "legality.opinion", v{"draft": digest(1), "conclusion": "agree", "text": "同意"})
	met(w, 1, v{"decision": "amend", "amendments": []string{"绿化办法改为继续有效"}})
	w.do("secretary", "deliberation.file_amended", v{"draft": digest(2), "title": "清理结果", "comparison": "一致"})
	w.do("secretary", "deliberation.minutes", minutesOf)
	w.refused(by("office"), "case.revise", v{"draft": digest(3), "title": "清理结果", "changes": "再改"}, casefile.RefusedNotPossible)
	w.do("secrecy_officer", "publication.secrecy_review", v{"draft": digest(2), "conclusion": "可以公开", "doubtful": false})
	w.refused(by("office"), "publication.publish", lists(2, "continuing", "repealed", "lapsed"), casefile.RefusedNotPossible)
	w.do("office", "publication.apply_decision", v{"documents": []string{greening}, "conclusion": "keep"})
	w.do("office", "publication.publish", lists(2, "continuing", "repealed", "lapsed"))
	w.fact("kept", []string{signs, greening})
	w.fact("unprovided", []string{parking, shops})
	w.do("office", "publication.conclude", nil)

	w.refused(by("office"), "follow_up.carry_out", v{"which": parking, "text": "在通知里改写"}, casefile.RefusedMissingField)
	w.refused(by("office"), "follow_up.carry_out", v{"which": parking, "by_document": "真新办〔2025〕18号", "text": "在通知里改写"}, casefile.RefusedBadValue)
	e := w.do("office", "follow_up.carry_out", v{"which": parking, "by_document": "真新办〔2024〕8号", "text": "已经修改"})
	w.fact("conclusion", "amend")
	w.fact("making_case_id", "")
	want := []casefile.DocumentChange{{Document: "真新办〔2020〕3号", Change: casefile.DocumentAmended, On: day("2025-02-10"), By: "真新办〔2024〕8号"}}
	if got := w.d.Derive(&w.c, e).Register; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("register: %v\nwant %v", got, want)
	}
	e = w.do("office", "follow_up.carry_out", v{"which": shops, "making_case": "other", "text": "另案废止"})
	if changes := w.d.Derive(&w.c, e).Register; changes != nil {
		t.Errorf("a making case registers itself what it changes: %+v", changes)
	}
	w.fact("unprovided", []string{})
	w.refused(by("office"), "follow_up.carry_out", v{"which": greening, "text": "继续有效"}, casefile.RefusedBadValue)
}

func TestADocumentIsConcludedOnceByItsUnit(t *testing.T) {
	w := campaign(t, passing(casefile.Pass))
	toEachReview(w)
	w.do("drafter", "review.evaluate", concluded("管理科", "amend", parking))
	many := make([]string, 11)
	for i := range many {
		many[i] = fmt.Sprintf("未知〔2001〕%d号", i)
	}
	unsound := concluded("执法队", "keep", shops)
	unsound["lawful"] = false
	for _, tt := range []struct {
		name, act string
		with      v
		says      string
	}{
		{"unknown", "review.evaluate", concluded("管理科", "keep", "没有的文件"), "不在清理范围内：没有的文件"},
		{"many unknown", "review.evaluate", concluded("管理科", "keep", many...), "共11件"},
		{"twice in one act", "review.evaluate", concluded("执法队", "keep", shops, signs, "真新办〔2018〕9号"), "重复填写，请各保留一行：" + signs},
		{"another unit's", "review.evaluate", concluded("执法队", "keep", greening), "不由该单位审查"},
		{"again", "review.evaluate", concluded("管理科", "keep", parking), "已有结论"},
		{"kept though unlawful", "review.evaluate", unsound, "不能继续有效"},
		{"corrected before", "review.correct", without(concluded("", "keep", shops), "unit"), "还没有结论"},
		{"corrected to the same", "review.correct", without(concluded("", "amend", parking), "unit"), "已经如此"},
		{"late and there", "review.add_late", v{"unit": "管理科", "documents": []string{"真新办〔2020〕3号 旧名"}, "reason": "漏登"}, "已经在清理范围内"},
		{"a unit with a colon", "review.add_late", v{"unit": "管：科", "documents": []string{late}, "reason": "漏登"}, "冒号"},
		{"struck and unknown", "review.strike", v{"documents": []string{late}, "reason": "误登"}, "不在清理范围内"},
		{"assigned and unknown", "review.assign", v{"unit": "执法队", "documents": []string{late}, "reason": "职责调整"}, "不在清理范围内"},
	} {
		role := casefile.Role("office")
		_, refusal := w.d.Plan(&w.c, w.act(by(role), tt.act, tt.with), nil, w.today)
		if refusal == nil || !strings.Contains(refusal.Message.ZH, tt.says) || refusal.Message.EN == "" || refusal.Field == "" {
			t.Errorf("%s: %+v, want %q", tt.name, refusal, tt.says)
		}
	}
	w.do("office", "review.assign", v{"unit": "执法队", "documents": []string{greening}, "reason": "职责调整"})
	w.do("drafter", "review.evaluate", concluded("执法队", "keep", greening))
	w.do("drafter", "review.correct", without(concluded("", "lapsed", parking), "unit"))
	w.fact("lapsed", []string{parking})
	w.fact("to_amend", []string{})
	w.fact("concluded", []string{parking, greening})
}

func without(values v, name string) v {
	delete(values, name)
	return values
}

func TestWhatStartsACleanUpIsRecordedSoundly(t *testing.T) {
	w := campaign(t, passing(casefile.Pass))
	reg := func(more v) v {
		out := v{"trigger": "law-change", "source": "上位法修改", "higher_law_changed": true}
		for name, value := range more {
			out[name] = value
		}
		return out
	}
	w.refused(by("office"), "trigger.register", reg(nil), casefile.RefusedBadValue)
	w.refused(by("office"), "trigger.register", reg(v{"first": true, "last_cleanup_on": "2024-01-01"}), casefile.RefusedBadValue)
	w.do("office", "trigger.register", reg(v{"first": true}))
	w.fact("last_cleanup_on", "")
	w.refused(by("office"), "trigger.queue", v{"documents": []string{}}, casefile.RefusedMissingField)
	w.refused(by("office"), "trigger.queue", v{"documents": []string{parking, "真新办〔2020〕3号"}}, casefile.RefusedBadValue)
	w.do("office", "trigger.queue", v{"documents": []string{}, "grounds": "没有依据该法制定的文件"})
	w.do("office", "trigger.conclude", nil)
	for _, wrong := range []v{
		{"has": []string{"scope", "deadline"}, "text": "方案"},
		{"has": []string{"scope"}, "text": "方案", "deadline": "2025-03-31"},
		{"has": []string{"deadline"}, "text": "方案", "deadline": "2025-02-10"},
	} {
		w.refused(by("office"), "plan.file", wrong, casefile.RefusedBadValue)
	}
}

// A case of 500 documents records what an act changes, and not the lists that stay.
func TestLongListsAreRecordedOnlyWhereTheyChange(t *testing.T) {
	w := campaign(t, passing(casefile.Pass))
	toEachReview(w)
	e := w.do("drafter", "review.evaluate", concluded("执法队", "keep", shops))
	got := casefile.SortedNames(e.Facts)
	if want := []string{"concluded", "kept", "unreviewed"}; !slices.Equal(got, want) {
		t.Errorf("recorded %v, want %v", got, want)
	}
}
