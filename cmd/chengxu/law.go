package main

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
	"github.com/zhengdang/chengxu/store"
)

// law shows the law that is installed. A pack is tested once, when somebody asks.
type law struct {
	shipped *shipped
	store   *store.Store
	inUse   *releases
	tested  sync.Map // func() []rules.TestResult by name
}

var _ access.Law = (*law)(nil)

func (l *law) Packs() []*rules.Pack { return l.shipped.packs }

func (l *law) Calendar() *legaltime.Calendar { return l.shipped.calendar }

// Tested gives what came of the tests. Packs never change, and so neither do their
// results.
func (l *law) Tested(p *rules.Pack) []rules.TestResult {
	run, _ := l.tested.LoadOrStore(p.Name(), sync.OnceValue(func() []rules.TestResult {
		var results []rules.TestResult
		for _, x := range p.Stack() {
			results = append(results, rules.RunTests(x, l.shipped.calendar)...)
		}
		return results
	}))
	return run.(func() []rules.TestResult)() //nolint:forcetypeassert // nothing else is stored
}

func (l *law) InUse(ctx context.Context, organ casefile.OrganID) ([]access.Activation, error) {
	found, err := l.store.Activations(ctx, organ)
	out := make([]access.Activation, len(found))
	for i, a := range found {
		out[i] = access.Activation{ID: a.ID, Pack: a.Pack, Revision: a.Revision, Digest: a.Digest, Organ: a.Organ, From: a.From, To: a.To,
			RequestedBy: a.RequestedBy, ApprovedBy: a.ApprovedBy, RequestedAt: a.RequestedAt, ApprovedAt: a.ApprovedAt}
	}
	return out, err
}

// Requested reads the release of an activation. Whoever has signed it: to look is not
// to use.
func (l *law) Requested(ctx context.Context, organ casefile.OrganID, id string) (access.Requested, error) {
	all, err := l.InUse(ctx, organ)
	if err != nil {
		return access.Requested{}, err
	}
	at := slices.IndexFunc(all, func(a access.Activation) bool { return a.ID == id })
	if at < 0 {
		return access.Requested{}, fmt.Errorf("activation %.80q: %w", id, casefile.ErrNotFound)
	}
	out := access.Requested{Activation: all[at]}
	found, err := l.store.Activation(ctx, id)
	if err != nil {
		return out, err
	}
	archive, err := l.store.Content(ctx, out.Digest)
	if err != nil {
		return out, fmt.Errorf("release of %s: %w", out.Pack, err)
	}
	known, err := l.inUse.InUse(ctx, organ, dayOf(l.inUse.now()))
	if err != nil {
		return out, err
	}
	known = append(known, l.shipped.packs...)
	read, err := release.Join(found.Note, archive, known)
	if err != nil {
		return out, err
	}
	out.Release = read.Pack()
	for _, p := range known {
		if p.Name() == out.Pack && (out.Instead == nil || p.Revision() > out.Instead.Revision()) {
			out.Instead = p
		}
	}
	return out, nil
}
