package temporalserver_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

var caseSteps = temporal.NewSearchAttributeKeyKeywordList("CaseSteps")

// patient adds up what it is sent, side by side with a wait, and answers when the wait
// is over.
func patient(ctx workflow.Context) (int, error) {
	sum, over := 0, false
	err := workflow.SetUpdateHandler(ctx, "add", func(_ workflow.Context, n int) (int, error) {
		sum += n
		return sum, nil
	})
	if err != nil {
		return 0, err
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, caseSteps.ValueSet([]string{"受理", "论证"})); err != nil {
		return 0, err
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		over = workflow.Sleep(ctx, 3*time.Second) == nil
	})
	err = workflow.Await(ctx, func() bool { return over && sum >= 42 && workflow.AllHandlersFinished(ctx) })
	return sum, err
}

func patientWorker(t *testing.T, c client.Client) worker.Worker {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(patient)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	return w
}

// halfWay leaves a workflow in the files of a directory that waits, and has been sent
// something.
func halfWay(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	srv := start(t, temporalserver.Options{Dir: dir})
	c := dial(t, srv)
	w := patientWorker(t, c)
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "case", TaskQueue: taskQueue}, patient); err != nil {
		t.Fatal(err)
	}
	wantSum(t, c, 40, 40)
	wantFound(t, c, `CaseSteps = "论证"`, 1)
	w.Stop()
	c.Close()
	stop(t, srv)
	return dir
}

func nothing(context.Context, pgx.Tx) error { return nil }

// carry moves the engine, which has to succeed.
func carry(t *testing.T, dir, at string) {
	t.Helper()
	m, err := temporalserver.BeginMove(t.Context(), dir, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := m.Mark(); err != nil {
		t.Fatal(err)
	}
	rows, err := m.Carry(nothing, func() error { return nil })
	if err != nil || rows < 10 {
		t.Fatalf("%d rows were carried: %v", rows, err)
	}
}

func TestAWorkflowThatWaitsIsMoved(t *testing.T) {
	dir, at := halfWay(t), newDatabase(t)
	carry(t, dir, at)
	srv := start(t, temporalserver.Options{Database: at})
	c := dial(t, srv)
	for _, step := range []string{"受理", "论证"} {
		wantFound(t, c, `CaseSteps = "`+step+`"`, 1)
	}
	w := patientWorker(t, c)
	defer w.Stop()
	wantSum(t, c, 2, 42)
	var sum int
	within, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := c.GetWorkflow(within, "case", "").Get(within, &sum); err != nil || sum != 42 {
		t.Errorf("the workflow ends with %d, %v", sum, err)
	}
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "another", TaskQueue: taskQueue}, patient); err != nil {
		t.Errorf("a new one: %v", err)
	}
	wantFound(t, c, `WorkflowId = "case" AND ExecutionStatus = "Completed"`, 1)
	stop(t, start(t, temporalserver.Options{Dir: dir})) // the files are as they were
}

func TestAMoveThatWasInterruptedIsBegunAgain(t *testing.T) {
	dir, at := halfWay(t), newDatabase(t)
	m, err := temporalserver.BeginMove(t.Context(), dir, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Mark(); err != nil {
		t.Fatal(err)
	}
	interrupted := errors.New("interrupted")
	if _, err := m.Carry(nothing, func() error { return interrupted }); !errors.Is(err, interrupted) {
		t.Errorf("Carry: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if srv, err := temporalserver.Start(t.Context(), temporalserver.Options{Database: at}); err == nil {
		stop(t, srv)
		t.Fatal("an engine started on a database into which a move was not finished")
	} else if !errors.Is(err, temporalserver.ErrUnfinished) {
		t.Errorf("Start: %v", err)
	}
	carry(t, dir, at)
	start(t, temporalserver.Options{Database: at})
}

func TestAMoveIsRefusedBeforeItBegins(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(t *testing.T) (dir, at string)
		want string
	}{
		"nothing to move": {func(t *testing.T) (string, string) { return t.TempDir(), newDatabase(t) }, "find what is to be moved"},
		"files in use": {func(t *testing.T) (string, string) {
			dir := t.TempDir()
			start(t, temporalserver.Options{Dir: dir})
			return dir, newDatabase(t)
		}, "in use by another chengxu"},
		"files of another version": {func(t *testing.T) (string, string) {
			dir := t.TempDir()
			stop(t, start(t, temporalserver.Options{Dir: dir}))
			exec(t, filepath.Join(dir, "temporal.db"), "UPDATE schema_version SET curr_version = '9.9' WHERE db_name = 'temporal'")
			return dir, newDatabase(t)
		}, "has schema 9.9"},
		"database in use": {func(t *testing.T) (string, string) {
			dir, at := t.TempDir(), newDatabase(t)
			stop(t, start(t, temporalserver.Options{Dir: dir}))
			start(t, temporalserver.Options{Database: at})
			return dir, at
		}, "the database is in use"},
		"database not empty": {func(t *testing.T) (string, string) {
			dir, at := t.TempDir(), newDatabase(t)
			stop(t, start(t, temporalserver.Options{Dir: dir}))
			stop(t, start(t, temporalserver.Options{Database: at}))
			return dir, at
		}, "an engine has worked in this database already"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, at := tt.make(t)
			m, err := temporalserver.BeginMove(t.Context(), dir, at, nil)
			if err == nil {
				m.Close()
				t.Fatal("it began")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("BeginMove: %v\nwant: %s", err, tt.want)
			}
			silent(t, at, err)
		})
	}
}

// Whoever gives a reason not to, is asked before anything is changed.
func TestAMoveAsksWhatElseIsInTheWay(t *testing.T) {
	dir, at := t.TempDir(), newDatabase(t)
	stop(t, start(t, temporalserver.Options{Dir: dir}))
	inTheWay := errors.New("something is in the way")
	if _, err := temporalserver.BeginMove(t.Context(), dir, at, func(context.Context, pgx.Tx) error { return inTheWay }); !errors.Is(err, inTheWay) {
		t.Errorf("BeginMove: %v", err)
	}
	if got := read(t, at, `SELECT count(*)::text FROM pg_namespace WHERE nspname LIKE 'temporal%'`); got != "0" {
		t.Errorf("the database has %s schemas of an engine", got)
	}
}
