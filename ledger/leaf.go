package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"regexp"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256. Its String is base64, as in checkpoints; leaves carry
// hashes in lower-case hexadecimal.
type Hash = tlog.Hash

// HashSize is the size of a [Hash] in bytes.
const HashSize = tlog.HashSize

// MaxLeaf is the largest leaf in bytes: the tile format of C2SP gives the length
// in two bytes.
const MaxLeaf = 1<<16 - 1

// maxFields bounds the commitments of one leaf.
const maxFields = 256

// leafVersion is the only version of the leaf form.
const leafVersion = 1

var caseName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)

// Leaf is what the log holds of one entry.
type Leaf struct {
	Case     string
	Sequence int64           // 1, 2, 3, …
	Prev     Hash            // [Link] of the case's previous leaf; zero for the first
	Fields   map[string]Hash // commitments by field name
}

// leafForm is the JSON form of a leaf.
// Its names rise, so that it is encoded in canonical form at once.
type leafForm struct {
	Case     string            `json:"case"`
	Fields   map[string]string `json:"fields"`
	Prev     string            `json:"prev"`
	Sequence int64             `json:"seq"`
	Version  int               `json:"v"`
}

// Sealed is a leaf and what opens it. The leaf goes into the log; the openings
// stay in the store.
type Sealed struct {
	Leaf     []byte
	Openings map[string]Opening
}

// Seal makes the leaf of an entry. Prev is the [Link] of the case's previous
// leaf, the zero hash for the first. Salts are read from random, so sealing
// twice gives two different leaves.
func Seal(caseID string, seq int64, prev Hash, fields map[string]json.RawMessage, random io.Reader) (Sealed, error) {
	sealed := Sealed{Openings: make(map[string]Opening, len(fields))}
	leaf := Leaf{Case: caseID, Sequence: seq, Prev: prev, Fields: make(map[string]Hash, len(fields))}
	for _, name := range sortedNames(fields) {
		value, err := CanonicalJSON(fields[name])
		if err != nil {
			return Sealed{}, fmt.Errorf("field %s: %w", name, err)
		}
		o := Opening{Value: value}
		if _, err := io.ReadFull(random, o.Salt[:]); err != nil {
			return Sealed{}, fmt.Errorf("read salt: %w", err)
		}
		sealed.Openings[name], leaf.Fields[name] = o, o.Commitment(name)
	}
	raw, err := leaf.encode()
	if err != nil {
		return Sealed{}, err
	}
	sealed.Leaf = raw
	return sealed, nil
}

// ParseLeaf reads a leaf. Only the one form that [Seal] writes is accepted.
func ParseLeaf(raw []byte) (Leaf, error) {
	if len(raw) > MaxLeaf {
		return Leaf{}, fmt.Errorf("leaf of %d bytes: want at most %d", len(raw), MaxLeaf)
	}
	var form leafForm
	if err := Decode(raw, &form); err != nil {
		return Leaf{}, fmt.Errorf("leaf: %w", err)
	}
	if form.Version != leafVersion {
		return Leaf{}, fmt.Errorf("leaf has version %d: want %d", form.Version, leafVersion)
	}
	prev, err := parseHex(form.Prev)
	if err != nil {
		return Leaf{}, fmt.Errorf("leaf: prev %w", err)
	}
	leaf := Leaf{Case: form.Case, Sequence: form.Sequence, Prev: prev, Fields: make(map[string]Hash, len(form.Fields))}
	for _, name := range sortedNames(form.Fields) {
		if leaf.Fields[name], err = parseHex(form.Fields[name]); err != nil {
			return Leaf{}, fmt.Errorf("leaf: field %s: %w", shorten(name), err)
		}
	}
	return leaf, leaf.check()
}

func (l Leaf) encode() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	form := leafForm{
		Version: leafVersion, Case: l.Case, Sequence: l.Sequence,
		Prev: hex.EncodeToString(l.Prev[:]), Fields: make(map[string]string, len(l.Fields)),
	}
	for _, name := range sortedNames(l.Fields) {
		commitment := l.Fields[name]
		form.Fields[name] = hex.EncodeToString(commitment[:])
	}
	return Canonical(form)
}

func (l Leaf) check() error {
	switch {
	case !caseName.MatchString(l.Case):
		return fmt.Errorf("leaf: case %q: want 1 to 100 letters, digits or . _ : -", shorten(l.Case))
	case l.Sequence < 1:
		return fmt.Errorf("leaf: sequence %d: want 1 or more", l.Sequence)
	case (l.Sequence == 1) != (l.Prev == Hash{}):
		return fmt.Errorf("leaf: sequence %d: the first leaf of a case has no previous leaf, the others have one", l.Sequence)
	case len(l.Fields) == 0 || len(l.Fields) > maxFields:
		return fmt.Errorf("leaf: %d fields: want 1 to %d", len(l.Fields), maxFields)
	}
	for _, name := range sortedNames(l.Fields) {
		if !fieldName.MatchString(name) {
			return fmt.Errorf("leaf: field name %q: want 1 to 40 lower-case letters, digits or _", shorten(name))
		}
	}
	return nil
}

// Opened is a leaf with the fields that its openings showed.
type Opened struct {
	Leaf
	Values   map[string]json.RawMessage // canonical JSON by field name
	Withheld []string                   // fields without an opening, sorted
}

// OpenLeaf checks openings against the commitments of a leaf. Fields without an
// opening are listed as withheld; an opening that does not fit, or that the leaf
// does not commit to, is an error that names the field.
func OpenLeaf(raw []byte, openings map[string]Opening) (Opened, error) {
	leaf, err := ParseLeaf(raw)
	if err != nil {
		return Opened{}, err
	}
	opened := Opened{Leaf: leaf, Values: make(map[string]json.RawMessage, len(openings))}
	for _, name := range sortedNames(openings) {
		o := openings[name]
		commitment, ok := leaf.Fields[name]
		if !ok {
			return Opened{}, fmt.Errorf("field %s: the leaf does not commit to it", shorten(name))
		}
		if err := checkCanonical(o.Value); err != nil {
			return Opened{}, fmt.Errorf("field %s: %w", name, err)
		}
		if o.Commitment(name) != commitment {
			return Opened{}, fmt.Errorf("field %s: value or salt does not match the commitment", name)
		}
		opened.Values[name] = o.Value
	}
	for _, name := range sortedNames(leaf.Fields) {
		if _, ok := openings[name]; !ok {
			opened.Withheld = append(opened.Withheld, name)
		}
	}
	return opened, nil
}

// Link is the hash by which the next leaf of the same case refers to this one:
// the SHA-256 of its bytes.
func Link(leaf []byte) Hash { return sha256.Sum256(leaf) }

// LeafHash is the hash of a leaf in the Merkle tree of the log (RFC 6962, 2.1).
func LeafHash(leaf []byte) Hash { return tlog.RecordHash(leaf) }
