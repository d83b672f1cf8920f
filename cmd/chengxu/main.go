// Command chengxu runs administrative decision procedures: the server, the
// scenarios, the checks and the verification of dossiers. It is the one place
// where the parts are joined; each command is a file.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/casefile"
)

// Exit codes, documented in docs/reference/cli.md.
const (
	exitNotAsExpected = 1 // the command ran, and what it checked is not in order
	exitUsage         = 2 // the command could not run
)

// notInOrder is the error of a command that ran and found something wrong.
type notInOrder struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	var found notInOrder
	if errors.As(err, &found) {
		fmt.Fprintln(os.Stderr, "chengxu:", err)
		os.Exit(exitNotAsExpected)
	}
	fmt.Fprintln(os.Stderr, "chengxu:", explained(err))
	os.Exit(exitUsage)
}

// explained adds the Chinese text of a refusal to its English one.
func explained(err error) string {
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) {
		return fmt.Sprintf("%v（%s）", err, refusal.Message.ZH)
	}
	return err.Error()
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "chengxu",
		Short:         "程序 · runs administrative decision procedures and proves how they ran",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	cmd.SetVersionTemplate("chengxu {{.Version}}\n")
	cmd.AddCommand(serveCommand(), demoCommand(), apiCommand(), workerCommand(), clusterCommand(), scenarioCommand(), checkCommand(), dossierCommand(), paperCommand(),
		caseCommand(), catalogueCommand(), filingCommand(), keyCommand(), organCommand(), personCommand(), mandateCommand(), accountCommand(), tokenCommand(),
		administratorCommand(), calendarCommand(), planCommand(), reportCommand(), rulesCommand(), configCommand(), benchCommand(), versionCommand())
	cmd.AddCommand(engineCommands()...)
	return withSettings(cmd)
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version of this binary and what it was built with",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "chengxu %s\n", version())
			return err
		},
	}
}

// What a release is called and what it was made of; the linker sets both (scripts/release.sh).
var releaseVersion, releaseRevision string

// version describes the build: version, revision, Go and the engine.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := cmp.Or(releaseVersion, info.Main.Version, "(devel)")
	if releaseRevision != "" {
		v += " " + releaseRevision
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v += " " + s.Value
		}
		if s.Key == "vcs.modified" && s.Value == "true" {
			v += " (modified)"
		}
	}
	v += " " + info.GoVersion
	for _, dep := range info.Deps {
		if dep.Path == "go.temporal.io/sdk" || dep.Path == "go.temporal.io/server" {
			v += " " + dep.Path + "@" + dep.Version
		}
	}
	return v
}
