package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
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

// Of processes with directories of their own, one gets to sign a log, whichever is
// first, and the others are told.
func TestALogIsSignedWithOneKeyWhateverTheProcesses(t *testing.T) {
	db, err := place{data: t.TempDir()}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	openFor(t, db, "a", "1")
	var rings []*keyring
	for range 4 {
		rings = append(rings, must(openKeyring(t.TempDir(), db)))
	}
	errs := make([]error, len(rings))
	var all sync.WaitGroup
	for i, ring := range rings {
		all.Go(func() { _, errs[i] = ring.Seal(t.Context(), "a") })
	}
	all.Wait()
	first := slices.Index(errs, nil)
	if first < 0 {
		t.Fatalf("nobody signed: %v", errs)
	}
	for i, err := range errs {
		if i != first && (err == nil || !strings.Contains(err.Error(), "share")) {
			t.Errorf("another process: %v", err)
		}
	}
	openFor(t, db, "a", "2")
	again := must(openKeyring(rings[first].dir, db)) // a second process with the same directory
	if _, err := again.Seal(t.Context(), "a"); err != nil {
		t.Errorf("a process that shares the directory: %v", err)
	}
}

// Processes that seal at once do not get in each other's way.
func TestManyProcessesSealOneLog(t *testing.T) {
	dir := t.TempDir()
	db, err := place{data: dir}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	openFor(t, db, "a", "0")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			ring := must(openKeyring(filepath.Join(dir, "keys"), db))
			for range 20 {
				seal, err := ring.Seal(t.Context(), "a")
				if err != nil {
					t.Error(err)
					return
				}
				root, err := ledger.TreeHead(seal.Checkpoint.Size, db.HashReader(t.Context(), "a"))
				if err != nil || root != seal.Checkpoint.Root {
					t.Errorf("the head at %d is none of the log: %v", seal.Checkpoint.Size, err)
				}
			}
		})
	}
	for i := range 40 {
		openFor(t, db, "a", fmt.Sprint(i+1))
	}
	all.Wait()
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
