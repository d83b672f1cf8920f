// Package migrations holds the schema of the database: one numbered SQL set in
// the subset that SQLite and PostgreSQL both read. What only one of them reads,
// such as the syntax of triggers, stands in files that end in .sqlite.sql or
// .postgres.sql under the same number.
//
// It imports nothing of this module.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed *.sql
var files embed.FS

// Dialect is a database that the schema is written for.
type Dialect string

// The databases.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// NewerSchemaError says that the database was migrated by a newer program. This
// one must not touch it.
type NewerSchemaError struct {
	Database int64 // version of the schema in the database
	Program  int64 // newest version that this program knows
}

func (e *NewerSchemaError) Error() string {
	return fmt.Sprintf("the database has schema version %d and this program knows versions up to %d: use a newer program",
		e.Database, e.Program)
}

// Up brings the database to the newest version. It may run in several
// processes at once: on PostgreSQL they take turns; SQLite admits one writer.
// A database that is ahead of the program is left alone and gives a
// [*NewerSchemaError].
func Up(ctx context.Context, db *sql.DB, dialect Dialect) error {
	provider, err := newProvider(db, dialect)
	if err != nil {
		return err
	}
	if err := up(ctx, provider, dialect); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", err)
	}
	if current > target {
		return &NewerSchemaError{Database: current, Program: target}
	}
	return nil
}

// Latest gives the newest version of the schema that this program knows.
func Latest(dialect Dialect) (int64, error) {
	others, err := filesOfOthers(dialect)
	if err != nil {
		return 0, err
	}
	all, err := fs.Glob(files, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var latest int64
	for _, name := range all {
		if slices.Contains(others, name) {
			continue
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", name, err)
		}
		latest = max(latest, version)
	}
	return latest, nil
}

// up applies what is missing. SQLite has no lock to take turns by: a process
// that finds its migration applied by another one in the meantime fails, leaves
// nothing behind, and looks again. That happens at most once for each
// migration and once for the table of versions.
func up(ctx context.Context, provider *goose.Provider, dialect Dialect) error {
	attempts := 1
	if dialect == SQLite {
		attempts += len(provider.ListSources()) + 1
	}
	var err error
	for range attempts {
		if _, err = provider.Up(ctx); err == nil {
			return nil
		}
	}
	return err
}

func newProvider(db *sql.DB, dialect Dialect) (*goose.Provider, error) {
	var name goose.Dialect
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	switch dialect {
	case SQLite:
		name = goose.DialectSQLite3
	case Postgres:
		name = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(advisoryLock{}))
	default:
		return nil, fmt.Errorf("unknown database dialect %q", dialect)
	}
	others, err := filesOfOthers(dialect)
	if err != nil {
		return nil, err
	}
	options = append(options, goose.WithExcludeNames(others))
	provider, err := goose.NewProvider(name, db, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return provider, nil
}

// filesOfOthers lists the migrations that are written for another database.
func filesOfOthers(dialect Dialect) ([]string, error) {
	all, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	var others []string
	for _, name := range all {
		for _, d := range []Dialect{SQLite, Postgres} {
			if d != dialect && strings.HasSuffix(name, "."+string(d)+".sql") {
				others = append(others, name)
			}
		}
	}
	return others, nil
}

// advisoryLock lets processes that start together migrate a PostgreSQL schema
// one after the other.
type advisoryLock struct{}

const (
	takeLock    = `SELECT pg_advisory_lock(hashtextextended('chengxu schema ' || current_schema(), 0))`
	releaseLock = `SELECT pg_advisory_unlock(hashtextextended('chengxu schema ' || current_schema(), 0))`
)

// SessionLock waits for the lock.
func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, takeLock); err != nil {
		return fmt.Errorf("wait for the turn to migrate: %w", err)
	}
	return nil
}

// SessionUnlock gives the lock back.
func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, releaseLock); err != nil {
		return fmt.Errorf("end the turn to migrate: %w", err)
	}
	return nil
}
