package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger/dossier"
	"github.com/zhengdang/chengxu/store"
)

// board keeps verifications in the store, so that somebody may begin one at one process
// and ask after it at another.
type board struct{ store *store.Store }

var _ casework.Board = board{}

// verification is a [casework.Verification] as it is kept.
type verification struct {
	Case    casefile.ID     `json:"case"`
	Stage   casework.Stage  `json:"stage"`
	Started time.Time       `json:"started"`
	Seen    time.Time       `json:"seen"`
	Ended   time.Time       `json:"ended,omitzero"`
	Size    int64           `json:"size,omitempty"`
	Digest  string          `json:"digest,omitempty"`
	Report  *dossier.Report `json:"report,omitempty"`
	Error   string          `json:"error,omitempty"`
}

// Post implements [casework.Board].
func (b board) Post(ctx context.Context, by casework.Asker, v casework.Verification) error {
	kept := verification{Case: v.Case, Stage: v.Stage, Started: v.Started, Seen: v.Seen, Ended: v.Ended, Size: v.Size, Digest: v.Digest, Report: v.Report}
	if v.Err != nil {
		kept.Error = v.Err.Error()
	}
	raw, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("keep verification: %w", err)
	}
	return b.store.SaveVerification(ctx, by.Organ, by.Person, raw, time.Now())
}

// Posted implements [casework.Board].
func (b board) Posted(ctx context.Context, by casework.Asker) (casework.Verification, error) {
	raw, err := b.store.Verification(ctx, by.Organ, by.Person)
	if err != nil {
		return casework.Verification{}, err
	}
	var kept verification
	if err := json.Unmarshal(raw, &kept); err != nil {
		return casework.Verification{}, fmt.Errorf("read verification: %w", err)
	}
	out := casework.Verification{Case: kept.Case, Stage: kept.Stage, Started: kept.Started, Seen: kept.Seen, Ended: kept.Ended, Size: kept.Size, Digest: kept.Digest, Report: kept.Report}
	if kept.Error != "" {
		out.Err = errors.New(kept.Error)
	}
	return out, nil
}

// spent keeps in the store which forms of the public were sent.
type spent struct{ store *store.Store }

func (s spent) key(once string) store.ReplyKey {
	return store.ReplyKey{Caller: "public", Route: "form for a comment", Key: once}
}

// Use implements [web.Spent].
func (s spent) Use(ctx context.Context, once string) (first bool, err error) {
	_, first, err = s.store.BeginReply(ctx, s.key(once), "form", time.Now(), false)
	return first, err
}

// GiveBack implements [web.Spent].
func (s spent) GiveBack(ctx context.Context, once string) error {
	return s.store.DropReply(ctx, s.key(once))
}
