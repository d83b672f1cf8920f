// Command testpg runs another command with a throw-away PostgreSQL server:
//
//	go run ./internal/testpg -- go test ./...
//
// The command finds the server's address in TEST_POSTGRES_URL. When that is
// already set, it is used as it is and no server is started.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/zhengdang/chengxu/internal/testpg/cluster"
)

const variable = "TEST_POSTGRES_URL"

func main() {
	durable := flag.Bool("durable", false, "wait for the disk on every commit, for benchmarks")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: testpg [-durable] [--] COMMAND [ARGUMENT…]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	code, err := run(context.Background(), cluster.Options{Durable: *durable}, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "testpg:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(ctx context.Context, o cluster.Options, command []string) (code int, err error) {
	// Registered before the server starts, so that an early interrupt still
	// stops it.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	address := os.Getenv(variable)
	if address == "" {
		server, startErr := cluster.Start(ctx, o)
		if startErr != nil {
			return 1, startErr
		}
		defer func() { err = errors.Join(err, server.Stop()) }()
		address = server.URL()
	}
	return attend(command, append(os.Environ(), variable+"="+address), signals)
}

// attend runs the command to its end, hands signals on to it, and gives its
// exit code.
func attend(command, env []string, signals <-chan os.Signal) (int, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("start %s: %w", command[0], err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			// The command may have ended in between; then done says so.
			_ = cmd.Process.Signal(s)
		case err := <-done:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return exitCode(exit), nil
			}
			if err != nil {
				return 1, fmt.Errorf("run %s: %w", command[0], err)
			}
			return 0, nil
		}
	}
}

// exitCode follows the shells: a command ended by a signal counts as 128 and
// up.
func exitCode(exit *exec.ExitError) int {
	if code := exit.ExitCode(); code >= 0 {
		return code
	}
	return 128
}
