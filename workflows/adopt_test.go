package workflows_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/workflows"
)

const (
	oldTitle, newTitle     = "Major administrative decision", "Revised major administrative decision"
	oldMessage, newMessage = "宏观调控决策、政府立法决策", "（新版）宏观调控决策、政府立法决策"
)

// release stores a newer release: the definition has another title and a rule
// another message. It gives the pins and the payload of the acts of adoption.
func (f *fixture) release() (casefile.Pinned, casefile.Values) {
	f.t.Helper()
	next := f.input.Pinned
	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	def := must(procedure.Load(source.Name, bytes.Replace(source.Content, []byte(oldTitle), []byte(newTitle), 1)))
	next.Definition = def.Digest()
	f.store.contents[next.Definition] = def.Canonical()
	next.Packs = slices.Clone(next.Packs)
	var packs []*rules.Pack
	for i, p := range next.Packs {
		archive := f.store.contents[p.Digest]
		if p.Pack == "cn.713@2019" {
			archive = bytes.Replace(archive, []byte(oldMessage), []byte(newMessage), 1)
		}
		packs = append(packs, must(rules.ParseArchive(archive, packs...)))
		next.Packs[i].Digest = packs[i].Digest()
		f.store.contents[next.Packs[i].Digest] = archive
	}
	if next.Equal(f.input.Pinned) || next.Packs[0] == f.input.Pinned.Packs[0] {
		f.t.Fatal("the release is not another one")
	}
	with := procedure.PinsWith(next)
	with["reason"] = "修订后的规则对本案更为适当"
	return next, with
}

// messages gives what the rules said of the act.
func (f *fixture) messages(act string) []string {
	f.t.Helper()
	for _, e := range f.store.entries {
		if e.Act == nil || e.Act.ID != act || e.Verdict == nil {
			continue
		}
		var out []string
		for _, finding := range e.Verdict.Hindering() {
			out = append(out, finding.Message.ZH)
		}
		return out
	}
	f.t.Fatalf("act %s was not judged", act)
	return nil
}

var emergency = casefile.Values{"matter_type": "emergency-response", "special_procedure_by_law": false, "reason": "突发事件"}

func TestACaseIsJudgedByWhatItMovedTo(t *testing.T) {
	f := newFixture(t, opens, true)
	next, with := f.release()
	f.do("a1", "intake.register", actor("office", "office"), registered)
	f.do("a2", "intake.triage", actor("office", "office"), emergency)
	f.do("a3", "intake.assign", actor("office", "office"), casefile.Values{"study_unit": "科室"})
	f.do("a4", "case.propose_adoption", actor("office", "office"), with)
	moved := f.do("a5", "case.adopt", actor("chief", "chief"), with)
	again := f.do("a5", "case.adopt", actor("chief", "chief"), with)
	f.do("a6", "intake.assign", actor("office", "office"), casefile.Values{"study_unit": "科室"})
	f.stopAfter(time.Minute)
	f.run()
	if moved.rejected != nil || moved.failed != nil {
		t.Fatalf("rejected %v, failed %v", moved.rejected, moved.failed)
	}
	if again.result != moved.result {
		t.Errorf("the repeated act gave %+v, want %+v", again.result, moved.result)
	}
	entry := f.store.entries[moved.result.Sequence-1]
	if entry.Pinned == nil || !entry.Pinned.Equal(next) || !f.query().Pinned.Equal(next) {
		t.Errorf("the entry names %+v, the case %+v", entry.Pinned, f.query().Pinned)
	}
	before, after := f.messages("a3"), f.messages("a6")
	if len(before) != 1 || len(after) != 1 || !bytes.HasPrefix([]byte(after[0]), []byte("（新版）")) || before[0] == after[0] {
		t.Errorf("before %q, after %q", before, after)
	}
}

func TestAnAdoptionThatCannotBeIsRefused(t *testing.T) {
	chief, office := actor("chief", "chief"), actor("office", "office")
	for _, tt := range []struct {
		name    string
		propose bool
		by      casefile.Actor
		change  func(with casefile.Values)
		want    casefile.RefusalCode
	}{
		{name: "nobody proposed it", by: chief, want: casefile.RefusedNotPossible},
		{name: "the proposer approves", propose: true, by: actor("office", "office", "chief"), want: casefile.RefusedSeparation},
		{name: "somebody without the role", propose: true, by: actor("d", "drafter"), want: casefile.RefusedWrongRole},
		{name: "something else than was proposed", propose: true, by: chief, want: casefile.RefusedBadValue,
			change: func(with casefile.Values) { with["calendar"] = with["definition"] }},
		{name: "no digest", propose: true, by: chief, want: casefile.RefusedBadValue,
			change: func(with casefile.Values) { with["calendar"] = "cn" }},
		{name: "no reason", propose: true, by: chief, want: casefile.RefusedMissingField,
			change: func(with casefile.Values) { delete(with, "reason") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, opens, true)
			_, with := f.release()
			if tt.propose {
				f.do("a1", "case.propose_adoption", office, with)
			}
			changed := casefile.Values{}
			for name, value := range with {
				changed[name] = value
			}
			if tt.change != nil {
				tt.change(changed)
			}
			got := f.do("a2", "case.adopt", tt.by, changed)
			f.stopAfter(time.Minute)
			f.run()
			checkRefused(t, got.rejected, tt.want)
			if !f.query().Pinned.Equal(f.input.Pinned) {
				t.Error("the case moved")
			}
		})
	}
}

func checkRefused(t *testing.T, err error, want casefile.RefusalCode) {
	t.Helper()
	var app *temporal.ApplicationError
	var refusal casefile.Refusal
	if !errors.As(err, &app) || app.Type() != workflows.ErrTypeRefusal || app.Details(&refusal) != nil {
		t.Fatalf("not refused: %v", err)
	}
	if refusal.Code != want || refusal.Message.ZH == "" || refusal.Message.EN == "" {
		t.Errorf("refused with %+v, want %s", refusal, want)
	}
}

// TestContentsThatCannotBeAdoptedAreRefused proposes what two persons agree on and
// what is not there, or does not judge.
func TestContentsThatCannotBeAdoptedAreRefused(t *testing.T) {
	for name, change := range map[string]func(f *fixture, next *casefile.Pinned){
		"a calendar that is not stored": func(_ *fixture, next *casefile.Pinned) { next.Calendar = next.Definition[1:] + "0" },
		"a definition that is a pack":   func(_ *fixture, next *casefile.Pinned) { next.Definition = next.Packs[0].Digest },
		"a procedure of another name":   func(_ *fixture, next *casefile.Pinned) { next.Procedure = "cn.major-decision@2020" },
		"a pack under another name":     func(_ *fixture, next *casefile.Pinned) { next.Packs[0].Pack = "cn.713@2020" },
		"packs too few":                 func(_ *fixture, next *casefile.Pinned) { next.Packs = nil },
		"packs twice": func(_ *fixture, next *casefile.Pinned) {
			next.Packs = append(next.Packs, casefile.PinnedPack{Pack: "cn.713@2020", Digest: next.Packs[0].Digest})
		},
		"a definition without the step": func(f *fixture, next *casefile.Pinned) {
			source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
			other := bytes.ReplaceAll(source.Content, []byte("id: intake"), []byte("id: entry"))
			other = bytes.ReplaceAll(other, []byte("start: intake"), []byte("start: entry"))
			def := must(procedure.Load(source.Name, other))
			next.Definition = def.Digest()
			f.store.contents[next.Definition] = def.Canonical()
		},
		"packs that were not in force when the case was opened": func(f *fixture, next *casefile.Pinned) {
			archive := bytes.Replace(f.store.contents[next.Packs[0].Digest],
				[]byte("rank: administrative-regulation\nin_force: {from: 2019-09-01}"),
				[]byte("rank: administrative-regulation\nin_force: {from: 2024-06-01}"), 1)
			p := must(rules.ParseArchive(archive))
			next.Packs = []casefile.PinnedPack{{Pack: p.Name(), Digest: p.Digest()}}
			f.store.contents[p.Digest()] = archive
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, opens, true)
			next, _ := f.release()
			change(f, &next)
			with := procedure.PinsWith(next)
			with["reason"] = "理由"
			f.do("a1", "case.propose_adoption", actor("office", "office"), with)
			got := f.do("a2", "case.adopt", actor("chief", "chief"), with)
			note := f.do("a3", "case.note", actor("office", "office"), casefile.Values{"text": "记事"})
			f.stopAfter(time.Minute)
			f.run()
			err := got.failed
			if err == nil {
				err = got.rejected
			}
			want := casefile.RefusedBadValue
			if name == "packs too few" { // the payload says so
				want = casefile.RefusedMissingField
			}
			checkRefused(t, err, want)
			if note.failed != nil || note.rejected != nil || !f.query().Pinned.Equal(f.input.Pinned) {
				t.Errorf("the case does not go on as before: %v, %v", note.rejected, note.failed)
			}
		})
	}
}

func TestACaseIsKeptByADecisionWithAReason(t *testing.T) {
	f := newFixture(t, opens, true)
	next, with := f.release()
	f.do("a1", "case.propose_adoption", actor("office", "office"), with)
	kept := f.do("a2", "case.keep", actor("chief", "chief"), with)
	late := f.do("a3", "case.adopt", actor("chief", "chief"), with)
	f.stopAfter(time.Minute)
	f.run()
	if kept.rejected != nil || kept.failed != nil {
		t.Fatalf("rejected %v, failed %v", kept.rejected, kept.failed)
	}
	checkRefused(t, late.rejected, casefile.RefusedNotPossible)
	c := f.query()
	if !procedure.Declined(&c, next) || !c.Pinned.Equal(f.input.Pinned) {
		t.Errorf("declined %t, pinned %+v", procedure.Declined(&c, next), c.Pinned)
	}
	other := next
	other.Calendar = next.Definition
	if procedure.Declined(&c, other) {
		t.Error("a later release counts as declined")
	}
}

// TestADefinitionThatPredatesAdoptionLeavesItToWhoeverMayOpenACase stands for the
// cases that were open when a case could not move yet.
func TestADefinitionThatPredatesAdoptionLeavesItToWhoeverMayOpenACase(t *testing.T) {
	f := newFixture(t, opens, true)
	_, with := f.release()
	older := f.input.Definition
	for _, verb := range []string{"propose_adoption", "adopt", "keep"} {
		begin := bytes.Index(older, []byte(`{"verb":"`+verb+`"`))
		if begin < 0 {
			t.Fatalf("the definition has no rule for %s", verb)
		}
		end := begin + bytes.IndexByte(older[begin:], '}') + 2
		older = slices.Concat(older[:begin], older[end:])
	}
	def := must(procedure.ParseCanonical(older))
	f.input.Definition, f.input.Pinned.Definition = older, def.Digest()
	f.store.contents[def.Digest()] = older
	f.do("a1", "case.propose_adoption", actor("drafter", "drafter"), with)
	chief := f.do("a2", "case.adopt", actor("chief", "chief"), with)
	moved := f.do("a3", "case.adopt", actor("office", "office"), with)
	f.stopAfter(time.Minute)
	f.run()
	checkRefused(t, chief.rejected, casefile.RefusedWrongRole)
	if moved.rejected != nil || moved.failed != nil {
		t.Errorf("rejected %v, failed %v", moved.rejected, moved.failed)
	}
}

// TestARunThatContinuesFollowsWhatTheCaseMovedTo also loses the act of adoption on
// the way: the entry is recorded, and the engine has to take it over.
func TestARunThatContinuesFollowsWhatTheCaseMovedTo(t *testing.T) {
	f := newFixture(t, opens, true)
	next, with := f.release()
	f.do("a1", "case.propose_adoption", actor("office", "office"), with)
	f.do("a2", "case.adopt", actor("chief", "chief"), with)
	f.stopAfter(time.Minute)
	f.run()

	lost := newFixture(t, opens, true)
	lost.release()
	lost.store.entries = slices.Clone(f.store.entries)
	lost.input.ContinueAfter = 12
	note := casefile.Act{ID: "a3", Kind: "case.note", By: actor("office", "office"), With: casefile.Values{"text": "记事"}}
	got := &answer{}
	lost.update(time.Second, workflows.ActInput{Act: note, Known: 3}, got)
	lost.env.RegisterDelayedCallback(func() { lost.env.SetCurrentHistoryLength(20) }, 2*time.Second)
	lost.do("a4", "case.note", actor("office", "office"), casefile.Values{"text": "记事"})
	err := lost.run()
	if got.rejected != nil || got.failed != nil || got.result.Sequence != 4 {
		t.Fatalf("rejected %v, failed %v, entry %d", got.rejected, got.failed, got.result.Sequence)
	}
	var again *workflow.ContinueAsNewError
	if !errors.As(err, &again) {
		t.Fatalf("ended with %v, want to continue as new", err)
	}
	var in workflows.CaseInput
	if err := lost.decode(again.Input, &in); err != nil {
		t.Fatal(err)
	}
	if !in.Pinned.Equal(next) || !in.Carried.Case.Pinned.Equal(next) {
		t.Errorf("carried pins %+v and %+v", in.Pinned, in.Carried.Case.Pinned)
	}
	if def := must(procedure.ParseCanonical(in.Definition)); def.Title.EN != newTitle {
		t.Errorf("carried the definition %q", def.Title.EN)
	}
}
