// Package tablecopy carries the rows of an SQLite database into the tables of the same
// names in a schema of PostgreSQL. Which tables and columns there are it reads from the
// databases, so that none can be forgotten: a table or a column that one side has and the
// other has not is an error.
//
// It imports nothing of this module.
package tablecopy

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // registers the driver
)

// Unfinished is the comment of the engine's schema, `temporal`, while a move into the
// database has begun and not ended.
const Unfinished = "chengxu: a move into this database is not finished"

// Source is an SQLite database that is only read. Nobody may write to it meanwhile.
type Source struct{ db *sql.DB }

// Open opens the database in a file.
func Open(path string) (*Source, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	name := (&url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: "mode=rw&_pragma=query_only(1)&_pragma=busy_timeout(5000)"}).String()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &Source{db: db}, nil
}

// Close closes the database.
func (s *Source) Close() error { return s.db.Close() }

// Number gives the one number that a query answers with.
func (s *Source) Number(ctx context.Context, query string) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

// column is a column that is written, not computed.
type column struct {
	name     string
	kind     string // of PostgreSQL: bytea, int8, …
	optional bool   // it may be left out
	counted  bool   // a sequence gives it
}

// Copy copies every table of the source into the schema, in an order that foreign keys
// allow, and gives the number of rows of each, which has been counted again on both
// sides. Tables that answer to own are those that either side keeps for itself. The
// tables of the schema have to be empty.
func (s *Source) Copy(ctx context.Context, tx pgx.Tx, schema string, own func(table string) bool) (map[string]int64, error) {
	here, err := s.tables(ctx, own)
	if err != nil {
		return nil, fmt.Errorf("list tables of SQLite: %w", err)
	}
	there, err := Tables(ctx, tx, schema, own)
	if err != nil {
		return nil, err
	}
	if missing := without(here, there); len(missing) > 0 {
		return nil, fmt.Errorf("schema %s has no tables %s", schema, strings.Join(missing, ", "))
	}
	if missing := without(there, here); len(missing) > 0 {
		return nil, fmt.Errorf("the SQLite database has no tables %s", strings.Join(missing, ", "))
	}
	counts := map[string]int64{}
	for _, table := range there {
		if counts[table], err = s.copyTable(ctx, tx, schema, table); err != nil {
			return nil, fmt.Errorf("copy table %s: %w", table, err)
		}
	}
	return counts, nil
}

// Tables gives the tables of a schema, those that others refer to first.
func Tables(ctx context.Context, tx pgx.Tx, schema string, own func(table string) bool) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT tablename::text FROM pg_tables WHERE schemaname = $1 ORDER BY tablename`, schema)
	if err != nil {
		return nil, fmt.Errorf("list tables of schema %s: %w", schema, err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list tables of schema %s: %w", schema, err)
	}
	all = slices.DeleteFunc(all, own)
	rows, err = tx.Query(ctx, `
SELECT DISTINCT f.relname::text, t.relname::text
FROM   pg_constraint c JOIN pg_class f ON f.oid = c.conrelid JOIN pg_class t ON t.oid = c.confrelid
WHERE  c.contype = 'f' AND f.relnamespace = to_regnamespace(quote_ident($1)) AND f.oid <> t.oid`, schema)
	if err != nil {
		return nil, fmt.Errorf("list references of schema %s: %w", schema, err)
	}
	refers := map[string][]string{}
	var from, to string
	if _, err := pgx.ForEachRow(rows, []any{&from, &to}, func() error {
		refers[from] = append(refers[from], to)
		return nil
	}); err != nil {
		return nil, fmt.Errorf("list references of schema %s: %w", schema, err)
	}
	return ordered(all, refers), nil
}

// ordered puts every table behind those that it refers to. Two that refer to each other
// are left in some order; the database refuses them then.
func ordered(tables []string, refers map[string][]string) []string {
	var out []string
	seen := map[string]bool{}
	var add func(table string)
	add = func(table string) {
		if seen[table] || !slices.Contains(tables, table) {
			return
		}
		seen[table] = true
		for _, other := range refers[table] {
			add(other)
		}
		out = append(out, table)
	}
	for _, table := range tables {
		add(table)
	}
	return out
}

func without(list, others []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(others, one) })
}

func (s *Source) tables(ctx context.Context, own func(table string) bool) ([]string, error) {
	names, err := s.names(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	return slices.DeleteFunc(names, own), err
}

func (s *Source) names(ctx context.Context, query string, args ...any) (out []string, err error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}

// columns pairs the columns of a table. What PostgreSQL computes, or has a sequence for,
// is not copied.
func (s *Source) columns(ctx context.Context, tx pgx.Tx, schema, table string) (paired []column, counted bool, err error) {
	here, err := s.names(ctx, `SELECT lower(name) FROM pragma_table_xinfo(?) WHERE hidden = 0`, table)
	if err != nil {
		return nil, false, err
	}
	rows, err := tx.Query(ctx, `
SELECT column_name::text, udt_name::text, is_nullable = 'YES' OR column_default IS NOT NULL, COALESCE(column_default LIKE 'nextval(%', false)
FROM   information_schema.columns
WHERE  table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER'
ORDER BY ordinal_position`, schema, table)
	if err != nil {
		return nil, false, err
	}
	there := map[string]column{}
	var c column
	if _, err := pgx.ForEachRow(rows, []any{&c.name, &c.kind, &c.optional, &c.counted}, func() error {
		there[c.name] = c
		return nil
	}); err != nil {
		return nil, false, err
	}
	for _, name := range here {
		c, ok := there[name]
		if !ok {
			return nil, false, fmt.Errorf("column %s has no place", name)
		}
		delete(there, name)
		if counted = counted || c.counted; !c.counted {
			paired = append(paired, c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		if !there[name].optional {
			return nil, false, fmt.Errorf("nothing is there for column %s", name)
		}
	}
	return paired, counted, nil
}

func (s *Source) copyTable(ctx context.Context, tx pgx.Tx, schema, table string) (n int64, err error) {
	columns, counted, err := s.columns(ctx, tx, schema, table)
	if err != nil {
		return 0, err
	}
	names := make([]string, len(columns))
	quoted := make([]string, len(columns))
	for i, c := range columns {
		names[i], quoted[i] = c.name, pgx.Identifier{c.name}.Sanitize()
	}
	query := `SELECT ` + strings.Join(quoted, ", ") + ` FROM ` + pgx.Identifier{table}.Sanitize()
	if counted { // they get other numbers, in the same order
		query += ` ORDER BY rowid`
	}
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	written, err := tx.CopyFrom(ctx, pgx.Identifier{schema, table}, names, &feed{rows: rows, columns: columns})
	if err = errors.Join(err, rows.Err()); err != nil {
		return 0, err
	}
	here, err := s.Number(ctx, `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize())
	if err != nil {
		return 0, err
	}
	var there int64
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+pgx.Identifier{schema, table}.Sanitize()).Scan(&there); err != nil {
		return 0, err
	}
	if here != there || written != there {
		return 0, fmt.Errorf("%d rows, of which %d were written and %d are there", here, written, there)
	}
	return there, nil
}
