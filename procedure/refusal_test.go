package procedure_test

import (
	"math"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// register is a good payload of intake.register, changed in some fields.
func register(change v) v {
	out := v{"proposer_kind": "department", "proposer": "科室", "received_on": "2024-03-01", "summary": "建议"}
	for name, value := range change {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

func TestABadActIsRefused(t *testing.T) {
	long := strings.Repeat("长", procedure.MaxText+1)
	office := by("office")
	for _, tt := range []struct {
		name string
		who  casefile.Actor
		kind string
		with v
		want casefile.RefusalCode
	}{
		{"no such step", office, "moon.land", nil, casefile.RefusedUnknownAct},
		{"no such verb", office, "intake.dance", nil, casefile.RefusedUnknownAct},
		{"no such act of the case", office, "case.dance", nil, casefile.RefusedUnknownAct},
		{"no verb at all", office, "intake", nil, casefile.RefusedUnknownAct},
		{"a block is no step", office, "opinions.open", nil, casefile.RefusedUnknownAct},
		{"opening again", office, "case.open", nil, casefile.RefusedUnknownAct},
		{"a step that is not running", by("chief"), "launch.decide", v{"outcome": "launch", "decided_by": "x"}, casefile.RefusedNotPossible},
		{"an act before its time", office, "intake.assign", v{"study_unit": "x"}, casefile.RefusedNotPossible},
		{"resuming what runs", office, "case.resume", v{"reason": "x"}, casefile.RefusedNotPossible},
		{"the wrong role", by("expert"), "intake.register", register(nil), casefile.RefusedWrongRole},
		{"no role", casefile.Actor{Person: "x"}, "intake.register", register(nil), casefile.RefusedWrongRole},
		{"nobody", casefile.Actor{Roles: []casefile.Role{"office"}}, "intake.register", register(nil), casefile.RefusedBadValue},
		{"a missing field", office, "intake.register", register(v{"proposer": nil}), casefile.RefusedMissingField},
		{"a blank field", office, "intake.register", register(v{"proposer": "  "}), casefile.RefusedMissingField},
		{"an unknown field", office, "intake.register", register(v{"colour": "red"}), casefile.RefusedUnknownField},
		{"a number for text", office, "intake.register", register(v{"proposer": 7.0}), casefile.RefusedBadValue},
		{"a value outside the list", office, "intake.register", register(v{"proposer_kind": "king"}), casefile.RefusedBadValue},
		{"too long a text", office, "intake.register", register(v{"summary": long}), casefile.RefusedBadValue},
		{"invalid UTF-8", office, "intake.register", register(v{"summary": "\xff"}), casefile.RefusedBadValue},
		{"a date that is none", office, "intake.register", register(v{"received_on": "2024-02-30"}), casefile.RefusedBadValue},
		{"a date far away", office, "intake.register", register(v{"received_on": "0001-01-01"}), casefile.RefusedBadValue},
		{"a future date", office, "intake.register", register(v{"received_on": "2024-03-02"}), casefile.RefusedFutureDate},
		{"a malformed digest", office, "intake.register", register(v{"proposal": "abc"}), casefile.RefusedBadValue},
		{"an unknown digest", office, "intake.register", register(v{"proposal": strings.Repeat("f", 64)}), casefile.RefusedUnknownDigest},
		{"a clock that stands", office, "case.advance", v{"to": "2024-03-01"}, casefile.RefusedClockBackwards},
		{"a clock that goes back", office, "case.advance", v{"to": "2024-02-01"}, casefile.RefusedClockBackwards},
		{"nothing determined", office, "case.determine", v{"grounds": "x"}, casefile.RefusedMissingField},
		{"a list for a flag", office, "case.determine", v{"grounds": "x", "highly_technical": []any{"x"}}, casefile.RefusedBadValue},
		{"a flag for a list", office, "case.determine", v{"grounds": "x", "affected_units": true}, casefile.RefusedBadValue},
		{"a list with a number", office, "case.determine", v{"grounds": "x", "affected_units": []any{"a", 1.0}}, casefile.RefusedBadValue},
		{"a list with a blank", office, "case.determine", v{"grounds": "x", "affected_units": []any{""}}, casefile.RefusedMissingField},
		{"too long a list", office, "case.determine", v{"grounds": "x", "affected_units": make([]string, procedure.MaxItems+1)}, casefile.RefusedBadValue},
		{"revising before there is a draft", by("drafter"), "case.revise", v{"draft": digest(1), "title": "x", "changes": "x"}, casefile.RefusedNotPossible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
			w.refused(tt.who, tt.kind, tt.with, tt.want)
			if w.c.Sequence != 1 {
				t.Error("a refusal left a trace")
			}
		})
	}
}

func TestNumbersAreBounded(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	for name, count := range map[string]any{
		"not a number": math.NaN(), "infinite": math.Inf(1), "huge": 1e18, "negative": -1.0, "half": 1.5, "text": "3", "zero": 0,
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(by("drafter"), "participation.register", v{"count": count}, casefile.RefusedBadValue)
		})
	}
	w.t = t
	w.do("drafter", "participation.register", v{"count": 3.0})
	w.fact("opinions_received", 3)
	w.refused(by("drafter"), "participation.answer", v{"count": 4}, casefile.RefusedBadValue)
}

func TestAReasonIsRefusedWhereNoRuleIsAsked(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	for name, tt := range map[string]struct {
		kind    string
		reasons map[string]string
		want    casefile.RefusalCode
	}{
		"no gate":       {"intake.register", map[string]string{"mad-x": "because"}, casefile.RefusedUnknownReason},
		"no rule id":    {"case.suspend", map[string]string{"MAD X": "because"}, casefile.RefusedUnknownReason},
		"no reason":     {"case.suspend", map[string]string{"mad-x": " "}, casefile.RefusedBadValue},
		"a long reason": {"case.suspend", map[string]string{"mad-x": strings.Repeat("长", 4001)}, casefile.RefusedBadValue},
	} {
		with := v{"reason": "x"}
		if tt.kind == "intake.register" {
			with = register(nil)
		}
		act := w.act(by("office"), tt.kind, with)
		act.Reasons = tt.reasons
		if _, refusal := w.d.Plan(&w.c, act, nil, w.today); refusal == nil || refusal.Code != tt.want {
			t.Errorf("%s: refused with %v, want %s", name, refusal, tt.want)
		}
	}
}

func TestNobodyActsInTwoSeparatedRoles(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	both := casefile.Actor{Person: "drafter", Name: "承办人", Roles: []casefile.Role{"legality_reviewer", "drafter"}}
	w.refused(both, "legality_review.accept", nil, casefile.RefusedNotPossible)
	toCoordination(w)
	toOpinions(w)
	w.do("drafter", "participation.conclude", nil)
	w.do("legal_officer", "pre_review.opine", v{"draft": digest(1), "conclusion": "pass", "text": "合法"})
	w.do("drafter", "legality_review.submit", v{"draft": digest(1), "pack": []string{"draft"}, "requested_by": "2024-03-20"})
	w.refused(both, "legality_review.accept", nil, casefile.RefusedSeparation)

	// Moving the clock is nobody's part in the case: it binds nobody.
	if e := w.try(w.act(both, "case.advance", v{"to": "2024-03-02"})); e.Act.By.Capacity != "" {
		t.Errorf("the clock was moved as %s", e.Act.By.Capacity)
	}
	// Among several roles that are allowed, the one is taken that is not forbidden.
	if e := w.try(w.act(both, "legality_review.rework", v{"reason": "x"})); e.Act.By.Capacity != "drafter" {
		t.Errorf("acted as %s, want drafter", e.Act.By.Capacity)
	}
}

func TestAnActOnAnotherDraftIsRefused(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	toDrafting(w)
	toCoordination(w)
	toOpinions(w)
	w.do("drafter", "participation.conclude", nil)
	opine := func(draft string) v { return v{"draft": draft, "conclusion": "pass", "text": "x"} }
	w.refused(by("legal_officer"), "pre_review.opine", opine(digest(9)), casefile.RefusedStaleDigest)
	w.refused(by("legal_officer"), "pre_review.opine", opine(strings.Repeat("f", 64)), casefile.RefusedUnknownDigest)
	w.refused(by("drafter"), "case.revise", v{"draft": digest(1), "title": "x", "changes": "x"}, casefile.RefusedBadValue)
	w.do("drafter", "case.revise", v{"draft": digest(3), "title": "修改稿", "changes": "第二条"})
	w.refused(by("legal_officer"), "pre_review.opine", opine(digest(1)), casefile.RefusedStaleDigest)
	w.do("legal_officer", "pre_review.opine", opine(digest(3)))
	w.do("drafter", "case.revise", v{"draft": digest(4), "title": "再修改", "changes": "第三条"})
	if o := w.c.Opinions[len(w.c.Opinions)-1]; !w.c.Stale(o) || o.Version != 2 || string(o.Draft) != digest(3) {
		t.Errorf("the opinion should be stale and bound to version 2: %+v", o)
	}
}

func TestASuspendedCaseAdmitsOnlyWhatIsMeantForIt(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	w.do("office", "case.suspend", v{"reason": "等待上位规划", "decided_by": "区政府", "review_on": "2024-06-01"})
	if w.c.Status != casefile.StatusSuspended {
		t.Fatalf("status %s", w.c.Status)
	}
	w.refused(by("office"), "intake.register", register(nil), casefile.RefusedSuspended)
	w.refused(by("office"), "case.suspend", v{"reason": "x"}, casefile.RefusedSuspended)
	w.do("office", "case.note", v{"text": "记事"})
	w.do("office", "case.advance", v{"to": "2024-03-05"})
	for _, p := range w.d.Possible(&w.c, by("office")) {
		if p.Step != "" {
			t.Errorf("%s is possible in a suspended case", p.Kind)
		}
	}
	w.on("2024-06-02")
	if d := w.c.Deadlines[0]; d.ID != "case/suspension_review" || d.State != casefile.DeadlineElapsed {
		t.Errorf("the review of the suspension is watched as %+v", d)
	}
	w.do("office", "case.resume", v{"reason": "规划已批", "decided_by": "区政府"})
	w.do("office", "intake.register", register(nil))
}

func TestARealCaseHasNoClockToMove(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	w.c.Practice = false
	w.refused(by("office"), "case.advance", v{"to": "2024-03-05"}, casefile.RefusedPracticeOnly)
}

func TestABadOpeningIsRefused(t *testing.T) {
	d := decision(t)
	good := v{"body_kind": "department", "contains_state_secret": false}
	for _, tt := range []struct {
		name string
		act  casefile.Act
		on   string
		want casefile.RefusalCode
	}{
		{"another act", casefile.Act{Kind: "intake.register", By: by("office"), With: good}, "2024-03-01", casefile.RefusedUnknownAct},
		{"the wrong role", casefile.Act{Kind: "case.open", By: by("expert"), With: good}, "2024-03-01", casefile.RefusedWrongRole},
		{"no kind of body", casefile.Act{Kind: "case.open", By: by("office"), With: v{"contains_state_secret": false}}, "2024-03-01", casefile.RefusedMissingField},
		{"silence about secrets", casefile.Act{Kind: "case.open", By: by("office"), With: v{"body_kind": "town"}}, "2024-03-01", casefile.RefusedMissingField},
		{"an unknown field", casefile.Act{Kind: "case.open", By: by("office"), With: v{"body_kind": "town", "contains_state_secret": false, "x": 1}},
			"2024-03-01", casefile.RefusedUnknownField},
		{"no date", casefile.Act{Kind: "case.open", By: by("office"), With: good}, "", casefile.RefusedBadValue},
	} {
		_, refusal := d.PlanOpening(procedure.NewCase{Case: "c", Organ: "o", Act: tt.act, Today: day(tt.on)})
		if refusal == nil || refusal.Code != tt.want {
			t.Errorf("%s: refused with %v, want %s", tt.name, refusal, tt.want)
		}
	}
}

func TestASecretKeepsACaseFromBeingOpened(t *testing.T) {
	d, judge := decision(t), lawful(t)
	plan, refusal := d.PlanOpening(procedure.NewCase{Case: "c", Organ: "o", Today: day("2024-03-01"), Act: casefile.Act{
		Kind: "case.open", By: by("office"), With: v{"body_kind": "department", "contains_state_secret": true}}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	j, err := judge(plan.Judge())
	if err != nil {
		t.Fatal(err)
	}
	if e := plan.Entry(j); e.Kind != casefile.EntryBlocked || hindered(e) != "gen-no-state-secrets-in-system" {
		t.Errorf("got %s, hindered by %q", e.Kind, hindered(e))
	}
}
