package store

import (
	"errors"
	"fmt"

	"github.com/gofrs/flock"

	"github.com/zhengdang/chengxu/casefile"
)

// ErrHeld says that another process has the file of a database for itself.
var ErrHeld = errors.New("the record is being moved to PostgreSQL by another process")

// lockOf gives the lock beside the file of an SQLite database. Every open store shares
// it; whoever moves the database has it alone. Whoever may open the database may open
// the lock, also where an administrator made it: nothing is in it.
func lockOf(path string) *flock.Flock { return flock.New(path+".lock", flock.SetPermissions(0o644)) }

// Hold keeps everybody else from the SQLite database in a file, until release: no store
// opens it. While others have it open, it is a [casefile.ErrConflict].
func Hold(path string) (release func() error, err error) {
	lock := lockOf(path)
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the record: %w", err)
	}
	if !held {
		return nil, fmt.Errorf("another chengxu command has the record in %s open: wait until it has ended, and try again: %w", path, casefile.ErrConflict)
	}
	return lock.Close, nil
}

// share notes that the SQLite database in a file is open, or gives [ErrHeld].
func share(path string) (release func() error, err error) {
	lock := lockOf(path)
	shared, err := lock.TryRLock()
	if err != nil {
		return nil, fmt.Errorf("lock database: %w", err)
	}
	if !shared {
		return nil, fmt.Errorf("open %s: %w", path, ErrHeld)
	}
	return lock.Close, nil
}
