package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// carrying gives a case of the shipped procedure of execution that has just been opened.
func carrying(t *testing.T) *walk {
	t.Helper()
	const file = "cn.decision-execution.2019.yaml"
	d, err := procedure.Load(file, source(t, file))
	if err != nil {
		t.Fatal(err)
	}
	w := &walk{t: t, d: d, judge: lawful(t), today: day("2025-06-02")}
	w.record(carriedOut(t, d, casefile.Matter{Title: "农贸市场改造方案的执行", Follows: "decided"}))
	return w
}

func carriedOut(t *testing.T, d *procedure.Definition, m casefile.Matter) *procedure.Plan {
	t.Helper()
	plan, refusal := d.PlanOpening(procedure.NewCase{
		Case: "c1", Organ: "organ", Matter: m, Practice: true, Initial: procedure.InitialFacts(shippedPacks(t)), Today: day("2025-06-02"),
		Act: casefile.Act{ID: "open", Kind: procedure.OpeningKind, By: by("office"),
			With: casefile.Values{"body_kind": "district-gov", "decision_body": "区政府", "contains_state_secret": false}},
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	return plan
}

// toExecution hands the decision over and issues the task sheet.
func toExecution(w *walk) {
	w.t.Helper()
	w.do("office", "handover.take_over", v{"summary": "改造农贸市场", "decided_on": "2025-04-28", "chief": "chief", "assessors": []string{"某设计院"}})
	w.do("office", "handover.assign", v{"unit": "市场办", "decided_by": "区政府"})
	w.do("office", "handover.conclude", nil)
	w.at("execution", "adjustment", "post_evaluation", "accountability")
	w.do("office", "execution.task_sheet", v{"tasks": []string{"施工"}, "aim": "改善环境", "finish_on": "2026-03-31"})
}

var (
	noTriggers  = v{"clearly_below_expectation": false, "many_opinions": false, "body_deems_needed": false}
	suspending  = v{"art35_situation": true, "urgent": true, "grounds": "塌方", "scope": "基坑施工", "review_on": "2025-07-15"}
	bodyMeeting = v{"meeting": "区政府常务会议", "held_on": "2025-06-02", "present": []string{"区长", "副区长"}, "reason": "会议研究"}
)

func also(values v, more v) v {
	out := v{}
	for _, list := range []v{values, more} {
		for _, name := range casefile.SortedNames(list) {
			out[name] = list[name]
		}
	}
	return out
}

// ended closes everything that is open beside the archive.
func ended(w *walk, result string) {
	w.t.Helper()
	w.do("office", "execution.complete", also(noTriggers, v{"result": result, "effects": "达到预期"}))
	w.do("office", "adjustment.close", nil)
	w.do("office", "post_evaluation.close", also(noTriggers, v{"reason": "没有新的情形"}))
	w.do("accountability_officer", "accountability.close", v{"reason": "没有需要追究的责任"})
	w.at("archive")
}

func reportedAndChecked(w *walk) {
	w.t.Helper()
	w.do("execution_unit", "execution.progress", v{"reported_on": "2025-06-02", "state": "on-track", "text": "已开工"})
	w.do("supervisor", "execution.supervise", v{"checked_on": "2025-06-02", "findings": "正常"})
}

func TestAnExecutionFollowsADecision(t *testing.T) {
	w := carrying(t)
	for _, tt := range []struct {
		procedure, end string
		want           bool
	}{
		{"cn.major-decision@2019", "published", true}, {"cn.major-decision@2019", "withheld", true},
		{"cn.major-decision@2019", "rejected", false}, {"cn.major-decision@2019", "", false},
		{"cn.normative-document@2018", "published", false},
	} {
		before := casefile.Case{Pinned: casefile.Pinned{Procedure: tt.procedure}, End: tt.end}
		if got := w.d.Open.Admits(before); got != tt.want {
			t.Errorf("%s as %q: %t", tt.procedure, tt.end, got)
		}
	}
	_, refusal := w.d.PlanOpening(procedure.NewCase{Case: "c", Organ: "o", Today: w.today, Practice: true, Matter: casefile.Matter{Title: "执行"},
		Act: casefile.Act{ID: "open", Kind: procedure.OpeningKind, By: by("office"), With: v{"body_kind": "town", "contains_state_secret": false}}})
	if refusal == nil || refusal.Code != casefile.RefusedMissingField || refusal.Field != "matter.follows" {
		t.Errorf("alone: %v", refusal)
	}
	if !decision(t).Open.Admits(casefile.Case{}) {
		t.Error("a procedure that names no case before admits none")
	}
}

// Which cases one may follow is checked with the definition, and an overlay keeps it.
func TestWhatAProcedureFollowsIsSound(t *testing.T) {
	const file = "cn.decision-execution.2019.yaml"
	const line = "    - {procedure: cn.major-decision, as: [published, withheld]}\n"
	load := func(with string) (*procedure.Definition, error) {
		return procedure.Load(file, []byte(strings.Replace(string(source(t, file)), line, with, 1)))
	}
	for _, tt := range []struct{ with, want string }{
		{"    - {procedure: cn.major-decision@2019}\n", "without version"},
		{line + line, "listed twice"},
		{"    - {procedure: cn.major-decision, as: [published, published]}\n", "each once"},
		{"    - {procedure: cn.major-decision, as: [Published]}\n", "small letters"},
	} {
		if _, err := load(tt.with); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.with, err, tt.want)
		}
	}
	base, err := load(line)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		with string
		want bool
	}{
		{line, true}, {"    - {procedure: cn.major-decision, as: [published]}\n", true},
		{"    - {procedure: cn.major-decision}\n", false}, {"    - {procedure: cn.major-decision, as: [rejected]}\n", false},
		{line + "    - {procedure: cn.normative-document}\n", false},
	} {
		over, err := load(tt.with)
		if err != nil {
			t.Fatal(err)
		}
		over.ID, over.Over = "xx.local", base.Name()
		if err := procedure.Tightens(base, over); (err == nil) != tt.want {
			t.Errorf("%s: %v, want it to tighten: %t", tt.with, err, tt.want)
		}
	}
	over, err := load(line)
	if err != nil {
		t.Fatal(err)
	}
	over.ID, over.Over, over.Open.Follows = "xx.local", base.Name(), nil
	if err := procedure.Tightens(base, over); err == nil {
		t.Error("an overlay may follow anything")
	}
}

func TestADecisionIsCarriedOut(t *testing.T) {
	w := carrying(t)
	w.refused(by("office"), "handover.assign", v{"unit": "市场办", "decided_by": "区政府"}, casefile.RefusedNotPossible)
	toExecution(w)
	w.refused(by("office"), "case.terminate", v{"reason": "不再执行", "decided_by": "区政府"}, casefile.RefusedNotPossible)
	w.refused(by("office"), "case.withdraw", v{"reason": "不再执行"}, casefile.RefusedNotPossible)
	w.refused(by("office"), "execution.task_sheet", v{"tasks": []string{"x"}, "aim": "x", "finish_on": "2026-06-30"}, casefile.RefusedMissingField)
	w.refused(by("office"), "execution.task_sheet", v{"tasks": []string{"x"}, "aim": "x", "finish_on": "2025-06-01", "reason": "x"}, casefile.RefusedBadValue)
	w.blocked("office", "execution.complete", also(noTriggers, v{"result": "completed", "effects": "x"}), "mad-execution-reported", "mad-execution-checked")
	for _, step := range []string{"adjustment.close", "post_evaluation.close", "accountability.close"} {
		with := v{"reason": "x"}
		if step == "adjustment.close" {
			with = nil
		}
		if step == "post_evaluation.close" {
			with = also(noTriggers, with)
		}
		w.refused(by("office"), step, with, casefile.RefusedNotPossible)
	}
	w.refused(by("office"), "execution.opinion", v{"count": 0, "channel": "letter", "summary": "x"}, casefile.RefusedBadValue)
	reportedAndChecked(w)
	w.refused(by("execution_unit"), "execution.supervise", v{"checked_on": "2025-06-02", "findings": "自查"}, casefile.RefusedWrongRole)
	w.refused(casefile.Actor{Person: "execution_unit", Name: "x", Roles: []casefile.Role{"supervisor"}}, "execution.supervise",
		v{"checked_on": "2025-06-02", "findings": "自查"}, casefile.RefusedSeparation)
	ended(w, "completed")
	if w.c.End != "executed" || deadlineOf(t, w.c, "mad-execution-in-time").State != casefile.DeadlineMet {
		t.Errorf("ended as %q, %+v", w.c.End, w.c.Deadlines)
	}
	w.do("archivist", "archive.list", nil)
	want := "task-sheet execution-reports supervision-record"
	if got := strings.Join(toTexts(w.c.Facts["required_docs"].Value), " "); !strings.HasSuffix(got, want) {
		t.Errorf("required %s, want %s", got, want)
	}
}

func deadlineOf(t *testing.T, c casefile.Case, id string) casefile.Deadline {
	t.Helper()
	at := slices.IndexFunc(c.Deadlines, func(d casefile.Deadline) bool { return d.ID == id })
	if at < 0 {
		t.Errorf("%s is not watched", id)
		return casefile.Deadline{}
	}
	return c.Deadlines[at]
}

func TestAProblemIsReportedAndDealtWith(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	reportedAndChecked(w)
	w.refused(by("execution_unit"), "execution.report_problem", v{"reported_on": "2025-06-02", "text": "x"}, casefile.RefusedNotPossible)
	noticed := v{"kind": "force-majeure", "noticed_on": "2025-06-02", "text": "暴雨塌方"}
	w.do("supervisor", "execution.notice_problem", noticed)
	if d := deadlineOf(t, w.c, "mad-execution-problem-report"); d.State != casefile.DeadlineOpen {
		t.Errorf("the duty to report is %s", d.State)
	}
	w.refused(by("office"), "execution.complete", also(noTriggers, v{"result": "completed", "effects": "x"}), casefile.RefusedNotPossible)
	w.do("execution_unit", "execution.report_problem", v{"reported_on": "2025-06-02", "text": "塌方情况"})
	if d := deadlineOf(t, w.c, "mad-execution-problem-report"); d.State != casefile.DeadlineMet {
		t.Errorf("after the report the duty is %s", d.State)
	}
	settled := v{"decision": "carry-on", "decided_by": "区政府", "reason": "已处置"}
	w.do("office", "execution.settle_problem", settled)
	w.refused(by("office"), "execution.settle_problem", settled, casefile.RefusedNotPossible)
	w.do("supervisor", "execution.notice_problem", noticed)
	w.refused(by("office"), "execution.settle_problem", settled, casefile.RefusedNotPossible) // not reported again
	if d := deadlineOf(t, w.c, "mad-execution-problem-report"); d.State != casefile.DeadlineOpen {
		t.Errorf("a second problem: the duty is %s", d.State)
	}
}

func TestOnlyTheChiefSuspendsTheExecution(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	w.refused(by("office"), "execution.suspend", suspending, casefile.RefusedWrongRole)
	w.refused(by("chief"), "execution.suspend", also(suspending, v{"review_on": "2025-06-02"}), casefile.RefusedBadValue)
	w.refused(by("secretary"), "execution.resume", bodyMeeting, casefile.RefusedNotPossible)
	w.blocked("chief", "execution.suspend", also(suspending, v{"urgent": false}), "mad-suspend-authority")
	w.blocked("chief", "execution.suspend", also(suspending, v{"art35_situation": false}), "mad-suspend-authority")
	deputy := w.try(w.act(under("deputy", "chief", "chief"), "execution.suspend", suspending))
	if deputy.Kind != casefile.EntryBlocked || hindered(deputy) != "mad-suspend-authority" {
		t.Errorf("a deputy: %s by %s", deputy.Kind, hindered(deputy))
	}
	w.do("chief", "execution.suspend", suspending)
	w.refused(by("chief"), "execution.suspend", suspending, casefile.RefusedNotPossible)
	duty, review := deadlineOf(t, w.c, "mad-suspension-decided"), deadlineOf(t, w.c, "execution/execution_review")
	if duty.State != casefile.DeadlineOpen || duty.Due != day("2025-07-15") || review.State != casefile.DeadlineOpen || review.Due != duty.Due {
		t.Errorf("%+v, %+v", duty, review)
	}
	if d := deadlineOf(t, w.c, "mad-execution-in-time"); d.State != casefile.DeadlineDropped {
		t.Errorf("while suspended it is %s to finish in time", d.State)
	}
	w.do("secretary", "execution.confirm_suspension", also(bodyMeeting, v{"next": "wait", "review_on": "2025-08-15"}))
	duty, review = deadlineOf(t, w.c, "mad-suspension-decided"), deadlineOf(t, w.c, "execution/execution_review")
	if duty.State != casefile.DeadlineMet || review.Due != day("2025-08-15") {
		t.Errorf("confirmed: %+v, %+v", duty, review)
	}
	reportedAndChecked(w)
	w.refused(by("office"), "execution.complete", also(noTriggers, v{"result": "completed", "effects": "x"}), casefile.RefusedNotPossible)
	w.do("secretary", "execution.resume", bodyMeeting)
	w.refused(by("secretary"), "execution.confirm_suspension", also(bodyMeeting, v{"next": "wait", "review_on": "2025-08-15"}), casefile.RefusedNotPossible)
	if d := deadlineOf(t, w.c, "execution/execution_review"); d.State != casefile.DeadlineDropped {
		t.Errorf("after it resumed the review is %s", d.State)
	}
	if d := deadlineOf(t, w.c, "mad-execution-in-time"); d.State != casefile.DeadlineOpen {
		t.Errorf("after it resumed, to finish in time is %s", d.State)
	}
}

func TestASuspensionIsNotLeftToTheChief(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	w.do("chief", "execution.suspend", suspending)
	w.on("2025-07-16")
	if d := deadlineOf(t, w.c, "mad-suspension-decided"); d.State != casefile.DeadlineBreached {
		t.Errorf("the body has not decided, and the duty is %s", d.State)
	}
}

func TestAMinorChangeIsDecidedByTheBody(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	minor := v{"kind": "minor", "text": "延长工期", "reason": "暴雨", "why_minor": "不改变目标和投资"}
	approving := also(bodyMeeting, v{"decision": "approve"})
	w.refused(by("office"), "adjustment.propose", v{"kind": "minor", "text": "x", "reason": "x"}, casefile.RefusedMissingField)
	w.do("office", "adjustment.propose", minor)
	w.blocked("office", "adjustment.conclude", v{"told": "已告知"}, "mad-no-informal-change")
	w.refused(by("office"), "adjustment.rerun", v{"case": "again", "result": "x"}, casefile.RefusedNotPossible)
	w.refused(by("office"), "adjustment.close", nil, casefile.RefusedNotPossible)
	w.do("secretary", "adjustment.decide_minor", also(approving, v{"decision": "reject"}))
	w.blocked("office", "adjustment.conclude", v{"told": "已告知"}, "mad-no-informal-change")
	w.do("office", "adjustment.drop", v{"reason": "会议不同意", "decided_by": "区政府"})
	w.fact("change_kind", "none")
	w.do("office", "adjustment.propose", minor)
	w.do("secretary", "adjustment.decide_minor", approving)
	w.do("office", "adjustment.conclude", v{"told": "已告知"})
	w.at("execution", "adjustment", "post_evaluation", "accountability")
	if n := w.c.Rounds("adjustment"); n != 3 {
		t.Errorf("round %d, want 3", n)
	}
	reportedAndChecked(w)
	ended(w, "completed")
}

func TestAMajorChangeAndAStopRunTheProcedureAgain(t *testing.T) {
	for _, tt := range []struct{ kind, result string }{{"major", "completed"}, {"stop", "stopped"}} {
		w := carrying(t)
		toExecution(w)
		reportedAndChecked(w)
		stop := also(noTriggers, v{"result": "stopped", "effects": "x"})
		w.refused(by("office"), "execution.complete", stop, casefile.RefusedBadValue)
		w.do("office", "adjustment.propose", v{"kind": tt.kind, "text": "改变选址", "reason": "地质条件"})
		w.refused(by("secretary"), "adjustment.decide_minor", also(bodyMeeting, v{"decision": "approve"}), casefile.RefusedNotPossible)
		w.blocked("office", "adjustment.conclude", v{"told": "主任批示"}, "mad-no-informal-change")
		w.refused(by("office"), "execution.complete", stop, casefile.RefusedBadValue)
		w.do("office", "adjustment.rerun", v{"case": "again", "result": "同意"})
		w.do("office", "adjustment.conclude", v{"told": "已公布"})
		again := v{"kind": "minor", "text": "x", "reason": "x", "why_minor": "x"}
		if tt.kind == "stop" {
			w.refused(by("office"), "adjustment.propose", again, casefile.RefusedNotPossible)
			w.refused(by("office"), "execution.complete", also(stop, v{"result": "completed"}), casefile.RefusedBadValue)
		}
		ended(w, tt.result)
	}
}

func TestAPostEvaluationHearsThePublicAndIsUsed(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	some := v{"clearly_below_expectation": false, "many_opinions": true, "body_deems_needed": false, "reason": "意见集中"}
	w.refused(by("office"), "post_evaluation.appoint", v{"evaluator": "某研究院", "kind": "institution", "plan": "x"}, casefile.RefusedNotPossible)
	w.do("office", "post_evaluation.consider", some)
	w.blocked("office", "post_evaluation.appoint", v{"evaluator": "某设计院", "kind": "institution", "plan": "x"}, "mad-posteval-evaluator-conflict")
	w.do("office", "post_evaluation.appoint", v{"evaluator": "某研究院", "kind": "institution", "plan": "x"})
	report := v{"conclusion": "adjust", "findings": "摊位费偏高", "document": digest(1)}
	w.refused(by("office"), "post_evaluation.report", report, casefile.RefusedWrongRole)
	w.do("evaluator", "post_evaluation.report", report)
	w.blocked("office", "post_evaluation.conclude", nil, "mad-posteval-public-voice")
	w.do("evaluator", "post_evaluation.hear_public", v{"methods": []string{"seminar"}, "summary": "摊位费"})
	w.do("evaluator", "post_evaluation.take_part", v{"kind": "deputy", "names": []string{"人大代表甲", "人大代表乙"}, "part": "座谈"})
	w.fact("outside_participants", 2)
	e := w.do("office", "post_evaluation.conclude", nil)
	if e.Outcome != "adjust" || w.c.Rounds("post_evaluation") != 2 {
		t.Errorf("ended as %q, round %d", e.Outcome, w.c.Rounds("post_evaluation"))
	}
	minor := v{"kind": "minor", "text": "降低摊位费", "reason": "评估建议", "why_minor": "不改变目标"}
	w.do("office", "adjustment.propose", minor)
	w.do("secretary", "adjustment.decide_minor", also(bodyMeeting, v{"decision": "approve"}))
	w.blocked("office", "adjustment.conclude", v{"told": "x"}, "mad-posteval-used")
	w.do("office", "adjustment.propose", also(minor, v{"evaluation": "采用评估建议"}))
	w.blocked("office", "adjustment.conclude", v{"told": "x"}, "mad-no-informal-change")
	w.do("secretary", "adjustment.decide_minor", also(bodyMeeting, v{"decision": "approve"}))
	w.do("office", "adjustment.conclude", v{"told": "已告知"})
	reportedAndChecked(w)
	ended(w, "completed")
}

// Where the law lets an evaluation be ordered and there is none, a reason is recorded.
func TestLeavingThePostEvaluationOutIsReasoned(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	reportedAndChecked(w)
	bad := v{"result": "completed", "effects": "x", "clearly_below_expectation": true, "many_opinions": false, "body_deems_needed": false}
	w.blocked("office", "execution.complete", bad, "mad-posteval-trigger")
	w.because("office", "execution.complete", bad, map[string]string{"mad-posteval-trigger": "实施未满一个季度"})
}

func TestWhoIsHeldToAccountIsRestricted(t *testing.T) {
	w := carrying(t)
	toExecution(w)
	record := v{"ground": "grave-error", "findings": "选址错误", "persons": []string{"某甲"}, "measures": []string{"liability"},
		"decided_by": "区监委", "decided_on": "2025-06-02", "dissented": true}
	w.refused(by("accountability_officer"), "accountability.record", record, casefile.RefusedMissingField)
	w.do("accountability_officer", "accountability.record", also(record, v{"relief": "表示不同意见的乙免予追究"}))
	kind, _ := procedure.Type(procedure.Accountability)
	spec, _ := kind.Act("record")
	for _, name := range []string{"persons", "findings", "measures", "dissented", "relief", "reference"} {
		if f, ok := fieldOf(spec, name); !ok || f.Level != casefile.LevelRestricted {
			t.Errorf("%s is not restricted", name)
		}
	}
	reportedAndChecked(w)
	ended(w, "completed")
	w.do("archivist", "archive.list", nil)
	if got := toTexts(w.c.Facts["required_docs"].Value); !slices.Contains(got, "accountability-record") {
		t.Errorf("required %v", got)
	}
}
