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

// stack is what a running Chengxu consists of. On the first two rungs everything is
// in one process: store, embedded engine, worker and use cases. On the third a process
// has a part of it, and the engine is reached at an address.
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

	figures    *counting    // of a record from before figures; nil where a duty counts
	shared     bool         // other processes work on the same database
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
	part          part
	cluster       *clusterOptions // how the engine is reached; nil: it is embedded
	build         string          // of the worker; empty: it takes every case
	seen          *observer       // nil: one that tells nobody
}

// startStack starts everything in order, or nothing: what was started before a
// failure is stopped again.
func startStack(ctx context.Context, o stackOptions) (s *stack, err error) {
	s = &stack{dir: o.data, examines: o.documents.examine != "", started: time.Now(), shared: o.cluster != nil, log: o.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	if s.seen, err = observerOr(o.seen, o.log); err != nil {
		return s, err
	}
	if err := o.usable(ctx); err != nil { // before the engine touches its files
		return s, err
	}
	if o.part.hasCases() {
		if s.shipped, err = loadShipped(); err != nil {
			return s, err
		}
		if err := s.shipped.addOwn(filepath.Join(o.data, "definitions")); err != nil {
			return s, err
		}
		if err := os.MkdirAll(o.data, 0o700); err != nil {
			return s, fmt.Errorf("data directory: %w", err)
		}
	}
	// The engine first: an embedded one holds the lock that keeps a second process out.
	if o.cluster != nil {
		s.engine, err = o.cluster.reach(ctx, o.log)
	} else {
		s.engine, err = startEngine(ctx, o.place, o.log)
	}
	if err != nil {
		return s, fmt.Errorf("workflow engine: %w", err)
	}
	if s.store, err = o.open(ctx); err != nil {
		return s, fmt.Errorf("store: %w", err)
	}
	return s, s.begin(ctx, o)
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
