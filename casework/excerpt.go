package casework

import (
	"context"
	"fmt"
	"io"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/ledger/dossier"
)

// Excerpt is what is handed to somebody elsewhere of a case.
type Excerpt struct {
	Statement any                // what the entries prove, as JSON
	Shows     map[int64][]string // the fields that are shown, by entry
	Documents []casefile.Digest
}

// Excerpt writes an excerpt (节录) of a case with proofs against the log as signed now. It
// is written only when all of it could be gathered.
func (s *Service) Excerpt(ctx context.Context, id casefile.ID, x Excerpt, w io.Writer) error {
	c, err := s.o.Store.Case(ctx, id)
	if err != nil {
		return err
	}
	sealed, err := s.o.Store.Sealed(ctx, id)
	if err != nil {
		return err
	}
	seal, err := s.o.Sealer.Seal(ctx, c.Organ)
	if err != nil {
		return err
	}
	out := dossier.Excerpt{Checkpoint: seal.Signed, Key: seal.Verifier, Documents: map[casefile.Digest][]byte{}}
	if out.Statement, err = ledger.Canonical(x.Statement); err != nil {
		return fmt.Errorf("excerpt of case %s: %w", id, err)
	}
	for _, e := range sealed {
		fields, shown := x.Shows[e.Entry.Sequence]
		if !shown {
			continue
		}
		one := dossier.Entry{Leaf: e.Leaf, Index: e.Index, Openings: map[string]ledger.Opening{}}
		for _, field := range fields {
			if opening, ok := e.Openings[field]; ok {
				one.Openings[field] = opening
			}
		}
		if one.Proof, err = ledger.ProveInclusion(seal.Checkpoint.Size, e.Index, seal.Hashes); err != nil {
			return fmt.Errorf("entry %d: %w", e.Entry.Sequence, err)
		}
		out.Entries = append(out.Entries, one)
	}
	for _, d := range x.Documents {
		if out.Documents[d], err = s.read(ctx, c.Organ, d); err != nil {
			return fmt.Errorf("document %s: %w", d, err)
		}
	}
	return dossier.WriteExcerpt(w, out, id, seal.Signer)
}
