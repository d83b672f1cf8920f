package documents

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"

	"github.com/zhengdang/chengxu/casefile"
)

// Code says why a document was not taken.
type Code string

// The codes. They are part of the API: add, never rename.
const (
	CodeType     Code = "type"    // not a type that is taken, or not what it is said to be
	CodeTooLarge Code = "size"    //
	CodeDigest   Code = "digest"  // other bytes than the sender meant
	CodeContent  Code = "content" // packed too deeply, holds programs, or did not pass its examination
	CodeEmpty    Code = "empty"   //
	CodeTitle    Code = "title"   //
	CodeLevel    Code = "level"   //
	CodeUnread   Code = "unread"  // the sender broke off
)

// Refused says why a document was not taken. It wraps [casefile.ErrInvalid].
type Refused struct {
	Code    Code
	Message casefile.Text
}

func (r *Refused) Error() string { return "document refused: " + r.Message.EN }

// Unwrap gives the kind of the error.
func (*Refused) Unwrap() error { return casefile.ErrInvalid }

func refused(code Code, zh, en string) error {
	return &Refused{Code: code, Message: casefile.Text{ZH: zh, EN: en}}
}

// kind is a type of document that is taken.
type kind struct {
	media     string
	extension string
	family    family
}

// family is what bytes are, whatever they are called.
type family string

const (
	familyText family = "text/plain"
	familyZip  family = "application/zip"
)

// kinds are the types that are taken. Pages are taken as text: nobody is ever
// shown them as a page. ZIP files, executables, scripts and drawings that can
// hold scripts are not.
func kinds() []kind {
	const office, open = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
	return []kind{
		{"application/pdf", ".pdf", "application/pdf"},
		{"application/ofd", ".ofd", familyZip},
		{office + "wordprocessingml.document", ".docx", familyZip},
		{office + "spreadsheetml.sheet", ".xlsx", familyZip},
		{office + "presentationml.presentation", ".pptx", familyZip},
		{open + "text", ".odt", familyZip},
		{open + "spreadsheet", ".ods", familyZip},
		{"text/plain", ".txt", familyText},
		{"text/markdown", ".md", familyText},
		{"text/csv", ".csv", familyText},
		{"text/html", ".txt", familyText},
		{"image/png", ".png", "image/png"},
		{"image/jpeg", ".jpg", "image/jpeg"},
		{"image/tiff", ".tiff", "image/tiff"},
	}
}

func kindOf(media string) (kind, bool) {
	for _, k := range kinds() {
		if k.media == media {
			return k, true
		}
	}
	return kind{}, false
}

// MediaTypes gives the media types that are taken, in the order of the reference.
func MediaTypes() []string {
	var out []string
	for _, k := range kinds() {
		out = append(out, k.media)
	}
	return out
}

// declaration is the media type that the sender declares.
type declaration struct {
	kind
	charset string // lower case; empty when it is not said
}

// declared reads a media type. Of its parameters only a character set stays.
func declared(text string) (declaration, error) {
	media, params, err := mime.ParseMediaType(text)
	k, ok := kindOf(media)
	if err != nil || !ok {
		return declaration{}, refused(CodeType, "不接受这一类型的文件。可以提交的类型见 docs/reference/documents.md。",
			"documents of this type are not taken; the types are: "+strings.Join(MediaTypes(), ", "))
	}
	d := declaration{kind: k}
	if k.family != familyText || params["charset"] == "" {
		return d, nil
	}
	d.charset = strings.ToLower(params["charset"])
	switch d.charset {
	case "utf-8", "us-ascii", "gb18030", "gbk", "gb2312":
		return d, nil
	}
	return d, refused(CodeType, "文本文件的字符编码须为 UTF-8 或者 GB18030。", "text is taken in UTF-8 or GB18030")
}

// stored is the media type under which it is kept and given out.
func (d declaration) stored() string {
	media := d.media
	if media == "text/html" {
		media = string(familyText)
	}
	if d.charset != "" {
		media += "; charset=" + d.charset
	}
	return media
}

// agree makes sure that bytes are what they are said to be, and nothing that
// could harm whoever opens them.
func (d declaration) agree(content *Received) error {
	found, err := mimetype.DetectReader(io.NewSectionReader(content, 0, content.Size))
	if err != nil {
		return fmt.Errorf("look at document: %w", err)
	}
	disagree := refused(CodeType, "文件内容与声明的类型（"+d.media+"）不符。", "the content is not "+d.media+", it looks like "+found.String())
	switch {
	case d.family == familyZip:
		if !within(found, string(familyZip)) {
			return disagree
		}
		return inspectOffice(content, d.media)
	case d.family == familyText:
		if !within(found, string(familyText)) || scripted(found) {
			return disagree
		}
		return d.plainText(content)
	case !found.Is(string(d.family)):
		return disagree
	}
	return nil
}

// within reports whether a type is the given one or a special case of it.
func within(found *mimetype.MIME, media string) bool {
	for ; found != nil; found = found.Parent() {
		if found.Is(media) {
			return true
		}
	}
	return false
}

// scripted reports whether text is a program, or something else that is more than
// text to those who open it.
func scripted(found *mimetype.MIME) bool {
	for _, media := range []string{
		"text/javascript", "text/x-python", "text/x-perl", "text/x-php", "text/x-lua", "text/x-ruby", "text/x-tcl", "text/x-shellscript",
		"text/rtf", "image/svg+xml", "application/x-mspublisher",
	} {
		if within(found, media) {
			return true
		}
	}
	return false
}

// plainText makes sure that there are no control characters in all of a text, and
// that it is in UTF-8 where that is declared.
func (d declaration) plainText(content *Received) error {
	in := bufio.NewReaderSize(io.NewSectionReader(content, 0, content.Size), 64<<10)
	for {
		r, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("look at document: %w", err)
		case r == utf8.RuneError && size == 1 && d.charset == "utf-8":
			return refused(CodeType, "文本不是有效的 UTF-8。", "the text is not valid UTF-8")
		case r < ' ' && !strings.ContainsRune("\t\n\v\f\r", r) || r == 0x7f:
			return refused(CodeType, "文本含有控制字符。", "the text holds control characters")
		}
	}
}
