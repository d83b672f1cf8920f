package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
)

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$`)

// frame is what the layout shows around every page.
type frame struct {
	Lang     string // "zh" or "en"
	Title    string
	Person   string // who has signed in; empty for a visitor
	Unit     string
	SignIn   bool // offer to sign in
	Practice bool // the page shows a practice case
	Back     bool // offer the way to the list
	Public   bool // the page is for the public
	OtherURL string
	TypedURL string // shows the form of the page in the other language; empty: there is none
	Nav      []navEntry
	Form     string // what forms carry
	Sections []link // of the pages for the public
}

func (h *handler) frame(c echo.Context, lang string, v viewer, title string) frame {
	f := frame{Lang: lang, Title: h.pages.words[lang][title], Person: v.principal.Name, Unit: v.principal.Unit, SignIn: v.visitor && h.o.OpenPractice}
	f.Form, f.Nav = h.o.Form(c.Request().Context()), h.nav(c, lang, v)
	if !v.visitor && f.Unit == "" {
		f.Unit = string(v.principal.Organ)
	}
	q := c.Request().URL.Query()
	q.Set("lang", otherLanguage(lang))
	f.OtherURL = (&url.URL{Path: c.Request().URL.Path, RawQuery: q.Encode()}).String()
	return f
}

// showCases handles GET /cases.
func (h *handler) showCases(c echo.Context) error {
	v, err := h.viewer(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	lang := language(c)
	found, err := h.find(c, v)
	if errors.Is(err, casefile.ErrForbidden) && !v.visitor { // administrators see no cases
		return c.Redirect(http.StatusSeeOther, "/admin")
	}
	if err != nil {
		return err
	}
	view := h.listView(found, lang)
	view.Page, view.MayOpen = h.frame(c, lang, v, "cases.title"), h.mayOpen(v)
	return h.pages.show(c, http.StatusOK, lang, "cases.html", view)
}

// showCase handles GET /cases/:id.
func (h *handler) showCase(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	file, err := h.file(c.Request().Context(), found, v)
	if err != nil {
		return err
	}
	lang := language(c)
	view := h.caseView(file, lang)
	if access.Permit(v.principal, access.MakePapers) == nil {
		view.PapersURL = caseURL(found.ID) + "/papers"
	}
	if err := h.acting(c.Request().Context(), v, file, lang, &view); err != nil {
		return err
	}
	audited, err := h.auditing(c.Request().Context(), v, h.names(lang, nil), found.ID)
	if err != nil {
		return err
	}
	view.audit(audited)
	view.Page = h.frame(c, lang, v, "")
	view.Page.Title, view.Page.Practice, view.Page.Back = found.Matter.Title, found.Practice, true
	return h.pages.show(c, http.StatusOK, lang, "case.html", view)
}

// file gathers what the page of a case shows.
func (h *handler) file(ctx context.Context, found casefile.Case, v viewer) (file, error) {
	f := file{c: found, today: found.Today}
	if !found.Practice {
		f.today = legaltime.DateIn(h.o.Now(), legaltime.China)
	}
	var err error
	if f.def, err = h.o.Guard.Definition(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: %w", found.ID, err)
	}
	if found.Status != casefile.StatusClosed {
		if f.possible, err = h.o.Guard.Possible(ctx, v.principal, found.ID); err != nil {
			return file{}, fmt.Errorf("case %s: what is possible: %w", found.ID, err)
		}
		if f.means, err = h.o.Guard.Means(ctx, v.principal, found.ID); err != nil {
			return file{}, fmt.Errorf("case %s: who may act: %w", found.ID, err)
		}
	}
	if f.whole, err = h.o.Guard.MayExport(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: its dossier: %w", found.ID, err)
	}
	if f.standing, err = h.o.Guard.Standing(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: where it stands: %w", found.ID, err)
	}
	if f.lists, err = h.o.Guard.Checklists(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: papers: %w", found.ID, err)
	}
	if f.entries, err = h.o.Guard.Entries(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: entries: %w", found.ID, err)
	}
	if f.following, err = h.o.Guard.Following(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: what follows it: %w", found.ID, err)
	}
	if f.planned, err = h.o.Guard.Planned(ctx, v.principal, found.ID); err != nil {
		return file{}, fmt.Errorf("case %s: what is put into a plan: %w", found.ID, err)
	}
	if f.before, err = h.before(ctx, v.principal, found.Matter.Follows); err != nil {
		return file{}, fmt.Errorf("case %s: what it follows: %w", found.ID, err)
	}
	f.called = h.called(ctx, v.principal, f)
	return f, nil
}

// before gives the title of the case that one follows; empty when there is none, or
// it is not the viewer's to see.
func (h *handler) before(ctx context.Context, p auth.Principal, id casefile.ID) (string, error) {
	if id == "" {
		return "", nil
	}
	found, err := h.o.Guard.Case(ctx, p, id)
	if errors.Is(err, casefile.ErrNotFound) {
		return "", nil
	}
	return found.Matter.Title, err
}

// visible gives the case that the path names, when the viewer may see it.
// Others' cases are not found: that they exist is not told.
func (h *handler) visible(c echo.Context) (viewer, casefile.Case, error) {
	v, err := h.viewer(c)
	if err != nil {
		return v, casefile.Case{}, err
	}
	id := c.Param("id")
	if !idPattern.MatchString(id) {
		return v, casefile.Case{}, fmt.Errorf("case: %w", casefile.ErrNotFound)
	}
	found, err := h.o.Guard.Case(c.Request().Context(), v.principal, casefile.ID(id))
	return v, found.Case, err
}

// downloadDossier handles GET /cases/:id/dossier.
func (h *handler) downloadDossier(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 5*time.Minute)
	defer cancel()
	out := &download{c: c, media: "application/zip", name: string(found.ID) + ".zip"}
	if err := h.o.Guard.Export(ctx, v.principal, found.ID, out); err != nil {
		if !c.Response().Committed {
			return fmt.Errorf("export case %s: %w", found.ID, err)
		}
		h.o.Log.Error("dossier broken off", "case", found.ID, "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a dossier must not look like a whole one
	}
	return nil
}

// downloadDocument handles GET /cases/:id/documents/:digest. Only documents
// that are filed in the case can be had.
func (h *handler) downloadDocument(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	paper, err := h.o.Guard.CaseDocument(c.Request().Context(), v.principal, found.ID, casefile.Digest(c.Param("digest")))
	if err != nil {
		return err
	}
	return h.sendDocument(c, paper, found.ID)
}

// sendDocument sends a document to be kept as a file.
func (h *handler) sendDocument(c echo.Context, paper access.Paper, of casefile.ID) error {
	content, err := paper.Open(c.Request().Context())
	if err != nil {
		return err
	}
	defer content.Close()
	out := &download{c: c, media: paper.MediaType, name: documents.FileName(paper.Title, paper.MediaType)}
	if _, err := io.Copy(out, content); err != nil {
		if !c.Response().Committed {
			return fmt.Errorf("document of case %s: %w", of, err)
		}
		h.o.Log.Error("document broken off", "case", of, "error", err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // half a document must not look like a whole one
	}
	return nil
}

// download writes its headers with the first bytes. What it sends is kept as a
// file, never shown in place.
type download struct {
	c           echo.Context
	media, name string
}

// Write implements [http.ResponseWriter]'s Write.
func (d *download) Write(b []byte) (int, error) {
	if !d.c.Response().Committed {
		header := d.c.Response().Header()
		header.Set(echo.HeaderContentType, d.media)
		if d.media == "" {
			header.Set(echo.HeaderContentType, echo.MIMEOctetStream)
		}
		header.Set(echo.HeaderContentDisposition, "attachment")
		if named := mime.FormatMediaType("attachment", map[string]string{"filename": d.name}); named != "" {
			header.Set(echo.HeaderContentDisposition, named)
		}
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
		d.c.Response().WriteHeader(http.StatusOK)
	}
	return d.c.Response().Write(b)
}

// found is one page of a list.
type found struct {
	cases  []casework.Summary
	next   string
	organs []casefile.OrganID // a visitor may choose among them
	filter casework.Filter
}

// emptyPages is how many pages without a case are passed over at once.
const emptyPages = 10

// pageSize is how many cases a page of the list shows.
const pageSize = 50

// find gives the cases that the viewer asked for and may see.
func (h *handler) find(c echo.Context, v viewer) (found, error) {
	f := found{filter: casework.Filter{Organ: v.principal.Organ, Query: clip(c.QueryParam("q"), 100),
		After: clip(c.QueryParam("after"), 200), Limit: pageSize}}
	switch status := casefile.Status(c.QueryParam("status")); status {
	case casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed:
		f.filter.Status = status
	}
	switch practice := c.QueryParam("practice"); practice {
	case "true", "false":
		only := practice == "true"
		f.filter.Practice = &only
	}
	ctx := c.Request().Context()
	if v.visitor {
		return h.findPractice(ctx, v, f, casefile.OrganID(c.QueryParam("organ")))
	}
	var err error
	filter := f.filter
	for range emptyPages { // conditions that seldom meet give empty pages
		if f.cases, f.next, err = h.o.Guard.List(ctx, v.principal, filter); err != nil || len(f.cases) > 0 || f.next == "" {
			break
		}
		filter.After = f.next
	}
	return f, err
}

// findPractice gives practice cases to a visitor: of one organ page by page, or
// the newest of all organs.
func (h *handler) findPractice(ctx context.Context, v viewer, f found, organ casefile.OrganID) (found, error) {
	var err error
	if f.organs, err = h.o.Organs(ctx); err != nil {
		return f, fmt.Errorf("organs: %w", err)
	}
	only := true
	f.filter.Practice = &only
	asked := f.organs
	if slices.Contains(f.organs, organ) {
		asked = []casefile.OrganID{organ}
	} else {
		f.filter.After = ""
	}
	for _, f.filter.Organ = range asked {
		cases, next, err := h.o.Guard.List(ctx, v.principal, f.filter)
		if err != nil {
			return f, err
		}
		f.cases, f.next = append(f.cases, cases...), next
	}
	f.cases = slices.DeleteFunc(f.cases, func(s casework.Summary) bool { return !s.Practice })
	if len(asked) != 1 {
		f.filter.Organ, f.next = "", ""
		slices.SortStableFunc(f.cases, func(a, b casework.Summary) int { return b.OpenedOn.Compare(a.OpenedOn) })
	}
	return f, nil
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
