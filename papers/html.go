package papers

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

//go:embed paper.css
var paperStyle string

//go:embed paper.html
var paperPage string

// htmlBlock is a block as the page shows it: of what element, in which class.
type htmlBlock struct {
	Block
	Element string // "h1", "h2", "h3", "p" or "table"
}

// HTML writes a paper as one page that needs nothing beside it.
func HTML(p *Paper) ([]byte, error) {
	page, err := template.New("paper").Parse(paperPage)
	if err != nil {
		return nil, err
	}
	type meta struct{ Name, Value string }
	view := struct {
		*Paper
		Style        template.CSS
		Meta         []meta
		Blocks, Foot []htmlBlock
		PracticeMark string
	}{Paper: p, Style: template.CSS(paperStyle), PracticeMark: practiceMark} //nolint:gosec // the style is a file of this package
	for _, m := range p.meta(nil) {
		view.Meta = append(view.Meta, meta{m.html, m.value})
	}
	for _, b := range p.Blocks {
		shown := htmlBlock{Block: b, Element: element(b.Kind)}
		if b.Kind == KindCopy || b.Kind == KindPrinted {
			view.Foot = append(view.Foot, shown)
			continue
		}
		view.Blocks = append(view.Blocks, shown)
	}
	var b bytes.Buffer
	err = page.Execute(&b, view)
	return b.Bytes(), err
}

func element(kind Kind) string {
	named := map[Kind]string{KindTitle: "h1", KindHead: "h2", KindPart: "h2", KindSubhead: "h3", KindTable: "table"}
	if e, ok := named[kind]; ok {
		return e
	}
	return "p"
}

// ContentSecurityPolicy lets a page of HTML use its own style and nothing else.
func ContentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(paperStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; sandbox"
}
