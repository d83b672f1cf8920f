package casefile

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnAutomaticEntryNamesItsRuleOrTimer(t *testing.T) {
	duty := Deadline{ID: "mad-publish-timely", Rule: "mad-publish-timely", Step: "publication", Basis: "第三十二条"}
	period := Deadline{ID: "participation/comment", Step: "participation", Basis: "第十五条"}
	for _, tt := range []struct {
		name  string
		entry Entry
		want  Cause
		ok    bool
	}{
		{"a breach", Entry{Kind: EntryBreach, Deadlines: []Deadline{duty}}, Cause{CauseRule, duty.ID, duty.Rule, duty.Step, duty.Basis}, true},
		{"a reminder", Entry{Kind: EntryReminder, Deadlines: []Deadline{duty, period}}, Cause{CauseRule, duty.ID, duty.Rule, duty.Step, duty.Basis}, true},
		{"a period", Entry{Kind: EntryLapse, Deadlines: []Deadline{period, duty}}, Cause{CausePeriod, period.ID, "", period.Step, period.Basis}, true},
		{"a calendar", Entry{Kind: EntryRecomputed, Deadlines: []Deadline{duty}}, Cause{CauseCalendar, duty.ID, duty.Rule, duty.Step, duty.Basis}, true},
		{"an act that changes a deadline", Entry{Kind: EntryAct, Act: &Act{ID: "a"}, Deadlines: []Deadline{duty}}, Cause{}, false},
		{"nothing that could have made it", Entry{Kind: EntryLapse}, Cause{}, false},
	} {
		got, ok := tt.entry.Cause()
		if diff := cmp.Diff(tt.want, got); ok != tt.ok || tt.ok && diff != "" {
			t.Errorf("%s: ok %t (-want +got):\n%s", tt.name, ok, diff)
		}
	}
}
