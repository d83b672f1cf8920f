package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/store"
	"github.com/zhengdang/chengxu/webhook"
	"github.com/zhengdang/chengxu/worker"
)

// engine is a workflow engine that is running.
type engine struct {
	dial   client.Options // how it is reached
	failed <-chan error   // gives an error when the engine cannot go on
	stop   func() error
}

// stack is everything that a running Chengxu consists of on the first rung:
// store, embedded engine, worker and use cases in one process.
type stack struct {
	store   *store.Store
	engine  *engine
	client  client.Client
	worker  sdkworker.Worker
	cases   *casework.Service
	public  *consult.Service
	keys    *keyring
	papers  *documents.Keeper
	judges  *activities.Activities
	shipped *shipped
	trust   string // path of the trust file
	dir     string // data directory

	examines bool // documents are examined when they come in
	started  time.Time

	figures    *counting    // of a record from before figures
	bell       *events.Bell // rings when an entry is recorded
	webhookKey webhook.Key
	log        *slog.Logger
	seen       *observer
	ready      *readiness
}

// stackOptions say where a stack keeps its files.
type stackOptions struct {
	place         // the data directory is made when missing
	log           *slog.Logger
	clock         func() time.Time // decides what comes late from the public; nil: the system's
	continueAfter int              // history length at which cases continue as new; 0: the server's suggestion
	documents     documentOptions
	seen          *observer // nil: one that tells nobody
}

// startStack starts everything in order, or nothing: what was started before a
// failure is stopped again.
func startStack(ctx context.Context, o stackOptions) (s *stack, err error) {
	s = &stack{dir: o.data, examines: o.documents.examine != "", started: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.seen, err = observerOr(o.seen, o.log); err != nil {
		return s, err
	}
	if s.shipped, err = loadShipped(); err != nil {
		return s, err
	}
	if err := s.shipped.addOwn(filepath.Join(o.data, "definitions")); err != nil {
		return s, err
	}
	library, err := s.shipped.library()
	if err != nil {
		return s, err
	}
	if err := os.MkdirAll(o.data, 0o700); err != nil {
		return s, fmt.Errorf("data directory: %w", err)
	}
	// The engine first: it holds the lock that keeps a second process out.
	if s.engine, err = startEngine(ctx, filepath.Join(o.data, "temporal"), o.log); err != nil {
		return s, fmt.Errorf("workflow engine: %w", err)
	}
	if s.store, err = o.open(ctx); err != nil {
		return s, fmt.Errorf("store: %w", err)
	}
	if s.keys, err = openKeyring(o.keys(), s.store); err != nil {
		return s, fmt.Errorf("signing keys: %w", err)
	}
	if s.papers, err = openDocuments(ctx, o.data, s.store, o.documents, o.log); err != nil {
		return s, err
	}
	if s.webhookKey, err = webhookKey(o.keys()); err != nil {
		return s, err
	}
	s.bell = events.NewBell()
	s.store.AnnounceTo(s.bell.Ring)
	if s.client, err = s.seen.connect(ctx, s.engine.dial); err != nil {
		return s, fmt.Errorf("connect to the workflow engine: %w", err)
	}
	acts := activities.New(s.store, s.store)
	acts.WatchWith(s.seen)
	s.store.DeriveWith(acts.Derive)
	s.public = consult.New(s.store, o.clock)
	if _, err := s.store.Rederive(ctx, procedure.TasksVersion); err != nil {
		return s, fmt.Errorf("store: %w", err)
	}
	s.figures = countFigures(ctx, s.store, o.log)
	s.worker = worker.New(s.client, acts)
	if err := s.worker.Start(); err != nil {
		s.worker = nil
		return s, fmt.Errorf("worker: %w", err)
	}
	s.judges, s.log, s.trust = acts, o.log, trustFile("", o.data)
	s.cases = s.service(library, o.continueAfter)
	s.seen.watch(s)
	return s, nil
}

// service gives the use cases over a library.
func (s *stack) service(library *casework.Library, continueAfter int) *casework.Service {
	return casework.New(casework.Options{
		Temporal: s.client, TaskQueue: worker.TaskQueue, Store: storage{s.store}, Documents: s.papers, Judges: s.judges, Work: storage{s.store},
		Library: library, Releases: s.releases(), Sealer: s.keys, Intake: s.public, Identity: auth.NewDirectory(s.store, s.shipped.roles()), Log: s.log, ContinueAfter: continueAfter, Watch: s.seen.answered,
	})
}

// stop ends everything in the reverse order of starting. Open cases go on when
// the stack is started again.
func (s *stack) stop() error {
	var errs []error
	if s.worker != nil {
		s.worker.Stop()
	}
	if s.client != nil {
		s.client.Close()
	}
	if s.figures != nil {
		s.figures.stop()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.engine != nil {
		errs = append(errs, s.engine.stop())
	}
	return errors.Join(errs...)
}
