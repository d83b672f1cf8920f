package casefile

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Signature is a detached signature (署名) over the [Statement] of an act, by a key
// that is registered for the person.
type Signature struct {
	Algorithm string `json:"algorithm"` // "ed25519"
	Key       string `json:"key"`       // the public key, 32 bytes in base64
	Value     string `json:"value"`     // the signature, 64 bytes in base64
}

// Ed25519 is the algorithm of signatures (RFC 8032).
const Ed25519 = "ed25519"

// Covers reports whether the signature was made over the text by its key. Whose key
// it is, is for those to say who registered it.
func (s Signature) Covers(text []byte) bool {
	if s.Algorithm != Ed25519 {
		return false
	}
	key, ok := PublicKey(s.Key)
	if !ok {
		return false
	}
	value, ok := fixed(s.Value, ed25519.SignatureSize)
	return ok && ed25519.Verify(key, text, value)
}

// fixed reads so many bytes from base64, in the one spelling that they have.
func fixed(text string, size int) (raw []byte, ok bool) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	return raw, err == nil && len(raw) == size && base64.StdEncoding.EncodeToString(raw) == text
}

// PublicKey reads a public key from base64; ok is false for what is none.
func PublicKey(text string) (key ed25519.PublicKey, ok bool) {
	return fixed(text, ed25519.PublicKeySize)
}

// KeyID names a public key: the SHA-256 of its bytes, hexadecimal.
func KeyID(key ed25519.PublicKey) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}

// Sign signs a text.
func Sign(key ed25519.PrivateKey, text []byte) Signature {
	public, _ := key.Public().(ed25519.PublicKey)
	return Signature{
		Algorithm: Ed25519,
		Key:       base64.StdEncoding.EncodeToString(public),
		Value:     base64.StdEncoding.EncodeToString(ed25519.Sign(key, text)),
	}
}

// KeyStatement is what a key signs to show that whoever registers it for a person
// holds it.
func KeyStatement(organ OrganID, person PersonID, public string) []byte {
	return []byte("chengxu-key-1\n" + string(organ) + "\n" + string(person) + "\n" + public + "\n")
}

// StatementForm names the form of a [Statement].
const StatementForm = "chengxu-act-1"

// Statement (署名内容) is what a person signs of an act: the act as it is recorded,
// who does it and for whom, on which case and behind which entry of it, so that the
// signature holds for this act alone. Its canonical JSON (RFC 8785) is the text that
// is signed; it can be put together again from the record.
type Statement struct {
	Form      string            `json:"form"`
	Organ     OrganID           `json:"organ"`
	Case      ID                `json:"case"`
	Title     string            `json:"title"` // of the matter
	Practice  bool              `json:"practice,omitempty"`
	After     int64             `json:"after"` // the entry behind which the act stands
	Kind      string            `json:"kind"`
	Round     int               `json:"round,omitempty"`
	Person    PersonID          `json:"person"`
	Mandate   string            `json:"mandate,omitempty"`   // id of the mandate
	Principal PersonID          `json:"principal,omitempty"` // for whom the person acts
	With      Values            `json:"with,omitempty"`
	Reasons   map[string]string `json:"reasons,omitempty"`
}

// StatementOf gives the statement of an act, which is to be done in a round of its
// step on the case as it is.
func StatementOf(c *Case, round int, act Act) Statement {
	s := Statement{
		Form: StatementForm, Organ: c.Organ, Case: c.ID, Title: c.Matter.Title, Practice: c.Practice, After: c.Sequence,
		Kind: act.Kind, Round: round, Person: act.By.Person, With: Values{}, Reasons: act.Reasons,
	}
	for _, name := range SortedNames(act.With) {
		if act.With[name] != nil {
			s.With[name] = act.With[name]
		}
	}
	if m := act.By.Mandate; m != nil {
		s.Mandate, s.Principal = m.ID, m.Principal
	}
	return s
}

// ParseStatement reads the text of a statement. What is none, or has members that
// are not known, wraps [ErrInvalid]: nobody signs what they cannot see.
func ParseStatement(text []byte) (Statement, error) {
	var s Statement
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil || s.Form != StatementForm || dec.More() {
		return Statement{}, fmt.Errorf("want the statement of an act, of the form %s: %w", StatementForm, ErrInvalid)
	}
	return s, nil
}
