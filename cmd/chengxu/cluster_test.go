package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/workflows"
)

// A process of an installation that is not prepared, or whose keys are others, says so
// at its start, and what to do.
func TestAProcessSaysAtItsStartWhatIsWrong(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	if out, err := c.cluster(t, "check"); err != nil {
		t.Errorf("check of a prepared cluster: %v\n%s", err, out)
	}
	other := []string{"--temporal-namespace", "another"}
	if out, err := c.cluster(t, append([]string{"check"}, other...)...); err == nil || !strings.Contains(out, "chengxu cluster prepare") {
		t.Errorf("check of a namespace that is not there: %v\n%s", err, out)
	}
	for _, kind := range []string{"worker", "api"} {
		args := append(append([]string{kind}, c.reached()...), other...)
		if kind == "api" {
			args = append(args, "--data", t.TempDir(), "--listen", freeAddress(t))
		}
		if out, err := c.run(t, args...); err == nil || !strings.Contains(out, "chengxu cluster prepare") {
			t.Errorf("%s with a namespace that is not there: %v\n%s", kind, err, out)
		}
	}
	for range 2 { // the second time there is nothing to do
		if out, err := c.cluster(t, append([]string{"prepare"}, other...)...); err != nil {
			t.Fatalf("prepare: %v\n%s", err, out)
		}
	}
	if out, err := c.cluster(t, append([]string{"check"}, other...)...); err != nil {
		t.Errorf("check of what was prepared: %v\n%s", err, out)
	}
	elsewhere := t.TempDir()
	args := append([]string{"api", "--data", elsewhere, "--listen", freeAddress(t)}, c.reached()...)
	if out, err := c.run(t, args...); err == nil || !strings.Contains(out, "all share one data directory") {
		t.Errorf("api without the keys: %v\n%s", err, out)
	}
	c.stop(t)
}

// What somebody does at one api process, others see at the other within a moment.
func TestAnActAtOneProcessShowsAtTheOther(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	office := c.token(t, "示例机关", "office", "office")
	h := &toldBy{}
	ctx, cancel := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() { h.listen(ctx, "http://"+c.apis[1]+"/api/v1/events/stream", office) })
	defer listening.Wait()
	defer cancel()
	awaits(t, "the stream", func(context.Context) error {
		if h.open.Load() == 0 {
			return errors.New("not open yet")
		}
		return nil
	})
	body := openingOf("shown")
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+c.apis[0]+"/api/v1/cases", strings.NewReader(body)))
	req.Header.Set("Authorization", "Bearer "+office)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode >= 300 {
		t.Fatalf("open: %s", resp.Status)
	}
	began := time.Now()
	awaits(t, "the event at the other process", func(context.Context) error {
		if h.events.Load() == 0 {
			return errors.New("nothing was told yet")
		}
		return nil
	})
	t.Logf("shown at the other process after %s", time.Since(began).Round(time.Millisecond))
	c.stop(t)
}

// toldBy counts what a stream tells.
type toldBy struct{ open, events atomic.Int64 }

func (h *toldBy) listen(ctx context.Context, address, token string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return
	}
	h.open.Add(1)
	buffer := make([]byte, 4096)
	for {
		n, err := resp.Body.Read(buffer)
		h.events.Add(int64(strings.Count(string(buffer[:n]), "data:")))
		if err != nil {
			return
		}
	}
}

// openingOf is the body of a request that opens a case.
func openingOf(id string) string {
	return fmt.Sprintf(`{"id":%q,"procedure":"cn.major-decision@2019","matter":{"title":"事项","category":"policy"},%s}`, id, facts)
}

// Cases stay with the build that they were opened on, until they are moved.
func TestCasesStayWithTheirBuildUntilTheyAreMoved(t *testing.T) {
	c := &aCluster{}
	c.start(t)
	office := c.token(t, "示例机关", "office", "office")
	open := func(id string) {
		t.Helper()
		if status, answer := newVisitor(t, c.url()).send(http.MethodPost, "/api/v1/cases", openingOf(id), "Authorization", "Bearer "+office); status >= 300 {
			t.Fatalf("open %s: %d %s", id, status, answer)
		}
	}
	shows := func(want ...string) {
		t.Helper()
		awaits(t, "builds "+strings.Join(want, ", "), func(context.Context) error {
			out, err := c.cluster(t, "builds")
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			for _, row := range want {
				if !slices.ContainsFunc(strings.Split(out, "\n"), func(line string) bool { return strings.HasPrefix(strings.Join(strings.Fields(line), " "), row) }) {
					return fmt.Errorf("no %q in\n%s", row, out)
				}
			}
			return nil
		})
	}
	const older, next = workflows.Version, "next"
	open("a")
	shows(older + " current 1")
	newer := &program{output: &bytes.Buffer{}, cmd: command(context.WithoutCancel(t.Context()), append([]string{"worker", "--build-id", next}, c.reached()...)...)}
	newer.cmd.Stdout, newer.cmd.Stderr = newer.output, newer.output
	if err := newer.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(newer.kill)
	c.programs["newer"] = newer
	shows(older+" current 1", next+" waiting 0")
	open("b")
	shows(older+" current 2", next+" waiting 0")
	if out, err := c.cluster(t, "promote", next); err != nil {
		t.Fatalf("promote: %v\n%s", err, out)
	}
	open("c")
	shows(older+" draining 2", next+" current 1")
	for _, check := range []bool{true, false} {
		args := []string{"move", "--from", older, "--build-id", next}
		if check {
			args = append(args, "--check")
		}
		if out, err := c.cluster(t, args...); err != nil || !strings.Contains(out, "2，不迁移 stayed 0") {
			t.Fatalf("move: %v\n%s", err, out)
		}
	}
	shows(next + " current 3")
	c.programs["worker 0"].stop(t)
	c.programs["worker 1"].stop(t)
	for _, id := range []string{"a", "b", "c"} {
		path := "/api/v1/cases/" + string(casework.CaseID("示例机关", id)) + "/acts"
		if status, answer := newVisitor(t, c.url()).send(http.MethodPost, path, act("note-"+id, "case.note", `{"text":"新版本"}`), "Authorization", "Bearer "+office); status != http.StatusOK {
			t.Errorf("an act on case %s at the newer build: %d %s", id, status, answer)
		}
	}
	newer.stop(t)
}
