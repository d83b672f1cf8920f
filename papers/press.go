package papers

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/procedure"
)

// Press makes papers by the templates that the program comes with, and writes them. It is
// safe for concurrent use.
type Press struct {
	templates []*Template
	fonts     *Fonts
	turns     chan struct{} // how many PDF are written at the same time
}

// NewPress returns a press that writes with these fonts.
func NewPress(fonts *Fonts) (*Press, error) {
	templates, err := Templates()
	if err != nil {
		return nil, err
	}
	return &Press{templates: templates, fonts: fonts, turns: make(chan struct{}, 2)}, nil
}

// For gives the templates for the cases of a procedure.
func (p *Press) For(def *procedure.Definition) []*Template {
	var out []*Template
	for _, t := range p.templates {
		if t.For(def) {
			out = append(out, t)
		}
	}
	return out
}

// Template gives a template by name, or [casefile.ErrNotFound].
func (p *Press) Template(name string) (*Template, error) {
	for _, t := range p.templates {
		if t.Name == name {
			return t, nil
		}
	}
	return nil, fmt.Errorf("paper %q: %w", name, casefile.ErrNotFound)
}

// Fonts gives the files that PDF is written with, or [FontsMissing].
func (p *Press) Fonts() ([]FaceFile, error) { return p.fonts.Files() }

// Write writes a paper in a format.
func (p *Press) Write(paper *Paper, format Format) ([]byte, error) {
	if format == FormatPDF { // the only one that takes long
		p.turns <- struct{}{}
		defer func() { <-p.turns }()
	}
	return Write(paper, format, p.fonts)
}
