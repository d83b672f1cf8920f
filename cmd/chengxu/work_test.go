package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/store"
)

// walked is a case that is recorded as a worker records it, without an engine.
type walked struct {
	db  *store.Store
	def *procedure.Definition
	c   casefile.Case
}

func (w *walked) record(t *rapid.T, plan *procedure.Plan, applies casefile.Result) {
	in := plan.Judge()
	j := rules.Judgement{Verdict: casefile.Verdict{Result: casefile.Pass}, Applies: map[rules.Ref]casefile.Verdict{}}
	for _, ref := range in.Applies {
		j.Applies[ref] = casefile.Verdict{Result: applies}
	}
	for i, ref := range in.Duties { // a duty that comes and goes with the facts
		j.Duties = append(j.Duties, casefile.Finding{Gate: string(ref), Rule: fmt.Sprint("duty-", i), Effect: casefile.EffectDuty,
			Result: casefile.Block, Due: plan.Today.AddDays(int(w.c.Sequence % 9)), RemindOn: []legaltime.Date{plan.Today.AddDays(1)}})
	}
	e := plan.Entry(j)
	e.At = time.Date(2024, 3, 1, 8, 0, int(w.c.Sequence), 0, time.UTC)
	if _, err := w.db.Record(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.c, err = w.db.Case(t.Context(), e.Case); err != nil {
		t.Fatal(err)
	}
}

// check compares the list with what the entries of the case, gone through from the
// first, come to.
func (w *walked) check(t *rapid.T) int {
	entries, err := w.db.Sealed(t.Context(), w.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	var scratch casefile.Case
	for _, e := range entries {
		if err := scratch.Apply(e.Entry); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := w.db.TasksOf(t.Context(), w.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	got, want := []string{}, []string{}
	for _, row := range rows {
		got = append(got, fmt.Sprintf("%+v", row.Task))
	}
	for _, task := range w.def.Tasks(&scratch) {
		want = append(want, fmt.Sprintf("%+v", task))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("after entry %d the list is not that of the case (-want +got):\n%s", w.c.Sequence, diff)
	}
	return len(rows)
}

// Whatever happens to a case, its rows in the work list are those of the case gone
// through from its first entry: acts, returns, suspensions, withdrawals, the end.
func TestTheWorkListIsThatOfTheCaseFromScratch(t *testing.T) {
	s, err := loadShipped()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.DeriveWith(activities.New(db, db).Derive)
	def, ok := s.Definition("cn.major-decision@2019")
	if !ok {
		t.Fatal("the procedure is not there")
	}
	if err := db.PutContent(t.Context(), "definition", def.Digest(), def.Canonical()); err != nil {
		t.Fatal(err)
	}
	cases, suspended := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		if cases >= 60 {
			return // each of them takes a while to be recorded
		}
		cases++
		w := &walked{db: db, def: def}
		w.open(rt, casefile.ID(fmt.Sprintf("case-%d", cases)))
		for range rapid.IntRange(1, 30).Draw(rt, "acts") {
			w.check(rt)
			if !w.step(rt) {
				break
			}
		}
		if n := w.check(rt); w.c.Status == casefile.StatusClosed {
			if n > 0 {
				rt.Fatalf("a closed case has %d tasks", n)
			}
		}
		suspended += len(w.c.Suspensions)
		if n, err := db.Rederive(rt.Context(), int64(100+cases)); err != nil || n == 0 && w.c.Status != casefile.StatusClosed {
			rt.Fatalf("%d cases filled again (%v)", n, err)
		}
		w.check(rt)
	})
	if suspended == 0 {
		t.Error("no case was suspended: the walks try too little")
	}
}

func (w *walked) open(t *rapid.T, id casefile.ID) {
	plan, refusal := w.def.PlanOpening(procedure.NewCase{
		Case: id, Organ: "organ", Matter: casefile.Matter{Title: "方案", Category: "policy"}, Practice: true, Today: legaltime.NewDate(2024, 3, 1),
		Pinned: casefile.Pinned{Procedure: w.def.Name(), Definition: w.def.Digest()},
		Act: casefile.Act{ID: "open", Kind: procedure.OpeningKind, By: casefile.Actor{Person: "p", Name: "甲", Unit: "办公室", Roles: []casefile.Role{"office"}},
			With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false}},
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.record(t, plan, casefile.Pass)
}

// step does a random act that is possible, and what time does after it; false when
// none is.
func (w *walked) step(t *rapid.T) bool {
	possible := slices.DeleteFunc(w.def.Possible(&w.c, casefile.Actor{}), func(p procedure.Possible) bool { return p.Spec.Moves })
	if len(possible) == 0 {
		return false
	}
	p := rapid.SampledFrom(possible).Draw(t, "act")
	role := rapid.SampledFrom(p.Roles).Draw(t, "role")
	by := casefile.Actor{Person: casefile.PersonID(role), Name: "甲", Unit: rapid.SampledFrom([]string{"", "一科", "二科"}).Draw(t, "unit"), Roles: []casefile.Role{role}}
	act := casefile.Act{ID: fmt.Sprint("a", w.c.Sequence), Kind: p.Kind, By: by, With: casefile.Values{}}
	var docs []casefile.Document
	for i, f := range p.Spec.Fields {
		if !f.Required && !rapid.Bool().Draw(t, "give") {
			continue
		}
		act.With[f.Name] = w.value(t, f, i, &docs)
	}
	plan, refusal := w.def.Plan(&w.c, act, docs, w.c.Today)
	if refusal != nil {
		return true // another one next time
	}
	w.record(t, plan, rapid.SampledFrom([]casefile.Result{casefile.Pass, casefile.Block}).Draw(t, "applies"))
	for late := w.def.PlanTime(&w.c, w.c.Today); late != nil; late = w.def.PlanTime(&w.c, w.c.Today) {
		w.record(t, late, casefile.Pass)
	}
	return true
}

func (w *walked) value(t *rapid.T, f procedure.Field, i int, docs *[]casefile.Document) any {
	digest := strings.Repeat(fmt.Sprintf("%02x", (int(w.c.Sequence)+i)%250), 32)
	if draft, ok := w.c.CurrentDraft(); ok && f.Name == "draft" && rapid.Bool().Draw(t, "current") {
		digest = string(draft.Digest)
	}
	switch f.Kind {
	case procedure.KindBool:
		return rapid.Bool().Draw(t, f.Name)
	case procedure.KindInt, procedure.KindNumber:
		return int64(2)
	case procedure.KindText:
		if len(f.Enum) > 0 {
			return rapid.SampledFrom(f.Enum).Draw(t, f.Name)
		}
		return "区政府"
	case procedure.KindDate:
		return w.c.Today.AddDays(rapid.SampledFrom([]int{0, 3}).Draw(t, f.Name)).String()
	case procedure.KindCase:
		return "another-case"
	case procedure.KindTexts:
		if len(f.Enum) > 0 {
			return f.Enum
		}
		return []string{"张"}
	case procedure.KindDigest:
		*docs = append(*docs, casefile.Document{Digest: casefile.Digest(digest)})
		return digest
	case procedure.KindDigests:
		*docs = append(*docs, casefile.Document{Digest: casefile.Digest(digest)})
		return []string{digest}
	}
	return nil
}

// A drafter finds the task of a case that was played, learns why, and reads the
// deadlines in a calendar.
func TestWorkIsFoundExplainedAndSubscribedTo(t *testing.T) {
	w := newWorld(t)
	by := w.callers[slices.IndexFunc(w.callers, func(c caller) bool { return c.name == "awaited" })]
	list := w.ask(t, by, http.MethodGet, "/api/v1/work", "")
	if list.Code != http.StatusOK || !strings.Contains(list.Body.String(), `"case":"`+string(w.c.ID)+`"`) || !strings.Contains(list.Body.String(), `"step":"party_report"`) {
		t.Fatalf("%d: %s", list.Code, list.Body)
	}
	why := w.ask(t, by, http.MethodGet, "/api/v1/work/"+string(w.c.ID)+"/party_report", "")
	if why.Code != http.StatusOK || !strings.Contains(why.Body.String(), `"mine":true`) || !strings.Contains(why.Body.String(), "第三十一条") {
		t.Errorf("%d: %s", why.Code, why.Body)
	}
	feed := w.ask(t, by, http.MethodPost, "/api/v1/feeds", `{"title":"期限"}`)
	_, rest, found := strings.Cut(feed.Body.String(), `"path":"`)
	path, _, _ := strings.Cut(rest, `"`)
	if feed.Code != http.StatusCreated || !found {
		t.Fatalf("%d: %s", feed.Code, feed.Body)
	}
	public := caller{name: "public"}
	if got := w.ask(t, public, http.MethodGet, path, ""); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "BEGIN:VTIMEZONE") || strings.Contains(got.Body.String(), canary) {
		t.Errorf("%d: %s", got.Code, got.Body)
	}
	told, err := w.s.cases.Escalate(context.WithoutCancel(t.Context()), w.c.Organ, []procedure.Escalation{{Days: -60, To: []casefile.Role{"chief"}}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.s.cases.Escalate(t.Context(), w.c.Organ, []procedure.Escalation{{Days: -60, To: []casefile.Role{"chief"}}})
	if err != nil || again != 0 {
		t.Errorf("told %d times, then %d (%v)", told, again, err)
	}
	if strings.Contains(w.logged.String(), strings.TrimSuffix(strings.TrimPrefix(path, "/feeds/"), ".ics")) {
		t.Error("the log tells the secret of the feed")
	}
}
