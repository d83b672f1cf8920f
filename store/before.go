package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"github.com/zhengdang/chengxu/internal/tablecopy"
)

// Before is what a PostgreSQL database holds before somebody opens it.
type Before struct {
	HalfMoved bool // a move into it was begun and not finished
	Recorded  bool // there is a case, or somebody in a directory
}

const (
	selectHalfMoved = `SELECT COALESCE(obj_description(to_regnamespace('temporal')::oid, 'pg_namespace'), '') = $1`
	selectTables    = `SELECT to_regclass('cases') IS NOT NULL AND to_regclass('directory') IS NOT NULL`
	selectRecorded  = `SELECT EXISTS (SELECT 1 FROM cases) OR EXISTS (SELECT 1 FROM directory)`
)

// LookInto looks into the PostgreSQL database at the URL, and changes nothing.
func LookInto(ctx context.Context, url string) (b Before, err error) {
	db, err := openPostgres(url)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var made bool
	err = db.GetContext(ctx, &b.HalfMoved, selectHalfMoved, tablecopy.Unfinished)
	if err == nil {
		err = db.GetContext(ctx, &made, selectTables)
	}
	if err == nil && made {
		err = db.GetContext(ctx, &b.Recorded, selectRecorded)
	}
	if err != nil {
		return b, fmt.Errorf("look into the database: %w", hinted(err))
	}
	return b, nil
}

// hinted says what helps where the driver does not.
func hinted(err error) error {
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return fmt.Errorf("%w. Turn TLS on at the server, or add sslmode=disable to the URL where nobody can listen in between", err)
	}
	return err
}
