package workflows_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.temporal.io/sdk/testsuite"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/workflows"
)

const (
	publish = "mad-publish-timely"
	archive = "mad-archive-complete"
)

// atPublication gives a fixture whose case was decided on 2025-12-15 and is judged
// by the calendar of the time, in which 2026 is not announced, and the calendar in
// which it is.
func atPublication(t *testing.T, practice bool) (f *fixture, newer casefile.Digest) {
	t.Helper()
	f = newFixture(t, time.Date(2025, time.December, 16, 9, 0, 0, 0, legaltime.China), practice)
	newer = f.input.Pinned.Calendar
	files := fstest.MapFS{}
	for _, file := range must(os.ReadDir("../legaltime/calendars")) {
		if !strings.Contains(file.Name(), "2026") {
			files[file.Name()] = &fstest.MapFile{Data: must(os.ReadFile("../legaltime/calendars/" + file.Name()))}
		}
	}
	older := must(legaltime.LoadCalendar(files, ".", "cn"))
	f.input.Pinned.Calendar = casefile.Digest(older.Digest())
	f.store.contents[f.input.Pinned.Calendar] = older.Canonical()
	c := casefile.Case{
		ID: "case-1", Organ: "organ", Practice: practice, Sequence: 1, Status: casefile.StatusRunning,
		OpenedOn: legaltime.NewDate(2025, time.March, 3), Today: legaltime.NewDate(2025, time.December, 16),
		Steps: []casefile.StepRun{{Step: "publication", Round: 1, State: casefile.StepActive, EnteredOn: legaltime.NewDate(2025, time.December, 15)}},
		Facts: map[string]casefile.Fact{},
		// Closed long ago, and never to be touched again.
		Deadlines: []casefile.Deadline{{ID: archive, Rule: archive, State: casefile.DeadlineBreached,
			Due: legaltime.NewDate(2026, time.January, 5), Provisional: true}},
	}
	for name, value := range f.input.Initial {
		c.Facts[name] = casefile.Fact{Name: name, Value: value}
	}
	decided := casefile.Values{
		"decided_on": "2025-12-15", "chief_decision": "approve", "non_disclosable_by_law": false, "body_kind": "district-gov",
	}
	for name, value := range decided {
		c.Facts[name] = casefile.Fact{Name: name, Value: value}
	}
	f.carry(c)
	f.store.entries = []casefile.Entry{{Case: "case-1", Sequence: 1}}
	return f, newer
}

// arrive lets a calendar arrive.
func (f *fixture) arrive(after time.Duration, id string, calendar casefile.Digest) *struct {
	result           workflows.CalendarResult
	rejected, failed error
} {
	got := &struct {
		result           workflows.CalendarResult
		rejected, failed error
	}{}
	f.env.RegisterDelayedCallback(func() {
		f.env.UpdateWorkflow(workflows.UpdateCalendar, id, &testsuite.TestUpdateCallback{
			OnAccept: func() {},
			OnReject: func(err error) { got.rejected = err },
			OnComplete: func(v any, err error) {
				if got.failed = err; err == nil {
					got.result = v.(workflows.CalendarResult)
				}
			},
		}, workflows.CalendarInput{Calendar: calendar})
	}, after)
	return got
}

// TestACalendarMovesOpenDueDatesAndNoOthers is the announcement of 2026. Of twenty
// working days after 2025-12-15 the week alone makes 2026-01-12 the last; the notice
// takes away two and gives one.
func TestACalendarMovesOpenDueDatesAndNoOthers(t *testing.T) {
	f, newer := atPublication(t, false)
	f.do("a1", "case.note", actor("office", "office"), casefile.Values{"text": "记事"})
	arrived := f.arrive(time.Minute, "c1", newer)
	again := f.arrive(2*time.Minute, "c2", newer)
	f.stopAfter(time.Hour)
	f.run()
	if arrived.rejected != nil || arrived.failed != nil || arrived.result.Recomputed != 1 {
		t.Fatalf("rejected %v, failed %v, %+v", arrived.rejected, arrived.failed, arrived.result)
	}
	if again.rejected != nil || again.failed != nil || again.result.Recomputed != 0 {
		t.Errorf("the same calendar again: %+v", again)
	}
	want := []casefile.EntryKind{"", casefile.EntryAct, casefile.EntryRecomputed}
	if got := f.kinds(); !slices.Equal(got, want) {
		t.Fatalf("recorded %v, want %v", got, want)
	}
	before, e := f.store.entries[1].Deadlines[0], f.store.entries[2]
	if before.ID != publish || before.Due.String() != "2026-01-12" || !before.Provisional {
		t.Errorf("before the announcement: %+v", before)
	}
	d := e.Deadlines[0]
	if d.ID != publish || d.Due.String() != "2026-01-13" || d.Provisional || d.Was != before.Due || d.State != casefile.DeadlineOpen {
		t.Errorf("after it: %+v", d)
	}
	if e.Pinned == nil || e.Pinned.Calendar != newer || e.Act != nil {
		t.Errorf("the entry pins %+v, acted %+v", e.Pinned, e.Act)
	}
	c := f.query()
	if c.Pinned.Calendar != newer || c.Deadlines[0].State != casefile.DeadlineBreached || c.Deadlines[0].Sequence != 0 {
		t.Errorf("pinned %s, closed deadline %+v", c.Pinned.Calendar, c.Deadlines[0])
	}
}

func TestACalendarThatCanChangeNothingIsRefused(t *testing.T) {
	f, newer := atPublication(t, false)
	f.input.Carried.Case.Facts = map[string]casefile.Fact{}
	got := f.arrive(time.Second, "c1", newer)
	f.stopAfter(time.Minute)
	f.run()
	if got.rejected == nil || len(f.store.entries) != 1 {
		t.Errorf("%+v, %d entries", got, len(f.store.entries))
	}
}

// TestAReminderIsRecordedAndDecidesNothing lets the durable timer run to the
// reminders of a due date, and then past it.
func TestAReminderIsRecordedAndDecidesNothing(t *testing.T) {
	f, newer := atPublication(t, false)
	c := &f.input.Carried.Case
	c.Pinned.Calendar = newer
	c.Deadlines = append(c.Deadlines, casefile.Deadline{
		ID: "x", Rule: "x", State: casefile.DeadlineOpen, Due: legaltime.NewDate(2025, time.December, 24),
		RemindOn: []legaltime.Date{legaltime.NewDate(2025, time.December, 17), legaltime.NewDate(2025, time.December, 23)},
	})
	f.stopAfter(9 * 24 * time.Hour)
	f.run()
	var got []string
	for _, e := range f.store.entries[1:] {
		d := e.Deadlines[0]
		got = append(got, string(e.Kind)+" "+e.On.String()+" "+string(d.State)+" "+d.Reminded.String())
		if e.Act != nil || len(e.Deadlines) != 1 || d.ID != "x" {
			t.Errorf("entry %+v", e)
		}
	}
	want := []string{
		"reminder 2025-12-17 open 2025-12-17",
		"reminder 2025-12-23 open 2025-12-23",
		"breach 2025-12-25 breached 2025-12-23",
	}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
}
