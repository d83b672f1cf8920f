package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/migrations"
)

// dialect is what differs between the databases. The queries do not.
type dialect interface {
	migrations() migrations.Dialect
	// transient reports whether the error came from others being in the way,
	// so that the transaction may succeed when it is run again.
	transient(err error) bool
	// forget makes what was removed unreadable in the files of the database, as
	// far as the database can.
	forget(ctx context.Context, db *sqlx.DB) error
	// holding ends a query in a transaction that is going to change the rows.
	holding() string
	// planned makes a query be planned with its arguments at hand, where a database may
	// have one plan for all arguments of a statement that stays prepared.
	planned(ctx context.Context) context.Context
	// duplicate reports whether the error is a violation of a unique key.
	duplicate(err error) bool
}

const (
	sqliteScheme   = "sqlite://"
	sqliteReaders  = 8
	postgresPool   = 16
	connectTimeout = 10 * time.Second
)

func openPools(url string) (d dialect, write, read *sqlx.DB, err error) {
	switch {
	case strings.HasPrefix(url, sqliteScheme):
		write, read, err = openSQLite(strings.TrimPrefix(url, sqliteScheme))
		return sqliteDialect{}, write, read, err
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		write, err = openPostgres(url)
		return postgresDialect{}, write, write, err
	}
	return nil, nil, nil, badURL(errors.New("want sqlite://PATH or postgres://…"))
}

type sqliteDialect struct{}

// Settings belong to the connection, so they stand in the data source name.
// synchronous(FULL): an act that was answered survives a power cut.
// secure_delete(1): freed pages are overwritten.
const (
	sqliteWriter = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_txlock=immediate"
	sqliteReader = "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=query_only(1)"
)

func openSQLite(path string) (write, read *sqlx.DB, err error) {
	if path == "" || strings.Contains(path, ":memory:") || strings.ContainsAny(path, "?#\x00") {
		return nil, nil, fmt.Errorf("sqlite path %q: want the path of a file, without parameters: %w", path, casefile.ErrInvalid)
	}
	if err := makeFile(path); err != nil {
		return nil, nil, err
	}
	name := "file:" + strings.ReplaceAll(filepath.ToSlash(path), "%", "%25") + "?"
	if write, err = sqlitePool(name + sqliteWriter); err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = sqlitePool(name + sqliteReader); err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(sqliteReaders)
	read.SetMaxIdleConns(sqliteReaders)
	return write, read, nil
}

func sqlitePool(name string) (*sqlx.DB, error) {
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(holding{connector}), "sqlite"), nil
}

// makeFile makes the database file so that no other user can read it: it holds
// personal data. An existing file keeps its mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("make folder of database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("make database file: %w", err)
	}
	return f.Close()
}

// forget empties the journal, which still has the pages as they were. While a
// reader needs them they stay, until the next time.
func (sqliteDialect) forget(ctx context.Context, db *sqlx.DB) error {
	_, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

func (postgresDialect) planned(ctx context.Context) context.Context {
	return context.WithValue(ctx, unheld{}, true)
}

func (postgresDialect) holding() string { return " FOR UPDATE" }

// forget leaves it to the server, which vacuums by itself.
func (postgresDialect) forget(context.Context, *sqlx.DB) error { return nil }

func (sqliteDialect) migrations() migrations.Dialect { return migrations.SQLite }

func (sqliteDialect) transient(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	primary := e.Code() & 0xff
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
}

// planned changes nothing: there is one plan for all arguments in any case.
func (sqliteDialect) planned(ctx context.Context) context.Context { return ctx }

// holding is nothing: a transaction that writes is the only one.
func (sqliteDialect) holding() string { return "" }

func (sqliteDialect) duplicate(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) &&
		(e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

type postgresDialect struct{}

func openPostgres(url string) (*sqlx.DB, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return nil, badURL(err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "chengxu"
	}
	// Sends parameters with the query: one round trip instead of two.
	cfg.BinaryParameters = true
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, badURL(err)
	}
	db := sqlx.NewDb(sql.OpenDB(holding{connector}), "postgres")
	db.SetMaxOpenConns(postgresPool)
	db.SetMaxIdleConns(postgresPool)
	db.SetConnMaxIdleTime(5 * time.Minute)
	return db, nil
}

// badURL says what is wrong with the URL without repeating it: it may hold a
// password.
func badURL(err error) error {
	var whole *neturl.Error
	if errors.As(err, &whole) {
		err = whole.Err
	}
	return fmt.Errorf("database URL: %w: %w", casefile.ErrInvalid, err)
}

func (postgresDialect) migrations() migrations.Dialect { return migrations.Postgres }

// transient counts a duplicate key as transient: the recorders of one organ
// take turns, but two that open the same case for different organs do not.
// When the transaction runs again it sees what the other one wrote.
func (d postgresDialect) transient(err error) bool {
	return pq.As(err, pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected, pqerror.LockNotAvailable) != nil ||
		d.duplicate(err)
}

func (postgresDialect) duplicate(err error) bool {
	return pq.As(err, pqerror.UniqueViolation) != nil
}
