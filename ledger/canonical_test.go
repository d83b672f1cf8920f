package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/ledger"
)

func TestCanonicalForm(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"names are sorted by UTF-16 code units", `{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
			"{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}"},
		{"numbers have one spelling", `[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0,-0.0,1.0,100]`,
			`[333333333.3333333,1e+30,4.5,0.002,1e-27,0,0,1,100]`},
		{"strings have one spelling", `"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/<>&\u2028"`,
			"\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/<>&\u2028\""},
		{"control characters with short escapes", `"\u0008\u0009\u000a\u000c\u000d\u0000"`, `"\b\t\n\f\r\u0000"`},
		{"literals and nesting", ` { "b" : [ true , false , null , { } ] , "a" : [ ] } `, `{"a":[],"b":[true,false,null,{}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ledger.CanonicalJSON([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("canonical form (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a repeated name", `{"a":1,"a":1}`, `name "a" twice`},
		{"a number that a double cannot hold", `9007199254740993`, "cannot be held exactly"},
		{"a number out of range", `1e999`, "out of range"},
		{"text after the value", `{} {}`, "goes on"},
		{"an open object", `{"a":1`, "JSON text"},
		{"invalid UTF-8", "\"\xff\"", "UTF-8"},
		{"nothing", ``, "JSON text"},
		{"too deep nesting", strings.Repeat("[", 80) + strings.Repeat("]", 80), "deeper than 64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ledger.CanonicalJSON([]byte(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("CanonicalJSON = %q, %v; want an error with %q", got, err, tt.want)
			}
		})
	}
}

func TestDecodeAcceptsOneForm(t *testing.T) {
	type record struct {
		A int    `json:"a"`
		B string `json:"b,omitempty"`
	}
	for _, tt := range []struct {
		name, in string
		ok       bool
	}{
		{"canonical", `{"a":1,"b":"x"}`, true},
		{"other order", `{"b":"x","a":1}`, false},
		{"a space", `{"a":1, "b":"x"}`, false},
		{"an unknown name", `{"a":1,"c":2}`, false},
		{"a name in other letters", `{"A":1,"b":"x"}`, false},
		{"an empty value that is left out", `{"a":1,"b":""}`, false},
		{"an escape that is not needed", `{"a":1,"b":"\u0078"}`, false},
		{"a missing name", `{"b":"x"}`, false},
		{"a newline at the end", "{\"a\":1}\n", false},
		{"null", `null`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r record
			if err := ledger.Decode([]byte(tt.in), &r); (err == nil) != tt.ok {
				t.Errorf("Decode(%s) = %v", tt.in, err)
			}
		})
	}
}

func TestCanonicalFormIsStableAndKeepsTheValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := drawValue(t, 3)
		first, err := ledger.Canonical(value)
		if err != nil {
			t.Fatalf("%v: %v", value, err)
		}
		second, err := ledger.CanonicalJSON(first)
		if err != nil || string(first) != string(second) {
			t.Fatalf("canonical form of %s is %s, %v", first, second, err)
		}
		var back, want any
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(first, &back); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, back); diff != "" {
			t.Fatalf("value changed:\n%s", diff)
		}
	})
}

func drawValue(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.Bool().Draw(t, "bool")
	case 1:
		return rapid.String().Draw(t, "text")
	case 2:
		return rapid.Int64Range(-1<<53, 1<<53).Draw(t, "int")
	case 3:
		return rapid.Float64Range(-1e40, 1e40).Draw(t, "number")
	case 4:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "length"))
		for i := range list {
			list[i] = drawValue(t, depth-1)
		}
		return list
	default:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "size") {
			m[rapid.String().Draw(t, "name")] = drawValue(t, depth-1)
		}
		return m
	}
}

func FuzzCanonicalJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5,"x",null,true]}`, `{"a":1,"a":2}`, `"\ud800"`, `1e400`, `-0`, `[[[[`, "\xff", `{"":{}}`, `123456789012345678901`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		first, err := ledger.CanonicalJSON(raw)
		if err != nil {
			return
		}
		second, err := ledger.CanonicalJSON(first)
		if err != nil || string(first) != string(second) {
			t.Errorf("canonical form of %q is %q, and of that %q, %v", raw, first, second, err)
		}
	})
}
