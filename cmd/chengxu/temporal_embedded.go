//go:build !noembed

package main

import (
	"context"
	"log/slog"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// startEngine starts the embedded workflow engine with its state where the record is:
// in the PostgreSQL of the installation, or in files of its directory.
func startEngine(ctx context.Context, at place, log *slog.Logger) (*engine, error) {
	server, err := temporalserver.Start(ctx, temporalserver.Options{Database: at.database, Dir: at.engine(), Retention: keptFor, Logger: log})
	if err != nil {
		return nil, err
	}
	return &engine{
		dial:   client.Options{HostPort: server.HostPort(), Namespace: temporalserver.DefaultNamespace},
		failed: server.Failed(),
		stop:   server.Stop,
	}, nil
}

// engineCommands are the commands that need the embedded engine.
func engineCommands() []*cobra.Command { return []*cobra.Command{engineCommand(), moveCommand()} }
