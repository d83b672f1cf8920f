package rules

import (
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxExpressionBytes bounds the source of an expression.
const maxExpressionBytes = 4000

// exprSource is the source of an expression and where its lines stand in the
// file.
type exprSource struct {
	text string
	doc  *document
	node *yaml.Node
}

// expression reads the source of an expression. YAML cuts a plain scalar at
// " #" and reads a leading "!" as a tag, so only block and quoted scalars are
// accepted.
func (d *document) expression(what string, into **exprSource) func(*yaml.Node) {
	return func(n *yaml.Node) {
		const safe = yaml.LiteralStyle | yaml.FoldedStyle | yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle
		switch {
		case n.Kind != yaml.ScalarNode || n.Style&safe == 0:
			d.problems.add(d.at(n), "%s: write the expression as a block (%s: |) or in quotes", what, what)
		case strings.TrimSpace(n.Value) == "":
			d.problems.add(d.at(n), "%s: is blank", what)
		case len(n.Value) > maxExpressionBytes:
			d.problems.add(d.at(n), "%s: is longer than %d bytes", what, maxExpressionBytes)
		default:
			*into = &exprSource{text: strings.TrimRight(n.Value, "\n"), doc: d, node: n}
		}
	}
}

// problem makes a problem of an error in the expression; offset is in runes.
func (s *exprSource) problem(offset int, message string) *Problem {
	line, column, text := s.locate(offset)
	at := position{s.doc.name, s.node.Line, s.node.Column}
	if n, shift, ok := s.inFile(line, text); ok {
		at.line, at.column = n, column+shift
		text, column = s.doc.lines[n-1], at.column
	}
	return &Problem{
		File: at.file, Line: at.line, Column: at.column,
		Message: message, Snippet: snippet(text, column),
	}
}

// locate gives line (from 0), column (from 1) and text of the line in which an
// offset lies.
func (s *exprSource) locate(offset int) (line, column int, text string) {
	lines := strings.Split(s.text, "\n")
	for i, l := range lines {
		n := utf8.RuneCountInString(l)
		if offset <= n || i == len(lines)-1 {
			return i, min(offset, n) + 1, l
		}
		offset -= n + 1
	}
	return 0, 1, s.text
}

// inFile finds a line of the expression in the file: its number, and by how
// many columns it is shifted. It is not found when YAML has folded the lines or
// replaced escapes.
func (s *exprSource) inFile(line int, text string) (number, shift int, ok bool) {
	if s.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		number = s.node.Line + 1 + line
		if number > len(s.doc.lines) {
			return 0, 0, false
		}
		before, found := strings.CutSuffix(s.doc.lines[number-1], text)
		if !found || strings.TrimSpace(before) != "" {
			return 0, 0, false
		}
		return number, utf8.RuneCountInString(before), true
	}
	if line > 0 || s.node.Line > len(s.doc.lines) {
		return 0, 0, false
	}
	all := []rune(s.doc.lines[s.node.Line-1])
	start := s.node.Column // the quote stands in column start; the text begins after it
	if start > len(all) || !strings.HasPrefix(string(all[start:]), text) {
		return 0, 0, false
	}
	return s.node.Line, start, true
}
