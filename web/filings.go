package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) filingRoutes(e *echo.Echo) {
	e.GET("/filings", h.signedIn(access.ReadFilings, h.showFilings))
	e.GET("/filings/:id", h.signedIn(access.ReadFilings, h.showFiling))
	e.GET("/filings/:id/papers/:digest", h.signedIn(access.ReadFilings, h.downloadFiled))
	h.packageRoutes(e)
}

// filingPage is how many filings a page has.
const filingPage = 50

// filingsView is what subordinate organs have filed.
type filingsView struct {
	Page                  frame
	Rows, Received        []filingRow
	NextURL, NextReceived string
	Action, Wrong         string // of the form that takes a package in
}

// filingRow is a document that was filed.
type filingRow struct {
	URL, Title, Number, Organ, On, Pack string
	Practice                            bool
	Package                             bool   // it came from another installation
	ReviewURL                           string // where a package was taken in
}

func filingURL(id casefile.ID) string { return "/filings/" + url.PathEscape(string(id)) }

func (n names) filing(f access.Filed) filingRow {
	row := filingRow{URL: filingURL(f.Case), Title: f.Title, Number: f.Document, Organ: string(f.Organ), Practice: f.Practice}
	if !f.On.IsZero() {
		row.On = f.On.String()
	}
	row.Pack = n.tokens(f.Pack)
	return row
}

// showFilings handles GET /filings.
func (h *handler) showFilings(c echo.Context, v viewer) error {
	return h.filingsPage(c, v, http.StatusOK, "")
}

func (h *handler) filingsPage(c echo.Context, v viewer, status int, wrong string) error {
	ctx, lang := c.Request().Context(), language(c)
	list, next, _, err := h.o.Guard.Filings(ctx, v.principal, clip(c.QueryParam("after"), 400), filingPage)
	if err != nil {
		return err
	}
	received, nextReceived, err := h.o.Guard.ReceivedFilings(ctx, v.principal, clip(c.QueryParam("received"), 400), filingPage)
	if err != nil {
		return err
	}
	n, view := h.names(lang, nil), filingsView{Page: h.frame(c, lang, v, "filings.title"), Wrong: wrong}
	view.Action = "/filings?form=" + url.QueryEscape(view.Page.Form)
	called := h.organNames(ctx)
	for _, f := range list {
		row := n.filing(f)
		row.Organ = called(f.Organ)
		view.Rows = append(view.Rows, row)
	}
	for _, r := range received {
		row := n.receivedRow(r)
		row.Organ = called(r.Peer)
		view.Received = append(view.Received, row)
	}
	if next != "" {
		view.NextURL = "/filings?" + url.Values{"after": {next}}.Encode()
	}
	if nextReceived != "" {
		view.NextReceived = "/filings?" + url.Values{"received": {nextReceived}}.Encode()
	}
	return h.pages.show(c, status, lang, "filings.html", view)
}

// filingView is what a case has filed.
type filingView struct {
	Page    frame
	Row     filingRow
	Body    string
	Case    string
	Papers  []link
	OpenURL string // the form that opens its review, filled in
}

// showFiling handles GET /filings/:id.
func (h *handler) showFiling(c echo.Context, v viewer) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	if r, err := h.received(c, v); err == nil {
		return h.showReceived(c, v, r, http.StatusOK, nil, "")
	} else if !errors.Is(err, casefile.ErrNotFound) {
		return err
	}
	ctx, lang := c.Request().Context(), language(c)
	f, err := h.o.Guard.Filing(ctx, v.principal, casefile.ID(id))
	if err != nil {
		return err
	}
	n := h.names(lang, nil)
	view := filingView{Page: h.frame(c, lang, v, "filings.title"), Row: n.filing(f), Body: f.Body, Case: string(f.Case)}
	view.Page.Title, view.Row.Organ = f.Title, h.organNames(ctx)(f.Organ)
	for _, p := range f.Papers {
		view.Papers = append(view.Papers, link{URL: filingURL(f.Case) + "/papers/" + string(p.Digest), Name: p.Title})
	}
	_, _, def, err := h.o.Guard.Filings(ctx, v.principal, "", 1)
	if err != nil {
		return err
	}
	view.OpenURL = "/cases/new?" + url.Values{"procedure": {def.Name()}, "title": {fmt.Sprintf(n.words["filings.review-of"], f.Title)}, "follows": {string(f.Case)}}.Encode()
	return h.pages.show(c, http.StatusOK, lang, "filing.html", view)
}

// downloadFiled handles GET /filings/:id/papers/:digest.
func (h *handler) downloadFiled(c echo.Context, v viewer) error {
	id, err := param(c, "id")
	if err != nil {
		return err
	}
	ctx, digest := c.Request().Context(), casefile.Digest(c.Param("digest"))
	paper, err := h.o.Guard.ReceivedPaper(ctx, v.principal, casefile.Digest(id), digest)
	if errors.Is(err, casefile.ErrNotFound) {
		paper, err = h.o.Guard.FiledPaper(ctx, v.principal, casefile.ID(id), digest)
	}
	if err != nil {
		return err
	}
	return h.sendDocument(c, paper, casefile.ID(id))
}
