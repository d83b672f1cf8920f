package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// PinnedCase is a case that is judged by a rule pack.
type PinnedCase struct {
	ID        casefile.ID
	Organ     casefile.OrganID
	Title     string
	Status    casefile.Status
	End       string
	Practice  bool
	Packs     []casefile.PinnedPack
	Documents []casefile.Document // filed and not withdrawn
}

const allCaseStates = `
SELECT   state
FROM     cases
ORDER BY opened_at, id`

// PinnedCases gives every case of all organs with the rule packs that judge it,
// the first opened first.
func (s *Store) PinnedCases(ctx context.Context) (cases []PinnedCase, err error) {
	defer func() {
		if err != nil {
			cases, err = nil, fmt.Errorf("list cases with their rule packs: %w", err)
		}
	}()
	// States are large; they are read one by one.
	rows, err := s.read.QueryContext(ctx, allCaseStates)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var state string
		if err := rows.Scan(&state); err != nil {
			return nil, err
		}
		c, err := caseFromState(state)
		if err != nil {
			return nil, err
		}
		cases = append(cases, PinnedCase{
			ID: c.ID, Organ: c.Organ, Title: c.Matter.Title, Status: c.Status, End: c.End, Practice: c.Practice, Packs: c.Pinned.Packs,
			Documents: slices.DeleteFunc(slices.Clone(c.Documents), func(d casefile.Document) bool { return d.Withdrawn }),
		})
	}
	return cases, rows.Err()
}
