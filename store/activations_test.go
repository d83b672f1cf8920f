package store_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/store"
)

// releaseOf gives a release and its archive; the dates are "from" or "from to".
func releaseOf(t testing.TB, pack string, revision int, dates ...string) (store.Release, []byte) {
	t.Helper()
	archive := fmt.Appendf(nil, "archive of %s revision %d", pack, revision)
	sum := sha256.Sum256(archive)
	id, _, _ := bytes.Cut([]byte(pack), []byte("@"))
	r := store.Release{
		PackID: string(id), Pack: pack, Revision: revision, Digest: casefile.Digest(hex.EncodeToString(sum[:])),
		From: on(t, dates[0]), Note: []byte("note of " + pack),
	}
	if len(dates) > 1 {
		r.To = on(t, dates[1])
	}
	return r, archive
}

// released stores a release.
func released(t testing.TB, db *database, pack string, revision int, dates ...string) store.Release {
	t.Helper()
	r, archive := releaseOf(t, pack, revision, dates...)
	if err := db.PutRelease(t.Context(), r, archive); err != nil {
		t.Fatal(err)
	}
	return r
}

func instant(day int) time.Time { return time.Date(2026, 1, day, 8, 0, 0, 0, time.UTC) }

// request gives the request by zhang to put a release into use.
func request(r store.Release, organ casefile.OrganID, day int) store.Activation {
	return store.Activation{
		ID: fmt.Sprintf("%s-%d-%s-%d", r.Pack, r.Revision, organ, day), Organ: organ, RequestedBy: "zhang", Request: "— zhang x",
		RequestedAt: instant(day), Release: store.Release{Digest: r.Digest},
	}
}

// activated puts a release into use for an organ.
func activated(t testing.TB, db *database, r store.Release, organ casefile.OrganID, day int) store.Activation {
	t.Helper()
	a, err := db.RequestActivation(t.Context(), request(r, organ, day))
	if err != nil {
		t.Fatal(err)
	}
	if a, err = db.ApproveActivation(t.Context(), a.ID, "li", "— li y", instant(day)); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAReleaseIsKeptAsItWas(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		r := released(t, db, "xx.local@2021", 2, "2021-01-01", "2030-12-31")
		released(t, db, "xx.local@2021", 2, "2021-01-01", "2030-12-31")
		got, err := db.Release(t.Context(), r.Digest)
		if err != nil || got.Pack != r.Pack || got.PackID != "xx.local" || got.Revision != 2 || got.From != r.From || got.To != r.To ||
			!bytes.Equal(got.Note, r.Note) {
			t.Errorf("got %+v (%v), want %+v", got, err, r)
		}
		archive, err := db.Content(t.Context(), r.Digest)
		if err != nil || string(archive) != "archive of xx.local@2021 revision 2" {
			t.Errorf("archive is %q (%v)", archive, err)
		}
		other, _ := releaseOf(t, "xx.local@2021", 2, "2021-01-01")
		changed := []byte("another archive")
		sum := sha256.Sum256(changed)
		other.Digest = casefile.Digest(hex.EncodeToString(sum[:]))
		if err := db.PutRelease(t.Context(), other, changed); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("another archive as the same revision: %v, want a conflict", err)
		}
		if err := db.PutRelease(t.Context(), r, changed); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("an archive without the digest: %v, want invalid", err)
		}
		if _, err := db.Release(t.Context(), "none"); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("a release that is not there: %v", err)
		}
	})
}

func TestTwoPeopleActivate(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		r := released(t, db, "xx.local@2021", 1, "2021-01-01")
		a, err := db.RequestActivation(t.Context(), request(r, testOrgan, 1))
		if err != nil || a.Approved() || a.RequestedBy != "zhang" || a.Pack != r.Pack {
			t.Fatalf("requested: %+v (%v)", a, err)
		}
		if again, err := db.RequestActivation(t.Context(), request(r, testOrgan, 2)); err != nil || again.ID != a.ID {
			t.Errorf("requested again it is %s (%v), want %s", again.ID, err, a.ID)
		}
		if _, err := db.ReleaseAt(t.Context(), testOrgan, "xx.local", on(t, "2026-01-01"), instant(9)); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("it counts before it is approved: %v", err)
		}
		if _, err := db.ApproveActivation(t.Context(), a.ID, "zhang", "— zhang x", instant(3)); !errors.Is(err, casefile.ErrForbidden) {
			t.Errorf("approved by the one who requested it: %v", err)
		}
		a, err = db.ApproveActivation(t.Context(), a.ID, "li", "— li y", instant(3))
		if err != nil || a.ApprovedBy != "li" || a.Approval != "— li y" || !a.ApprovedAt.Equal(instant(3)) {
			t.Fatalf("approved: %+v (%v)", a, err)
		}
		if _, err := db.ApproveActivation(t.Context(), a.ID, "wang", "— wang z", instant(4)); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("approved twice: %v", err)
		}
		if again, err := db.RequestActivation(t.Context(), request(r, testOrgan, 5)); err != nil || again.ID != a.ID || !again.Approved() {
			t.Errorf("what is in use, requested again, is %+v (%v)", again, err)
		}
		if _, err := db.ApproveActivation(t.Context(), "none", "li", "— li y", instant(4)); !errors.Is(err, casefile.ErrNotFound) {
			t.Errorf("an unknown activation: %v", err)
		}
		if err := db.exec(t.Context(), `INSERT INTO approvals (activation, requested_by, approved_by, approval, approved_at)
			VALUES ('x', 'zhang', 'zhang', 'x', 1)`); err == nil {
			t.Error("the database lets one person request and approve")
		}
	})
}

func TestRevisionsOnlyRise(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		one, two := released(t, db, "xx.local@2021", 1, "2021-01-01"), released(t, db, "xx.local@2021", 2, "2021-01-01")
		early, err := db.RequestActivation(t.Context(), request(one, testOrgan, 1))
		if err != nil {
			t.Fatal(err)
		}
		activated(t, db, two, testOrgan, 2)
		if _, err := db.ApproveActivation(t.Context(), early.ID, "li", "— li y", instant(3)); !errors.Is(err, casefile.ErrConflict) {
			t.Errorf("an older revision is approved: %v", err)
		}
		other := released(t, db, "xx.local@2021", 3, "2021-01-01")
		activated(t, db, other, testOrgan, 4)
		if _, err := db.RequestActivation(t.Context(), request(two, "another", 5)); err != nil {
			t.Errorf("another organ is kept from it: %v", err)
		}
		older := released(t, db, "xx.local@2020", 1, "2020-01-01", "2020-12-31")
		if _, err := db.RequestActivation(t.Context(), request(older, testOrgan, 6)); err != nil {
			t.Errorf("a mended earlier version is no older revision: %v", err)
		}
	})
}

// Late entries and corrections: what was known at an instant stays what it was.
func TestOldAnswersNeverChange(t *testing.T) {
	t.Parallel()
	type answer struct {
		valid string
		known int
		want  string // pack and revision; empty: none
	}
	steps := []struct {
		pack     string
		revision int
		dates    []string
		organ    casefile.OrganID
		day      int
		answers  []answer // from now on, for ever
	}{
		{"xx.a@2020", 1, []string{"2020-01-01"}, store.AllOrgans, 2, []answer{
			{"2025-06-01", 1, ""}, {"2025-06-01", 2, "xx.a@2020 1"}, {"2019-06-01", 2, ""}}},
		{"xx.a@2020", 2, []string{"2020-01-01"}, testOrgan, 4, []answer{ // mended for one organ
			{"2025-06-01", 3, "xx.a@2020 1"}, {"2025-06-01", 4, "xx.a@2020 2"}}},
		{"xx.a@2024", 1, []string{"2024-07-01"}, store.AllOrgans, 6, []answer{ // an amendment entered late
			{"2025-06-01", 5, "xx.a@2020 2"}, {"2025-06-01", 6, "xx.a@2024 1"}, {"2024-06-30", 6, "xx.a@2020 2"}}},
		{"xx.a@2024", 2, []string{"2024-09-01"}, store.AllOrgans, 8, []answer{ // corrected: in force two months later
			{"2024-07-15", 7, "xx.a@2024 1"}, {"2024-07-15", 8, "xx.a@2020 2"}, {"2024-09-01", 8, "xx.a@2024 2"}}},
		{"xx.a@2020", 3, []string{"2020-01-01", "2024-08-31"}, testOrgan, 10, []answer{ // the old version is closed
			{"2024-08-31", 10, "xx.a@2020 3"}, {"2025-06-01", 10, "xx.a@2024 2"}}},
		{"xx.a@2024", 3, []string{"2024-09-01", "2025-12-31"}, store.AllOrgans, 12, []answer{ // repealed without successor
			{"2026-01-01", 11, "xx.a@2024 2"}, {"2026-01-01", 12, ""}, {"2025-12-31", 12, "xx.a@2024 3"}}},
	}
	conformance(t, func(t *testing.T, db *database) {
		var asked []answer
		for _, step := range steps {
			activated(t, db, released(t, db, step.pack, step.revision, step.dates...), step.organ, step.day)
			for _, a := range append(asked, step.answers...) {
				got := ""
				found, err := db.ReleaseAt(t.Context(), testOrgan, "xx.a", on(t, a.valid), instant(a.known))
				if err == nil {
					got = fmt.Sprintf("%s %d", found.Pack, found.Revision)
				} else if !errors.Is(err, casefile.ErrNotFound) {
					t.Fatal(err)
				}
				if got != a.want {
					t.Errorf("after %s %d: in force on %s, known on day %d: got %q, want %q", step.pack, step.revision, a.valid, a.known, got, a.want)
				}
			}
			asked = append(asked, step.answers...)
		}
		all, err := db.ReleasesAt(t.Context(), "another", on(t, "2024-08-01"), instant(30))
		if err != nil || len(all) != 1 || all[0].Revision != 1 {
			t.Errorf("another organ has %+v (%v), want the one for all organs", all, err)
		}
	})
}

// A clock that goes back does not let an approval count before one that was
// recorded earlier.
func TestAnApprovalCountsAfterTheOneBefore(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		activated(t, db, released(t, db, "xx.a@2020", 1, "2020-01-01"), testOrgan, 9)
		late := activated(t, db, released(t, db, "xx.b@2020", 1, "2020-01-01"), testOrgan, 3)
		if !late.ApprovedAt.After(instant(9)) {
			t.Errorf("approved at %s, before the one recorded earlier", late.ApprovedAt)
		}
		found, err := db.ReleasesAt(t.Context(), testOrgan, on(t, "2026-01-01"), instant(9))
		if err != nil || len(found) != 1 {
			t.Errorf("known on day 9 are %+v (%v), want one", found, err)
		}
	})
}

func TestActivationsOnlyGrow(t *testing.T) {
	t.Parallel()
	conformance(t, func(t *testing.T, db *database) {
		activated(t, db, released(t, db, "xx.a@2020", 1, "2020-01-01"), testOrgan, 2)
		statements := []string{
			`UPDATE releases SET note = note`, `DELETE FROM releases`,
			`UPDATE activations SET organ = '*'`, `DELETE FROM activations`,
			`UPDATE approvals SET approved_at = approved_at - 1`, `DELETE FROM approvals`,
		}
		if db.postgres {
			statements = append(statements, `TRUNCATE releases CASCADE`, `TRUNCATE activations CASCADE`, `TRUNCATE approvals`)
		} else {
			statements = append(statements, `REPLACE INTO releases SELECT * FROM releases`, `REPLACE INTO activations SELECT * FROM activations`,
				`REPLACE INTO approvals SELECT activation, requested_by, 'wang', approval, approved_at FROM approvals`)
		}
		for _, statement := range statements {
			if err := db.exec(t.Context(), statement); err == nil {
				t.Errorf("the database let this pass: %s", statement)
			}
		}
		all, err := db.Activations(t.Context(), "")
		if err != nil || !slices.ContainsFunc(all, store.Activation.Approved) {
			t.Errorf("activations are %+v (%v)", all, err)
		}
	})
}
