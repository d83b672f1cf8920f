//go:build !noembed

package main

import (
	"slices"
	"strings"
	"testing"
)

// What a command records in the files while they are copied would be lost: while a move
// runs all are refused, and while a command is at work the move is.
func TestNobodyWritesWhileAMoveRuns(t *testing.T) {
	database, data := newDatabase(t), t.TempDir()
	startServe(t, data, freeAddress(t)).stop(t)
	at := place{data: data}
	open, err := at.open(t.Context()) // as a command has it
	if err != nil {
		t.Fatal(err)
	}
	refusedMove(t, data, database, "another chengxu command has the record")
	if err := open.Close(); err != nil {
		t.Fatal(err)
	}

	whole, copying := moving(t, data, database)
	commands := [][]string{
		{"token", "create", "--data", data, "--organ", "示例机关", "--person", "trainer", "--name", "trainer", "--roles", "trainer"},
		{"administrator", "link", "--data", data, "--organ", "示例机关"},
		{"serve", "--data", data, "--listen", freeAddress(t)},
		{"engine", "--data", data, "--listen", freeAddress(t)},
	}
	refused := func(want ...string) {
		t.Helper()
		for _, args := range commands {
			out, err := command(t.Context(), args...).CombinedOutput()
			if err == nil || !slices.ContainsFunc(want, func(one string) bool { return strings.Contains(string(out), one) }) {
				t.Errorf("%s: %v, want one of %q\n%s", strings.Join(args, " "), err, want, out)
			}
		}
	}
	refused("is being moved to PostgreSQL", "in use by another chengxu")
	copying.goOn(t)
	if err := whole.cmd.Wait(); err != nil {
		t.Fatalf("move: %v\n%s", err, whole.output)
	}
	refused("the record of this directory has moved: name its database with --database-url")
}
