package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

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

// form reads a form of bounded size.
func form(c echo.Context) (*http.Request, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 8<<10)
	if err := r.ParseForm(); err != nil {
		return nil, fmt.Errorf("read form: %w: %w", err, casefile.ErrInvalid)
	}
	return r, nil
}

// signIn handles POST /sign-in, with login and password or with a token.
func (h *handler) signIn(c echo.Context) error {
	r, err := form(c)
	if err != nil {
		return err
	}
	if token := strings.TrimSpace(r.PostForm.Get("token")); token != "" {
		err = h.o.Entrance.SignInWithToken(r.Context(), token)
	} else {
		err = h.o.Entrance.SignIn(r.Context(), strings.TrimSpace(r.PostForm.Get("login")), r.PostForm.Get("password"), h.o.Network(r.RemoteAddr))
	}
	if errors.Is(err, auth.ErrUnauthenticated) {
		return h.signInPage(c, http.StatusUnauthorized, r.PostForm.Get("to"), true)
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, local(r.PostForm.Get("to")))
}

// signOut handles POST /sign-out.
func (h *handler) signOut(c echo.Context) error {
	p, err := h.o.Authenticator.Authenticate(c.Request().Context(), nil)
	if err == nil {
		err = h.o.Entrance.SignOut(c.Request().Context(), p)
	}
	if err != nil && !errors.Is(err, auth.ErrUnauthenticated) {
		return fmt.Errorf("sign out: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/sign-in")
}

type passwordView struct {
	Page  frame
	Must  bool   // it was given by somebody else
	Wrong string // what is wrong with what was sent; empty: nothing
}

// askPassword handles GET /password.
func (h *handler) askPassword(c echo.Context) error { return h.passwordPage(c, http.StatusOK, "") }

func (h *handler) passwordPage(c echo.Context, status int, wrong string) error {
	p, err := h.o.Authenticator.Authenticate(c.Request().Context(), nil)
	if errors.Is(err, auth.ErrUnauthenticated) {
		return toSignIn(c)
	}
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	lang := language(c)
	view := passwordView{Page: h.frame(c, lang, viewer{principal: p}, "password.title"), Must: p.MustChange}
	if wrong != "" {
		view.Wrong = h.pages.words[lang].name("password-wrong", wrong)
	}
	return h.pages.show(c, status, lang, "password.html", view)
}

// changePassword handles POST /password.
func (h *handler) changePassword(c echo.Context) error {
	r, err := form(c)
	if err != nil {
		return err
	}
	p, err := h.o.Authenticator.Authenticate(r.Context(), nil)
	if errors.Is(err, auth.ErrUnauthenticated) {
		return toSignIn(c)
	}
	if err != nil {
		return fmt.Errorf("authenticate: %w", err)
	}
	next := r.PostForm.Get("next")
	if next != r.PostForm.Get("again") {
		return h.passwordPage(c, http.StatusUnprocessableEntity, "differs")
	}
	err = h.o.Entrance.ChangePassword(r.Context(), p, r.PostForm.Get("current"), next, h.o.Network(r.RemoteAddr))
	switch {
	case errors.Is(err, auth.ErrUnauthenticated):
		return h.passwordPage(c, http.StatusUnprocessableEntity, "current")
	case errors.Is(err, casefile.ErrInvalid):
		return h.passwordPage(c, http.StatusUnprocessableEntity, "weak")
	case err != nil:
		return fmt.Errorf("change password: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

type firstView struct {
	Page   frame
	Wrong  bool // what was sent is not accepted
	Detail string
	Values auth.First
}

// askFirst handles GET /first/:secret. The page is the same for every secret: only
// sending the form tells whether it is right.
func (h *handler) askFirst(c echo.Context) error {
	return h.firstPage(c, http.StatusOK, auth.First{}, nil)
}

func (h *handler) firstPage(c echo.Context, status int, values auth.First, wrong error) error {
	lang := language(c)
	values.Password = ""
	view := firstView{Page: h.frame(c, lang, viewer{visitor: true}, "first.title"), Values: values, Wrong: wrong != nil}
	view.Page.OtherURL, view.Page.SignIn = "", false
	if wrong != nil {
		field, _, _ := strings.Cut(wrong.Error(), ":")
		view.Detail = h.pages.words[lang].name("first-wrong", field)
	}
	return h.pages.show(c, status, lang, "first.html", view)
}

// found handles POST /first/:secret.
func (h *handler) found(c echo.Context) error {
	r, err := form(c)
	if err != nil {
		return err
	}
	value := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	first := auth.First{OrganID: casefile.OrganID(value("organ")), OrganName: value("organ"), Name: value("name"), Login: value("login"), Password: r.PostForm.Get("password")}
	err = h.o.Entrance.Found(r.Context(), c.Param("secret"), first)
	switch {
	case errors.Is(err, auth.ErrUnauthenticated):
		return fmt.Errorf("first link: %w", casefile.ErrNotFound)
	case errors.Is(err, casefile.ErrInvalid):
		return h.firstPage(c, http.StatusUnprocessableEntity, first, err)
	case err != nil:
		return fmt.Errorf("found: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/")
}
