package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep a JSON value may nest.
const maxDepth = 64

// Canonical gives the JSON encoding of v in the canonical form of RFC 8785:
// sorted names, no spaces, one spelling for each string and number. Numbers
// that a double cannot hold exactly, repeated names and invalid UTF-8 are
// errors.
func Canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	if utf8.Valid(raw) && plainCanonical(raw) {
		return raw, nil
	}
	return CanonicalJSON(raw)
}

// CanonicalJSON gives the canonical form of a JSON text; see [Canonical].
func CanonicalJSON(raw []byte) ([]byte, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("JSON text is not valid UTF-8")
	}
	if plainCanonical(raw) {
		return bytes.Clone(raw), nil
	}
	return canonicalJSON(raw)
}

// canonicalJSON takes a text apart and writes it anew.
func canonicalJSON(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	out, err := appendValue(make([]byte, 0, len(raw)), dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("JSON text goes on after its value")
	}
	return out, nil
}

// checkCanonical refuses a JSON text that is not in canonical form.
func checkCanonical(raw []byte) error {
	if utf8.Valid(raw) && plainCanonical(raw) {
		return nil
	}
	want, err := CanonicalJSON(raw)
	if err != nil {
		return err
	}
	if !bytes.Equal(want, raw) {
		return errors.New("JSON text is not in canonical form")
	}
	return nil
}

// Decode reads canonical JSON into v. Unknown names, other spellings of the
// same value, and values that v cannot give back unchanged are errors.
func Decode(raw []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	again, err := Canonical(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, raw) {
		return errors.New("JSON text is not in the one form that is accepted")
	}
	return nil
}

func appendValue(out []byte, dec *json.Decoder, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("JSON text nests deeper than %d", maxDepth)
	}
	token, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("JSON text: %w", err)
	}
	switch t := token.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, t), nil
	case string:
		return appendString(out, t), nil
	case json.Number:
		return appendNumber(out, t.String())
	case json.Delim:
		if t == '[' {
			return appendArray(out, dec, depth)
		}
		return appendObject(out, dec, depth)
	}
	return nil, fmt.Errorf("JSON text has an unexpected token %v", token)
}

func appendArray(out []byte, dec *json.Decoder, depth int) ([]byte, error) {
	out = append(out, '[')
	for n := 0; dec.More(); n++ {
		if n > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, dec, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("JSON text: %w", err)
	}
	return append(out, ']'), nil
}

func appendObject(out []byte, dec *json.Decoder, depth int) ([]byte, error) {
	members := map[string][]byte{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("JSON text: %w", err)
		}
		name, _ := token.(string)
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("JSON text has the name %q twice", name)
		}
		if members[name], err = appendValue(nil, dec, depth+1); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("JSON text: %w", err)
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.SortFunc(names, compareNames)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		out = append(out, members[name]...)
	}
	return append(out, '}'), nil
}

// compareNames orders names by their UTF-16 code units, as RFC 8785 asks.
func compareNames(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func appendString(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r >= 0x20:
			out = utf8.AppendRune(out, r)
		case strings.ContainsRune("\b\t\n\f\r", r):
			out = append(out, '\\', "btn.fr"[r-'\b'])
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&0xf])
		}
	}
	return append(out, '"')
}

func appendNumber(out []byte, literal string) ([]byte, error) {
	f, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return nil, fmt.Errorf("number %s is out of range", literal)
	}
	text := formatNumber(f)
	if !strings.ContainsAny(literal, ".eE") && text != literal && literal != "-0" {
		return nil, fmt.Errorf("number %s cannot be held exactly", literal)
	}
	return append(out, text...), nil
}

// formatNumber writes a number as ECMAScript does.
func formatNumber(f float64) string {
	abs := math.Abs(f)
	if abs == 0 {
		return "0"
	}
	if abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	return mantissa + "e" + exponent[:1] + strings.TrimLeft(exponent[1:], "0")
}
