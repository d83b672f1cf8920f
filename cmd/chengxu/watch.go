package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// manyWaiting bounds how much of what waits is counted.
const manyWaiting = 1000

// watch looks at what is running in this process.
type watch struct {
	stack *stack
	mail  string // address of the mail server; empty: none
}

var _ access.Watch = watch{}

// Health gives what is true now. What fails stands in it as an error.
func (w watch) Health(ctx context.Context, organs []casefile.OrganID) access.Health {
	s := w.stack
	out := access.Health{Mail: w.mail, Examined: s.examines, Data: s.dir, Started: s.started, Parts: []access.HealthPart{
		{Name: "store", Err: s.store.Ping(ctx)}, {Name: "engine", Err: w.engine(ctx)}, {Name: "figures", Err: w.figures(ctx)}}}
	for _, organ := range organs {
		out.Logs = append(out.Logs, w.head(ctx, organ))
	}
	if w.mail != "" {
		waiting, err := s.store.PendingNotices(ctx, store.ChannelMail, time.Unix(0, 0), manyWaiting)
		out.Pending, out.PendBy = len(waiting), err
	}
	waiting, err := s.store.QuarantinedDocuments(ctx, manyWaiting)
	out.Quarantined, out.QuarantBy = len(waiting), err
	return out
}

func (w watch) engine(ctx context.Context) error {
	if _, err := w.stack.client.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("workflow engine: %w", err)
	}
	return nil
}

// errCounting says why figures are not whole yet.
var errCounting = errors.New("older cases are still being counted; figures of deadlines, returns and attempts are incomplete until then")

func (w watch) figures(ctx context.Context) error {
	behind, err := w.stack.store.FiguresBehind(ctx)
	if err == nil && behind {
		return errCounting
	}
	return err
}

// head gives where the log of an organ stands. Its key is shown once it has signed.
func (w watch) head(ctx context.Context, organ casefile.OrganID) access.LogHead {
	head := access.LogHead{Organ: organ}
	if head.Size, head.Err = w.stack.store.TreeSize(ctx, organ); head.Err != nil {
		return head
	}
	last, err := w.stack.store.LatestCheckpoint(ctx, organ)
	if errors.Is(err, casefile.ErrNotFound) {
		return head
	}
	if err != nil {
		head.Err = err
		return head
	}
	head.Signed = last.Size
	var key *ledger.Key
	if key, head.Err = w.stack.keys.key(ctx, organ); head.Err == nil {
		head.Key = key.Verifier()
	}
	return head
}
