package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/papers"
)

// papersView is the page of the papers that can be made of a case.
type papersView struct {
	Page               frame
	CaseTitle, CaseURL string
	Refused            string // why the paper asked for is not made
	Ready, Lacking     []madePaper
	Fonts              []papers.FaceFile
	FontsMissing       string
}

// madePaper is a paper of that page.
type madePaper struct {
	Title, Basis, Level, Template, Digest string
	Entry, EntryURL, ShowURL              string
	Links                                 []link
	Lacks                                 []lackView
}

// lackView is what a paper lacks, with the acts that give it and can be done now.
type lackView struct {
	Text string
	Acts []link
}

func (h *handler) paperRoutes(e *echo.Echo) {
	e.GET("/cases/:id/papers", h.showPapers)
	e.GET("/cases/:id/papers/:paper", h.showPaper)
}

// showPapers handles GET /cases/:id/papers.
func (h *handler) showPapers(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) || err == nil && v.visitor {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	return h.papersPage(c, v, found, nil)
}

// showPaper handles GET /cases/:id/papers/:paper. HTML is shown, other formats are kept as a
// file; what cannot be made is said on the page of all papers.
func (h *handler) showPaper(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) || err == nil && v.visitor {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	entry := int64(0)
	if asked := c.QueryParam("entry"); asked != "" {
		if entry, err = strconv.ParseInt(asked, 10, 32); err != nil || entry < 1 {
			entry = -1 // there is no such entry
		}
	}
	name, format, _ := strings.Cut(c.Param("paper"), ".")
	paper, err := h.o.Guard.WritePaper(c.Request().Context(), v.principal, found.ID, name, papers.Format(format), entry)
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) {
		return h.papersPage(c, v, found, refusal)
	}
	if err != nil {
		return err
	}
	header := c.Response().Header()
	header.Set(echo.HeaderContentSecurityPolicy, papers.ContentSecurityPolicy())
	disposition := documents.Disposition(paper.Title, paper.Format.MediaType())
	if paper.Format == papers.FormatHTML { // made here, without script, and sealed off by the policy above
		disposition = "inline" + strings.TrimPrefix(disposition, "attachment")
	}
	header.Set(echo.HeaderContentDisposition, disposition)
	return c.Blob(http.StatusOK, paper.Format.MediaType(), paper.Content)
}

func (h *handler) papersPage(c echo.Context, v viewer, found casefile.Case, refusal *casefile.Refusal) error {
	ctx, lang := c.Request().Context(), language(c)
	states, err := h.o.Guard.Papers(ctx, v.principal, found.ID)
	if err != nil {
		return err
	}
	possible, err := h.o.Guard.Possible(ctx, v.principal, found.ID)
	if err != nil && found.Status != casefile.StatusClosed {
		return err
	}
	n := h.names(lang, nil)
	view := papersView{Page: h.frame(c, lang, v, "made.title"), CaseTitle: found.Matter.Title, CaseURL: caseURL(found.ID)}
	view.Page.Practice = found.Practice
	var missing *papers.FontsMissing
	if view.Fonts, err = h.o.Guard.PaperFonts(v.principal); errors.As(err, &missing) {
		view.FontsMissing = n.pick(missing.Message())
	} else if err != nil {
		return err
	}
	for _, s := range states {
		if shown := n.madePaper(found.ID, s, possible, view.FontsMissing == ""); len(s.Lacks) == 0 {
			view.Ready = append(view.Ready, shown)
		} else {
			view.Lacking = append(view.Lacking, shown)
		}
	}
	status := http.StatusOK
	if refusal != nil {
		status, view.Refused = http.StatusConflict, n.pick(refusal.Message)
	}
	return h.pages.show(c, status, lang, "papers.html", view)
}

func (n names) madePaper(id casefile.ID, s access.PaperState, possible []casework.Possible, fonts bool) madePaper {
	t := s.Template
	v := madePaper{Title: n.pick(t.Title), Basis: t.Basis, Level: n.words.name("made-level", cmp.Or(string(t.Level), "internal")), Template: t.Name + "@" + t.Version, Digest: string(t.Digest())}
	if s.Entry > 0 {
		v.Entry, v.EntryURL = strconv.FormatInt(s.Entry, 10), caseURL(id)+anchor(s.Entry)
		for _, f := range papers.Formats() {
			if f == papers.FormatPDF && !fonts {
				continue
			}
			address := caseURL(id) + "/papers/" + url.PathEscape(t.Name+"."+string(f))
			if f == papers.FormatHTML {
				v.ShowURL = address
			}
			v.Links = append(v.Links, link{Name: strings.ToUpper(string(f)), URL: address})
		}
	}
	for _, l := range s.Lacks {
		lack := lackView{Text: n.lack(l)}
		for _, a := range l.Acts {
			if slices.ContainsFunc(possible, func(p casework.Possible) bool { return p.Kind == a.Kind && p.Allowed }) {
				lack.Acts = append(lack.Acts, link{Name: n.pick(a.Title), URL: actURL(id, a.Kind)})
			}
		}
		v.Lacks = append(v.Lacks, lack)
	}
	return v
}

// lack says what a paper lacks, with acts and facts by their titles.
func (n names) lack(l papers.Lack) string {
	text := n.pick(l.Message())
	for _, a := range l.Acts {
		text = strings.Replace(text, a.Kind, "“"+n.pick(a.Title)+"”", 1)
	}
	if l.Fact != "" {
		text = strings.Replace(text, l.Fact, "“"+n.fact(l.Fact)+"”", 1)
	}
	return text
}
