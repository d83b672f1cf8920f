package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

// decisionRow is a published decision in a list.
type decisionRow struct{ URL, Title, Organ, Number, On string }

func (v visit) decisions(list []consult.Decision) []decisionRow {
	var out []decisionRow
	for _, d := range list {
		out = append(out, decisionRow{URL: v.url(decisionURL(d.Case)), Title: d.Title, Organ: string(d.Organ), Number: d.Number, On: d.On.String()})
	}
	return out
}

// decisionsView is the list of published decisions.
type decisionsView struct {
	Page        frame
	Search      search
	Rows        []decisionRow
	NextURL     string
	Feeds, Data []link
}

// showDecisions handles GET /public/decisions.
func (h *handler) showDecisions(c echo.Context) error {
	v, ctx := h.visit(c, "/public/decisions"), c.Request().Context()
	f := v.filter(c)
	f.State = ""
	covered, err := h.o.Guard.Covered(ctx)
	if err != nil {
		return err
	}
	list, next, err := h.o.Guard.Decisions(ctx, f)
	if err != nil {
		return err
	}
	view := decisionsView{Page: v.titled(v.words["public.decisions-title"]), Search: v.search("/public/decisions", f, covered), Rows: v.decisions(list),
		Feeds: []link{{URL: "/api/v1/public/feeds/decisions.atom", Name: "Atom"}},
		Data:  []link{{URL: "/api/v1/public/decisions", Name: "JSON"}, {URL: "/api/v1/public/decisions?format=csv", Name: "CSV"}}}
	if next != "" {
		view.NextURL = v.url("/public/decisions", "q", f.Query, "organ", string(f.Organ), "year", yearText(f.Year), "after", next)
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicdecisions.html", view)
}

func yearText(year int) string {
	if year == 0 {
		return ""
	}
	return strconv.Itoa(year)
}

// decisionView is the page of a published decision.
type decisionView struct {
	Page    frame
	Row     decisionRow
	ListURL string
	// RegisterURL is the page of the document in the register; empty where it is not there.
	RegisterURL string

	Papers  []paperRow
	Text    []block
	Stages  []stageRow
	Moments []momentRow
	Rounds  []consultationRow
}

type stageRow struct {
	Name, From, Until string
	Round             int
}

// showDecision handles GET /public/decisions/:id.
func (h *handler) showDecision(c echo.Context) error {
	v, ctx := h.visit(c, "/public/decisions"), c.Request().Context()
	d, err := h.o.Guard.Decision(ctx, casefile.ID(clip(c.Param("id"), 200)))
	if err != nil {
		return err
	}
	view := decisionView{Page: v.titled(d.Title), Row: v.decisions([]consult.Decision{d})[0], ListURL: v.url("/public/decisions")}
	if view.RegisterURL, err = h.inRegister(ctx, v, d); err != nil {
		return err
	}
	docs, err := h.o.Guard.PublicDocuments(ctx, string(d.Case), d.Case, d.Papers)
	if err != nil {
		return err
	}
	for i, doc := range docs {
		if doc.Role == "draft" {
			docs[i].Role = "decision" // what was decided is published as it was drafted last
		}
	}
	view.Papers = v.papers("/api/v1"+decisionURL(d.Case), docs)
	text, err := h.decisionText(ctx, d, docs)
	if err != nil {
		return err
	}
	view.Text = blocksOf(text)
	stages, moments, err := h.o.Guard.DecisionCourse(ctx, d)
	if err != nil {
		return err
	}
	for _, s := range stages {
		view.Stages = append(view.Stages, stageRow{Name: names{lang: v.lang}.pick(s.Title), From: s.From.String(), Until: s.Until.String(), Round: s.Round})
	}
	view.Moments = v.moments(moments)
	rounds, err := h.o.Guard.Rounds(ctx, d.Case)
	if err != nil {
		return err
	}
	for _, r := range rounds {
		view.Rounds = append(view.Rounds, v.consultation(r, h.o.Guard.Takes(r)))
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicdecision.html", view)
}

func (h *handler) decisionText(ctx context.Context, d consult.Decision, docs []access.PublicDocument) (string, error) {
	for i := range docs {
		if docs[i].Role == "decision" {
			return h.draftText(ctx, string(d.Case), docs[i:i+1])
		}
	}
	return h.draftText(ctx, string(d.Case), docs)
}

// catalogueView is the catalogue of a year (年度目录), as far as it follows from what is
// public.
type catalogueView struct {
	Page   frame
	Search search
	Year   int
	Rows   []matterRow
	Cut    bool // there are more

	Published []publishedCatalogue
}

// matterRow is a matter in the catalogue.
type matterRow struct {
	Title, Organ      string
	Asked, AskedURL   string
	State             string
	Decided, Number   string
	DecidedURL        string
	first             legaltime.Date
	ReportURL, Closes string
}

// maxCatalogue bounds the matters of a catalogue.
const maxCatalogue = 1000

// showCatalogue handles GET /public/catalogue.
func (h *handler) showCatalogue(c echo.Context) error {
	v, ctx := h.visit(c, "/public/catalogue"), c.Request().Context()
	f := v.filter(c)
	f.State, f.After, f.Query = "", "", ""
	covered, err := h.o.Guard.Covered(ctx)
	if err != nil {
		return err
	}
	if f.Year == 0 {
		f.Year = legaltime.DateIn(v.now, legaltime.China).Year()
	}
	if len(covered) == 0 || !slices.ContainsFunc(covered, func(one consult.Covered) bool { return one.Year == f.Year }) {
		covered = append(covered, consult.Covered{Year: f.Year})
		slices.SortStableFunc(covered, func(a, b consult.Covered) int { return cmp.Compare(b.Year, a.Year) })
	}
	view := catalogueView{Page: v.titled(v.words["public.catalogue-title"]), Year: f.Year}
	view.Search = v.search("/public/catalogue", f, covered)
	view.Search.Years = view.Search.Years[1:] // a catalogue is of one year
	if view.Rows, view.Cut, err = h.matters(ctx, v, f); err != nil {
		return err
	}
	if view.Published, err = h.publishedCatalogues(ctx, v, f, view.Rows); err != nil {
		return err
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publiccatalogue.html", view)
}

// matters gives what was put to the public, or decided, in a year.
func (h *handler) matters(ctx context.Context, v visit, f consult.Filter) (rows []matterRow, cut bool, err error) {
	at := map[casefile.ID]*matterRow{}
	row := func(id casefile.ID, title string, organ casefile.OrganID, on legaltime.Date) *matterRow {
		m := at[id]
		if m == nil {
			m = &matterRow{Title: title, Organ: string(organ), first: on}
			at[id] = m
		}
		if on.Before(m.first) {
			m.first = on
		}
		return m
	}
	f.Limit = 200
	for cursor := f; ; {
		list, next, err := h.o.Guard.Consultations(ctx, cursor)
		if err != nil {
			return nil, false, err
		}
		for _, c := range list {
			seen := v.consultation(c, h.o.Guard.Takes(c))
			m := row(c.Case, c.Title, c.Organ, c.OpensOn)
			if m.Asked == "" || seen.Opens > m.Asked { // the last round
				m.Asked, m.AskedURL, m.State, m.ReportURL, m.Closes = seen.Opens, seen.URL, seen.StateName, seen.ReportURL, seen.Closes
			}
		}
		if cursor.After = next; next == "" || len(at) >= maxCatalogue {
			cut = cut || next != ""
			break
		}
	}
	for cursor := f; ; {
		list, next, err := h.o.Guard.Decisions(ctx, cursor)
		if err != nil {
			return nil, false, err
		}
		for i, d := range v.decisions(list) {
			m := row(list[i].Case, d.Title, list[i].Organ, list[i].On)
			m.Decided, m.DecidedURL, m.Number = d.On, d.URL, d.Number
		}
		if cursor.After = next; next == "" || len(at) >= maxCatalogue {
			cut = cut || next != ""
			break
		}
	}
	for _, m := range at {
		rows = append(rows, *m)
	}
	slices.SortFunc(rows, func(a, b matterRow) int {
		return cmp.Or(cmp.Compare(a.Organ, b.Organ), a.first.Compare(b.first), cmp.Compare(a.Title, b.Title))
	})
	return rows, cut, nil
}
