package dossier_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// scripted replays a history by handing out the entries that it lists.
func scripted(history []byte) ([]casefile.Entry, error) {
	var entries []casefile.Entry
	err := json.Unmarshal(history, &entries)
	return entries, err
}

func history(t *testing.T, entries ...casefile.Entry) []byte {
	t.Helper()
	b, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRunComparesTheReplayWithTheEntriesOneByOne(t *testing.T) {
	changed := filing()
	changed.Facts = casefile.Values{"n": 2}
	for _, tt := range []struct {
		name      string
		histories [][]byte
		replayer  dossier.Replayer
		status    dossier.Status
		place     string
		want      string
	}{
		{"one run", [][]byte{history(t, opening(), filing(), closing())}, dossier.ReplayerFunc(scripted), dossier.Verified, "", ""},
		{"several runs", [][]byte{history(t, opening()), history(t), history(t, filing(), closing())}, dossier.ReplayerFunc(scripted), dossier.Verified, "", ""},
		{"no history", nil, dossier.ReplayerFunc(scripted), dossier.Skipped, "", "no history"},
		{"no replayer", [][]byte{history(t, opening())}, nil, dossier.Skipped, "", "cannot replay"},
		{"a run is missing", [][]byte{history(t, opening(), filing())}, dossier.ReplayerFunc(scripted), dossier.Failed, "entries/000003.json", "end before"},
		{"the replay records more", [][]byte{history(t, opening(), filing(), closing()), history(t, filing())}, dossier.ReplayerFunc(scripted), dossier.Failed, "histories/002.json", "does not have"},
		{"the replay records something else", [][]byte{history(t, opening(), changed, closing())}, dossier.ReplayerFunc(scripted), dossier.Failed, "entries/000002.json", `facts: recorded absent, the replay of histories/001.json gives {"n":2}`},
		{"runs in the wrong order", [][]byte{history(t, filing(), closing()), history(t, opening())}, dossier.ReplayerFunc(scripted), dossier.Failed, "entries/000001.json", "kind"},
		{"the code does not follow the history", [][]byte{[]byte("x")}, dossier.ReplayerFunc(func([]byte) ([]casefile.Entry, error) {
			return nil, errors.New("non-deterministic")
		}), dossier.Failed, "histories/001.json", "non-deterministic"},
		{"the code stops", [][]byte{[]byte("x")}, dossier.ReplayerFunc(func(history []byte) ([]casefile.Entry, error) {
			return nil, errorOf(make([]casefile.Entry, 0)[len(history)])
		}), dossier.Failed, "histories/001.json", "replay stopped"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLog(t, "organ")
			for _, e := range []casefile.Entry{opening(), filing(), closing()} {
				l.record(e)
			}
			in := l.contents()
			in.Documents[dossier.Digest(draft)] = draft
			in.Histories = tt.histories
			report := verify(l.write(in), dossier.Options{Replayer: tt.replayer})
			if report.Run.Status != tt.status {
				t.Fatalf("run is %s, want %s:\n%s", report.Run.Status, tt.status, report)
			}
			if tt.status != dossier.Failed {
				if !strings.Contains(report.Run.Reason.EN, tt.want) {
					t.Errorf("reason = %q, want %q", report.Run.Reason.EN, tt.want)
				}
				return
			}
			first := report.Run.Problems[0]
			if first.Place != tt.place || !strings.Contains(problems(report.Run), tt.want) {
				t.Errorf("problems at %s:\n%s\nwant %s: %s", first.Place, problems(report.Run), tt.place, tt.want)
			}
		})
	}
}

func errorOf(casefile.Entry) error { return nil }

func problems(p dossier.Part) string {
	var b strings.Builder
	for _, problem := range p.Problems {
		b.WriteString(problem.Place + ": " + problem.Message.EN + "\n")
	}
	return b.String()
}
