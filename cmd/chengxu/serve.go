package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/api"
)

// serveOptions are the flags that serve and demo share.
type serveOptions struct {
	place
	listen        string
	openPractice  bool
	continueAfter int
	reach         outsideOptions
	escalateTo    []string // roles that read of late tasks, where the definition names none
	escalateAfter int      // working days after the due date; before it when negative
	documents     documentOptions
	cluster       *clusterOptions // nil: the engine is embedded, and so is the worker
	observe       observeOptions
}

func (o *serveOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.data, "data", "./data", "directory of all data; made when missing")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8080", "address to serve API and pages on")
}

// leastHistory is the shortest history after which a case may continue as new:
// less, and a run would end before it has done anything, again and again.
const leastHistory = 50

func serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "run engine, API and pages in this process",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return serve(cmd.Context(), o, cmd.OutOrStdout(), nil)
		},
	}
	o.flags(cmd)
	o.databaseFlag(cmd.Flags())
	o.served(cmd)
	return cmd
}

// served are the flags of processes that serve people; a demo has few of them.
func (o *serveOptions) served(cmd *cobra.Command) {
	o.observe.flags(cmd, "info")
	o.documents.flags(cmd)
	cmd.Flags().BoolVar(&o.openPractice, "open-practice", false, "let anyone who reaches the pages read practice cases (演练)")
	o.reach.flags(cmd)
	cmd.Flags().StringSliceVar(&o.escalateTo, "escalate-to", nil, "roles that are told of late tasks, where the procedure names none")
	cmd.Flags().IntVar(&o.escalateAfter, "escalate-after", 1, "working days after the due date when they are told; before it when negative")
	cmd.Flags().IntVar(&o.continueAfter, "continue-after", 0, "history length at which a case continues as new (0: as the engine suggests)")
}

func (o *serveOptions) check() error {
	if o.continueAfter != 0 && o.continueAfter < leastHistory {
		return fmt.Errorf("--continue-after %d: want 0, or at least %d", o.continueAfter, leastHistory)
	}
	return nil
}

// serve runs until ctx ends or the engine fails. Ready, when it is given, is
// called once everything answers; its error ends serving.
func serve(ctx context.Context, o serveOptions, out io.Writer, ready func(context.Context, *stack) error) (err error) {
	reach, err := o.reach.outside()
	if err != nil {
		return err
	}
	seen, err := o.observe.start(ctx, os.Stderr)
	if err != nil {
		return err
	}
	defer seen.stop(ctx)
	log := seen.log
	reach.openPractice = o.openPractice
	listener, err := listenOn(ctx, o.listen, "--listen")
	if err != nil {
		return err
	}
	began := time.Now()
	options := stackOptions{place: o.place, log: log, continueAfter: o.continueAfter, documents: o.documents, cluster: o.cluster, seen: seen}
	if o.cluster != nil {
		options.part = casesPart
	}
	s, err := startStack(ctx, options)
	if err != nil {
		listener.Close()
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	handler, err := s.handler(reach, log) //nolint:contextcheck // requests bring their own context
	if err != nil {
		listener.Close()
		return err
	}
	server := api.NewServer(o.listen, handler)
	server.RegisterOnShutdown(s.bell.Close) // streams do not end by themselves
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	err = s.greet(ctx, o, began, listener.Addr(), out)
	if err == nil {
		var stopWorking func()
		if stopWorking, err = s.work(ctx, reach, o.escalation(), log); err == nil {
			defer stopWorking()
		}
	}
	switch {
	case ctx.Err() != nil: // being stopped is no error; who has seen it ready sees it stop
		return s.untilDone(ctx, server, failed)
	case err != nil:
		server.Close()
		return err
	}
	if ready != nil {
		go func() {
			if err := ready(ctx, s); err != nil && ctx.Err() == nil {
				failed <- err
			}
		}()
	}
	return s.untilDone(ctx, server, failed)
}

// greet says where the pages are, once they can be used, and how the first
// administrator comes in. Beside others, a process serves before a worker is there.
func (s *stack) greet(ctx context.Context, o serveOptions, began time.Time, at net.Addr, out io.Writer) error {
	if !s.shared {
		if err := s.awaitReady(ctx); err != nil {
			return err
		}
	}
	s.announce(ctx, out, began, at, o.data)
	if o.openPractice {
		return nil
	}
	url := strings.TrimRight(o.reach.publicURL, "/")
	if url == "" {
		url = "http://" + at.String()
	}
	return s.invite(ctx, url, out)
}

// recompute brings the shipped calendar to the cases that were opened under an
// older one.
func (s *stack) recompute(ctx context.Context, log *slog.Logger) {
	organs, err := s.store.Organs(ctx)
	if err != nil && ctx.Err() == nil {
		log.ErrorContext(ctx, "bring the calendar to open cases", "error", err)
	}
	for _, organ := range organs {
		changed, err := s.cases.Recompute(ctx, organ)
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "bring the calendar to open cases", "organ", organ, "error", err)
		}
		if changed > 0 {
			log.InfoContext(ctx, "due dates recomputed by the shipped calendar", "organ", organ, "changed", changed)
		}
	}
}

// untilDone waits for the end and lets requests in flight finish.
func (s *stack) untilDone(ctx context.Context, server *http.Server, failed <-chan error) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	case err = <-s.engine.failed:
	}
	s.ready.drain(context.WithoutCancel(ctx), s.seen.drain)
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishWithin)
	defer cancel()
	if shutdown := server.Shutdown(grace); shutdown != nil {
		err = errors.Join(err, shutdown, server.Close())
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// awaitReady waits until database, engine and worker answer.
func (s *stack) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.cases.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", err)
		}
	}
}
