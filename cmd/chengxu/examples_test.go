package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/worker"
)

var update = flag.Bool("update", false, "write the golden histories anew")

// scenarioFiles gives every scenario that is shipped.
func scenarioFiles(t *testing.T) []string {
	t.Helper()
	files := exampleFiles(t)
	for _, folder := range []string{"conduct", "law"} {
		more, err := filepath.Glob("../../examples/" + folder + "/*.yaml")
		if err != nil || len(more) == 0 {
			t.Fatalf("no scenarios under %s: %v", folder, err)
		}
		files = append(files, more...)
	}
	stories, err := filepath.Glob("../../examples/stories/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return append(files, stories...)
}

// TestEveryScenarioComesOutAsItSays plays all scenarios on the real engine. Each
// case is exported, and its dossier verified without the engine. What the store gives
// of a case that it has read before is what it would give if it read it anew.
func TestEveryScenarioComesOutAsItSays(t *testing.T) {
	s := startTestStack(t, 0)
	var played []casefile.ID
	for _, file := range scenarioFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			script, err := loadScenario(file)
			if err != nil {
				t.Fatal(err)
			}
			if script.Part() {
				return // played as a chapter of a story
			}
			var out bytes.Buffer
			result, err := runScenario(t.Context(), script, player{
				engine: localEngine{s.cases, s.papers}, packs: s.shipped.scenarioPacks(),
				run: "test-" + strings.TrimSuffix(filepath.Base(file), ".yaml"), report: scenario.NewReport(&out),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range result.Problems {
				t.Error(problem)
			}
			if result.Case.ID == "" {
				if len(result.Judged) == 0 {
					t.Error("the scenario tried nothing")
				}
				return
			}
			for _, one := range result.All() {
				played = append(played, one.Case.ID)
				report := verified(t, exported(t, s, one.Case.ID))
				if report.Law.Checked != int(one.Case.Sequence) || report.Run.Checked != int(one.Case.Sequence) {
					t.Errorf("%s: %d entries, law checked %d, run checked %d", one.Scenario.Title, one.Case.Sequence, report.Law.Checked, report.Run.Checked)
				}
			}
		})
	}
	readAnew(t, s, played)
}

// readAnew compares cases as a store that has recorded them gives them with those
// that a store reads which is opened only now.
func readAnew(t *testing.T, s *stack, cases []casefile.ID) {
	t.Helper()
	fresh, err := place{data: s.dir}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer fresh.Close()
	for _, id := range cases {
		want, err := fresh.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.store.Case(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(legaltime.Date{})); diff != "" {
			t.Errorf("case %s, read anew and as kept:\n%s", id, diff)
		}
	}
}

func exported(t testing.TB, s *stack, id casefile.ID) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := s.cases.Export(t.Context(), id, &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func verify(file []byte) dossier.Report {
	return dossier.VerifyFile(bytes.NewReader(file), int64(len(file)), dossier.Options{Replayer: dossier.ReplayerFunc(worker.Replay)})
}

func verified(t testing.TB, file []byte) dossier.Report {
	t.Helper()
	report := verify(file)
	if !report.OK() {
		t.Fatalf("the dossier does not verify:\n%s", report)
	}
	return report
}

// play plays one scenario that must come out right.
func play(t testing.TB, s *stack, file, run string) casefile.Case {
	t.Helper()
	script, err := loadScenario(file)
	if err != nil {
		t.Fatal(err)
	}
	result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range result.Problems {
		t.Fatal(problem)
	}
	return result.Case
}

// TestAnyChangedByteOfADossierIsFound changes bytes across the whole file of a
// real case, one at a time. The seal must break, and the report must say where.
func TestAnyChangedByteOfADossierIsFound(t *testing.T) {
	s := startTestStack(t, 0)
	file := exported(t, s, play(t, s, "../../examples/conduct/w01-three-returns.yaml", "flip").ID)
	verified(t, file)
	step := 997 // a prime, so that every kind of place is hit; ledger/dossier flips each byte of a small dossier
	for at := 0; at < len(file); at += step {
		changed := bytes.Clone(file)
		changed[at] ^= 1 << (at % 8)
		report := verify(changed)
		if report.OK() || report.Seal.Status == dossier.Verified {
			t.Fatalf("byte %d of %d was changed and the dossier still verifies", at, len(file))
		}
		if len(report.Seal.Problems) == 0 || report.Seal.Problems[0].Place == "" {
			t.Fatalf("byte %d was changed and the report does not say where:\n%s", at, report)
		}
	}
}

// TestACaseGoesOnAfterContinueAsNew plays a whole case that continues as new
// again and again, and verifies its dossier, which then has several histories.
func TestACaseGoesOnAfterContinueAsNew(t *testing.T) {
	s := startTestStack(t, 60)
	c := play(t, s, wholeCase, "long")
	histories, err := s.store.Histories(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(histories) < 5 {
		t.Errorf("the case ran in %d runs, want several", len(histories))
	}
	verified(t, exported(t, s, c.ID))
}

// TestGoldenHistories writes the histories that package worker replays, when
// asked with -update, as far as they are missing. A released history is never
// written anew: a change that breaks one needs workflow.GetVersion, and another file
// beside it.
func TestGoldenHistories(t *testing.T) {
	if !*update {
		everyProcedureHasOne(t)
		return
	}
	for name, played := range map[string]func(testing.TB, *stack, string) casefile.Case{
		"major-decision-2019-adopted":       playAdopted,
		"major-decision-2019-kept":          playKept,
		"major-decision-2019-recomputed":    playRecomputed,
		"major-decision-2019-reminder":      playReminded,
		"document-litigation-2024-late":     playLate,
		"document-litigation-2024-waits":    playWaiting, // by version 1 of the workflow code, which leaves timers behind
		"document-litigation-2024-gives-up": playWaiting, // by version 2, which gives them up
	} {
		if kept(t, name) {
			continue
		}
		s := startTestStack(t, 0)
		c := played(t, s, "golden")
		exported(t, s, c.ID) // which saves the histories
		writeGolden(t, s, name, c)
	}
	for name, golden := range map[string]struct {
		file          string
		procedure     string // of the chapter that is kept; empty: any, chapters before the story
		continueAfter int
	}{
		"major-decision-2019-whole":      {wholeCase, "", 0},
		"major-decision-2019-longhaul":   {wholeCase, "", 150},
		"major-decision-2019-breach":     {"conduct/w09-late-recovery.yaml", "", 0},
		"major-decision-2019-returns":    {"conduct/w01-three-returns.yaml", "", 0},
		"major-decision-2019-sealed":     {"conduct/w11-secret-found.yaml", "", 0},
		"normative-document-2018-filed":  {"sub-district-parking-document.yaml", "", 0},
		"decision-execution-2019-done":   {"stories/market-decided.yaml", "cn.decision-execution", 0},
		"decision-catalogue-2019-year":   {"maqiao-catalogue-2024.yaml", "cn.decision-catalogue", 0},
		"document-cleanup-2023-campaign": {"conduct/s59-first-of-two-campaigns.yaml", "", 0},
		"document-validity-2019-notice":  {"document-validity-parking-notice.yaml", "", 0},
		"document-litigation-2024-sued":  {"document-litigation-market-rules.yaml", "", 0},
		"filing-review-2024-corrected":   {"filing-review-parking-document.yaml", "", 0},
	} {
		if kept(t, name) {
			continue
		}
		s := startTestStack(t, golden.continueAfter)
		file := golden.file
		if file != wholeCase {
			file = "../../examples/" + file
		}
		c := chapter(t, s, file, golden.procedure)
		exported(t, s, c.ID) // which saves the histories
		writeGolden(t, s, name, c)
	}
}

// chapter plays a story and gives the first of its cases that runs under a procedure.
func chapter(t *testing.T, s *stack, file, procedure string) casefile.Case {
	t.Helper()
	result := must(scenario.Play(t.Context(), must(loadScenario(file)), localEngine{s.cases, s.papers}, "golden", nil))
	for _, problem := range result.Problems {
		t.Fatal(problem)
	}
	for _, one := range result.All() {
		if strings.HasPrefix(one.Case.Pinned.Procedure, procedure) {
			return one.Case
		}
	}
	t.Fatalf("no chapter of %s runs under %s", file, procedure)
	return casefile.Case{}
}

// everyProcedureHasOne wants a recorded history of every procedure that is shipped.
func everyProcedureHasOne(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(histories + "/*.entries.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden histories: %v", err)
	}
	have := map[string]bool{}
	for _, file := range files {
		var entries []casefile.Entry
		if err := json.Unmarshal(must(os.ReadFile(file)), &entries); err != nil || len(entries) == 0 {
			t.Fatalf("%s: %d entries, %v", file, len(entries), err)
		}
		id, _, _ := strings.Cut(entries[0].Pinned.Procedure, "@")
		have[id] = true
	}
	for _, d := range must(loadShipped()).definitions {
		if !have[d.ID] {
			t.Errorf("no recorded history of %s: go test ./cmd/chengxu -run TestGoldenHistories -update", d.ID)
		}
	}
}

// kept reports whether the history is there already.
func kept(t *testing.T, name string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(histories, name+".entries.json"))
	return err == nil
}

const histories = "../../workflows/testdata/histories"

func writeGolden(t *testing.T, s *stack, name string, c casefile.Case) {
	t.Helper()
	saved, err := s.store.Histories(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.store.Sealed(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	entries := make([]casefile.Entry, len(sealed))
	for i := range sealed {
		entries[i] = sealed[i].Entry
	}
	b, err := json.MarshalIndent(entries, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	write(t, name+".entries.json", b)
	for i, h := range ordered(t, s, c.ID, len(saved)) {
		write(t, fmt.Sprintf("%s.run%03d.json", name, i+1), h)
	}
}

// ordered gives the histories of a case in the order of its runs, as a dossier
// has them.
func ordered(t *testing.T, s *stack, id casefile.ID, want int) [][]byte {
	t.Helper()
	file := exported(t, s, id)
	d, err := dossier.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Histories) != want {
		t.Fatalf("%d histories in the dossier, %d saved", len(d.Histories), want)
	}
	return d.Histories
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(histories, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(histories, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
}
