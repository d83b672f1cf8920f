package procedure_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

// disclosure gives a made-up definition in which a third party's silence ends its
// being asked, with texts replaced in pairs, and the line of the first edit.
func disclosureSource(t *testing.T, pairs ...string) (src string, line int) {
	t.Helper()
	b, err := os.ReadFile("testdata/lapse/definition.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src = string(b)
	for i := 0; i < len(pairs); i += 2 {
		at := strings.Index(src, pairs[i])
		if at < 0 {
			t.Fatalf("the definition has no %q", pairs[i])
		}
		if i == 0 {
			line = strings.Count(src[:at], "\n") + 1
		}
		src = src[:at] + pairs[i+1] + src[at+len(pairs[i]):]
	}
	return src, line
}

func disclosure(t *testing.T, pairs ...string) *procedure.Definition {
	t.Helper()
	src, _ := disclosureSource(t, pairs...)
	d, err := procedure.Load("x.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// disclosurePacks gives the shipped packs with the one that the definition names.
func disclosurePacks(t *testing.T) library {
	t.Helper()
	packs := shippedPacks(t)
	pack, err := rules.LoadPack(os.DirFS("testdata/lapse"), "pack", packs...)
	if err != nil {
		t.Fatal(err)
	}
	return append(packs, pack)
}

const lapseOf = `    lapse:
      period: xx.disclosure/third_party_time
      duty: third-party-reply
      is: unresolved-explained
      basis: 政府信息公开条例 第三十二条
`

func TestALapseIsRefusedWithFileAndLine(t *testing.T) {
	for _, tt := range []struct {
		name, old, new, want string
	}{
		{"without an article", "      basis: 政府信息公开条例 第三十二条\n  - id: decision", "  - id: decision", "lapse.basis: is missing"},
		{"no period", "period: xx.disclosure/third_party_time", "period: third_party_time", "want <pack>/<period>"},
		{"a period of a foreign pack", "period: xx.disclosure/", "period: xx.other/", "pack xx.other is not among the packs"},
		{"no duty", "      duty: third-party-reply\n", "", "want the id of the duty"},
		{"an outcome that the step type does not have", "is: unresolved-explained\n", "is: silent\n", `cannot end in "silent"`},
		{"an unknown key", "duty: third-party-reply", "rule: third-party-reply", `unknown key "rule"`},
		{"two of them", "      is: unresolved-explained\n", "      is: unresolved-explained\n      is: agreed\n", `key "is" comes twice`},
		{"one deadline for two steps", "    outcomes:\n      - {is: launch,", strings.Replace(lapseOf, "unresolved-explained", "defer", 1) + "    outcomes:\n      - {is: launch,",
			`concludes step "decision" too`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := disclosureSource(t, tt.old, tt.new)
			_, err := procedure.Load("x.yaml", []byte(src))
			if !errors.Is(err, casefile.ErrInvalid) {
				t.Fatalf("not refused: %v", err)
			}
			at := strings.Count(src[:strings.Index(src, "    lapse:")], "\n") + 1
			inside := false
			for n := at; n <= at+6; n++ {
				inside = inside || strings.Contains(err.Error(), fmt.Sprintf("x.yaml:%d: ", n))
			}
			if !strings.Contains(err.Error(), tt.want) || !inside {
				t.Errorf("got %v, want %q at lines %d to %d", err, tt.want, at, at+6)
			}
		})
	}
}

func TestTimeConcludesAStepOnlyWhereAnArticleSaysSo(t *testing.T) {
	packs := disclosurePacks(t)
	if err := procedure.Check(disclosure(t), packs); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		pairs []string
		want  string
	}{
		{"a period that does not lapse", []string{"xx.disclosure/third_party_time", "xx.disclosure/thanks_time", "duty: third-party-reply", "duty: third-party-thanks"},
			"no article lets time alone conclude this step: xx.disclosure@1 periods.yaml:13: period thanks_time"},
		{"a period that does not exist", []string{"xx.disclosure/third_party_time", "xx.disclosure/fourth_party_time"},
			"period xx.disclosure/fourth_party_time does not exist in xx.disclosure@1"},
		{"a period of the shipped pack", []string{"xx.disclosure/third_party_time", "cn.713/publication_time"},
			"no article lets time alone conclude this step: cn.713@2019 periods.yaml:"},
		{"another article than the period's", []string{"      basis: 政府信息公开条例 第三十二条\n  - id: decision", "      basis: 政府信息公开条例 第三十三条\n  - id: decision"},
			"cites 政府信息公开条例 第三十三条; xx.disclosure@1 periods.yaml:1: period third_party_time lapses by 政府信息公开条例 第三十二条"},
		{"a duty that has another due date", []string{"duty: third-party-reply", "duty: third-party-thanks"}, `no duty "third-party-thanks"`},
		{"a duty that does not exist", []string{"duty: third-party-reply", "duty: third-party-silence"}, `no duty "third-party-silence"`},
		{"duties that are not watched", []string{"duties: [xx.disclosure/duties]\n", ""}, `no duty "third-party-reply" that the procedure watches`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := disclosureSource(t, tt.pairs...)
			at := strings.Count(src[:strings.Index(src, "    lapse:")], "\n") + 1
			err := procedure.Check(disclosure(t, tt.pairs...), packs)
			if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			inside := false
			for n := at + 1; n <= at+4; n++ {
				inside = inside || strings.Contains(err.Error(), fmt.Sprintf("x.yaml:%d: steps[0].lapse", n))
			}
			if !inside {
				t.Errorf("the place is not named: %v", err)
			}
		})
	}
}

// TestADutyThatCountsOnFromTheLastDayConcludesNothing: by its due date the
// period would be longer than the article says.
func TestADutyThatCountsOnFromTheLastDayConcludesNothing(t *testing.T) {
	const changed = "pack/rules/disclosure.yaml"
	files := fstest.MapFS{}
	for _, name := range []string{"pack/pack.yaml", "pack/facts.yaml", "pack/parameters.yaml", "pack/periods.yaml", changed, "pack/tests/disclosure.yaml"} {
		b, err := os.ReadFile("testdata/lapse/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: b}
	}
	files[changed].Data = bytes.Replace(files[changed].Data, []byte("    d.third_party_time\n"), []byte("    addWd(d.third_party_time, 1)\n"), 1)
	packs := shippedPacks(t)
	pack, err := rules.LoadPack(files, "pack", packs...)
	if err != nil {
		t.Fatal(err)
	}
	err = procedure.Check(disclosure(t), append(packs, pack))
	if !errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), `no duty "third-party-reply" that the procedure watches`) {
		t.Errorf("got %v", err)
	}
}

// TestOnlyTheTermOfADocumentEndsAStepByItself: no article of the shipped instruments
// gives a body's or a person's silence an effect; a document that says until when it
// applies ends on that day, whether or not anybody records it.
func TestOnlyTheTermOfADocumentEndsAStepByItself(t *testing.T) {
	const term = rules.Ref("cn.document-validity/term")
	sources, err := procedure.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range sources {
		d, err := procedure.Load(source.Name, source.Content)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Steps {
			if s.Lapse != nil && s.Lapse.Period != term {
				t.Errorf("%s: step %s ends by lapse of time: %+v", d.Name(), s.ID, *s.Lapse)
			}
		}
	}
	for _, p := range shippedPacks(t) {
		for _, x := range p.Periods() {
			if x.LapseBasis != "" && rules.Ref(p.ID()+"/"+x.ID) != term {
				t.Errorf("%s: period %s lapses by %s", p.Name(), x.ID, x.LapseBasis)
			}
		}
	}
}

func TestAnOverlayAddsNoLapseAndMayDropOne(t *testing.T) {
	local := []string{"id: xx.disclosure\n", "id: xx.local\nover: xx.disclosure@1\n"}
	without := []string{lapseOf, ""}
	for _, tt := range []struct {
		name       string
		base, over []string
		want       string // empty: tightens
	}{
		{"the same", nil, nil, ""},
		{"dropped", nil, without, ""},
		{"added", without, nil, `lets time alone conclude step "third_party"`},
		{"another outcome", nil, []string{"is: unresolved-explained\n", "is: agreed\n"}, "otherwise than the base"},
		{"on a new step", without, []string{lapseOf, "", "agreed, to: decision", "agreed, to: again", "unresolved-explained, to: decision", "unresolved-explained, to: again",
			"  - id: decision\n", secondAsking}, `lets time alone conclude new step "again"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := procedure.Tightens(disclosure(t, tt.base...), disclosure(t, append(local, tt.over...)...))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

const secondAsking = `  - id: again
    type: launch
    title: {zh: 再次征求, en: Asking again}
    basis: 本地办法 第三条
    acts:
      - {verb: decide, roles: [office]}
    outcomes:
      - {is: launch, to: decision, free: 测试}
      - {is: not-launch, to: decision, free: 测试}
      - {is: defer, to: again, free: 测试}
    lapse: {period: xx.disclosure/third_party_time, duty: third-party-reply, is: launch, basis: 政府信息公开条例 第三十二条}
  - id: decision
`

// askingWalk opens a case on 2024-03-01, whose third party has until 2024-03-22.
func askingWalk(t *testing.T) *walk {
	t.Helper()
	judge, err := rules.NewJudge(disclosurePacks(t), shippedCalendar(t))
	if err != nil {
		t.Fatal(err)
	}
	return newWalk(t, disclosure(t), judge.Judge, "2024-03-01")
}

func (w *walk) mayBeDisclosed(not bool) {
	w.t.Helper()
	w.do("office", "third_party.determine", v{"non_disclosable_by_law": not, "grounds": "审查"})
}

func (w *walk) last() casefile.Entry { return w.entries[len(w.entries)-1] }

func TestSilenceConcludesTheStepWhenThePeriodHasRun(t *testing.T) {
	w := askingWalk(t)
	w.mayBeDisclosed(false)
	w.on("2024-03-22")
	w.at("third_party")
	w.on("2024-03-23")
	w.at("decision")
	e := w.last()
	if e.Kind != casefile.EntryLapse || e.Act != nil || e.Verb != "" || e.Step != "third_party" || e.Round != 1 || e.Outcome != "unresolved-explained" {
		t.Errorf("recorded %+v", e)
	}
	if e.Verdict == nil || e.Verdict.Result != casefile.Pass {
		t.Errorf("the gate was not asked: %+v", e.Verdict)
	}
	if len(e.Deadlines) != 1 {
		t.Fatalf("deadlines %+v", e.Deadlines)
	}
	d := e.Deadlines[0]
	if d.Rule != "third-party-reply" || d.Basis != "政府信息公开条例 第三十二条" || d.Due != day("2024-03-22") || d.State != casefile.DeadlineElapsed {
		t.Errorf("deadline %+v", d)
	}
	run := w.c.Steps[0]
	if run.State != casefile.StepConcluded || run.Outcome != "unresolved-explained" || run.LeftOn != day("2024-03-23") {
		t.Errorf("the round is left as %+v", run)
	}
	w.do("office", "case.note", v{"text": "记事"})
	if now := w.c.Deadlines[0]; now.State != casefile.DeadlineElapsed {
		t.Errorf("what has lapsed came back: %+v", now)
	}
	w.do("chief", "decision.decide", v{"outcome": "launch", "decided_by": "区政府", "undertaking_units": []string{"甲"}})
	if w.c.Status != casefile.StatusClosed || w.c.End != "disclosed" {
		t.Errorf("ended %s as %q", w.c.Status, w.c.End)
	}
}

func TestAClosedGateHoldsTheStepThoughThePeriodHasRun(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts func(*walk)
		want  casefile.Result
	}{
		{"blocked", func(w *walk) { w.mayBeDisclosed(true) }, casefile.Block},
		{"undetermined", func(w *walk) { w.do("office", "case.note", v{"text": "记事"}) }, casefile.Undetermined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := askingWalk(t)
			tt.facts(w)
			w.on("2024-03-23")
			w.at("third_party")
			e := w.last()
			if e.Kind != casefile.EntryLapse || e.Outcome != "" || len(e.Entered) != 0 || e.Verdict == nil || e.Verdict.Result != tt.want {
				t.Errorf("recorded %+v with verdict %+v", e, e.Verdict)
			}
			n := len(w.entries)
			w.mayBeDisclosed(false)
			w.on("2024-03-25")
			if w.at("third_party"); len(w.entries) != n+2 {
				t.Errorf("%d entries after the lapse, want the determination and the clock", len(w.entries)-n)
			}
			w.do("office", "third_party.conclude", v{"result": "unresolved-explained"})
			w.at("decision")
		})
	}
}

func TestAnAnswerInTimeLeavesTheStepToPersons(t *testing.T) {
	w := askingWalk(t)
	w.mayBeDisclosed(false)
	w.do("office", "third_party.reply", v{"unit": "第三方", "opinion": "agree"})
	w.on("2024-03-23")
	w.at("third_party")
	if w.c.Deadlines[0].State != casefile.DeadlineMet {
		t.Errorf("deadline %+v", w.c.Deadlines[0])
	}
}

func TestADeadlineThatConcludesNoRunningStepIsABreach(t *testing.T) {
	w := askingWalk(t)
	w.mayBeDisclosed(false)
	w.do("office", "third_party.conclude", v{"result": "unresolved-explained"})
	w.on("2024-03-23")
	w.at("decision")
	if !hasKind(w.entries, casefile.EntryBreach) || hasKind(w.entries, casefile.EntryLapse) {
		t.Error("the due date of a step that has ended is not a plain breach")
	}
}

func hasKind(entries []casefile.Entry, kind casefile.EntryKind) bool {
	for _, e := range entries {
		if e.Kind == kind {
			return true
		}
	}
	return false
}

// TestNothingLapsesWhileTheCaseIsSuspended: the clock stands still, and the rules
// count its last day anew when the case goes on.
func TestNothingLapsesWhileTheCaseIsSuspended(t *testing.T) {
	w := askingWalk(t)
	w.mayBeDisclosed(false)
	w.on("2024-03-11")
	w.do("office", "case.suspend", v{"reason": "等待", "decided_by": "区政府", "review_on": "2024-04-30"})
	w.on("2024-04-01")
	if on, wakes := w.d.Wakes(&w.c); wakes && !on.After(w.today) || hasKind(w.entries, casefile.EntryLapse) {
		t.Fatalf("time went on while the case was suspended: wakes on %s", on)
	}
	w.do("office", "case.resume", v{"reason": "继续", "decided_by": "区政府"})
	w.at("third_party")
	if e := w.last(); e.Kind == casefile.EntryLapse {
		t.Fatalf("the time of the suspension was counted: %+v", e)
	}
	due := w.c.Deadlines[0].Due
	if !due.After(day("2024-04-01")) || w.c.Deadlines[0].State != casefile.DeadlineOpen {
		t.Fatalf("deadline %+v, want a later day", w.c.Deadlines[0])
	}
	w.on(due.String())
	w.at("third_party")
	w.on(due.AddDays(1).String())
	w.at("decision")
}

// TestALapseRecordsTheLastDayThatTheRulesSay: the record learns of a suspension's
// effect only when the rules are asked, here long after both days.
func TestALapseRecordsTheLastDayThatTheRulesSay(t *testing.T) {
	w := askingWalk(t)
	w.mayBeDisclosed(false)
	w.on("2024-03-11")
	w.do("office", "case.suspend", v{"reason": "等待", "decided_by": "区政府", "review_on": "2024-04-30"})
	w.on("2024-03-13")
	w.do("office", "case.resume", v{"reason": "继续", "decided_by": "区政府"})
	w.on("2024-04-30")
	w.at("decision")
	e := w.last()
	if len(e.Deadlines) != 1 || !e.Deadlines[0].Due.After(day("2024-03-22")) {
		t.Fatalf("recorded %+v, want the day that the suspension gave", e.Deadlines)
	}
	w.do("office", "case.note", v{"text": "记事"})
	if w.c.Deadlines[0].State != casefile.DeadlineElapsed || hasKind(w.entries, casefile.EntryBreach) {
		t.Errorf("what has lapsed came back: %+v", w.c.Deadlines[0])
	}
}
