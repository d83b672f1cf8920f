// Package cluster starts a throw-away PostgreSQL server for tests, from the
// programs that the operating system's package has installed. It listens on a
// free port of the loopback interface with a password made for the occasion,
// and takes its files with it when it stops.
//
// It imports nothing of this module.
package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrMissing says that the PostgreSQL server is not installed.
var ErrMissing = errors.New("the PostgreSQL server programs initdb and postgres were found neither in /usr/lib/postgresql/*/bin " +
	"nor in PATH: install the Debian package postgresql (apt-get install postgresql)")

const (
	superuser = "chengxu"
	database  = "postgres"
	// startWithin bounds how long a server may take to accept connections.
	startWithin = 60 * time.Second
	// stopWithin is how long a fast shutdown may take before the server is killed.
	stopWithin = 20 * time.Second
	attempts   = 3 // a free port may be taken by somebody else before the server has it
)

// Options say how a cluster is to run.
type Options struct {
	// Durable waits for the disk on every commit, as in earnest. Tests do
	// without; benchmarks must not.
	Durable bool
}

// Cluster is a running server.
type Cluster struct {
	dir      string
	password string
	port     int
	cmd      *exec.Cmd
	exited   chan struct{} // closed when the server has ended
}

// Start makes a cluster in a temporary folder and starts a server on it. When
// the caller is root the server runs as the user postgres, or else nobody, as
// PostgreSQL refuses to run as root. The caller must call [Cluster.Stop].
func Start(ctx context.Context, o Options) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "chengxu-postgres-")
	if err != nil {
		return nil, fmt.Errorf("make folder for the PostgreSQL cluster: %w", err)
	}
	c := &Cluster{dir: dir, password: rand.Text()}
	if err := c.start(ctx, bin, o); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context, bin string, o Options) error {
	as, err := unprivileged(c.dir)
	if err != nil {
		return err
	}
	if err := c.initialise(ctx, bin, as); err != nil {
		return err
	}
	var failed error
	for range attempts {
		if c.port, err = freePort(ctx); err != nil {
			return err
		}
		if failed = c.serve(ctx, bin, as, o); failed == nil {
			return nil
		}
		if err := c.halt(); err != nil {
			return errors.Join(failed, err)
		}
	}
	return failed
}

// URL is the address of the server's database, for lib/pq and pgx.
func (c *Cluster) URL() string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, c.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop ends the server, connections or not, and removes its files. Stopping
// twice is stopping once.
func (c *Cluster) Stop() error {
	err := c.halt()
	if rmErr := os.RemoveAll(c.dir); rmErr != nil {
		err = errors.Join(err, fmt.Errorf("remove the PostgreSQL cluster: %w", rmErr))
	}
	return err
}

func (c *Cluster) halt() error {
	if c.cmd == nil {
		return nil
	}
	cmd := c.cmd
	c.cmd = nil
	// SIGINT is PostgreSQL's fast shutdown: it does not wait for clients.
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	select {
	case <-c.exited:
		return nil
	case <-time.After(stopWithin):
	}
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	<-c.exited
	return nil
}

func (c *Cluster) data() string    { return filepath.Join(c.dir, "data") }
func (c *Cluster) logFile() string { return filepath.Join(c.dir, "log") }

func (c *Cluster) initialise(ctx context.Context, bin string, as *user) error {
	secret := filepath.Join(c.dir, "password")
	if err := os.WriteFile(secret, []byte(c.password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write password of the PostgreSQL cluster: %w", err)
	}
	if err := as.own(c.dir, secret); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", c.data(), "--username", superuser,
		"--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-locale", "--no-sync")
	c.prepare(cmd, as)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initialise the PostgreSQL cluster: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// prepare gives a command the plain environment and the user that PostgreSQL
// needs.
func (c *Cluster) prepare(cmd *exec.Cmd, as *user) {
	cmd.Dir = c.dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin", "HOME=" + c.dir}
	as.run(cmd)
}

func (c *Cluster) serve(ctx context.Context, bin string, as *user, o Options) error {
	args := []string{
		"-D", c.data(), "-p", strconv.Itoa(c.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=200",
	}
	if !o.Durable {
		args = append(args, "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")
	}
	log, err := os.OpenFile(c.logFile(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open log of PostgreSQL: %w", err)
	}
	defer log.Close()
	// The server outlives ctx: Stop ends it, in order.
	cmd := exec.Command(filepath.Join(bin, "postgres"), args...)
	c.prepare(cmd, as)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	c.cmd, c.exited = cmd, make(chan struct{})
	go func(exited chan<- struct{}) {
		_ = cmd.Wait() // how it ended is in its log
		close(exited)
	}(c.exited)
	return c.awaitReady(ctx)
}

// awaitReady waits until the server says in its lock file that it is ready.
func (c *Cluster) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if c.ready() {
			return nil
		}
		select {
		case <-look.C:
		case <-c.exited:
			return fmt.Errorf("PostgreSQL ended while starting: %s", c.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w: %s", ctx.Err(), c.lastWords())
		}
	}
}

// ready reads the eighth line of postmaster.pid, which is the server's state.
func (c *Cluster) ready() bool {
	b, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(b), "\n")
	return len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
}

func (c *Cluster) lastWords() string {
	b, err := os.ReadFile(c.logFile())
	if err != nil {
		return "its log cannot be read"
	}
	const enough = 2000
	return strings.TrimSpace(string(b[max(0, len(b)-enough):]))
}

// programs finds the folder of initdb and postgres; the newest version wins.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("look for PostgreSQL: %w", err)
	}
	best, newest := "", -1
	for _, dir := range found {
		version, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		if err == nil && version > newest && executable(dir) {
			best, newest = dir, version
		}
	}
	if best != "" {
		return best, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil && executable(filepath.Dir(path)) {
		return filepath.Dir(path), nil
	}
	return "", ErrMissing
}

func executable(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
