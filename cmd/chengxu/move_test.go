//go:build !noembed

package main

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/temporalserver"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/store"
)

// paused is a scenario that stops after an act until it may go on.
type paused struct {
	script  *scenario.Scenario
	after   int
	reached chan struct{}
	goOn    chan struct{}
	done    chan struct{}
	result  *scenario.Result
	err     error
}

func playPaused(t *testing.T, client *scenario.Client, file string, after func(*scenario.Scenario) int) *paused {
	t.Helper()
	script, err := loadScenario(file)
	if err != nil {
		t.Fatal(err)
	}
	p := &paused{script: script, after: after(script), reached: make(chan struct{}), goOn: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.result, p.err = scenario.Play(t.Context(), script, client, "paused-"+filepath.Base(file), func(played scenario.Played) {
			if played.Number == p.after {
				close(p.reached)
				<-p.goOn
			}
		})
	}()
	return p
}

// numberOf gives the number of the first act of a kind.
func numberOf(kind string) func(*scenario.Scenario) int {
	return func(s *scenario.Scenario) int {
		for i, a := range s.Acts {
			if a.Do == kind {
				return i + 1
			}
		}
		return -1
	}
}

// TestOpenCasesMoveToPostgreSQL moves an installation in which cases are in the middle,
// one of them in several steps at once, after a power cut, and plays them to their end.
func TestOpenCasesMoveToPostgreSQL(t *testing.T) {
	database := newDatabase(t)
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen)
	token := newToken(t, data, "示例机关", "trainer", "trainer")
	client := must(scenario.NewClient("http://"+listen, token))
	plays := []*paused{
		playPaused(t, client, wholeCase, numberOf("expert_argument.appoint")), // while the public is consulted
		playPaused(t, client, "../../examples/filing-review-parking-document.yaml", func(s *scenario.Scenario) int { return len(s.Acts) / 2 }),
		playPaused(t, client, "../../examples/document-validity-parking-notice.yaml", func(s *scenario.Scenario) int { return len(s.Acts) / 3 }),
	}
	for _, p := range plays {
		select {
		case <-p.reached:
		case <-p.done:
			t.Fatalf("%s: %v %v", p.script.File, p.err, p.result.Problems)
		}
	}
	refusedMove(t, data, database, "in use by another chengxu")
	server.kill()
	refusesDatabase(t, data, database, "run chengxu move first")
	refusedMove(t, data, strings.Replace(database, "sslmode=disable", "sslmode=verify-full", 1), "add sslmode=disable")
	mover := command(t.Context(), "move", "--data", filepath.Base(data), "--to", database)
	mover.Dir = filepath.Dir(data) // people name directories from where they are
	out, err := mover.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "日志头一致") {
		t.Fatalf("move: %v\n%s", err, out)
	}
	t.Logf("%s", out)
	discreet(t, database, string(out))
	refusedMove(t, data, newDatabase(t), "has moved")

	for _, what := range []string{"serve", "engine"} {
		out, err = command(t.Context(), what, "--data", data, "--listen", listen).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "--database-url") {
			t.Errorf("%s goes on with the files: %v\n%s", what, err, out)
		}
		discreet(t, database, string(out))
	}
	server = startServe(t, data, listen, "--database-url", database)
	for _, p := range plays {
		close(p.goOn)
	}
	for _, p := range plays {
		<-p.done
		one := &onePlay{script: p.script, client: client, token: token, result: p.result, err: p.err}
		one.check(t, &oneProcess{listen: listen})
	}
	if got := plays[0].result.Case.Status; got != casefile.StatusClosed {
		t.Errorf("the case ends %s", got)
	}
	server.stop(t)

	// Back to the files, as the refusal says.
	if err := os.Remove(place{data: data}.movedFile()); err != nil {
		t.Fatal(err)
	}
	startServe(t, data, freeAddress(t)).stop(t)
}

// refusesDatabase runs, on a database, what would record there beside the record in the
// files.
func refusesDatabase(t *testing.T, data, database, want string) {
	t.Helper()
	for _, args := range [][]string{
		{"serve", "--listen", freeAddress(t)},
		{"engine", "--listen", freeAddress(t)},
		{"token", "create", "--organ", "示例机关", "--person", "li", "--name", "李", "--roles", "office"},
	} {
		out, err := command(t.Context(), append(args, "--data", data, "--database-url", database)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, want %q\n%s", args[0], err, want, out)
		}
		discreet(t, database, string(out))
	}
}

// refusedMove moves what must not be moved.
func refusedMove(t *testing.T, data, database, want string) {
	t.Helper()
	out, err := command(t.Context(), "move", "--data", data, "--to", database).CombinedOutput()
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("move: %v, want %q\n%s", err, want, out)
	}
	discreet(t, database, string(out))
}

// discreet wants a message without the password of the database.
func discreet(t *testing.T, database, says string) {
	t.Helper()
	password, _ := must(url.Parse(database)).User.Password()
	if password == "" || strings.Contains(says, password) || strings.Contains(says, database) {
		t.Errorf("what is printed tells the password %q:\n%s", password, says)
	}
}

// A move that is interrupted leaves a database that nobody serves, and files that go on
// being served; or it is done again.
func TestAnInterruptedMoveIsDoneAgain(t *testing.T) {
	database := newDatabase(t)
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen)
	token := newToken(t, data, "示例机关", "trainer", "trainer")
	client := must(scenario.NewClient("http://"+listen, token))
	script, err := loadScenario("../../examples/filing-review-parking-document.yaml")
	if err != nil {
		t.Fatal(err)
	}
	played, err := scenario.Play(t.Context(), script, client, "moved", nil)
	if err != nil || !played.OK() {
		t.Fatal(err, played.Problems)
	}
	server.stop(t)
	m, err := temporalserver.BeginMove(t.Context(), place{data: data}.engine(), database, store.CheckEmpty)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Mark(); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := command(t.Context(), "serve", "--data", data, "--listen", listen, "--database-url", database).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "not finished") {
		t.Errorf("serve on a database that is half full: %v\n%s", err, out)
	}
	startServe(t, data, listen).stop(t) // the files are still in use
	if out, err := command(t.Context(), "move", "--data", data, "--to", database).CombinedOutput(); err != nil {
		t.Fatalf("move: %v\n%s", err, out)
	}
	refusedMove(t, data, database, "already")
	server = startServe(t, data, listen, "--database-url", database)
	var file bytes.Buffer
	if err := client.Dossier(t.Context(), played.Case.ID, &file); err != nil {
		t.Fatal(err)
	}
	verified(t, file.Bytes())
	server.stop(t)
}

// What is not an installation, or no place for one, is refused, and nothing is changed.
func TestAMoveIsRefused(t *testing.T) {
	refusedMove(t, t.TempDir(), newDatabase(t), "find the record to move")
	data := t.TempDir()
	startServe(t, data, freeAddress(t)).stop(t)
	full := newDatabase(t)
	inDatabase(t, full, `CREATE TABLE letters (id INT)`)
	refusedMove(t, data, full, "something else")
	server := startServe(t, t.TempDir(), freeAddress(t), "--database-url", newDatabase(t))
	refusedMove(t, data, databaseOf(server), "in use by another chengxu")
	if _, err := os.Stat(place{data: data}.movedFile()); err == nil {
		t.Error("a move that was refused left the mark")
	}
}

// databaseOf gives the database that a process was started with.
func databaseOf(p *program) string { return p.cmd.Args[len(p.cmd.Args)-1] }

// Readiness tells when the database is away, and the process ends when it has lost it.
func TestServeEndsWhenItLosesItsDatabase(t *testing.T) {
	database := newDatabase(t)
	listen := freeAddress(t)
	server := startServe(t, t.TempDir(), listen, "--database-url", database)
	inDatabase(t, os.Getenv("TEST_POSTGRES_URL"), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '`+strings.TrimPrefix(must(url.Parse(database)).Path, "/")+`'`)
	err := server.cmd.Wait()
	if err == nil || !strings.Contains(server.output.String(), "lock on the database is lost") {
		t.Errorf("serve ended with %v\n%s", err, server.output)
	}
	discreet(t, database, server.output.String())
	if resp, err := http.Get("http://" + listen + "/readyz"); err == nil {
		resp.Body.Close()
		t.Errorf("it still answers: %d", resp.StatusCode)
	}
}
