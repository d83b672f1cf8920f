package worker_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/worker"
)

// histories holds the recorded runs that must replay for ever, each beside the
// entries that the case recorded: NAME.json and NAME.entries.json. A case that
// continued as new has NAME-2.json and so on. They are written by
// go test ./cmd/chengxu -run TestGoldenHistories -update.
const histories = "../workflows/testdata/histories"

func golden(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob(histories + "/*.entries.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no golden histories: %v", err)
	}
	return files
}

// runsOf gives the histories of one case in order.
func runsOf(tb testing.TB, entries string) [][]byte {
	tb.Helper()
	files, err := filepath.Glob(strings.TrimSuffix(entries, ".entries.json") + ".run*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("%s: no histories: %v", entries, err)
	}
	var out [][]byte
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestEveryRecordedHistoryReplays(t *testing.T) {
	for _, file := range golden(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []casefile.Entry
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			var got []casefile.Entry
			for i, run := range runsOf(t, file) {
				entries, err := worker.Replay(run)
				if err != nil {
					t.Fatalf("run %d: %v", i+1, err)
				}
				got = append(got, entries...)
			}
			if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
				t.Errorf("the code records other entries than the case did (-recorded +replayed):\n%s", diff)
			}
		})
	}
}

// TestAChangedHistoryDoesNotReplay makes sure that replay can fail.
func TestAChangedHistoryDoesNotReplay(t *testing.T) {
	run := string(runsOf(t, histories+"/major-decision-2019-adopted.entries.json")[0])
	for name, changed := range map[string]string{
		"a local activity of another name": inMarkers(t, run, "Record", "Recorc"),
		"an act of another kind":           inMarkers(t, run, "intake.register", "intake.registeR"),
		"no history at all":                `{"events":[]}`,
		"not JSON":                         `{"events":[`,
	} {
		t.Run(name, func(t *testing.T) {
			if changed == run {
				t.Fatal("the row changes nothing")
			}
			if _, err := worker.Replay([]byte(changed)); err == nil {
				t.Error("replayed")
			}
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// BenchmarkReplay replays a whole case.
func BenchmarkReplay(b *testing.B) {
	runs := runsOf(b, histories+"/major-decision-2019-whole.entries.json")
	for b.Loop() {
		for _, run := range runs {
			if _, err := worker.Replay(run); err != nil {
				b.Fatal(err)
			}
		}
	}
}
