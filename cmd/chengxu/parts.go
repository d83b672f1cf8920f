package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/events"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/worker"
)

// part is what a process has of a stack, beside the store and a connection to the
// engine.
type part int

const (
	wholeStack part = iota
	casesPart       // use cases, with keys and documents, for pages and API
	workerPart      // the worker, which needs neither keys nor documents
)

func (p part) hasCases() bool  { return p != workerPart }
func (p part) hasWorker() bool { return p != casesPart }

// finishWithin is how long tasks of the engine that are under way are waited for, and
// requests in flight too.
const finishWithin = 15 * time.Second

// begin starts what stands on store and engine.
func (s *stack) begin(ctx context.Context, o stackOptions) (err error) {
	if o.part.hasCases() {
		if err := s.openKeys(ctx, o); err != nil {
			return err
		}
		if s.papers, err = openDocuments(ctx, o.data, s.store, o.documents, o.log); err != nil {
			return err
		}
	}
	s.bell = events.NewBell()
	s.store.AnnounceTo(s.bell.Ring)
	connect := func(ctx context.Context) (client.Client, error) { return s.seen.connect(ctx, s.engine.dial) }
	if s.shared {
		s.client, err = patiently(ctx, o.log, s.engine.dial.HostPort, connect)
	} else {
		s.client, err = connect(ctx)
	}
	if err != nil {
		return fmt.Errorf("connect to the workflow engine: %w", err)
	}
	if !s.shared {
		if err := (builds{client: s.client}).refuseAny(ctx, o.log); err != nil {
			return err
		}
	}
	s.judges = activities.New(s.store, s.store)
	s.judges.WatchWith(s.seen)
	s.store.DeriveWith(s.judges.Derive)
	s.public = consult.New(s.store, o.clock)
	if _, err := s.store.Rederive(ctx, procedure.TasksVersion); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if !s.shared {
		s.figures = countFigures(ctx, s.store, o.log)
	}
	if o.part.hasWorker() {
		if err := s.startWorker(o); err != nil {
			return err
		}
	}
	if o.part.hasCases() {
		library, err := s.shipped.library()
		if err != nil {
			return err
		}
		s.trust = trustFile("", o.data)
		s.cases = s.service(library, o.continueAfter)
	}
	s.seen.watch(s)
	return nil
}

// startWorker starts the worker. On an engine of its own it takes every case; beside
// others, those of its build.
func (s *stack) startWorker(o stackOptions) error {
	options := worker.Options{BuildID: o.build}
	if s.shared {
		failed := make(chan error, 1)
		s.engine.failed = failed
		options.FinishWithin = finishWithin
		options.Failed = func(err error) {
			select {
			case failed <- fmt.Errorf("worker: %w", err):
			default: // one reason to end is enough
			}
		}
	}
	s.worker = worker.New(s.client, s.judges, options)
	if err := s.worker.Start(); err != nil {
		s.worker = nil
		return fmt.Errorf("worker: %w", err)
	}
	return nil
}

// openKeys opens the keys of logs and webhooks. A process among others is refused when
// its keys are not those of the installation, before it could sign anything.
func (s *stack) openKeys(ctx context.Context, o stackOptions) (err error) {
	if s.keys, err = openKeyring(o.keys(), s.store); err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	if s.webhookKey, err = s.openWebhookKey(ctx, o.keys()); err != nil {
		return err
	}
	if !s.shared {
		return nil
	}
	organs, err := s.store.Organs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, organ := range organs {
		_, err := s.keys.key(ctx, organ)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("signing keys: %w", err)
	}
	return nil
}
