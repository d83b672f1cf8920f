package temporalserver_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// newDatabase makes a database of the test, and gives its address.
func newDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv("TEST_POSTGRES_URL")
	if server == "" {
		t.Skip("TEST_POSTGRES_URL is not set: run the tests by go run ./internal/testpg -- go test ./internal/temporalserver")
	}
	name := "engine_" + strings.ToLower(rand.Text())
	run(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, server, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// run runs statements on a database.
func run(t *testing.T, at string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// read gives one value of a database.
func read(t *testing.T, at, query string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

const selectVersions = `SELECT (SELECT curr_version FROM temporal.schema_version) || ' ' || (SELECT curr_version FROM temporal_visibility.schema_version)`

func TestWorkflowContinuesInPostgreSQL(t *testing.T) {
	opts := temporalserver.Options{Database: newDatabase(t)}
	began := time.Now()
	first := start(t, opts)
	t.Logf("first start: %s", time.Since(began))
	c := dial(t, first)
	w := startWorker(t, c)
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "case", TaskQueue: taskQueue}, tally); err != nil {
		t.Fatalf("starting the workflow: %v", err)
	}
	wantSum(t, c, 40, 40)
	w.Stop()
	c.Close()
	stop(t, first)

	began = time.Now()
	second := start(t, opts)
	t.Logf("second start: %s", time.Since(began))
	c = dial(t, second)
	w = startWorker(t, c)
	defer w.Stop()
	wantSum(t, c, 2, 42)
	wantSum(t, c, 0, 42)
	wantFound(t, c, `CaseStatus = "running"`, 1)
	if used := read(t, opts.Database, `SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database()`); len(used) > 2 {
		t.Errorf("the engine has %s connections", used)
	}
}

func TestDatabaseIsUsedByOneEngineAtATime(t *testing.T) {
	opts := temporalserver.Options{Database: newDatabase(t)}
	first := start(t, opts)
	srv, err := temporalserver.Start(t.Context(), opts)
	if err == nil {
		stop(t, srv)
		t.Fatal("a second engine started")
	}
	for _, want := range []string{"in use by another chengxu", fmt.Sprintf("process %d on", os.Getpid()), "pg_terminate_backend("} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("second Start: %v\nwant: %s", err, want)
		}
	}
	silent(t, opts.Database, err)
	stop(t, first)
	start(t, opts)
}

func TestAnEngineThatLosesItsDatabaseFails(t *testing.T) {
	opts := temporalserver.Options{Database: newDatabase(t)}
	srv := start(t, opts)
	run(t, opts.Database, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`)
	select {
	case err := <-srv.Failed():
		if !strings.Contains(err.Error(), "the lock on the database is lost") {
			t.Errorf("it failed with %v", err)
		}
		silent(t, opts.Database, err)
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
	stop(t, srv)
}

func TestSchemasAreBroughtUpToDate(t *testing.T) {
	at := newDatabase(t)
	opts := temporalserver.Options{Database: at}
	if err := temporalserver.SetUpAt(t.Context(), at, "1.12", "1.9"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, at, selectVersions); got != "1.12 1.9" {
		t.Fatalf("the older database has versions %s", got)
	}
	stop(t, start(t, opts))
	upgraded := read(t, at, selectVersions)
	if upgraded == "1.12 1.9" {
		t.Error("the database is as old as before")
	}
	fresh := newDatabase(t)
	stop(t, start(t, temporalserver.Options{Database: fresh}))
	if got := read(t, fresh, selectVersions); got != upgraded {
		t.Errorf("a new database has versions %s, one that was upgraded %s", got, upgraded)
	}
	const shape = `SELECT string_agg(table_schema || '.' || table_name || '.' || column_name || ' ' || data_type, E'\n' ORDER BY table_schema, table_name, column_name)
FROM information_schema.columns WHERE table_schema LIKE 'temporal%'`
	if a, b := read(t, at, shape), read(t, fresh, shape); a != b {
		t.Errorf("a new database and one that was upgraded differ:\n%s\n\n%s", a, b)
	}
}

func TestStartRefusesDatabasesThatAreNotItsOwn(t *testing.T) {
	for name, tt := range map[string]struct {
		make func(t *testing.T, at string) (as string)
		want string
	}{
		"newer": {func(t *testing.T, at string) string {
			stop(t, start(t, temporalserver.Options{Database: at}))
			run(t, at, `UPDATE temporal.schema_version SET curr_version = '9.9'`)
			return at
		}, "schema temporal of the database has version 9.9"},
		"newer visibility": {func(t *testing.T, at string) string {
			stop(t, start(t, temporalserver.Options{Database: at}))
			run(t, at, `UPDATE temporal_visibility.schema_version SET curr_version = '9.9'`)
			return at
		}, "schema temporal_visibility of the database has version 9.9"},
		"no version at all": {func(t *testing.T, at string) string {
			stop(t, start(t, temporalserver.Options{Database: at}))
			run(t, at, `UPDATE temporal.schema_version SET curr_version = 'x'`)
			return at
		}, "which is none"},
		"something else": {func(t *testing.T, at string) string {
			run(t, at, `CREATE SCHEMA temporal`, `CREATE TABLE temporal.letters (id INT)`)
			return at
		}, "belongs to something else"},
		"may not": {func(t *testing.T, at string) string {
			role := "clerk_" + strings.ToLower(rand.Text())
			run(t, at, `CREATE ROLE `+role+` LOGIN PASSWORD 'geheim %&'`)
			t.Cleanup(func() { run(t, os.Getenv("TEST_POSTGRES_URL"), `DROP ROLE `+role) })
			u, err := url.Parse(at)
			if err != nil {
				t.Fatal(err)
			}
			u.User = url.UserPassword(role, "geheim %&")
			return u.String()
		}, "CREATE EXTENSION IF NOT EXISTS btree_gin"},
		"no such database": {func(_ *testing.T, at string) string { return strings.Replace(at, "/engine_", "/nowhere_", 1) }, "does not exist"},
		"no such role":     {func(_ *testing.T, at string) string { return strings.Replace(at, "://", "://x", 1) }, "password authentication failed"},
		"no TLS": {func(t *testing.T, at string) string {
			t.Setenv("PGSSLMODE", "")
			return strings.Replace(at, "sslmode=disable", "", 1)
		}, "add sslmode=disable"},
		"no URL":     {func(*testing.T, string) string { return "mysql://u:geheim@h/d" }, "want postgres://"},
		"broken URL": {func(*testing.T, string) string { return "postgres://u:ge%heim@h:port/d" }, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			at := tt.make(t, newDatabase(t))
			srv, err := temporalserver.Start(t.Context(), temporalserver.Options{Database: at})
			if err == nil {
				stop(t, srv)
				t.Fatal("Start accepted it")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Start: %v\nwant it to say: %s", err, tt.want)
			}
			silent(t, at, err)
		})
	}
}

// What the role may not do, an administrator does as the refusal says.
func TestTheRefusalSaysWhatHelps(t *testing.T) {
	at := newDatabase(t)
	role := "clerk_" + strings.ToLower(rand.Text())
	run(t, at, `CREATE ROLE `+role+` LOGIN PASSWORD 'x'`)
	t.Cleanup(func() {
		run(t, at, `DROP SCHEMA temporal, temporal_visibility CASCADE`, `DROP OWNED BY `+role, `DROP ROLE `+role)
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "x")
	opts := temporalserver.Options{Database: u.String()}
	_, err = temporalserver.Start(t.Context(), opts)
	if err == nil {
		t.Fatal("Start accepted it")
	}
	_, statements, _ := strings.Cut(err.Error(), ":\n")
	run(t, at, statements)
	stop(t, start(t, opts))
}

// silent wants an error to hold neither the password nor the URL.
func silent(t *testing.T, at string, err error) {
	t.Helper()
	if strings.Contains(err.Error(), at) || strings.Contains(err.Error(), "geheim") {
		t.Errorf("the error tells secrets: %v", err)
	}
	if u, parseErr := url.Parse(at); parseErr == nil {
		if password, ok := u.User.Password(); ok && password != "" && strings.Contains(err.Error(), password) {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestAStartOnADatabaseThatIsCalledOffLeavesItFree(t *testing.T) {
	opts := temporalserver.Options{Database: newDatabase(t)}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if srv, err := temporalserver.Start(ctx, opts); err == nil {
		stop(t, srv)
		t.Fatal("Start within 30 milliseconds succeeded")
	} else if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Start: %v, want the deadline", err)
	}
	start(t, opts)
	if files, _ := filepath.Glob("temporal*"); len(files) > 0 {
		for _, file := range files {
			if strings.HasSuffix(file, ".db") || strings.HasSuffix(file, ".lock") {
				t.Errorf("an engine on PostgreSQL left %s", file)
			}
		}
	}
}
