//go:build noembed

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"
)

// startEngine says that this build has no embedded workflow engine.
func startEngine(context.Context, place, *slog.Logger) (*engine, error) {
	return nil, errors.New("this build has no embedded workflow engine (it was built with -tags noembed)")
}

// engineCommands are the commands that need the embedded engine.
func engineCommands() []*cobra.Command { return nil }
