package documents

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Bounds of what is read as text.
const (
	maxTextDocument = 8 << 20  // bytes of the document
	maxTextPart     = 16 << 20 // bytes of the text of a DOCX, unpacked
	maxParagraphs   = 8_000
	maxTextRunes    = 600_000
)

// NoTextReason says why the text of a document cannot be given.
type NoTextReason string

// The reasons.
const (
	NoTextKind    NoTextReason = "kind"    // a type whose text is not read, such as PDF or a picture
	NoTextSize    NoTextReason = "size"    // too large
	NoTextDamaged NoTextReason = "damaged" // not what it is said to be
)

// NoText says that the text of a document cannot be given.
type NoText struct{ Reason NoTextReason }

func (n *NoText) Error() string { return "the document gives no text: " + string(n.Reason) }

// Paragraphs gives the text of a document, paragraph by paragraph, without those
// that are empty: of plain text and Markdown each line, of DOCX each paragraph of
// its body. Numbers that Word counts by itself, notes, pictures and text that was
// struck out are not in it. What cannot be read is [NoText].
func Paragraphs(media string, content io.Reader) ([]string, error) {
	kind, params, err := mime.ParseMediaType(media)
	if err != nil {
		return nil, &NoText{NoTextKind}
	}
	isWord := strings.HasSuffix(kind, ".wordprocessingml.document")
	if !isWord && kind != "text/plain" && kind != "text/markdown" {
		return nil, &NoText{NoTextKind}
	}
	whole, err := io.ReadAll(io.LimitReader(content, maxTextDocument+1))
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	if len(whole) > maxTextDocument {
		return nil, &NoText{NoTextSize}
	}
	p := &paragraphs{}
	if isWord {
		err = p.word(whole)
	} else {
		err = p.plain(whole, params["charset"])
	}
	if err != nil {
		return nil, err
	}
	return p.all, nil
}

// paragraphs are collected within the bounds.
type paragraphs struct {
	all   []string
	runes int
}

func (p *paragraphs) add(text string) error {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	p.runes += utf8.RuneCountInString(text)
	if len(p.all) >= maxParagraphs || p.runes > maxTextRunes {
		return &NoText{NoTextSize}
	}
	p.all = append(p.all, text)
	return nil
}

// plain reads lines, in UTF-8 or in the Chinese encodings.
func (p *paragraphs) plain(whole []byte, charset string) error {
	whole = bytes.TrimPrefix(whole, []byte("\xef\xbb\xbf"))
	switch strings.ToLower(charset) {
	case "gb18030", "gbk", "gb2312":
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(whole)
		if err != nil {
			return &NoText{NoTextDamaged}
		}
		whole = decoded
	default:
		if !utf8.Valid(whole) {
			decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(whole)
			if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
				return &NoText{NoTextDamaged}
			}
			whole = decoded
		}
	}
	for line := range strings.Lines(string(whole)) {
		if err := p.add(line); err != nil {
			return err
		}
	}
	return nil
}

// word reads the body of a DOCX.
func (p *paragraphs) word(whole []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil || len(archive.File) > maxPacked {
		return &NoText{NoTextDamaged}
	}
	f, err := archive.Open("word/document.xml")
	if err != nil {
		return &NoText{NoTextDamaged}
	}
	defer f.Close()
	part := &io.LimitedReader{R: f, N: maxTextPart + 1}
	err = p.body(xml.NewDecoder(part))
	if part.N <= 0 {
		return &NoText{NoTextSize}
	}
	return err
}

// body walks through the XML of a DOCX. Elements are known by their local names.
func (p *paragraphs) body(dec *xml.Decoder) error {
	var text strings.Builder
	inText := false
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return p.add(text.String())
		}
		if err != nil {
			return &NoText{NoTextDamaged}
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "t":
				inText = true
			case "tab", "br", "cr":
				text.WriteByte(' ')
			case "noBreakHyphen":
				text.WriteByte('-')
			case "del", "moveFrom", "Fallback", "pPr": // struck out, moved away, the same once more, properties
				if err := dec.Skip(); err != nil {
					return &NoText{NoTextDamaged}
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "t":
				inText = false
			case "p":
				if err := p.add(text.String()); err != nil {
					return err
				}
				text.Reset()
			}
		case xml.CharData:
			if inText {
				text.Write(t)
			}
		}
	}
}
