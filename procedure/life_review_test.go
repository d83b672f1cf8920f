package procedure_test

import (
	"slices"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

func notice(channel, on string) v {
	return v{"channel": channel, "received_on": on, "from": "复议机构", "number": "甲〔2023〕1号", "clauses": []string{"第四条"}}
}

func replyWith(to, on string) v {
	return v{"to": to, "on": on, "has": []string{"written-reply", "materials"}, "signed_by": "主任", "text": "合法"}
}

// underReview gives a case that waits for the result of a reconsideration.
func underReview(t *testing.T) *walk {
	t.Helper()
	w := inForce(t, "cn.document-litigation.2024.yaml", "2025-09-01")
	w.do("legal_officer", "receipt.register", notice("reconsideration", "2025-09-01"))
	w.do("legal_officer", "receipt.determine_maker", v{"is_maker": true, "grounds": "发文"})
	w.do("legal_officer", "receipt.accept", nil)
	w.do("drafter", "preparation.dossier", v{"has": []string{"making-dossier"}})
	w.do("counsel", "preparation.counsel_opinion", v{"reviewability": "open", "counsel": "王律师", "text": "没有写明派出机关"})
	w.do("legal_officer", "preparation.conclude", nil)
	w.do("legal_officer", "reply.reply", replyWith("reconsideration", "2025-09-01"))
	w.do("legal_officer", "reply.conclude", nil)
	w.do("legal_officer", "explanation.conclude", nil)
	return w
}

func TestWhoIsNotTheMakerReturnsTheNotice(t *testing.T) {
	w := inForce(t, "cn.document-litigation.2024.yaml", "2025-09-01")
	w.do("legal_officer", "receipt.register", notice("reconsideration", "2025-09-01"))
	w.do("legal_officer", "receipt.determine_maker", v{"is_maker": false, "grounds": "区政府制定"})
	w.do("legal_officer", "receipt.return", v{"maker": "区政府", "returned_on": "2025-09-01", "reason": "不是制定机关"})
	w.at("archive")
	if w.c.End != "not_maker" {
		t.Errorf("ends as %q", w.c.End)
	}
}

func TestEachNoticeKeepsItsTime(t *testing.T) {
	w := inForce(t, "cn.document-litigation.2024.yaml", "2025-09-01")
	first := notice("reconsideration", "2025-09-01")
	without := notice("reconsideration", "2025-09-01")
	delete(without, "number")
	w.refused(by("office"), "receipt.register", without, casefile.RefusedMissingField)
	w.do("office", "receipt.register", first)
	w.refused(by("office"), "receipt.register", first, casefile.RefusedNotPossible)
	another := notice("transfer", "2025-09-01")
	another["number"] = "甲〔2023〕2号"
	w.refused(by("office"), "receipt.register", another, casefile.RefusedBadValue)
	w.do("office", "receipt.register", notice("transfer", "2025-09-01"))
	due := map[string]string{}
	for _, d := range w.c.Deadlines {
		due[d.ID] = d.Due.String()
	}
	if due["ndl-reconsideration-reply-10wd"] != "2025-09-15" || due["ndl-transferred-60d"] != "2025-10-31" {
		t.Errorf("due %v", due)
	}
	w.do("legal_officer", "receipt.determine_maker", v{"is_maker": true, "grounds": "发文"})
	w.do("legal_officer", "receipt.accept", nil)
	w.do("drafter", "preparation.dossier", v{"has": []string{"bases"}})
	w.because("legal_officer", "preparation.conclude", nil, map[string]string{"ndl-reviewability-advised": "法律顾问出差，另行补充"})
	w.refused(by("office"), "reply.reply", replyWith("advice", "2025-09-01"), casefile.RefusedBadValue)
	w.refused(by("office"), "reply.reply", replyWith("transfer", "2025-08-31"), casefile.RefusedBadValue)
	w.do("office", "reply.reply", replyWith("reconsideration", "2025-09-01"))
	w.refused(by("office"), "reply.reply", replyWith("reconsideration", "2025-09-01"), casefile.RefusedNotPossible)
	w.refused(by("office"), "reply.conclude", nil, casefile.RefusedNotPossible)
	w.do("office", "reply.register", notice("reconsideration", "2025-09-01")) // a second one, after the first was answered
	w.fact("replied_on", "")
	w.do("office", "reply.reply", replyWith("transfer", "2025-09-01"))
	w.refused(by("office"), "reply.conclude", nil, casefile.RefusedNotPossible)
	w.do("office", "reply.reply", replyWith("reconsideration", "2025-09-01"))
	w.do("office", "reply.conclude", nil)
}

func TestOnlyWhoAskedIsExplainedTo(t *testing.T) {
	w := underReview(t)
	attend := v{"on": "2025-09-01", "persons": []string{"承办人"}, "summary": "说明"}
	w.refused(by("drafter"), "result.attend", attend, casefile.RefusedNotPossible)
	w.at("result")
}

func TestAStoppedClauseIsDisabledCorrectedAndAppliesAgainInItsNewWording(t *testing.T) {
	w := underReview(t)
	result := func(of, is string, clauses ...string) v {
		return v{"of": of, "result": is, "on": "2025-09-01", "reference": "复决1号", "clauses": clauses, "summary": "x"}
	}
	w.refused(by("legal_officer"), "result.record", result("court", "clause-stopped", "第四条"), casefile.RefusedBadValue)
	w.refused(by("legal_officer"), "result.record", result("reconsideration", "held-unlawful", "第四条"), casefile.RefusedBadValue)
	w.refused(by("legal_officer"), "result.record", result("reconsideration", "clause-stopped"), casefile.RefusedMissingField)
	w.do("legal_officer", "result.record", result("reconsideration", "clause-stopped", "第四条"))
	w.do("legal_officer", "result.conclude", nil)
	w.at("action")
	w.blocked("office", "action.conclude", nil, "ndl-stop-clause-and-correct")
	w.blocked("office", "case.withdraw", v{"reason": "x"}, "ndl-stop-clause-and-correct")

	disable := v{"clauses": []string{"第四条"}, "on": "2025-09-01", "units": []string{"居委会"}}
	w.registered(w.do("office", "action.disable", disable), casefile.DocumentChange{
		Document: "甲〔2023〕1号", Change: casefile.ClauseDisabled, On: day("2025-09-01"), Clauses: []string{"第四条"}, By: "复决1号"})
	w.registered(w.do("office", "action.restore", v{"on": "2025-09-01", "reference": "复决2号", "reason": "决定已被撤销"}), casefile.DocumentChange{
		Document: "甲〔2023〕1号", Change: casefile.ClauseRestored, On: day("2025-09-01"), Clauses: []string{"第四条"}, By: "复决2号"})
	w.refused(by("office"), "action.restore", v{"on": "2025-09-01", "reference": "复决2号", "reason": "x"}, casefile.RefusedNotPossible)
	w.do("office", "action.disable", disable)

	w.do("office", "action.open_correction", v{"correction_case": "m1"})
	corrected := v{"correction_case": "m1", "how": "repealed", "number": "甲〔2025〕9号", "on": "2025-10-01", "filed_with_congress": false}
	w.registered(w.do("office", "action.corrected", corrected))
	corrected["how"] = "amended"
	w.registered(w.do("office", "action.corrected", corrected), casefile.DocumentChange{
		Document: "甲〔2023〕1号", Change: casefile.ClauseRestored, On: day("2025-10-01"), Clauses: []string{"第四条"}, By: "甲〔2025〕9号"})
	w.do("legal_officer", "action.conclude", nil)
	w.refused(by("drafter"), "past_decisions.list", v{"found": 2, "corrected": 1, "kept": 0, "summary": "x"}, casefile.RefusedBadValue)
	w.refused(by("drafter"), "past_decisions.list", v{"found": 2, "corrected": 1, "kept": 1, "summary": "x"}, casefile.RefusedMissingField)
	w.do("drafter", "past_decisions.list", v{"found": 2, "corrected": 1, "kept": 1, "reasons": "已履行", "summary": "x"})
	w.do("legal_officer", "past_decisions.conclude", nil)
	if w.c.End != "handled" {
		t.Errorf("ends as %q", w.c.End)
	}
}

func TestTheLastJudgmentCounts(t *testing.T) {
	w := underReview(t)
	first := v{"of": "court", "result": "held-unlawful", "on": "2025-09-01", "reference": "一审", "clauses": []string{"第四条"}, "summary": "x"}
	w.do("legal_officer", "result.record", first)
	w.do("legal_officer", "result.record", v{"of": "court", "result": "lawful", "on": "2025-09-01", "reference": "二审", "summary": "x"})
	w.fact("held_unlawful", false)
	w.do("legal_officer", "result.conclude", nil)
	if w.c.End != "upheld" {
		t.Errorf("ends as %q", w.c.End)
	}
}

// An amending document says what it amends; what that changes is published with it.
func TestWhatADocumentAmendsAndRepealsIsRegisteredWithIt(t *testing.T) {
	kind, _ := procedure.Type(procedure.DocumentPublication)
	publish, _ := kind.Act("publish")
	known := func(value any) casefile.Fact { return casefile.Fact{Value: value} }
	c := &casefile.Case{Matter: casefile.Matter{Title: "修改通知"}, Facts: map[string]casefile.Fact{
		"doc_number": known("甲〔2026〕1号"), "doc_type": known("ordinary"), "published_on": known("2026-06-08"), "effective_on": known("2026-07-15"),
		"expires_on": known("2027-12-31"), "amends": known([]any{"甲〔2025〕2号"}), "repeals": known([]any{"甲〔2020〕7号"}),
	}}
	want := []casefile.DocumentChange{
		{Document: "甲〔2026〕1号", Change: casefile.DocumentPublished, On: day("2026-07-15"), Published: day("2026-06-08"), Until: day("2027-12-31"), Title: "修改通知", Kind: "ordinary"},
		{Document: "甲〔2025〕2号", Change: casefile.DocumentAmended, On: day("2026-07-15"), By: "甲〔2026〕1号"},
		{Document: "甲〔2020〕7号", Change: casefile.DocumentRepealed, On: day("2026-07-15"), By: "甲〔2026〕1号"},
	}
	got := publish.Registers(c, casefile.Entry{})
	if !slices.EqualFunc(got, want, func(a, b casefile.DocumentChange) bool {
		return a.Document == b.Document && a.Change == b.Change && a.On == b.On && a.Published == b.Published && a.Until == b.Until && a.Title == b.Title && a.Kind == b.Kind && a.By == b.By
	}) {
		t.Errorf("got %+v", got)
	}
	registration, _ := procedure.Type(procedure.Registration)
	register, _ := registration.Act("register")
	today := legaltime.NewDate(2026, 6, 5)
	refusal := register.Check(&procedure.Acting{Case: &casefile.Case{Facts: map[string]casefile.Fact{}}, Today: today, With: v{
		"effective_on": "2026-07-15", "expires_on": "2027-12-31", "amends": []string{"甲〔2025〕2号"}, "repeals": []string{"甲〔2025〕2号"}}})
	if refusal == nil || refusal.Field != "repeals" {
		t.Errorf("amending and repealing at once: %v", refusal)
	}

	filing, _ := procedure.Type(procedure.Filing)
	conclude, _ := filing.Act("conclude")
	filed := conclude.Registers(c, casefile.Entry{Act: &casefile.Act{With: v{"result": "registered", "notice_on": "2026-07-01", "register_number": "备1号"}}})
	if len(filed) != 1 || filed[0].Change != casefile.DocumentFiled || filed[0].On != day("2026-07-01") || filed[0].By != "备1号" {
		t.Errorf("filed: %+v", filed)
	}
	if out := conclude.Registers(c, casefile.Entry{Act: &casefile.Act{With: v{"result": "out-of-scope", "notice_on": "2026-07-01"}}}); out != nil {
		t.Errorf("out of scope: %+v", out)
	}
}
