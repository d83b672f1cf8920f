package procedure_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// asked answers what a plan asks of the rules.
type asked func(rules.Input) (rules.Judgement, error)

// walk walks a case through a procedure without engine or store. After each
// entry it does what a verifier does: it reads the entry back from its JSON form
// and derives it again.
type walk struct {
	t       testing.TB
	d       *procedure.Definition
	judge   asked
	c       casefile.Case
	entries []casefile.Entry
	today   legaltime.Date
	acts    int
}

func day(s string) legaltime.Date {
	d, err := legaltime.ParseDate(s)
	if err != nil {
		return legaltime.Date{}
	}
	return d
}

func digest(n int) string { return fmt.Sprintf("%064x", n) }

// by gives a person of their own for each role.
func by(roles ...casefile.Role) casefile.Actor {
	return casefile.Actor{Person: casefile.PersonID(roles[0]), Name: string(roles[0]), Roles: roles}
}

// passing answers every gate with pass and every question about a step ahead
// with the answer given.
func passing(applies casefile.Result) asked {
	return func(in rules.Input) (rules.Judgement, error) {
		j := rules.Judgement{Verdict: casefile.Verdict{Result: casefile.Pass, Gates: []string{}, Findings: []casefile.Finding{}}}
		for _, ref := range in.Applies {
			if j.Applies == nil {
				j.Applies = map[rules.Ref]casefile.Verdict{}
			}
			j.Applies[ref] = casefile.Verdict{Result: applies, Gates: []string{string(ref)}, Findings: []casefile.Finding{}}
		}
		return j, nil
	}
}

// lawful answers with the shipped rules.
func lawful(t testing.TB) asked {
	t.Helper()
	judge, err := rules.NewJudge(shippedPacks(t), shippedCalendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return judge.Judge
}

func newWalk(t testing.TB, d *procedure.Definition, judge asked, starts string) *walk {
	t.Helper()
	w := &walk{t: t, d: d, judge: judge, today: day(starts)}
	w.record(w.opening("区政府"))
	return w
}

func (w *walk) opening(body string) *procedure.Plan {
	w.t.Helper()
	initial := procedure.InitialFacts(shippedPacks(w.t))
	plan, refusal := w.d.PlanOpening(procedure.NewCase{
		Case: "c1", Organ: "organ", Matter: casefile.Matter{Title: "生活垃圾分类工作方案", Category: "policy"}, Practice: true,
		Act: casefile.Act{ID: "open", Kind: procedure.OpeningKind, By: by("office"),
			With: casefile.Values{"body_kind": "district-gov", "decision_body": body, "contains_state_secret": false}},
		Initial: initial, Today: w.today,
	})
	if refusal != nil {
		w.t.Fatal(refusal)
	}
	return plan
}

// record judges the plan, reads the entry back from its JSON form and adds it.
func (w *walk) record(plan *procedure.Plan) casefile.Entry {
	w.t.Helper()
	judgement, err := w.judge(plan.Judge())
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := json.Marshal(plan.Entry(judgement))
	if err != nil {
		w.t.Fatal(err)
	}
	var e casefile.Entry
	if err := json.Unmarshal(b, &e); err != nil {
		w.t.Fatal(err)
	}
	if err := w.c.Apply(e); err != nil {
		w.t.Fatal(err)
	}
	w.entries = append(w.entries, e)
	checkEstablished(w.t, w.d, e)
	checkAuthored(w.t, e)
	return e
}

// checkAuthored checks that the entry names the natural person who made it, or the
// rule or timer.
func checkAuthored(t testing.TB, e casefile.Entry) {
	t.Helper()
	cause, automatic := e.Cause()
	switch {
	case e.Act != nil && (automatic || e.Act.By.Person == ""):
		t.Errorf("entry %d (%s) names no person: %+v", e.Sequence, e.Kind, e.Act)
	case e.Act == nil && (!automatic || cause.Deadline == "" || cause.Basis == "" || cause.Kind != casefile.CausePeriod && cause.Rule == ""):
		t.Errorf("entry %d (%s) was made by nobody and names no cause: %+v", e.Sequence, e.Kind, cause)
	}
}

func (w *walk) act(who casefile.Actor, kind string, with casefile.Values) casefile.Act {
	w.acts++
	return casefile.Act{ID: fmt.Sprint("a", w.acts), Kind: kind, By: who, With: with}
}

// papers describes the documents that a payload names: every digest is stored.
func papers(with casefile.Values) []casefile.Document {
	var out []casefile.Document
	for _, name := range slices.Sorted(maps.Keys(with)) {
		list, _ := with[name].([]string)
		if s, ok := with[name].(string); ok {
			list = []string{s}
		}
		for _, s := range list {
			if len(s) == 64 && !strings.HasPrefix(s, "f") {
				out = append(out, casefile.Document{Digest: casefile.Digest(s), Title: "paper", Size: 1})
			}
		}
	}
	return out
}

// try does an act and gives its entry, admitted or blocked.
func (w *walk) try(act casefile.Act) casefile.Entry {
	w.t.Helper()
	before, err := json.Marshal(w.c)
	if err != nil {
		w.t.Fatal(err)
	}
	plan, refusal := w.d.Plan(&w.c, act, papers(act.With), w.today)
	if refusal != nil {
		w.t.Fatalf("%s was refused: %v", act.Kind, refusal)
	}
	e := w.recordAgain(plan, act, before)
	if !e.Today.IsZero() {
		w.today = e.Today
	}
	w.passTime()
	return e
}

// recordAgain records the entry and derives it a second time from what was
// recorded: the two must be equal byte for byte.
func (w *walk) recordAgain(plan *procedure.Plan, act casefile.Act, before []byte) casefile.Entry {
	w.t.Helper()
	e := w.record(plan)
	var c casefile.Case
	if err := json.Unmarshal(before, &c); err != nil {
		w.t.Fatal(err)
	}
	submitted := *e.Act
	submitted.By.Capacity = ""
	plan, refusal := w.d.Plan(&c, submitted, papers(act.With), e.On)
	if refusal != nil {
		w.t.Fatalf("%s was refused when derived again: %v", act.Kind, refusal)
	}
	judgement, err := w.judge(plan.Judge())
	if err != nil {
		w.t.Fatal(err)
	}
	first, _ := json.Marshal(e)
	second, _ := json.Marshal(plan.Entry(judgement))
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		w.t.Errorf("%s derived again differs: %s", act.Kind, diff)
	}
	return e
}

func (w *walk) passTime() {
	w.t.Helper()
	for plan := w.d.PlanTime(&w.c, w.today); plan != nil; plan = w.d.PlanTime(&w.c, w.today) {
		w.record(plan)
	}
}

// do does an act that must be admitted.
func (w *walk) do(role casefile.Role, kind string, with casefile.Values) casefile.Entry {
	w.t.Helper()
	return w.because(role, kind, with, nil)
}

// because does an act with recorded reasons; it must be admitted.
func (w *walk) because(role casefile.Role, kind string, with casefile.Values, reasons map[string]string) casefile.Entry {
	w.t.Helper()
	act := w.act(by(role), kind, with)
	act.Reasons = reasons
	e := w.try(act)
	if e.Kind != casefile.EntryAct {
		w.t.Fatalf("%s was not admitted: %s", kind, hindered(e))
	}
	return e
}

// blocked does an act that the rules must stop for exactly these reasons: rule
// ids, "?fact" for facts that are missing.
func (w *walk) blocked(role casefile.Role, kind string, with casefile.Values, by ...string) {
	w.t.Helper()
	e := w.try(w.act(actor(role), kind, with))
	if e.Kind != casefile.EntryBlocked {
		w.t.Fatalf("%s was admitted, want it blocked by %v", kind, by)
	}
	slices.Sort(by)
	if got := hindered(e); got != strings.Join(by, " ") {
		w.t.Errorf("%s was blocked by %q, want %q", kind, got, strings.Join(by, " "))
	}
	if len(e.Facts)+len(e.Entered)+len(e.Documents)+len(e.Deadlines) > 0 {
		w.t.Errorf("the blocked %s changed the case: %+v", kind, e)
	}
}

func actor(role casefile.Role) casefile.Actor { return by(role) }

func hindered(e casefile.Entry) string {
	if e.Verdict == nil {
		return ""
	}
	var out []string
	for _, f := range e.Verdict.Hindering() {
		if f.Result == casefile.Undetermined {
			for _, m := range f.Missing {
				out = append(out, "?"+m)
			}
			continue
		}
		out = append(out, f.Rule)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// on moves the practice clock.
func (w *walk) on(date string) {
	w.t.Helper()
	w.do("trainer", "case.advance", casefile.Values{"to": date})
}

// at checks which steps are running.
func (w *walk) at(steps ...string) {
	w.t.Helper()
	var got []string
	for _, s := range w.c.ActiveSteps() {
		got = append(got, s.Step)
	}
	slices.Sort(got)
	slices.Sort(steps)
	if diff := cmp.Diff(steps, got); diff != "" {
		w.t.Errorf("running steps (-want +got):\n%s", diff)
	}
}

// fact checks a fact.
func (w *walk) fact(name string, want any) {
	w.t.Helper()
	if got := w.c.Facts[name].Value; fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("fact %s is %v, want %v", name, got, want)
	}
}

// refused checks that an act is refused with the code.
func (w *walk) refused(who casefile.Actor, kind string, with casefile.Values, want casefile.RefusalCode) {
	w.t.Helper()
	_, refusal := w.d.Plan(&w.c, w.act(who, kind, with), papers(with), w.today)
	switch {
	case refusal == nil:
		w.t.Errorf("%s was not refused, want %s", kind, want)
	case refusal.Code != want:
		w.t.Errorf("%s was refused with %s (%s), want %s", kind, refusal.Code, refusal.Message.EN, want)
	case refusal.Message.ZH == "" || refusal.Message.EN == "" || refusal.Act != kind:
		w.t.Errorf("the refusal of %s says too little: %+v", kind, refusal)
	}
}
