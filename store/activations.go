package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// AllOrgans stands in an activation for every organ of the installation.
const AllOrgans casefile.OrganID = "*"

// Activation (启用) is the request that a release be put into use for an organ,
// and its approval by somebody else. It counts once it is approved.
type Activation struct {
	ID          string
	Organ       casefile.OrganID // or [AllOrgans]
	RequestedBy string
	Request     string // signature of the one who requested it
	RequestedAt time.Time
	ApprovedBy  string // empty: not approved yet
	Approval    string
	ApprovedAt  time.Time
	Release
}

// Approved reports whether the activation counts.
func (a Activation) Approved() bool { return a.ApprovedBy != "" }

type activationRow struct {
	ID          string           `db:"id"`
	Organ       casefile.OrganID `db:"organ"`
	RequestedBy string           `db:"requested_by"`
	Request     string           `db:"request"`
	RequestedAt int64            `db:"requested_at"`
	ApprovedBy  *string          `db:"approved_by"`
	Approval    *string          `db:"approval"`
	ApprovedAt  *int64           `db:"approved_at"`
	releaseRow
}

func (row activationRow) activation() (Activation, error) {
	a := Activation{
		ID: row.ID, Organ: row.Organ, RequestedBy: row.RequestedBy, Request: row.Request,
		RequestedAt: time.UnixMilli(row.RequestedAt).UTC(),
	}
	if row.ApprovedBy != nil && row.Approval != nil && row.ApprovedAt != nil {
		a.ApprovedBy, a.Approval, a.ApprovedAt = *row.ApprovedBy, *row.Approval, time.UnixMilli(*row.ApprovedAt).UTC()
	}
	var err error
	a.Release, err = row.release()
	return a, err
}

const selectActivations = `
SELECT    a.id, a.organ, a.requested_by, a.request, a.requested_at, p.approved_by, p.approval, p.approved_at,
          r.digest, r.pack_id, r.pack, r.revision, r.in_force_from, r.in_force_to, r.note
FROM      activations a
JOIN      releases    r ON r.digest = a.digest
LEFT JOIN approvals   p ON p.activation = a.id
`

const (
	oldestFirst = ` ORDER BY a.requested_at, a.id`
	forOrgan    = `WHERE a.organ IN (?, '*')`
)

func activations(ctx context.Context, q queryer, query string, args ...any) ([]Activation, error) {
	var rows []activationRow
	if err := q.SelectContext(ctx, &rows, q.Rebind(query), args...); err != nil {
		return nil, fmt.Errorf("read activations: %w", err)
	}
	out := make([]Activation, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.activation(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Activations gives the activations for an organ, and for all organs, those not
// approved included, the oldest first; without an organ, every one.
func (s *Store) Activations(ctx context.Context, organ casefile.OrganID) ([]Activation, error) {
	if organ == "" {
		return activations(ctx, s.read, selectActivations+oldestFirst)
	}
	return activations(ctx, s.read, selectActivations+forOrgan+oldestFirst, organ)
}

// Activation gives an activation, or [casefile.ErrNotFound].
func (s *Store) Activation(ctx context.Context, id string) (Activation, error) {
	return oneActivation(ctx, s.read, id)
}

func oneActivation(ctx context.Context, q queryer, id string) (Activation, error) {
	found, err := activations(ctx, q, selectActivations+`WHERE a.id = ?`, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("activation %.80q: %w", id, casefile.ErrNotFound)
	}
	if err != nil {
		return Activation{}, err
	}
	return found[0], nil
}

const insertActivation = `
INSERT INTO activations (id, organ, digest, requested_by, request, requested_at)
VALUES                  (?,  ?,     ?,      ?,            ?,       ?)`

// RequestActivation records the request to put a stored release into use. Whose
// signature it is, is for the caller to know. A release older than the one that
// is in use for the organ is a [casefile.ErrConflict]: revisions only rise. When
// the very release is in use already, or requested, that activation comes back
// and nothing is recorded.
func (s *Store) RequestActivation(ctx context.Context, a Activation) (Activation, error) {
	if !plain(a.ID) || !plain(string(a.Organ)) || !plain(a.RequestedBy) || a.Request == "" || a.RequestedAt.IsZero() {
		return Activation{}, fmt.Errorf("request activation: incomplete: %w", casefile.ErrInvalid)
	}
	var out Activation
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		r, err := readRelease(ctx, tx, a.Digest)
		if err != nil {
			return err
		}
		known, err := activations(ctx, tx, selectActivations+`WHERE a.organ = ?`+oldestFirst, a.Organ)
		if err != nil {
			return err
		}
		if err := mayFollow(known, r); err != nil {
			return err
		}
		for _, k := range known {
			if k.Digest == a.Digest {
				out = k
				return nil
			}
		}
		_, err = tx.ExecContext(ctx, tx.Rebind(insertActivation), a.ID, a.Organ, a.Digest, a.RequestedBy, a.Request, a.RequestedAt.UnixMilli())
		if err != nil {
			return err
		}
		out, err = oneActivation(ctx, tx, a.ID)
		return err
	})
	if err != nil {
		return Activation{}, fmt.Errorf("request activation of %s for %s: %w", a.Digest, a.Organ, err)
	}
	return out, nil
}

// mayFollow refuses a release that is older than one in use.
func mayFollow(known []Activation, r Release) error {
	for _, k := range known {
		if k.Approved() && k.Pack == r.Pack && k.Revision > r.Revision {
			return fmt.Errorf("revision %d of %s is in use, revision %d is older: %w", k.Revision, r.Pack, r.Revision, casefile.ErrConflict)
		}
	}
	return nil
}

const insertApproval = `
INSERT INTO approvals (activation, requested_by, approved_by, approval, approved_at)
VALUES                (?,          ?,            ?,           ?,        ?)`

// ApproveActivation records the approval, from which the release counts. The one
// who requested it cannot approve it: [casefile.ErrForbidden]. What is approved
// already, or older than what is in use by now, is a [casefile.ErrConflict].
//
// The approval counts from the instant given or, if the clock went back, from
// just after the one before: what was known at an instant stays what it was.
func (s *Store) ApproveActivation(ctx context.Context, id, by, signature string, at time.Time) (Activation, error) {
	if !plain(by) || signature == "" || at.IsZero() {
		return Activation{}, fmt.Errorf("approve activation: incomplete: %w", casefile.ErrInvalid)
	}
	var out Activation
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		a, err := oneActivation(ctx, tx, id)
		if err != nil {
			return err
		}
		switch {
		case a.Approved():
			return fmt.Errorf("%s has approved it already: %w", a.ApprovedBy, casefile.ErrConflict)
		case a.RequestedBy == by:
			return fmt.Errorf("%s has requested it, and somebody else must approve it: %w", by, casefile.ErrForbidden)
		}
		known, err := activations(ctx, tx, selectActivations+`WHERE a.organ = ?`+oldestFirst, a.Organ)
		if err != nil {
			return err
		}
		if err := mayFollow(known, a.Release); err != nil {
			return err
		}
		var last sql.NullInt64
		if err := tx.GetContext(ctx, &last, `SELECT MAX(approved_at) FROM approvals`); err != nil {
			return err
		}
		instant := max(at.UnixMilli(), last.Int64+1)
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertApproval), id, a.RequestedBy, by, signature, instant); err != nil {
			return err
		}
		out, err = oneActivation(ctx, tx, id)
		return err
	})
	if err != nil {
		return Activation{}, fmt.Errorf("approve activation %.80q: %w", id, err)
	}
	return out, nil
}

// ReleaseAt answers on two axes of time: which release of a pack counted for an
// organ, as known at an instant, for the law in force on a date. What was
// approved later changes no answer for an earlier instant. It is
// [casefile.ErrNotFound] when there was none.
func (s *Store) ReleaseAt(ctx context.Context, organ casefile.OrganID, packID string, validAt legaltime.Date, knownAt time.Time) (Activation, error) {
	found, err := s.ReleasesAt(ctx, organ, validAt, knownAt)
	if err != nil {
		return Activation{}, err
	}
	for _, a := range found {
		if a.PackID == packID {
			return a, nil
		}
	}
	return Activation{}, fmt.Errorf("release of %.80q for %s in force on %s, known at %s: %w",
		packID, organ, validAt, knownAt.UTC().Format(time.RFC3339), casefile.ErrNotFound)
}

// ReleasesAt is [Store.ReleaseAt] for every pack, in the order of their ids.
func (s *Store) ReleasesAt(ctx context.Context, organ casefile.OrganID, validAt legaltime.Date, knownAt time.Time) ([]Activation, error) {
	all, err := s.Activations(ctx, organ)
	if err != nil {
		return nil, err
	}
	return inUse(all, validAt, knownAt), nil
}

// inUse picks from all activations what counted. Of each
// version of a pack the highest revision known counts, and it alone says when
// the version is law; of the versions in force on the date, the one that came
// into force last.
func inUse(all []Activation, validAt legaltime.Date, knownAt time.Time) []Activation {
	highest := map[string]Activation{} // by pack with version
	for _, a := range all {
		if !a.Approved() || a.ApprovedAt.After(knownAt) {
			continue
		}
		if known, ok := highest[a.Pack]; !ok || a.Revision > known.Revision {
			highest[a.Pack] = a
		}
	}
	latest := map[string]Activation{} // by pack id
	for _, pack := range casefile.SortedNames(highest) {
		a := highest[pack]
		if validAt.Before(a.From) || !a.To.IsZero() && validAt.After(a.To) {
			continue
		}
		if known, ok := latest[a.PackID]; !ok || a.From.After(known.From) {
			latest[a.PackID] = a
		}
	}
	var out []Activation
	for _, id := range casefile.SortedNames(latest) {
		out = append(out, latest[id])
	}
	return out
}
