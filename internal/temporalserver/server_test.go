package temporalserver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"go.uber.org/goleak"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

const taskQueue = "tally"

var caseStatus = temporal.NewSearchAttributeKeyKeyword("CaseStatus")

// tally adds up what it is sent, until it is sent zero.
func tally(ctx workflow.Context) (int, error) {
	sum, closed := 0, false
	err := workflow.SetUpdateHandler(ctx, "add", func(ctx workflow.Context, n int) (int, error) {
		sum += n
		closed = closed || n == 0
		return sum, nil
	})
	if err != nil {
		return 0, err
	}
	if err := workflow.UpsertTypedSearchAttributes(ctx, caseStatus.ValueSet("running")); err != nil {
		return 0, err
	}
	err = workflow.Await(ctx, func() bool { return closed && workflow.AllHandlersFinished(ctx) })
	return sum, err
}

func start(t *testing.T, opts temporalserver.Options) *temporalserver.Server {
	t.Helper()
	srv, err := temporalserver.Start(t.Context(), opts)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { stop(t, srv) })
	return srv
}

func stop(t *testing.T, srv *temporalserver.Server) {
	t.Helper()
	if err := srv.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func dial(t *testing.T, srv *temporalserver.Server) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: srv.HostPort(), Namespace: temporalserver.DefaultNamespace,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatalf("dialling %s: %v", srv.HostPort(), err)
	}
	t.Cleanup(c.Close)
	return c
}

func startWorker(t *testing.T, c client.Client) worker.Worker {
	t.Helper()
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(tally)
	if err := w.Start(); err != nil {
		t.Fatalf("starting the worker: %v", err)
	}
	return w
}

func add(ctx context.Context, c client.Client, id string, n int) (int, error) {
	handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: id, UpdateName: "add", Args: []any{n}, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err != nil {
		return 0, err
	}
	var sum int
	err = handle.Get(ctx, &sum)
	return sum, err
}

func wantSum(t *testing.T, c client.Client, add1 int, want int) {
	t.Helper()
	got, err := add(t.Context(), c, "case", add1)
	if err != nil || got != want {
		t.Fatalf("add(%d) = %d, %v; want %d", add1, got, err, want)
	}
}

func TestWorkflowContinuesAfterRestart(t *testing.T) {
	opts := temporalserver.Options{Dir: filepath.Join(t.TempDir(), "数据 100%?#&")}
	began := time.Now()
	first := start(t, opts)
	t.Logf("first start: %s", time.Since(began))
	c := dial(t, first)
	w := startWorker(t, c)
	options := client.StartWorkflowOptions{ID: "case", TaskQueue: taskQueue}
	if _, err := c.ExecuteWorkflow(t.Context(), options, tally); err != nil {
		t.Fatalf("starting the workflow: %v", err)
	}
	wantSum(t, c, 40, 40)
	w.Stop()
	c.Close()
	stop(t, first)

	if wal, err := os.Stat(filepath.Join(opts.Dir, "temporal.db-wal")); err == nil && wal.Size() > 0 {
		t.Errorf("the write-ahead log still holds %d bytes after Stop", wal.Size())
	}

	began = time.Now()
	second := start(t, opts)
	t.Logf("second start: %s", time.Since(began))
	c = dial(t, second)
	w = startWorker(t, c)
	defer w.Stop()
	wantSum(t, c, 2, 42)
	wantSum(t, c, 0, 42)
	var result int
	if err := c.GetWorkflow(t.Context(), "case", "").Get(t.Context(), &result); err != nil || result != 42 {
		t.Errorf("result = %d, %v; want 42", result, err)
	}
	wantFound(t, c, `CaseStatus = "running"`, 1)
}

// wantFound waits, for visibility is written a moment after the workflow.
func wantFound(t *testing.T, c client.Client, query string, want int64) {
	t.Helper()
	var got int64
	for range 100 {
		answer, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
		if err != nil {
			t.Fatalf("counting %s: %v", query, err)
		}
		if got = answer.GetCount(); got == want {
			return
		}
		select {
		case <-t.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Errorf("%s found %d workflows, want %d", query, got, want)
}

func TestManyActAtOnceOnOneCase(t *testing.T) {
	c := dial(t, start(t, temporalserver.Options{Dir: t.TempDir()}))
	w := startWorker(t, c)
	defer w.Stop()
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "case", TaskQueue: taskQueue}, tally); err != nil {
		t.Fatalf("starting the workflow: %v", err)
	}
	const people = 60 // the server's default admits ten
	errs := make([]error, people)
	var all sync.WaitGroup
	for i := range people {
		all.Go(func() { _, errs[i] = add(t.Context(), c, "case", 1) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("concurrent updates: %v", err)
	}
	wantSum(t, c, 0, people)
}

func TestDirectoryIsUsedByOneServerAtATime(t *testing.T) {
	opts := temporalserver.Options{Dir: t.TempDir()}
	first := start(t, opts)
	_, err := temporalserver.Start(t.Context(), opts)
	want := fmt.Sprintf("data directory %s is in use by another chengxu (process %d)", opts.Dir, os.Getpid())
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("second Start: %v\nwant: %s", err, want)
	}
	stop(t, first)
	stop(t, first) // again: nothing more happens
	start(t, opts)
}

func TestNamespaceFollowsTheOptions(t *testing.T) {
	opts := temporalserver.Options{
		Dir: t.TempDir(), Retention: 24 * time.Hour,
		SearchAttributes: map[string]enumspb.IndexedValueType{"CaseOrgan": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	}
	stop(t, start(t, opts))

	opts.Retention = 48 * time.Hour
	opts.SearchAttributes = nil
	srv := start(t, opts)
	c := dial(t, srv)
	described, err := c.WorkflowService().DescribeNamespace(t.Context(),
		&workflowservice.DescribeNamespaceRequest{Namespace: temporalserver.DefaultNamespace})
	if err != nil {
		t.Fatalf("describing the namespace: %v", err)
	}
	if got := described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); got != opts.Retention {
		t.Errorf("retention = %s, want %s", got, opts.Retention)
	}
	known := map[string]string{}
	for column, name := range described.GetConfig().GetCustomSearchAttributeAliases() {
		known[name] = column
	}
	want := map[string]string{"CaseOrgan": "Keyword01", "CaseProcedure": "Keyword02", "CaseStatus": "Keyword03",
		"CaseSteps": "KeywordList01", "CasePractice": "Bool01"}
	if fmt.Sprint(known) != fmt.Sprint(want) {
		t.Errorf("search attributes = %v, want %v", known, want)
	}
	stop(t, srv)

	opts.SearchAttributes = map[string]enumspb.IndexedValueType{"CaseOrgan": enumspb.INDEXED_VALUE_TYPE_BOOL}
	_, err = temporalserver.Start(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), "search attribute CaseOrgan is stored as Keyword, not as Bool") {
		t.Errorf("Start with another type: %v", err)
	}
}

func TestStartThatIsCalledOffLeavesTheDirectoryFree(t *testing.T) {
	opts := temporalserver.Options{Dir: t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if srv, err := temporalserver.Start(ctx, opts); err == nil {
		stop(t, srv)
		t.Fatal("Start within a millisecond succeeded")
	} else if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Start: %v, want the deadline", err)
	}
	start(t, opts)
}

func TestStopLeavesNoGoroutinesOfOurs(t *testing.T) {
	before := goleak.IgnoreCurrent()
	srv := start(t, temporalserver.Options{Dir: t.TempDir()})
	stop(t, srv)
	if conn, err := net.Dial("tcp", srv.HostPort()); err == nil {
		conn.Close()
		t.Errorf("%s still accepts connections", srv.HostPort())
	}
	goleak.VerifyNone(t, before,
		// The server's SQLite plugin keeps a connection until the process ends.
		goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"),
		// The server does not stop the workers of its scanners, nor what these
		// use: they wait until the process ends.
		goleak.IgnoreAnyFunction("go.temporal.io/sdk/internal.(*baseWorker).runPoller"),
		goleak.IgnoreAnyFunction("go.temporal.io/sdk/internal.(*baseWorker).runTaskDispatcher"),
		goleak.IgnoreAnyFunction("go.temporal.io/sdk/internal.(*baseWorker).runEagerTaskDispatcher"),
		goleak.IgnoreAnyFunction("go.temporal.io/server/service/worker.(*perNamespaceWorkerManager).periodicRefresh"),
		goleak.IgnoreAnyFunction("go.temporal.io/server/common/persistence.(*healthSignalAggregatorImpl).emitMetricsLoop"),
		goleak.IgnoreAnyFunction("google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run"),
		goleak.IgnoreAnyFunction("google.golang.org/grpc.(*addrConn).resetTransportAndUnlock"),
	)
}
