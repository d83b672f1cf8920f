package activities_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"go.temporal.io/sdk/temporal"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// fake is a store that answers as it is told.
type fake struct {
	mu       sync.Mutex
	contents map[casefile.Digest][]byte
	reads    int
	broken   error // of reading contents

	recorded error // what recording answers
	entry    casefile.Entry
	missing  error // what reading an entry answers
}

func (f *fake) Content(_ context.Context, digest casefile.Digest) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	if f.broken != nil {
		return nil, f.broken
	}
	b, ok := f.contents[digest]
	if !ok {
		return nil, fmt.Errorf("content %s: %w", digest, casefile.ErrNotFound)
	}
	return b, nil
}

func (f *fake) RecordEntry(context.Context, casefile.Entry) (int64, error) { return 7, f.recorded }

func (f *fake) Entry(context.Context, casefile.ID, int64) (casefile.Entry, error) {
	return f.entry, f.missing
}

func (f *fake) TakeNumber(context.Context, casefile.Numbering) (casefile.Number, error) {
	return casefile.Number{Serial: 3, Text: "规〔2026〕3号"}, f.missing
}

// final gives the type of an error that is never retried, or "".
func final(err error) string {
	var app *temporal.ApplicationError
	if errors.As(err, &app) && app.NonRetryable() {
		return app.Type()
	}
	return ""
}

var errAway = errors.New("the store is away")

func TestRecordSaysWhatBecameOfAnEntry(t *testing.T) {
	standing := casefile.Entry{Case: "c", Sequence: 3, Kind: casefile.EntryAct}
	conflict := fmt.Errorf("entry 3: %w", casefile.ErrConflict)
	gone := fmt.Errorf("entry 3: %w", casefile.ErrNotFound)
	for _, tt := range []struct {
		name              string
		recorded, missing error
		standing          bool
		final             string
		again             bool // a retry is due
	}{
		{name: "recorded"},
		{name: "another entry stands there", recorded: conflict, standing: true},
		{name: "the entry leaves a gap", recorded: conflict, missing: gone, final: activities.ErrTypeConflict},
		{name: "another stands there and cannot be read now", recorded: conflict, missing: errAway, again: true},
		{name: "an entry that can never be recorded", recorded: casefile.ErrInvalid, final: activities.ErrTypeConflict},
		{name: "the answer is lost", recorded: errAway, again: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := activities.New(&fake{}, &fake{recorded: tt.recorded, missing: tt.missing, entry: standing})
			got, err := a.Record(t.Context(), casefile.Entry{Case: "c", Sequence: 3})
			if final(err) != tt.final || (err != nil) != (tt.final != "" || tt.again) {
				t.Fatalf("error %v, want final %q, retry %t", err, tt.final, tt.again)
			}
			if (got.Standing != nil) != tt.standing {
				t.Errorf("standing %+v, want one: %t", got.Standing, tt.standing)
			}
			if err == nil && !tt.standing && got.Index != 7 {
				t.Errorf("index %d, want 7", got.Index)
			}
		})
	}
}

func TestRecallTriesAgainUnlessThereIsNoEntry(t *testing.T) {
	for _, tt := range []struct {
		missing error
		final   string
	}{
		{errAway, ""},
		{fmt.Errorf("entry 3: %w", casefile.ErrNotFound), activities.ErrTypeConflict},
	} {
		_, err := activities.New(&fake{}, &fake{missing: tt.missing}).Recall(t.Context(), "c", 3)
		if !errors.Is(err, tt.missing) || final(err) != tt.final {
			t.Errorf("recall with %v gave %v, want final %q", tt.missing, err, tt.final)
		}
	}
}

// pinned gives what is shipped, pinned and in the store.
func pinned(t *testing.T) (activities.JudgeInput, *fake) {
	t.Helper()
	calendar, err := legaltime.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	packs, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	in := activities.JudgeInput{Calendar: casefile.Digest(calendar.Digest())}
	store := &fake{contents: map[casefile.Digest][]byte{in.Calendar: calendar.Canonical()}}
	for _, p := range packs {
		store.contents[p.Digest()] = p.Archive()
		in.Packs = append(in.Packs, casefile.PinnedPack{Pack: p.Name(), Digest: p.Digest()})
	}
	in.Gates = []rules.Ref{"cn.713/open_case"}
	in.Facts = casefile.Values{}
	if in.Today, err = legaltime.ParseDate("2024-03-01"); err != nil {
		t.Fatal(err)
	}
	return in, store
}

func TestJudgeFailsForGoodOnlyWhereTryingAgainIsVain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*activities.JudgeInput, *fake)
		final  string
	}{
		{"a pack that is not in the store", func(in *activities.JudgeInput, _ *fake) { in.Packs[0].Digest = "unknown" }, activities.ErrTypeUnknownContent},
		{"a calendar that is not in the store", func(in *activities.JudgeInput, _ *fake) { in.Calendar = "unknown" }, activities.ErrTypeUnknownContent},
		{"a store that is away", func(_ *activities.JudgeInput, f *fake) { f.broken = errAway }, ""},
		{"a gate that is not there", func(in *activities.JudgeInput, _ *fake) { in.Gates = []rules.Ref{"cn.713/nowhere"} }, activities.ErrTypeInput},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, store := pinned(t)
			tt.change(&in, store)
			_, err := activities.New(store, store).Judge(t.Context(), in)
			if err == nil || final(err) != tt.final {
				t.Errorf("error %v, want final %q", err, tt.final)
			}
		})
	}
}

// broken is a store that panics.
type broken struct{ fake }

func (*broken) Content(context.Context, casefile.Digest) ([]byte, error) {
	panic("the store is broken")
}

func TestAPanicWhileJudgingFailsTheActAlone(t *testing.T) {
	in, _ := pinned(t)
	if _, err := activities.New(&broken{}, &broken{}).Judge(t.Context(), in); final(err) != activities.ErrTypeInput {
		t.Errorf("error %v, want a final one", err)
	}
}

func TestJudgesAreCompiledOnceAndSharedSafely(t *testing.T) {
	in, store := pinned(t)
	a := activities.New(store, store)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := a.Judge(t.Context(), in); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if want := len(in.Packs) + 1; store.reads != want {
		t.Errorf("%d contents read, want %d", store.reads, want)
	}
	in.Packs[0].Digest = "unknown"
	if _, err := a.Judge(t.Context(), in); final(err) != activities.ErrTypeUnknownContent {
		t.Errorf("other packs were judged by a cached judge: %v", err)
	}
}
