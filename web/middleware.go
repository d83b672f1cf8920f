package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

const requestIDKey = "request-id"

func (h *handler) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()[:16]
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

// accessLog writes one line for each request. Queries and forms are never logged.
func (h *handler) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		h.o.Log.InfoContext(c.Request().Context(), "request", "request_id", c.Get(requestIDKey), "method", c.Request().Method, "route", c.Path(),
			"status", c.Response().Status, "took", time.Since(began))
		return nil
	}
}

// recovered turns a panic into an error page. A download that was broken off
// stays broken off.
func (h *handler) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			r := recover()
			if r == nil {
				return
			}
			if cause, ok := r.(error); ok && errors.Is(cause, http.ErrAbortHandler) {
				panic(r) //nolint:forbidigo // how net/http is told to break off an answer
			}
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}()
		return next(c)
	}
}

// secure sets the headers under which a page runs nothing but the scripts of this
// site, frames nothing and is kept nowhere.
func (h *handler) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderCacheControl, "no-store")
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		header.Set(echo.HeaderContentSecurityPolicy,
			"default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		header.Set(echo.HeaderReferrerPolicy, "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if h.o.OverTLS || c.IsTLS() {
			header.Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		return next(c)
	}
}

// sameOrigin refuses forms that another site sends. A form must say where it
// comes from: browsers do.
func (h *handler) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method == http.MethodPost {
			if r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
				return fmt.Errorf("form without origin: %w", casefile.ErrForbidden)
			}
			if err := h.foreign.Check(r); err != nil {
				return fmt.Errorf("%w: %w", err, casefile.ErrForbidden)
			}
		}
		return next(c)
	}
}

// compressed packs pages and assets. A page that shows something of its own address
// is left as it is: next to a secret of the same page, what somebody else chose would
// tell by its packed length whether they agree. So is what is downloaded.
func compressed() echo.MiddlewareFunc {
	return middleware.GzipWithConfig(middleware.GzipConfig{Level: 5, MinLength: 1024, Skipper: func(c echo.Context) bool {
		r := c.Request()
		chosen := r.URL.RawQuery == "" || r.URL.RawQuery == "lang="+zh || r.URL.RawQuery == "lang="+en
		return r.Method != http.MethodGet || !chosen || strings.HasSuffix(c.Path(), "/dossier") || strings.HasSuffix(c.Path(), "/package") || strings.HasSuffix(c.Path(), "/answer") || strings.Contains(c.Path(), "/documents/")
	}})
}

// readable refuses addresses that are no text.
func readable(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if legible(url.Values{c.Request().URL.Path: nil}) != nil {
			return fmt.Errorf("path: %w", casefile.ErrNotFound)
		}
		if err := legible(c.QueryParams()); err != nil {
			return err
		}
		return next(c)
	}
}

func within(d time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), d)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

// problemView is the page of an error.
type problemView struct {
	Page      frame
	Status    int
	Title     string
	Detail    string
	RequestID string
}

// failed answers a request that ended in an error. It is the only place of the
// pages that knows statuses.
func (h *handler) failed(err error, c echo.Context) {
	if errors.Is(err, errChange) && !c.Response().Committed {
		if c.Redirect(http.StatusSeeOther, "/password") == nil {
			return
		}
	}
	id, _ := c.Get(requestIDKey).(string)
	status, kind := http.StatusInternalServerError, "internal"
	var routing *echo.HTTPError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large), errors.As(err, &routing) && routing.Code == http.StatusRequestEntityTooLarge:
		status, kind = http.StatusRequestEntityTooLarge, "too-large"
	case errors.As(err, &routing) && routing.Code == http.StatusMethodNotAllowed:
		status, kind = routing.Code, "method"
	case errors.Is(err, casefile.ErrNotFound), errors.As(err, &routing) && routing.Code == http.StatusNotFound:
		status, kind = http.StatusNotFound, "not-found"
	case errors.Is(err, casefile.ErrForbidden):
		status, kind = http.StatusForbidden, "forbidden"
	case errors.Is(err, casefile.ErrInvalid):
		status, kind = http.StatusUnprocessableEntity, "invalid"
	case errors.Is(err, auth.ErrTooMany):
		status, kind = http.StatusTooManyRequests, "too-many"
	case errors.Is(err, auth.ErrProvider):
		status, kind = http.StatusServiceUnavailable, "provider"
		h.o.Log.Error("identity provider", "request_id", id, "error", err)
	case errors.As(err, &routing) && routing.Code < http.StatusInternalServerError:
		status, kind = routing.Code, "invalid"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		status, kind = http.StatusServiceUnavailable, "timeout"
	default:
		h.o.Log.Error("page failed", "request_id", id, "route", c.Path(), "error", err)
	}
	if c.Response().Committed {
		return
	}
	lang := languageOf(c)
	words := h.pages.words[lang]
	view := problemView{Page: h.problemFrame(c, lang, words.name("problem", kind)), Status: status,
		Title: words.name("problem", kind), Detail: words.name("problem-detail", kind), RequestID: id}
	if rerr := h.pages.show(c, status, lang, "problem.html", view); rerr != nil {
		h.o.Log.Error("error page failed", "request_id", id, "error", rerr)
	}
}

// problemFrame gives what surrounds an error: whoever has signed in keeps the way to the
// other pages.
func (h *handler) problemFrame(c echo.Context, lang, title string) frame {
	f := frame{Lang: lang, Public: forPublic(c)}
	if v, err := h.viewer(c); err == nil && !f.Public {
		f = h.frame(c, lang, v, "app.name")
	}
	f.Title, f.OtherURL = title, ""
	if r := c.Request(); r.Method == http.MethodGet { // what was sent cannot be sent again by a link
		q := r.URL.Query()
		q.Set("lang", otherLanguage(lang))
		f.OtherURL = (&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: q.Encode()}).RequestURI()
	}
	return f
}
