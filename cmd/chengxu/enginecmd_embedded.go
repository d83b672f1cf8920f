//go:build !noembed

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

func engineCommand() *cobra.Command {
	var at place
	var listen, namespace string
	cmd := &cobra.Command{
		Use:   "engine",
		Short: "run the embedded Temporal server in a process of its own, for api and worker of a small installation",
		Long: "It asks nobody for a password: whoever reaches the address can use it. Listen on this machine or on a network of the\n" +
			"installation's own. It is one process, and no cluster: while it is stopped, acts wait.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := at.usable(cmd.Context()); err != nil { // its cases would be those from before the move
				return err
			}
			return runEngine(cmd.Context(), temporalserver.Options{
				Database: at.database, Dir: at.engine(), Listen: listen, Namespace: namespace, Retention: keptFor, Logger: warnings(),
			}, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&at.data, "data", "./data", "directory of the engine's files; made when missing")
	cmd.Flags().StringVar(&at.database, "database-url", "", "postgres://… in which the engine keeps its state; default: files in the data directory")
	cmd.Flags().StringVar(&listen, "listen", defaultAddress, "IP address and port to serve on")
	cmd.Flags().StringVar(&namespace, "temporal-namespace", defaultNamespace, "namespace of the cases; made when missing")
	return cmd
}

// runEngine runs until ctx ends or the server fails.
func runEngine(ctx context.Context, o temporalserver.Options, out io.Writer) (err error) {
	free, err := listenOn(ctx, o.Listen, "--listen") // the server itself would panic
	if err != nil {
		return err
	}
	if err := free.Close(); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	server, err := temporalserver.Start(ctx, o)
	if err != nil && ctx.Err() != nil {
		return nil //nolint:nilerr // being stopped is no error
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	fmt.Fprintf(out, "流程引擎已就绪 the engine serves on %s, namespace %s\n", server.HostPort(), o.Namespace)
	select {
	case <-ctx.Done():
		return nil
	case err := <-server.Failed():
		return err
	}
}
