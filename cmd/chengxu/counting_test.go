package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
)

// A database that was never counted is counted by a start, once; what cannot be counted is
// said, and a stop does not hang on it.
func TestAStartCountsWhatIsNotCounted(t *testing.T) {
	db, err := place{data: t.TempDir()}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	behind := func() bool {
		t.Helper()
		is, err := db.FiguresBehind(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if !behind() {
		t.Fatal("a new database says that it is counted: the test shows nothing")
	}
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	c := countFigures(t.Context(), db, log)
	c.stop()
	if behind() || strings.Contains(logged.String(), "ERROR") {
		t.Errorf("behind %t after a start: %s", behind(), &logged)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	countFigures(over, db, log).stop() // a start that is over does not wait
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	logged.Reset()
	c = countFigures(t.Context(), db, log)
	<-c.done
	c.stop()
	if !strings.Contains(logged.String(), "not counted") {
		t.Errorf("that nothing can be counted is not said: %s", &logged)
	}
}

// What a stop breaks off begins anew with the next start.
func TestCountingThatIsBrokenOffBeginsAnew(t *testing.T) {
	db, err := place{data: t.TempDir()}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	broken, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.RederiveHappenings(broken); err == nil {
		t.Error("counting went on after it was broken off")
	}
	if behind, err := db.FiguresBehind(t.Context()); err != nil || !behind {
		t.Errorf("behind %t (%v): what was broken off counts as done", behind, err)
	}
	countFigures(t.Context(), db, slog.New(slog.DiscardHandler)).stop()
	if behind, err := db.FiguresBehind(t.Context()); err != nil || behind {
		t.Errorf("behind %t (%v) after the next start", behind, err)
	}
}
