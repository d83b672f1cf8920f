//go:build !noembed

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/zhengdang/chengxu/internal/temporalserver"
	"github.com/zhengdang/chengxu/store"
)

func moveCommand() *cobra.Command {
	var from, to place
	cmd := &cobra.Command{
		Use:   "move",
		Short: "move an installation from SQLite to PostgreSQL, with its open cases",
		Long: "move carries record, accounts and workflow engine of a data directory into an empty PostgreSQL database. Keys, own\n" +
			"definitions and documents stay in the directory. The server must have been stopped. Either everything is carried and\n" +
			"checked, or nothing; after an interruption run it again. Afterwards: serve --data DIR --database-url postgres://…",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if to.database == "" {
				return errors.New("--to: want the database to move to, postgres://…")
			}
			return move(cmd.Context(), from, to, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&from.data, "data", "./data", "data directory of the server")
	cmd.Flags().StringVar(&to.database, "to", "", "postgres://… of an empty database (required)")
	return required(cmd, "to")
}

// move carries an installation. What can be refused is refused before anything is
// changed. Then the database is marked, so that nobody can serve it half full; what is
// copied, is copied in one transaction, which ends with the directory marked as moved.
func move(ctx context.Context, from, to place, out io.Writer) (err error) {
	if _, err := os.Stat(from.record()); err != nil {
		return fmt.Errorf("find the record to move: %w", err)
	}
	began := time.Now()
	m, err := temporalserver.BeginMove(ctx, from.engine(), to.database, store.CheckEmpty)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }() //nolint:contextcheck // what is held is let go whatever has ended
	if !m.Again() {
		if err := from.notMoved(); err != nil { // it has moved to another database
			return err
		}
	}
	release, err := store.Hold(from.record()) // what a command records meanwhile would be lost
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := m.Mark(); err != nil {
		return err
	}
	target, err := store.Open(ctx, to.storeURL()) // which sets its schema up
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := target.Close(); err != nil {
		return err
	}
	var moved store.Moved
	rows, err := m.Carry(func(ctx context.Context, tx pgx.Tx) (err error) {
		moved, err = store.Move(ctx, from.record(), tx)
		return err
	}, func() error { return from.markMoved(to) })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "已迁移（%s）：记录 %d 表 %d 行，流程引擎 %d 行；%d 份日志共 %d 项，重算后与已签署的日志头一致。\n",
		time.Since(began).Round(time.Millisecond), moved.Tables, moved.Rows, rows, moved.Logs, moved.Leaves)
	_, err = fmt.Fprintf(out, "今后启动：chengxu serve --data %s --database-url postgres://…\n", from.data)
	return err
}

// markMoved says in the directory where everything is now, without the password. It is
// the last step before the database has everything for good: when that fails, the mark
// sends to a database that cannot be served, until the move is done again.
func (p place) markMoved(to place) error {
	where := "PostgreSQL"
	if u, err := url.Parse(to.database); err == nil {
		where += " " + u.Hostname() + "/" + strings.TrimPrefix(u.Path, "/")
	}
	text := where + " " + time.Now().UTC().Format(time.RFC3339) + "\n"
	err := writeFile(p.movedFile(), func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return fmt.Errorf("mark the data directory as moved: %w", err)
	}
	return nil
}
