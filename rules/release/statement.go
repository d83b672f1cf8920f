package release

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/rules"
)

// statementTitle is the first line of a statement: form and version of the form.
// It has spaces, so that no note of another kind can be taken for a statement.
const statementTitle = "chengxu rule release 1"

// Statement says what a release is. It is what people sign.
type Statement struct {
	Pack     string          `json:"pack"`     // "cn.shanghai@2020"
	Revision int             `json:"revision"` // of this version of the pack, from 1
	InForce  rules.Span      `json:"in_force"` // when the pack is law
	Over     []string        `json:"over"`     // packs that it builds on, by name
	Archive  casefile.Digest `json:"archive"`  // SHA-256 of the canonical archive
	Size     int             `json:"size"`     // of the archive, in bytes
}

// ID gives the id of the pack, "cn.shanghai".
func (s Statement) ID() string {
	id, _, _ := strings.Cut(s.Pack, "@")
	return id
}

// statementOf gives the statement that is true of a pack.
func statementOf(p *rules.Pack) Statement {
	s := Statement{
		Pack: p.Name(), Revision: p.Revision(), InForce: p.InForce(),
		Archive: p.Digest(), Size: len(p.Archive()),
	}
	for _, base := range p.Stack() {
		if slices.Contains(p.Over(), base.ID()) {
			s.Over = append(s.Over, base.Name())
		}
	}
	return s
}

// text gives the text of the statement, the one form that is accepted.
func (s Statement) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\npack %s\nrevision %d\nin-force %s", statementTitle, s.Pack, s.Revision, s.InForce.From)
	if !s.InForce.To.IsZero() {
		fmt.Fprintf(&b, " %s", s.InForce.To)
	}
	for _, name := range s.Over {
		fmt.Fprintf(&b, "\nover %s", name)
	}
	fmt.Fprintf(&b, "\narchive %s %d\n", s.Archive, s.Size)
	return b.String()
}

// parseStatement reads the text of a statement. What it reads it must be able to
// write again, to the byte.
func parseStatement(text string) (Statement, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != statementTitle {
		return Statement{}, invalid("the first line is not %q", statementTitle)
	}
	var s Statement
	for i, line := range lines[1:] {
		key, value, _ := strings.Cut(line, " ")
		if err := s.read(key, value); err != nil {
			return Statement{}, invalid("line %d of the statement: %v", i+2, err)
		}
	}
	if s.text() != text {
		return Statement{}, invalid("the statement is not in the one form that is accepted; it should read\n%s", s.text())
	}
	return s, nil
}

func (s *Statement) read(key, value string) (err error) {
	switch key {
	case "pack":
		s.Pack = value
	case "revision":
		s.Revision, err = strconv.Atoi(value)
	case "in-force":
		from, to, bounded := strings.Cut(value, " ")
		if s.InForce.From, err = legaltime.ParseDate(from); err == nil && bounded {
			s.InForce.To, err = legaltime.ParseDate(to)
		}
	case "over":
		s.Over = append(s.Over, value)
	case "archive":
		digest, size, _ := strings.Cut(value, " ")
		s.Archive = casefile.Digest(digest)
		s.Size, err = strconv.Atoi(size)
	default:
		err = fmt.Errorf("unknown line %.80q", key)
	}
	return err
}

func digestOf(b []byte) casefile.Digest {
	sum := sha256.Sum256(b)
	return casefile.Digest(hex.EncodeToString(sum[:]))
}

// invalid gives an error of what is wrong with a release.
func invalid(format string, args ...any) error {
	return fmt.Errorf("rule release: %s: %w", fmt.Sprintf(format, args...), casefile.ErrInvalid)
}
