package casefile_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// TestAClonedCaseGoesItsOwnWay lets two clones of a case go on with different entries.
// The case and the other clone stay as they were.
func TestAClonedCaseGoesItsOwnWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c casefile.Case
		for range rapid.IntRange(1, 8).Draw(t, "entries") {
			if err := c.Apply(anyEntry(t, &c)); err != nil {
				t.Fatal(err)
			}
		}
		before := text(t, c)
		one, other := c.Clone(), c.Clone()
		if got := text(t, one); got != before {
			t.Fatalf("the clone differs:\n%s\nwant\n%s", got, before)
		}
		for range 3 {
			if err := one.Apply(anyEntry(t, &one)); err != nil {
				t.Fatal(err)
			}
		}
		after := text(t, one)
		for range 3 {
			if err := other.Apply(anyEntry(t, &other)); err != nil {
				t.Fatal(err)
			}
		}
		if got := text(t, c); got != before {
			t.Fatalf("the case changed with its clones:\n%s\nwas\n%s", got, before)
		}
		if got := text(t, one); got != after {
			t.Fatalf("a clone changed with the other:\n%s\nwas\n%s", got, after)
		}
	})
}

func text(t *rapid.T, c casefile.Case) string {
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// anyEntry gives a next entry that changes a little of everything.
func anyEntry(t *rapid.T, c *casefile.Case) casefile.Entry {
	number := rapid.IntRange(1, 4)
	step := fmt.Sprintf("step-%d", number.Draw(t, "step"))
	digest := func() casefile.Digest { return casefile.Digest(fmt.Sprintf("digest-%d", number.Draw(t, "digest"))) }
	e := casefile.Entry{
		Case: "c", Organ: "o", Sequence: c.Sequence + 1, Kind: casefile.EntryAct, On: legaltime.NewDate(2024, time.March, int(c.Sequence)+1),
		Step: step, Verb: rapid.SampledFrom([]string{"", "note", "submit"}).Draw(t, "verb"),
		Outcome: rapid.SampledFrom([]string{"", "", "done"}).Draw(t, "outcome"),
		Act: &casefile.Act{By: casefile.Actor{
			Person: casefile.PersonID(fmt.Sprintf("p-%d", number.Draw(t, "person"))), Capacity: "office",
			Unit: rapid.SampledFrom([]string{"", "甲科", "乙科"}).Draw(t, "unit"),
		}},
		Facts:     casefile.Values{fmt.Sprintf("fact-%d", number.Draw(t, "fact")): number.Draw(t, "value")},
		Entered:   []casefile.Entered{{Step: step, Round: 1, Applies: rapid.Bool().Draw(t, "applies")}},
		Documents: []casefile.Document{{Digest: digest()}},
		Opinion:   &casefile.Opinion{Step: step},
		Deadlines: []casefile.Deadline{{ID: fmt.Sprintf("d-%d", number.Draw(t, "deadline")), State: casefile.DeadlineState(step)}},
		Status:    rapid.SampledFrom([]casefile.Status{"", casefile.StatusSuspended, casefile.StatusRunning}).Draw(t, "status"),
	}
	if rapid.Bool().Draw(t, "withdraws") {
		e.Withdrawn = []casefile.Digest{digest()}
	}
	if rapid.Bool().Draw(t, "breaks") {
		e.Broken = []string{fmt.Sprintf("step-%d", number.Draw(t, "broken"))}
	}
	if c.Sequence == 0 {
		e.Kind, e.Matter, e.Pinned = casefile.EntryOpened, &casefile.Matter{}, &casefile.Pinned{}
	}
	return e
}
