//go:build !noembed

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/store"
)

// halted lets a move come to the table, and no further, until it may go on. The table has
// to be there. It gives when a process waits for it.
type halted struct {
	conn *pgx.Conn
	tx   pgx.Tx
}

func haltAt(t *testing.T, database, table string) *halted {
	t.Helper()
	h := &halted{conn: must(pgx.Connect(t.Context(), database))}
	t.Cleanup(func() { h.conn.Close(context.WithoutCancel(t.Context())) })
	h.tx = must(h.conn.Begin(t.Context()))
	if _, err := h.tx.Exec(t.Context(), `LOCK TABLE `+table+` IN SHARE MODE`); err != nil { // admits those who read
		t.Fatal(err)
	}
	return h
}

// reached waits until somebody waits to write into the table.
func (h *halted) reached(t *testing.T, table string) {
	t.Helper()
	awaits(t, "the copying of table "+table, func(ctx context.Context) error {
		var n int
		err := h.tx.QueryRow(ctx, `SELECT count(*) FROM pg_locks WHERE relation = to_regclass($1) AND NOT granted`, table).Scan(&n)
		if err == nil && n == 0 {
			err = errors.New("nobody waits for it")
		}
		return err
	})
}

func (h *halted) goOn(t *testing.T) {
	t.Helper()
	if err := h.tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// moving is `chengxu move`, which has copied the engine and part of the record.
func moving(t *testing.T, data, database string) (*program, *halted) {
	t.Helper()
	if err := must(store.Open(t.Context(), database)).Close(); err != nil { // tables without rows
		t.Fatal(err)
	}
	h := haltAt(t, database, "entries")
	p := &program{output: &bytes.Buffer{}, cmd: command(context.WithoutCancel(t.Context()), "move", "--data", data, "--to", database)}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	h.reached(t, "entries")
	return p, h
}

// actsOf gives the ids of the acts of a case, in order.
func actsOf(t *testing.T, listen, token string, id casefile.ID) (acts []string) {
	t.Helper()
	for _, e := range recordedIn(t, listen, token, id) {
		act := ""
		if e.Act != nil {
			act = e.Act.ID
		}
		acts = append(acts, fmt.Sprint(e.Sequence, " ", e.Kind, " ", act))
	}
	return acts
}

// A move that is killed in the middle of the copy has moved nothing: the files are served
// as before, the database is refused, and the same command does the whole.
func TestAMoveThatIsKilledIsDoneAgain(t *testing.T) {
	database := newDatabase(t)
	data, listen := t.TempDir(), freeAddress(t)
	server := startServe(t, data, listen)
	token := newToken(t, data, "示例机关", "trainer", "trainer")
	client := must(scenario.NewClient("http://"+listen, token))
	script := must(loadScenario("../../examples/filing-review-parking-document.yaml"))
	played, err := scenario.Play(t.Context(), script, client, "moved", nil)
	if err != nil || !played.OK() {
		t.Fatal(err, played.Problems)
	}
	before := actsOf(t, listen, token, played.Case.ID)
	server.stop(t)

	half, copying := moving(t, data, database)
	half.kill()
	copying.goOn(t)
	if _, err := os.Stat(place{data: data}.movedFile()); err == nil {
		t.Error("the directory says that it has moved")
	}
	server = startServe(t, data, listen)
	if diff := cmp.Diff(before, actsOf(t, listen, token, played.Case.ID)); diff != "" {
		t.Errorf("the record in the files (-before +after the kill):\n%s", diff)
	}
	server.stop(t)
	refusesDatabase(t, data, database, "run chengxu move again")

	out, err := command(t.Context(), "move", "--data", data, "--to", database).CombinedOutput()
	if err != nil {
		t.Fatalf("move: %v\n%s", err, out)
	}
	server = startServe(t, data, listen, "--database-url", database)
	if id, _ := onlyCase(t, listen, token); id != played.Case.ID {
		t.Errorf("the case is %s, want %s", id, played.Case.ID)
	}
	if diff := cmp.Diff(before, actsOf(t, listen, token, played.Case.ID)); diff != "" {
		t.Errorf("the record in PostgreSQL (-before +after the move):\n%s", diff)
	}
	verifyExported(t, listen, token, played.Case.ID)
	server.stop(t)
}
