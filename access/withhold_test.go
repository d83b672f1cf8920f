package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// A signature covers the values of an act. Whoever may not know one of them could
// guess it and have the guess confirmed by the signature.
func TestASignatureIsShownOnlyWithEverythingThatItCovers(t *testing.T) {
	g := New(Options{})
	restricted := procedure.NewLevels().RestrictedFields()[0]
	verb, field, _ := strings.Cut(restricted, ".")
	entry := func(with casefile.Values) casework.SealedEntry {
		return casework.SealedEntry{Entry: casefile.Entry{Act: &casefile.Act{Kind: "step." + verb, With: with,
			Signature: &casefile.Signature{Algorithm: casefile.Ed25519, Key: "k", Value: "v"}}}}
	}
	for _, tt := range []struct {
		name    string
		with    casefile.Values
		cleared bool
		shown   bool
	}{
		{"nothing is withheld", casefile.Values{"text": "x"}, false, true},
		{"a field is withheld", casefile.Values{field: "x", "text": "y"}, false, false},
		{"to somebody who may know", casefile.Values{field: "x"}, true, true},
	} {
		given := entry(tt.with)
		got := g.seenEntry(given, tt.cleared)
		if (got.Entry.Act.Signature != nil) != tt.shown || slices.Contains(got.Withheld, "act.signature") == tt.shown {
			t.Errorf("%s: %+v, withheld %v", tt.name, got.Entry.Act, got.Withheld)
		}
		if given.Entry.Act.Signature == nil {
			t.Errorf("%s: the record was changed", tt.name)
		}
	}
}
