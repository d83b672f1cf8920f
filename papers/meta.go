package papers

import (
	"fmt"
	"strings"
)

// writer is the version of the writers: raised when the same paper comes out with other
// bytes.
const writer = "1"

// metaEntry is what a paper says of itself, by its name in each format.
type metaEntry struct{ html, pdf, docx, value string }

// meta gives what a paper says of itself. The fonts are those of PDF; others have none.
func (p *Paper) meta(fonts []FaceFile) []metaEntry {
	t := p.Template
	out := []metaEntry{
		{"dcterms.title", "Title", "title", p.Title},
		{"dcterms.creator", "Author", "creator", p.Organ},
		{"chengxu.template", "ChengxuTemplate", "Chengxu template", t.Name + "@" + t.Version},
		{"chengxu.template-sha256", "ChengxuTemplateSHA256", "Chengxu template SHA-256", string(t.Digest())},
		{"chengxu.writer", "ChengxuWriter", "Chengxu writer", writer},
		{"chengxu.case", "ChengxuCase", "Chengxu case", string(p.Case)},
		{"chengxu.entry", "ChengxuEntry", "Chengxu entry", fmt.Sprint(p.Entry)},
	}
	if len(fonts) > 0 {
		var files []string
		for _, f := range fonts {
			files = append(files, fmt.Sprintf("%s=%s sha256:%s", f.Face, f.Name, f.Digest))
		}
		out = append(out, metaEntry{pdf: "ChengxuFonts", value: strings.Join(files, "; ")})
	}
	return out
}
