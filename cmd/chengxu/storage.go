package main

import (
	"context"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/store"
)

// storage gives casework the store under casework's own names for rows.
type storage struct{ *store.Store }

var _ casework.Store = storage{}

func (s storage) List(ctx context.Context, f casework.Filter) ([]casework.Summary, string, error) {
	rows, next, err := s.Store.List(ctx, store.Filter(f))
	out := make([]casework.Summary, len(rows))
	for i, row := range rows {
		out[i] = casework.Summary(row)
	}
	return out, next, err
}

func (s storage) Count(ctx context.Context, f casework.Filter) (int64, bool, error) {
	return s.Store.Count(ctx, store.Filter(f))
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
