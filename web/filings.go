package web

import (
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
}

// filingPage is how many filings a page has.
const filingPage = 50

// filingsView is what subordinate organs have filed.
type filingsView struct {
	Page    frame
	Rows    []filingRow
	NextURL string
}

// filingRow is a document that was filed.
type filingRow struct {
	URL, Title, Number, Organ, On, Pack string
	Practice                            bool
}

func filingURL(id casefile.ID) string { return "/filings/" + url.PathEscape(string(id)) }

func (n names) filing(f access.Filed) filingRow {
	row := filingRow{URL: filingURL(f.Case), Title: f.Title, Number: f.Document, Organ: string(f.Organ), Practice: f.Practice}
	if !f.On.IsZero() {
		row.On = f.On.String()
	}
	kinds := make([]string, len(f.Pack))
	for i, kind := range f.Pack {
		kinds[i] = n.words.name("token", kind)
	}
	row.Pack = n.list(kinds)
	return row
}

// showFilings handles GET /filings.
func (h *handler) showFilings(c echo.Context, v viewer) error {
	lang := language(c)
	list, next, _, err := h.o.Guard.Filings(c.Request().Context(), v.principal, clip(c.QueryParam("after"), 400), filingPage)
	if err != nil {
		return err
	}
	n, view := h.names(lang, nil), filingsView{Page: h.frame(c, lang, v, "filings.title")}
	for _, f := range list {
		view.Rows = append(view.Rows, n.filing(f))
	}
	if next != "" {
		view.NextURL = "/filings?" + url.Values{"after": {next}}.Encode()
	}
	return h.pages.show(c, http.StatusOK, lang, "filings.html", view)
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
	ctx, lang := c.Request().Context(), language(c)
	f, err := h.o.Guard.Filing(ctx, v.principal, casefile.ID(id))
	if err != nil {
		return err
	}
	n := h.names(lang, nil)
	view := filingView{Page: h.frame(c, lang, v, "filings.title"), Row: n.filing(f), Body: f.Body, Case: string(f.Case)}
	view.Page.Title = f.Title
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
	paper, err := h.o.Guard.FiledPaper(c.Request().Context(), v.principal, casefile.ID(id), casefile.Digest(c.Param("digest")))
	if err != nil {
		return err
	}
	return h.sendDocument(c, paper, casefile.ID(id))
}
