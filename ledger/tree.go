package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// HashReader reads the stored hashes of a log by their index; see
// [tlog.StoredHashIndex]. It gives as many hashes as indexes, or an error.
type HashReader = tlog.HashReader

// Append gives the hashes to store when leaf becomes number n of the log (from
// 0). They go to the indexes from [StoredAt](n) on; r must hold all earlier ones.
func Append(n int64, leaf []byte, r HashReader) ([]Hash, error) {
	if n < 0 {
		return nil, fmt.Errorf("append leaf %d: want 0 or more", n)
	}
	hashes, err := tlog.StoredHashes(n, leaf, r)
	if err != nil {
		return nil, fmt.Errorf("append leaf %d: %w", n, err)
	}
	return hashes, nil
}

// StoredAt is the index of the first hash that leaf n adds to the stored hashes,
// and the number of stored hashes of a log with n leaves.
func StoredAt(n int64) int64 { return tlog.StoredHashIndex(0, n) }

// TreeHead gives the root hash of the log when it had size leaves.
func TreeHead(size int64, r HashReader) (Hash, error) {
	if size < 0 {
		return Hash{}, fmt.Errorf("tree head at size %d: want 0 or more", size)
	}
	root, err := tlog.TreeHash(size, r)
	if err != nil {
		return Hash{}, fmt.Errorf("tree head at size %d: %w", size, err)
	}
	return root, nil
}

// Proof is a list of hashes that proves inclusion or consistency.
type Proof []Hash

// ProveInclusion proves that the log of the given size has the leaf with the
// index.
func ProveInclusion(size, index int64, r HashReader) (Proof, error) {
	p, err := tlog.ProveRecord(size, index, r)
	if err != nil {
		return nil, fmt.Errorf("prove leaf %d in a log of %d: %w", index, size, err)
	}
	return Proof(p), nil
}

// VerifyInclusion checks that the leaf stands at the index of the log that the
// checkpoint describes.
func VerifyInclusion(p Proof, c Checkpoint, index int64, leaf []byte) error {
	err := tlog.CheckRecord(tlog.RecordProof(p), c.Size, c.Root, index, LeafHash(leaf))
	if err != nil {
		return fmt.Errorf("leaf %d is not proved to be in the log of %d: %w", index, c.Size, err)
	}
	return nil
}

// ProveConsistency proves that the log of size newer continues the log of size
// older.
func ProveConsistency(older, newer int64, r HashReader) (Proof, error) {
	p, err := tlog.ProveTree(newer, older, r)
	if err != nil {
		return nil, fmt.Errorf("prove that the log of %d continues the log of %d: %w", newer, older, err)
	}
	return Proof(p), nil
}

// VerifyConsistency checks that the newer checkpoint continues the older one of
// the same log.
func VerifyConsistency(p Proof, older, newer Checkpoint) error {
	if older.Origin != newer.Origin {
		return fmt.Errorf("checkpoints are of two logs, %s and %s", older.Origin, newer.Origin)
	}
	err := tlog.CheckTree(tlog.TreeProof(p), newer.Size, newer.Root, older.Size, older.Root)
	if err != nil {
		return fmt.Errorf("the log of %d is not proved to continue the log of %d: %w", newer.Size, older.Size, err)
	}
	return nil
}

// Hashes are the stored hashes of a log, in memory. It is a [HashReader].
type Hashes []Hash

// ReadHashes gives the stored hashes with the indexes.
func (h Hashes) ReadHashes(indexes []int64) ([]Hash, error) {
	out := make([]Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(h)) {
			return nil, fmt.Errorf("stored hash %d: the log has %d", index, len(h))
		}
		out[i] = h[index]
	}
	return out, nil
}
