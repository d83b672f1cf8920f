package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/zhengdang/chengxu/internal/tablecopy"
)

// ErrUnfinished says that a move into the database was begun and not finished.
var ErrUnfinished = errors.New("workflow engine: a move into this database was begun and not finished: run the move again, or name another database")

// unfinished reports whether a move into the database has begun and not ended.
func unfinished(ctx context.Context, tx pgx.Tx) (bool, error) {
	var mark string
	err := tx.QueryRow(ctx, `SELECT COALESCE(obj_description(to_regnamespace($1)::oid, 'pg_namespace'), '')`, mainSchema).Scan(&mark)
	if err != nil {
		return false, fmt.Errorf("workflow engine: look for an unfinished move: %w", said(err))
	}
	return mark == tablecopy.Unfinished, nil
}

// Move is an engine, with whatever else is carried along, on its way from SQLite files
// to a PostgreSQL database. Nobody else has either of them until Close.
type Move struct {
	from   *files
	to     *postgres
	again  bool
	ctx    context.Context // ends when the lock on the database is lost
	cancel context.CancelCauseFunc
}

// BeginMove takes the directory of an engine that has stopped and an empty database, and
// changes neither. Empty, when given, looks for more in the database that would be in
// the way. The move must be closed.
func BeginMove(ctx context.Context, dir, url string, empty func(context.Context, pgx.Tx) error) (*Move, error) {
	file := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("workflow engine: find what is to be moved: %w", err)
	}
	from, err := openFiles(dir)
	if err != nil {
		return nil, err
	}
	m := &Move{from: from}
	m.ctx, m.cancel = context.WithCancelCause(ctx)
	if m.to, err = openPostgres(ctx, url, func(err error) { m.cancel(err) }); err != nil {
		return nil, errors.Join(err, m.Close()) //nolint:contextcheck // what is held is let go whatever has ended
	}
	if err := m.check(empty); err != nil {
		return nil, errors.Join(err, m.Close()) //nolint:contextcheck // what is held is let go whatever has ended
	}
	return m, nil
}

// check refuses files of another version, and a database in which anything is.
func (m *Move) check(empty func(context.Context, pgx.Tx) error) error {
	if err := m.from.prepare(m.ctx); err != nil {
		return err
	}
	return m.to.transact(m.ctx, func(tx pgx.Tx) error {
		var err error
		if m.again, err = unfinished(m.ctx, tx); err != nil {
			return err
		}
		var used bool
		err = tx.QueryRow(m.ctx, `SELECT to_regclass($1) IS NOT NULL`, mainSchema+".namespaces").Scan(&used)
		if err == nil && used {
			err = tx.QueryRow(m.ctx, `SELECT EXISTS (SELECT 1 FROM temporal.namespaces)`).Scan(&used)
		}
		if err != nil {
			return fmt.Errorf("workflow engine: look into the database: %w", said(err))
		}
		if used {
			return errors.New("workflow engine: an engine has worked in this database already: name an empty one")
		}
		if empty == nil {
			return nil
		}
		return empty(m.ctx, tx)
	})
}

// Again reports whether an earlier move into the database was not finished.
func (m *Move) Again() bool { return m.again }

// Mark sets the engine's schemas up and marks the database: nobody can start an engine
// on it before the move is finished. From here on the move can be begun again.
func (m *Move) Mark() error {
	return m.to.transact(m.ctx, func(tx pgx.Tx) error {
		if err := setUpSchemas(m.ctx, tx); err != nil {
			return err
		}
		return comment(m.ctx, tx, "'"+tablecopy.Unfinished+"'")
	})
}

func comment(ctx context.Context, tx pgx.Tx, text string) error {
	if _, err := tx.Exec(ctx, `COMMENT ON SCHEMA `+mainSchema+` IS `+text); err != nil {
		return fmt.Errorf("workflow engine: mark the database: %w", said(err))
	}
	return nil
}

// Carry copies the engine, and what along copies, in one transaction, which takes the
// mark away too; last is called when everything is there and checked, and nothing
// committed yet. It gives the number of the engine's rows.
func (m *Move) Carry(along func(context.Context, pgx.Tx) error, last func() error) (rows int64, err error) {
	err = m.to.transact(m.ctx, func(tx pgx.Tx) error {
		marked, err := unfinished(m.ctx, tx)
		if err == nil && !marked {
			err = errors.New("workflow engine: the database is not marked: nothing may be copied into it")
		}
		if err != nil {
			return err
		}
		if rows, err = m.copy(tx); err != nil {
			return fmt.Errorf("move the workflow engine: %w", said(err))
		}
		if err := along(m.ctx, tx); err != nil {
			return err
		}
		if err := comment(m.ctx, tx, "NULL"); err != nil {
			return err
		}
		return last()
	})
	if cause := context.Cause(m.ctx); err != nil && cause != nil {
		err = errors.Join(cause, err)
	}
	return rows, err
}

// leftOut reports whether a table is not copied: versions belong to a schema, what
// SQLite searches texts by is computed from the rest, and cluster_metadata is a table that
// the versioned files for PostgreSQL have made and no server reads any more.
func leftOut(table string) bool {
	switch table {
	case versionTable, "schema_update_history", "cluster_metadata":
		return true
	}
	return strings.HasPrefix(table, "executions_visibility_fts_")
}

// copy copies both schemas, which stand in one SQLite file.
func (m *Move) copy(tx pgx.Tx) (int64, error) {
	source, err := tablecopy.Open(m.from.path)
	if err != nil {
		return 0, err
	}
	var rows int64
	for _, into := range []struct {
		schema string
		tables func(table string) bool
	}{
		{mainSchema, func(table string) bool { return table != visibilityTable }},
		{visibilitySchema, func(table string) bool { return table == visibilityTable }},
	} {
		others := func(table string) bool { return leftOut(table) || !into.tables(table) }
		if err = m.emptied(tx, into.schema, others); err != nil {
			break
		}
		var counts map[string]int64
		if counts, err = source.Copy(m.ctx, tx, into.schema, others); err != nil {
			break
		}
		for _, n := range counts {
			rows += n
		}
	}
	if err == nil {
		err = m.separateLists(tx)
	}
	return rows, errors.Join(err, source.Close())
}

// listSeparator is how the server's plugin for SQLite keeps a list of keywords in one
// text.
const listSeparator = "♡"

const selectLists = `
SELECT (regexp_match(generation_expression, $re$'(\w+)'$re$))[1]
FROM   information_schema.columns
WHERE  table_schema = $1 AND table_name = $2 AND udt_name = 'jsonb' AND is_generated = 'ALWAYS'`

const separateList = `
UPDATE temporal_visibility.executions_visibility
SET    search_attributes = jsonb_set(search_attributes, ARRAY[$1::text], to_jsonb(string_to_array(search_attributes ->> $1::text, $2)))
WHERE  jsonb_typeof(search_attributes -> $1::text) = 'string'`

// separateLists makes lists of the keywords that SQLite keeps as one text. They are the
// attributes that a column of JSON is computed from.
func (m *Move) separateLists(tx pgx.Tx) error {
	rows, err := tx.Query(m.ctx, selectLists, visibilitySchema, visibilityTable)
	if err != nil {
		return err
	}
	lists, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range lists {
		if _, err := tx.Exec(m.ctx, separateList, name, listSeparator); err != nil {
			return fmt.Errorf("separate the keywords of %s: %w", name, err)
		}
	}
	return nil
}

const visibilityTable = "executions_visibility"

// emptied removes what the schema's files put into its tables: it is copied like the rest.
func (m *Move) emptied(tx pgx.Tx, schema string, others func(table string) bool) error {
	tables, err := tablecopy.Tables(m.ctx, tx, schema, others)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := tx.Exec(m.ctx, `DELETE FROM `+pgx.Identifier{schema, table}.Sanitize()); err != nil {
			return err
		}
	}
	return nil
}

// Close lets go of the files and the database.
func (m *Move) Close() error {
	m.cancel(nil)
	err := m.from.release()
	if m.to != nil {
		err = errors.Join(err, m.to.release())
	}
	return err
}
