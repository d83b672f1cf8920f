package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/rules/release"
	"github.com/zhengdang/chengxu/store"
)

// releases gives the rule packs in use. What the database says of them is
// believed only as far as the people in the trust file have signed it.
type releases struct {
	store   *store.Store
	shipped *shipped
	trust   string // path of the trust file
	now     func() time.Time
}

var _ casework.Releases = (*releases)(nil)

func (s *stack) releases() *releases {
	return &releases{store: s.store, shipped: s.shipped, trust: s.trust, now: time.Now}
}

// trustFile gives the place of the trust file: the one given, or that of the
// data directory.
func trustFile(given, data string) string {
	if given != "" {
		return given
	}
	return filepath.Join(data, "trust.yaml")
}

func loadTrust(path string) (release.Trust, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("whom this installation trusts: %w", err)
	}
	trust, err := release.ParseTrust(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return trust, nil
}

// InUse gives the activated packs for an organ that are law on a date, each
// verified again. One that does not verify is an error, never left out: whoever
// asks would judge by less than the law.
func (r *releases) InUse(ctx context.Context, organ casefile.OrganID, on legaltime.Date) ([]*rules.Pack, error) {
	found, err := r.store.ReleasesAt(ctx, organ, on, r.now())
	if err != nil || len(found) == 0 {
		return nil, err
	}
	trust, err := loadTrust(r.trust)
	if err != nil {
		return nil, err
	}
	return r.verified(ctx, found, trust)
}

// verified reads activated packs, each after those that it builds on.
func (r *releases) verified(ctx context.Context, found []store.Activation, trust release.Trust) ([]*rules.Pack, error) {
	var packs []*rules.Pack
	known := slices.Clone(r.shipped.packs)
	for waiting := found; len(waiting) > 0; {
		var still []store.Activation
		var errs []error
		for _, a := range waiting {
			p, err := r.pack(ctx, a, trust, known)
			if errors.Is(err, casefile.ErrInvalid) { // perhaps it builds on one that comes later
				still, errs = append(still, a), append(errs, err)
				continue
			}
			if err != nil {
				return nil, err
			}
			packs = append(packs, p)
			known = append([]*rules.Pack{p}, known...)
		}
		if len(still) == len(waiting) {
			return nil, errors.Join(errs...)
		}
		waiting = still
	}
	return packs, nil
}

// pack verifies one activation: the release, its signatures, and those of the
// two people who put it into use, as of the days on which they signed.
func (r *releases) pack(ctx context.Context, a store.Activation, trust release.Trust, known []*rules.Pack) (*rules.Pack, error) {
	archive, err := r.store.Content(ctx, a.Digest)
	if err != nil {
		return nil, err
	}
	rel, err := release.Join(a.Note, archive, known)
	if err != nil {
		return nil, err
	}
	requested, approved := dayOf(a.RequestedAt), dayOf(a.ApprovedAt)
	if _, err := release.Verify(rel, trust, requested); err != nil {
		return nil, err
	}
	signed := activationOf(a)
	first, err := signed.Signer(a.Request, trust, requested)
	if err != nil {
		return nil, err
	}
	second, err := signed.Signer(a.Approval, trust, approved)
	if err != nil {
		return nil, err
	}
	if first == second || first != a.RequestedBy || second != a.ApprovedBy {
		return nil, fmt.Errorf("activation %s of %s: signed by %s and %s, recorded of %s and %s: %w",
			a.ID, a.Pack, first, second, a.RequestedBy, a.ApprovedBy, casefile.ErrForbidden)
	}
	return rel.Pack(), nil
}

// activationOf gives the activation as people have signed it.
func activationOf(a store.Activation) release.Activation {
	return release.Activation{ID: a.ID, Organ: a.Organ, Pack: a.Pack, Revision: a.Revision, Archive: a.Digest, At: a.RequestedAt}
}

func dayOf(at time.Time) legaltime.Date { return legaltime.DateIn(at, legaltime.China) }

// readRelease reads a release in a file.
func readRelease(file string, known []*rules.Pack) (*release.Release, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r, err := release.Parse(b, known)
	if errors.Is(err, casefile.ErrInvalid) {
		return nil, notInOrder{fmt.Errorf("%s: %w", file, err)}
	}
	return r, err
}
