package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// verifyHead checks where the log of an organ stands: that the last checkpoint is signed
// by the key of the log, that the stored hashes still give the root that was signed, and
// that the last entry is the one that its hash was made of. It reads as many hashes as
// the logarithm of the entries.
func verifyHead(ctx context.Context, db *store.Store, key *ledger.Key, organ casefile.OrganID) error {
	last, unsigned := db.LatestCheckpoint(ctx, organ) // before the size: the log grows meanwhile
	if unsigned != nil && !errors.Is(unsigned, casefile.ErrNotFound) {
		return unsigned
	}
	size, err := db.TreeSize(ctx, organ)
	if err != nil {
		return err
	}
	hashes := db.HashReader(ctx, organ)
	if unsigned == nil {
		if err := verifySigned(last, key, size, hashes); err != nil {
			return err
		}
	}
	if size == 0 {
		return nil
	}
	leaf, err := db.Leaf(ctx, organ, size-1)
	if err != nil {
		return err
	}
	stored, err := hashes.ReadHashes([]int64{ledger.StoredAt(size - 1)})
	if err != nil {
		return err
	}
	if stored[0] != ledger.LeafHash(leaf) {
		return fmt.Errorf("entry %d of the log is not the one that its hash was made of", size-1)
	}
	return nil
}

// verifySigned checks a checkpoint against a log of a size.
func verifySigned(last store.Checkpoint, key *ledger.Key, size int64, hashes ledger.HashReader) error {
	verifier, err := ledger.ParseVerifier(key.Verifier())
	if err != nil {
		return err
	}
	signed, err := ledger.OpenCheckpoint(last.Note, verifier)
	if err != nil {
		return err
	}
	if signed.Size != last.Size || signed.Size > size {
		return fmt.Errorf("a checkpoint of %d entries was signed, and the log has %d", signed.Size, size)
	}
	root, err := ledger.TreeHead(signed.Size, hashes)
	if err != nil {
		return err
	}
	if root != signed.Root {
		return fmt.Errorf("the first %d entries of the log do not give the root that was signed", signed.Size)
	}
	return nil
}

// heads remembers for a short while whether the heads of the logs are in order, so that
// asking often costs no more.
type heads struct {
	keys *keyring
	keep time.Duration

	mu      sync.Mutex
	checked time.Time
	refused int
	err     error
}

// check verifies the head of every log, and gives how many were refused and why.
func (h *heads) check(ctx context.Context) (refused int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.checked.IsZero() && time.Since(h.checked) < h.keep {
		return h.refused, h.err
	}
	organs, err := h.keys.store.Organs(ctx)
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, organ := range organs {
		key, err := h.keys.key(ctx, organ)
		if err == nil {
			err = verifyHead(ctx, h.keys.store, key, organ)
		}
		if ctx.Err() != nil {
			return 0, ctx.Err() // nothing is known
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("log of %s: %w", organ, err))
		}
	}
	h.refused, h.err, h.checked = len(errs), errors.Join(errs...), time.Now()
	return h.refused, h.err
}
