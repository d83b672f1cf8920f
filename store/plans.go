package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

const insertPlan = `
INSERT INTO planned_documents (case_id, document, organ, due)
VALUES                        (?,       ?,        ?,     ?)
ON CONFLICT (case_id, document) DO NOTHING`

// savePlans writes what a case has put into a plan; what stands there stays.
func savePlans(ctx context.Context, tx *sqlx.Tx, c casefile.Case, plans []casefile.Plan) error {
	for _, p := range plans {
		if _, err := tx.ExecContext(ctx, tx.Rebind(insertPlan), c.ID, p.Document, c.Organ, p.Due.String()); err != nil {
			return fmt.Errorf("save plan: %w", err)
		}
	}
	return nil
}

// CasesWithPlans gives the cases of an organ that have put something into a plan for a day
// before another, those due last first; at most 200.
func (s *Store) CasesWithPlans(ctx context.Context, organ casefile.OrganID, before legaltime.Date) ([]casefile.ID, error) {
	var out []casefile.ID
	err := s.read.SelectContext(ctx, &out, s.read.Rebind(`
SELECT   case_id
FROM     planned_documents
WHERE    organ = ? AND due < ?
GROUP BY case_id
ORDER BY MAX(due) DESC, case_id
LIMIT    200`), organ, before.String())
	if err != nil {
		return nil, fmt.Errorf("list plans of %s: %w", organ, err)
	}
	return out, nil
}
