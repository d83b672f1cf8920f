package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
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
	return b.with(ctx, benchActs, func(s *stack) error {
		bare, err := startBare(s)
		if err != nil {
			return err
		}
		defer bare.stop()
		for _, writers := range b.writers {
			for _, kind := range []string{bareAlone, bareLocal} {
				took, within, err := inParallel(ctx, writers, b.acts, bare.writer(kind))
				if err != nil {
					return err
				}
				b.report.rate(benchActs, kind, writers, took, within)
			}
			if err := b.wholeCases(ctx, s, writers); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeCases plays cases from their opening to their end, each writer one after the other.
func (b *bench) wholeCases(ctx context.Context, s *stack, writers int) error {
	var opened, done atomic.Int64
	watch := &stopwatch{engine: localEngine{s.cases, s.papers}}
	began := time.Now()
	_, err := forEach(ctx, writers, func(ctx context.Context, writer int) ([]time.Duration, error) {
		for done.Load() < int64(b.acts) {
			name := fmt.Sprintf("bench-%d-%d", writers, opened.Add(1))
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
	bareLocal = "bare update: and an empty local activity"
)

// bareUpdates take updates that do nothing, on a queue of their own.
type bareUpdates struct {
	client client.Client
	worker sdkworker.Worker
	made   atomic.Int64
}

// bareQueue is where their tasks wait.
const bareQueue = "chengxu-bench"

func startBare(s *stack) (*bareUpdates, error) {
	// As many pollers as the worker of the cases has.
	w := sdkworker.New(s.client, bareQueue, sdkworker.Options{MaxConcurrentWorkflowTaskPollers: 16})
	w.RegisterWorkflowWithOptions(bareWorkflow, workflow.RegisterOptions{Name: "Bare"})
	w.RegisterActivityWithOptions(nothing, activity.RegisterOptions{Name: "Nothing"})
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("worker of bare updates: %w", err)
	}
	return &bareUpdates{client: s.client, worker: w}, nil
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
	id = fmt.Sprintf("bare-%d", u.made.Add(1))
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
