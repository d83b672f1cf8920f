package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// registerList names the register of documents, and what was filed, among the
// derivations; registerVersion is that of the computation.
const (
	registerList    = "register"
	registerVersion = 1
)

// RederiveRegister enters into the register of documents, and among what was filed or put
// into a plan, what the record of a database from before them says; once, one case at a time. What stands
// there stays. It may be broken off and run again, beside others who record.
func (s *Store) RederiveRegister(ctx context.Context) error {
	var have int64
	err := s.read.GetContext(ctx, &have, s.read.Rebind(selectDerivation), registerList)
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("rederive the register: %w", err)
	case have == registerVersion || s.derive == nil:
		return nil
	}
	for after := casefile.ID(""); ; {
		var ids []casefile.ID
		if err := s.read.SelectContext(ctx, &ids, s.read.Rebind(casesFrom), after); err != nil {
			return fmt.Errorf("rederive the register: %w", err)
		}
		if len(ids) == 0 {
			break
		}
		for _, id := range ids {
			if err := s.inTx(ctx, func(tx *sqlx.Tx) error { return s.reregister(ctx, tx, id) }); err != nil {
				return fmt.Errorf("rederive the register from case %s: %w", id, err)
			}
		}
		after = ids[len(ids)-1]
	}
	if _, err := s.write.ExecContext(ctx, s.write.Rebind(setDerivation), registerList, registerVersion); err != nil {
		return fmt.Errorf("rederive the register: %w", err)
	}
	return nil
}

// reregister goes through the entries of a case again. The row of the case is held, so
// that nothing is recorded meanwhile.
func (s *Store) reregister(ctx context.Context, tx *sqlx.Tx, id casefile.ID) error {
	if _, err := tx.ExecContext(ctx, tx.Rebind(holdCase), id); err != nil {
		return fmt.Errorf("hold the case: %w", err)
	}
	var rows []entryRow
	if err := tx.SelectContext(ctx, &rows, tx.Rebind(selectEntries), id); err != nil {
		return err
	}
	openings, err := readOpenings(ctx, tx, id, 0)
	if err != nil {
		return err
	}
	var c casefile.Case
	for _, row := range rows {
		e, err := row.open(openings[row.Sequence])
		if err != nil {
			return err
		}
		if err := c.Apply(e); err != nil {
			return err
		}
		derived, err := s.derive(ctx, contentsIn{tx}, c, e)
		if err != nil {
			return err
		}
		if err := s.enter(ctx, tx, c, e, derived); err != nil {
			return err
		}
	}
	return nil
}

const (
	countChanges = `SELECT COUNT(*) FROM document_changes WHERE case_id = ? AND sequence = ?`
	countFilings = `SELECT COUNT(*) FROM filings WHERE case_id = ? AND sequence = ?`
)

// enter writes what an entry changes in the register, and files, unless it stands there.
func (s *Store) enter(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry, derived casefile.Derived) error {
	there := func(query string) (bool, error) {
		var n int64
		err := tx.GetContext(ctx, &n, tx.Rebind(query), e.Case, e.Sequence)
		return n > 0, err
	}
	if err := savePlans(ctx, tx, c, derived.Plans); err != nil {
		return err
	}
	if len(derived.Register) > 0 {
		known, err := there(countChanges)
		if err == nil && !known {
			err = saveRegister(ctx, tx, c, e, derived.Register)
		}
		if err != nil {
			return err
		}
	}
	if derived.Filing != nil {
		if known, err := there(countFilings); err != nil || known {
			return err
		}
		return saveFiling(ctx, tx, c, e, derived.Filing)
	}
	return nil
}
