package workflows_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/workflows"
)

// atOpenComment gives a real case as it stands the moment its comment window has
// been opened, with its entries, from a recorded one.
func atOpenComment(t *testing.T) (casefile.Case, []casefile.Entry) {
	t.Helper()
	b, err := os.ReadFile("testdata/histories/major-decision-2019-returns.entries.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []casefile.Entry
	if err := json.Unmarshal(b, &recorded); err != nil {
		t.Fatal(err)
	}
	var c casefile.Case
	for i := range recorded {
		recorded[i].Practice = false
		if err := c.Apply(recorded[i]); err != nil {
			t.Fatal(err)
		}
		if recorded[i].Step == "participation" && recorded[i].Verb == "open" {
			return c, recorded[:i+1]
		}
	}
	t.Fatal("the recorded case opens no comment window")
	return c, nil
}

// carry makes the fixture go on with a case, under the pins of the fixture.
func (f *fixture) carry(c casefile.Case) {
	c.Pinned = f.input.Pinned
	f.input.Case, f.input.Organ, f.input.Carried = c.ID, c.Organ, &workflows.Carried{Case: c}
}

// TestTimeEndsThePeriodOfARealCase lets the durable timer run. The last day of
// the window belongs to it whole, in the organ's time zone.
func TestTimeEndsThePeriodOfARealCase(t *testing.T) {
	c, entries := atOpenComment(t) // closes on 2025-04-10
	for _, tt := range []struct {
		name    string
		stop    time.Time
		elapsed bool
	}{
		{"in the last second of the last day", time.Date(2025, time.April, 10, 23, 59, 59, 0, legaltime.China), false},
		{"as soon as the next day begins", time.Date(2025, time.April, 11, 0, 0, 1, 0, legaltime.China), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opens := time.Date(2025, time.March, 11, 9, 0, 0, 0, legaltime.China)
			f := newFixture(t, opens, false)
			f.carry(c)
			f.store.entries = entries
			f.stopAfter(tt.stop.Sub(opens))
			f.run()
			after := f.store.entries[len(entries):]
			if !tt.elapsed {
				if len(after) != 0 {
					t.Errorf("recorded %+v before the period ended", after)
				}
				return
			}
			if len(after) != 1 || after[0].Kind != casefile.EntryLapse || after[0].Act != nil {
				t.Fatalf("recorded %+v, want one lapse", after)
			}
			e := after[0]
			if e.On.String() != "2025-04-11" || !e.At.Equal(time.Date(2025, time.April, 11, 0, 0, 0, 0, legaltime.China)) {
				t.Errorf("recorded on %s at %s", e.On, e.At)
			}
			d := e.Deadlines[0]
			if d.ID != "participation/comment" || d.Due.String() != "2025-04-10" || d.State != casefile.DeadlineElapsed {
				t.Errorf("deadline %+v", d)
			}
		})
	}
}

// TestWhatTimeHasDoneIsRecordedBeforeAnActThatIsLate sends an act after the
// period has ended and before that was recorded.
func TestWhatTimeHasDoneIsRecordedBeforeAnActThatIsLate(t *testing.T) {
	c, entries := atOpenComment(t) // closes on 2025-04-10
	opens := time.Date(2025, time.April, 10, 9, 0, 0, 0, legaltime.China)
	late := time.Date(2025, time.April, 11, 0, 30, 0, 0, legaltime.China).Sub(opens)
	f := newFixture(t, opens, false)
	f.carry(c)
	f.store.entries, f.store.refuse = entries, 1 // at midnight
	got := f.send(late, casefile.Act{ID: "late", Kind: "case.note", By: actor("office", "office"),
		With: casefile.Values{"text": "记事"}})
	f.stopAfter(late + time.Minute)
	f.run()
	if got.rejected != nil || got.failed != nil {
		t.Fatalf("rejected %v, failed %v", got.rejected, got.failed)
	}
	want := []casefile.EntryKind{casefile.EntryLapse, casefile.EntryAct}
	if kinds := f.kinds()[len(entries):]; !slices.Equal(kinds, want) {
		t.Errorf("recorded %v, want %v", kinds, want)
	}
}

// TestARecordThatRefusesTheLapseDoesNotEndTheCase makes the record refuse for
// good what nobody can be told of.
func TestARecordThatRefusesTheLapseDoesNotEndTheCase(t *testing.T) {
	c, entries := atOpenComment(t)
	opens := time.Date(2025, time.April, 10, 9, 0, 0, 0, legaltime.China)
	f := newFixture(t, opens, false)
	f.carry(c)
	f.store.entries, f.store.refuse = entries, 2
	f.stopAfter(24 * time.Hour)
	err := f.run()
	var canceled *temporal.CanceledError
	if !errors.As(err, &canceled) {
		t.Errorf("the case ended with %v, want it to wait until it is stopped", err)
	}
	if got := f.kinds()[len(entries):]; !slices.Equal(got, []casefile.EntryKind{casefile.EntryLapse}) {
		t.Errorf("recorded %v, want the lapse in the end", got)
	}
}

// TestAnActLeavesNoTimerBehind acts while a real case waits for the end of a period.
// Each act begins the wait anew, and the case waits by one timer.
func TestAnActLeavesNoTimerBehind(t *testing.T) {
	c, entries := atOpenComment(t) // closes on 2025-04-10
	opens := time.Date(2025, time.March, 11, 9, 0, 0, 0, legaltime.China)
	f := newFixture(t, opens, false)
	f.carry(c)
	f.store.entries = entries
	var started []string
	waiting := map[string]time.Time{} // until when
	f.env.SetOnTimerScheduledListener(func(id string, d time.Duration) {
		started = append(started, id)
		waiting[id] = f.env.Now().Add(d)
	})
	f.env.SetOnTimerCanceledListener(func(id string) { delete(waiting, id) })
	for _, day := range []int{1, 2, 3} {
		f.send(time.Duration(day)*24*time.Hour, casefile.Act{ID: fmt.Sprint("note-", day), Kind: "case.note", By: actor("office", "office"),
			With: casefile.Values{"text": "记事"}})
	}
	over := time.Date(2025, time.April, 11, 0, 0, 0, 0, legaltime.China)
	f.env.RegisterDelayedCallback(func() {
		if len(started) != 4 || len(waiting) != 1 {
			t.Errorf("%d timers were begun, and %v are waited for", len(started), waiting)
		}
		for _, until := range waiting {
			if !until.Equal(over) {
				t.Errorf("the case waits until %s, want %s", until, over)
			}
		}
	}, 4*24*time.Hour)
	f.stopAfter(5 * 24 * time.Hour)
	f.run()
	if got := len(f.store.entries) - len(entries); got != 3 {
		t.Errorf("%d acts were recorded", got)
	}
}
