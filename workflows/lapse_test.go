package workflows_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/retrace"
	"github.com/zhengdang/chengxu/rules"
)

// disclosure gives a fixture whose case follows the made-up definition in which a
// third party's silence ends its being asked, with its definition and judge.
func disclosure(t *testing.T, opens time.Time) (*fixture, *procedure.Definition, *rules.Judge) {
	t.Helper()
	f := newFixture(t, opens, false)
	def := must(procedure.Load("definition.yaml", must(os.ReadFile("../procedure/testdata/lapse/definition.yaml"))))
	shipped := must(rules.Embedded())
	at := slices.IndexFunc(shipped, func(p *rules.Pack) bool { return p.Name() == "cn.713@2019" })
	packs := []*rules.Pack{shipped[at]}
	packs = append(packs, must(rules.LoadPack(os.DirFS("../procedure/testdata/lapse"), "pack", packs...)))
	f.input.Pinned.Procedure, f.input.Pinned.Definition, f.input.Pinned.Packs = def.Name(), def.Digest(), nil
	for _, p := range packs {
		f.store.contents[p.Digest()] = p.Archive()
		f.input.Pinned.Packs = append(f.input.Pinned.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	f.input.Definition, f.input.Initial = def.Canonical(), procedure.InitialFacts(packs)
	return f, def, must(rules.NewJudge(packs, must(legaltime.Embedded())))
}

// TestLapseOfTimeConcludesAStepThroughItsGate lets the durable timer run to the
// end of the period, and then derives every entry again as a verifier does.
func TestLapseOfTimeConcludesAStepThroughItsGate(t *testing.T) {
	opens := time.Date(2024, time.March, 1, 9, 0, 0, 0, legaltime.China)
	midnight := time.Date(2024, time.March, 23, 0, 0, 0, 0, legaltime.China)
	for _, tt := range []struct {
		name    string
		secret  bool
		outcome string
		result  casefile.Result
		step    string
	}{
		{"the gate is open", false, "unresolved-explained", casefile.Pass, "decision"},
		{"the gate is closed", true, "", casefile.Block, "third_party"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, def, judge := disclosure(t, opens)
			done := f.do("a1", "third_party.determine", actor("office", "office"),
				casefile.Values{"non_disclosable_by_law": tt.secret, "grounds": "审查"})
			f.stopAfter(60 * 24 * time.Hour)
			f.run()
			if done.rejected != nil || done.failed != nil {
				t.Fatalf("rejected %v, failed %v", done.rejected, done.failed)
			}
			want := []casefile.EntryKind{casefile.EntryOpened, casefile.EntryAct, casefile.EntryLapse}
			if diff := cmp.Diff(want, f.kinds()); diff != "" {
				t.Fatalf("recorded (-want +got):\n%s", diff)
			}
			e := f.store.entries[2]
			if e.Act != nil || e.Step != "third_party" || e.Round != 1 || e.Outcome != tt.outcome || e.Verdict == nil || e.Verdict.Result != tt.result {
				t.Errorf("recorded %+v with verdict %+v", e, e.Verdict)
			}
			if e.On != legaltime.NewDate(2024, time.March, 23) || !e.At.Equal(midnight) {
				t.Errorf("recorded on %s at %s", e.On, e.At)
			}
			c := f.query()
			if active := c.ActiveSteps(); len(active) != 1 || active[0].Step != tt.step {
				t.Errorf("the case is at %+v, want %s", active, tt.step)
			}
			deriveAgain(t, f, def, judge)
		})
	}
}

// deriveAgain derives every recorded entry from those before it.
func deriveAgain(t *testing.T, f *fixture, def *procedure.Definition, judge *rules.Judge) {
	t.Helper()
	trace := retrace.New(def, f.input.Initial)
	for _, e := range f.store.entries {
		var record casefile.Entry
		if err := json.Unmarshal(must(json.Marshal(e)), &record); err != nil {
			t.Fatal(err)
		}
		plan, refusal, err := trace.Plan(record)
		if err != nil || refusal != nil || plan == nil {
			t.Fatalf("entry %d: plan %v, refused %v, %v", record.Sequence, plan, refusal, err)
		}
		derived := must(retrace.Entry(plan, judge))
		derived.At = record.At
		if diff := cmp.Diff(string(must(json.Marshal(record))), string(must(json.Marshal(derived)))); diff != "" {
			t.Errorf("entry %d (-recorded +derived):\n%s", record.Sequence, diff)
		}
		if err := trace.Apply(record); err != nil {
			t.Fatal(err)
		}
	}
}
