package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Release is a released rule pack: what its signed statement says, and the
// statement. The archive is the content of the digest.
type Release struct {
	PackID   string // "cn.shanghai"
	Pack     string // "cn.shanghai@2020"
	Revision int
	Digest   casefile.Digest // of the archive
	From, To legaltime.Date  // when the pack is law; a zero To is open
	Note     []byte          // the statement with its signatures
}

type releaseRow struct {
	PackID   string          `db:"pack_id"`
	Pack     string          `db:"pack"`
	Revision int             `db:"revision"`
	Digest   casefile.Digest `db:"digest"`
	From     string          `db:"in_force_from"`
	To       string          `db:"in_force_to"`
	Note     []byte          `db:"note"`
}

func (row releaseRow) release() (r Release, err error) {
	r = Release{PackID: row.PackID, Pack: row.Pack, Revision: row.Revision, Digest: row.Digest, Note: row.Note}
	if r.From, err = legaltime.ParseDate(row.From); err == nil && row.To != "" {
		r.To, err = legaltime.ParseDate(row.To)
	}
	if err != nil {
		return Release{}, fmt.Errorf("release of %s revision %d: %w", row.Pack, row.Revision, err)
	}
	return r, nil
}

const insertRelease = `
INSERT INTO releases (digest,  pack_id,  pack,  revision,  in_force_from,  in_force_to,  note)
VALUES               (:digest, :pack_id, :pack, :revision, :in_force_from, :in_force_to, :note)`

const selectReleaseOf = `
SELECT digest, pack_id, pack, revision, in_force_from, in_force_to, note
FROM   releases
WHERE  pack = ? AND revision = ?`

// PutRelease keeps a release and its archive, for ever. Whether its signatures
// hold is for the caller to know. Putting it again changes nothing; another
// archive as the same revision of the pack is a [casefile.ErrConflict].
func (s *Store) PutRelease(ctx context.Context, r Release, archive []byte) error {
	if !plain(r.PackID) || !plain(r.Pack) || r.Revision < 1 || r.From.IsZero() || len(r.Note) == 0 {
		return fmt.Errorf("store release of %.80q: incomplete: %w", r.Pack, casefile.ErrInvalid)
	}
	if err := checkContent(r.Digest, archive); err != nil {
		return fmt.Errorf("store release of %s: %w", r.Pack, err)
	}
	row := releaseRow{PackID: r.PackID, Pack: r.Pack, Revision: r.Revision, Digest: r.Digest, From: r.From.String(), Note: r.Note}
	if !r.To.IsZero() {
		row.To = r.To.String()
	}
	err := s.inTx(ctx, func(tx *sqlx.Tx) error {
		var known releaseRow
		err := tx.GetContext(ctx, &known, tx.Rebind(selectReleaseOf), r.Pack, r.Revision)
		switch {
		case err == nil && known.Digest == r.Digest:
			return nil
		case err == nil:
			return fmt.Errorf("another archive, %s, is revision %d already: %w", known.Digest, r.Revision, casefile.ErrConflict)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertContent), r.Digest, "pack", archive); err != nil {
			return err
		}
		_, err = tx.NamedExecContext(ctx, insertRelease, row)
		return err
	})
	if err != nil {
		return fmt.Errorf("store release of %s: %w", r.Pack, err)
	}
	return nil
}

const selectRelease = `
SELECT digest, pack_id, pack, revision, in_force_from, in_force_to, note
FROM   releases
WHERE  digest = ?`

// Release gives a release by the digest of its archive, or
// [casefile.ErrNotFound].
func (s *Store) Release(ctx context.Context, digest casefile.Digest) (Release, error) {
	return readRelease(ctx, s.read, digest)
}

func readRelease(ctx context.Context, q queryer, digest casefile.Digest) (Release, error) {
	var row releaseRow
	err := q.GetContext(ctx, &row, q.Rebind(selectRelease), digest)
	if errors.Is(err, sql.ErrNoRows) {
		return Release{}, fmt.Errorf("release %s: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return Release{}, fmt.Errorf("read release %s: %w", digest, err)
	}
	return row.release()
}
