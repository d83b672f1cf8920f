package migrations_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/zhengdang/chengxu/migrations"
)

func TestWhatIsWrittenForOneDatabaseIsWrittenForTheOther(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d migrations (%v)", len(files), err)
	}
	for _, file := range files {
		var twin string
		if name, ok := strings.CutSuffix(file, ".sqlite.sql"); ok {
			twin = name + ".postgres.sql"
		}
		if name, ok := strings.CutSuffix(file, ".postgres.sql"); ok {
			twin = name + ".sqlite.sql"
		}
		if twin != "" && !slices.Contains(files, twin) {
			t.Errorf("%s has no counterpart %s", file, twin)
		}
	}
}

func TestMigratingTwiceIsMigratingOnce(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "x.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 2 {
		if err := migrations.Up(t.Context(), db, migrations.SQLite); err != nil {
			t.Fatal(err)
		}
	}
	if err := migrations.Up(t.Context(), db, "oracle"); err == nil {
		t.Error("an unknown dialect was migrated")
	}
}
