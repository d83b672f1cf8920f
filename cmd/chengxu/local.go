package main

import (
	"bytes"
	"context"
	"errors"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/scenario"
)

// localEngine plays scenarios on the use cases of this process.
type localEngine struct {
	cases  *casework.Service
	papers *documents.Keeper
}

var _ scenario.Engine = localEngine{}

func (e localEngine) Upload(ctx context.Context, organ, title string, content []byte) (casefile.Digest, error) {
	doc, err := e.papers.Put(ctx, documents.Upload{
		Organ: casefile.OrganID(organ), Title: title, MediaType: "text/plain; charset=utf-8", Content: bytes.NewReader(content),
	})
	return doc.Digest, err
}

func (e localEngine) Open(ctx context.Context, r scenario.OpenRequest) (scenario.Outcome, error) {
	reply, err := e.cases.Open(ctx, casework.Opening{
		ID: r.ID, Procedure: r.Procedure, Organ: casefile.OrganID(r.Organ), Matter: r.Matter,
		With: r.With, By: r.By, Practice: true, Starts: r.Starts, Overlays: r.Overlays,
	})
	var blocked *casework.Blocked
	if errors.As(err, &blocked) {
		return scenario.Outcome{Entry: casefile.Entry{Kind: casefile.EntryBlocked, Verdict: &blocked.Verdict}}, nil
	}
	return outcome(reply, err)
}

func (e localEngine) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	return outcome(e.cases.Act(ctx, id, act, 0))
}

func outcome(reply casework.Reply, err error) (scenario.Outcome, error) {
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) {
		return scenario.Outcome{Refusal: refusal}, nil
	}
	return scenario.Outcome{Entry: reply.Entry, Case: reply.Case}, err
}
