// Package store keeps the record and everything else that has to last, in
// SQLite or PostgreSQL: entries with their openings and the log of each organ,
// the read model of the cases, the contents that judge them, documents, tokens.
// All SQL of the program is here and in migrations.
//
// An entry, its place in the log and the case that it leaves are written in one
// transaction. The database itself refuses to change or remove an entry.
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/migrations"
)

// Store is a database. It is safe for concurrent use.
type Store struct {
	dialect dialect
	write   *sqlx.DB // one connection on SQLite, which admits one writer
	read    *sqlx.DB // the same pool as write on PostgreSQL
	random  io.Reader
	now     func() time.Time
	derive  Deriver // nil: no lists
	bounds  bounds
	cases   *lru.Cache[casefile.ID, casefile.Case] // as they were read last
	// announce is told of the organ when an entry of it was recorded; nil: nobody is.
	announce func(casefile.OrganID)
	release  func() error // lets others move the file of SQLite; nil: there is none
}

// Open opens the database at the URL and brings its schema up to date. The URL
// is "sqlite://" and the path of a file, which is made when it is not there, or
// "postgres://…" as lib/pq reads it. A database with a schema newer than this
// program gives a [*migrations.NewerSchemaError] and stays as it is. A file that is
// being moved ([Hold]) is [ErrHeld].
func Open(ctx context.Context, url string) (*Store, error) {
	s, err := connect(url)
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(url, sqliteScheme); ok {
		if s.release, err = share(path); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if err := migrations.Up(ctx, s.write.DB, s.dialect.migrations()); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", hinted(err)), s.Close())
	}
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.listOld(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func connect(url string) (*Store, error) {
	s := &Store{random: rand.Reader, now: time.Now, bounds: defaultBounds()}
	var err error
	if s.cases, err = lru.New[casefile.ID, casefile.Case](readCases); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.dialect, s.write, s.read, err = openPools(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return fmt.Errorf("reach database: %w", err)
	}
	return nil
}

// Close closes the database. What was committed stays.
func (s *Store) Close() error {
	err := s.read.Close()
	if s.write != s.read {
		err = errors.Join(err, s.write.Close())
	}
	if s.release != nil {
		err = errors.Join(err, s.release())
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// attempts bounds how often a transaction is tried when others get in its way.
const attempts = 6

// inTx runs fn in a transaction. When the database says that others were in the
// way (a serialisation failure, a deadlock, a busy file), it is run again from
// the start, so fn must leave nothing behind but what it writes through tx.
func (s *Store) inTx(ctx context.Context, fn func(tx *sqlx.Tx) error) error {
	wait := 2 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := s.once(ctx, fn)
		if err == nil || attempt == attempts || !s.dialect.transient(err) {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
		wait *= 3
	}
}

func (s *Store) once(ctx context.Context, fn func(tx *sqlx.Tx) error) (err error) {
	tx, err := s.write.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		// After a commit this does nothing. A rollback that fails loses the
		// connection, and with it the transaction.
		_ = tx.Rollback()
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
