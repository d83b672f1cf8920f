package main

import (
	"context"

	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// annualStore gives package annual the store and the keys under its own names.
type annualStore struct {
	*store.Store
	keys *keyring
}

var (
	_ annual.Source = annualStore{}
	_ annual.Logs   = annualStore{}
	_ annual.Kept   = annualStore{}
)

// annualFigures gives the figures of the annual report over a store; unbounded for
// commands, which may take their time.
func annualFigures(db *store.Store, keys *keyring, unbounded bool) *annual.Service {
	s := annualStore{Store: db, keys: keys}
	return annual.New(annual.Options{Source: s, Logs: s, Kept: s, Unbounded: unbounded})
}

func (s annualStore) Recorded(ctx context.Context, id casefile.ID) ([]annual.Recorded, error) {
	sealed, err := s.Sealed(ctx, id)
	out := make([]annual.Recorded, len(sealed))
	for i, e := range sealed {
		out[i] = annual.Recorded{Entry: e.Entry, Index: e.Index, Leaf: e.Leaf}
	}
	return out, err
}

func (s annualStore) SealLog(ctx context.Context, organ casefile.OrganID) (ledger.Checkpoint, []byte, error) {
	seal, err := s.keys.Seal(ctx, organ)
	return seal.Checkpoint, seal.Signed, err
}

func (s annualStore) AddFrozen(ctx context.Context, f annual.Frozen) error {
	return s.AddAnnualReport(ctx, store.AnnualReport(f))
}

func (s annualStore) FrozenOf(ctx context.Context, q annual.Query) ([]annual.Frozen, error) {
	rows, err := s.AnnualReports(ctx, q.Organ, int(q.Year), q.Practice)
	out := make([]annual.Frozen, len(rows))
	for i, row := range rows {
		out[i] = annual.Frozen(row)
	}
	return out, err
}

func (s annualStore) Frozen(ctx context.Context, q annual.Query, version int64) (annual.Frozen, error) {
	row, err := s.AnnualReport(ctx, q.Organ, int(q.Year), q.Practice, version)
	return annual.Frozen(row), err
}
