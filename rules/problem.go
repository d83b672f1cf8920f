package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
)

// maxProblems bounds how many problems of a pack are reported at once.
const maxProblems = 100

// Problem is one thing wrong with a pack, and where. It is
// [casefile.ErrInvalid].
type Problem struct {
	File         string // path in the pack
	Line, Column int    // from 1
	Message      string
	Snippet      string // the source line and a caret, for expressions
}

// Error gives "file:line:col: message" and, for expressions, the source line
// with a caret.
func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s%s", p.File, p.Line, p.Column, p.Message, p.Snippet)
}

// Unwrap gives the kind of the error.
func (p *Problem) Unwrap() error { return casefile.ErrInvalid }

// position is a place in a file of the pack.
type position struct {
	file         string
	line, column int
}

// problems collects what is wrong, so that an author sees all of it at once.
type problems struct{ list []*Problem }

func (p *problems) add(at position, format string, args ...any) {
	p.put(&Problem{File: at.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

func (p *problems) put(problem *Problem) { p.list = append(p.list, problem) }

// err joins the problems in the order of files, lines and columns; nil when
// there are none.
func (p *problems) err() error {
	slices.SortStableFunc(p.list, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var errs []error
	for i, problem := range p.list {
		if i == maxProblems {
			errs = append(errs, fmt.Errorf("and %d more problems", len(p.list)-i))
			break
		}
		errs = append(errs, problem)
	}
	return errors.Join(errs...)
}

// snippet shows a source line and a caret under a column (from 1). Chinese
// characters are two columns wide on a screen.
func snippet(line string, column int) string {
	var pad strings.Builder
	at := 1
	for _, r := range line {
		if at >= column {
			break
		}
		at++
		switch {
		case r == '\t':
			pad.WriteByte('\t')
		case isWide(r):
			pad.WriteString("  ")
		default:
			pad.WriteByte(' ')
		}
	}
	return "\n    | " + line + "\n    | " + pad.String() + "^"
}

// isWide reports whether a character takes two columns: the CJK blocks and the
// full-width forms.
func isWide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 ||
		r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 ||
		r >= 0xffe0 && r <= 0xffe6 || r >= 0x20000 && r <= 0x3fffd
}

// Problems gives the problems for which a pack was refused, in the order in which
// they stand in it; nil for an error of another kind.
func Problems(err error) []*Problem {
	var one *Problem
	var out []*Problem
	switch x := err.(type) { //nolint:errorlint // it walks the whole tree of errors
	case *Problem:
		return []*Problem{x}
	case interface{ Unwrap() []error }:
		for _, e := range x.Unwrap() {
			out = append(out, Problems(e)...)
		}
	case interface{ Unwrap() error }:
		out = Problems(x.Unwrap())
	default:
		if errors.As(err, &one) {
			out = append(out, one)
		}
	}
	return out
}
