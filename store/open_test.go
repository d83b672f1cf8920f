package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/migrations"
	"github.com/zhengdang/chengxu/store"
)

func TestADatabaseURLThatIsNoneIsInvalid(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "file.db", "mysql://x/y", "sqlite://", "sqlite://:memory:", "sqlite://a.db?mode=ro",
		"postgres://user:secret@127.0.0.1:port/x",
	} {
		s, err := store.Open(t.Context(), url)
		if err == nil {
			t.Errorf("%q was opened", url)
			_ = s.Close()
			continue
		}
		if !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%q: %v, want invalid", url, err)
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error repeats the password: %v", url, err)
		}
	}
}

func TestTheFolderAndTheFileAreMadeForTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no mode here")
	}
	path := filepath.Join(t.TempDir(), "a", "b", "record.db")
	s := reopen(t, "sqlite://"+path)
	record(t, s, openingEntry(testOrgan, "c1", "方案"))
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v (%v)", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		want := os.FileMode(0o600)
		if filepath.Ext(file) == ".lock" { // nothing is in it
			want = 0o644
		}
		if mode := info.Mode().Perm(); mode != want {
			t.Errorf("%s has mode %o, want %o", filepath.Base(file), mode, want)
		}
	}
}

func TestOpeningAgainFindsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		if _, err := reopen(t, db.url).Entry(t.Context(), "c1", 1); err != nil {
			t.Error(err)
		}
	})
}

func TestProcessesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		url := db.url
		if !db.postgres {
			url = "sqlite://" + filepath.Join(t.TempDir(), "fresh.db")
		} else if err := db.exec(t.Context(), freshSchema); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				s, err := store.Open(t.Context(), url)
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// freshSchema empties the schema of the test.
const freshSchema = `
DO $$ DECLARE s TEXT := current_schema(); BEGIN
    EXECUTE 'DROP SCHEMA ' || s || ' CASCADE';
    EXECUTE 'CREATE SCHEMA ' || s;
END $$`

func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		if err := db.exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, `+yes(db)+`)`); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(t.Context(), db.url)
		var newer *migrations.NewerSchemaError
		if !errors.As(err, &newer) || newer.Database != 99999 {
			t.Errorf("error is %v, want that of a newer schema", err)
		}
	})
}

func yes(db *database) string {
	if db.postgres {
		return "true"
	}
	return "1"
}

func TestAClosedStoreSaysSo(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		s, err := store.Open(t.Context(), db.url)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("a closed store answers")
		}
		if _, err := s.Record(t.Context(), openingEntry(testOrgan, "c1", "方案")); err == nil {
			t.Error("a closed store records")
		}
	})
}
