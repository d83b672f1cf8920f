package ledger_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/ledger"
)

// counting reads 0, 1, 2, … so that salts are known.
type counting byte

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*c)
		*c++
	}
	return len(p), nil
}

// The expected values were computed by another program from the description in
// the documentation of the package.
func TestSealVector(t *testing.T) {
	sealed, err := ledger.Seal("c1", 1, ledger.Hash{}, map[string]json.RawMessage{"step": json.RawMessage(` "参与" `)}, new(counting))
	if err != nil {
		t.Fatal(err)
	}
	const leaf = `{"case":"c1","fields":{"step":"04d4bb0e8a76e50e4dd50b08bd12e343afb5a09adef2964cdc4e569d531aec0a"},` +
		`"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"v":1}`
	if string(sealed.Leaf) != leaf {
		t.Errorf("leaf = %s\nwant   %s", sealed.Leaf, leaf)
	}
	if got, want := hexOf(ledger.Link(sealed.Leaf)), "0b6776e7e8521eda66057b3dc837729ce7b664bab75125f2f511dd15b33d2d69"; got != want {
		t.Errorf("link = %s, want %s", got, want)
	}
	if got, want := hexOf(ledger.LeafHash(sealed.Leaf)), "8d782e6b8e8fe664e96b8c5dd835a968bbc1c82ff9f26210cfdedb5427ad0c04"; got != want {
		t.Errorf("leaf hash = %s, want %s", got, want)
	}
}

func hexOf(h ledger.Hash) string { return hex.EncodeToString(h[:]) }

func TestLeafHoldsNoFieldAndNoGuessableHashOfIt(t *testing.T) {
	value := json.RawMessage(`"张三"`)
	sealed, err := ledger.Seal("c1", 1, ledger.Hash{}, map[string]json.RawMessage{"act": value}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plain := sha256.Sum256(value)
	for _, secret := range []string{"张三", hex.EncodeToString(plain[:])} {
		if strings.Contains(string(sealed.Leaf), secret) {
			t.Errorf("leaf %s holds %s", sealed.Leaf, secret)
		}
	}
	again, err := ledger.Seal("c1", 1, ledger.Hash{}, map[string]json.RawMessage{"act": value}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(sealed.Leaf, again.Leaf) {
		t.Error("two seals of the same value give the same leaf")
	}
}

func TestSealRefuses(t *testing.T) {
	one := map[string]json.RawMessage{"a": json.RawMessage(`1`)}
	prev := ledger.Link([]byte("x"))
	for _, tt := range []struct {
		name, id string
		seq      int64
		prev     ledger.Hash
		fields   map[string]json.RawMessage
		want     string
	}{
		{"a case name with a space", "a b", 1, ledger.Hash{}, one, "case"},
		{"sequence zero", "c", 0, ledger.Hash{}, one, "sequence 0"},
		{"a first leaf after another", "c", 1, prev, one, "previous leaf"},
		{"a second leaf after none", "c", 2, ledger.Hash{}, one, "previous leaf"},
		{"no fields", "c", 1, ledger.Hash{}, nil, "0 fields"},
		{"a field name that could say something", "c", 1, ledger.Hash{}, map[string]json.RawMessage{"张三": json.RawMessage(`1`)}, "field name"},
		{"a field that is not JSON", "c", 1, ledger.Hash{}, map[string]json.RawMessage{"a": json.RawMessage(`{`)}, "field a"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ledger.Seal(tt.id, tt.seq, tt.prev, tt.fields, rand.Reader)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Seal = %v; want an error with %q", err, tt.want)
			}
		})
	}
	if _, err := ledger.Seal("c", 1, ledger.Hash{}, one, strings.NewReader("short")); err == nil {
		t.Error("Seal without enough randomness succeeds")
	}
}

func TestWithheldFieldsAreListedAndTheRestStillOpens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := map[string]json.RawMessage{}
		for range rapid.IntRange(1, 6).Draw(t, "fields") {
			value, err := ledger.Canonical(drawValue(t, 2))
			if err != nil {
				t.Fatal(err)
			}
			fields[rapid.StringMatching(`[a-z][a-z0-9_]{0,10}`).Draw(t, "name")] = value
		}
		sealed, err := ledger.Seal("c", 2, ledger.Link([]byte("x")), fields, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := ledger.EncodeOpenings(sealed.Openings)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := ledger.DecodeOpenings(stored)
		if err != nil {
			t.Fatal(err)
		}
		var withheld []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if rapid.Bool().Draw(t, "withhold") {
				delete(shown, name)
				delete(fields, name)
				withheld = append(withheld, name)
			}
		}
		opened, err := ledger.OpenLeaf(sealed.Leaf, shown)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(withheld, opened.Withheld); diff != "" {
			t.Errorf("withheld (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(fields, opened.Values); diff != "" {
			t.Errorf("values (-want +got):\n%s", diff)
		}
	})
}

func TestOpenLeafNamesWhatDoesNotFit(t *testing.T) {
	seal := func() (ledger.Sealed, ledger.Opening) {
		sealed, err := ledger.Seal("c", 1, ledger.Hash{}, map[string]json.RawMessage{
			"a": json.RawMessage(`1`), "b": json.RawMessage(`"x"`),
		}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return sealed, sealed.Openings["a"]
	}
	for _, tt := range []struct {
		name   string
		change func(s *ledger.Sealed, a ledger.Opening)
		want   string
	}{
		{"another value", func(s *ledger.Sealed, a ledger.Opening) { a.Value = json.RawMessage(`2`); s.Openings["a"] = a }, "field a: value or salt"},
		{"another salt", func(s *ledger.Sealed, a ledger.Opening) { a.Salt[31] ^= 1; s.Openings["a"] = a }, "field a: value or salt"},
		{"the same value spelled otherwise", func(s *ledger.Sealed, a ledger.Opening) { a.Value = json.RawMessage(`1.0`); s.Openings["a"] = a }, "field a: JSON text is not in canonical form"},
		{"openings exchanged", func(s *ledger.Sealed, a ledger.Opening) { s.Openings["a"], s.Openings["b"] = s.Openings["b"], a }, "field a: value or salt"},
		{"an opening too many", func(s *ledger.Sealed, a ledger.Opening) { s.Openings["c"] = a }, "field c: the leaf does not commit"},
		{"a leaf with a space", func(s *ledger.Sealed, a ledger.Opening) { s.Leaf = append(s.Leaf, ' ') }, "one form"},
		{"a leaf of another version", func(s *ledger.Sealed, a ledger.Opening) {
			s.Leaf = bytes.Replace(s.Leaf, []byte(`"v":1`), []byte(`"v":2`), 1)
		}, "version 2"},
		{"a leaf with a capital in a hash", func(s *ledger.Sealed, a ledger.Opening) {
			at := bytes.IndexAny(s.Leaf[20:], "abcdef") + 20
			for s.Leaf[at-1] == '"' || s.Leaf[at+1] == '"' { // a field name
				at += 1 + bytes.IndexAny(s.Leaf[at+1:], "abcdef")
			}
			s.Leaf[at] -= 'a' - 'A'
		}, ""},
		{"a leaf that is too large", func(s *ledger.Sealed, a ledger.Opening) { s.Leaf = make([]byte, 70000) }, "65535"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			sealed, a := seal()
			tt.change(&sealed, a)
			_, err := ledger.OpenLeaf(sealed.Leaf, sealed.Openings)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("OpenLeaf = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

func TestStoredOpeningsMayBeSpelledOtherwise(t *testing.T) {
	sealed, err := ledger.Seal("c", 1, ledger.Hash{}, map[string]json.RawMessage{"a": json.RawMessage(`"<&>"`)}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	spelled, err := json.MarshalIndent(sealed.Openings, "", "  ") // escapes < and >
	if err != nil {
		t.Fatal(err)
	}
	openings, err := ledger.DecodeOpenings(spelled)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenLeaf(sealed.Leaf, openings); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`null`, `[]`, `{"a":{"salt":"00","value":1}}`, `{"a":{"value":1}}`, `{"a":{"salt":"` + strings.Repeat("A", 64) + `","value":1}}`} {
		if _, err := ledger.DecodeOpenings([]byte(bad)); err == nil && bad != `{"a":{"value":1}}` {
			t.Errorf("DecodeOpenings(%s) succeeds", bad)
		}
	}
}

func FuzzParseLeaf(f *testing.F) {
	sealed, err := ledger.Seal("c", 1, ledger.Hash{}, map[string]json.RawMessage{"a": json.RawMessage(`1`)}, new(counting))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed.Leaf)
	f.Add(bytes.Replace(sealed.Leaf, []byte(`"seq":1`), []byte(`"seq":1e0`), 1))
	f.Add(bytes.Replace(sealed.Leaf, []byte(`"c"`), []byte(`"\u0063"`), 1))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"case":"c","fields":null,"prev":"","seq":1,"v":1}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		leaf, err := ledger.ParseLeaf(raw)
		if err != nil {
			return
		}
		canonical, err := ledger.CanonicalJSON(raw)
		if err != nil || !bytes.Equal(canonical, raw) {
			t.Errorf("accepted leaf %q is not canonical: %v", raw, err)
		}
		if leaf.Sequence < 1 || leaf.Case == "" {
			t.Errorf("accepted leaf %q has case %q, sequence %d", raw, leaf.Case, leaf.Sequence)
		}
	})
}
