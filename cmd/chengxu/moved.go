package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/zhengdang/chengxu/store"
)

// engine is the directory of the engine's files, on the first rung.
func (p place) engine() string { return filepath.Join(p.data, "temporal") }

// record is the file of the record, on the first rung.
func (p place) record() string { return filepath.Join(p.data, "chengxu.db") }

// movedFile says, in the data directory, where its record and its engine have gone.
func (p place) movedFile() string { return filepath.Join(p.data, "moved-to-postgresql") }

// usable refuses a place where what somebody recorded would be in nobody's record: files
// whose record has moved, a database into which a move was broken off, and an empty
// database beside files whose record has not moved.
func (p place) usable(ctx context.Context) error {
	if p.database == "" {
		return p.notMoved()
	}
	half, err := store.HalfMoved(ctx, p.database)
	if err != nil {
		return err
	}
	if half {
		return errors.New("向该数据库的迁移尚未完成：请重新运行 chengxu move，或者指定另一个数据库\n" +
			"a move into this database was begun and not finished: run chengxu move again, or name another database")
	}
	left, err := p.leftBehind(ctx)
	if err != nil || !left {
		return err
	}
	if recorded, err := store.HasRecord(ctx, p.database); err != nil || recorded {
		return err
	}
	return fmt.Errorf("数据目录 %s 中的记录尚未迁移，而该数据库为空：请先运行 chengxu move；若不再需要该记录，请将 %s 移走\n"+
		"the record of this directory has not moved, and the database is empty: run chengxu move first, or take %s away when that record is not wanted any more",
		p.data, p.record(), p.record())
}

// leftBehind reports whether the directory holds a record that has not moved. A file
// that a command has made which was not told of the database holds none.
func (p place) leftBehind(ctx context.Context) (bool, error) {
	if p.data == "" {
		return false, nil
	}
	if moved, err := there(p.movedFile()); err != nil || moved {
		return false, err
	}
	if has, err := there(p.record()); err != nil || !has {
		return false, err
	}
	return store.HasRecord(ctx, place{data: p.data}.storeURL())
}

func there(file string) (bool, error) {
	_, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// notMoved refuses files whose record has moved.
func (p place) notMoved() error {
	b, err := os.ReadFile(p.movedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return fmt.Errorf("数据目录 %s 中的记录已迁移：%s。请用 --database-url 指定该数据库\n"+
		"the record of this directory has moved: name its database with --database-url. To go back to these files, without what was recorded since, delete %s",
		p.data, strings.TrimSpace(string(b)), p.movedFile())
}
