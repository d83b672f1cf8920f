package store

import (
	"context"
	"fmt"
)

// Bound makes lists work with other bounds than they do in use, so that tests come
// to them with few cases.
func (s *Store) Bound(window, few int, count int64) {
	s.bounds = bounds{window: window, few: few, count: count}
}

// TaskQueries gives the queries of a task filter with their arguments, as
// [Store.Tasks] and [Store.CountTasks] send them for the first page.
func TaskQueries(f TaskFilter) (pages, counts map[string][]any) {
	pages, counts = map[string][]any{}, map[string][]any{}
	for _, sc := range f.scans() {
		pages[fmt.Sprintf(taskPage, sc.where)] = append(append([]any{}, sc.args...), "", "", "", 51)
		counts[fmt.Sprintf(countTasks, sc.where)] = append(append([]any{"2026-01-01"}, sc.args...), MaxCounted)
	}
	return pages, counts
}

// ReadingQueries gives the queries of [Store.Readings] that are read among many rows,
// each with the index that it is read along.
func ReadingQueries() map[string]string {
	return map[string]string{
		countOverdue: "tasks_overdue", countDeadlines: "tasks_overdue", countProvisional: "tasks_provisional",
		countQuarantined: "documents_in_quarantine", countMail: "notices_to_send",
	}
}

// Held does something on one connection, and gives the queries that this one keeps
// prepared after it.
func (s *Store) Held(ctx context.Context, do func() error) (queries []string, err error) {
	s.read.SetMaxOpenConns(1)
	if err := do(); err != nil {
		return nil, err
	}
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		switch c := driver.(type) {
		case *holdingConn:
			queries = c.held.Keys()
		case checkingConn:
			queries = c.held.Keys()
		default:
			return fmt.Errorf("the connection is a %T", driver)
		}
		return nil
	})
	return queries, err
}
