package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/tablecopy"
	"github.com/zhengdang/chengxu/ledger"
)

// Moved says what was carried from one database to another.
type Moved struct {
	Tables int
	Rows   int64
	Logs   int   // whose heads were recomputed
	Leaves int64 // of all logs
}

// ownTable reports whether a table is the migrations' and not ours.
func ownTable(table string) bool { return table == "goose_db_version" }

// CheckEmpty refuses a PostgreSQL database that holds anything of an installation: it
// names a table that has rows. It looks into the schema that new tables would be made in.
func CheckEmpty(ctx context.Context, tx pgx.Tx) error {
	schema, err := currentSchema(ctx, tx)
	if err != nil {
		return err
	}
	var ours bool
	if err := tx.QueryRow(ctx, `SELECT to_regclass(quote_ident($1) || '.goose_db_version') IS NOT NULL`, schema).Scan(&ours); err != nil {
		return fmt.Errorf("look into schema %s: %w", schema, err)
	}
	tables, err := tablecopy.Tables(ctx, tx, schema, ownTable)
	if err != nil {
		return err
	}
	if !ours && len(tables) > 0 {
		return fmt.Errorf("schema %s holds tables of something else (%s): name an empty database: %w", schema, tables[0], casefile.ErrConflict)
	}
	for _, table := range tables {
		var filled bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM `+pgx.Identifier{schema, table}.Sanitize()+`)`).Scan(&filled); err != nil {
			return fmt.Errorf("look into table %s: %w", table, err)
		}
		if filled {
			return fmt.Errorf("table %s holds rows already: name an empty database: %w", table, casefile.ErrConflict)
		}
	}
	return nil
}

// Move carries every table of the SQLite database in a file into the PostgreSQL database
// of the transaction, whose schema must have been set up ([Open]) and be as new as that
// of the file. Afterwards every log is recomputed from its leaves, as they stand there
// now, and has to have the hashes and the last head that were stored.
func Move(ctx context.Context, file string, tx pgx.Tx) (Moved, error) {
	source, err := tablecopy.Open(file)
	if err != nil {
		return Moved{}, fmt.Errorf("open the record: %w", err)
	}
	moved, err := move(ctx, source, tx)
	if err = errors.Join(err, source.Close()); err != nil {
		return Moved{}, fmt.Errorf("move the record: %w", err)
	}
	return moved, nil
}

const selectSchemaVersion = `SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version`

func move(ctx context.Context, source *tablecopy.Source, tx pgx.Tx) (moved Moved, err error) {
	here, err := source.Number(ctx, selectSchemaVersion)
	if err != nil {
		return moved, fmt.Errorf("read the schema version: %w", err)
	}
	var there int64
	if err := tx.QueryRow(ctx, selectSchemaVersion).Scan(&there); err != nil {
		return moved, fmt.Errorf("read the schema version: %w", err)
	}
	if here != there {
		return moved, fmt.Errorf("the record has schema version %d and this program version %d: run `chengxu serve` of this program on it once, stop it, and move then: %w",
			here, there, casefile.ErrConflict)
	}
	schema, err := currentSchema(ctx, tx)
	if err != nil {
		return moved, err
	}
	counts, err := source.Copy(ctx, tx, schema, ownTable)
	if err != nil {
		return moved, err
	}
	moved.Tables = len(counts)
	for _, n := range counts {
		moved.Rows += n
	}
	rows, err := tx.Query(ctx, `SELECT organ, size FROM logs ORDER BY organ`)
	if err != nil {
		return moved, fmt.Errorf("read the logs: %w", err)
	}
	type log struct {
		Organ string
		Size  int64
	}
	logs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[log])
	if err != nil {
		return moved, fmt.Errorf("read the logs: %w", err)
	}
	for _, l := range logs {
		if err := checkLog(ctx, tx, l.Organ, l.Size); err != nil {
			return moved, fmt.Errorf("log %s: %w", l.Organ, err)
		}
		moved.Logs++
		moved.Leaves += l.Size
	}
	return moved, nil
}

func currentSchema(ctx context.Context, tx pgx.Tx) (string, error) {
	var schema *string
	if err := tx.QueryRow(ctx, `SELECT current_schema()::text`).Scan(&schema); err != nil {
		return "", fmt.Errorf("find the schema: %w", err)
	}
	if schema == nil {
		return "", fmt.Errorf("the search path of the database names no schema that is there: %w", casefile.ErrNotFound)
	}
	return *schema, nil
}

// checkLog recomputes the tree of a log from its leaves, which takes 64 bytes of memory
// for each, and compares it with what is stored.
func checkLog(ctx context.Context, tx pgx.Tx, organ string, size int64) error {
	var tree ledger.Hashes
	var n, index int64
	var leaf []byte
	rows, err := tx.Query(ctx, `SELECT log_index, leaf FROM entries WHERE organ = $1 ORDER BY log_index`, organ)
	if err != nil {
		return fmt.Errorf("read its leaves: %w", err)
	}
	if _, err := pgx.ForEachRow(rows, []any{&index, &leaf}, func() error {
		if index != n {
			return fmt.Errorf("leaf %d is missing", n)
		}
		hashes, err := ledger.Append(n, leaf, tree)
		tree = append(tree, hashes...)
		n++
		return err
	}); err != nil {
		return fmt.Errorf("read its leaves: %w", err)
	}
	if n != size {
		return fmt.Errorf("it has %d leaves and should have %d", n, size)
	}
	if err := checkHashes(ctx, tx, organ, tree); err != nil {
		return err
	}
	return checkHead(ctx, tx, organ, tree)
}

func checkHashes(ctx context.Context, tx pgx.Tx, organ string, tree ledger.Hashes) error {
	rows, err := tx.Query(ctx, `SELECT position, hash FROM log_hashes WHERE organ = $1 ORDER BY position`, organ)
	if err != nil {
		return fmt.Errorf("read its hashes: %w", err)
	}
	var position, n int64
	var hash []byte
	if _, err := pgx.ForEachRow(rows, []any{&position, &hash}, func() error {
		if position != n || n >= int64(len(tree)) || !bytes.Equal(hash, tree[n][:]) {
			return fmt.Errorf("hash %d is not that of its leaves", position)
		}
		n++
		return nil
	}); err != nil {
		return fmt.Errorf("read its hashes: %w", err)
	}
	if n != int64(len(tree)) {
		return fmt.Errorf("it has %d hashes and should have %d", n, len(tree))
	}
	return nil
}

// checkHead compares the tree with the last head that was signed, if there is one yet.
func checkHead(ctx context.Context, tx pgx.Tx, organ string, tree ledger.Hashes) error {
	var size int64
	var signed []byte
	err := tx.QueryRow(ctx, `SELECT tree_size, note FROM checkpoints WHERE organ = $1 ORDER BY number DESC LIMIT 1`, organ).Scan(&size, &signed)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read its last checkpoint: %w", err)
	}
	head, err := ledger.ReadCheckpoint(signed)
	if err != nil {
		return err
	}
	root, err := ledger.TreeHead(head.Size, tree)
	if err != nil {
		return err
	}
	if head.Size != size || head.Root != root {
		return fmt.Errorf("its leaves do not give the head that was signed at size %d", head.Size)
	}
	return nil
}
