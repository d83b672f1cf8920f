package auth_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// newKey gives a key of a person in the district, well formed.
func newKey(t *testing.T, seed byte, person casefile.PersonID) auth.SigningKey {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), ed25519.SeedSize)))
	k := auth.SigningKey{Organ: "district", Person: person, Algorithm: casefile.Ed25519, Key: casefile.Sign(private, nil).Key}
	public, _ := casefile.PublicKey(k.Key)
	k.ID = casefile.KeyID(public)
	k.Proof = casefile.Sign(private, casefile.KeyStatement(k.Organ, k.Person, k.Key)).Value
	return k
}

func TestAKeyIsRegisteredByItsHolderAndEndsOnce(t *testing.T) {
	t.Parallel()
	d := office(t)
	first, second := newKey(t, 'a', "li"), newKey(t, 'b', "li")
	for _, tt := range []struct {
		name    string
		version int64
		change  func(k *auth.SigningKey)
		says    string // "": it is taken
	}{
		{"of another algorithm", 0, func(k *auth.SigningKey) { k.Algorithm = "rsa" }, "algorithm"},
		{"that is none", 0, func(k *auth.SigningKey) { k.Key = "AAAA" }, "key"},
		{"under another id", 0, func(k *auth.SigningKey) { k.ID = second.ID }, "id"},
		{"with the proof of another key", 0, func(k *auth.SigningKey) { k.Proof = second.Proof }, "proof"},
		{"for another person", 0, func(k *auth.SigningKey) { k.Person = "wang" }, "proof"},
		{"for another organ", 0, func(k *auth.SigningKey) { k.Organ = "bureau" }, "proof"},
		{"of nobody", 0, func(k *auth.SigningKey) { k.Person = "" }, "person"},
		{"of two lines of persons", 0, func(k *auth.SigningKey) { k.Person = "li\nwang" }, "person"},
		{"that has ended", 0, func(k *auth.SigningKey) { k.Ended, k.Reason = true, "遗失" }, "ended"},
		{"registered", 0, func(*auth.SigningKey) {}, ""},
		{"ended without a reason", 1, func(k *auth.SigningKey) { k.Ended = true }, "reason"},
		{"given to somebody else", 1, func(k *auth.SigningKey) { k.Person, k.Ended, k.Reason = "wang", true, "调离" }, "ended"},
		{"left as it is", 1, func(k *auth.SigningKey) { k.Reason = "无" }, "ended"},
		{"ended", 1, func(k *auth.SigningKey) { k.Ended, k.Reason = true, "遗失" }, ""},
		{"ended again", 2, func(k *auth.SigningKey) { k.Ended, k.Reason = true, "再次" }, "ended"},
	} {
		k := first
		tt.change(&k)
		_, err := d.Put(t.Context(), k, tt.version, "admin")
		if tt.says == "" && err != nil || tt.says != "" && (!errors.Is(err, casefile.ErrInvalid) || !strings.Contains(err.Error(), tt.says+": ")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
		if tt.name == "registered" || tt.name == "ended" {
			signs, err := d.SignsWith(t.Context(), "district", "li", first.Key)
			if err != nil || signs != (tt.name == "registered") {
				t.Errorf("%s: signs %t, %v", tt.name, signs, err)
			}
		}
	}
	for name, asked := range map[string][3]string{
		"another person": {"district", "wang", first.Key}, "another organ": {"bureau", "li", first.Key}, "a key that is not there": {"district", "li", second.Key},
	} {
		if signs, err := d.SignsWith(t.Context(), casefile.OrganID(asked[0]), casefile.PersonID(asked[1]), asked[2]); err != nil || signs {
			t.Errorf("%s: signs %t, %v", name, signs, err)
		}
	}
}
