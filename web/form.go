package web

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// A form carries a text that only a page of this site can know: of the session of
// whoever has signed in, and of somebody who has not, a text that the browser holds in
// a cookie as well. It is a second lock beside the origin of the request.
const (
	formField  = "form"
	formCookie = "chengxu_form"
	maxForm    = 256 << 10
)

func (h *handler) formCookie(c echo.Context) string {
	if h.o.OverTLS || c.IsTLS() {
		return "__Host-" + formCookie
	}
	return formCookie
}

// formOf gives what a form of this answer has to carry.
func (h *handler) formOf(c echo.Context) string {
	if session := h.o.Form(c.Request().Context()); session != "" {
		return session
	}
	name := h.formCookie(c)
	if held, err := c.Cookie(name); err == nil && len(held.Value) == len(rand.Text()) {
		return held.Value
	}
	text := rand.Text()
	c.SetCookie(&http.Cookie{Name: name, Value: text, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: h.o.OverTLS || c.IsTLS()})
	return text
}

// ownForm refuses forms that do not carry what they should. Without a session only
// those that begin one have to: the others do nothing in anybody's name.
func (h *handler) ownForm(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method != http.MethodPost {
			return next(c)
		}
		if err := h.boundForm(c); err != nil {
			return err
		}
		want := h.o.Form(r.Context())
		typed := h.shows[c.Path()] != nil
		if typed && !forPublic(c) {
			if _, err := h.viewer(c); errors.Is(err, errSignIn) || want == "" {
				if _, err := h.sentForm(c); err != nil {
					return err
				}
				return h.anew(c, true)
			}
		}
		if want == "" && !begins(c.Path()) && !typed {
			return next(c)
		}
		if held, err := c.Cookie(h.formCookie(c)); want == "" && err == nil {
			want = held.Value
		}
		sent, err := h.sentForm(c)
		if err != nil {
			return err
		}
		ours := want != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(want)) == 1
		switch {
		case typed && c.Request().PostForm.Get("do") == doShow:
			return h.anew(c, false)
		case typed && !ours && h.o.Form(r.Context()) != "":
			return h.anew(c, true)
		case typed && forPublic(c): // it looks itself, and keeps what was typed
			return next(c)
		case !ours:
			return fmt.Errorf("form of another page: %w", casefile.ErrForbidden)
		}
		return next(c)
	}
}

// begins reports whether the form of a route begins a session.
func begins(route string) bool {
	return route == "/sign-in" || route == "/sign-in/provider" || route == "/first/:secret"
}

// boundForm bounds what a form may send. Those with files are bounded part by part where
// they are read; where none are taken there is nobody to read them.
func (h *handler) boundForm(c echo.Context) error {
	r, most := c.Request(), int64(maxForm)
	switch {
	case c.Path() == "/sign-in", h.shows[c.Path()] != nil:
		most = maxEncoded
	case begins(c.Path()):
		most = 8 << 10
	}
	media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType))
	if err == nil && strings.HasPrefix(media, "multipart/") {
		if takesFiles(c.Path()) {
			return nil
		}
		return fmt.Errorf("the form takes no files: %w", casefile.ErrInvalid)
	}
	r.Body = http.MaxBytesReader(c.Response(), r.Body, most)
	return nil
}

// takesFiles reports whether the form of a route has files.
func takesFiles(route string) bool {
	return slices.Contains([]string{"/cases/new", "/cases/:id/acts/:kind", "/cases/:id/catalogue", "/cases/:id/filing", "/filings", "/admin/mandates", "/public/consultations/:id/comment"}, route)
}

// sentForm gives what a form carries; one with files has it in its address.
func (h *handler) sentForm(c echo.Context) (string, error) {
	r := c.Request()
	if media, _, err := mime.ParseMediaType(r.Header.Get(echo.HeaderContentType)); err != nil || media != echo.MIMEApplicationForm {
		return r.URL.Query().Get(formField), nil //nolint:nilerr // another kind of body carries it in its address
	}
	if err := parsed(r); err != nil {
		return "", err
	}
	return r.PostForm.Get(formField), nil
}

// parsed reads a form without files.
func parsed(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	return legible(r.PostForm)
}

// legible refuses values that are no text: no person types them, and a database faults on
// some of them.
func legible(values url.Values) error {
	for name, sent := range values {
		for _, text := range append(sent, name) {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				return fmt.Errorf("field %.40q is no text: %w", name, casefile.ErrInvalid)
			}
		}
	}
	return nil
}
