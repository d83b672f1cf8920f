package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

// counted records a few cases of which figures are known.
func counted(t *testing.T, db *database) {
	t.Helper()
	record(t, db.Store, openingEntry(testOrgan, "c1", "方案甲"))
	record(t, db.Store, openingEntry(testOrgan, "c2", "方案乙"))
	record(t, db.Store, openingEntry("other", "far", "方案丙"))
	practice := openingEntry(testOrgan, "drill", "演练")
	practice.Practice = true
	record(t, db.Store, practice)

	on := actEntry(testOrgan, "c1", 2)
	on.Outcome, on.Entered = "done", []casefile.Entered{{Step: "drafting", Round: 1, Applies: true}}
	on.Deadlines = []casefile.Deadline{{ID: "duty", State: casefile.DeadlineOpen}, {ID: "other", State: casefile.DeadlineOpen}}
	record(t, db.Store, on)
	back := actEntry(testOrgan, "c1", 3)
	back.Step, back.Act.Kind, back.Outcome, back.Entered = "drafting", "drafting.return", "returned", []casefile.Entered{{Step: "intake", Round: 2, Applies: true}}
	back.Deadlines = []casefile.Deadline{{ID: "duty", State: casefile.DeadlineMet}}
	record(t, db.Store, back)
	blocked := actEntry(testOrgan, "c1", 4)
	blocked.Kind, blocked.Facts = casefile.EntryBlocked, nil
	blocked.Verdict = &casefile.Verdict{Result: casefile.Block, Findings: []casefile.Finding{{Basis: "第十五条", Rule: "r", Effect: casefile.EffectBlock, Result: casefile.Block}}}
	record(t, db.Store, blocked)
	late := actEntry(testOrgan, "c1", 5)
	late.On, late.Deadlines = on.On.AddDays(40), []casefile.Deadline{{ID: "other", State: casefile.DeadlineBreached}}
	record(t, db.Store, late)
	closing := actEntry(testOrgan, "c2", 2)
	closing.Status, closing.End = casefile.StatusClosed, "archived"
	record(t, db.Store, closing)
}

func TestFiguresAreCountedByTheDatabase(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		counted(t, db)
		q := casefile.FigureQuery{Organ: testOrgan, From: march1, Until: march1.AddDays(60), Today: march1.AddDays(100)}
		want := casefile.Figures{
			Opened: 2, Closed: 1, Running: 1, Attempts: 1, Hindrance: 1,
			Steps:   []casefile.StepFigure{{Procedure: "cn.major-decision@2019", Step: "intake", Ages: [4]int64{0, 0, 1, 0}}},
			Months:  []casefile.MonthFigure{{Month: "2024-03", Met: 1}, {Month: "2024-04", Breached: 1}},
			Returns: []casefile.ReturnFigure{{Procedure: "cn.major-decision@2019", From: "drafting", To: "intake", N: 1}},
			Blocked: []casefile.BlockedFigure{{Basis: "第十五条", N: 1}},
		}
		figures := func() casefile.Figures {
			t.Helper()
			got, err := db.Figures(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		if err := db.RederiveHappenings(t.Context()); err != nil { // as every start does
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, figures()); diff != "" {
			t.Errorf("figures (-want +got):\n%s", diff)
		}
		// A database from before figures gives the same, however often it is filled.
		for range 2 {
			for _, statement := range []string{`DELETE FROM happenings`, `DELETE FROM happening_months`, `DELETE FROM derivations`} {
				if err := db.exec(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			if got := figures(); !got.Behind || len(got.Months) != 0 {
				t.Errorf("figures that are not counted yet: %+v", got)
			}
			if err := db.RederiveHappenings(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, figures()); diff != "" {
				t.Errorf("figures of an older database (-want +got):\n%s", diff)
			}
		}
		q.Until = march1
		if got := figures(); got.Opened != 2 || got.Closed != 0 || got.Months != nil || got.Returns != nil || got.Blocked != nil || len(got.Steps) != 1 {
			t.Errorf("figures of one day: %+v", got)
		}
		q.Practice = true
		if got := figures(); got.Opened != 1 || got.Running != 1 {
			t.Errorf("figures of practice: %+v", got)
		}
		q.Organ = "nobody's"
		if diff := cmp.Diff(casefile.Figures{}, figures()); diff != "" {
			t.Errorf("figures of nobody:\n%s", diff)
		}
	})
}

// What is summed up by month and what is counted day by day give the same for every
// period, also one that begins and ends within a month.
func TestFiguresOfAPeriodAreThoseOfItsDays(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		counted(t, db)
		days := []legaltime.Date{march1.AddDays(-1), march1, march1.AddDays(1), march1.AddDays(30), march1.AddDays(31), march1.AddDays(39),
			march1.AddDays(40), march1.AddDays(41), march1.AddDays(60), march1.AddDays(61), march1.AddDays(200)}
		count := func(kind casefile.HappeningKind, from, until legaltime.Date) (n int64) {
			t.Helper()
			query := `SELECT COUNT(*) FROM happenings WHERE organ = '@organ' AND practice = 0 AND kind = '@kind' AND on_date BETWEEN '@from' AND '@until'`
			query = strings.NewReplacer("@organ", string(testOrgan), "@kind", string(kind), "@from", from.String(), "@until", until.String()).Replace(query)
			if err := db.raw.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for _, from := range days {
			for _, until := range days {
				got, err := db.Figures(t.Context(), casefile.FigureQuery{Organ: testOrgan, From: from, Until: until, Today: march1.AddDays(300)})
				if err != nil {
					t.Fatal(err)
				}
				var met, breached, returned int64
				for _, m := range got.Months {
					met, breached = met+m.Met, breached+m.Breached
				}
				for _, r := range got.Returns {
					returned += r.N
				}
				is := []int64{met, breached, returned, got.Attempts, got.Hindrance}
				want := []int64{count(casefile.HappeningMet, from, until), count(casefile.HappeningBreached, from, until),
					count(casefile.HappeningReturn, from, until), count(casefile.HappeningAttempt, from, until), count(casefile.HappeningBlocked, from, until)}
				if diff := cmp.Diff(want, is); diff != "" {
					t.Errorf("%s to %s: met, breached, returned, attempts, blocked (-want +got):\n%s", from, until, diff)
				}
			}
		}
	})
}

func TestIdsAndSummariesOfCases(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		counted(t, db)
		real := false
		found, err := db.IDs(t.Context(), store.Filter{Organ: testOrgan, Practice: &real, Query: "方案", After: "nonsense", Limit: 9999}, 10)
		if err != nil || len(found) != 2 {
			t.Fatalf("%v %v", found, err)
		}
		if few, err := db.IDs(t.Context(), store.Filter{Organ: testOrgan}, 2); err != nil || len(few) != 2 {
			t.Errorf("%v %v", few, err)
		}
		rows, err := db.Summaries(t.Context(), append(found, "none"))
		if err != nil || len(rows) != 2 || rows[0].Title == "" || rows[0].OpenedOn != march1 {
			t.Errorf("%+v %v", rows, err)
		}
		if rows, err := db.Summaries(t.Context(), nil); err != nil || rows != nil {
			t.Errorf("%+v %v", rows, err)
		}
		if _, err := db.Summaries(t.Context(), make([]casefile.ID, 201)); err == nil {
			t.Error("201 at once")
		}
	})
}
