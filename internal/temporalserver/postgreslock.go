package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// lockPatience is how long a database that is taken is tried: the process before
	// may have been killed, and the database has not noticed yet.
	lockPatience = 5 * time.Second
	lockPause    = 100 * time.Millisecond

	lockCheck  = 2 * time.Second  // how often the connection is asked
	lockAnswer = 10 * time.Second // how long an answer is waited for

	longestName = 63 // of an application, in bytes; PostgreSQL cuts what is longer
)

const lockKey = `hashtextextended('chengxu workflow engine', 0)`

const takeLock = `SELECT pg_try_advisory_lock(` + lockKey + `)`

const selectHolder = `
SELECT a.application_name, COALESCE(host(a.client_addr), 'local'), a.pid
FROM   pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE  l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND  l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND  (l.classid::bigint << 32) | l.objid::bigint = ` + lockKey

// databaseLock holds a database by a session of its own: PostgreSQL lets go of it when
// the session ends, however it ends.
type databaseLock struct {
	conn   *pgx.Conn
	ctx    context.Context // of the session, which outlives what it was begun in
	cancel context.CancelFunc
	done   chan struct{} // closed when nobody watches the connection any more
}

// lockDatabase takes the database or says who has it. When the session ends before it
// is given back, lost is told: another engine may have the database then.
func lockDatabase(ctx context.Context, at *pgx.ConnConfig, lost func(error)) (*databaseLock, error) {
	conn, err := pgx.ConnectConfig(ctx, named(at, lockName(), map[string]string{
		// The database notices within half a minute when this machine is gone.
		"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	}))
	if err != nil {
		return nil, fmt.Errorf("workflow engine: connect to the database: %w", said(err))
	}
	if err := take(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
	}
	ctx = context.WithoutCancel(ctx)
	watch, cancel := context.WithCancel(ctx)
	l := &databaseLock{conn: conn, ctx: ctx, cancel: cancel, done: make(chan struct{})}
	go l.watch(watch, lost)
	return l, nil
}

// lockName is what the database shows of who has it.
func lockName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	name := "chengxu engine, process " + strconv.Itoa(os.Getpid()) + " on " + host
	return name[:min(len(name), longestName)]
}

func take(ctx context.Context, conn *pgx.Conn) error {
	for deadline := time.Now().Add(lockPatience); ; {
		var taken bool
		if err := conn.QueryRow(ctx, takeLock).Scan(&taken); err != nil {
			return fmt.Errorf("workflow engine: lock the database: %w", said(err))
		}
		if taken {
			return nil
		}
		if time.Now().After(deadline) {
			return inUse(ctx, conn)
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return fmt.Errorf("workflow engine: lock the database: %w", ctx.Err())
		}
	}
}

// inUse says who has the database, as far as the role may know.
func inUse(ctx context.Context, conn *pgx.Conn) error {
	var name, from string
	var backend int32
	if err := conn.QueryRow(ctx, selectHolder).Scan(&name, &from, &backend); err != nil || name == "" {
		return errors.New("workflow engine: the database is in use by another chengxu; stop it first, or name another database")
	}
	return fmt.Errorf("workflow engine: the database is in use by another chengxu (%s, from %s); stop it first, or name another database; "+
		"if its machine is gone for good, end its session: SELECT pg_terminate_backend(%d)", name, from, backend)
}

// watch asks the session now and then whether it is still there.
func (l *databaseLock) watch(ctx context.Context, lost func(error)) {
	defer close(l.done)
	tick := time.NewTicker(lockCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, cancel := context.WithTimeout(ctx, lockAnswer)
		_, err := l.conn.Exec(within, "SELECT 1")
		cancel()
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			lost(fmt.Errorf("the lock on the database is lost, and another engine may take it: %w", said(err)))
			return
		}
	}
}

// release gives the database back.
func (l *databaseLock) release() error {
	l.cancel()
	<-l.done
	ctx, cancel := context.WithTimeout(l.ctx, lockAnswer)
	defer cancel()
	if err := l.conn.Close(ctx); err != nil && !l.conn.IsClosed() {
		return fmt.Errorf("unlock the database of the workflow engine: %w", said(err))
	}
	return nil
}
