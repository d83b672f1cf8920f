//go:build noembed

package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"
)

// errNoEngine says what a build without the embedded engine cannot do, and what it can.
var errNoEngine = errors.New("this build has no embedded workflow engine (it was built with -tags noembed): " +
	"run chengxu api and chengxu worker with --temporal-address, or use the whole build")

// startEngine says that this build has no embedded workflow engine.
func startEngine(context.Context, place, *slog.Logger) (*engine, error) {
	return nil, errNoEngine
}

// engineCommands are the commands that need the embedded engine.
func engineCommands() []*cobra.Command {
	absent := func(name, short string) *cobra.Command {
		return &cobra.Command{
			Use: name, Short: "(not in this build) " + short, DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error { return errNoEngine },
		}
	}
	return []*cobra.Command{absent("engine", "run the embedded Temporal server in a process of its own"), absent("move", "move an installation from SQLite to PostgreSQL")}
}
