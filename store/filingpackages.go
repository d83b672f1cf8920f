package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

type packageRow struct {
	Organ     casefile.OrganID  `db:"organ"`
	Digest    casefile.Digest   `db:"digest"`
	Kind      string            `db:"kind"`
	Practice  int64             `db:"practice"`
	Peer      casefile.OrganID  `db:"peer"`
	Key       string            `db:"peer_key"`
	About     casefile.ID       `db:"about"`
	Document  string            `db:"document"`
	Statement []byte            `db:"statement"`
	Parts     []byte            `db:"parts"`
	At        int64             `db:"at"`
	By        casefile.PersonID `db:"by_person"`
	ByName    string            `db:"by_name"`
}

func (r packageRow) filingPackage() casefile.FilingPackage {
	return casefile.FilingPackage{Organ: r.Organ, Digest: r.Digest, Kind: r.Kind, Practice: r.Practice != 0, Peer: r.Peer, Key: r.Key, About: r.About,
		Document: r.Document, Statement: r.Statement, Parts: r.Parts, At: time.UnixMilli(r.At).UTC(), By: r.By, ByName: r.ByName}
}

const insertFilingPackage = `
INSERT INTO filing_packages (organ, digest, kind, practice, peer, peer_key, about, document, statement, parts, at, by_person, by_name)
VALUES                      (?,     ?,      ?,    ?,        ?,    ?,        ?,     ?,        ?,         ?,     ?,  ?,         ?)`

// AddFilingPackage keeps a package that an organ has taken in, for ever. One that is there
// already stays as it is.
func (s *Store) AddFilingPackage(ctx context.Context, p casefile.FilingPackage) error {
	err := s.addOnce(ctx, `SELECT COUNT(*) FROM filing_packages WHERE organ = ? AND digest = ?`, []any{p.Organ, p.Digest}, insertFilingPackage,
		p.Organ, p.Digest, p.Kind, flag(p.Practice), p.Peer, p.Key, p.About, p.Document, p.Statement, p.Parts, p.At.UnixMilli(), p.By, p.ByName)
	if err != nil && !errors.Is(err, casefile.ErrConflict) {
		return fmt.Errorf("keep filing package %s: %w", p.Digest, err)
	}
	return nil
}

// FilingPackage gives a package that an organ has taken in, or [casefile.ErrNotFound].
func (s *Store) FilingPackage(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) (casefile.FilingPackage, error) {
	var row packageRow
	err := s.read.GetContext(ctx, &row, s.read.Rebind(`SELECT * FROM filing_packages WHERE organ = ? AND digest = ?`), organ, digest)
	if errors.Is(err, sql.ErrNoRows) {
		return casefile.FilingPackage{}, fmt.Errorf("filing package %.80q: %w", digest, casefile.ErrNotFound)
	}
	if err != nil {
		return casefile.FilingPackage{}, fmt.Errorf("read filing package %.80q: %w", digest, err)
	}
	return row.filingPackage(), nil
}

const (
	packageColumns = `organ, digest, kind, practice, peer, peer_key, about, document, statement, at, by_person, by_name`

	selectFilingPackages = `
SELECT   ` + packageColumns + `
FROM     filing_packages
WHERE    organ = ? AND kind = 'filing' AND (at, digest) < (?, ?)
ORDER BY at DESC, digest DESC
LIMIT    ?`

	selectPackagesAbout = `
SELECT   ` + packageColumns + `
FROM     filing_packages
WHERE    organ = ? AND kind = ? AND peer = ? AND about = ?
ORDER BY at, digest
LIMIT    500`
)

// packagesList marks the cursors of packages.
const packagesList = "packages"

// FilingPackages gives one page of what was filed with an organ from other installations,
// the last first and without their parts, and the cursor of the next page.
func (s *Store) FilingPackages(ctx context.Context, organ casefile.OrganID, after string, limit int) (list []casefile.FilingPackage, next string, err error) {
	from, err := parseCursor(after, packagesList, false)
	if err != nil {
		return nil, "", fmt.Errorf("list filing packages: %w", err)
	}
	at := int64(1) << 60 // after all instants there are
	if from.set {
		at = from.at
	}
	limit = max(1, min(limit, maxPage))
	var rows []packageRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectFilingPackages), organ, at, from.id, limit+1); err != nil {
		return nil, "", fmt.Errorf("list filing packages: %w", err)
	}
	for i, r := range rows {
		if i == limit {
			last := rows[limit-1]
			return list, cursor{sort: packagesList, at: last.At, id: casefile.ID(last.Digest)}.String(), nil
		}
		list = append(list, r.filingPackage())
	}
	return list, "", nil
}

// PackagesAbout gives the packages of a kind that an organ has taken in from a peer about a
// case, in the order in which they came and without their parts.
func (s *Store) PackagesAbout(ctx context.Context, organ casefile.OrganID, kind string, peer casefile.OrganID, about casefile.ID) ([]casefile.FilingPackage, error) {
	var rows []packageRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(selectPackagesAbout), organ, kind, peer, about); err != nil {
		return nil, fmt.Errorf("list filing packages: %w", err)
	}
	list := make([]casefile.FilingPackage, len(rows))
	for i, r := range rows {
		list[i] = r.filingPackage()
	}
	return list, nil
}
