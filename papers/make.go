package papers

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"text/template"
	"unicode/utf8"

	"github.com/zhengdang/chengxu/casefile"
)

// Bounds of a paper.
const (
	maxBlocks = 10_000
	maxRunes  = 300_000
)

// Make makes a paper. One that lacks something is [Missing].
func Make(t *Template, src Source) (*Paper, error) {
	g, err := gather(t, src)
	if err != nil {
		return nil, err
	}
	p := &Paper{Template: t, Case: g.c.ID, Organ: clean(g.organ), Entry: g.last, Practice: g.c.Practice}
	p.On = src.Entries[g.last-1].On
	for i := range t.Blocks {
		blocks, err := g.fill(&t.Blocks[i])
		if err != nil {
			return nil, fmt.Errorf("paper %s of case %s: block %d: %w", t.Name, p.Case, i+1, err)
		}
		p.Blocks = append(p.Blocks, blocks...)
	}
	if len(g.lacks) > 0 {
		return nil, &Missing{Template: t, Lacks: g.lacks}
	}
	p.Blocks = numbered(p.Blocks)
	runes := 0
	for _, b := range p.Blocks {
		runes += utf8.RuneCountInString(b.Text())
		for _, row := range b.Rows {
			runes += utf8.RuneCountInString(strings.Join(row, ""))
		}
		if b.Kind == KindTitle {
			p.Title = b.Text()
		}
	}
	if len(p.Blocks) > maxBlocks || runes > maxRunes {
		return nil, &Missing{Template: t, Lacks: []Lack{{Why: casefile.Text{ZH: "文书过长，无法制作", EN: "the paper would be too long"}}}}
	}
	return p, nil
}

// fill makes the blocks of one block of the template.
func (g *gathering) fill(spec *blockSpec) ([]Block, error) {
	items, err := g.items(spec.Each)
	if err != nil {
		return nil, err
	}
	var out []Block
	table := Block{Kind: KindTable}
	if len(spec.Head) > 0 {
		table.Head, table.Rows = true, [][]string{spec.Head}
	}
	for i, item := range items {
		data := g.data
		if spec.Each != "" {
			data = maps.Clone(g.data)
			data["item"], data["n"] = item, i+1
		}
		if spec.Kind == KindTable {
			row, err := cells(spec.row, data)
			if err != nil {
				return nil, err
			}
			table.Rows = append(table.Rows, row)
			continue
		}
		text, err := filled(spec.text, data)
		if err != nil {
			return nil, err
		}
		blocks, err := g.blocks(spec.Kind, text)
		if err != nil {
			return nil, err
		}
		out = append(out, blocks...)
	}
	if spec.Kind == KindTable && len(items) > 0 {
		out = append(out, table)
	}
	return out, nil
}

// items gives what a block is repeated for: one nothing when it is not repeated.
func (g *gathering) items(each string) ([]any, error) {
	if each == "" {
		return []any{nil}, nil
	}
	alias, field, _ := strings.Cut(each, ".")
	value := g.data[alias]
	if field != "" {
		act, _ := value.(map[string]any)
		value = act[field]
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case []any:
		return v, nil
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out, nil
	}
	return nil, fmt.Errorf("%q is not a list", each)
}

func cells(row []*template.Template, data map[string]any) ([]string, error) {
	out := make([]string, len(row))
	for i, cell := range row {
		text, err := filled(cell, data)
		if err != nil {
			return nil, err
		}
		out[i] = clean(text)
	}
	return out, nil
}

func filled(t *template.Template, data map[string]any) (string, error) {
	var b strings.Builder
	err := t.Execute(&b, data)
	return b.String(), err
}

// blocks makes blocks of filled text. Each line of running text is a paragraph; no value
// can make a block of another kind.
func (g *gathering) blocks(kind Kind, text string) ([]Block, error) {
	if kind == kindText {
		return g.textOf(clean(text))
	}
	if kind == KindParagraph || kind == KindPlain {
		var out []Block
		for line := range strings.Lines(text) {
			if line = clean(line); line != "" {
				out = append(out, Block{Kind: kind, Runs: []Run{{Text: line}}})
			}
		}
		return out, nil
	}
	if text = clean(text); text == "" {
		return nil, nil
	}
	return []Block{{Kind: kind, Runs: []Run{{Text: text}}}}, nil
}

// textOf gives the text of a document as blocks.
func (g *gathering) textOf(digest string) ([]Block, error) {
	paragraphs, err := g.src.Text(casefile.Digest(digest))
	if errors.Is(err, casefile.ErrNotFound) || errors.Is(err, casefile.ErrInvalid) {
		g.lacks = append(g.lacks, Lack{Why: casefile.Text{
			ZH: "文件的正文无法读取：须为纯文本、Markdown 或者 DOCX，且内容未被移除", EN: "the text of the document cannot be read: it must be plain text, Markdown or DOCX, and not removed"}})
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return legalText(paragraphs, g.c.Matter.Title), nil
}

// numbered leaves out heads that nothing follows, and numbers the others (GB/T 9704-2012,
// 7.3.3).
func numbered(blocks []Block) []Block {
	var out []Block
	n := 0
	for i, b := range blocks {
		if b.Kind == KindHead && len(b.Runs) == 1 && b.Runs[0].Face == "" {
			if i+1 == len(blocks) || !inBody(blocks[i+1].Kind) {
				continue
			}
			n++
			b.Runs = []Run{{Text: chineseNumber(n) + "、" + b.Text()}}
		}
		out = append(out, b)
	}
	return out
}

func inBody(kind Kind) bool {
	return kind == KindParagraph || kind == KindPlain || kind == KindTable || kind == KindSubhead
}
