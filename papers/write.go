package papers

import (
	"fmt"

	"github.com/zhengdang/chengxu/casefile"
)

// Format is the format of a paper, as the ending of its file has it.
type Format string

// The formats.
const (
	FormatHTML Format = "html"
	FormatPDF  Format = "pdf"
	FormatDOCX Format = "docx"
)

// Formats gives every format.
func Formats() []Format { return []Format{FormatHTML, FormatPDF, FormatDOCX} }

// MediaType gives the media type of a format; empty for one that does not exist.
func (f Format) MediaType() string {
	switch f {
	case FormatHTML:
		return "text/html; charset=utf-8"
	case FormatPDF:
		return "application/pdf"
	case FormatDOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	}
	return ""
}

// Write writes a paper in a format. Only PDF asks for fonts.
func Write(p *Paper, format Format, fonts *Fonts) ([]byte, error) {
	switch format {
	case FormatHTML:
		return HTML(p)
	case FormatPDF:
		return PDF(p, fonts)
	case FormatDOCX:
		return DOCX(p)
	}
	return nil, fmt.Errorf("format %q: %w", format, casefile.ErrNotFound)
}
