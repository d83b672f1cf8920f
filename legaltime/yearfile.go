package legaltime

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// yearDoc is the file of one year as written.
type yearDoc struct {
	Calendar scalar      `yaml:"calendar"`
	Year     scalar      `yaml:"year"`
	Notices  []noticeDoc `yaml:"notices"`
}

type noticeDoc struct {
	Number   scalar     `yaml:"number"`
	Title    scalar     `yaml:"title"`
	IssuedOn scalar     `yaml:"issued_on"`
	URL      scalar     `yaml:"url"`
	Amends   []scalar   `yaml:"amends"` // numbers of earlier notices whose days this one may change
	Days     []dayGroup `yaml:"days"`
}

// dayGroup is what a notice says about one holiday. Each of off and work is a
// list of dates and of ranges "2026-02-15..2026-02-23".
type dayGroup struct {
	Holiday scalar   `yaml:"holiday"`
	Off     []scalar `yaml:"off"`
	Work    []scalar `yaml:"work"`
}

// scalar is a single value as written, with its line.
type scalar struct {
	value string
	line  int
}

// UnmarshalYAML implements [yaml.Unmarshaler].
func (s *scalar) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: want a single value", n.Line)}}
	}
	s.value, s.line = strings.TrimSpace(n.Value), n.Line
	return nil
}

// problem is one thing that is wrong with a file.
type problem struct {
	line int
	text string
}

// decodeYear reads exactly one YAML document and refuses keys that are not known.
func decodeYear(src []byte) (yearDoc, []problem) {
	var doc yearDoc
	dec := yaml.NewDecoder(bytes.NewReader(src))
	dec.KnownFields(true)
	err := dec.Decode(&doc)
	if errors.Is(err, io.EOF) {
		return doc, []problem{{1, "the file is empty"}}
	}
	if err != nil {
		return doc, problemsOf(err)
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return doc, []problem{{max(more.Line, 1), "want one document only"}}
	}
	return doc, nil
}

// yamlLine finds the line that the YAML library puts at the head of a message,
// yamlUnknown the message about a key that the type does not have.
const (
	yamlLine    = `^(?:yaml: )?line (\d+): `
	yamlUnknown = `^field (\S+) not found in type \S+$`
)

// problemsOf takes an error of the YAML library apart.
func problemsOf(err error) []problem {
	messages := []string{err.Error()}
	var typeError *yaml.TypeError
	if errors.As(err, &typeError) {
		messages = typeError.Errors
	}
	atLine, unknown := regexp.MustCompile(yamlLine), regexp.MustCompile(yamlUnknown)
	problems := make([]problem, 0, len(messages))
	for _, m := range messages {
		p := problem{line: 1, text: strings.TrimPrefix(m, "yaml: ")}
		if found := atLine.FindStringSubmatch(m); found != nil {
			p.line, _ = strconv.Atoi(found[1]) // digits by the expression; 0 when there are too many
			p.text = m[len(found[0]):]
		}
		if found := unknown.FindStringSubmatch(p.text); found != nil {
			p.text = fmt.Sprintf("unknown key %q", found[1])
		}
		problems = append(problems, p)
	}
	return problems
}

// readBounded reads a file that is not larger than a year can be.
func readBounded(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(src) > maxFileBytes {
		return nil, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	return src, nil
}

// parseYear reads a year with four digits.
func parseYear(s string) (int, error) {
	year, err := strconv.Atoi(s)
	if err != nil || year < minYear || year > maxYear {
		return 0, fmt.Errorf("year %q: want %d to %d", s, minYear, maxYear)
	}
	return year, nil
}

// parseSpan reads a date, or two dates with ".." between them.
func parseSpan(s string) (from, to Date, err error) {
	first, last, isRange := strings.Cut(s, "..")
	if from, err = ParseDate(first); err != nil {
		return Date{}, Date{}, err
	}
	if !isRange {
		return from, from, nil
	}
	if to, err = ParseDate(last); err != nil {
		return Date{}, Date{}, err
	}
	if !from.Before(to) {
		return Date{}, Date{}, fmt.Errorf("range %s: the last day must be after the first", s)
	}
	if n := from.DaysUntil(to) + 1; n > maxSpanDays {
		return Date{}, Date{}, fmt.Errorf("range %s: %d days, want at most %d", s, n, maxSpanDays)
	}
	return from, to, nil
}
