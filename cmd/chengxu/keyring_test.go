package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

// TestALogWithoutItsKeyDoesNotKeepOthersFromBeingSigned loses the key of one of
// two organs, whichever comes first.
func TestALogWithoutItsKeyDoesNotKeepOthersFromBeingSigned(t *testing.T) {
	for _, lost := range []casefile.OrganID{"a", "b"} {
		dir := t.TempDir()
		db, err := place{data: dir}.open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		keys := must(openKeyring(filepath.Join(dir, "keys"), db))
		openFor(t, db, "a", "1")
		openFor(t, db, "b", "1")
		if _, err := keys.Seal(t.Context(), lost); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "keys")); err != nil {
			t.Fatal(err)
		}
		keys = must(openKeyring(filepath.Join(dir, "keys"), db))
		openFor(t, db, "a", "2")
		openFor(t, db, "b", "2")
		if err := keys.sealAll(t.Context()); err == nil || !strings.Contains(err.Error(), "restore the key file") {
			t.Errorf("error %v, want to hear of the lost key", err)
		}
		for _, organ := range []casefile.OrganID{"a", "b"} {
			size := must(db.TreeSize(t.Context(), organ))
			last, err := db.LatestCheckpoint(t.Context(), organ)
			if err != nil {
				t.Errorf("log of %s: %v", organ, err)
			}
			if signed := last.Size == size; signed == (organ == lost) {
				t.Errorf("key of %s lost: log of %s signed at %d of %d", lost, organ, last.Size, size)
			}
		}
	}
}

func openFor(t *testing.T, db *store.Store, organ casefile.OrganID, id string) {
	t.Helper()
	_, err := db.RecordEntry(t.Context(), casefile.Entry{
		Case: casefile.ID(string(organ) + id), Organ: organ, Sequence: 1, Kind: casefile.EntryOpened,
		On: legaltime.DateIn(time.Date(2024, 3, 1, 1, 0, 0, 0, time.UTC), legaltime.China),
		At: time.Date(2024, 3, 1, 1, 0, 0, 0, time.UTC), Matter: &casefile.Matter{Title: "事项"},
		Pinned: &casefile.Pinned{Procedure: "p@1"}, Act: &casefile.Act{ID: "open", Kind: "case.open"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestServeRefusesHistoriesThatNeverGetAnywhere(t *testing.T) {
	for _, args := range []string{"1", "49", "-1"} {
		cmd := root()
		cmd.SetArgs([]string{"serve", "--continue-after", args, "--data", t.TempDir(), "--listen", "127.0.0.1:-1"})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "--continue-after") {
			t.Errorf("--continue-after %s gave %v", args, err)
		}
	}
}
