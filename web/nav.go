package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

// place is a part of the pages that the header leads to.
type place struct {
	url, name string        // the words are "nav.<name>"
	action    access.Action // shown to whom it is permitted
}

// places are the parts of the pages, in the order of the header.
func places() []place {
	return []place{
		{"/work", "work", access.ReadWork},
		{"/cases", "cases", access.ListCases},
		{"/audit", "audit", access.AuditCases},
		{"/figures", "figures", access.ReadFigures},
		{"/admin", "admin", access.WriteDirectory},
		{"/health", "health", access.ReadHealth},
		{"/law", "law", access.ReadLaw},
	}
}

// navEntry is a place as the header shows it.
type navEntry struct {
	URL, Name string
	Current   string // aria-current: "page" on the place itself, "true" within it; empty elsewhere
}

// nav gives the places that somebody who has signed in may go to.
func (h *handler) nav(c echo.Context, lang string, v viewer) []navEntry {
	if v.visitor || v.principal.Public() {
		return nil
	}
	var out []navEntry
	at := c.Request().URL.Path
	for _, p := range places() {
		if p.action == access.ReadFigures && access.Permit(v.principal, p.action) != nil {
			p.url, p.action = "/figures/annual", access.ReadAnnual // for those who look after the installation
		}
		if access.Permit(v.principal, p.action) != nil {
			continue
		}
		e := navEntry{URL: p.url, Name: h.pages.words[lang].name("nav", p.name)}
		switch {
		case at == p.url:
			e.Current = "page"
		case strings.HasPrefix(at, p.url+"/"):
			e.Current = "true"
		}
		out = append(out, e)
	}
	return out
}

// home handles GET /: staff come to their work, auditors to the cases,
// administrators to what they look after, and visitors to the practice cases.
func (h *handler) home(c echo.Context) error {
	v, err := h.viewer(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	if v.visitor {
		return h.showCases(c)
	}
	language(c) // a choice of language is remembered on the way
	to := "/account"
	switch {
	case access.Permit(v.principal, access.OpenCase) == nil && access.Permit(v.principal, access.ReadWork) == nil:
		to = "/work"
	case access.Permit(v.principal, access.ListCases) == nil:
		to = "/cases"
	case access.Permit(v.principal, access.WriteDirectory) == nil:
		to = "/admin"
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// signedIn handles a request of somebody who may do an action, and sends others to
// sign in, also where practice is open to visitors.
func (h *handler) signedIn(a access.Action, do func(c echo.Context, v viewer) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := h.viewer(c)
		if errors.Is(err, errSignIn) || err == nil && v.visitor {
			if c.Request().Method == http.MethodGet {
				return toSignIn(c)
			}
			return c.Redirect(http.StatusSeeOther, "/sign-in")
		}
		if err == nil {
			err = access.Permit(v.principal, a)
		}
		if err != nil {
			return err
		}
		return do(c, v)
	}
}

// param gives a parameter of the path that has the form of an id.
func param(c echo.Context, name string) (string, error) {
	if value := c.Param(name); idPattern.MatchString(value) {
		return value, nil
	}
	return "", casefile.ErrNotFound
}
