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
	Page     frame
	To       string
	Wrong    bool
	Demo     bool
	Provider bool // people can sign in at an identity provider
	Unknown  *auth.UnknownIdentity
	Kept     *kept // what was typed before the session had ended; nil: nothing
}

// askToken handles GET /sign-in.
func (h *handler) askToken(c echo.Context) error {
	return h.signInPage(c, http.StatusOK, signInView{To: c.QueryParam("to")})
}

func (h *handler) signInPage(c echo.Context, status int, view signInView) error {
	lang := language(c)
	view.Page = h.frame(c, lang, viewer{visitor: true}, "sign-in.title")
	view.Page.Form = h.formOf(c)
	if c.Path() != "/sign-in" || view.Kept != nil { // what the provider sends the browser back with is not repeated
		view.Page.OtherURL = ""
	}
	view.To, view.Demo, view.Provider = local(view.To), h.o.OpenPractice, h.o.Entrance.HasProvider()
	return h.pages.show(c, status, lang, "signin.html", view)
}

// startProvider handles POST /sign-in/provider.
func (h *handler) startProvider(c echo.Context) error {
	r, err := form(c)
	if err != nil {
		return err
	}
	address, err := h.o.Entrance.StartProvider(r.Context(), local(r.PostForm.Get("to")), c.RealIP())
	if err != nil {
		return fmt.Errorf("start sign-in: %w", err)
	}
	// A form of our pages leads to our pages only, redirects included; so this is a page
	// that the browser goes on from by itself.
	lang := language(c)
	view := providerView{Page: h.frame(c, lang, viewer{visitor: true}, "provider.title"), Address: address}
	view.Page.OtherURL, view.Page.SignIn = "", false
	c.Response().Header().Set("Refresh", "0; url="+address)
	return h.pages.show(c, http.StatusOK, lang, "provider.html", view)
}

// providerView leads to the identity provider.
type providerView struct {
	Page    frame
	Address string
}

// finishProvider handles GET /sign-in/return, where the identity provider sends the
// browser back to.
func (h *handler) finishProvider(c echo.Context) error {
	to, err := h.o.Entrance.FinishProvider(c.Request().Context(), c.QueryParams(), c.RealIP())
	var unknown *auth.UnknownIdentity
	switch {
	case errors.As(err, &unknown):
		return h.signInPage(c, http.StatusForbidden, signInView{Unknown: unknown})
	case errors.Is(err, auth.ErrUnauthenticated):
		h.o.Log.Warn("sign-in at the identity provider refused", "request_id", c.Get(requestIDKey), "error", err)
		return h.signInPage(c, http.StatusUnauthorized, signInView{Wrong: true})
	case err != nil:
		return fmt.Errorf("finish sign-in: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, local(to))
}

// form reads a form of bounded size.
func form(c echo.Context) (*http.Request, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, 8<<10)
	return r, parsed(r)
}

// signIn handles POST /sign-in, with login and password or with a token.
func (h *handler) signIn(c echo.Context) error {
	r := c.Request() // read before: it may carry much that was typed
	for _, name := range []string{"login", "password", "token"} {
		if len(r.PostForm.Get(name)) > 4<<10 {
			return fmt.Errorf("%s: %w", name, casefile.ErrInvalid)
		}
	}
	var err error
	typed := keptOf(r.PostForm)
	if token := strings.TrimSpace(r.PostForm.Get("token")); token != "" {
		err = h.o.Entrance.SignInWithToken(r.Context(), token, c.RealIP())
	} else {
		err = h.o.Entrance.SignIn(r.Context(), strings.TrimSpace(r.PostForm.Get("login")), r.PostForm.Get("password"), c.RealIP())
	}
	if errors.Is(err, auth.ErrUnauthenticated) {
		return h.signInPage(c, http.StatusUnauthorized, signInView{To: r.PostForm.Get("to"), Wrong: true, Kept: typed})
	}
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	if typed != nil {
		lang := language(c)
		view := keptView{Page: h.frame(c, lang, viewer{}, "kept.title"), Kept: typed}
		view.Page.OtherURL = ""
		return h.pages.show(c, http.StatusOK, lang, "kept.html", view)
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
	err = h.o.Entrance.ChangePassword(r.Context(), p, r.PostForm.Get("current"), next, c.RealIP())
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
	view.Page.SignIn, view.Page.Form = false, h.formOf(c)
	view.Page.typed(c.Request().URL.RequestURI())
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
	if r.PostForm.Get("do") == doShow { // in the other language
		return h.firstPage(c, http.StatusOK, first, nil)
	}
	err = h.o.Entrance.Found(r.Context(), c.Param("secret"), first, c.RealIP())
	switch {
	case errors.Is(err, auth.ErrUnauthenticated):
		return fmt.Errorf("first link: %w", casefile.ErrNotFound)
	case errors.Is(err, casefile.ErrInvalid):
		return h.firstPage(c, http.StatusUnprocessableEntity, first, err)
	case err != nil:
		return fmt.Errorf("found: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/welcome")
}
