package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/zhengdang/chengxu/activities"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/internal/manycases"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/scenario"
	"github.com/zhengdang/chengxu/store"
)

// crowdOrgans have the cases of a crowd.
var crowdOrgans = []casefile.OrganID{"organ-a", "organ-b", "organ-c"}

// played is a whole case as the engine has recorded it.
type played struct {
	script  *scenario.Scenario
	entries []casework.SealedEntry
}

// playOnce plays the case of a scenario from its opening to its end.
func playOnce(ctx context.Context, s *stack, script *scenario.Scenario, run string) (played, error) {
	result, err := scenario.Play(ctx, script, localEngine{s.cases, s.papers}, run, nil)
	if err != nil {
		return played{}, fmt.Errorf("%s: %w", script.Title, err)
	}
	if err := errors.Join(result.Problems...); err != nil {
		return played{}, fmt.Errorf("%s: %w", script.Title, err)
	}
	entries, err := storage{s.store}.Sealed(ctx, result.Case.ID)
	return played{script, entries}, err
}

// over gives a stack that has its cases in another database, and the bytes of
// documents in another directory. Its engine knows none of the cases.
func (s *stack) over(ctx context.Context, db *store.Store, dir string) (*stack, error) {
	t := *s
	t.store, t.judges, t.public = db, activities.New(db, db), consult.New(db, nil)
	db.DeriveWith(t.judges.Derive)
	var err error
	if t.keys, err = openKeyring(filepath.Join(s.dir, "keys"), db); err != nil {
		return nil, err
	}
	if t.papers, err = openDocuments(ctx, dir, db, documentOptions{}, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	library, err := s.shipped.library()
	if err != nil {
		return nil, err
	}
	t.cases = t.service(library, 0)
	return &t, nil
}

// recorded are the cases with their whole record: one at each of some stages.
type recorded struct {
	running []casefile.ID // the last one has come the farthest
	closed  casefile.ID
	cases   map[casefile.ID]casefile.Case
}

// terms gives the keys under which a copy of a case is listed.
func (r recorded) terms(id, organ, title string) []int64 {
	c := r.cases[casefile.ID(id)]
	c.Organ, c.Matter.Title = casefile.OrganID(organ), title
	return store.TermsOf(c)
}

// record records a case as one that has effect, as far as each of so many stages, of
// which the last is the whole case.
func (p played) record(ctx context.Context, from, to *store.Store, stages int) (recorded, error) {
	if err := p.pin(ctx, from, to); err != nil {
		return recorded{}, err
	}
	out := recorded{cases: map[casefile.ID]casefile.Case{}}
	for n := 1; n <= stages; n++ {
		id := casefile.ID(fmt.Sprintf("stage-%d-of-the-case", n))
		for _, e := range p.entries[:len(p.entries)*n/stages] {
			e.Entry.Case, e.Entry.Organ, e.Entry.Practice = id, crowdOrgans[0], false
			e.Entry.At = e.Entry.On.Start(legaltime.China).Add(9*time.Hour + time.Duration(e.Entry.Sequence)*time.Second).UTC()
			if e.Entry.Matter != nil {
				e.Entry.Matter = &casefile.Matter{Title: "生活垃圾分类方案", Category: e.Entry.Matter.Category}
			}
			if _, err := to.Record(ctx, e.Entry); err != nil {
				return recorded{}, err
			}
		}
		c, err := to.Case(ctx, id)
		if err != nil {
			return recorded{}, err
		}
		out.cases[id] = c
		if c.Status == casefile.StatusClosed {
			out.closed = id
		} else {
			out.running = append(out.running, id)
		}
	}
	return out, nil
}

// pin copies what is pinned to the case.
func (p played) pin(ctx context.Context, from, to *store.Store) error {
	pinned := p.entries[0].Entry.Pinned
	all := append([]casefile.PinnedPack{{Pack: "definition", Digest: pinned.Definition}, {Pack: "calendar", Digest: pinned.Calendar}}, pinned.Packs...)
	for _, put := range all {
		kind := put.Pack
		if strings.Contains(kind, "@") {
			kind = "pack"
		}
		content, err := from.Content(ctx, put.Digest)
		if err != nil {
			return err
		}
		if err := to.PutContent(ctx, kind, put.Digest, content); err != nil {
			return err
		}
	}
	return nil
}

// crowd says how many copies of recorded cases a database gets.
func (r recorded) crowd(cases int) manycases.Crowd {
	out := manycases.Crowd{Closed: []string{string(r.closed)}, Cases: cases, Until: time.Now(), Comments: 5, Terms: r.terms}
	for _, id := range r.running {
		out.Open = append(out.Open, string(id))
	}
	for _, organ := range crowdOrgans {
		out.Organs = append(out.Organs, string(organ))
	}
	return out
}

// fill makes a database of many cases at an address, and opens it.
func (p played) fill(ctx context.Context, from *store.Store, address string, stages, cases int) (db *store.Store, r recorded, err error) {
	first, err := store.Open(ctx, address)
	if err != nil {
		return nil, r, err
	}
	first.DeriveWith(activities.New(first, first).Derive)
	r, err = p.record(ctx, from, first, stages)
	if err := errors.Join(err, first.Close()); err != nil {
		return nil, r, fmt.Errorf("record the cases that are copied: %w", err)
	}
	if err := manycases.Fill(ctx, address, r.crowd(cases)); err != nil {
		return nil, r, fmt.Errorf("fill with %d cases: %w", cases, err)
	}
	if db, err = store.Open(ctx, address); err != nil {
		return nil, r, err
	}
	if err := manycases.Settle(ctx, address); err != nil {
		return nil, r, errors.Join(err, db.Close())
	}
	return db, r, nil
}
