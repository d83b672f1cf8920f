package web

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/register"
)

// practiceDocumentsView is the register of documents that practice cases have made.
type practiceDocumentsView struct {
	Page    frame
	On      string
	Query   string
	Rows    []registerRow
	Partial bool
	NextURL string
}

// showPracticeDocuments handles GET /practice/documents. What stands there has no effect
// and is never public.
func (h *handler) showPracticeDocuments(c echo.Context, v viewer) error {
	ctx, lang := c.Request().Context(), language(c)
	by := visit{words: h.pages.words[lang], lang: lang, now: h.o.Now()}
	on, err := legaltime.ParseDate(c.QueryParam("on"))
	if err != nil {
		on = legaltime.DateIn(h.o.Now(), legaltime.China)
	}
	f := register.Filter{Query: clip(c.QueryParam("q"), 100), Organ: casefile.OrganID(clip(c.QueryParam("organ"), 200)), After: clip(c.QueryParam("after"), 1000), Limit: publicPage, On: on}
	list, next, err := h.o.Guard.PracticeDocuments(ctx, v.principal, f)
	if err != nil {
		return err
	}
	view := practiceDocumentsView{Page: h.frame(c, lang, v, "practice-documents.title"), On: on.String(), Query: f.Query, Partial: next != "" && len(list) == 0}
	view.Page.Practice = true
	called := h.organNames(ctx)
	for _, d := range list {
		row := by.registered(d.Document, d.Standing, on)
		row.Organ, row.URL = called(d.Organ), ""
		if published, ok := d.Published(); ok {
			row.URL = caseURL(published.Case)
		}
		view.Rows = append(view.Rows, row)
	}
	if next != "" {
		view.NextURL = "/practice/documents?" + url.Values{"q": {f.Query}, "organ": {string(f.Organ)}, "on": {on.String()}, "after": {next}}.Encode()
	}
	return h.pages.show(c, http.StatusOK, lang, "practicedocuments.html", view)
}

func (h *handler) practiceDocumentRoutes(e *echo.Echo) {
	e.GET("/practice/documents", h.signedIn(access.ReadCase, h.showPracticeDocuments))
}
