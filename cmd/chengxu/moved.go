package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// engine is the directory of the engine's files, on the first rung.
func (p place) engine() string { return filepath.Join(p.data, "temporal") }

// movedFile says, in the data directory, where its record and its engine have gone.
func (p place) movedFile() string { return filepath.Join(p.data, "moved-to-postgresql") }

// usable refuses the SQLite files of an installation that has moved: what somebody
// recorded there would be in nobody's record.
func (p place) usable() error {
	if p.database != "" {
		return nil
	}
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
