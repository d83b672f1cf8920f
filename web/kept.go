package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// What is typed into a form is shown again where the form is not one of this session:
// because the session has ended, or another one has begun meanwhile. Nothing is done
// then but that. A form is also shown again, in the other language, where somebody
// changes it.
const (
	doShow     = "show"  // show the form with what was typed, and do nothing
	keptField  = "kept." // before the names of what was typed, on its way through a sign-in
	keptTo     = "kept-to"
	maxEncoded = 3*maxForm + 16<<10 // bytes of a form as its own address would encode it
	maxTyped   = 1000               // values of a form
)

// formRoute registers what a form does, and what shows it again with what was typed.
func (h *handler) formRoute(e *echo.Echo, path string, send, show echo.HandlerFunc) {
	e.POST(path, send)
	if h.shows == nil {
		h.shows = map[string]echo.HandlerFunc{}
	}
	h.shows[path] = show
}

// anew answers a form that is of another session, or of none.
func (h *handler) anew(c echo.Context, foreign bool) error {
	_, err := h.viewer(c)
	switch {
	case forPublic(c) || err == nil && h.o.Form(c.Request().Context()) != "":
		c.Set(foreignKey, foreign)
		return h.shows[c.Path()](c)
	case err != nil && !errors.Is(err, errSignIn):
		return err
	}
	t, err := readTyped(c)
	if err != nil {
		return err
	}
	view := signInView{To: ownAddress(c.Request().URL), Kept: &kept{To: ownAddress(c.Request().URL), Files: t.files}}
	for _, name := range casefile.SortedNames(t.values) {
		for _, value := range t.values[name] {
			view.Kept.Fields = append(view.Kept.Fields, pair{ID: name, Value: value})
		}
	}
	return h.signInPage(c, http.StatusUnauthorized, view)
}

const foreignKey = "form-of-another-session"

// kept is what was typed into a form whose session has ended.
type kept struct {
	To     string // address of the form
	Fields []pair // ID is the name
	Files  []string
}

// keptView leads back to the form.
type keptView struct {
	Page frame
	Kept *kept
}

// keptOf gives what a sign-in carries along; nil: nothing.
func keptOf(sent url.Values) *kept {
	k := &kept{To: local(sent.Get(keptTo))}
	if k.To == "/" {
		return nil
	}
	for _, name := range casefile.SortedNames(sent) {
		if field, ok := strings.CutPrefix(name, keptField); ok && carries(field) {
			for _, value := range sent[name] {
				k.Fields = append(k.Fields, pair{ID: field, Value: value})
			}
		}
	}
	if len(k.Fields) > maxTyped {
		return nil
	}
	return k
}

// carries reports whether what a field holds may be shown again.
func carries(name string) bool {
	return name != formField && name != "do" && name != keptTo && !strings.Contains(name, "password") && !strings.HasPrefix(name, keptField)
}

// ownAddress gives the address of a form without what the form carries.
func ownAddress(u *url.URL) string {
	q := u.Query()
	q.Del(formField)
	return (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).RequestURI()
}

// typed is what somebody typed, without the files.
type typed struct {
	values url.Values
	files  []string // names of those that have to be chosen again
}

// readTyped reads a form, and keeps nothing of its files but their names.
func readTyped(c echo.Context) (typed, error) {
	r, sent, t := c.Request(), url.Values{}, typed{values: url.Values{}}
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err == nil && media == echo.MIMEMultipartForm {
		r.Body = http.MaxBytesReader(c.Response(), r.Body, maxUpload)
		parts, err := r.MultipartReader()
		if err == nil {
			err = t.readParts(parts, sent)
		}
		if err != nil {
			return t, fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
		}
	} else {
		if err := r.ParseForm(); err != nil {
			return t, fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
		}
		sent = r.PostForm
	}
	count := 0
	for name, values := range sent {
		if count += len(values); count > maxTyped {
			return t, fmt.Errorf("form of more than %d values: %w", maxTyped, casefile.ErrInvalid)
		}
		switch {
		case isFile(name):
			t.files = append(t.files, slices.DeleteFunc(slices.Clone(values), func(file string) bool { return file == "" })...)
		case carries(name):
			t.values[name] = values
		}
	}
	slices.Sort(t.files)
	return t, nil
}

// isFile reports whether a field holds a file: in a form that is sent without its files
// it holds the name of one.
func isFile(name string) bool {
	return name == "file" || name == filesField || strings.HasPrefix(name, "file.")
}

func (t *typed) readParts(parts *multipart.Reader, into url.Values) error {
	for left := int64(maxForm); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("next part: %w", err)
		}
		if part.FileName() != "" {
			t.files = append(t.files, clip(part.FileName(), 200))
			if len(t.files) > maxTyped {
				return casefile.ErrInvalid
			}
			continue // the next part reads over it
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if left -= int64(len(text)); err != nil || left < 0 {
			return errors.Join(err, casefile.ErrInvalid)
		}
		into.Add(part.FormName(), string(text))
	}
}

// typedAgain is why a form is shown again.
type typedAgain struct {
	why     string // empty: because somebody asked for it
	foreign bool   // the form was one of another session
}

func (a typedAgain) status() int {
	if a.foreign {
		return http.StatusForbidden
	}
	return http.StatusOK
}

// again says why a form is shown again.
func (t typed) again(c echo.Context, words catalogue) typedAgain {
	var a typedAgain
	if a.foreign, _ = c.Get(foreignKey).(bool); a.foreign {
		a.why = words["kept.foreign"]
	}
	if len(t.files) > 0 {
		a.why = strings.TrimSpace(a.why + " " + words["kept.files"] + " " + strings.Join(t.files, words["list.separator"]))
	}
	return a
}

// again shows a form of administrators with what was typed into it.
func (h *handler) again(show func(r adminRequest, values url.Values, why typedAgain) error) func(r adminRequest) error {
	return func(r adminRequest) error {
		t, err := readTyped(r.Context)
		if err != nil {
			return err
		}
		return show(r, t.values, t.again(r.Context, r.n.words))
	}
}

// typed makes the way to the other language one that takes along what was typed into
// the form of the page, which is sent to an address.
func (f *frame) typed(action string) {
	u, err := url.Parse(action)
	if err != nil {
		return
	}
	q := u.Query()
	q.Del(formField)
	q.Set("lang", otherLanguage(f.Lang))
	f.TypedURL, f.OtherURL = (&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String(), ""
}

func otherLanguage(lang string) string {
	if lang == zh {
		return en
	}
	return zh
}
