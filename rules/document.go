package rules

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// document is one YAML file of a pack, read strictly: unknown and duplicate
// keys, anchors, tags and further documents are problems.
type document struct {
	name     string
	lines    []string
	problems *problems
}

// parse gives the root node; nil when the file cannot be read as one document.
func (d *document) parse(content []byte) *yaml.Node {
	d.lines = strings.Split(string(content), "\n")
	dec := yaml.NewDecoder(bytes.NewReader(content))
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			d.problems.add(position{d.name, 1, 1}, "the file is empty")
		} else {
			d.syntax(err)
		}
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		if err != nil {
			d.syntax(err)
		} else {
			d.problems.add(position{d.name, 1, 1}, "the file holds several documents")
		}
		return nil
	}
	if len(root.Content) != 1 || !d.plain(root.Content[0]) {
		return nil
	}
	return root.Content[0]
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)

// countedFromZero tells the errors of the YAML parser, which counts lines from
// 0, from those of its scanner, which counts from 1.
var countedFromZero = regexp.MustCompile(`^did not find expected ('-' indicator|key|',' or|node content|<)`)

func (d *document) syntax(err error) {
	at := position{d.name, 1, 1}
	message := err.Error()
	if m := yamlLine.FindStringSubmatch(message); m != nil {
		message = m[2]
		if n, err := strconv.Atoi(m[1]); err == nil {
			at.line = n
			if countedFromZero.MatchString(message) {
				at.line++
			}
		}
	}
	d.problems.add(at, "not YAML: %s", message)
}

// plain refuses anchors, aliases and explicit tags anywhere below a node.
func (d *document) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		d.problems.add(d.at(n), "anchors and aliases are not accepted")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		d.problems.add(d.at(n), "the tag %s is not accepted; write text that starts with ! in quotes", n.Tag)
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = d.plain(child) && ok
	}
	return ok
}

func (d *document) at(n *yaml.Node) position { return position{d.name, n.Line, n.Column} }

// field is one key of a mapping and what reads its value.
type field struct {
	key      string
	required bool
	read     func(n *yaml.Node)
}

func must(key string, read func(n *yaml.Node)) field { return field{key, true, read} }
func may(key string, read func(n *yaml.Node)) field  { return field{key, false, read} }

// mapping reads a mapping of exactly the fields. It reports whether the node
// was a mapping.
func (d *document) mapping(n *yaml.Node, what string, fields ...field) bool {
	if n.Kind != yaml.MappingNode {
		d.problems.add(d.at(n), "%s: want a mapping", what)
		return false
	}
	given := map[string]*yaml.Node{}
	d.entries(n, what, func(key, value *yaml.Node) {
		for _, f := range fields {
			if f.key == key.Value {
				given[key.Value] = value
				return
			}
		}
		keys := make([]string, len(fields))
		for i, f := range fields {
			keys[i] = f.key
		}
		d.problems.add(d.at(key), "%s: unknown key %q; known are %s", what, key.Value, strings.Join(keys, ", "))
	})
	for _, f := range fields {
		value, ok := given[f.key]
		switch {
		case ok:
			f.read(value)
		case f.required:
			d.problems.add(d.at(n), "%s: %s is missing", what, f.key)
		}
	}
	return true
}

// entries visits the entries of a mapping in order, and refuses duplicates and
// keys that are not text.
func (d *document) entries(n *yaml.Node, what string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.problems.add(d.at(n), "%s: want a mapping", what)
		return
	}
	first := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Kind != yaml.ScalarNode {
			d.problems.add(d.at(key), "%s: a key must be text", what)
			continue
		}
		if line, twice := first[key.Value]; twice {
			d.problems.add(d.at(key), "%s: key %q is given twice, first in line %d", what, key.Value, line)
			continue
		}
		first[key.Value] = key.Line
		visit(key, value)
	}
}

// items gives the items of a list.
func (d *document) items(n *yaml.Node, what string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		d.problems.add(d.at(n), "%s: want a list", what)
		return nil
	}
	return n.Content
}

// text reads text that is not blank.
func (d *document) text(what string, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		switch {
		case n.Kind != yaml.ScalarNode || n.Tag != "!!str":
			d.problems.add(d.at(n), "%s: want text; put it in quotes", what)
		case strings.TrimSpace(n.Value) == "":
			d.problems.add(d.at(n), "%s: is blank", what)
		default:
			*into = strings.TrimSpace(n.Value)
		}
	}
}

// matching reads text of a form.
func (d *document) matching(what string, form *regexp.Regexp, into *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.text(what, into)(n)
		if *into != "" && !form.MatchString(*into) {
			d.problems.add(d.at(n), "%s: %q is not of the form %s", what, *into, form)
		}
	}
}

// texts reads a list of different texts.
func (d *document) texts(what string, into *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		seen := map[string]bool{}
		for _, item := range d.items(n, what) {
			var s string
			d.text(what, &s)(item)
			if s != "" && seen[s] {
				d.problems.add(d.at(item), "%s: %q is given twice", what, s)
				continue
			}
			seen[s] = true
			*into = append(*into, s)
		}
	}
}

// bilingual reads a message in both languages.
func (d *document) bilingual(what string, into *casefile.Text) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.mapping(n, what, must("zh", d.text(what+" zh", &into.ZH)), must("en", d.text(what+" en", &into.EN)))
	}
}

// date reads a date.
func (d *document) date(what string, into *legaltime.Date) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode {
			d.problems.add(d.at(n), "%s: want a date YYYY-MM-DD", what)
			return
		}
		date, err := legaltime.ParseDate(n.Value)
		if err == nil {
			_, err = normaliseDate(n.Value)
		}
		if err != nil {
			d.problems.add(d.at(n), "%s: %v", what, err)
			return
		}
		*into = date
	}
}

// span reads {from, to?}.
func (d *document) span(what string, into *Span) func(*yaml.Node) {
	return func(n *yaml.Node) {
		d.mapping(n, what, must("from", d.date(what+" from", &into.From)), may("to", d.date(what+" to", &into.To)))
		if !into.To.IsZero() && into.To.Before(into.From) {
			d.problems.add(d.at(n), "%s: ends on %s, before it begins on %s", what, into.To, into.From)
		}
	}
}

// boolean reads true or false.
func (d *document) boolean(what string, into **bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if b, ok := d.value(n, what).(bool); ok {
			*into = &b
		} else {
			d.problems.add(d.at(n), "%s: want true or false", what)
		}
	}
}

// value reads a value of a fact or parameter: bool, int64, float64, string or
// []any of strings. It gives nil after a problem.
func (d *document) value(n *yaml.Node, what string) any {
	if n.Kind == yaml.SequenceNode {
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			if item.Kind != yaml.ScalarNode || item.Tag != "!!str" {
				d.problems.add(d.at(item), "%s: the items of a list are text", what)
				return nil
			}
			list = append(list, item.Value)
		}
		return list
	}
	if n.Kind == yaml.ScalarNode {
		switch n.Tag {
		case "!!str", "!!timestamp":
			return n.Value
		case "!!bool":
			return decoded[bool](n)
		case "!!int":
			if v := decoded[int64](n); v != nil {
				return v
			}
		case "!!float":
			return decoded[float64](n)
		}
	}
	d.problems.add(d.at(n), "%s: want true, false, a number, text, a date or a list of texts", what)
	return nil
}

func decoded[T any](n *yaml.Node) any {
	var v T
	if n.Decode(&v) != nil {
		return nil
	}
	return v
}
