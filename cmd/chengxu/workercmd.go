package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/workflows"
)

// workerOptions are the flags of worker.
type workerOptions struct {
	cluster  clusterOptions
	database string
	build    string
	listen   string // where it says that it lives; empty: nowhere
	observe  observeOptions
}

func buildFlag(f *pflag.FlagSet, build *string) {
	f.StringVar(build, "build-id", workflows.Version, "build id of this program's workers; default: the version of its workflow code")
}

func workerCommand() *cobra.Command {
	var o workerOptions
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "carry cases on, beside other workers, with a Temporal cluster and a PostgreSQL",
		Long: "worker needs neither the keys nor the documents of the installation. Any number may run; cases stay with the build\n" +
			"that they were opened on until `cluster move` moves them.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkBuild(o.build); err != nil {
				return err
			}
			return work(cmd.Context(), o, cmd.OutOrStdout())
		},
	}
	o.cluster.flags(cmd.Flags())
	sharedDatabaseFlag(cmd, &o.database)
	buildFlag(cmd.Flags(), &o.build)
	o.observe.flags(cmd, "info")
	cmd.Flags().StringVar(&o.listen, "listen", "", "address at which /healthz and /readyz answer; none by default")
	return cmd
}

// sharedDatabaseFlag is the flag for a database that several processes use.
func sharedDatabaseFlag(cmd *cobra.Command, database *string) {
	cmd.Flags().StringVar(database, "database-url", "", "postgres://… of the database that all processes share (required)")
	cobra.CheckErr(cmd.MarkFlagRequired("database-url"))
}

// work carries cases on until ctx ends or the worker cannot go on, and finishes the
// tasks that are under way.
func work(ctx context.Context, o workerOptions, out io.Writer) (err error) {
	seen, err := o.observe.start(ctx, os.Stderr)
	if err != nil {
		return err
	}
	defer seen.stop(ctx)
	began := time.Now()
	s, err := startStack(ctx, stackOptions{place: place{database: o.database}, log: seen.log, seen: seen, part: workerPart, cluster: &o.cluster, build: o.build})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if o.listen != "" {
		stop, err := s.sayAlive(ctx, o.listen)
		if err != nil {
			return err
		}
		defer stop()
	}
	b := builds{client: s.client, namespace: s.engine.dial.Namespace}
	first, err := b.promoteFirst(ctx, o.build)
	if err != nil && ctx.Err() == nil {
		return err
	}
	fmt.Fprintf(out, "工作进程已就绪（%s）：版本 build %s，命名空间 namespace %s\n", time.Since(began).Round(time.Millisecond), o.build, b.namespace)
	if now, _, err := b.current(ctx); err == nil && !first && now != o.build {
		fmt.Fprintf(out, "新案件由版本 %s 办理 new cases are opened on build %s; to change that: chengxu cluster promote %s\n", now, now, o.build)
	}
	select {
	case <-ctx.Done():
		s.ready.drain(context.WithoutCancel(ctx), seen.drain)
		return nil
	case err := <-s.engine.failed:
		return err
	}
}

// sayAlive answers whoever watches the process.
func (s *stack) sayAlive(ctx context.Context, listen string) (stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", listen, err)
	}
	server := api.NewServer(listen, s.seen.health())
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(ctx, "answer whoever watches", "error", err)
		}
	}()
	return func() { server.Close() }, nil
}
