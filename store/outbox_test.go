package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

func numbersOf(t testing.TB, s *store.Store, f store.EventFilter) []int64 {
	t.Helper()
	f.Limit = max(f.Limit, 1)
	found, err := s.Events(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var out []int64
	for _, e := range found {
		out = append(out, e.Number)
	}
	return out
}

func TestEachEntryLeavesOneEventAndTheNumbersHaveNoGap(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		var mu sync.Mutex
		told := map[casefile.OrganID]int{}
		db.AnnounceTo(func(organ casefile.OrganID) { mu.Lock(); told[organ]++; mu.Unlock() })
		for _, id := range []casefile.ID{"c1", "c2", "c3"} {
			record(t, db.Store, openingEntry(testOrgan, id, "方案"))
		}
		record(t, db.Store, openingEntry("other", "x", "方案"))
		var writing sync.WaitGroup
		for _, id := range []casefile.ID{"c1", "c2", "c3"} {
			writing.Go(func() {
				for n := int64(2); n <= 8; n++ {
					if _, err := db.Record(t.Context(), actEntry(testOrgan, id, n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		// Whoever reads meanwhile never finds a number whose forerunners are missing.
		for range 30 {
			for i, number := range numbersOf(t, db.Store, store.EventFilter{Organ: testOrgan, Limit: 100}) {
				if number != int64(i+1) {
					t.Fatalf("number %d stands at place %d", number, i+1)
				}
			}
		}
		writing.Wait()
		record(t, db.Store, actEntry(testOrgan, "c1", 8)) // again: it leaves no second event and wakes nobody
		found, err := db.Events(t.Context(), store.EventFilter{Organ: testOrgan, Limit: 100})
		if err != nil || len(found) != 24 {
			t.Fatalf("%d events of 24 entries (%v)", len(found), err)
		}
		next := map[casefile.ID]int64{}
		for _, e := range found {
			if next[e.Event.Case]++; e.Event.Sequence != next[e.Event.Case] || e.Event.Organ != testOrgan {
				t.Errorf("event %d is of entry %d of %s, after entry %d", e.Number, e.Event.Sequence, e.Event.Case, next[e.Event.Case]-1)
			}
		}
		heads, err := db.Heads(t.Context())
		if err != nil || heads[testOrgan] != 24 || heads["other"] != 1 || told[testOrgan] != 24 || told["other"] != 1 {
			t.Errorf("heads %v, told %v (%v)", heads, told, err)
		}
	})
}

func TestEventsAreNarrowed(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		practice := openingEntry(testOrgan, "p", "演练")
		practice.Practice = true
		record(t, db.Store, openingEntry(testOrgan, "c1", "方案"))
		record(t, db.Store, practice)
		record(t, db.Store, actEntry(testOrgan, "c1", 2))
		record(t, db.Store, actEntry(testOrgan, "c1", 3))
		yes, no := true, false
		for _, tt := range []struct {
			name string
			f    store.EventFilter
			want []int64
		}{
			{"all", store.EventFilter{Limit: 9}, []int64{1, 2, 3, 4}},
			{"after", store.EventFilter{Limit: 9, After: 2}, []int64{3, 4}},
			{"limit", store.EventFilter{Limit: 2, After: 1}, []int64{2, 3}},
			{"case", store.EventFilter{Limit: 9, Case: "c1"}, []int64{1, 3, 4}},
			{"case, after", store.EventFilter{Limit: 9, Case: "c1", After: 1}, []int64{3, 4}},
			{"kinds", store.EventFilter{Limit: 9, Kinds: []casefile.EntryKind{casefile.EntryOpened}}, []int64{1, 2}},
			{"kinds of a case", store.EventFilter{Limit: 9, Case: "c1", Kinds: []casefile.EntryKind{casefile.EntryAct, casefile.EntryBlocked}}, []int64{3, 4}},
			{"practice", store.EventFilter{Limit: 9, Practice: &yes}, []int64{2}},
			{"no practice", store.EventFilter{Limit: 9, Practice: &no}, []int64{1, 3, 4}},
			{"another organ's case", store.EventFilter{Organ: "other", Limit: 9, Case: "c1"}, nil},
		} {
			if tt.f.Organ == "" {
				tt.f.Organ = testOrgan
			}
			if got := numbersOf(t, db.Store, tt.f); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
			}
		}
	})
}

func TestALeaseHasOneHolderUntilItRunsOut(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		at := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
		take := func(holder string, now time.Time) bool {
			t.Helper()
			ok, err := db.TakeLease(t.Context(), "job", holder, now, now.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if !take("a", at) || take("b", at.Add(59*time.Second)) || !take("a", at.Add(59*time.Second)) || take("b", at.Add(61*time.Second)) {
			t.Error("two hold the lease")
		}
		if !take("b", at.Add(2*time.Minute)) || take("a", at.Add(2*time.Minute)) {
			t.Error("a lease that has run out cannot be taken")
		}
		if err := db.DropLease(t.Context(), "job", "a"); err != nil {
			t.Fatal(err)
		}
		if take("a", at.Add(2*time.Minute)) {
			t.Error("somebody else gave the lease back")
		}
		if err := db.DropLease(t.Context(), "job", "b"); err != nil || !take("a", at.Add(2*time.Minute)) {
			t.Errorf("a lease that was given back cannot be taken (%v)", err)
		}
		var mu sync.Mutex
		var taken []string
		var racing sync.WaitGroup
		for n := range 8 {
			racing.Go(func() {
				if ok, err := db.TakeLease(t.Context(), "race", fmt.Sprint(n), at, at.Add(time.Minute)); err != nil {
					t.Error(err)
				} else if ok {
					mu.Lock()
					taken = append(taken, fmt.Sprint(n))
					mu.Unlock()
				}
			})
		}
		racing.Wait()
		if len(taken) != 1 {
			t.Errorf("%v hold one lease", taken)
		}
	})
}

func TestAWebhookMovesOnFromWhereItStoodAndFromNowhereElse(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		want := store.Webhook{Organ: testOrgan, ID: "w", URL: "https://example.org/", Description: "甲", Case: "c1", Practice: true,
			Kinds: []casefile.EntryKind{casefile.EntryAct}, State: "active", Version: 1, Delivered: 3, CreatedBy: "p",
			Created: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)}
		if err := db.CreateWebhook(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if err := db.CreateWebhook(t.Context(), want); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("created twice: %v", err)
		}
		if got, err := db.Webhook(t.Context(), testOrgan, "w"); err != nil || toJSON(t, got) != toJSON(t, want) {
			t.Errorf("read back as %+v (%v)", got, err)
		}
		for name, err := range map[string]error{
			"from elsewhere":   db.WebhookDelivered(t.Context(), testOrgan, "w", 2, 4),
			"of another organ": db.WebhookDelivered(t.Context(), "other", "w", 3, 4),
			"in another state": db.WebhookFailed(t.Context(), want, "disabled"),
		} {
			if !errors.Is(err, casefile.ErrConflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		failed := want
		failed.Attempts, failed.LastError = 2, "the receiver answered 500"
		failed.FailingSince, failed.NextAt = want.Created, want.Created.Add(time.Minute)
		if err := db.WebhookFailed(t.Context(), failed, "active"); err != nil {
			t.Fatal(err)
		}
		inTurn := func(at time.Time) int {
			t.Helper()
			found, err := db.WebhooksInTurn(t.Context(), "active", at)
			if err != nil {
				t.Fatal(err)
			}
			return len(found)
		}
		if inTurn(want.Created) != 0 || inTurn(failed.NextAt) != 1 {
			t.Error("a failed webhook is in turn too early, or never")
		}
		if err := db.WebhookDelivered(t.Context(), testOrgan, "w", 3, 4); err != nil {
			t.Fatal(err)
		}
		got, err := db.RotateWebhook(t.Context(), testOrgan, "w", want.Created)
		if err != nil || got.Version != 2 || got.Delivered != 4 || got.Attempts != 0 || got.LastError != "" || !got.NextAt.IsZero() {
			t.Errorf("%+v (%v)", got, err)
		}
		if got, err := db.SetWebhookState(t.Context(), testOrgan, "w", "disabled"); err != nil || got.State != "disabled" || inTurn(failed.NextAt) != 0 {
			t.Errorf("%+v (%v)", got, err)
		}
		if _, err := db.SetWebhookState(t.Context(), "other", "w", "active"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("changed by another organ: %v", err)
		}
	})
}
