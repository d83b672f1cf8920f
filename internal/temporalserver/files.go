package temporalserver

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
)

const databaseFile = "temporal.db"

// storage is where an engine keeps its state. One engine at a time has it.
type storage interface {
	// prepare sets up what is new and refuses what is not the engine's.
	prepare(ctx context.Context) error
	// main describes the database of the histories to the server's plugin.
	main() *config.SQL
	// persistence describes all databases to the server.
	persistence() config.Persistence
	// settle leaves it as whole as it can be, after the server has stopped.
	settle() error
	// release lets go of it.
	release() error
}

// files are an SQLite database in a directory.
type files struct {
	path string
	sql  *config.SQL
	lock *dirLock
}

// openFiles takes a directory, which is made when it is missing. The address of the
// database holds its whole path: a relative one would be taken from the root.
func openFiles(dir string) (*files, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the data directory of the workflow engine: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data directory of the workflow engine: %w", err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, databaseFile)
	return &files{path: path, sql: sqlConfig(path), lock: lock}, nil
}

func (f *files) prepare(context.Context) error { return prepareDatabase(f.path, f.sql) }

func (f *files) main() *config.SQL { return f.sql }

func (f *files) persistence() config.Persistence {
	return config.Persistence{
		DefaultStore:     sqlite.PluginName,
		VisibilityStore:  sqlite.PluginName,
		NumHistoryShards: historyShards,
		DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: f.sql}},
	}
}

func (f *files) settle() error { return checkpoint(f.sql) }

func (f *files) release() error { return f.lock.release() }

// sqlConfig describes the database to the server's SQLite plugin. The plugin
// keeps one connection for each distinct description until the process ends;
// the pragma "opened", which SQLite does not know and ignores, makes each start
// distinct, so that none works on a file that has been moved away meanwhile.
func sqlConfig(file string) *config.SQL {
	return &config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: uriPath(file),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  "normal",
			"busy_timeout": "5000",
			"opened":       strconv.FormatInt(time.Now().UnixNano(), 10),
		},
	}
}

// uriPath escapes the path for a "file:" URI, which is what the plugin makes of it.
func uriPath(file string) string {
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	return (&url.URL{Path: path}).EscapedPath()
}
