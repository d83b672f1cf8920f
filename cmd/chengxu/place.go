package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/zhengdang/chengxu/store"
)

// place says where an installation keeps what it keeps: keys, own definitions and
// documents in a directory; record and accounts in a database, which is SQLite in
// that directory unless a PostgreSQL is named.
type place struct {
	data     string
	database string // URL; empty: SQLite in the data directory
}

// flags are those of commands that look at an installation.
func (p *place) flags(f *pflag.FlagSet) {
	f.StringVar(&p.data, "data", "./data", "data directory of the server")
	p.databaseFlag(f)
}

func (p *place) databaseFlag(f *pflag.FlagSet) {
	f.StringVar(&p.database, "database-url", "", "postgres://… of the server's database; default: SQLite in the data directory")
}

// storeURL gives the address of the store.
func (p place) storeURL() string {
	if p.database != "" {
		return p.database
	}
	return "sqlite://" + p.record()
}

// open opens the store, unless it has moved away or is on its way.
func (p place) open(ctx context.Context) (*store.Store, error) {
	if err := p.usable(ctx); err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, p.storeURL())
	if errors.Is(err, store.ErrHeld) {
		return nil, fmt.Errorf("数据目录 %s 中的记录正在迁移到 PostgreSQL；迁移结束后请用 --database-url 指定新的数据库\n"+
			"wait until the move has ended, and name the new database with --database-url then: %w", p.data, err)
	}
	if err != nil {
		return nil, err
	}
	if err := p.usable(ctx); err != nil { // it has moved since; while it is open, it does not
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// keys is the directory of the keys.
func (p place) keys() string { return filepath.Join(p.data, "keys") }
