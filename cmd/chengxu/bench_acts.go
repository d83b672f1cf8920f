package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"golang.org/x/sync/errgroup"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// actsOf measures acts of whole cases, for each number of writers, beside updates of
// the same engine that do nothing.
func (b *bench) actsOf(ctx context.Context) error {
	if b.server != "" {
		return b.actsOfServer(ctx)
	}
	return b.with(ctx, benchActs, func(s *stack) error { return b.actsOn(ctx, localEngine{s.cases, s.papers}, s.client) })
}

// actsOfServer measures an installation that stands.
func (b *bench) actsOfServer(ctx context.Context) error {
	token, err := readToken(b.tokenFile)
	if err != nil {
		return err
	}
	server, err := scenario.NewClient(b.server, token)
	if err != nil {
		return err
	}
	temporal, _, err := b.cluster.connect(ctx, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer temporal.Close()
	return b.actsOn(ctx, server, temporal)
}

func (b *bench) actsOn(ctx context.Context, engine scenario.Engine, temporal client.Client) error {
	bare, err := startBare(temporal)
	if err != nil {
		return err
	}
	defer bare.stop()
	for _, writers := range b.writers {
		for _, kind := range []string{bareAlone, bareLocal} {
			var took []time.Duration
			var within time.Duration
			err := b.profiled(kind, writers, func() (err error) {
				took, within, err = inParallel(ctx, writers, b.acts, bare.writer(kind))
				return err
			})
			if err != nil {
				return err
			}
			b.report.rate(benchActs, kind, writers, took, within)
		}
		if err := b.profiled("acts", writers, func() error { return b.wholeCases(ctx, engine, writers) }); err != nil {
			return err
		}
	}
	return nil
}

// profiled does something, and writes where the processor was meanwhile, when that was
// asked for.
func (b *bench) profiled(what string, writers int, do func() error) (err error) {
	if b.profiles == "" {
		return do()
	}
	name, _, _ := strings.Cut(what, ":")
	file := fmt.Sprintf("%s-%d.pprof", strings.ReplaceAll(name, " ", "-"), writers)
	f, err := os.Create(filepath.Join(b.profiles, file))
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	defer pprof.StopCPUProfile()
	return do()
}

// wholeCases plays cases from their opening to their end, each writer one after the other.
func (b *bench) wholeCases(ctx context.Context, engine scenario.Engine, writers int) error {
	var opened, done atomic.Int64
	watch, run := &stopwatch{engine: engine}, randomName() // cases of an earlier measurement may be there
	began := time.Now()
	_, err := forEach(ctx, writers, func(ctx context.Context, writer int) ([]time.Duration, error) {
		for done.Load() < int64(b.acts) {
			name := fmt.Sprintf("%s-%d-%d", run, writers, opened.Add(1))
			result, err := scenario.Play(ctx, b.script, watch, name, nil)
			if err == nil && !result.OK() {
				err = errors.Join(result.Problems...)
			}
			if err != nil {
				return nil, err
			}
			done.Add(int64(len(result.Played)))
		}
		return nil, nil
	})
	if err != nil {
		return err
	}
	within := time.Since(began)
	b.report.rate(benchActs, "acts of whole cases", writers, watch.acts, within)
	b.report.rate(benchActs, "openings", writers, watch.openings, within)
	return nil
}

// stopwatch measures what a scenario does on an engine.
type stopwatch struct {
	engine scenario.Engine

	mu             sync.Mutex
	acts, openings []time.Duration
}

var _ scenario.Engine = (*stopwatch)(nil)

func (w *stopwatch) Upload(ctx context.Context, organ, title string, content []byte) (casefile.Digest, error) {
	return w.engine.Upload(ctx, organ, title, content)
}

func (w *stopwatch) Open(ctx context.Context, r scenario.OpenRequest) (scenario.Outcome, error) {
	began := time.Now()
	got, err := w.engine.Open(ctx, r)
	w.note(&w.openings, time.Since(began))
	return got, err
}

func (w *stopwatch) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	began := time.Now()
	got, err := w.engine.Act(ctx, id, act)
	w.note(&w.acts, time.Since(began))
	return got, err
}

func (w *stopwatch) note(list *[]time.Duration, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*list = append(*list, took)
}

// The updates beside which acts are measured: the least that any act could cost.
const (
	bareAlone = "bare update: validator, handler"
	bareLocal = "bare update with an empty local activity"
)

// bareUpdates take updates that do nothing, on a queue of their own.
type bareUpdates struct {
	client client.Client
	worker sdkworker.Worker
	run    string // those of an earlier measurement may be there
	made   atomic.Int64
}

// bareQueue is where their tasks wait.
const bareQueue = "chengxu-bench"

func startBare(temporal client.Client) (*bareUpdates, error) {
	// As many pollers as the worker of the cases has.
	w := sdkworker.New(temporal, bareQueue, sdkworker.Options{MaxConcurrentWorkflowTaskPollers: 16})
	w.RegisterWorkflowWithOptions(bareWorkflow, workflow.RegisterOptions{Name: "Bare"})
	w.RegisterActivityWithOptions(nothing, activity.RegisterOptions{Name: "Nothing"})
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("worker of bare updates: %w", err)
	}
	return &bareUpdates{client: temporal, worker: w, run: randomName()}, nil
}

func (u *bareUpdates) stop() { u.worker.Stop() }

// bareWorkflow takes both kinds of update until it is ended.
func bareWorkflow(ctx workflow.Context) error {
	valid := workflow.UpdateHandlerOptions{Validator: func(_ workflow.Context, in string) error {
		if in == "" {
			return errors.New("nothing was sent")
		}
		return nil
	}}
	alone := func(_ workflow.Context, in string) (string, error) { return in, nil }
	local := func(ctx workflow.Context, in string) (out string, err error) {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
		err = workflow.ExecuteLocalActivity(ctx, "Nothing", in).Get(ctx, &out)
		return out, err
	}
	err := errors.Join(workflow.SetUpdateHandlerWithOptions(ctx, bareAlone, alone, valid), workflow.SetUpdateHandlerWithOptions(ctx, bareLocal, local, valid))
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

func nothing(_ context.Context, in string) (string, error) { return in, nil }

// writer gives, for each writer, what sends one update of the kind to a workflow of its
// own.
func (u *bareUpdates) writer(kind string) func(ctx context.Context) (func(ctx context.Context, n int) error, error) {
	return func(ctx context.Context) (func(ctx context.Context, n int) error, error) {
		id, err := u.begin(ctx)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, n int) error {
			if n%500 == 499 { // an engine admits a bounded number of updates a run
				if id, err = u.begin(ctx); err != nil {
					return err
				}
			}
			h, err := u.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
				WorkflowID: id, UpdateID: kind + strconv.Itoa(n), UpdateName: kind, Args: []any{"x"}, WaitForStage: client.WorkflowUpdateStageCompleted,
			})
			if err != nil {
				return fmt.Errorf("bare update: %w", err)
			}
			return h.Get(ctx, nil)
		}, nil
	}
}

func (u *bareUpdates) begin(ctx context.Context) (id string, err error) {
	id = fmt.Sprintf("bare-%s-%d", u.run, u.made.Add(1))
	if _, err := u.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id, TaskQueue: bareQueue}, "Bare"); err != nil {
		return "", fmt.Errorf("workflow of bare updates: %w", err)
	}
	return id, nil
}

// inParallel lets writers do something so often in all, and says how long each time
// took, and all of it.
func inParallel(ctx context.Context, writers, times int, begin func(ctx context.Context) (do func(ctx context.Context, n int) error, err error)) (took []time.Duration, within time.Duration, err error) {
	var done atomic.Int64
	began := time.Now()
	took, err = forEach(ctx, writers, func(ctx context.Context, _ int) ([]time.Duration, error) {
		do, err := begin(ctx)
		if err != nil {
			return nil, err
		}
		var mine []time.Duration
		for n := 0; done.Add(1) <= int64(times); n++ {
			began := time.Now()
			if err := do(ctx, n); err != nil {
				return nil, err
			}
			mine = append(mine, time.Since(began))
		}
		return mine, nil
	})
	return took, time.Since(began), err
}

// forEach lets writers work side by side and gathers what they measured. The first
// error ends the others.
func forEach(ctx context.Context, writers int, work func(ctx context.Context, writer int) ([]time.Duration, error)) ([]time.Duration, error) {
	all := make([][]time.Duration, writers)
	running, ctx := errgroup.WithContext(ctx)
	for writer := range writers {
		running.Go(func() (err error) {
			all[writer], err = work(ctx, writer)
			return err
		})
	}
	err := running.Wait()
	return slices.Concat(all...), err
}
