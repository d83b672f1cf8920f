package planner_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// simulation goes day by day: each day it tries every act of every running step
// and then to end the step, and asks the rules each time.
type simulation struct {
	w      *world
	t      *rapid.T
	opened legaltime.Date
	today  legaltime.Date
	facts  casefile.Values
	chosen map[string]legaltime.Date // announced on, and not chosen yet
	ended  map[string]legaltime.Date
}

type running struct {
	step    procedure.Step
	entered legaltime.Date
	done    []string
}

// met asks one rule, with dates that the act establishes.
func (s *simulation) met(r *running, l law, more casefile.Values) bool {
	facts := casefile.Values{}
	for name, v := range s.facts {
		facts[name] = v
	}
	facts["stage_entered_on"] = r.entered.String()
	for name, v := range more {
		facts[name] = v
	}
	f, err := s.w.judge.Rule(l.id, rules.Input{Facts: facts, Today: s.today})
	if err != nil {
		s.t.Fatal(err)
	}
	return f.Result == casefile.Pass
}

// announce chooses the earliest announced date that the rule accepts, day by day.
func (s *simulation) announce(r *running, l law, since legaltime.Date, more casefile.Values) {
	for d := since; ; d = d.AddDays(1) {
		more[l.chosen] = d.String()
		if s.met(r, l, more) || since.DaysUntil(d) > 2000 {
			return
		}
	}
}

// tryActs does each act that can be done today, and reports whether one was.
func (s *simulation) tryActs(r *running) (did bool) {
	kind, _ := procedure.Type(r.step.Type)
	for _, a := range kind.Acts {
		if len(a.Outcomes()) > 0 || slices.Contains(r.done, a.Verb) || slices.ContainsFunc(a.Needs, func(n string) bool { return !slices.Contains(r.done, n) }) {
			continue
		}
		more := casefile.Values{}
		if fact, ok := events[kind.ID][a.Verb]; ok {
			more[fact] = s.today.String()
		}
		open := true
		for _, l := range s.w.asked[r.step.ID+"."+a.Verb] {
			if l.chosen != "" {
				s.announce(r, l, s.today, more)
			}
			open = open && s.met(r, l, more)
		}
		if !open {
			continue
		}
		if x, ok := announced[kind.ID]; ok && x.verb == a.Verb && more[x.fact] == nil {
			s.chosen[x.fact] = s.today
		}
		for name, v := range more {
			s.facts[name] = v
		}
		r.done, did = append(r.done, a.Verb), true
	}
	return did
}

// tryEnd reports whether the step can end today: its rules are met, the periods
// that announced dates are held to have run, and what its acts establish for
// rules to come is there.
func (s *simulation) tryEnd(r *running) bool {
	for _, fact := range events[r.step.Type] {
		if slices.Contains(s.w.reads, fact) && s.facts[fact] == nil {
			return false
		}
	}
	kind, _ := procedure.Type(r.step.Type)
	if !slices.ContainsFunc(kind.Acts, func(a procedure.ActSpec) bool {
		return slices.Contains(a.Outcomes(), r.step.Outcomes[0].Is) && !slices.ContainsFunc(a.Needs, func(n string) bool { return !slices.Contains(r.done, n) })
	}) {
		return false
	}
	for _, l := range s.w.asked[r.step.ID] {
		if since, open := s.chosen[l.chosen]; open && l.chosen != "" {
			s.announce(r, l, since, s.facts)
			delete(s.chosen, l.chosen)
		}
	}
	for _, l := range s.w.asked[r.step.ID] {
		if !s.met(r, l, nil) {
			return false
		}
		if l.chosen == "opinion_requested_by" && s.today.Before(s.last(l.text[len(l.chosen+" >= d."):])) {
			return false
		}
	}
	return true
}

// last is the last line of the derivation of a period.
func (s *simulation) last(id string) legaltime.Date {
	p := s.w.periods[id]
	from, err := legaltime.ParseDate(s.facts[p.from].(string))
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := s.w.calendar.Derive(from, p.at(s.opened), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Days[len(d.Days)-1].Date
}

// bruteForce gives the day on which each step ends.
func bruteForce(t *rapid.T, w *world, opened legaltime.Date) map[string]legaltime.Date {
	s := &simulation{
		w: w, t: t, opened: opened, today: opened, facts: casefile.Values{"case_opened_on": opened.String()},
		chosen: map[string]legaltime.Date{}, ended: map[string]legaltime.Date{},
	}
	for at := w.def.Start; at != "closed"; {
		step, _ := w.def.Step(at)
		at = ""
		var active []*running
		for _, id := range step.Parallel {
			b, _ := w.def.Step(id)
			active = append(active, &running{step: b, entered: s.today})
			at = step.Joined.To
		}
		if len(active) == 0 {
			active, at = []*running{{step: step, entered: s.today}}, step.Outcomes[0].To
		}
		for len(active) > 0 {
			for _, r := range active {
				for s.tryActs(r) {
				}
			}
			active = slices.DeleteFunc(active, func(r *running) bool {
				if s.tryEnd(r) {
					s.ended[r.step.ID] = s.today
					return true
				}
				return false
			})
			if len(active) > 0 {
				s.today = s.today.AddDays(1)
			}
			if opened.DaysUntil(s.today) > 5000 {
				t.Fatalf("the simulation does not come to an end: %v", active[0].step.ID)
			}
		}
	}
	return s.ended
}

func drawStart(t *rapid.T) legaltime.Date {
	return legaltime.NewDate(2025, time.January, 1).AddDays(rapid.IntRange(0, 1000).Draw(t, "start"))
}

func TestThePlanAgreesWithTryingEveryDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, start := drawWorld(t), drawStart(t)
		plan, err := w.planner.Forward(planner.Question{From: start})
		if err != nil {
			t.Fatal(err)
		}
		last := start
		for id, want := range bruteForce(t, w, start) {
			if got, _ := plan.Step(id); got.Conclude != want {
				t.Fatalf("step %s: planned %s, by trying every day %s", id, got.Conclude, want)
			}
			if want.After(last) {
				last = want
			}
		}
		if plan.End != last {
			t.Fatalf("end: planned %s, by trying every day %s", plan.End, last)
		}
		checkWaits(t, w, plan)
	})
}

// checkWaits holds each wait to the printed derivation, and the critical path to
// what it says: one wait begins where the one before it ends.
func checkWaits(t *rapid.T, w *world, plan *planner.Plan) {
	for _, s := range plan.Steps {
		for _, x := range s.Waits {
			if x.Period == "" {
				continue
			}
			if want := w.periods[x.Period[len("xx.plan/"):]].at(plan.From); x.Length != want {
				t.Fatalf("%s: length %v, in force is %v", x.Period, x.Length, want)
			}
			d, err := w.calendar.Derive(x.From, x.Length, x.Excluded)
			if err != nil {
				t.Fatal(err)
			}
			if end := d.Days[len(d.Days)-1].Date; !x.Announced && x.Last != end {
				t.Fatalf("%s: last day %s, the derivation ends on %s", x.Period, x.Last, end)
			}
			if x.Provisional != d.Deadline.Provisional {
				t.Fatalf("%s: provisional %t, the derivation says %t", x.Period, x.Provisional, d.Deadline.Provisional)
			}
		}
	}
	at := plan.From
	for _, x := range plan.Critical {
		if x.From != at {
			t.Fatalf("critical path: %s runs from %s, the wait before it ends on %s", x.Period, x.From, at)
		}
		at = x.Until
	}
	if at != plan.End {
		t.Fatalf("critical path ends on %s, the plan on %s", at, plan.End)
	}
}

func TestTheLatestStartAgreesWithTryingEveryStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, by := drawWorld(t), drawStart(t)
		got, err := w.planner.Backward(planner.Question{}, "", by)
		if err != nil && !errors.Is(err, casefile.ErrInvalid) {
			t.Fatal(err)
		}
		first := by
		if got != nil && got.From.DaysUntil(by) > 70 { // trying all would take long: the days after the answer, where a later one would be
			first = got.From.AddDays(70)
		}
		for start := first; ; start = start.AddDays(-1) {
			plan, err := w.planner.Forward(planner.Question{From: start})
			if err != nil {
				t.Fatal(err)
			}
			done := plan.End
			if !plan.Decision.IsZero() {
				done = plan.Decision
			}
			if done.After(by) {
				continue
			}
			if got == nil || got.From != start {
				t.Fatalf("latest start by trying every start is %s, by halving %+v", start, got)
			}
			return
		}
	})
}

func TestStartingLaterNeverMeansBeingDoneSooner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, start := drawWorld(t), drawStart(t)
		later := start.AddDays(rapid.IntRange(1, 60).Draw(t, "later"))
		for _, p := range w.periods {
			if start.Before(p.changesOn) != later.Before(p.changesOn) {
				t.Skip("the law changes in between")
			}
		}
		a, err := w.planner.Forward(planner.Question{From: start})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.planner.Forward(planner.Question{From: later})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range a.Steps {
			if x, _ := b.Step(s.ID); x.Conclude.Before(s.Conclude) {
				t.Fatalf("step %s: from %s on %s, from %s on %s", s.ID, start, s.Conclude, later, x.Conclude)
			}
		}
	})
}
