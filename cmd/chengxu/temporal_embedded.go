//go:build !noembed

package main

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// keptFor is how long the engine keeps the histories of closed runs. Dossiers
// need them; they are saved in the store when a case closes or is exported, and
// a run that a long case has left behind is saved only then.
const keptFor = 10 * 365 * 24 * time.Hour

// startEngine starts the embedded workflow engine with its files in dir.
func startEngine(ctx context.Context, dir string, log *slog.Logger) (*engine, error) {
	server, err := temporalserver.Start(ctx, temporalserver.Options{Dir: dir, Retention: keptFor, Logger: log})
	if err != nil {
		return nil, err
	}
	return &engine{
		dial:   client.Options{HostPort: server.HostPort(), Namespace: temporalserver.DefaultNamespace},
		failed: server.Failed(),
		stop:   server.Stop,
	}, nil
}
