package main

import (
	"strings"
	"unicode"
)

// words splits a name at what is no letter or digit, and before capitals.
func words(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, string(word))
			word = nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && unicode.IsLower(runes[i-1]):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return out
}

// exported gives a name as Go exports it: "log_index" is LogIndex, "id" is ID.
func exported(name string) string {
	var out strings.Builder
	for _, w := range words(name) {
		upper := strings.ToUpper(w)
		switch upper {
		case "ID", "URL", "ACR", "AMR", "ZH", "EN":
			out.WriteString(upper)
		default:
			out.WriteString(strings.ToUpper(w[:1]) + w[1:])
		}
	}
	return out.String()
}

// camel gives a name as TypeScript writes it: "If-Match" is ifMatch.
func camel(name string) string {
	var out strings.Builder
	for i, w := range words(name) {
		if i == 0 {
			out.WriteString(strings.ToLower(w[:1]) + w[1:])
			continue
		}
		out.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return out.String()
}

// lower gives a name as Go writes it inside: "id" stays id.
func lower(name string) string {
	out := camel(name)
	switch out {
	case "type", "case", "range", "func", "map", "default", "go", "select", "c", "ctx":
		return out + "_"
	}
	return out
}
