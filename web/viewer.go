package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
)

const languageCookie = "chengxu_lang"

// viewer is who looks at a page. A visitor has not signed in and sees practice
// cases alone.
type viewer struct {
	principal auth.Principal
	visitor   bool
}

// The answers to somebody who has to do something first.
var (
	errSignIn = errors.New("sign in first")
	errChange = errors.New("change the password first")
)

// viewer tells who looks, from the session. Whoever has to change the password
// sees nothing else.
func (h *handler) viewer(c echo.Context) (viewer, error) {
	p, err := h.o.Authenticator.Authenticate(c.Request().Context(), nil)
	switch {
	case err == nil && p.MustChange:
		return viewer{}, errChange
	case err == nil && !p.Public():
		return viewer{principal: p}, nil
	case err != nil && !errors.Is(err, auth.ErrUnauthenticated):
		return viewer{}, fmt.Errorf("authenticate: %w", err)
	case h.o.OpenPractice:
		return viewer{visitor: true}, nil
	}
	return viewer{}, errSignIn
}

// toSignIn sends the browser to the sign-in page, and back afterwards.
func toSignIn(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, "/sign-in?to="+url.QueryEscape(c.Request().URL.RequestURI()))
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
