package temporalserver_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/resolver"

	"github.com/zhengdang/chengxu/internal/temporalserver"
)

// exec runs a statement on the file, in the journal mode that leaves no other files.
func exec(t *testing.T, file, statement string) {
	t.Helper()
	cfg := &config.SQL{PluginName: sqlite.PluginName, DatabaseName: file, ConnectAttributes: map[string]string{"mode": "rwc"}}
	db, err := sql.NewSQLAdminDB(sqlplugin.DbKindUnknown, cfg, resolver.NewNoopResolver(), log.NewNoopLogger(), metrics.NoopMetricsHandler)
	if err != nil {
		t.Fatalf("opening %s: %v", file, err)
	}
	if err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestStartRefusesFilesThatAreNotItsOwn(t *testing.T) {
	made := t.TempDir()
	stop(t, start(t, temporalserver.Options{Dir: made}))
	whole, err := os.ReadFile(filepath.Join(made, "temporal.db"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(content []byte) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := map[string]struct {
		make func(t *testing.T, file string)
		want string
	}{
		"no database":      {write([]byte("a text that somebody saved under this name")), "not an SQLite database"},
		"damaged header":   {write(append([]byte("X"), whole[1:]...)), "not an SQLite database"},
		"cut short":        {write(whole[:len(whole)/2]), "damaged: "},
		"cut in its head":  {write(whole[:50]), "damaged at its start"},
		"schema destroyed": {write(append(bytes.Clone(whole[:100]), make([]byte, len(whole)-100)...)), "malformed"},
		"other software": {func(t *testing.T, file string) {
			exec(t, file, "CREATE TABLE letters (id INTEGER)")
		}, "a database of something else"},
		"other version": {func(t *testing.T, file string) {
			write(whole)(t, file)
			exec(t, file, "UPDATE schema_version SET curr_version = '9.9' WHERE db_name = 'temporal'")
		}, "has schema 9.9 and visibility schema 0.1, this program needs 0.10 and 0.1; run it with the release"},
		"no version table": {func(t *testing.T, file string) {
			write(whole)(t, file)
			exec(t, file, "DROP TABLE schema_version")
		}, "does not say its schema version"},
		"no version": {func(t *testing.T, file string) {
			write(whole)(t, file)
			exec(t, file, "DELETE FROM schema_version")
		}, "reading the schema version of"},
		"a directory": {func(t *testing.T, file string) {
			if err := os.Mkdir(file, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "not a regular file"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "temporal.db")
			tt.make(t, file)
			before, _ := os.ReadFile(file)
			srv, err := temporalserver.Start(t.Context(), temporalserver.Options{Dir: dir})
			if err == nil {
				stop(t, srv)
				t.Fatal("Start accepted it")
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), file) {
				t.Errorf("Start: %v\nwant it to name the file and say: %s", err, tt.want)
			}
			if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
				t.Error("Start changed the file")
			}
		})
	}
}

func TestFileWithoutTablesIsANewOne(t *testing.T) {
	tests := map[string]func(t *testing.T, file string){
		"empty": func(t *testing.T, file string) {
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		// what a process leaves that is killed before it has set up the schema
		"one page": func(t *testing.T, file string) { exec(t, file, "PRAGMA user_version = 1") },
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			prepare(t, filepath.Join(dir, "temporal.db"))
			stop(t, start(t, temporalserver.Options{Dir: dir}))
			start(t, temporalserver.Options{Dir: dir})
		})
	}
}

func TestStartRefusesOptionsThatCannotBeMeant(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		opts temporalserver.Options
		want string
	}{
		"no directory":    {temporalserver.Options{}, "no data directory given"},
		"short retention": {temporalserver.Options{Dir: t.TempDir(), Retention: time.Minute}, "retention 1m0s is shorter than 1h0m0s"},
		"a file":          {temporalserver.Options{Dir: file}, "making the data directory"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			srv, err := temporalserver.Start(t.Context(), tt.opts)
			if err == nil {
				stop(t, srv)
				t.Fatal("Start accepted them")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Start: %v, want: %s", err, tt.want)
			}
		})
	}
}

func TestLoggerIsQuietAndReportsFatalErrors(t *testing.T) {
	var out bytes.Buffer
	logger, failed := temporalserver.NewLogger(slog.New(slog.NewTextHandler(&out, nil)))
	logger.Info("chatter")
	logger.Warn("mended by itself")
	logger.Error("a retry will do")
	cause := errors.New("port taken")
	ended := make(chan struct{})
	returned := false
	go func() {
		defer close(ended)
		log.With(logger, tag.Service("frontend")).Fatal("no listener", tag.Error(cause))
		returned = true
	}()
	<-ended
	if returned {
		t.Error("Fatal returned")
	}
	select {
	case err := <-failed:
		if !strings.Contains(err.Error(), "no listener: port taken") {
			t.Errorf("reported %v", err)
		}
	default:
		t.Error("the fatal error was not reported")
	}
	for text, want := range map[string]bool{
		"chatter": false, "mended": false,
		`level=WARN msg="workflow engine: a retry will do"`: true,
		`level=ERROR msg="workflow engine: no listener"`:    true,
		"service=frontend": true,
	} {
		if got := strings.Contains(out.String(), text); got != want {
			t.Errorf("log contains %q: %t, want %t\n%s", text, got, want, out.String())
		}
	}
}
