package casefile_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// TestSuspensionsAreTheTimesBetweenTheActs suspends and resumes a case at random,
// and lets it end while it is suspended or not.
func TestSuspensionsAreTheTimesBetweenTheActs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		on := legaltime.NewDate(2024, time.March, 1)
		var c casefile.Case
		apply := func(kind casefile.EntryKind, status casefile.Status) {
			e := casefile.Entry{Case: "c", Sequence: c.Sequence + 1, Kind: kind, On: on, Status: status, Act: &casefile.Act{}}
			if kind == casefile.EntryOpened {
				e.Matter, e.Pinned = &casefile.Matter{}, &casefile.Pinned{}
			}
			if err := c.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		apply(casefile.EntryOpened, "")
		var want []string
		suspended := false
		for range rapid.IntRange(0, 12).Draw(t, "acts") {
			on = on.AddDays(rapid.IntRange(0, 40).Draw(t, "days"))
			if !rapid.Bool().Draw(t, "changes the status") {
				apply(casefile.EntryAct, "")
				continue
			}
			if suspended = !suspended; suspended {
				apply(casefile.EntryAct, casefile.StatusSuspended)
				want = append(want, on.String()+"/")
				continue
			}
			apply(casefile.EntryAct, casefile.StatusRunning)
			want[len(want)-1] += on.String()
		}
		if rapid.Bool().Draw(t, "ends") {
			on = on.AddDays(3)
			apply(casefile.EntryAct, casefile.StatusClosed)
			if suspended {
				want[len(want)-1] += on.String()
			}
		}
		if !slices.Equal(c.Suspensions, want) {
			t.Fatalf("suspensions %q, want %q", c.Suspensions, want)
		}
	})
}

// TestABlockedAttemptMovesNothing makes sure that pins change only by what is
// admitted.
func TestABlockedAttemptMovesNothing(t *testing.T) {
	c := casefile.Case{ID: "c", Sequence: 1, Status: casefile.StatusRunning, Pinned: casefile.Pinned{Procedure: "p@1"}}
	other := &casefile.Pinned{Procedure: "p@2"}
	if err := c.Apply(casefile.Entry{Case: "c", Sequence: 2, Kind: casefile.EntryBlocked, Pinned: other, Status: casefile.StatusSuspended}); err != nil {
		t.Fatal(err)
	}
	if c.Pinned.Procedure != "p@1" || c.Suspensions != nil {
		t.Errorf("pinned %s, suspensions %q", c.Pinned.Procedure, c.Suspensions)
	}
	if err := c.Apply(casefile.Entry{Case: "c", Sequence: 3, Kind: casefile.EntryAct, Pinned: other}); err != nil {
		t.Fatal(err)
	}
	if !c.Pinned.Equal(*other) {
		t.Errorf("pinned %+v", c.Pinned)
	}
}
