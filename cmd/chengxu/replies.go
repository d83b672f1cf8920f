package main

import (
	"context"
	"time"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/store"
)

// replies keeps the answers to writes with an idempotency key in the store.
type replies struct{ store *store.Store }

var _ api.Replies = replies{}

func replyKey(w api.Write) store.ReplyKey {
	return store.ReplyKey{Caller: w.Caller, Route: w.Route, Key: w.Key}
}

func (r replies) Begin(ctx context.Context, w api.Write, fingerprint string, at time.Time) (api.Known, bool, error) {
	kept, begun, err := r.store.BeginReply(ctx, replyKey(w), fingerprint, at, w.Limited)
	return api.Known(kept), begun, err
}

func (r replies) Finish(ctx context.Context, w api.Write, answer []byte) error {
	return r.store.FinishReply(ctx, replyKey(w), answer)
}

func (r replies) Drop(ctx context.Context, w api.Write) error {
	return r.store.DropReply(ctx, replyKey(w))
}

func (r replies) Purge(ctx context.Context, now time.Time) error {
	return r.store.PurgeReplies(ctx, now)
}
