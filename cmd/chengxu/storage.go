package main

import (
	"context"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/store"
)

// storage gives casework the store under casework's own names for rows.
type storage struct{ *store.Store }

var (
	_ casework.Store     = storage{}
	_ casework.WorkStore = storage{}
)

func (s storage) List(ctx context.Context, f casework.Filter) ([]casework.Summary, string, error) {
	rows, next, err := s.Store.List(ctx, store.Filter(f))
	out := make([]casework.Summary, len(rows))
	for i, row := range rows {
		out[i] = casework.Summary(row)
	}
	return out, next, err
}

func (s storage) Following(ctx context.Context, organ casefile.OrganID, id casefile.ID) ([]casework.Summary, error) {
	rows, err := s.Store.Following(ctx, organ, id)
	out := make([]casework.Summary, len(rows))
	for i, row := range rows {
		out[i] = casework.Summary(row)
	}
	return out, err
}

func (s storage) Count(ctx context.Context, f casework.Filter) (int64, bool, error) {
	return s.Store.Count(ctx, store.Filter(f))
}

func (s storage) IDs(ctx context.Context, f casework.Filter, most int) ([]casefile.ID, error) {
	return s.Store.IDs(ctx, store.Filter(f), most)
}

func (s storage) Summaries(ctx context.Context, ids []casefile.ID) ([]casework.Summary, error) {
	rows, err := s.Store.Summaries(ctx, ids)
	out := make([]casework.Summary, len(rows))
	for i, row := range rows {
		out[i] = casework.Summary(row)
	}
	return out, err
}

func (s storage) Sealed(ctx context.Context, id casefile.ID) ([]casework.SealedEntry, error) {
	rows, err := s.Store.Sealed(ctx, id)
	out := make([]casework.SealedEntry, len(rows))
	for i, row := range rows {
		out[i] = casework.SealedEntry(row)
	}
	return out, err
}

func (s storage) Histories(ctx context.Context, id casefile.ID) ([]casework.History, error) {
	rows, err := s.Store.Histories(ctx, id)
	out := make([]casework.History, len(rows))
	for i, row := range rows {
		out[i] = casework.History(row)
	}
	return out, err
}

func (s storage) Tasks(ctx context.Context, f casework.TaskFilter) ([]casework.Task, string, error) {
	rows, next, err := s.Store.Tasks(ctx, store.TaskFilter(f))
	return tasksOf(rows), next, err
}

func (s storage) TasksOf(ctx context.Context, id casefile.ID) ([]casework.Task, error) {
	rows, err := s.Store.TasksOf(ctx, id)
	return tasksOf(rows), err
}

func tasksOf(rows []store.Task) []casework.Task {
	out := make([]casework.Task, len(rows))
	for i, row := range rows {
		out[i] = casework.Task(row)
	}
	return out
}

func (s storage) CountTasks(ctx context.Context, f casework.TaskFilter, today legaltime.Date) (casework.TaskCounts, error) {
	n, err := s.Store.CountTasks(ctx, store.TaskFilter(f), today)
	return casework.TaskCounts(n), err
}

func (s storage) NoticesFor(ctx context.Context, organ casefile.OrganID, desks []casework.Desk, since time.Time, limit int) ([]casework.Notice, error) {
	rows, err := s.Store.NoticesFor(ctx, organ, desks, since, limit)
	return noticesOf(rows), err
}

func (s storage) NoticesOf(ctx context.Context, id casefile.ID) ([]casework.Notice, error) {
	rows, err := s.Store.NoticesOf(ctx, id)
	return noticesOf(rows), err
}

func noticesOf(rows []store.Notice) []casework.Notice {
	out := make([]casework.Notice, len(rows))
	for i, row := range rows {
		out[i] = casework.Notice(row)
	}
	return out
}
