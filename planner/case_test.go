package planner_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// consulting is a case whose comment window is open: opened on 8 January, entered
// on the 12th, announced to close as given.
func consulting(closes string) *casefile.Case {
	d := func(m, day int) legaltime.Date { return legaltime.NewDate(2026, 1, day).AddDays(31 * (m - 1)) }
	c := &casefile.Case{
		ID: "c1", Status: casefile.StatusRunning, OpenedOn: d(1, 8), Sequence: 9, Facts: map[string]casefile.Fact{},
		Steps: []casefile.StepRun{
			{Step: "coordination", Round: 1, State: casefile.StepConcluded, EnteredOn: d(1, 9), LeftOn: d(1, 12), Outcome: "agreed"},
			{Step: "participation", Round: 1, State: casefile.StepActive, EnteredOn: d(1, 12), Done: []string{"open"}},
		},
		Deadlines: []casefile.Deadline{
			{ID: "participation/comment", Step: "participation", State: casefile.DeadlineOpen},
			{ID: "mad-publish-timely", Rule: "mad-publish-timely", State: casefile.DeadlineOpen, Due: legaltime.NewDate(2026, 3, 30)},
		},
	}
	for name, value := range map[string]any{
		"comment_open_on": "2026-01-12", "comment_close_on": closes, "highly_technical": false,
		"review_received_on": "", "hearing_on": "", "decided_on": "2026-03-02", "chief_decision": "approve", "non_disclosable_by_law": false,
	} {
		c.Facts[name] = casefile.Fact{Name: name, Value: value}
	}
	c.Deadlines[0].Due, _ = legaltime.ParseDate(closes)
	return c
}

func TestARunningCaseIsPlannedFromItsFacts(t *testing.T) {
	for _, tt := range []struct {
		name, today, closes, participation, review string
	}{
		{"the window is open for as long as it has to be", "2026-01-20", "2026-02-11", "2026-02-12", "2026-02-28"},
		{"it was announced to be longer", "2026-01-20", "2026-02-20", "2026-02-21", "2026-03-03"},
		{"it has run out", "2026-03-02", "2026-02-11", "2026-03-02", "2026-03-11"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan, err := decision(t).Forward(planner.Question{From: date(t, tt.today), Case: consulting(tt.closes)})
			if err != nil {
				t.Fatal(err)
			}
			participation, _ := plan.Step("participation")
			review, _ := plan.Step("legality_review")
			want := []string{"2026-01-12", tt.participation, tt.review}
			got := []string{participation.Enter.String(), participation.Conclude.String(), review.Conclude.String()}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("dates (-want +got):\n%s", diff)
			}
			if _, behind := plan.Step("coordination"); behind {
				t.Error("a step that is behind is planned again")
			}
		})
	}
}

func TestAnAnnouncedDateIsShownBesideItsPeriod(t *testing.T) {
	plan, err := decision(t).Forward(planner.Question{From: date(t, "2026-01-20"), Case: consulting("2026-02-20")})
	if err != nil {
		t.Fatal(err)
	}
	w, _ := plan.Wait("cn.713/comment_window")
	if !w.Announced || w.From.String() != "2026-01-12" || w.Last.String() != "2026-02-20" || w.Length.Length != 30 {
		t.Errorf("got %+v", w)
	}
}

func TestTheLatestDayOnWhichARunningCaseMustGoOn(t *testing.T) {
	q := planner.Question{From: date(t, "2026-01-20"), Case: consulting("2026-02-11")}
	plan, err := decision(t).Backward(q, "legality_review", date(t, "2026-03-31"))
	if err != nil {
		t.Fatal(err)
	}
	if review, _ := plan.Step("legality_review"); review.Conclude.String() != "2026-03-31" || plan.From.String() != "2026-03-22" {
		t.Errorf("from %s, review %s", plan.From, review.Conclude)
	}
	if _, err := decision(t).Backward(q, "legality_review", date(t, "2026-02-20")); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("too early a date: %v", err)
	}
}

func TestAClosedCaseIsNotPlanned(t *testing.T) {
	c := consulting("2026-02-11")
	c.Status = casefile.StatusClosed
	if _, err := decision(t).Forward(planner.Question{From: date(t, "2026-01-20"), Case: c}); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

func TestTheSheetOfADeadlineCountsEachDay(t *testing.T) {
	c := consulting("2026-02-20")
	for _, tt := range []struct {
		id, period, last string
		differs          bool
	}{
		{"participation/comment", "cn.713/comment_window", "2026-02-11", true},
		{"mad-publish-timely", "cn.713/publication_time", "2026-03-30", false},
	} {
		t.Run(tt.id, func(t *testing.T) {
			sheet, err := decision(t).Sheet(c, tt.id, date(t, "2026-03-05"))
			if err != nil {
				t.Fatal(err)
			}
			days := sheet.Derivation.Days
			if got := days[len(days)-1].Date.String(); sheet.Period != tt.period || got != tt.last || sheet.Differs != tt.differs {
				t.Errorf("period %s, last day %s, differs %t", sheet.Period, got, sheet.Differs)
			}
		})
	}
	if _, err := decision(t).Sheet(c, "nothing", date(t, "2026-03-05")); !errors.Is(err, casefile.ErrNotFound) {
		t.Errorf("unknown deadline: %v", err)
	}
}
