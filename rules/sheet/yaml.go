package sheet

import (
	"bytes"
	"fmt"
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/zhengdang/chengxu/rules"
)

// YAML writes the table as the file tables/*.yaml of a pack, one line a row, which
// [rules.LoadPack] reads as the same table.
func YAML(t rules.Table) ([]byte, error) {
	root := &yaml.Node{Kind: yaml.MappingNode}
	put := func(key string, value *yaml.Node) { root.Content = append(root.Content, text(key), value) }
	put("id", text(t.ID))
	put("title", flow(yaml.MappingNode, text("zh"), text(t.Title.ZH), text("en"), text(t.Title.EN)))
	put("hit", text(string(t.Hit)))
	put("inputs", texts(t.Inputs))
	put("type", text(string(t.Type)))
	if t.Enum != nil {
		put("enum", texts(t.Enum))
	}
	rows := &yaml.Node{Kind: yaml.SequenceNode}
	for _, r := range t.Rows {
		row := flow(yaml.MappingNode, text("when"), texts(r.When), text("then"), value(r.Then))
		if r.Basis != "" {
			row.Content = append(row.Content, text("basis"), text(r.Basis))
		}
		if r.Note != "" {
			row.Content = append(row.Content, text("note"), text(r.Note))
		}
		rows.Content = append(rows.Content, row)
	}
	put("rows", rows)
	if t.Otherwise != nil {
		put("otherwise", value(t.Otherwise))
	}
	put("basis", text(t.Basis))
	put("provenance", text(string(t.Provenance)))
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("write table %s: %w", t.ID, err)
	}
	return out.Bytes(), nil
}

// RowAt gives the row of the spreadsheet, from 1, that stands on a line of what
// YAML writes; ok is false for a line that holds no row of the table.
func RowAt(t rules.Table, line int) (row int, ok bool) {
	above := 6 // id, title, hit, inputs, type, rows
	if t.Enum != nil {
		above++
	}
	i := line - above - 1
	return i + rowFirst + 1, i >= 0 && i < len(t.Rows)
}

// plain are texts that need no quotation marks.
var plain = regexp.MustCompile(`^[\p{L}][\p{L}\p{N} ._、，。；（）《》-]*$`)

func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	if !plain.MatchString(s) {
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}

func texts(list []string) *yaml.Node {
	n := flow(yaml.SequenceNode)
	for _, s := range list {
		n.Content = append(n.Content, text(s))
	}
	return n
}

func flow(kind yaml.Kind, content ...*yaml.Node) *yaml.Node {
	return &yaml.Node{Kind: kind, Style: yaml.FlowStyle, Content: content}
}

// value writes what a row says.
func value(v any) *yaml.Node {
	if s, ok := v.(string); ok {
		return text(s)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Value: literal(v)}
}
