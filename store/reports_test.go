package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

// The parts of a report add up to what came in, either way that they are counted, and
// of what became of the views nothing is told before the account is published.
func TestAReportAddsUp(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		id := calling(t, db, "c1", "2026-03-01", "2026-03-31", nil)
		var last consult.Receipt
		for range 7 {
			var err error
			if last, err = s.Comment(t.Context(), consult.Comment{Consultation: id, Text: "意见"}); err != nil {
				t.Fatal(err)
			}
		}
		c, err := db.Consultation(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			s.Withdraw(t.Context(), last.Receipt), s.Moderate(t.Context(), c, 1, consult.Published, "", "li"), s.Moderate(t.Context(), c, 2, consult.Published, "", "li"),
			s.Moderate(t.Context(), c, 3, consult.Hidden, "abuse", "li"), s.Moderate(t.Context(), c, 7, consult.Hidden, "spam", "li"),
			s.Dispose(t.Context(), c, []int64{4, 2, 7}, "not-adopted", "于法无据", "li"), s.Dispose(t.Context(), c, []int64{1}, "adopted", "", "li"),
			s.Dispose(t.Context(), c, []int64{5}, "not-adopted", "另有安排", "li"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if tally, answers, err := s.Report(t.Context(), id); err != nil || tally.Received() != 7 || tally.Disposed != nil || answers != nil {
			t.Errorf("before the account is published: %v %+v %+v", err, tally, answers)
		}
		calling(t, db, "c1", "2026-03-01", "2026-03-31", func(d *casefile.Derived) { d.Consultation.Adoption = true })
		tally, answers, err := s.Report(t.Context(), id)
		want := consult.Tally{Published: 2, Hidden: 1, Withdrawn: 1, Pending: 3, Hiding: map[string]int64{"abuse": 1},
			Disposed: map[string]int64{"adopted": 1, "not-adopted": 3}, Unanswered: 2}
		if diff := cmp.Diff(want, tally); err != nil || diff != "" {
			t.Errorf("%v: tally (-want +got):\n%s", err, diff)
		}
		if diff := cmp.Diff([]consult.Answer{
			{Disposition: "not-adopted", Reason: "于法无据", Count: 2, Numbers: []int64{2, 4}},
			{Disposition: "adopted", Count: 1, Numbers: []int64{1}},
			{Disposition: "not-adopted", Reason: "另有安排", Count: 1, Numbers: []int64{5}},
		}, answers); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		log, err := s.PublicModerations(t.Context(), id, 3)
		if err != nil || len(log) != 3 || log[0].Comment != 7 || log[0].Reason != "spam" || log[0].Person != "" {
			t.Errorf("%v: the public reads of moderation %+v", err, log)
		}
	})
}

func TestDecisionsAndYearsForThePublic(t *testing.T) {
	conformance(t, func(t *testing.T, db *database) {
		s := consult.New(db, func() time.Time { return date("2026-03-10").Start(legaltime.China) })
		id := calling(t, db, "c1", "2025-03-01", "2025-03-31", func(d *casefile.Derived) {
			d.Publication = &casefile.Publication{Number: "示府发1", On: date("2026-01-05")}
		})
		calling(t, db, "c2", "2025-05-01", "2025-05-31", nil)
		if d, err := s.Decision(t.Context(), "c1"); err != nil || d.Number != "示府发1" || d.On != date("2026-01-05") {
			t.Errorf("%v: %+v", err, d)
		}
		if _, err := s.Decision(t.Context(), "c2"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a decision that was not published: %v", err)
		}
		covered, err := s.Covered(t.Context())
		if diff := cmp.Diff([]consult.Covered{{Year: 2026, Organ: testOrgan}, {Year: 2025, Organ: testOrgan}}, covered); err != nil || diff != "" {
			t.Errorf("%v: covered (-want +got):\n%s", err, diff)
		}
		for year, want := range map[int]int{0: 1, 2026: 1, 2025: 0} {
			if list, _, err := s.Decisions(t.Context(), consult.Filter{Year: year, Limit: 9}); err != nil || len(list) != want {
				t.Errorf("decisions of %d: %v %+v", year, err, list)
			}
		}
		if list, _, err := s.List(t.Context(), consult.Filter{Year: 2026, Limit: 9}); err != nil || len(list) != 0 {
			t.Errorf("consultations of 2026: %v %+v", err, list)
		}
		calling(t, db, "c3", "2025-06-01", "2025-06-30", func(d *casefile.Derived) {
			d.Publication = &casefile.Publication{Kind: casefile.PublishedCatalogue, Number: "2026", On: date("2025-12-30")}
		})
		for year, want := range map[int]int{0: 1, 2026: 1, 2025: 0} { // of the catalogue, not of its publication
			if list, _, err := s.Catalogues(t.Context(), consult.Filter{Year: year, Limit: 9}); err != nil || len(list) != want {
				t.Errorf("catalogues of %d: %v %+v", year, err, list)
			}
		}
		if list, _, err := s.Decisions(t.Context(), consult.Filter{Limit: 9}); err != nil || len(list) != 1 {
			t.Errorf("a catalogue among the decisions: %v %+v", err, list)
		}
		rounds, err := s.Rounds(t.Context(), "c1")
		if err != nil || len(rounds) != 1 || rounds[0].ID != id || rounds[0].Step != "participation" || rounds[0].Round != 1 {
			t.Errorf("rounds: %v %+v", err, rounds)
		}
		calling(t, db, "c1", "2025-03-01", "2025-03-31", func(d *casefile.Derived) { d.Withdrawn = true })
		if rounds, err := s.Rounds(t.Context(), "c1"); err != nil || len(rounds) != 0 {
			t.Errorf("withdrawn from the public: %v %+v", err, rounds)
		}
		if _, err := s.Decision(t.Context(), "c1"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("withdrawn from the public: %v", err)
		}
		covered, err = s.Covered(t.Context())
		if diff := cmp.Diff([]consult.Covered{{Year: 2025, Organ: testOrgan}}, covered); err != nil || diff != "" {
			t.Errorf("%v: covered after the decision was withdrawn (-want +got):\n%s", err, diff)
		}
	})
}
