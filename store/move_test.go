package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// recordWithHead gives an SQLite database with a log of some entries and a signed head, and
// its file.
func recordWithHead(t *testing.T) (db *database, file string) {
	t.Helper()
	db = openSQLite(t)
	record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
	for n := int64(2); n <= 5; n++ {
		record(t, db.Store, actEntry(testOrgan, "c1", n))
	}
	key, err := ledger.NewKey(ledger.Origin(string(testOrgan)), strings.NewReader(strings.Repeat("k", 64)))
	if err != nil {
		t.Fatal(err)
	}
	root, err := ledger.TreeHead(4, db.HashReader(t.Context(), testOrgan))
	if err != nil {
		t.Fatal(err)
	}
	head, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: key.Origin(), Size: 4, Root: root}, key.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.SaveCheckpoint(t.Context(), testOrgan, 4, head); err != nil {
		t.Fatal(err)
	}
	if _, err := db.TakeLease(t.Context(), "计数", "一", time.UnixMilli(1), time.UnixMilli(2)); err != nil {
		t.Fatal(err)
	}
	return db, strings.TrimPrefix(db.url, "sqlite://")
}

// carry moves a file into a PostgreSQL database.
func carry(t *testing.T, file string, to *database) (store.Moved, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), to.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	var moved store.Moved
	err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) (err error) {
		if err := store.CheckEmpty(t.Context(), tx); err != nil {
			return err
		}
		moved, err = store.Move(t.Context(), file, tx)
		return err
	})
	return moved, err
}

// tablesOf lists the tables of a database but that of the migrations.
func tablesOf(t *testing.T, db *database) []string {
	t.Helper()
	query := `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`
	if db.postgres {
		query = `SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename`
	}
	var names []string
	for _, row := range dump(t, db.raw, query) {
		if row != "goose_db_version" {
			names = append(names, row)
		}
	}
	return names
}

// dump gives the rows of a query as texts.
func dump(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for _, v := range values {
			if b, ok := v.([]byte); ok {
				v = string(b)
			}
			line = append(line, fmt.Sprint(v))
		}
		out = append(out, strings.Join(line, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

func columnsOf(t *testing.T, db *database, table string) string {
	t.Helper()
	var names []string
	for _, name := range dump(t, db.raw, `SELECT name FROM pragma_table_info('`+table+`')`) {
		names = append(names, `"`+name+`"`)
	}
	return strings.Join(names, ", ")
}

// Every table that the migrations make is carried, with every column and every row.
func TestEveryTableIsCarried(t *testing.T) {
	t.Parallel()
	from, file := recordWithHead(t)
	to := openPostgres(t)
	tables := tablesOf(t, from)
	if other := tablesOf(t, to); !slices.Equal(tables, other) || len(tables) < 40 {
		t.Fatalf("%d tables in SQLite, %d in PostgreSQL", len(tables), len(other))
	}
	moved, err := carry(t, file, to)
	if err != nil {
		t.Fatal(err)
	}
	if moved.Tables != len(tables) || moved.Logs != 1 || moved.Leaves != 5 {
		t.Errorf("carried %+v, want %d tables and 5 leaves", moved, len(tables))
	}
	var rows int64
	for _, table := range tables {
		query := "SELECT " + columnsOf(t, from, table) + " FROM " + table
		want, got := dump(t, from.raw, query), dump(t, to.raw, query)
		if !slices.Equal(got, want) {
			t.Errorf("table %s:\n%q\nwant\n%q", table, got, want)
		}
		rows += int64(len(got))
	}
	if moved.Rows != rows || rows < 20 {
		t.Errorf("%d rows are said to be carried, %d are there", moved.Rows, rows)
	}
	record(t, to.Store, actEntry(testOrgan, "c1", 6)) // and the record goes on
	if _, err := carry(t, file, to); err == nil || !strings.Contains(err.Error(), "holds rows already") {
		t.Errorf("once more into a database that is full: %v", err)
	}
}

// A table that is added later is carried without a word here, and one that only one
// side has is not forgotten.
func TestNoTableIsForgotten(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		here, there []string
		want        string // of the error
	}{
		"a new table": {
			[]string{`CREATE TABLE later (id TEXT PRIMARY KEY, other TEXT REFERENCES last (id), flag BIGINT, bytes BYTEA)`, `CREATE TABLE last (id TEXT PRIMARY KEY)`, `INSERT INTO last VALUES ('一')`, `INSERT INTO later VALUES ('二', '一', 7, X'')`},
			[]string{`CREATE TABLE last (id TEXT PRIMARY KEY)`, `CREATE TABLE later (id TEXT PRIMARY KEY, other TEXT REFERENCES last (id), flag BIGINT, bytes BYTEA NOT NULL)`}, ""},
		"in SQLite alone":       {[]string{`CREATE TABLE later (id TEXT)`}, nil, "has no tables later"},
		"in PostgreSQL alone":   {nil, []string{`CREATE TABLE later (id TEXT)`}, "the SQLite database has no tables later"},
		"a column here alone":   {[]string{`ALTER TABLE leases ADD COLUMN later TEXT`}, nil, "column later has no place"},
		"a column there alone":  {nil, []string{`ALTER TABLE leases ADD COLUMN later TEXT NOT NULL`}, "nothing is there for column later"},
		"another kind of value": {[]string{`UPDATE leases SET held_until = 'soon'`}, nil, "does not fit into int8"},
		"another version":       {[]string{`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)`}, nil, "schema version 99999"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, file := recordWithHead(t)
			to := openPostgres(t)
			for _, statement := range tt.here {
				if err := from.exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			for _, statement := range tt.there {
				if err := to.exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			_, err := carry(t, file, to)
			if tt.want == "" {
				if got := dump(t, to.raw, `SELECT id, other, flag, length(bytes) FROM later`); err != nil || !slices.Equal(got, []string{"二|一|7|0"}) {
					t.Errorf("carried %q, %v", got, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("carried: %v, want %s", err, tt.want)
			}
			if left := dump(t, to.raw, `SELECT count(*) FROM entries`); left[0] != "0" {
				t.Errorf("a move that failed left %s entries", left[0])
			}
		})
	}
}

// A record that is not what its logs say is not carried.
func TestALogThatDoesNotAgreeIsNotCarried(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil []string
		want  string
	}{
		"a leaf":        {[]string{`DROP TRIGGER entries_refuse_update`, `UPDATE entries SET leaf = X'00' WHERE sequence = 2`}, "is not that of its leaves"},
		"a lost leaf":   {[]string{`DROP TRIGGER entries_refuse_delete`, `PRAGMA foreign_keys = 0`, `DELETE FROM openings WHERE sequence = 3`, `DELETE FROM entries WHERE sequence = 3`}, "leaf 2 is missing"},
		"a hash":        {[]string{`DROP TRIGGER log_hashes_refuse_update`, `UPDATE log_hashes SET hash = zeroblob(32) WHERE position = 1`}, "hash 1 is not that of its leaves"},
		"its size":      {[]string{`UPDATE logs SET size = size + 1`}, "and should have 6"},
		"its last head": {[]string{`DROP TRIGGER checkpoints_refuse_update`, `UPDATE checkpoints SET tree_size = 3`}, "the head that was signed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, file := recordWithHead(t)
			for _, statement := range tt.spoil {
				if err := from.exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := carry(t, file, openPostgres(t)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("carried: %v, want %s", err, tt.want)
			}
		})
	}
}

func TestWhatIsNotThereIsNotCarried(t *testing.T) {
	t.Parallel()
	file := t.TempDir() + "/nowhere.db"
	if _, err := carry(t, file, openPostgres(t)); err == nil || !strings.Contains(err.Error(), "nowhere.db") {
		t.Errorf("carried: %v", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it has been made")
	}
}
