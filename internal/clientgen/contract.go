package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// contract is what the clients need of openapi.yaml, in its order.
type contract struct {
	schemas    []named
	operations []operation
}

type named struct {
	name   string
	schema *schema
}

// schema is a type. Exactly one of ref, fields, items, values, variants and kind
// says what it is; a schema without any is any value.
type schema struct {
	about    string // its description
	ref      string // name of another schema
	kind     string // string, integer, number, boolean, object
	instant  bool   // a string that is a date and time
	nullable bool
	enum     []string
	fields   []field // of an object with known fields
	open     bool    // the object may have others, too
	items    *schema
	values   *schema // of an object with unknown names
	variants []*schema
}

type field struct {
	name     string
	required bool
	schema   *schema
}

// operation is one call.
type operation struct {
	id, method, path, about string
	deprecated              bool
	params                  []param // of path, query and header, in this order
	body                    *body   // nil: none
	answer                  answer
}

type param struct {
	name, in, about string
	required        bool
	schema          *schema
}

// body is a body of JSON, or bytes when it has no schema.
type body struct {
	schema   *schema
	required bool
}

// answer is what success looks like.
type answer struct {
	kind   answerKind
	schema *schema // of answerJSON
}

type answerKind int

const (
	answerNone   answerKind = iota // no body
	answerJSON                     //
	answerBytes                    // anything else: the caller reads it
	answerStream                   // server-sent events
)

// reader reads a contract and gathers what it cannot read.
type reader struct {
	root *yaml.Node
	errs []error
}

// read gives what the clients need.
func read(raw []byte) (*contract, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the contract is empty")
	}
	r := &reader{root: doc.Content[0]}
	c := &contract{}
	each(get(get(r.root, "components"), "schemas"), func(name string, n *yaml.Node) {
		c.schemas = append(c.schemas, named{name, r.schema(n)})
	})
	each(get(r.root, "paths"), func(path string, item *yaml.Node) {
		each(item, func(method string, n *yaml.Node) {
			if method != "parameters" {
				c.operations = append(c.operations, r.operation(strings.ToUpper(method), path, item, n))
			}
		})
	})
	slices.SortFunc(c.operations, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return c, errors.Join(r.errs...)
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("line %d: %s", n.Line, fmt.Sprintf(format, args...)))
}

// get gives a value of a mapping, or nil.
func get(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func text(n *yaml.Node, key string) string {
	if v := get(n, key); v != nil {
		return strings.TrimSpace(v.Value)
	}
	return ""
}

func each(n *yaml.Node, do func(key string, value *yaml.Node)) {
	if n == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i].Value, n.Content[i+1])
	}
}

// resolve follows a reference to something that is no schema.
func (r *reader) resolve(n *yaml.Node) *yaml.Node {
	ref := text(n, "$ref")
	if ref == "" {
		return n
	}
	found := r.root
	for part := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		found = get(found, part)
	}
	if found == nil {
		r.fail(n, "%s is nowhere", ref)
		return n
	}
	return found
}

// known are the words of schemas that are read, or say nothing about types.
func known(word string) bool {
	return slices.Contains([]string{
		"$ref", "type", "description", "enum", "format", "items", "properties", "required", "additionalProperties", "oneOf", "anyOf",
		"pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "uniqueItems", "default", "contentMediaType",
		"examples", "title", "readOnly", "minProperties", "maxProperties", "deprecated",
	}, word) || strings.HasPrefix(word, "x-")
}

func (r *reader) schema(n *yaml.Node) *schema {
	s := &schema{about: text(n, "description")}
	each(n, func(word string, _ *yaml.Node) {
		if !known(word) {
			r.fail(n, "the generator does not know %q", word)
		}
	})
	if ref := text(n, "$ref"); ref != "" {
		name, ok := strings.CutPrefix(ref, "#/components/schemas/")
		if !ok {
			r.fail(n, "%s is no schema", ref)
		}
		s.ref = name
		return s
	}
	r.kind(s, n)
	for _, word := range []string{"oneOf", "anyOf"} {
		if list := get(n, word); list != nil {
			for _, one := range list.Content {
				s.variants = append(s.variants, r.schema(one))
			}
		}
	}
	if enum := get(n, "enum"); enum != nil {
		for _, v := range enum.Content {
			s.enum = append(s.enum, v.Value)
		}
	}
	s.instant = s.kind == "string" && text(n, "format") == "date-time"
	if items := get(n, "items"); items != nil {
		s.items = r.schema(items)
	}
	r.object(s, n)
	return s
}

// kind reads the type, which may be a list with null.
func (r *reader) kind(s *schema, n *yaml.Node) {
	t := get(n, "type")
	if t == nil {
		return
	}
	kinds := []string{t.Value}
	if t.Kind == yaml.SequenceNode {
		kinds = nil
		for _, one := range t.Content {
			if one.Value == "null" {
				s.nullable = true
				continue
			}
			kinds = append(kinds, one.Value)
		}
	}
	if len(kinds) != 1 || !slices.Contains([]string{"string", "integer", "number", "boolean", "object", "array"}, kinds[0]) {
		r.fail(n, "the generator does not know the type %v", kinds)
		return
	}
	s.kind = kinds[0]
}

func (r *reader) object(s *schema, n *yaml.Node) {
	if s.kind != "object" {
		return
	}
	required := map[string]bool{}
	if list := get(n, "required"); list != nil {
		for _, name := range list.Content {
			required[name.Value] = true
		}
	}
	each(get(n, "properties"), func(name string, p *yaml.Node) {
		s.fields = append(s.fields, field{name: name, required: required[name], schema: r.schema(p)})
	})
	switch more := get(n, "additionalProperties"); {
	case more != nil && more.Kind == yaml.MappingNode:
		s.values = r.schema(more)
	case more == nil || more.Value == "true":
		s.open = true
	}
}

func (r *reader) operation(method, path string, item, n *yaml.Node) operation {
	op := operation{id: text(n, "operationId"), method: method, path: path, about: text(n, "summary"), deprecated: text(n, "deprecated") == "true"}
	if op.id == "" {
		r.fail(n, "%s %s has no operationId", method, path)
	}
	for _, list := range []*yaml.Node{get(item, "parameters"), get(n, "parameters")} {
		if list == nil {
			continue
		}
		for _, one := range list.Content {
			one = r.resolve(one)
			p := param{name: text(one, "name"), in: text(one, "in"), about: text(one, "description"), required: text(one, "required") == "true"}
			if !slices.Contains([]string{"path", "query", "header"}, p.in) {
				r.fail(one, "the generator does not know parameters in %q", p.in)
			}
			p.schema = r.schema(get(one, "schema"))
			op.params = append(op.params, p)
		}
	}
	place := func(p param) int { return slices.Index([]string{"path", "query", "header"}, p.in) }
	slices.SortStableFunc(op.params, func(a, b param) int { return place(a) - place(b) })
	if b := get(n, "requestBody"); b != nil {
		b = r.resolve(b)
		op.body = &body{required: text(b, "required") == "true"}
		if media := get(get(b, "content"), "application/json"); media != nil {
			op.body.schema = r.schema(get(media, "schema"))
		}
	}
	var several bool
	if op.answer, several = r.answer(get(n, "responses")); several {
		// The caller would choose another form than the one that is read.
		op.params = slices.DeleteFunc(op.params, func(p param) bool { return p.name == "format" })
	}
	return op
}

// answer reads what the first success looks like, and whether there are several
// forms of it. JSON goes before others.
func (r *reader) answer(responses *yaml.Node) (out answer, several bool) {
	found := false
	each(responses, func(status string, n *yaml.Node) {
		if found || !strings.HasPrefix(status, "2") {
			return
		}
		found = true
		content := get(r.resolve(n), "content")
		if content == nil {
			return
		}
		out.kind, several = answerBytes, len(content.Content) > 2
		each(content, func(media string, m *yaml.Node) {
			switch media {
			case "application/json", "application/cloudevents-batch+json":
				out = answer{kind: answerJSON, schema: r.schema(get(m, "schema"))}
			case "text/event-stream":
				out.kind = answerStream
			}
		})
	})
	if !found {
		r.fail(responses, "no success is described")
	}
	return out, several
}
