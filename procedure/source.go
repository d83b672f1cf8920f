package procedure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxSource bounds a definition file, in bytes.
const maxSource = 1 << 20

// source says where the parts of a definition stand in its file. A part is named
// by its path, such as "steps[3].outcomes[1].gate".
type source struct {
	file  string
	lines map[string]int
}

// at gives "file:line: " of the part, or of the nearest part around it.
func (s *source) at(path string) string {
	if s == nil {
		return ""
	}
	for p := path; ; {
		if line, ok := s.lines[p]; ok {
			return fmt.Sprintf("%s:%d: ", s.file, line)
		}
		cut := strings.LastIndexAny(p, ".[")
		if cut < 0 {
			return s.file + ": "
		}
		p = p[:cut]
	}
}

// reader reads YAML strictly into Go structs: every key must be a field, no key
// may come twice, and there are no anchors, aliases or explicit tags.
type reader struct {
	source
	errs []error
}

func (r *reader) problem(line int, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s:%d: %s", r.file, line, fmt.Sprintf(format, args...)))
}

// parse gives the one document of the file, or nil with the problem noted.
func (r *reader) parse(src []byte) *yaml.Node {
	if len(src) > maxSource {
		r.errs = append(r.errs, fmt.Errorf("%s: larger than %d bytes", r.file, maxSource))
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("empty file")
		}
		r.errs = append(r.errs, fmt.Errorf("%s:%s", r.file, position(err)))
		return nil
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.errs = append(r.errs, fmt.Errorf("%s: one definition a file, found a second document", r.file))
		return nil
	}
	return doc.Content[0]
}

// position turns "yaml: line 3: …" into "3: …", and leaves an error without a
// line as it is.
func position(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		return rest
	}
	return " " + text
}

// read fills the value from the node and notes the line of each part.
func (r *reader) read(n *yaml.Node, into reflect.Value, path string) {
	r.lines[path] = n.Line
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.problem(n.Line, "%s: anchors and aliases are not used here", name(path))
		return
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.problem(n.Line, "%s: explicit tags are not used here", name(path))
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		into.Set(reflect.New(into.Type().Elem()))
		r.read(n, into.Elem(), path)
	case reflect.Struct:
		r.readStruct(n, into, path)
	case reflect.Map:
		r.readMap(n, into, path)
	case reflect.Slice:
		r.readList(n, into, path)
	case reflect.Int:
		r.readInt(n, into, path)
	default:
		r.readText(n, into, path)
	}
}

func (r *reader) readInt(n *yaml.Node, into reflect.Value, path string) {
	i, err := strconv.ParseInt(n.Value, 10, 32)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil {
		r.problem(n.Line, "%s: want a whole number", name(path))
		return
	}
	into.SetInt(i)
}

func (r *reader) readStruct(n *yaml.Node, into reflect.Value, path string) {
	r.pairs(n, path, func(key, value *yaml.Node) {
		at := -1
		for i := range into.NumField() {
			tag, _, _ := strings.Cut(into.Type().Field(i).Tag.Get("yaml"), ",")
			if tag != "" && tag == key.Value {
				at = i
			}
		}
		if at < 0 {
			r.problem(key.Line, "unknown key %q in %s", key.Value, name(path))
			return
		}
		r.read(value, into.Field(at), strings.TrimPrefix(path+"."+key.Value, "."))
	})
}

func (r *reader) readMap(n *yaml.Node, into reflect.Value, path string) {
	into.Set(reflect.MakeMap(into.Type()))
	r.pairs(n, path, func(key, value *yaml.Node) {
		item := reflect.New(into.Type().Elem()).Elem()
		r.read(value, item, path+"."+key.Value)
		into.SetMapIndex(reflect.ValueOf(key.Value).Convert(into.Type().Key()), item)
	})
}

// pairs visits the keys of a mapping, each once.
func (r *reader) pairs(n *yaml.Node, path string, visit func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.problem(n.Line, "%s: want a mapping", name(path))
		return
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode:
			r.problem(key.Line, "%s: a key must be plain text", name(path))
		case slices.Contains(seen, key.Value):
			r.problem(key.Line, "key %q comes twice in %s", key.Value, name(path))
		default:
			seen = append(seen, key.Value)
			visit(key, n.Content[i+1])
		}
	}
}

func (r *reader) readList(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		r.problem(n.Line, "%s: want a list", name(path))
		return
	}
	list := reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content))
	for i, item := range n.Content {
		r.read(item, list.Index(i), path+"["+strconv.Itoa(i)+"]")
	}
	into.Set(list)
}

func (r *reader) readText(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.problem(n.Line, "%s: want text; quote what YAML would read as something else", name(path))
		return
	}
	if strings.TrimSpace(n.Value) == "" {
		r.problem(n.Line, "%s: is blank", name(path))
		return
	}
	into.SetString(n.Value)
}

func name(path string) string {
	if path == "" {
		return "the definition"
	}
	return path
}
