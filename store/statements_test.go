package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"
)

// numberTable gives a pool with one connection, and a table with the numbers to 99.
func numberTable(t *testing.T) *sql.DB {
	t.Helper()
	pool, err := sqlitePool("file:" + filepath.Join(t.TempDir(), "numbers.db") + "?" + sqliteWriter)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	pool.SetMaxOpenConns(1)
	execute(t, pool.DB, `CREATE TABLE numbers (n BIGINT NOT NULL PRIMARY KEY)`)
	for n := range 100 {
		execute(t, pool.DB, `INSERT INTO numbers (n) VALUES (?)`, n)
	}
	return pool.DB
}

func execute(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// heldIn gives the statements that the one connection keeps.
func heldIn(t *testing.T, db *sql.DB) (queries []string) {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(driverConn any) error {
		held, ok := driverConn.(*holdingConn)
		if !ok {
			return fmt.Errorf("the connection is a %T", driverConn)
		}
		queries = held.held.Keys()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return queries
}

const upTo = `SELECT n FROM numbers WHERE n < ? ORDER BY n`

// asker is a pool, or a transaction.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// asked gives rows that [sum] reads to their end and closes.
func asked(t *testing.T, db asker, query string, args ...any) *sql.Rows {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...) //nolint:sqlclosecheck // sum does
	if err != nil {
		t.Fatal(err)
	}
	return rows //nolint:rowserrcheck // sum does
}

func sum(t *testing.T, rows *sql.Rows) (sum, count int) {
	t.Helper()
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		sum, count = sum+n, count+1
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return sum, count
}

// The same question is asked again while the answer to it is being read.
func TestAStatementIsLentToOneReaderAtATime(t *testing.T) {
	t.Parallel()
	db := numberTable(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	ask := func(below int) *sql.Rows { return asked(t, tx, upTo, below) }
	for range 3 {
		outer := ask(50)
		if !outer.Next() {
			t.Fatal("nothing is found")
		}
		if got, count := sum(t, ask(10)); got != 45 || count != 10 { //nolint:rowserrcheck // sum does
			t.Errorf("inside: %d of %d numbers", got, count)
		}
		if got, count := sum(t, outer); got != 49*50/2 || count != 49 {
			t.Errorf("outside: %d of %d numbers", got, count)
		}
	}
}

// A reader that stops early, a statement that fails and one that is cancelled leave
// nothing behind for those who come after.
func TestAHeldStatementBeginsAnew(t *testing.T) {
	t.Parallel()
	db := numberTable(t)
	for range 3 {
		early := asked(t, db, upTo, 100)
		early.Next()
		if err := errors.Join(early.Err(), early.Close()); err != nil { //nolint:sqlclosecheck // what comes after it is the test
			t.Fatal(err)
		}
		var failed *sqlite.Error
		if _, err := db.ExecContext(t.Context(), `INSERT INTO numbers (n) VALUES (?)`, 7); !errors.As(err, &failed) {
			t.Fatalf("a number was entered twice: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := db.ExecContext(ctx, upTo, 100); !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled: %v", err)
		}
		if got, count := sum(t, asked(t, db, upTo, 4)); got != 6 || count != 4 { //nolint:rowserrcheck // sum does
			t.Errorf("%d of %d numbers, want 6 of 4", got, count)
		}
	}
	execute(t, db, `INSERT INTO numbers (n) VALUES (?)`, 100)
}

// The table gets another column under statements that were prepared before.
func TestAHeldStatementFollowsTheSchema(t *testing.T) {
	t.Parallel()
	db := numberTable(t)
	const all = `SELECT * FROM numbers WHERE n = ?`
	columns := func() int {
		rows := asked(t, db, all, 1)
		defer rows.Close()
		names, err := rows.Columns()
		if err := errors.Join(err, rows.Err()); err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if got := columns(); got != 1 {
		t.Fatalf("%d columns", got)
	}
	execute(t, db, `ALTER TABLE numbers ADD COLUMN name TEXT NOT NULL DEFAULT ''`)
	execute(t, db, `UPDATE numbers SET name = ? WHERE n = ?`, "one", 1)
	if got := columns(); got != 2 {
		t.Errorf("%d columns after one was added", got)
	}
	execute(t, db, `DROP TABLE numbers`)
	if _, err := db.ExecContext(t.Context(), all, 1); err == nil {
		t.Error("the table is gone and answers")
	}
}

// Statements beyond the bound are closed, also one that is being read, which stays
// good until then.
func TestStatementsAreHeldUpToABound(t *testing.T) {
	t.Parallel()
	db := numberTable(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	reading, err := tx.QueryContext(t.Context(), upTo, 100)
	if err != nil {
		t.Fatal(err)
	}
	reading.Next()
	for n := range heldStatements + 50 {
		if _, err := tx.ExecContext(t.Context(), fmt.Sprintf(`UPDATE numbers SET n = n WHERE n = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	if got, count := sum(t, reading); got != 99*100/2 || count != 99 {
		t.Errorf("%d of %d numbers", got, count)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := len(heldIn(t, db)); got != heldStatements {
		t.Errorf("%d statements are held, want %d", got, heldStatements)
	}
}

// A pragma may have its effect when it is prepared, so each is prepared anew.
func TestOnlyQueriesAndChangesOfRowsAreHeld(t *testing.T) {
	t.Parallel()
	db := numberTable(t)
	held := len(heldIn(t, db))
	execute(t, db, `PRAGMA user_version = 3`)
	execute(t, db, `CREATE TABLE other (n BIGINT)`)
	execute(t, db, "\nDELETE FROM other")
	if got := len(heldIn(t, db)); got != held+1 {
		t.Errorf("%d more statements are held, want 1: %q", got-held, heldIn(t, db))
	}
}
