package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

func toJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAnEntryIsReadBackAsItWasRecorded(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		want := []casefile.Entry{
			openingEntry(testOrgan, "c1", "生活垃圾分类方案"),
			actEntry(testOrgan, "c1", 2),
			{Case: "c1", Organ: testOrgan, Sequence: 3, Kind: casefile.EntryLapse, On: march1.AddDays(9),
				At: time.Date(2024, 3, 10, 0, 0, 0, 1, time.UTC), Step: "intake", Round: 1,
				Deadlines: []casefile.Deadline{{ID: "intake/x", Due: march1.AddDays(9), State: casefile.DeadlineElapsed}}},
		}
		for i, e := range want {
			if r := record(t, db.Store, e); r.Index != int64(i) {
				t.Errorf("entry %d stands at %d of the log, want %d", e.Sequence, r.Index, i)
			}
		}
		for _, e := range want {
			got, err := db.Entry(t.Context(), "c1", e.Sequence)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(toJSON(t, e), toJSON(t, got)); diff != "" {
				t.Errorf("entry %d (-recorded +read):\n%s", e.Sequence, diff)
			}
		}
	})
}

func TestTheCaseIsTheSumOfItsEntries(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for n := int64(2); n <= 5; n++ {
			record(t, db.Store, actEntry(testOrgan, "c1", n))
		}
		sealed, err := db.Sealed(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		var folded casefile.Case
		for _, s := range sealed {
			if err := folded.Apply(s.Entry); err != nil {
				t.Fatal(err)
			}
		}
		got, err := db.Case(t.Context(), "c1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(toJSON(t, folded), toJSON(t, got)); diff != "" {
			t.Errorf("case (-entries +stored):\n%s", diff)
		}
		if got.Sequence != 5 {
			t.Errorf("case stands at %d, want 5", got.Sequence)
		}
	})
}

func TestRecordingTheSameEntryTwiceIsRecordingItOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		first := record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		second := record(t, db.Store, actEntry(testOrgan, "c1", 2))
		if diff := cmp.Diff(first, record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))); diff != "" {
			t.Errorf("opening again (-first +again):\n%s", diff)
		}
		if diff := cmp.Diff(second, record(t, db.Store, actEntry(testOrgan, "c1", 2))); diff != "" {
			t.Errorf("act again (-first +again):\n%s", diff)
		}
		if n, err := db.TreeSize(t.Context(), testOrgan); err != nil || n != 2 {
			t.Errorf("log has %d entries (%v), want 2", n, err)
		}
	})
}

func TestAnEntryOutOfPlaceIsAConflict(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		record(t, db.Store, actEntry(testOrgan, "c1", 2))
		otherReason := actEntry(testOrgan, "c1", 2)
		otherReason.Act.Reasons = map[string]string{"mad-quorum-local": "别的理由"}
		lessSaid := actEntry(testOrgan, "c1", 2)
		lessSaid.Verdict = nil
		moreSaid := actEntry(testOrgan, "c1", 2)
		moreSaid.Outcome = "done"
		for _, tt := range []struct {
			name  string
			entry casefile.Entry
		}{
			{"another opening", openingEntry(testOrgan, "c1", "另一方案")},
			{"another entry at a place taken", otherReason},
			{"an entry with a field less at a place taken", lessSaid},
			{"an entry with a field more at a place taken", moreSaid},
			{"an entry that leaves a gap", actEntry(testOrgan, "c1", 4)},
			{"an act before the opening", actEntry(testOrgan, "c2", 2)},
			{"an entry of another organ", actEntry("cn.sh.other", "c1", 3)},
			{"the same entry for another organ", actEntry("cn.sh.other", "c1", 2)},
		} {
			if _, err := db.Record(t.Context(), tt.entry); !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("%s: %v, want a conflict", tt.name, err)
			}
		}
		if n, err := db.TreeSize(t.Context(), testOrgan); err != nil || n != 2 {
			t.Errorf("log has %d entries (%v), want 2", n, err)
		}
		if n, err := db.TreeSize(t.Context(), "cn.sh.other"); err != nil || n != 0 {
			t.Errorf("log of the other organ has %d entries (%v), want 0", n, err)
		}
	})
}

func TestAnEntryThatCannotBeKeptAsItIsIsInvalid(t *testing.T) {
	t.Parallel()
	local := time.FixedZone("Asia/Shanghai", 8*60*60)
	for _, tt := range []struct {
		name   string
		change func(e *casefile.Entry)
	}{
		{"no instant", func(e *casefile.Entry) { e.At = time.Time{} }},
		{"a local instant", func(e *casefile.Entry) { e.At = e.At.In(local) }},
		{"sequence zero", func(e *casefile.Entry) { e.Sequence = 0 }},
		{"no case", func(e *casefile.Entry) { e.Case = "" }},
		{"a case id with a slash", func(e *casefile.Entry) { e.Case = "a/b" }},
		{"no organ", func(e *casefile.Entry) { e.Organ = "" }},
		{"an organ of bad UTF-8", func(e *casefile.Entry) { e.Organ = "\xff" }},
		{"a title with a zero character", func(e *casefile.Entry) { e.Matter.Title = "a\x00b" }},
		{"a number that is none", func(e *casefile.Entry) { e.Facts["x"] = math.NaN() }},
		{"an integer that JSON readers round", func(e *casefile.Entry) { e.Facts["x"] = int64(1)<<53 + 1 }},
		{"an opening without a matter", func(e *casefile.Entry) { e.Matter = nil }},
		{"a first entry that is no opening", func(e *casefile.Entry) { e.Kind = casefile.EntryAct }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			conformance(t, func(t *testing.T, db *database) {
				e := openingEntry(testOrgan, "c1", "方案")
				tt.change(&e)
				if _, err := db.Record(t.Context(), e); !errors.Is(err, casefile.ErrInvalid) {
					t.Errorf("error is %v, want one of kind invalid", err)
				}
				if organs, err := db.Organs(t.Context()); err != nil || len(organs) != 0 {
					t.Errorf("logs of %v (%v) are there, want none", organs, err)
				}
			})
		})
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for name, read := range map[string]func() error{
			"case":       func() error { _, err := db.Case(t.Context(), "c2"); return err },
			"entry":      func() error { _, err := db.Entry(t.Context(), "c1", 2); return err },
			"entries":    func() error { _, err := db.Sealed(t.Context(), "c2"); return err },
			"content":    func() error { _, err := db.Content(t.Context(), "00"); return err },
			"document":   func() error { _, err := db.StoredDocument(t.Context(), testOrgan, "00"); return err },
			"purge":      func() error { return db.PurgeDocument(t.Context(), testOrgan, "00") },
			"token":      func() error { _, err := db.TokenByHash(t.Context(), "00"); return err },
			"revoke":     func() error { return db.RevokeToken(t.Context(), testOrgan, "00", store.AccountChange{}) },
			"checkpoint": func() error { _, err := db.LatestCheckpoint(t.Context(), testOrgan); return err },
			"leaf":       func() error { _, err := db.Leaf(t.Context(), testOrgan, 1); return err },
			"hash": func() error {
				_, err := db.HashReader(t.Context(), testOrgan).ReadHashes([]int64{7})
				return err
			},
		} {
			if err := read(); !errors.Is(err, casefile.ErrNotFound) {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
	})
}

// verifyLog checks that the log of an organ is whole: every leaf proved in the
// tree of all, each case's leaves chained, as many entries as the log says.
func verifyLog(t testing.TB, s *store.Store, organ casefile.OrganID, cases ...casefile.ID) {
	t.Helper()
	size, err := s.TreeSize(t.Context(), organ)
	if err != nil {
		t.Fatal(err)
	}
	hashes := s.HashReader(t.Context(), organ)
	root, err := ledger.TreeHead(size, hashes)
	if err != nil {
		t.Fatal(err)
	}
	head := ledger.Checkpoint{Origin: string(organ), Size: size, Root: root}
	at := map[int64]casefile.ID{}
	for _, id := range cases {
		sealed, err := s.Sealed(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var prev ledger.Hash
		for i, e := range sealed {
			leaf, err := ledger.ParseLeaf(e.Leaf)
			if err != nil {
				t.Fatal(err)
			}
			if leaf.Prev != prev || leaf.Sequence != int64(i)+1 {
				t.Errorf("entry %d of case %s is not chained to the one before", i+1, id)
			}
			prev = ledger.Link(e.Leaf)
			proof, err := ledger.ProveInclusion(size, e.Index, hashes)
			if err != nil {
				t.Fatal(err)
			}
			if err := ledger.VerifyInclusion(proof, head, e.Index, e.Leaf); err != nil {
				t.Error(err)
			}
			if other, taken := at[e.Index]; taken {
				t.Errorf("index %d is taken by %s and %s", e.Index, other, id)
			}
			at[e.Index] = id
		}
	}
	if int64(len(at)) != size {
		t.Errorf("the cases have %d entries, the log %d", len(at), size)
	}
	for i := range size {
		if _, ok := at[i]; !ok {
			t.Errorf("nothing stands at index %d", i)
		}
	}
}

func TestParallelRecordersOfOneOrganLeaveNoGap(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		const recorders = 50
		ids := make([]casefile.ID, recorders)
		var wg sync.WaitGroup
		for i := range ids {
			ids[i] = casefile.ID(fmt.Sprintf("case-%02d", i))
			wg.Go(func() {
				if _, err := db.Record(t.Context(), openingEntry(testOrgan, ids[i], "方案")); err != nil {
					t.Error(err)
				}
				for n := int64(2); n <= 4; n++ {
					if _, err := db.Record(t.Context(), actEntry(testOrgan, ids[i], n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		verifyLog(t, db.Store, testOrgan, ids...)
	})
}

func TestOneOfTwoRecordersOfTheSamePlaceWins(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		second := reopen(t, db.url)
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		for sequence := int64(2); sequence <= 11; sequence++ {
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, s := range []*store.Store{db.Store, second} {
				e := actEntry(testOrgan, "c1", sequence)
				e.Act.ID = fmt.Sprintf("by-recorder-%d", i)
				wg.Go(func() { _, errs[i] = s.Record(t.Context(), e) })
			}
			wg.Wait()
			won, conflicts := 0, 0
			for _, err := range errs {
				switch {
				case err == nil:
					won++
				case errors.Is(err, casefile.ErrConflict):
					conflicts++
				}
			}
			if won != 1 || conflicts != 1 {
				t.Fatalf("sequence %d: errors are %v, want one conflict", sequence, errs)
			}
		}
		verifyLog(t, db.Store, testOrgan, "c1")
	})
}

func TestOneOfTwoOrgansThatOpenTheSameCaseWins(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		for n := range 10 {
			id := casefile.ID(fmt.Sprintf("case-%d", n))
			errs := make([]error, 2)
			var wg sync.WaitGroup
			for i, organ := range []casefile.OrganID{"a", "b"} {
				wg.Go(func() { _, errs[i] = db.Record(t.Context(), openingEntry(organ, id, "方案")) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("errors are %v, want one", errs)
			}
			if err := errors.Join(errs...); !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("error is %v, want a conflict", err)
			}
		}
	})
}

func TestTheSameEntryOfferedAtOnceIsRecordedOnce(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		results := make([]store.Recorded, 8)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				var err error
				if results[i], err = db.Record(t.Context(), openingEntry(testOrgan, "c1", "方案")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, r := range results {
			if diff := cmp.Diff(results[0], r); diff != "" {
				t.Errorf("results differ:\n%s", diff)
			}
		}
		verifyLog(t, db.Store, testOrgan, "c1")
	})
}

func TestTheLeafHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		leaf := string(record(t, db.Store, openingEntry(testOrgan, "c1", "方案")).Leaf)
		for _, word := range []string{drafter.Name, string(drafter.Person), drafter.Unit, "方案"} {
			if strings.Contains(leaf, word) {
				t.Errorf("the leaf holds %q", word)
			}
		}
	})
}

func TestWithdrawingADocumentRemovesItsContentWithTheEntry(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		doc := add(t, db, "涉密内容")
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		e := actEntry(testOrgan, "c1", 2)
		e.Withdrawn = []casefile.Digest{doc.Digest}
		record(t, db.Store, e)
		if got, err := db.StoredDocument(t.Context(), testOrgan, doc.Digest); !errors.Is(err, casefile.ErrNotFound) || !got.Withdrawn {
			t.Errorf("the document is still there: %+v (%v)", got, err)
		}
		removable(t, db, time.Time{}, doc.Digest)
	})
}
