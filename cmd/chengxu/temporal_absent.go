//go:build noembed

package main

import (
	"context"
	"errors"
	"log/slog"
)

// startEngine says that this build has no embedded workflow engine.
func startEngine(context.Context, string, *slog.Logger) (*engine, error) {
	return nil, errors.New("this build has no embedded workflow engine (it was built with -tags noembed)")
}
