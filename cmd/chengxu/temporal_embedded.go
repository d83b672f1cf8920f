//go:build !noembed

package main

import (
	"context"
	"log/slog"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// startEngine starts the embedded workflow engine with its files in dir.
func startEngine(ctx context.Context, dir string, log *slog.Logger) (*engine, error) {
	server, err := temporalserver.Start(ctx, temporalserver.Options{Dir: dir, Logger: log})
	if err != nil {
		return nil, err
	}
	return &engine{
		hostPort:  server.HostPort(),
		namespace: temporalserver.DefaultNamespace,
		failed:    server.Failed(),
		stop:      server.Stop,
	}, nil
}
