package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary run as chengxu itself, so that tests can start
// and kill real processes.
const asProgram = "CHENGXU_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// startTestStack starts engine, store and worker in this process.
func startTestStack(tb testing.TB, continueAfter int) *stack {
	tb.Helper()
	return startTestStackWith(tb, stackOptions{continueAfter: continueAfter})
}

// startTestStackWith starts a stack in a directory of the test.
func startTestStackWith(tb testing.TB, o stackOptions) *stack {
	tb.Helper()
	o.log = slog.New(slog.DiscardHandler)
	if o.data == "" {
		o.data = tb.TempDir()
	}
	s, err := startStack(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.stop(); err != nil {
			tb.Error(err)
		}
	})
	if err := s.awaitReady(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

// program is a running chengxu process.
type program struct {
	cmd    *exec.Cmd
	output *bytes.Buffer
}

// command prepares a chengxu process.
func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// startServe starts `chengxu serve` and waits until it says that it is ready.
func startServe(t *testing.T, data, listen string, more ...string) *program {
	t.Helper()
	return startReady(t, command(context.WithoutCancel(t.Context()), append([]string{"serve", "--data", data, "--listen", listen}, more...)...), listen)
}

// startReady starts a program and waits until it says at its address that it is ready.
func startReady(t *testing.T, cmd *exec.Cmd, listen string) *program {
	t.Helper()
	p := &program{cmd: cmd, output: &bytes.Buffer{}}
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	deadline := time.Now().Add(time.Minute)
	for {
		resp, err := http.Get("http://" + listen + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return p
			}
		}
		if time.Now().After(deadline) {
			p.kill()
			t.Fatalf("not ready within a minute; output:\n%s", p.output)
		}
		time.Sleep(20 * time.Millisecond) //nolint:forbidigo // another process is polled
	}
}

// kill ends the process as a power cut would.
func (p *program) kill() {
	if p.cmd.ProcessState == nil {
		p.cmd.Process.Signal(syscall.SIGKILL)
		p.cmd.Wait()
	}
}

// stop ends the process as an operator would, and reports its exit.
func (p *program) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("serve did not end well: %v\n%s", err, p.output)
	}
}

// freeAddress gives a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// newToken makes a token in the data directory with the real command.
func newToken(t *testing.T, data, organ, person string, roles ...string) string {
	t.Helper()
	return tokenAt(t, []string{"--data", data}, organ, person, roles...)
}

// exampleFiles gives the example cases in the repository.
func exampleFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return files
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("test setup: %v", err))
	}
	return v
}
