package ledger

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What goes the short way is what the long way gives, of texts that are nearly
// canonical: each is made of pieces that are, and of some that are not.
func TestTheShortWayIsTheLongWay(t *testing.T) {
	pieces := []string{`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"b"`, `"甲"`, `"\n"`, `"\u000b"`, `"\u0041"`, `"\/"`, `"`, `\`, `0`, `-0`, `-`, `1`, `01`, `12.0`, `1e2`,
		`123456789012345`, `1234567890123456`, `true`, `false`, `null`, ` `, "\x01", `{"a":1}`, `{"a":1,"b":[]}`, `{"b":1,"a":2}`, `{"a":1,"a":1}`, `[1,"x"]`, `{"":null}`, `{"甲":1}`}
	short := 0
	rapid.Check(t, func(t *rapid.T) {
		var raw []byte
		for _, piece := range rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 7).Draw(t, "pieces") {
			raw = append(raw, piece...)
		}
		if !plainCanonical(raw) {
			return
		}
		short++
		if long, err := canonicalJSON(raw); err != nil || string(long) != string(raw) {
			t.Fatalf("%s goes the short way; the long way gives %s, %v", raw, long, err)
		}
	})
	if short == 0 {
		t.Error("nothing went the short way: the test shows nothing")
	}
}

func TestWhatGoesTheShortWay(t *testing.T) {
	deep := append(slices.Repeat([]byte("["), maxDepth+1), slices.Repeat([]byte("]"), maxDepth+1)...)
	for raw, want := range map[string]bool{
		`{"a":[1,-2,"甲\n\"\\",null,true,false],"b":{},"c":[]}`: true, `"x"`: true, `0`: true, `999999999999999`: true, string(deep): true,
		`{"b":1,"a":2}`: false, `{"a":1,"a":2}`: false, `{"a":1,}`: false, `[1,]`: false, `[1`: false, `{"a"`: false, `{"a":1`: false, `"`: false, `"\`: false,
		`{ "a":1}`: false, ` 1`: false, `1 `: false, `01`: false, `-0`: false, `-`: false, `1.5`: false, `1e3`: false, `1000000000000000`: false,
		`"\/"`: false, `"\u0041"`: false, "\"\x01\"": false, `{"甲":1}`: false, ``: false, `tru`: false, `nul`: false, `12`: true, `[` + string(deep) + `]`: false,
	} {
		if got := plainCanonical([]byte(raw)); got != want {
			t.Errorf("%.60s: %t", raw, got)
		}
	}
}
