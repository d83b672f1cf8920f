package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// IDs gives the ids of the cases that a filter finds, in no order, at most so many;
// cursor and limit of the filter do not matter.
func (s *Store) IDs(ctx context.Context, f Filter, most int) ([]casefile.ID, error) {
	f.After, f.Limit = "", 0
	f, err := f.checked()
	if err != nil {
		return nil, fmt.Errorf("ids of cases: %w", err)
	}
	q := query{"SELECT c.id FROM cases c WHERE c.organ = ?", []any{f.Organ}}
	for _, condition := range f.conditions() {
		q.add(" AND "+condition.text, condition.args...)
	}
	q.add(" LIMIT ?", most)
	var out []casefile.ID
	if err := s.read.SelectContext(ctx, &out, s.read.Rebind(q.text), q.args...); err != nil {
		return nil, fmt.Errorf("ids of cases: %w", err)
	}
	return out, nil
}

// Summaries gives cases as lists show them, in no order; ids that there are not are
// left out.
func (s *Store) Summaries(ctx context.Context, ids []casefile.ID) ([]Summary, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	if len(ids) > maxPage {
		return nil, fmt.Errorf("%d cases at once: want at most %d: %w", len(ids), maxPage, casefile.ErrInvalid)
	}
	q := query{text: summaryColumns + " FROM cases c WHERE c.id IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"}
	for _, id := range ids {
		q.args = append(q.args, id)
	}
	var rows []caseRow
	if err := s.read.SelectContext(ctx, &rows, s.read.Rebind(q.text), q.args...); err != nil {
		return nil, fmt.Errorf("summaries of cases: %w", err)
	}
	out := make([]Summary, len(rows))
	for i, row := range rows {
		var err error
		if out[i], err = row.summary(); err != nil {
			return nil, fmt.Errorf("summary of case %s: %w", row.ID, err)
		}
	}
	return out, nil
}
