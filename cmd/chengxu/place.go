package main

import (
	"context"
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
	return "sqlite://" + filepath.Join(p.data, "chengxu.db")
}

// open opens the store.
func (p place) open(ctx context.Context) (*store.Store, error) { return store.Open(ctx, p.storeURL()) }

// keys is the directory of the keys.
func (p place) keys() string { return filepath.Join(p.data, "keys") }
