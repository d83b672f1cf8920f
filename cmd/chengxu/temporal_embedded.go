//go:build !noembed

package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// keptFor is how long the engine keeps the histories of closed runs. Dossiers
// need them; they are saved in the store when a case closes or is exported, and
// a run that a long case has left behind is saved only then.
const keptFor = 10 * 365 * 24 * time.Hour

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
func engineCommands() []*cobra.Command { return []*cobra.Command{moveCommand()} }
