package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// fillTasks makes open tasks of one organ: drafters of 200 units, reviewers, an
// office, and votes of 500 persons; every third without a due date.
func fillTasks(t testing.TB, db *database, n int) {
	t.Helper()
	const batch = 500
	for from := 0; from < n; from += batch {
		var rows []string
		for i := from; i < min(from+batch, n); i++ {
			role, person, unit := "drafter", "", fmt.Sprintf("unit-%d", i%200)
			switch i % 10 {
			case 6, 7:
				role, unit = "legality_reviewer", ""
			case 8:
				role, unit = "office", ""
			case 9:
				role, person, unit = "consulted_unit", fmt.Sprintf("p-%d", i%500), ""
			}
			due := march1.AddDays(i * 7919 % 400).String()
			if i%3 == 0 {
				due = "9999-12-31"
			}
			rows = append(rows, fmt.Sprintf("('%032x', '%s', 'case-%d', 'step', 1, '%s', '%s', '%s', '关于第%d号事项的决策', '环节', 'Step', '%s', '%s', 0, 'd', 0, 0, '', '%064x', '%064x')",
				uint64(i)*0x9e3779b97f4a7c15, testOrgan, i, role, person, unit, i, march1.AddDays(i%90), due, 1, 2))
		}
		query := "INSERT INTO tasks (id, organ, case_id, step, round, role, person, unit, title, step_zh, step_en, since_on, due_on, provisional, deadline, breached, practice, clock, definition, calendar) VALUES " + strings.Join(rows, ",")
		if err := db.exec(context.Background(), query); err != nil {
			t.Fatal(err)
		}
	}
	if db.postgres { // as its own daemon does in time
		if err := db.exec(context.Background(), "ANALYZE tasks"); err != nil {
			t.Fatal(err)
		}
	}
}

// askedLists are the lists of those who work with 100,000 open tasks.
func askedLists() map[string]store.TaskFilter {
	desks := func(person string, roles ...casefile.Role) (out []store.Desk) {
		for _, r := range roles {
			out = append(out, store.Desk{Role: r}, store.Desk{Role: r, Person: casefile.PersonID(person)})
		}
		return out
	}
	return map[string]store.TaskFilter{
		"drafter of a unit":    {Organ: testOrgan, Desks: desks("p", "drafter"), Units: []string{"", "unit-7"}},
		"drafter of all units": {Organ: testOrgan, Desks: desks("p", "drafter")},
		"reviewer":             {Organ: testOrgan, Desks: desks("p", "legality_reviewer")},
		"member of a panel":    {Organ: testOrgan, Desks: desks("p-9", "consulted_unit")},
		"all roles":            {Organ: testOrgan, Desks: desks("p-9", "drafter", "legality_reviewer", "office", "consulted_unit", "chief", "secretary")},
		"auditor":              {Organ: testOrgan, All: true},
		"auditor, one role":    {Organ: testOrgan, All: true, Role: "office"},
		"auditor, a rare unit": {Organ: testOrgan, All: true, Units: []string{"unit-199"}},
	}
}

// plansOf gives what the database does for a query.
func plansOf(t testing.TB, db *database, query string, args []any) string {
	t.Helper()
	prefix := "EXPLAIN QUERY PLAN "
	if db.postgres {
		prefix = "EXPLAIN "
		for n := 1; strings.Contains(query, "?"); n++ {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", n), 1)
		}
	}
	rows, err := db.raw.QueryContext(t.Context(), prefix+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(*cells[len(cells)-1].(*any)))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// checkPlans checks that every query of the lists walks along an index, in order.
func checkPlans(t testing.TB, db *database) {
	t.Helper()
	for name, f := range askedLists() {
		pages, counts := store.TaskQueries(f)
		for query, args := range pages {
			plan := plansOf(t, db, query, args)
			if !strings.Contains(plan, "tasks_by_") || strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s is not read along an index in order:\n%s", name, plan)
			}
		}
		for query, args := range counts {
			if plan := plansOf(t, db, query, args); !db.postgres && !strings.Contains(plan, "tasks_by_") {
				t.Errorf("%s is counted without an index:\n%s", name, plan)
			}
		}
	}
}

func TestListsOfTasksAreReadAlongTheirIndexes(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		fillTasks(t, db, 20_000)
		checkPlans(t, db)
	})
}

// BenchmarkWorkList gives the first page of the lists above, and a late one, with
// 100,000 open tasks: the median, and what 95 of 100 stay below.
func BenchmarkWorkList(b *testing.B) {
	benchmark(b, func(b *testing.B, db *database) {
		fillTasks(b, db, 100_000)
		checkPlans(b, db)
		measure := func(name string, ask func() error) {
			b.Run(name, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					began := time.Now()
					if err := ask(); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
				slices.Sort(took)
				b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(took[len(took)*95/100].Microseconds()), "p95-µs")
			})
		}
		for _, name := range casefile.SortedNames(askedLists()) {
			f := askedLists()[name]
			measure(name+"/first page", func() error { _, _, err := db.Tasks(b.Context(), f); return err })
			f.After = lateCursor(b, db, f)
			measure(name+"/page 20", func() error { _, _, err := db.Tasks(b.Context(), f); return err })
			measure(name+"/counts", func() error {
				_, err := db.CountTasks(b.Context(), askedLists()[name], march1.AddDays(100))
				return err
			})
		}
	})
}

// lateCursor turns nineteen pages, or to the last one.
func lateCursor(b *testing.B, db *database, f store.TaskFilter) string {
	b.Helper()
	for range 19 {
		_, next, err := db.Tasks(b.Context(), f)
		if err != nil {
			b.Fatal(err)
		}
		if next == "" {
			break
		}
		f.After = next
	}
	return f.After
}
