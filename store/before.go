package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"github.com/zhengdang/chengxu/internal/tablecopy"
	"github.com/zhengdang/chengxu/migrations"
)

// What is asked of a database before it is opened.
const (
	selectHalfMoved = `SELECT COALESCE(obj_description(to_regnamespace('temporal')::oid, 'pg_namespace'), '') = $1`
	selectRecorded  = `SELECT EXISTS (SELECT 1 FROM cases) OR EXISTS (SELECT 1 FROM directory)`

	sqliteHasTables   = `SELECT COUNT(*) = 2 FROM sqlite_master WHERE type = 'table' AND name IN ('cases', 'directory')`
	postgresHasTables = `SELECT to_regclass('cases') IS NOT NULL AND to_regclass('directory') IS NOT NULL`
)

// HalfMoved reports whether a move into the database at the URL was begun and not
// finished. It changes nothing.
func HalfMoved(ctx context.Context, url string) (half bool, err error) {
	err = lookInto(url, func(s *Store) error {
		if s.dialect.migrations() != migrations.Postgres {
			return nil
		}
		return s.read.GetContext(ctx, &half, selectHalfMoved, tablecopy.Unfinished)
	})
	return half, err
}

// HasRecord reports whether the database at the URL holds a case, or somebody in a
// directory. It changes nothing; the file of SQLite has to be there.
func HasRecord(ctx context.Context, url string) (recorded bool, err error) {
	err = lookInto(url, func(s *Store) error {
		tables := sqliteHasTables
		if s.dialect.migrations() == migrations.Postgres {
			tables = postgresHasTables
		}
		var made bool
		if err := s.read.GetContext(ctx, &made, tables); err != nil || !made {
			return err
		}
		return s.read.GetContext(ctx, &recorded, selectRecorded)
	})
	return recorded, err
}

func lookInto(url string, ask func(*Store) error) (err error) {
	s, err := connect(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := ask(s); err != nil {
		return fmt.Errorf("look into the database: %w", hinted(err))
	}
	return nil
}

// hinted says what helps where the driver does not.
func hinted(err error) error {
	if errors.Is(err, pq.ErrSSLNotSupported) {
		return fmt.Errorf("%w. Turn TLS on at the server, or add sslmode=disable to the URL where nobody can listen in between", err)
	}
	return err
}
