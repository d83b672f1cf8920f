package api

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/gorilla/feeds"
	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/register"
)

type normativeDocumentView struct {
	Organ       casefile.OrganID     `json:"organ"`
	Number      string               `json:"number"`
	Title       string               `json:"title"`
	Kind        string               `json:"kind"`
	PublishedOn legaltime.Date       `json:"published_on,omitzero"`
	EffectiveOn legaltime.Date       `json:"effective_on,omitzero"`
	On          legaltime.Date       `json:"on"`
	State       register.State       `json:"state"`
	Also        []register.State     `json:"also"`
	ValidUntil  legaltime.Date       `json:"valid_until,omitzero"`
	Disabled    []string             `json:"disabled_clauses"`
	Changes     []documentChangeView `json:"changes,omitempty"`
	Decision    casefile.ID          `json:"decision,omitempty"`
}

type documentChangeView struct {
	Change   casefile.ChangeKind `json:"change"`
	On       legaltime.Date      `json:"on"`
	Until    legaltime.Date      `json:"until,omitzero"`
	Clauses  []string            `json:"clauses,omitempty"`
	By       string              `json:"by,omitempty"`
	Recorded legaltime.Date      `json:"recorded_on"`
}

type normativeDocumentPageView struct {
	On        legaltime.Date          `json:"on"`
	Documents []normativeDocumentView `json:"documents"`
	Next      string                  `json:"next,omitempty"`
}

func normativeDocumentOf(d register.Document, s register.Standing, on legaltime.Date) normativeDocumentView {
	v := normativeDocumentView{Organ: d.Organ, Number: d.Number, On: on, State: s.State, Also: filled(s.Also), ValidUntil: s.Until, Disabled: filled(s.Disabled)}
	if c, ok := d.Published(); ok {
		v.Title, v.Kind, v.PublishedOn, v.EffectiveOn = c.Title, c.Kind, register.PublishedOn(c.DocumentChange), c.On
	}
	return v
}

// dayOf gives the day for which the register is asked.
func (h *handler) dayOf(query map[string]string) (legaltime.Date, error) {
	on, err := dateOf(query, "on")
	if err == nil && on.IsZero() {
		on = legaltime.DateIn(h.now(), legaltime.China)
	}
	return on, err
}

// registerFilter reads the query of the register.
func (h *handler) registerFilter(r *http.Request) (register.Filter, map[string]string, error) {
	query, err := queryOf(r, "on", "state", "organ", "q", "after", "limit", "format")
	if err != nil {
		return register.Filter{}, nil, err
	}
	f := register.Filter{Organ: casefile.OrganID(query["organ"]), Query: query["q"], State: register.State(query["state"]), After: query["after"]}
	if f.On, err = h.dayOf(query); err != nil {
		return f, nil, err
	}
	if f.Limit, err = limitOf(query, 200); err != nil {
		return f, nil, err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	switch {
	case f.State != "" && !slices.Contains(register.States(), f.State):
		return f, nil, invalid("state", "没有这种状态。", "there is no such state")
	case len(f.After) > 1000 || len([]rune(f.Query)) > 100:
		return f, nil, invalid("q", "查询词不得超过 100 字，游标不得超过 1000 字符。", "q has at most 100 characters and after at most 1000")
	}
	return f, query, nil
}

// listNormativeDocuments handles GET /api/v1/public/documents.
func (h *handler) listNormativeDocuments(c echo.Context, _ auth.Principal) error {
	f, query, err := h.registerFilter(c.Request())
	if err != nil {
		return err
	}
	list, next, err := h.guard.NormativeDocuments(c.Request().Context(), f)
	if err != nil {
		return err
	}
	out := normativeDocumentPageView{On: f.On, Documents: []normativeDocumentView{}, Next: next}
	rows := [][]string{{"organ", "number", "title", "kind", "published_on", "effective_on", "valid_until", "state"}}
	for _, d := range list {
		v := normativeDocumentOf(d.Document, d.Standing, f.On)
		out.Documents = append(out.Documents, v)
		rows = append(rows, []string{string(v.Organ), v.Number, v.Title, v.Kind, day(v.PublishedOn), day(v.EffectiveOn), day(v.ValidUntil), string(v.State)})
	}
	return table(c, query["format"], out, rows)
}

// day gives a day, and nothing for none.
func day(d legaltime.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// readNormativeDocument handles GET /api/v1/public/documents/{organ}/{document}.
func (h *handler) readNormativeDocument(c echo.Context, _ auth.Principal) error {
	query, err := queryOf(c.Request(), "on")
	if err != nil {
		return err
	}
	on, err := h.dayOf(query)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	d, err := h.guard.NormativeDocument(ctx, casefile.OrganID(pathParam(c, "organ")), pathParam(c, "document"))
	if err != nil {
		return err
	}
	standing, ok := d.At(on)
	if !ok {
		return casefile.ErrNotFound
	}
	v := normativeDocumentOf(d, standing, on)
	for _, change := range d.Changes {
		v.Changes = append(v.Changes, documentChangeView{Change: change.Change, On: change.On, Until: change.Until, Clauses: change.Clauses, By: change.By, Recorded: change.Recorded})
	}
	if published, ok := d.Published(); ok {
		if _, err := h.guard.Decision(ctx, published.Case); err == nil {
			v.Decision = published.Case
		}
	}
	return c.JSON(http.StatusOK, v)
}

// feedNormativeDocuments handles GET /api/v1/public/feeds/documents.atom.
func (h *handler) feedNormativeDocuments(c echo.Context, _ auth.Principal) error {
	on := legaltime.DateIn(h.now(), legaltime.China)
	list, _, err := h.guard.NormativeDocuments(c.Request().Context(), register.Filter{On: on, Limit: feedLength})
	if err != nil {
		return err
	}
	updated := epoch()
	var items []*feeds.Item
	for _, d := range list {
		v := normativeDocumentOf(d.Document, d.Standing, on)
		at := v.PublishedOn.Start(legaltime.China).UTC()
		if v.PublishedOn.IsZero() {
			at = d.Changes[0].On.Start(legaltime.China).UTC()
		}
		updated = newest(updated, at)
		base := "/api/v1/public/documents/"
		if h.pages {
			base = "/public/documents/"
		}
		path := url.PathEscape(string(v.Organ)) + "/" + url.PathEscape(v.Number)
		items = append(items, &feeds.Item{Id: "urn:chengxu:document:" + path, Title: v.Number + " " + v.Title, Created: at, Updated: at,
			Author: &feeds.Author{Name: string(v.Organ)}, Link: &feeds.Link{Href: base + path}})
	}
	return h.feed(c, "urn:chengxu:feed:documents", "行政规范性文件", "/api/v1/public/feeds/documents.atom", updated, items)
}
