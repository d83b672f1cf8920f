package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// originPrefix is the part that all names of logs share.
const originPrefix = "chengxu.local/log/"

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,62}$`)

// Origin names the log of an organ, and its key. An id of lower-case letters,
// digits, dots and hyphens stands as it is; any other, such as a Chinese name,
// stands as "x-" and the hexadecimal of its bytes. Two organs never share a name.
func Origin(organ string) string {
	if slug.MatchString(organ) && !strings.HasPrefix(organ, "x-") {
		return originPrefix + organ
	}
	return originPrefix + "x-" + hex.EncodeToString([]byte(organ))
}

// ed25519Key is the number of Ed25519 in note keys.
const ed25519Key = 1

// Key is the private key of a log. It is safe for concurrent use.
type Key struct {
	signer   note.Signer
	secret   string
	verifier string
}

// NewKey makes a key for the log with the origin. The seed is read from random.
func NewKey(origin string, random io.Reader) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, fmt.Errorf("read seed: %w", err)
	}
	return keyOf(origin, seed)
}

func keyOf(origin string, seed []byte) (*Key, error) {
	public, ok := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	if !ok {
		return nil, errors.New("key has no Ed25519 public key")
	}
	verifier, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", origin, err)
	}
	if _, err := note.NewVerifier(verifier); err != nil {
		return nil, fmt.Errorf("key name %q: want no spaces and no plus sign", origin)
	}
	hash := strings.Split(verifier, "+")[1]
	secret := "PRIVATE+KEY+" + origin + "+" + hash + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{ed25519Key}, seed...))
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", origin, err)
	}
	return &Key{signer: signer, secret: secret, verifier: verifier}, nil
}

// parseKey reads the secret form of a key; only one form is accepted.
func parseKey(secret string) (*Key, error) {
	parts := strings.Split(secret, "+")
	if len(parts) < 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" {
		return nil, errors.New("want one line PRIVATE+KEY+<name>+<hash>+<key>")
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.Join(parts[4:], "+"))
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != ed25519Key {
		return nil, errors.New("want an Ed25519 key in base64")
	}
	key, err := keyOf(parts[2], raw[1:])
	if err != nil {
		return nil, err
	}
	if key.secret != secret {
		return nil, errors.New("the hash does not fit the key and its name")
	}
	return key, nil
}

// Origin is the name of the log that the key belongs to.
func (k *Key) Origin() string { return k.signer.Name() }

// Signer signs notes with the key.
func (k *Key) Signer() note.Signer { return k.signer }

// Verifier is the public key in the form <name>+<hash>+<key>, to be published
// and pinned.
func (k *Key) Verifier() string { return k.verifier }

// String is the public key, so that the private one is not printed by accident.
func (k *Key) String() string { return k.verifier }

// GoString is as String.
func (k *Key) GoString() string { return k.verifier }

// ParseVerifier reads a public key <name>+<hash>+<key>. Only the form that
// [Key.Verifier] gives is accepted.
func ParseVerifier(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != ed25519Key {
		return nil, fmt.Errorf("verifier key %q: want <name>+<hash>+<Ed25519 key in base64>", shorten(text))
	}
	again, err := note.NewEd25519VerifierKey(name, raw[1:])
	if err != nil || again != text {
		return nil, fmt.Errorf("verifier key %q: the hash does not fit the key and its name", shorten(text))
	}
	v, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("verifier key %q: %w", shorten(text), err)
	}
	return v, nil
}
