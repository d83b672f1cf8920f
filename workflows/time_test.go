package workflows_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

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
			f.input.Case, f.input.Organ, f.input.Carried = c.ID, c.Organ, &workflows.Carried{Case: c}
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
