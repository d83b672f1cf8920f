package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/procedure"
)

// Bounds of a form with files.
const (
	maxUpload    = 2*documents.MaxSize + maxForm // bytes of the whole form
	maxFiles     = 20
	partCost     = 64 // bytes that every part counts for beside its name and content
	uploadWithin = 10 * time.Minute
	answerWithin = 30 * time.Second
)

// read reads a form. Files go to the storage as they come in; what is wrong with one
// is marked beside its field, and the rest of the form is read on.
func (h *handler) read(c echo.Context, p auth.Principal, spec procedure.ActSpec, f *filled, n names) error {
	r := c.Request()
	if !strings.HasPrefix(r.Header.Get(echo.HeaderContentType), echo.MIMEMultipartForm) {
		if err := parsed(r); err != nil {
			return err
		}
		f.values = r.PostForm
	} else if err := h.readParts(c, p, spec, f, n); err != nil {
		return err
	}
	if err := legible(f.values); err != nil {
		return err
	}
	f.values.Del(formField)
	if f.id = f.values.Get("id"); !idPattern.MatchString(f.id) {
		return fmt.Errorf("id of the act: %w", casefile.ErrInvalid)
	}
	return nil
}

func (h *handler) readParts(c echo.Context, p auth.Principal, spec procedure.ActSpec, f *filled, n names) error {
	within := func(d time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeout(context.WithoutCancel(c.Request().Context()), d)
	}
	ctx, cancel := within(uploadWithin)
	defer cancel()
	intake.GiveTime(c.Response(), uploadWithin)
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, maxUpload)
	parts, err := r.MultipartReader()
	if err != nil {
		return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	left, files := int64(maxForm), 0
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
		}
		name := part.FormName()
		left -= int64(partCost + len(name))
		field, isFile := strings.CutPrefix(name, "file.")
		if !isFile {
			text, err := io.ReadAll(io.LimitReader(part, left+1))
			if left -= int64(len(text)); err != nil || left < 0 {
				return fmt.Errorf("read form: %w", errors.Join(err, casefile.ErrInvalid))
			}
			f.values.Add(name, string(text))
			continue
		}
		if part.FileName() == "" {
			continue
		}
		if files++; files > maxFiles {
			return fmt.Errorf("more than %d files: %w", maxFiles, casefile.ErrInvalid)
		}
		if err := h.takeFile(ctx, p, spec, field, part, f, n); err != nil {
			return err
		}
	}
	next, stop := within(answerWithin) // the act has its own time, however long the files took
	c.Response().After(stop)
	c.SetRequest(r.WithContext(next))
	return nil
}

// takeFile stores a file and names it in its field.
func (h *handler) takeFile(ctx context.Context, p auth.Principal, spec procedure.ActSpec, name string, part *multipart.Part, f *filled, n names) error {
	at := slices.IndexFunc(spec.Fields, func(one procedure.Field) bool {
		return one.Name == name && (one.Kind == procedure.KindDigest || one.Kind == procedure.KindDigests)
	})
	if at < 0 {
		return fmt.Errorf("file of field %.40q: %w", name, casefile.ErrInvalid)
	}
	field := spec.Fields[at]
	title := strings.TrimSuffix(part.FileName(), path.Ext(part.FileName()))
	doc, err := h.putFile(ctx, p, documents.Upload{Title: clip(title, 200), MediaType: mediaOf(part), Level: field.Level, Content: part})
	var refused *documents.Refused
	switch {
	case errors.Is(err, errCrowded):
		f.mark("with."+name, n.words["act.file-crowded"])
	case errors.As(err, &refused):
		f.mark("with."+name, part.FileName()+"："+n.pick(refused.Message))
		if n.lang == en {
			f.mark("with."+name, part.FileName()+": "+n.pick(refused.Message))
		}
	case errors.Is(err, casefile.ErrForbidden):
		return err
	case err != nil:
		h.o.Log.Error("file not stored", "field", name, "error", err)
		f.mark("with."+name, n.words["act.file-failed"])
	case field.Kind == procedure.KindDigest:
		f.values.Set("with."+name, string(doc.Digest))
	case !slices.Contains(f.values["with."+name], string(doc.Digest)):
		f.values.Add("with."+name, string(doc.Digest))
	}
	return nil
}

// putFile stores a file, when the person has a place for one more.
func (h *handler) putFile(ctx context.Context, p auth.Principal, up documents.Upload) (casefile.StoredDocument, error) {
	done, ok := h.o.Gate.TakeUpload(p.Organ, p.Person)
	if !ok {
		return casefile.StoredDocument{}, errCrowded
	}
	defer done()
	return h.o.Guard.PutDocument(ctx, p, up)
}

// mediaOf gives what the browser says that a file is; a text is one in UTF-8.
func mediaOf(part *multipart.Part) string {
	media := part.Header.Get(echo.HeaderContentType)
	if media == "text/plain" {
		return "text/plain; charset=utf-8"
	}
	return media
}

// asOf says as whom the act is to be done.
func asOf(values url.Values) access.As {
	as := access.As{Under: values.Get("under")}
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	if person, name, unit := text("as.person"), text("as.name"), text("as.unit"); person+name+unit != "" {
		as.Other = &casefile.Actor{Person: casefile.PersonID(person), Name: name, Unit: unit}
		for _, role := range values["as.roles"] {
			as.Other.Roles = append(as.Other.Roles, casefile.Role(role))
		}
		as.Under = ""
	}
	return as
}

// reasons gives the reasons recorded for rules that warn.
func reasons(values url.Values) map[string]string {
	var out map[string]string
	for name := range values {
		rule, ok := strings.CutPrefix(name, "reason.")
		if text := plain(values.Get(name)); ok && strings.TrimSpace(text) != "" {
			if out == nil {
				out = map[string]string{}
			}
			out[rule] = text
		}
	}
	return out
}

// payload gives the payload of an act from its controls. What cannot be read as what
// the field wants stays a text, and is refused as such.
func payload(spec procedure.ActSpec, values url.Values) casefile.Values {
	out := casefile.Values{}
	for _, f := range spec.Fields {
		if v, ok := fieldValue(f, values["with."+f.Name]); ok {
			out[f.Name] = v
		}
	}
	return out
}

func fieldValue(f procedure.Field, sent []string) (v any, given bool) {
	text := ""
	if len(sent) > 0 {
		text = plain(sent[0])
	}
	trimmed := strings.TrimSpace(text)
	switch f.Kind {
	case procedure.KindTexts, procedure.KindDigests:
		items := itemsOf(f, sent)
		return items, len(items) > 0 || f.Required && f.Fact != "" || slices.Contains(sent, none)
	case procedure.KindBool:
		if trimmed == "true" || trimmed == "false" {
			return trimmed == "true", true
		}
	case procedure.KindInt:
		if number, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return number, true
		}
	case procedure.KindNumber:
		if number, err := strconv.ParseFloat(trimmed, 64); err == nil {
			return number, true
		}
	case procedure.KindDate, procedure.KindDigest, procedure.KindCase:
		return trimmed, trimmed != ""
	case procedure.KindText:
	}
	return text, trimmed != ""
}

// none is sent for a list that is known to hold nothing.
const none = "-"

// itemsOf gives the items of a list: one a line, or the boxes that are ticked.
func itemsOf(f procedure.Field, sent []string) []string {
	items := []string{}
	for _, text := range sent {
		lines := []string{text}
		if f.Kind == procedure.KindTexts && len(f.Enum) == 0 {
			lines = strings.Split(plain(text), "\n")
		}
		for _, line := range lines {
			if line = strings.TrimSpace(line); line != "" && line != none {
				items = append(items, line)
			}
		}
	}
	return items
}

// plain gives a text with the line ends that everything else has, and without what has no
// width, as it comes with what is pasted.
func plain(text string) string {
	return strings.NewReplacer("\r\n", "\n", "\u200b", "", "\u2060", "", "\ufeff", "").Replace(text)
}
