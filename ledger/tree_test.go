package ledger_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/ledger"
)

// The inputs and roots are those with which implementations of RFC 6962 compare
// themselves.
func TestTreeHeadVectors(t *testing.T) {
	inputs := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	roots := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var stored ledger.Hashes
	for n := 0; ; n++ {
		root, err := ledger.TreeHead(int64(n), stored)
		if err != nil {
			t.Fatal(err)
		}
		if got := hexOf(root); got != roots[n] {
			t.Errorf("root of %d leaves = %s, want %s", n, got, roots[n])
		}
		if n == len(inputs) {
			return
		}
		leaf, err := hex.DecodeString(inputs[n])
		if err != nil {
			t.Fatal(err)
		}
		stored = grow(t, stored, int64(n), leaf)
	}
}

type fatal interface {
	Helper()
	Fatal(args ...any)
}

func grow(t fatal, stored ledger.Hashes, n int64, leaf []byte) ledger.Hashes {
	t.Helper()
	if int64(len(stored)) != ledger.StoredAt(n) {
		t.Fatal("stored hashes", len(stored), "before leaf", n, "want", ledger.StoredAt(n))
	}
	hashes, err := ledger.Append(n, leaf, stored)
	if err != nil {
		t.Fatal(err)
	}
	return append(stored, hashes...)
}

func head(t fatal, size int64, stored ledger.Hashes) ledger.Checkpoint {
	t.Helper()
	root, err := ledger.TreeHead(size, stored)
	if err != nil {
		t.Fatal(err)
	}
	return ledger.Checkpoint{Origin: "chengxu.local/log/test", Size: size, Root: root}
}

func TestProofsHoldForEveryLeafAndSizeAndForNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 70).Draw(t, "size")
		var stored ledger.Hashes
		leaves := make([][]byte, size)
		for n := range size {
			leaves[n] = fmt.Appendf(nil, "leaf %d %s", n, rapid.String().Draw(t, "leaf"))
			stored = grow(t, stored, n, leaves[n])
		}
		at := head(t, size, stored)
		index := rapid.Int64Range(0, size-1).Draw(t, "index")
		proof, err := ledger.ProveInclusion(size, index, stored)
		if err != nil {
			t.Fatal(err)
		}
		if err := ledger.VerifyInclusion(proof, at, index, leaves[index]); err != nil {
			t.Fatal(err)
		}
		other := rapid.Int64Range(-1, size+1).Draw(t, "other index")
		if other != index && ledger.VerifyInclusion(proof, at, other, leaves[index]) == nil {
			t.Fatal("proof of leaf", index, "also holds at", other)
		}
		older := rapid.Int64Range(1, size).Draw(t, "older size")
		consistency, err := ledger.ProveConsistency(older, size, stored)
		if err != nil {
			t.Fatal(err)
		}
		before := head(t, older, stored)
		if err := ledger.VerifyConsistency(consistency, before, at); err != nil {
			t.Fatal(err)
		}
		before.Root[0] ^= 1
		if ledger.VerifyConsistency(consistency, before, at) == nil {
			t.Fatal("a log with another past is taken for consistent")
		}
	})
}

func TestProofsRefuseWhatIsNotThere(t *testing.T) {
	var stored ledger.Hashes
	stored = grow(t, stored, 0, []byte("a"))
	for _, tt := range []struct {
		name string
		do   func() error
	}{
		{"a leaf past the end", func() error { _, err := ledger.ProveInclusion(1, 1, stored); return err }},
		{"a negative leaf", func() error { _, err := ledger.ProveInclusion(1, -1, stored); return err }},
		{"a size that is not stored", func() error { _, err := ledger.TreeHead(5, stored); return err }},
		{"a negative size", func() error { _, err := ledger.TreeHead(-1, stored); return err }},
		{"a leaf far ahead", func() error { _, err := ledger.Append(3, []byte("b"), stored); return err }},
		{"a leaf before the start", func() error { _, err := ledger.Append(-1, []byte("b"), stored); return err }},
		{"an older log that is newer", func() error { _, err := ledger.ProveConsistency(2, 1, stored); return err }},
		{"two logs", func() error {
			a := head(t, 1, stored)
			b := a
			b.Origin = "other"
			return ledger.VerifyConsistency(nil, a, b)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.do() == nil {
				t.Error("no error")
			}
		})
	}
}

// smallLog is everything that a verifier of one case is given.
type smallLog struct {
	verifier   string
	checkpoint []byte
	leaves     [][]byte
	openings   []map[string]ledger.Opening
	proofs     []ledger.Proof
}

func newSmallLog(t *testing.T, size int64) smallLog {
	t.Helper()
	key, err := ledger.NewKey(ledger.Origin("test"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	l := smallLog{verifier: key.Verifier()}
	var stored ledger.Hashes
	var prev ledger.Hash
	for n := range size {
		sealed, err := ledger.Seal("c", n+1, prev, map[string]json.RawMessage{
			"kind": json.RawMessage(`"act"`), "sequence": fmt.Appendf(nil, "%d", n+1),
		}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		prev = ledger.Link(sealed.Leaf)
		stored = grow(t, stored, n, sealed.Leaf)
		l.leaves, l.openings = append(l.leaves, sealed.Leaf), append(l.openings, sealed.Openings)
	}
	for n := range size {
		proof, err := ledger.ProveInclusion(size, n, stored)
		if err != nil {
			t.Fatal(err)
		}
		l.proofs = append(l.proofs, proof)
	}
	if l.checkpoint, err = ledger.SignCheckpoint(head(t, size, stored), key.Signer()); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l smallLog) verify() error {
	v, err := ledger.ParseVerifier(l.verifier)
	if err != nil {
		return err
	}
	at, err := ledger.OpenCheckpoint(l.checkpoint, v)
	if err != nil {
		return err
	}
	var prev ledger.Hash
	for n, raw := range l.leaves {
		opened, err := ledger.OpenLeaf(raw, l.openings[n])
		if err != nil {
			return err
		}
		if opened.Prev != prev || opened.Sequence != int64(n)+1 || len(opened.Withheld) > 0 {
			return fmt.Errorf("leaf %d is out of order", n)
		}
		if err := ledger.VerifyInclusion(l.proofs[n], at, int64(n), raw); err != nil {
			return err
		}
		prev = ledger.Link(raw)
	}
	return nil
}

func TestAnyChangedByteOfASmallLogIsDetected(t *testing.T) {
	for _, size := range []int64{1, 2, 5} {
		l := newSmallLog(t, size)
		if err := l.verify(); err != nil {
			t.Fatal(err)
		}
		verifier := []byte(l.verifier)
		flipEvery(t, "verifier key", verifier, func() error { c := l; c.verifier = string(verifier); return c.verify() })
		flipEvery(t, "checkpoint", l.checkpoint, l.verify)
		for n := range l.leaves {
			flipEvery(t, fmt.Sprintf("leaf %d", n), l.leaves[n], l.verify)
			for i := range l.proofs[n] {
				flipEvery(t, fmt.Sprintf("proof %d hash %d", n, i), l.proofs[n][i][:], l.verify)
			}
			for name, o := range l.openings[n] {
				flipEvery(t, fmt.Sprintf("leaf %d value %s", n, name), o.Value, l.verify)
				flipEvery(t, fmt.Sprintf("leaf %d salt %s", n, name), o.Salt[:], func() error {
					l.openings[n][name] = o
					return l.verify()
				})
				l.openings[n][name] = o
			}
		}
		if err := l.verify(); err != nil {
			t.Fatal("the log was not restored:", err)
		}
	}
}

// flipEvery changes each byte, one at a time, in every bit, and expects verify
// to notice.
func flipEvery(t *testing.T, what string, b []byte, verify func() error) {
	t.Helper()
	for i := range b {
		for bit := range 8 {
			b[i] ^= 1 << bit
			if verify() == nil {
				t.Errorf("%s: bit %d of byte %d changed and nobody noticed", what, bit, i)
			}
			b[i] ^= 1 << bit
		}
	}
}
