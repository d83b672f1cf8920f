package casefile_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// The first vector of RFC 8032, 7.1: whatever signs by the standard signs for us.
func TestSignaturesAreThoseOfTheStandard(t *testing.T) {
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	s := casefile.Sign(ed25519.NewKeyFromSeed(seed), nil)
	if want := "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="; s.Key != want {
		t.Errorf("key %s, want %s", s.Key, want)
	}
	want, err := hex.DecodeString("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
	if got := base64.StdEncoding.EncodeToString(want); err != nil || s.Value != got {
		t.Errorf("signature %s, want %s", s.Value, got)
	}
	public, ok := casefile.PublicKey(s.Key)
	if !ok || !s.Covers(nil) || s.Covers([]byte{0}) || len(casefile.KeyID(public)) != 64 {
		t.Errorf("%+v", s)
	}
}

func TestASignatureHasOneSpelling(t *testing.T) {
	text := []byte("text")
	good := casefile.Sign(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), text)
	for name, change := range map[string]func(s *casefile.Signature){
		"without padding":         func(s *casefile.Signature) { s.Value = strings.TrimRight(s.Value, "=") },
		"with a line feed":        func(s *casefile.Signature) { s.Value += "\n" },
		"with a line feed inside": func(s *casefile.Signature) { s.Key = s.Key[:8] + "\n" + s.Key[8:] },
		"for addresses":           func(s *casefile.Signature) { s.Value = strings.NewReplacer("+", "-", "/", "_").Replace(s.Value) + "\r" },
		"with bits left over":     func(s *casefile.Signature) { s.Value = s.Value[:len(s.Value)-3] + "B==" },
		"of an unknown algorithm": func(s *casefile.Signature) { s.Algorithm = "Ed25519" },
		"with another key": func(s *casefile.Signature) {
			s.Key = casefile.Sign(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))), nil).Key
		},
		"with a key that is shorter": func(s *casefile.Signature) { s.Key = "AAAA" },
	} {
		s := good
		change(&s)
		if s.Covers(text) {
			t.Errorf("%s: it is taken", name)
		}
	}
	if !good.Covers(text) {
		t.Error("the good one is not taken")
	}
}

func TestAStatementSaysEverythingThatTheSignatureBinds(t *testing.T) {
	c := &casefile.Case{ID: "c1", Organ: "district", Matter: casefile.Matter{Title: "路灯"}, Sequence: 7}
	act := casefile.Act{ID: "a1", Kind: "legality_review.conclude", By: casefile.Actor{Person: "li", Mandate: &casefile.Mandate{ID: "m1", Principal: "zhang"}},
		With: casefile.Values{"conclusion": "lawful", "note": nil}, Reasons: map[string]string{"r": "因"}}
	got := casefile.StatementOf(c, 2, act)
	if got.After != 7 || got.Round != 2 || got.Mandate != "m1" || got.Principal != "zhang" || len(got.With) != 1 {
		t.Errorf("%+v", got)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "x", "another form": `{"form":"x"}`, "an unknown member": `{"form":"chengxu-act-1","x":1}`, "two": `{"form":"chengxu-act-1"} {}`,
	} {
		if _, err := casefile.ParseStatement([]byte(text)); !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
