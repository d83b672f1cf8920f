package procedure_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// discretionary is the shipped definition with a study that may be left out.
func discretionary(t *testing.T) *procedure.Definition {
	t.Helper()
	src, _ := edited(t, "    type: study\n", "    type: study\n    applies: cn.713/expert_applies\n    skip: launch\n")
	src = strings.Replace(src, "joined: {to: pre_review, free: 各分支均已通过各自的关口}", "joined: {to: pre_review, gate: cn.713/any_stage}", 1)
	d, err := procedure.Load("x.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func assign(w *walk) casefile.Entry {
	w.t.Helper()
	w.do("office", "intake.register", register(nil))
	w.do("office", "intake.triage", v{"matter_type": "policy", "special_procedure_by_law": false, "reason": "公共政策"})
	return w.try(w.act(by("office"), "intake.assign", v{"study_unit": "科室"}))
}

func TestAStepIsLeftOutOnlyWithItsVerdict(t *testing.T) {
	for _, tt := range []struct {
		applies casefile.Result
		kind    casefile.EntryKind
		entered []string
		at      string
	}{
		{casefile.Pass, casefile.EntryAct, []string{"study"}, "study"},
		{casefile.Block, casefile.EntryAct, []string{"study", "launch"}, "launch"},
		{casefile.Undetermined, casefile.EntryBlocked, nil, "intake"},
	} {
		t.Run(string(tt.applies), func(t *testing.T) {
			w := newWalk(t, discretionary(t), passing(tt.applies), "2024-03-01")
			e := assign(w)
			if e.Kind != tt.kind {
				t.Fatalf("recorded as %s, want %s", e.Kind, tt.kind)
			}
			var entered []string
			for _, in := range e.Entered {
				entered = append(entered, in.Step)
				if in.Step == "study" && (in.Gate != "cn.713/expert_applies" || in.Verdict == nil || in.Applies != (tt.applies == casefile.Pass)) {
					t.Errorf("entered without the verdict that decided: %+v", in)
				}
			}
			if diff := cmp.Diff(tt.entered, entered); diff != "" {
				t.Errorf("entered (-want +got):\n%s", diff)
			}
			w.at(tt.at)
			if tt.kind == casefile.EntryBlocked && e.Verdict.Result != casefile.Undetermined {
				t.Errorf("the verdict is %s", e.Verdict.Result)
			}
		})
	}
}

func TestAQuestionThatNobodyWasAskedHoldsTheCase(t *testing.T) {
	silent := func(rules.Input) (rules.Judgement, error) {
		return rules.Judgement{Verdict: casefile.Verdict{Result: casefile.Pass}}, nil
	}
	w := newWalk(t, discretionary(t), silent, "2024-03-01")
	if e := assign(w); e.Kind != casefile.EntryBlocked {
		t.Errorf("a step was entered or left out without an answer: %+v", e.Entered)
	}
}

func TestTheGateOfAJoinIsAskedByTheLastBranchAlone(t *testing.T) {
	w := newWalk(t, discretionary(t), passing(casefile.Pass), "2024-03-01")
	assign(w)
	w.do("studier", "study.report", v{"argued_points": []string{}, "summary": "x"})
	w.do("studier", "study.conclude", v{"recommendation": "recommended", "reason": "x"})
	w.do("chief", "launch.decide", v{"outcome": "launch", "decided_by": "区政府", "undertaking_units": []string{"甲"}})
	toCoordination(w)
	toOpinions(w)
	experts(w, digest(1))
	e := w.do("drafter", "expert_argument.conclude", nil)
	if len(e.Entered) != 0 {
		t.Errorf("the join opened while branches are running: %+v", e.Entered)
	}
	risk(w, digest(1))
	competition(w, digest(1))
	var join []rules.Ref
	for _, p := range w.d.Possible(&w.c, by("drafter")) {
		if p.Kind == "participation.conclude" {
			join = p.Gates
		}
	}
	want := []rules.Ref{"cn.713/any_stage", "cn.713/participation_done", "cn.713/any_stage"}
	if diff := cmp.Diff(want, join); diff != "" {
		t.Errorf("gates of the last branch (-want +got):\n%s", diff)
	}
	w.do("drafter", "participation.conclude", nil)
	w.at("pre_review")
}

func TestWhatIsPossibleNamesRolesGatesAndTargets(t *testing.T) {
	w := newWalk(t, decision(t), passing(casefile.Block), "2024-03-01")
	kinds := func(who casefile.Actor) (all, allowed []string) {
		for _, p := range w.d.Possible(&w.c, who) {
			all = append(all, p.Kind)
			if p.Allowed {
				allowed = append(allowed, p.Kind)
			}
		}
		return all, allowed
	}
	all, allowed := kinds(by("office"))
	want := []string{"intake.register", "case.suspend", "case.withdraw", "case.terminate", "case.determine", "case.revise", "case.seal", "case.propose_adoption", "case.adopt", "case.keep", "case.note", "case.advance"}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("possible (-want +got):\n%s", diff)
	}
	if slices.Contains(allowed, "case.seal") || !slices.Contains(allowed, "intake.register") {
		t.Errorf("the office may do %v", allowed)
	}
	if _, allowed := kinds(by("expert")); !slices.Equal(allowed, []string{"case.note", "case.advance"}) {
		t.Errorf("an expert may do %v", allowed)
	}
	toReview(w)
	review(w, digest(1), "2024-03-20")
	for _, p := range w.d.Possible(&w.c, by("office")) {
		if p.Kind != "submission_check.return" {
			continue
		}
		var targets []string
		for _, lead := range p.Leads {
			targets = append(targets, lead.To)
		}
		if diff := cmp.Diff([]string{"drafting", "opinions", "legality_review", "submission_check"}, targets); diff != "" {
			t.Errorf("targets of a return (-want +got):\n%s", diff)
		}
	}
	w.c.Status = casefile.StatusClosed
	if got := w.d.Possible(&w.c, by("office")); len(got) != 0 {
		t.Errorf("a closed case admits %d acts", len(got))
	}
}
