//go:build !noembed

package main

import (
	"context"
	"log/slog"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

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
