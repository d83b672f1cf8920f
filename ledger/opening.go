package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// SaltSize is the size of a salt in bytes.
const SaltSize = 32

// Salt keeps a commitment from being guessed.
type Salt [SaltSize]byte

// MarshalText gives lower-case hexadecimal.
func (s Salt) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, s[:]), nil }

// UnmarshalText reads 64 lower-case hexadecimal digits.
func (s *Salt) UnmarshalText(text []byte) error {
	h, err := parseHex(string(text))
	if err != nil {
		return fmt.Errorf("salt: %w", err)
	}
	*s = Salt(h)
	return nil
}

// Opening shows what a commitment in a leaf commits to. Value is canonical JSON.
type Opening struct {
	Salt  Salt            `json:"salt"`
	Value json.RawMessage `json:"value"`
}

// commitmentTag separates these hashes from all others.
const commitmentTag = "chengxu/commitment/v1"

// Commitment is the hash that a leaf carries for a field: SHA-256 over tag,
// name, salt and value, each preceded by its length as eight bytes, big-endian.
func (o Opening) Commitment(name string) Hash {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(commitmentTag), []byte(name), o.Salt[:], o.Value} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	return Hash(h.Sum(nil))
}

// EncodeOpenings gives openings as canonical JSON, for storing.
func EncodeOpenings(openings map[string]Opening) ([]byte, error) {
	return Canonical(openings)
}

// DecodeOpenings reads stored openings. A database or a JSON tool may have
// spelled them otherwise: values are brought back to canonical form, and it is
// the commitments that decide whether they are right.
func DecodeOpenings(raw []byte) (map[string]Opening, error) {
	canonical, err := CanonicalJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("openings: %w", err)
	}
	var openings map[string]Opening
	if err := Decode(canonical, &openings); err != nil {
		return nil, fmt.Errorf("openings: %w", err)
	}
	if openings == nil {
		return nil, errors.New("openings: want an object")
	}
	return openings, nil
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func parseHex(s string) (Hash, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != HashSize || hex.EncodeToString(b) != s {
		return Hash{}, fmt.Errorf("%q: want 64 lower-case hexadecimal digits", shorten(s))
	}
	return Hash(b), nil
}

func shorten(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
