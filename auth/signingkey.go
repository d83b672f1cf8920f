package auth

import (
	"context"
	"slices"

	"github.com/zhengdang/chengxu/casefile"
)

// KindKey is the kind of keys that people sign with.
const KindKey Kind = "key"

// SigningKey (签名公钥) is a public key with which a person signs acts. It is never
// changed; it ends, and what was signed before stays signed.
type SigningKey struct {
	ID        string            `json:"id"` // [casefile.KeyID]
	Organ     casefile.OrganID  `json:"organ"`
	Person    casefile.PersonID `json:"person"`
	Algorithm string            `json:"algorithm"` // "ed25519"
	Key       string            `json:"key"`       // base64
	// Proof is the key's own signature over the [casefile.KeyStatement], base64:
	// nobody registers a key that somebody else holds.
	Proof  string `json:"proof"`
	Ended  bool   `json:"ended,omitempty"`
	Reason string `json:"reason,omitempty"` // why it has ended
}

func (k SigningKey) record() Record {
	return Record{Kind: string(KindKey), ID: k.ID, Organ: k.Organ, Person: k.Person}
}

func (k SigningKey) check(_ context.Context, _ *Directory, before *Record) error {
	if before != nil {
		return k.onlyEnded(*before)
	}
	public, ok := casefile.PublicKey(k.Key)
	proof := casefile.Signature{Algorithm: k.Algorithm, Key: k.Key, Value: k.Proof}
	switch {
	case k.Algorithm != casefile.Ed25519:
		return wrong("algorithm", casefile.Ed25519)
	case !ok:
		return wrong("key", "the 32 bytes of a public key in base64")
	case k.ID != casefile.KeyID(public):
		return wrong("id", "the SHA-256 of the key in hexadecimal")
	case !recordID.MatchString(string(k.Person)):
		return wrong("person", "1 to 100 letters, digits or . _ : -")
	case !proof.Covers(casefile.KeyStatement(k.Organ, k.Person, k.Key)):
		return wrong("proof", "the signature of this key over its registration for this person in this organ")
	case k.Ended || k.Reason != "":
		return wrong("ended", "nothing: the key is new")
	}
	return nil
}

// onlyEnded admits no change of a key but its end.
func (k SigningKey) onlyEnded(before Record) error {
	var was SigningKey
	if err := decode(before, &was); err != nil {
		return err
	}
	if was.Ended {
		return wrong("ended", "nothing: the key has ended already")
	}
	if !printable(k.Reason, 500) {
		return wrong("reason", "why the key ends, in 1 to 500 printable characters")
	}
	was.Ended, was.Reason = true, k.Reason
	if k != was {
		return wrong("ended", "true, and everything else as it was: a key ends and another one is registered")
	}
	return nil
}

// KeysOf gives the keys that were registered for a person with an organ, with their
// versions.
func (d *Directory) KeysOf(ctx context.Context, organ casefile.OrganID, person casefile.PersonID) ([]Record, error) {
	records, err := d.records.RecordsAbout(ctx, person)
	return slices.DeleteFunc(records, func(r Record) bool { return r.Kind != string(KindKey) || r.Organ != organ }), err
}

// SignsWith reports whether a public key, in base64, is one of a person in an organ
// and has not ended.
func (d *Directory) SignsWith(ctx context.Context, organ casefile.OrganID, person casefile.PersonID, key string) (bool, error) {
	records, err := d.KeysOf(ctx, organ, person)
	if err != nil {
		return false, err
	}
	for _, r := range records {
		var k SigningKey
		if err := decode(r, &k); err != nil {
			return false, err
		}
		if k.Key == key && !k.Ended {
			return true, nil
		}
	}
	return false, nil
}
