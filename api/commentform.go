package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/documents"
)

// A comment with files comes as a form (RFC 7578): one part "comment" with the JSON
// that is otherwise the body, and parts "attachment" with the files.
const (
	commentPart    = "comment"
	attachmentPart = "attachment"
	maxCommentPart = 128 << 10 // bytes
	maxPartHead    = 16 << 10  // bytes before the content of a part, and around it
	maxForm        = consult.MaxAttachedInAll + maxCommentPart + (consult.MaxAttachments+2)*maxPartHead
	maxBoundary    = 70 // characters (RFC 2046, 5.1.1)
	keyOfForm      = "comment-form"
)

// commentForm is a comment as it came in a form. The files are on the disk, and
// nothing is kept of them yet.
type commentForm struct {
	comment []byte
	files   []*documents.Arrival
	size    int64 // of all files
}

// formOf gives the form that a request came with, or nil.
func formOf(c echo.Context) *commentForm {
	form, _ := c.Get(keyOfForm).(*commentForm)
	return form
}

// parts gives what the form says, however it was written.
func (f *commentForm) parts() []string {
	out := []string{string(f.comment)}
	for _, a := range f.files {
		out = append(out, a.Document.Title, a.Document.MediaType, string(a.Document.Digest))
	}
	return out
}

func (f *commentForm) close() error {
	var errs []error
	for _, a := range f.files {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

// withForm reads a form before anything else is done with the request; other bodies
// are left as they are.
func (h *handler) withForm(next answer) answer {
	return func(c echo.Context, p auth.Principal) error {
		r := c.Request()
		media, params, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
		if err != nil || media != echo.MIMEMultipartForm {
			return next(c, p) // JSON, or refused where the body is read
		}
		if enc := r.Header.Get(echo.HeaderContentEncoding); enc != "" && enc != "identity" {
			return wrongMediaType("不接受压缩的请求体。", "compressed bodies are not accepted")
		}
		if b := params["boundary"]; b == "" || len(b) > maxBoundary {
			return malformed("表单缺少有效的分隔符（boundary）。", "the form has no proper boundary")
		}
		if r.ContentLength > maxForm {
			return tooLarge(maxForm)
		}
		done, ok := h.forms.take(h.limits.o.network(r))
		if !ok {
			return &fault{code: codeTooManyUploads}
		}
		defer done()
		form := &commentForm{}
		defer func() {
			if err := form.close(); err != nil {
				h.log.Error("attachment not forgotten", "request_id", requestIDOf(c), "error", err)
			}
		}()
		if err := h.readForm(c, form, params["boundary"]); err != nil {
			return err
		}
		c.Set(keyOfForm, form)
		return next(c, p)
	}
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

// readForm reads a form to its end.
func (h *handler) readForm(c echo.Context, form *commentForm, boundary string) error {
	body := &portions{r: io.MultiReader(c.Request().Body, strings.NewReader("\r\n"))} // the last line may end without
	reader := multipart.NewReader(body, boundary)
	for {
		body.left = maxPartHead
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			if form.comment == nil {
				return invalid(commentPart, "缺少意见部分。", "the part with the comment is missing")
			}
			return nil
		}
		if err != nil {
			return malformed("表单无法读取，或者没有结尾。", "the form cannot be read, or has no end")
		}
		if err := h.readPart(c, form, part, body); err != nil {
			return err
		}
	}
}

func (h *handler) readPart(c echo.Context, form *commentForm, part *multipart.Part, body *portions) error {
	field, file, media, err := partHead(part)
	switch {
	case err != nil:
		return err
	case field == commentPart && form.comment == nil:
		body.left = maxCommentPart + maxPartHead
		return form.readComment(part, media)
	case field == attachmentPart && len(form.files) < consult.MaxAttachments:
		left := min(consult.MaxAttachment, consult.MaxAttachedInAll-form.size)
		body.left = left + maxPartHead
		return h.readFile(c, form, part, file, media, left)
	case field == attachmentPart:
		return invalid(attachmentPart, fmt.Sprintf("附件不得超过 %d 个。", consult.MaxAttachments), fmt.Sprintf("there can be at most %d files", consult.MaxAttachments))
	}
	return invalid(clip(field, 100), "表单只能有一个 comment 部分和若干 attachment 部分。", "a form has one part \"comment\" and parts \"attachment\"")
}

// partHead reads what is said of a part. Whatever two readers could understand in
// two ways is refused.
func partHead(part *multipart.Part) (field, file, media string, err error) {
	for _, name := range []string{echo.HeaderContentDisposition, echo.HeaderContentType, "Content-Transfer-Encoding"} {
		if len(part.Header.Values(name)) > 1 {
			return "", "", "", malformed("表单部分的头部重复。", "a header of a part of the form is given twice")
		}
	}
	encoding := strings.ToLower(part.Header.Get("Content-Transfer-Encoding"))
	if !slices.Contains([]string{"", "7bit", "8bit", "binary"}, encoding) {
		return "", "", "", malformed("表单部分不得另行编码。", "a part of the form must not be encoded")
	}
	disposition, params, err := mime.ParseMediaType(part.Header.Get(echo.HeaderContentDisposition))
	if err != nil || disposition != "form-data" {
		return "", "", "", malformed("表单部分缺少有效的 Content-Disposition。", "a part of the form has no proper Content-Disposition")
	}
	return params["name"], params["filename"], part.Header.Get(echo.HeaderContentType), nil
}

func (f *commentForm) readComment(part io.Reader, media string) error {
	if kind, _, err := mime.ParseMediaType(media); media != "" && (err != nil || kind != echo.MIMEApplicationJSON) {
		return wrongMediaType("comment 部分须为 application/json。", "the part \"comment\" must be application/json")
	}
	raw, err := io.ReadAll(io.LimitReader(part, maxCommentPart+1))
	switch {
	case err != nil:
		return malformed("表单无法读取，或者没有结尾。", "the form cannot be read, or has no end")
	case len(raw) > maxCommentPart:
		return tooLarge(maxCommentPart)
	}
	f.comment = raw
	return nil
}

// readFile reads a file, at most left bytes, to the disk.
func (h *handler) readFile(c echo.Context, form *commentForm, part io.Reader, file, media string, left int64) error {
	place := len(form.files) + 1
	if !consult.Attachable(media) {
		return atAttachment(place, &documents.Refused{Code: documents.CodeType, Message: text(
			"不接受这一类型的文件。", "files of this type are not taken; the types are: "+strings.Join(consult.AttachmentTypes(), ", "))})
	}
	a, err := h.guard.ReceiveAttachment(c.Request().Context(), attachmentName(file, media), media, part, left)
	if err != nil {
		return atAttachment(place, err)
	}
	form.files, form.size = append(form.files, a), form.size+a.Document.Size
	return nil
}

// attachmentName gives what a file is called, without the directories that it stood
// in and without what no file system takes.
func attachmentName(file, media string) string {
	return documents.FileName(file[strings.LastIndexAny(file, `/\`)+1:], media)
}

// atAttachment says which file was not taken.
func atAttachment(place int, err error) error {
	var refused *documents.Refused
	switch {
	case errors.Is(err, documents.ErrUnreadable) && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		return malformed("表单无法读取，或者没有结尾。", "the form cannot be read, or has no end")
	case !errors.As(err, &refused):
		return err
	}
	return &fault{code: documentCode(refused.Code), field: attachmentPart, detail: text(
		fmt.Sprintf("第 %d 个附件：%s", place, refused.Message.ZH), fmt.Sprintf("attachment %d: %s", place, refused.Message.EN))}
}

// readAttachment handles GET /api/v1/consultations/{consultation}/comments/{number}/attachments/{attachment}.
func (h *handler) readAttachment(c echo.Context, p auth.Principal) error {
	number, err := numberParam(c)
	if err != nil {
		return err
	}
	digest, err := digestNamed(c, "attachment")
	if err != nil {
		return err
	}
	paper, err := h.guard.CommentAttachment(c.Request().Context(), p, pathParam(c, "consultation"), number, digest)
	if err != nil {
		return err
	}
	return h.sendPaper(c, paper)
}
