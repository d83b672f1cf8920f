package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

// TestKillingTheServerLosesAndDoublesNothing kills the process several times
// while a scenario is played against it.
func TestKillingTheServerLosesAndDoublesNothing(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killSeveralTimes(t) })
	t.Run("postgres", func(t *testing.T) { killSeveralTimes(t, "--database-url", newDatabase(t)) })
}

func killSeveralTimes(t *testing.T, flags ...string) {
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen, flags...)
	token := tokenAt(t, append([]string{"--data", data}, flags...), "示例机关", "trainer", "trainer")
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}

	var output bytes.Buffer
	play := command(t.Context(), "scenario", "run", "--server", "http://"+listen, "--token-file", tokenFile,
		"--run", "kill", wholeCase)
	play.Stdout, play.Stderr = &output, &output
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("played:\n%s\nserver:\n%s", output.String(), server.output)
		}
	})
	if err := play.Start(); err != nil {
		t.Fatal(err)
	}
	for _, entries := range []int{3, 12, 25} {
		awaitEntries(t, listen, token, entries)
		server.kill()
		server = startServe(t, data, listen, flags...)
	}
	if err := play.Wait(); err != nil {
		t.Fatalf("the scenario did not come out as its script says: %v\n%s", err, output.String())
	}

	id, entries := onlyCase(t, listen, token)
	seen := map[string]bool{}
	for i, e := range entries {
		if e.Sequence != int64(i+1) {
			t.Errorf("entry %d has sequence %d", i+1, e.Sequence)
		}
		if e.Act == nil {
			continue
		}
		if seen[e.Act.ID] {
			t.Errorf("act %s is recorded twice", e.Act.ID)
		}
		seen[e.Act.ID] = true
	}
	if acts := strings.Count(output.String(), "  准  ") + strings.Count(output.String(), "  止  "); len(seen) < acts {
		t.Errorf("%d acts were answered, %d are recorded", acts, len(seen))
	}
	if last := entries[len(entries)-1]; last.Status != casefile.StatusClosed {
		t.Errorf("the last entry leaves the case %q, want closed", last.Status)
	}
	verifyExported(t, listen, token, id)
	server.stop(t)
}

// wholeCase is the example that goes through to archive.
const wholeCase = "../../examples/putuo-waste-sorting.yaml"

func verifyExported(t *testing.T, listen, token string, id casefile.ID) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "case.zip")
	if err := os.WriteFile(file, get(t, listen, token, "/api/v1/cases/"+string(id)+"/dossier"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(t.Context(), "dossier", "verify", file).CombinedOutput()
	if err != nil {
		t.Errorf("the dossier does not verify: %v\n%s", err, out)
	}
}

// awaitEntries waits until the one case of the server has that many entries.
func awaitEntries(t *testing.T, listen, token string, want int) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if _, n, ok := summary(t, listen, token); ok && n >= int64(want) {
			return
		}
		time.Sleep(2 * time.Millisecond) //nolint:forbidigo // another process is polled
	}
	_, n, _ := summary(t, listen, token)
	t.Fatalf("the case did not reach %d entries within a minute, but %d", want, n)
}

func summary(t *testing.T, listen, token string) (id casefile.ID, sequence int64, ok bool) {
	t.Helper()
	var page struct {
		Cases []struct {
			ID       casefile.ID `json:"id"`
			Sequence int64       `json:"sequence"`
		} `json:"cases"`
	}
	if err := json.Unmarshal(get(t, listen, token, "/api/v1/cases"), &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Cases) == 0 {
		return "", 0, false
	}
	if len(page.Cases) > 1 {
		t.Fatalf("%d cases were opened, want one", len(page.Cases))
	}
	return page.Cases[0].ID, page.Cases[0].Sequence, true
}

func onlyCase(t *testing.T, listen, token string) (casefile.ID, []casefile.Entry) {
	t.Helper()
	id, _, ok := summary(t, listen, token)
	if !ok {
		t.Fatal("there is no case")
	}
	return id, recordedIn(t, listen, token, id)
}

// recordedIn gives the entries of a case by the API.
func recordedIn(t *testing.T, listen, token string, id casefile.ID) []casefile.Entry {
	t.Helper()
	var list struct {
		Entries []struct {
			Entry casefile.Entry `json:"entry"`
		} `json:"entries"`
	}
	if err := json.Unmarshal(get(t, listen, token, "/api/v1/cases/"+string(id)+"/entries"), &list); err != nil {
		t.Fatal(err)
	}
	out := make([]casefile.Entry, len(list.Entries))
	for i := range list.Entries {
		out[i] = list.Entries[i].Entry
	}
	return out
}

// get reads from the API with a token.
func get(t *testing.T, listen, token, path string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listen+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d\n%s", path, resp.StatusCode, body.String())
	}
	return body.Bytes()
}
