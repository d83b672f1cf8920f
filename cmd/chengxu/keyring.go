package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/ledger"
	"github.com/zhengdang/chengxu/store"
)

// keyring holds the signing key of each organ's log, in files of a directory
// that only the owner may read. Whoever has a key can sign for the log.
type keyring struct {
	dir   string
	store *store.Store

	mu   sync.Mutex
	keys map[casefile.OrganID]*ledger.Key
}

var _ casework.Sealer = (*keyring)(nil)

func openKeyring(dir string, db *store.Store) (*keyring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &keyring{dir: dir, store: db, keys: map[casefile.OrganID]*ledger.Key{}}, nil
}

// key gives the key of an organ, made when there is none and the log is empty
// of checkpoints. A log that was signed before must not get another key.
func (k *keyring) key(ctx context.Context, organ casefile.OrganID) (*ledger.Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, ok := k.keys[organ]; ok {
		return key, nil
	}
	origin := ledger.Origin(string(organ))
	sum := sha256.Sum256([]byte(origin))
	path := filepath.Join(k.dir, hex.EncodeToString(sum[:8])+".key")
	signed, err := k.signed(ctx, organ) // before the file is looked for: another process makes the file first
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); signed && errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("log of %s was signed with a key that is not in %s: restore the key file, or share the directory with the process that has it", organ, k.dir)
	}
	key, err := ledger.LoadOrCreateKey(path, origin, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the log of %s: %w", organ, err)
	}
	if err := k.check(ctx, organ, key); err != nil {
		return nil, fmt.Errorf("%s does not hold the key of the log of %s: all processes share one data directory: %w", path, organ, err)
	}
	k.keys[organ] = key
	return key, nil
}

// signed reports whether somebody has a key for the log of an organ.
func (k *keyring) signed(ctx context.Context, organ casefile.OrganID) (bool, error) {
	_, err := k.store.LatestCheckpoint(ctx, organ)
	if errors.Is(err, casefile.ErrNotFound) {
		_, err = k.store.KeyFingerprint(ctx, keyName(organ))
	}
	if errors.Is(err, casefile.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// check refuses a key that is not the one that the log was signed with, or that another
// process was first to have.
func (k *keyring) check(ctx context.Context, organ casefile.OrganID, key *ledger.Key) error {
	last, err := k.store.LatestCheckpoint(ctx, organ)
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		return err
	}
	if err == nil {
		verifier, err := ledger.ParseVerifier(key.Verifier())
		if err != nil {
			return err
		}
		if _, err := ledger.OpenCheckpoint(last.Note, verifier); err != nil {
			return fmt.Errorf("the last checkpoint was signed with another key: %w", err)
		}
	}
	return k.store.ClaimKey(ctx, keyName(organ), fingerprint([]byte(key.Verifier())), time.Now())
}

// keyName names the key of a log among those of the installation.
func keyName(organ casefile.OrganID) string { return "log " + string(organ) }

// fingerprint tells keys apart without telling them.
func fingerprint(key []byte) string {
	sum := sha256.Sum256(append([]byte("chengxu key fingerprint\n"), key...))
	return hex.EncodeToString(sum[:])
}

// Seal signs the log of an organ as it stands and keeps the checkpoint. Where another
// process has signed a longer log in between, that one stands, and this one signs again:
// what is saved only grows, and every head is one of the same log.
func (k *keyring) Seal(ctx context.Context, organ casefile.OrganID) (casework.Seal, error) {
	key, err := k.key(ctx, organ)
	if err != nil {
		return casework.Seal{}, err
	}
	if err := verifyHead(ctx, k.store, key, organ); err != nil { // a log that was tampered with is not signed anew
		return casework.Seal{}, fmt.Errorf("log of %s is not signed: %w", organ, err)
	}
	var seal casework.Seal
	for range signAttempts {
		if seal, err = k.signNow(ctx, organ, key); !errors.Is(err, casefile.ErrConflict) {
			break
		}
	}
	return seal, err
}

// signAttempts bounds how often others may be faster. A log that is shorter than a head
// that was signed stays so, and is an error.
const signAttempts = 10

func (k *keyring) signNow(ctx context.Context, organ casefile.OrganID, key *ledger.Key) (casework.Seal, error) {
	size, err := k.store.TreeSize(ctx, organ)
	if err != nil {
		return casework.Seal{}, err
	}
	hashes := k.store.HashReader(ctx, organ)
	root, err := ledger.TreeHead(size, hashes)
	if err != nil {
		return casework.Seal{}, fmt.Errorf("root of the log of %s: %w", organ, err)
	}
	seal := casework.Seal{
		Checkpoint: ledger.Checkpoint{Origin: key.Origin(), Size: size, Root: root},
		Signer:     key.Signer(),
		Verifier:   key.Verifier(),
		Hashes:     hashes,
	}
	if seal.Signed, err = ledger.SignCheckpoint(seal.Checkpoint, seal.Signer); err != nil {
		return casework.Seal{}, fmt.Errorf("sign the log of %s: %w", organ, err)
	}
	return seal, k.store.SaveCheckpoint(ctx, organ, size, seal.Signed)
}

// sealEvery is how long an entry waits for the signature of its log at most.
const sealEvery = 5 * time.Second

// sealRegularly signs the logs that have grown, until ctx ends.
func (k *keyring) sealRegularly(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(sealEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if err := k.sealAll(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "sign the logs", "error", err)
		}
	}
}

// sealAll signs every log of the store that has grown since its last checkpoint.
// A log that cannot be signed does not keep the others from it.
func (k *keyring) sealAll(ctx context.Context) error {
	organs, err := k.store.Organs(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, organ := range organs {
		errs = append(errs, k.sealGrown(ctx, organ))
	}
	return errors.Join(errs...)
}

func (k *keyring) sealGrown(ctx context.Context, organ casefile.OrganID) error {
	size, err := k.store.TreeSize(ctx, organ)
	if err != nil {
		return err
	}
	last, err := k.store.LatestCheckpoint(ctx, organ)
	if err == nil && last.Size == size {
		return nil
	}
	if err != nil && !errors.Is(err, casefile.ErrNotFound) {
		return err
	}
	_, err = k.Seal(ctx, organ)
	return err
}
