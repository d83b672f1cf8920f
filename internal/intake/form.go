package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
)

// The bounds of a form (RFC 7578).
const (
	MaxText     = 128 << 10 // bytes of all texts together
	maxPartHead = 16 << 10  // bytes before the content of a part, and around it
	maxBoundary = 70        // characters (RFC 2046, 5.1.1)
)

// Receive takes a file in, at most limit bytes, and looks at it.
type Receive func(ctx context.Context, name, media string, content io.Reader, limit int64) (*documents.Arrival, error)

// Reading says what a form may have.
type Reading struct {
	Texts   []string // names of the parts that are texts, each once
	Media   string   // the media type of a text, where it says one
	Files   string   // the name of the parts that are files
	Receive Receive
	// Browser says that a browser sends the form: a file without name and content where
	// none was chosen, and one whose type it does not know as mere bytes. What is too
	// long is found where it is too long, when the texts before it were read.
	Browser bool
}

// MaxForm gives how many bytes the form may have.
func (r Reading) MaxForm() int64 {
	return consult.MaxAttachedInAll + MaxText + int64(consult.MaxAttachments+len(r.Texts)+1)*maxPartHead
}

// Form is what came in a form. The files are on the disk, and nothing is kept of them
// yet.
type Form struct {
	Texts map[string]string
	Files []*documents.Arrival

	texts, size int64 // bytes of all texts, and of all files
}

// Parts gives what the form says in the order of the texts named, however it was
// written.
func (f *Form) Parts(texts ...string) []string {
	var out []string
	for _, name := range texts {
		out = append(out, f.Texts[name])
	}
	for _, a := range f.Files {
		out = append(out, a.Document.Title, a.Document.MediaType, string(a.Document.Digest))
	}
	return out
}

// Close forgets the files; what was stored of them stays.
func (f *Form) Close() error {
	var errs []error
	for _, a := range f.Files {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

// Kind says what is wrong with a form.
type Kind string

// The kinds of problems.
const (
	Malformed Kind = "malformed"
	Invalid   Kind = "invalid"
	MediaType Kind = "media-type"
	TooLarge  Kind = "too-large"
	File      Kind = "file"
)

// Problem says why a form was not taken. It wraps [casefile.ErrInvalid].
type Problem struct {
	Kind    Kind
	Field   string
	Message casefile.Text
	Limit   int64          // where it is too large
	Code    documents.Code // where a file was not taken
}

func (p *Problem) Error() string { return fmt.Sprintf("form %s: %s", p.Kind, p.Message.EN) }

// Unwrap gives the kind of the error.
func (*Problem) Unwrap() error { return casefile.ErrInvalid }

func malformed(zh, en string) error {
	return &Problem{Kind: Malformed, Message: casefile.Text{ZH: zh, EN: en}}
}

func unreadable() error {
	return malformed("表单无法读取，或者没有结尾。", "the form cannot be read, or has no end")
}

func invalid(field, zh, en string) error {
	return &Problem{Kind: Invalid, Field: field, Message: casefile.Text{ZH: zh, EN: en}}
}

func tooLarge(limit int64) error { return &Problem{Kind: TooLarge, Limit: limit} }

// IsForm reports whether the body of a request is a form with files.
func IsForm(r *http.Request) bool {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && media == "multipart/form-data"
}

// Check looks at what is said of a form before any of it is read.
func (r Reading) Check(req *http.Request) error {
	if enc := req.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return &Problem{Kind: MediaType, Message: casefile.Text{ZH: "不接受压缩的请求体。", EN: "compressed bodies are not accepted"}}
	}
	if b := boundary(req); b == "" || len(b) > maxBoundary {
		return malformed("表单缺少有效的分隔符（boundary）。", "the form has no proper boundary")
	}
	if req.ContentLength > r.MaxForm() && !r.Browser {
		return tooLarge(r.MaxForm())
	}
	return nil
}

func boundary(req *http.Request) string {
	_, params, _ := mime.ParseMediaType(req.Header.Get("Content-Type")) //nolint:errcheck // no boundary then
	return params["boundary"]
}

// portions reads a body in portions, each of which has a bound: neither what stands
// before the first part, nor the head of a part, nor its content is without end.
type portions struct {
	r    io.Reader
	left int64
}

var errPortion = errors.New("more than this part of a form may have")

// Read implements [io.Reader]. A form says itself where it ends: the end of the body
// is an error, and no reader takes it for the end of the form.
func (p *portions) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errPortion
	}
	n, err := p.r.Read(b[:min(int64(len(b)), p.left)])
	p.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Read reads a form to its end. What was read before a problem is in the form too;
// whoever calls closes it.
func (r Reading) Read(req *http.Request) (*Form, error) {
	form := &Form{Texts: map[string]string{}}
	if err := r.Check(req); err != nil {
		return form, err
	}
	body := &portions{r: io.MultiReader(req.Body, strings.NewReader("\r\n"))} // the last line may end without
	reader := multipart.NewReader(body, boundary(req))
	for {
		body.left = maxPartHead
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return form, nil
		}
		if err != nil {
			return form, unreadable()
		}
		if err := r.readPart(req.Context(), form, part, body); err != nil {
			return form, err
		}
	}
}

func (r Reading) readPart(ctx context.Context, form *Form, part *multipart.Part, body *portions) error {
	field, file, media, err := partHead(part)
	_, twice := form.Texts[field]
	switch {
	case err != nil:
		return err
	case slices.Contains(r.Texts, field) && !twice:
		body.left = MaxText + maxPartHead
		return r.readText(form, field, part, media)
	case field == r.Files && r.Browser && file == "":
		return noFile(part)
	case field == r.Files && len(form.Files) < consult.MaxAttachments:
		left := min(consult.MaxAttachment, consult.MaxAttachedInAll-form.size)
		body.left = left + maxPartHead
		return r.readFile(ctx, form, part, file, media, left)
	case field == r.Files:
		return invalid(r.Files, fmt.Sprintf("附件不得超过 %d 个。", consult.MaxAttachments), fmt.Sprintf("there can be at most %d files", consult.MaxAttachments))
	}
	texts := strings.Join(r.Texts, "、")
	return invalid(clip(field), fmt.Sprintf("表单只能有 %s 部分各一个和若干 %s 部分。", texts, r.Files),
		fmt.Sprintf("a form has one part each of %s and parts \"%s\"", strings.Join(r.Texts, ", "), r.Files))
}

// noFile passes over a file that was not chosen.
func noFile(part io.Reader) error {
	if n, _ := io.ReadFull(part, make([]byte, 1)); n > 0 { //nolint:errcheck // no byte is what is wanted
		return malformed("附件缺少文件名。", "a file has no name")
	}
	return nil
}

func clip(field string) string {
	if runes := []rune(field); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return field
}

// partHead reads what is said of a part. Whatever two readers could understand in
// two ways is refused.
func partHead(part *multipart.Part) (field, file, media string, err error) {
	for _, name := range []string{"Content-Disposition", "Content-Type", "Content-Transfer-Encoding"} {
		if len(part.Header.Values(name)) > 1 {
			return "", "", "", malformed("表单部分的头部重复。", "a header of a part of the form is given twice")
		}
	}
	encoding := strings.ToLower(part.Header.Get("Content-Transfer-Encoding"))
	if !slices.Contains([]string{"", "7bit", "8bit", "binary"}, encoding) {
		return "", "", "", malformed("表单部分不得另行编码。", "a part of the form must not be encoded")
	}
	disposition, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
	if err != nil || disposition != "form-data" {
		return "", "", "", malformed("表单部分缺少有效的 Content-Disposition。", "a part of the form has no proper Content-Disposition")
	}
	return params["name"], params["filename"], part.Header.Get("Content-Type"), nil
}

func (r Reading) readText(form *Form, field string, part io.Reader, media string) error {
	if kind, _, err := mime.ParseMediaType(media); media != "" && (err != nil || kind != r.Media) {
		return &Problem{Kind: MediaType, Message: casefile.Text{
			ZH: fmt.Sprintf("%s 部分须为 %s。", field, r.Media), EN: fmt.Sprintf("the part \"%s\" must be %s", field, r.Media)}}
	}
	raw, err := io.ReadAll(io.LimitReader(part, MaxText-form.texts+1))
	form.texts += int64(len(raw))
	switch {
	case err != nil:
		return unreadable()
	case form.texts > MaxText:
		return tooLarge(MaxText)
	}
	form.Texts[field] = string(raw)
	return nil
}

// readFile reads a file, at most left bytes, to the disk.
func (r Reading) readFile(ctx context.Context, form *Form, part io.Reader, file, media string, left int64) error {
	place := len(form.Files) + 1
	if kind, _, err := mime.ParseMediaType(media); r.Browser && (err != nil || kind == "application/octet-stream") {
		media = mediaOf(file)
	}
	if !consult.Attachable(media) {
		return r.atFile(place, &documents.Refused{Code: documents.CodeType, Message: casefile.Text{
			ZH: "不接受这一类型的文件。", EN: "files of this type are not taken; the types are: " + strings.Join(consult.AttachmentTypes(), ", ")}})
	}
	a, err := r.Receive(ctx, FileName(file, media), media, part, left)
	if err != nil {
		return r.atFile(place, err)
	}
	form.Files, form.size = append(form.Files, a), form.size+a.Document.Size
	return nil
}

// mediaOf gives the type that the ending of a name stands for, among those that are
// taken.
func mediaOf(file string) string {
	for _, media := range consult.AttachmentTypes() {
		if strings.EqualFold(path.Ext(file), path.Ext(documents.FileName("x", media))) {
			return media
		}
	}
	return ""
}

// FileName gives what a file is called, without the directories that it stood in and
// without what no file system takes.
func FileName(file, media string) string {
	return documents.FileName(file[strings.LastIndexAny(file, `/\`)+1:], media)
}

// atFile says which file was not taken.
func (r Reading) atFile(place int, err error) error {
	var refused *documents.Refused
	switch {
	case errors.Is(err, documents.ErrUnreadable) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return unreadable()
	case !errors.As(err, &refused):
		return err
	}
	return &Problem{Kind: File, Field: r.Files, Code: refused.Code, Message: casefile.Text{
		ZH: fmt.Sprintf("第 %d 个附件：%s", place, refused.Message.ZH), EN: fmt.Sprintf("attachment %d: %s", place, refused.Message.EN)}}
}
