package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// inForce opens a case under one of the definitions about documents in force, judged
// by the shipped rules.
func inForce(t *testing.T, file, starts string) *walk {
	t.Helper()
	return newWalk(t, must(procedure.Load(file, source(t, file))), lawful(t), starts)
}

// watched gives a case in which a document valid until 2025-08-31 is on record.
func watched(t *testing.T) *walk {
	t.Helper()
	w := inForce(t, "cn.document-validity.2019.yaml", "2025-01-06")
	w.do("office", "watch.register", v{"title": "办法", "number": "甲〔2023〕1号", "kind": "interim-trial",
		"effective_on": "2023-09-01", "expires_on": "2025-08-31"})
	return w
}

// evaluated gives the same after its evaluation.
func evaluated(t *testing.T) *walk {
	t.Helper()
	w := watched(t)
	w.on("2025-02-10")
	w.do("drafter", "watch.evaluate", v{"on": "2025-02-10", "proposal": "extend", "summary": "仍有需要"})
	return w
}

// registered checks what an entry changes in the register of documents.
func (w *walk) registered(e casefile.Entry, want ...casefile.DocumentChange) {
	w.t.Helper()
	got := w.d.Derive(&w.c, e).Register
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(legaltime.Date{}), cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("%s.%s changes the register otherwise (-want +got):\n%s", e.Step, e.Verb, diff)
	}
}

func TestADocumentThatNobodyEvaluatesEndsOnItsDay(t *testing.T) {
	w := watched(t)
	w.do("office", "watch.plan_evaluation", v{"evaluate_by": "2025-02-20"})
	w.on("2025-08-31")
	w.at("watch")
	w.on("2025-09-01")
	w.at("publication")
	e := w.last()
	if e.Kind != casefile.EntryLapse || e.Outcome != "lapsed" || e.Act != nil || w.c.End != "" {
		t.Errorf("the term ended with %+v", e)
	}
	w.registered(e) // the register knows the last day itself
	for _, d := range w.c.Deadlines {
		if d.ID == "watch/evaluation" && d.State != casefile.DeadlineElapsed {
			t.Errorf("the planned day of the evaluation is %s", d.State)
		}
	}
	w.refused(by("office"), "publication.conclude", nil, casefile.RefusedNotPossible)
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": false, "grounds": "审查"})
	w.do("office", "publication.publish", v{"channels": []string{"网站"}})
	w.registered(w.do("office", "publication.conclude", nil), lapsedAtEnd)
	w.at("archive")
	if w.c.End != "lapsed" {
		t.Errorf("ends as %q", w.c.End)
	}
}

var lapsedAtEnd = casefile.DocumentChange{Document: "甲〔2023〕1号", Change: casefile.DocumentLapsed, On: day("2025-09-01")}

// What a body decided in time counts, although it was typed too late; what it decided
// too late does not.
func TestAnExtensionThatWasDecidedInTimeIsRecordedLate(t *testing.T) {
	w := evaluated(t)
	w.on("2025-09-03")
	w.at("publication")
	late := v{"on": "2025-09-01", "decided_by": "主任办公会议", "until": "2026-08-31", "reference": "乙1号", "decision": digest(5), "reason": "登记人员休假"}
	w.blocked("office", "publication.extended_in_time", late, "ndv-late-extension-decided-in-term")
	late["on"] = "2025-08-29"
	w.do("office", "publication.extended_in_time", late)
	w.refused(by("office"), "publication.extended_in_time", late, casefile.RefusedNotPossible)
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": false, "grounds": "审查"})
	w.do("office", "publication.publish", v{"channels": []string{"网站"}})
	w.registered(w.do("office", "publication.conclude", nil),
		casefile.DocumentChange{Document: "甲〔2023〕1号", Change: casefile.DocumentExtended, On: day("2025-08-29"), Until: day("2026-08-31"), By: "乙1号"})
	w.at("watch")
	w.on("2026-09-01")
	w.at("publication")
}

func TestADocumentThatNobodyDecidesOnEndsOnItsDay(t *testing.T) {
	w := evaluated(t)
	w.at("decision")
	w.on("2025-09-01")
	w.at("publication")
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": true, "basis": "保密法", "grounds": "审查"})
	w.registered(w.do("office", "publication.conclude", nil), lapsedAtEnd)
}

func TestAnExtensionIsJudgedByTheOldTermAndThenCounts(t *testing.T) {
	w := evaluated(t)
	extend := v{"outcome": "extended", "on": "2025-02-10", "decided_by": "主任办公会议", "until": "2026-08-31", "reference": "乙1号", "reason": "需要"}
	for field, wrong := range map[string]any{"until": "2025-08-31", "on": "2025-02-09"} {
		with := v{"outcome": "extended", "on": "2025-02-10", "decided_by": "主任办公会议", "until": "2026-08-31", "reason": "需要"}
		with[field] = wrong
		w.refused(by("chief"), "decision.decide", with, casefile.RefusedBadValue)
	}
	w.registered(w.do("chief", "decision.decide", extend))
	w.fact("expires_on", "2025-08-31")
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": false, "grounds": "审查"})
	w.refused(by("office"), "publication.publish", v{"channels": []string{"网站"}, "published_on": "2025-02-09"}, casefile.RefusedBadValue)
	w.on("2025-02-14")
	w.do("office", "publication.publish", v{"channels": []string{"网站"}})
	w.registered(w.do("office", "publication.conclude", nil),
		casefile.DocumentChange{Document: "甲〔2023〕1号", Change: casefile.DocumentExtended, On: day("2025-02-10"), Until: day("2026-08-31"), By: "乙1号"})
	w.at("watch")
	for fact, want := range map[string]string{"expires_on": "2026-08-31", "evaluation_filed_on": "", "evaluation_proposal": "none", "term_decision": "none"} {
		w.fact(fact, want)
	}
	w.on("2026-09-01")
	w.at("publication")
	if w.last().Outcome != "lapsed" {
		t.Errorf("the extended term did not end: %+v", w.last())
	}
}

func TestAnExtensionThatIsLawfullyNotPublishedCounts(t *testing.T) {
	w := evaluated(t)
	w.do("chief", "decision.decide", v{"outcome": "extended", "on": "2025-02-10", "decided_by": "主任办公会议", "until": "2026-08-31", "reason": "需要"})
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": true, "basis": "保密法", "grounds": "审查"})
	w.refused(by("office"), "publication.publish", v{"channels": []string{"网站"}}, casefile.RefusedNotPossible)
	w.registered(w.do("office", "publication.conclude", nil),
		casefile.DocumentChange{Document: "甲〔2023〕1号", Change: casefile.DocumentExtended, On: day("2025-02-10"), Until: day("2026-08-31")})
}

func TestLettingADocumentLapseEndsItWithItsTerm(t *testing.T) {
	w := evaluated(t)
	lapse := v{"outcome": "lapsed", "on": "2025-02-10", "decided_by": "主任", "until": "2026-08-31", "reason": "不再需要"}
	w.refused(by("chief"), "decision.decide", lapse, casefile.RefusedBadValue)
	delete(lapse, "until")
	w.registered(w.do("chief", "decision.decide", lapse))
	w.do("office", "publication.disclosure", v{"non_disclosable_by_law": false, "grounds": "审查"})
	w.do("office", "publication.publish", v{"channels": []string{"网站"}})
	w.registered(w.do("office", "publication.conclude", nil), lapsedAtEnd)
	if w.c.End != "lapsed" {
		t.Errorf("ends as %q", w.c.End)
	}
}

func TestARevisionIsDoneWhenTheNewTextIsPublished(t *testing.T) {
	w := evaluated(t)
	done := v{"making_case": "m1", "number": "甲〔2025〕9号", "published_on": "2025-06-02"}
	w.refused(by("office"), "decision.complete_revision", done, casefile.RefusedNotPossible)
	w.do("chief", "decision.start_revision", v{"decided_by": "主任", "making_case": "m1", "reason": "上位规定变化"})
	w.on("2025-06-03")
	w.refused(by("office"), "decision.complete_revision", v{"making_case": "m2", "number": "x", "published_on": "2025-06-02"}, casefile.RefusedBadValue)
	w.do("office", "decision.complete_revision", done)
	w.at("archive")
	w.fact("revision_case", "m1")
	if w.c.End != "revised" {
		t.Errorf("ends as %q", w.c.End)
	}
}

func TestTheWatchEndsWithARepeal(t *testing.T) {
	w := watched(t)
	w.refused(by("office"), "watch.note_lapse", nil, casefile.RefusedNotPossible)
	w.registered(w.do("office", "watch.superseded", v{"by": "丙2号", "on": "2025-01-06"}),
		casefile.DocumentChange{Document: "甲〔2023〕1号", Change: casefile.DocumentRepealed, On: day("2025-01-06"), By: "丙2号"})
	if w.c.End != "superseded" {
		t.Errorf("ends as %q", w.c.End)
	}
}
