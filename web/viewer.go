package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

const (
	tokenCookie    = "chengxu_token"
	languageCookie = "chengxu_lang"
)

// viewer is who looks at a page. A visitor has not signed in and sees practice
// cases alone.
type viewer struct {
	principal auth.Principal
	visitor   bool
}

// errSignIn is the answer to somebody who has to sign in first.
var errSignIn = errors.New("sign in first")

// viewer tells who looks, from the sign-in cookie.
func (h *handler) viewer(c echo.Context) (viewer, error) {
	cookie, err := c.Cookie(tokenCookie)
	if err == nil && cookie.Value != "" {
		p, err := h.o.Authenticator.Authenticate(c.Request().Context(), []string{"Bearer " + cookie.Value})
		switch {
		case err == nil && p.Organ != "":
			return viewer{principal: p}, nil
		case err != nil && !errors.Is(err, auth.ErrUnauthenticated):
			return viewer{}, fmt.Errorf("authenticate: %w", err)
		}
		h.forget(c)
	}
	if h.o.OpenPractice {
		return viewer{visitor: true}, nil
	}
	return viewer{}, errSignIn
}

// toSignIn sends the browser to the sign-in page, and back afterwards.
func toSignIn(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, "/sign-in?to="+url.QueryEscape(c.Request().URL.RequestURI()))
}

type signInView struct {
	Page  frame
	To    string
	Wrong bool
	Demo  bool
}

// askToken handles GET /sign-in.
func (h *handler) askToken(c echo.Context) error {
	return h.signInPage(c, http.StatusOK, c.QueryParam("to"), false)
}

func (h *handler) signInPage(c echo.Context, status int, to string, wrong bool) error {
	lang := language(c)
	view := signInView{Page: h.frame(c, lang, viewer{visitor: true}, "sign-in.title"), To: local(to), Wrong: wrong, Demo: h.o.OpenPractice}
	return h.pages.show(c, status, lang, "signin.html", view)
}

// signIn handles POST /sign-in.
func (h *handler) signIn(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	token := strings.TrimSpace(r.PostForm.Get("token"))
	p, err := h.o.Authenticator.Authenticate(r.Context(), []string{"Bearer " + token})
	if errors.Is(err, auth.ErrUnauthenticated) || err == nil && p.Organ == "" {
		return h.signInPage(c, http.StatusUnauthorized, r.PostForm.Get("to"), true)
	}
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	c.SetCookie(h.cookie(c, tokenCookie, token, 0))
	return c.Redirect(http.StatusSeeOther, local(r.PostForm.Get("to")))
}

// signOut handles POST /sign-out.
func (h *handler) signOut(c echo.Context) error {
	h.forget(c)
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}

func (h *handler) forget(c echo.Context) { c.SetCookie(h.cookie(c, tokenCookie, "", -1)) }

func (h *handler) cookie(c echo.Context, name, value string, age int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: h.o.SecureCookie || c.IsTLS()}
}

// local gives the path to return to, or "/" for anything that could lead to
// another site.
func local(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(u.Path, "/sign-") {
		return "/"
	}
	return u.RequestURI()
}

// language gives the language of the page. ?lang= chooses it and is remembered.
func language(c echo.Context) string {
	if chosen := c.QueryParam("lang"); chosen == zh || chosen == en {
		c.SetCookie(&http.Cookie{Name: languageCookie, Value: chosen, Path: "/", MaxAge: 365 * 24 * 60 * 60,
			HttpOnly: true, SameSite: http.SameSiteLaxMode})
		return chosen
	}
	return languageOf(c)
}

func languageOf(c echo.Context) string {
	if chosen := c.QueryParam("lang"); chosen == zh || chosen == en {
		return chosen
	}
	if cookie, err := c.Cookie(languageCookie); err == nil && (cookie.Value == zh || cookie.Value == en) {
		return cookie.Value
	}
	if strings.HasPrefix(strings.ToLower(c.Request().Header.Get("Accept-Language")), "en") {
		return en
	}
	return zh
}
