package store

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"github.com/zhengdang/chengxu/casefile"
)

// Contents gives definitions by digest. It is an alias, so that the package that
// derives can name the same type without either importing the other.
type Contents = interface {
	Content(ctx context.Context, digest casefile.Digest) ([]byte, error)
}

// Deriver says what an entry leaves in the lists. It must give the same for the
// same case and entry.
type Deriver func(ctx context.Context, contents Contents, c casefile.Case, e casefile.Entry) (casefile.Derived, error)

// DeriveWith sets how the lists follow from the record. It is set once, before
// anything is recorded; without it the lists stay empty.
func (s *Store) DeriveWith(d Deriver) { s.derive = d }

// saveDerived writes what an entry leaves in the lists, in its transaction, and gives
// it. What the public sees of it is not written yet.
func (s *Store) saveDerived(ctx context.Context, tx *sqlx.Tx, c casefile.Case, e casefile.Entry) (casefile.Derived, error) {
	if s.derive == nil {
		return casefile.Derived{}, nil
	}
	derived, err := s.derive(ctx, contentsIn{tx}, c, e)
	if err != nil {
		return derived, fmt.Errorf("derive lists: %w", err)
	}
	if err := saveTasks(ctx, tx, c, derived.Tasks); err != nil {
		return derived, err
	}
	if _, err := saveNotices(ctx, tx, about{c.Organ, c.ID, c.Practice}, derived.Notices, e.At); err != nil {
		return derived, err
	}
	if err := saveRegister(ctx, tx, c, e, derived.Register); err != nil {
		return derived, err
	}
	if err := saveFiling(ctx, tx, c, e, derived.Filing); err != nil {
		return derived, err
	}
	return derived, savePlans(ctx, tx, c, derived.Plans)
}

// Derived writes what an entry leaves in the lists for the public, apart from the
// entry.
func (s *Store) Derived(ctx context.Context, c casefile.Case, d casefile.Derived) error {
	return s.inTx(ctx, func(tx *sqlx.Tx) error { return s.savePublic(ctx, tx, c, d) })
}
