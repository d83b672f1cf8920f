package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/internal/telemetry"
	"github.com/zhengdang/chengxu/workflows"
)

// Tracing changes nothing that a workflow does: every history that was recorded without
// it replays with it, and an act that is replayed is no span.
func TestEveryHistoryReplaysWhileItIsTraced(t *testing.T) {
	files, err := filepath.Glob("../../workflows/testdata/histories/*.run*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no histories: %v", err)
	}
	var spans collected
	tracing := telemetry.NewTracing(&spans)
	traced, err := tracing.EngineTracing()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		history, err := client.HistoryFromJSON(strings.NewReader(string(content)), client.HistoryJSONOptions{})
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
			Interceptors: []interceptor.WorkerInterceptor{traced}, DisableDeadlockDetection: true})
		if err != nil {
			t.Fatal(err)
		}
		replayer.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: workflows.CaseWorkflow})
		if err := replayer.ReplayWorkflowHistory(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)), history); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	if err := tracing.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, span := range spans.spans {
		if name := span.Name(); strings.HasPrefix(name, "HandleUpdate") || strings.HasPrefix(name, "StartActivity") {
			t.Fatalf("a replayed history sends %s", name)
		}
	}
}
