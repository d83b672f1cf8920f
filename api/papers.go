package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/papers"
)

func (h *handler) paperRoutes(r *routes) {
	r.add("GET", "/api/v1/cases/:id/papers", access.MakePapers, h.listPapers, r.quick)
	r.add("GET", "/api/v1/cases/:id/papers/:paper", access.MakePapers, h.makePaper, r.slow)
}

type paperView struct {
	Name    string          `json:"name"`
	Title   casefile.Text   `json:"title"`
	Basis   string          `json:"basis"`
	Level   casefile.Level  `json:"level,omitempty"`
	Version string          `json:"version"`
	Digest  casefile.Digest `json:"digest"`
	Entry   int64           `json:"entry,omitempty"`
	Missing []lackView      `json:"missing,omitempty"`
}

type lackView struct {
	Fact    string        `json:"fact,omitempty"`
	Acts    []string      `json:"acts,omitempty"`
	Message casefile.Text `json:"message"`
}

type fontView struct {
	Face   papers.Face     `json:"face"`
	File   string          `json:"file"`
	Digest casefile.Digest `json:"digest"`
}

type paperListView struct {
	Papers       []paperView    `json:"papers"`
	Fonts        []fontView     `json:"fonts,omitempty"`
	FontsMissing *casefile.Text `json:"fonts_missing,omitempty"`
}

// listPapers handles GET /api/v1/cases/{id}/papers.
func (h *handler) listPapers(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	states, err := h.guard.Papers(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	out := paperListView{Papers: []paperView{}}
	for _, s := range states {
		v := paperView{Name: s.Template.Name, Title: s.Template.Title, Basis: s.Template.Basis, Level: s.Template.Level,
			Version: s.Template.Version, Digest: s.Template.Digest(), Entry: s.Entry}
		for _, l := range s.Lacks {
			lack := lackView{Fact: l.Fact, Message: l.Message()}
			for _, act := range l.Acts {
				lack.Acts = append(lack.Acts, act.Kind)
			}
			v.Missing = append(v.Missing, lack)
		}
		out.Papers = append(out.Papers, v)
	}
	fonts, err := h.guard.PaperFonts(p)
	var missing *papers.FontsMissing
	if errors.As(err, &missing) {
		message := missing.Message()
		out.FontsMissing, err = &message, nil
	}
	if err != nil {
		return err
	}
	for _, f := range fonts {
		out.Fonts = append(out.Fonts, fontView{Face: f.Face, File: f.Name, Digest: f.Digest})
	}
	return c.JSON(http.StatusOK, out)
}

// makePaper handles GET /api/v1/cases/{id}/papers/{paper}.
func (h *handler) makePaper(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	query, err := queryOf(c.Request(), "entry")
	if err != nil {
		return err
	}
	entry := int64(0)
	if text := query["entry"]; text != "" {
		if entry, err = strconv.ParseInt(text, 10, 32); err != nil || entry < 1 {
			return invalid("entry", "须为大于零的整数。", "is a whole number greater than zero")
		}
	}
	name, format, _ := strings.Cut(c.Param("paper"), ".")
	paper, err := h.guard.WritePaper(c.Request().Context(), p, found.ID, name, papers.Format(format), entry)
	if err != nil {
		return err
	}
	etag := strconv.Quote(string(paper.Digest))
	c.Response().Header().Set("ETag", etag)
	if matches(c.Request().Header.Get("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, documents.Disposition(paper.Title, paper.Format.MediaType()))
	return c.Blob(http.StatusOK, paper.Format.MediaType(), paper.Content)
}
