package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// bareUpdate is the least that an act could cost: one update with one empty
// local activity.
func bareUpdate(ctx workflow.Context) error {
	err := workflow.SetUpdateHandler(ctx, "act", func(ctx workflow.Context, in string) (string, error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
		var out string
		err := workflow.ExecuteLocalActivity(ctx, "Nothing", in).Get(ctx, &out)
		return out, err
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

func nothing(_ context.Context, in string) (string, error) { return in, nil }

// startBare starts a worker and one workflow for bare updates on the stack's
// engine.
func startBare(b *testing.B, s *stack) (update func(n int64) error) {
	b.Helper()
	w := sdkworker.New(s.client, "bare", sdkworker.Options{MaxConcurrentWorkflowTaskPollers: 16})
	w.RegisterWorkflowWithOptions(bareUpdate, workflow.RegisterOptions{Name: "Bare"})
	w.RegisterActivityWithOptions(nothing, activity.RegisterOptions{Name: "Nothing"})
	if err := w.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(w.Stop)
	var generation atomic.Int64
	start := func() string {
		id := fmt.Sprintf("bare-%d", generation.Add(1))
		_, err := s.client.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: id, TaskQueue: "bare"}, "Bare")
		if err != nil {
			b.Fatal(err)
		}
		return id
	}
	id := start()
	return func(n int64) error {
		if n%500 == 499 { // an engine admits a bounded number of updates a run
			id = start()
		}
		h, err := s.client.UpdateWorkflow(b.Context(), client.UpdateWorkflowOptions{
			WorkflowID: id, UpdateID: strconv.FormatInt(n, 10), UpdateName: "act", Args: []any{"x"},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return err
		}
		return h.Get(b.Context(), nil)
	}
}

var benchActor = casefile.Actor{Person: "bench", Name: "bench", Roles: []casefile.Role{"drafter", "office", "decision_body", "chief"}}

// openBenchCase opens a practice case.
func openBenchCase(b *testing.B, s *stack, n int64) casefile.ID {
	b.Helper()
	reply, err := s.cases.Open(b.Context(), casework.Opening{
		ID: fmt.Sprintf("bench-%d", n), Procedure: "cn.major-decision", Organ: "bench",
		Matter: casefile.Matter{Title: "基准", Category: "policy"}, With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false},
		By: benchActor, Practice: true, Starts: must(legalDate("2024-03-01")),
	})
	if err != nil {
		b.Fatal(err)
	}
	return reply.Case.ID
}

// BenchmarkAct compares, in one run on one engine, an act (a gate of rules
// judged, an entry recorded, both read back) with a bare update. The two take
// turns, so that a machine that slows down slows both. Reported are the medians
// and their ratio.
func BenchmarkAct(b *testing.B) {
	s := startTestStack(b, 0)
	bare := startBare(b, s)
	cs := openBenchCase(b, s, 0)
	var acts, bares []time.Duration
	n := int64(0)
	for b.Loop() {
		n++
		if n%100 == 0 {
			cs = openBenchCase(b, s, n)
		}
		began := time.Now()
		if err := bare(n); err != nil {
			b.Fatal(err)
		}
		bares = append(bares, time.Since(began))
		began = time.Now()
		if _, err := s.cases.Act(b.Context(), cs, benchAct(n)); err != nil {
			b.Fatal(err)
		}
		acts = append(acts, time.Since(began))
	}
	act, update := quantile(acts, 0.5), quantile(bares, 0.5)
	b.ReportMetric(float64(act.Microseconds())/1000, "act-p50-ms")
	b.ReportMetric(float64(quantile(acts, 0.99).Microseconds())/1000, "act-p99-ms")
	b.ReportMetric(float64(update.Microseconds())/1000, "bare-p50-ms")
	b.ReportMetric(float64(act)/float64(update), "ratio-p50")
}

// BenchmarkServeReady measures from nothing to ready: on an empty directory, and
// on one that was used before.
func BenchmarkServeReady(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			readyOnce(b, b.TempDir())
		}
	})
	b.Run("again", func(b *testing.B) {
		dir := b.TempDir()
		readyOnce(b, dir)
		for b.Loop() {
			readyOnce(b, dir)
		}
	})
}

func readyOnce(b *testing.B, dir string) {
	b.Helper()
	s, err := startStack(b.Context(), stackOptions{dir: dir, log: slog.New(slog.DiscardHandler)})
	if err == nil {
		err = s.awaitReady(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	if err := s.stop(); err != nil {
		b.Fatal(err)
	}
	b.StartTimer()
}

// BenchmarkMemory reports the resident memory of the idle process, and with open
// cases (CHENGXU_BENCH_CASES, 10,000 unless set).
func BenchmarkMemory(b *testing.B) {
	cases := 10_000
	if set := os.Getenv("CHENGXU_BENCH_CASES"); set != "" {
		cases = must(strconv.Atoi(set))
	}
	s := startTestStack(b, 0)
	idle := resident(b)
	began := time.Now()
	for n := range cases {
		openBenchCase(b, s, int64(n+1))
	}
	b.ReportMetric(float64(cases)/time.Since(began).Seconds(), "opened/s")
	b.ReportMetric(idle, "idle-MB")
	b.ReportMetric(resident(b), "open-MB")
	for b.Loop() { // the figures above are the result; nothing is repeated
	}
}

// resident gives the resident memory of this process in MB, after collecting.
func resident(b *testing.B) float64 {
	b.Helper()
	runtime.GC()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return float64(must(strconv.Atoi(strings.Fields(rest)[0]))) / 1024
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
