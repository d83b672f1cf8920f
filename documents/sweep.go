package documents

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zhengdang/chengxu/casefile"
)

const (
	sweepEvery  = 30 * time.Second
	sweepAtOnce = 100
	// expectedFor is how long an upload may take before its bytes are taken to be
	// abandoned.
	expectedFor  = time.Hour
	removeWithin = 30 * time.Second
)

// Sweep removes the bytes of documents that were purged, refused or never added,
// and has examined what could not be examined before. A document that fails does
// not keep the others from it.
func (k *Keeper) Sweep(ctx context.Context) error {
	return errors.Join(k.RemovePurged(ctx), k.examineWaiting(ctx))
}

// RemovePurged is the part of [Keeper.Sweep] that removes. It is called after an
// act that withdraws documents, so that they are gone when it is answered.
func (k *Keeper) RemovePurged(ctx context.Context) error {
	refs, err := k.o.Records.RemovableDocuments(ctx, k.o.Now().Add(-expectedFor), sweepAtOnce)
	if err != nil {
		return err
	}
	var errs []error
	for _, ref := range refs {
		errs = append(errs, k.remove(ctx, ref.Organ, ref.Digest))
	}
	return errors.Join(errs...)
}

func (k *Keeper) remove(ctx context.Context, organ casefile.OrganID, digest casefile.Digest) error {
	return k.removeExpected(ctx, organ, digest, k.o.Now().Add(-expectedFor))
}

// removeExpected removes bytes that were purged, or expected before an instant and
// never added.
func (k *Keeper) removeExpected(ctx context.Context, organ casefile.OrganID, digest casefile.Digest, before time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, removeWithin)
	defer cancel()
	err := k.o.Records.RemoveDocument(ctx, organ, digest, before, func(ctx context.Context) error {
		return k.o.Storage.Remove(ctx, organ, digest)
	})
	if err != nil {
		return fmt.Errorf("remove document %s: %w", digest, err)
	}
	return nil
}

func (k *Keeper) examineWaiting(ctx context.Context) error {
	refs, err := k.o.Records.QuarantinedDocuments(ctx, sweepAtOnce)
	if err != nil {
		return err
	}
	var errs []error
	for _, ref := range refs {
		doc, err := k.o.Records.StoredDocument(ctx, ref.Organ, ref.Digest)
		if err == nil {
			_, err = k.examine(ctx, ref.Organ, doc)
		}
		var harmful *Refused
		if err != nil && !errors.As(err, &harmful) && !errors.Is(err, casefile.ErrNotFound) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// SweepRegularly sweeps at once and then again and again until ctx ends.
func (k *Keeper) SweepRegularly(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := k.Sweep(ctx); err != nil && ctx.Err() == nil {
			k.o.Log.ErrorContext(ctx, "sweep documents", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
