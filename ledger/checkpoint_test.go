package ledger_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/zhengdang/chengxu/ledger"
)

const testOrigin = "chengxu.local/log/test"

func newKey(t testing.TB, origin string) (*ledger.Key, note.Verifier) {
	t.Helper()
	key, err := ledger.NewKey(origin, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.ParseVerifier(key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	return key, v
}

func TestCheckpointVector(t *testing.T) {
	key, err := ledger.NewKey(testOrigin, new(counting))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: testOrigin, Size: 3, Root: ledger.LeafHash(nil)}, key.Signer())
	if err != nil {
		t.Fatal(err)
	}
	const want = "chengxu.local/log/test\n3\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n\n— chengxu.local/log/test "
	if !strings.HasPrefix(string(signed), want) || strings.Count(string(signed), "\n") != 5 {
		t.Errorf("checkpoint = %q, want %q and a signature", signed, want)
	}
}

func TestOpenCheckpointAcceptsOneForm(t *testing.T) {
	key, v := newKey(t, testOrigin)
	other, _ := newKey(t, testOrigin)
	witness, _ := newKey(t, "witness")
	c := ledger.Checkpoint{Origin: testOrigin, Size: 12, Root: ledger.LeafHash([]byte("x"))}
	good, err := ledger.SignCheckpoint(c, key.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ledger.OpenCheckpoint(good, v); err != nil || got != c {
		t.Fatalf("OpenCheckpoint = %v, %v; want %v", got, err, c)
	}
	sign := func(text string, signers ...note.Signer) string {
		b, err := note.Sign(&note.Note{Text: text}, signers...)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	root := c.Root.String()
	for _, tt := range []struct{ name, in, want string }{
		{"another key of the same name", sign(c.String(), other.Signer()), "no verifiable"},
		{"a second signature", sign(c.String(), key.Signer(), witness.Signer()), "2 signatures"},
		{"the same signature twice", string(good) + string(good)[strings.LastIndex(string(good), "— "):], "one form"},
		{"a signature with other unused bits", looseBits(string(good)), "base64"},
		{"another origin", sign("other\n12\n"+root+"\n", key.Signer()), "signed by the key of"},
		{"an extension line", sign(c.String()+"more\n", key.Signer()), "4 lines"},
		{"a leading zero", sign(testOrigin+"\n012\n"+root+"\n", key.Signer()), "one form"},
		{"a plus sign", sign(testOrigin+"\n+12\n"+root+"\n", key.Signer()), "one form"},
		{"a negative size", sign(testOrigin+"\n-1\n"+root+"\n", key.Signer()), "size"},
		{"a root with other unused bits", sign(looseBits(c.String()), key.Signer()), "root hash"},
		{"a short root", sign(testOrigin+"\n12\nAAAA\n", key.Signer()), "root hash"},
		{"no signature", c.String(), "malformed"},
		{"a newline too many", string(good) + "\n", "malformed"},
		{"nothing", "", "malformed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ledger.OpenCheckpoint([]byte(tt.in), v)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("OpenCheckpoint = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

// looseBits changes the bits of the last base64 character that decode to
// nothing.
func looseBits(s string) string {
	at := strings.LastIndex(s, "=") - 1
	if s[at] == '=' {
		at--
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	changed := s[:at] + string(alphabet[strings.IndexByte(alphabet, s[at])^1]) + s[at+1:]
	return changed
}

func TestSignCheckpointRefusesAKeyOfAnotherLog(t *testing.T) {
	key, _ := newKey(t, testOrigin)
	if _, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: "other"}, key.Signer()); err == nil {
		t.Error("a checkpoint of another log was signed")
	}
	if _, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: testOrigin, Size: -1}, key.Signer()); err == nil {
		t.Error("a checkpoint of negative size was signed")
	}
}

func TestParseVerifierAcceptsOneForm(t *testing.T) {
	key, _ := newKey(t, testOrigin)
	good := key.Verifier()
	name, rest, _ := strings.Cut(good, "+")
	hash, encoded, _ := strings.Cut(rest, "+")
	other, _ := newKey(t, "other")
	for _, tt := range []struct{ name, in string }{
		{"the hash in capitals or of another key", name + "+" + strings.ToUpper(flipDigit(hash)) + "+" + encoded},
		{"another name", "x" + good},
		{"the key of another log", name + "+" + strings.SplitN(other.Verifier(), "+", 2)[1]},
		{"a space", good + " "},
		{"an unknown algorithm", name + "+" + hash + "+" + base64.StdEncoding.EncodeToString(append([]byte{2}, make([]byte, 32)...))},
		{"no key", name + "+" + hash},
		{"nothing", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ledger.ParseVerifier(tt.in); err == nil {
				t.Errorf("ParseVerifier(%q) succeeds", tt.in)
			}
		})
	}
}

func flipDigit(hash string) string {
	if strings.ContainsAny(hash, "abcdef") {
		return hash // capitals suffice
	}
	return string(hash[0]^1) + hash[1:]
}

func FuzzOpenCheckpoint(f *testing.F) {
	key, err := ledger.NewKey(testOrigin, new(counting))
	if err != nil {
		f.Fatal(err)
	}
	v, err := ledger.ParseVerifier(key.Verifier())
	if err != nil {
		f.Fatal(err)
	}
	good, err := ledger.SignCheckpoint(ledger.Checkpoint{Origin: testOrigin, Size: 3, Root: ledger.LeafHash(nil)}, key.Signer())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(looseBits(string(good))))
	f.Add([]byte("\n\n— x y\n"))
	f.Fuzz(func(t *testing.T, signed []byte) {
		if _, err := ledger.OpenCheckpoint(signed, v); err == nil && string(signed) != string(good) {
			t.Errorf("accepted %q, which nobody signed", signed)
		}
	})
}
