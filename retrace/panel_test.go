package retrace_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/retrace"
	"github.com/zhengdang/chengxu/rules"
)

type values = casefile.Values

func paper(n int) string { return fmt.Sprintf("%064x", n) }

// played is a case with a panel as it was recorded: an entry of every kind of vote,
// and of a change of the draft between them.
func played(t *testing.T, def *procedure.Definition, judge *rules.Judge, initial values) []casefile.Entry {
	t.Helper()
	var c casefile.Case
	var entries []casefile.Entry
	record := func(plan *procedure.Plan, refusal *casefile.Refusal) {
		t.Helper()
		if refusal != nil {
			t.Fatal(refusal)
		}
		e, err := retrace.Entry(plan, judge)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var read casefile.Entry
		if err := json.Unmarshal(b, &read); err != nil {
			t.Fatal(err)
		}
		if err := c.Apply(read); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, read)
	}
	by := func(person string, role casefile.Role) casefile.Actor {
		return casefile.Actor{Person: casefile.PersonID(person), Name: person, Unit: "单位", Roles: []casefile.Role{role}}
	}
	today := legaltime.NewDate(2024, 3, 1)
	record(def.PlanOpening(procedure.NewCase{
		Case: "c1", Organ: "o", Matter: casefile.Matter{Title: "方案", Category: "policy"}, Practice: true, Initial: initial, Today: today,
		Pinned: casefile.Pinned{Procedure: def.Name(), Definition: def.Digest()},
		Act:    casefile.Act{ID: "open", Kind: procedure.OpeningKind, By: by("office", "office"), With: values{"body_kind": "district-gov", "contains_state_secret": false}},
	}))
	act := func(who casefile.Actor, kind string, with values) {
		t.Helper()
		docs := []casefile.Document{{Digest: casefile.Digest(paper(1))}, {Digest: casefile.Digest(paper(2))}}
		record(def.Plan(&c, casefile.Act{ID: fmt.Sprint("a", len(entries)), Kind: kind, By: who, With: with}, docs, today))
	}
	drafter := by("drafter", "drafter")
	vote := func(who casefile.Actor, draft int, kind string) {
		t.Helper()
		act(who, "countersign.vote", values{"draft": paper(draft), "conclusion": kind, "reason": "理由", "article": "第三条", "changes": "第二条"})
	}
	zhang, wang := by("张", "justice"), by("王", "finance")
	act(drafter, "drafting.file_draft", values{"draft": paper(1), "title": "草案"})
	act(drafter, "drafting.conclude", nil)
	act(drafter, "countersign.invite", values{"person": "张", "name": "张", "role": "justice"})
	act(drafter, "countersign.invite", values{"person": "李", "name": "李", "role": "finance"})
	vote(zhang, 1, procedure.VoteDisagree)
	act(drafter, "case.revise", values{"draft": paper(2), "title": "修改稿", "changes": "第二条"})
	act(drafter, "countersign.invite", values{"person": "王", "name": "王", "role": "finance", "place": "before", "of": "张"})
	act(drafter, "countersign.excuse", values{"person": "李", "reason": "回避"})
	deputy := by("助手", "justice")
	deputy.Mandate = &casefile.Mandate{ID: "m", Kind: casefile.ActingFor, Principal: "张", Document: casefile.Digest(paper(9)), From: today, Until: today.AddDays(9)}
	vote(wang, 2, procedure.VoteChanges)
	vote(deputy, 2, procedure.VoteAgree)
	act(by("office", "office"), "countersign.opine", values{"draft": paper(2), "conclusion": "pass", "text": "会签完毕"})
	if c.Status != casefile.StatusClosed || c.End != "done" {
		t.Fatalf("the case is %s as %q", c.Status, c.End)
	}
	return entries
}

// A case with a panel is gone through again as a verifier does: each entry follows
// from those before, byte for byte, and a vote that was turned round does not.
func TestACaseWithAPanelIsGoneThroughAgain(t *testing.T) {
	b, err := os.ReadFile("../procedure/testdata/panel/definition.yaml")
	if err != nil {
		t.Fatal(err)
	}
	def, err := procedure.Load("x.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	packs = packs[:1]
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	judge, err := rules.NewJudge(packs, calendar)
	if err != nil {
		t.Fatal(err)
	}
	initial := procedure.InitialFacts(packs)
	entries := played(t, def, judge, initial)
	if got := differs(t, def, judge, initial, entries); got != 0 {
		t.Errorf("entry %d differs when it is derived again", got)
	}
	for i, e := range entries {
		if e.Verb != "vote" {
			continue
		}
		turned := append([]casefile.Entry{}, entries...)
		turned[i].Facts = values{}
		for name, value := range e.Facts {
			turned[i].Facts[name] = strings.Split(strings.NewReplacer("=agree_with_changes", "=disagree", "=agree", "=disagree", "=disagree", "=agree").
				Replace(fmt.Sprint(value.([]any)[0])), "\n")
		}
		if got := differs(t, def, judge, initial, turned); got != int(e.Sequence) {
			t.Errorf("a vote turned round in entry %d is found in entry %d", e.Sequence, got)
		}
	}
}

// differs gives the first entry that does not follow from those before; 0: none.
func differs(t *testing.T, def *procedure.Definition, judge *rules.Judge, initial values, entries []casefile.Entry) int {
	t.Helper()
	again := retrace.New(def, initial)
	for _, e := range entries {
		plan, refusal, err := again.Plan(e)
		if err != nil || refusal != nil {
			return int(e.Sequence)
		}
		derived, err := retrace.Entry(plan, judge)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(e)
		got, _ := json.Marshal(derived)
		if string(want) != string(got) {
			return int(e.Sequence)
		}
		if err := again.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return 0
}
