package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
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
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
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

var benchActor = casefile.Actor{Person: "bench", Name: "bench", Roles: []casefile.Role{"office"}}

// benchProcedure is the major decision with one more gate before the act
// case.note: the first thirty rules of the pack that block or warn.
func benchProcedure(b *testing.B, s *stack) *casework.Library {
	b.Helper()
	pack := s.shipped.packs[0]
	var ids []string
	for _, r := range pack.Rules() {
		if (r.Effect == casefile.EffectBlock || r.Effect == casefile.EffectWarn) && len(ids) < 30 {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) < 30 {
		b.Fatalf("the pack has only %d rules that block or warn", len(ids))
	}
	gate := "gates:\n  - id: thirty\n    question: {zh: 基准, en: benchmark}\n    rules: [" + strings.Join(ids, ", ") + "]\n"
	widened, err := rules.ParseArchive([]byte(strings.Replace(string(pack.Archive()), "\ngates:\n", "\n"+gate, 1)))
	if err != nil {
		b.Fatal(err)
	}
	source := must(procedure.Shipped("cn.major-decision.2019.yaml"))
	src := string(source.Content)
	at := strings.Index(src, "- verb: note")
	src = src[:at] + strings.Replace(src[at:], "free: 记事不改变案件状态", "gate: cn.713/thirty", 1)
	def, err := procedure.Load(source.Name, []byte(src))
	if err != nil {
		b.Fatal(err)
	}
	library, err := casework.NewLibrary([]*procedure.Definition{def}, []*rules.Pack{widened}, s.shipped.calendar)
	if err != nil {
		b.Fatal(err)
	}
	return library
}

// openBenchCase opens a practice case.
func openBenchCase(b *testing.B, cases *casework.Service, id string) casefile.ID {
	b.Helper()
	reply, err := cases.Open(b.Context(), casework.Opening{
		ID: id, Procedure: "cn.major-decision", Organ: "bench",
		Matter: casefile.Matter{Title: "基准", Category: "policy"}, With: casefile.Values{"body_kind": "district-gov", "contains_state_secret": false},
		By: benchActor, Practice: true, Starts: legaltime.NewDate(2024, time.March, 1),
	})
	if err != nil {
		b.Fatal(err)
	}
	return reply.Case.ID
}

// BenchmarkAct compares, in one run on one engine, three kinds of update that
// take turns, so that a machine that slows down slows all of them: a bare update
// with one empty local activity; a note (no gate, four duties judged, one entry
// recorded, entry and case read back); and a note before which thirty rules are
// judged and recorded.
func BenchmarkAct(b *testing.B) {
	s := startTestStack(b, 0)
	bare := startBare(b, s)
	with30 := s.service(benchProcedure(b, s), 0)
	var bares, plain, thirty []time.Duration
	var plainCase, thirtyCase casefile.ID
	note := func(cases *casework.Service, id casefile.ID, n int64) func() error {
		return func() error {
			_, err := cases.Act(b.Context(), id, casefile.Act{
				ID: fmt.Sprintf("note-%d", n), Kind: "case.note", By: benchActor, With: casefile.Values{"text": "基准"}}, 0)
			return err
		}
	}
	for n := int64(0); b.Loop(); n++ {
		if n%100 == 0 { // cases of everyday length
			plainCase = openBenchCase(b, s.cases, fmt.Sprintf("plain-%d", n))
			thirtyCase = openBenchCase(b, with30, fmt.Sprintf("thirty-%d", n))
		}
		bares = append(bares, timed(b, func() error { return bare(n) }))
		plain = append(plain, timed(b, note(s.cases, plainCase, n)))
		thirty = append(thirty, timed(b, note(with30, thirtyCase, n)))
	}
	report := func(name string, took []time.Duration) {
		p50 := quantile(took, 0.5)
		b.ReportMetric(float64(p50.Microseconds())/1000, name+"-p50-ms")
		b.ReportMetric(float64(quantile(took, 0.99).Microseconds())/1000, name+"-p99-ms")
		b.ReportMetric(float64(p50)/float64(quantile(bares, 0.5)), name+"-ratio-p50")
	}
	report("bare", bares)
	report("note", plain)
	report("act30", thirty)
}

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func quantile(took []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
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
	s, err := startStack(b.Context(), stackOptions{place: place{data: dir}, log: slog.New(slog.DiscardHandler)})
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
		openBenchCase(b, s.cases, fmt.Sprintf("open-%d", n))
	}
	took, open := time.Since(began), resident(b)
	for b.Loop() { // the figures are the result; nothing is repeated
	}
	b.ReportMetric(float64(cases)/took.Seconds(), "opened/s")
	b.ReportMetric(idle, "idle-MB")
	b.ReportMetric(open, "open-MB")
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
