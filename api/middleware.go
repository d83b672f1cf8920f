package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

const requestIDKey = "request-id"

// requestID gives every request an id of our own, so that no log line holds
// what a client chose.
func (h *handler) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()[:16]
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		return next(c)
	}
}

func requestIDOf(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// accessLog writes one line for each request. Queries, bodies and tokens are
// never logged.
func (h *handler) accessLog(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := time.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		h.log.InfoContext(c.Request().Context(), "request", "request_id", requestIDOf(c), "method", c.Request().Method, "route", c.Path(),
			"status", c.Response().Status, "took", time.Since(began))
		return nil
	}
}

// recovered turns a panic into an internal error. A download that was broken
// off stays broken off.
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

// secure sets the headers that keep answers out of caches, frames and scripts.
func (h *handler) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderCacheControl, "no-store")
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'; sandbox")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		if h.overTLS || c.IsTLS() {
			header.Set(echo.HeaderStrictTransportSecurity, "max-age=31536000")
		}
		return next(c)
	}
}

// within bounds how long a handler may work for one request.
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

// permitted lets a handler run for whoever may try the action, and for nobody
// else. A caller who brings credentials that are not valid is told so even where
// none are needed.
func (h *handler) permitted(action access.Action, rule access.Rule, next answer) echo.HandlerFunc {
	open := slices.Contains(rule.Who, access.Anyone)
	return func(c echo.Context) error {
		given := c.Request().Header.Values(echo.HeaderAuthorization)
		var p auth.Principal
		if len(given) > 0 || !open {
			var err error
			p, err = h.tokens.Authenticate(c.Request().Context(), given)
			if errors.Is(err, auth.ErrUnauthenticated) || err == nil && p.Public() {
				return &fault{code: codeUnauthenticated}
			}
			if err != nil {
				return fmt.Errorf("authenticate: %w", err)
			}
		}
		if p.SessionID != "" && !safe(c.Request().Method) {
			if err := h.sameOrigin(c.Request()); err != nil {
				return err
			}
		}
		if err := access.Permit(p, action); err != nil {
			return err
		}
		return next(c, p)
	}
}

// safe reports whether a method changes nothing.
func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// language gives "zh" or "en", whichever Accept-Language likes better; Chinese
// when it likes both the same or says nothing.
func language(r *http.Request) string {
	best := map[string]float64{}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		base, _, _ := strings.Cut(strings.ToLower(tag), "-")
		q := 1.0
		if value, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(value, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		best[base] = max(best[base], q)
	}
	if best["en"] > max(best["zh"], best["*"]) {
		return "en"
	}
	return "zh"
}

func pick(lang string, t casefile.Text) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	if t.ZH != "" {
		return t.ZH
	}
	return t.EN
}

// braces turns ":id" into "{id}".
func braces(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}
