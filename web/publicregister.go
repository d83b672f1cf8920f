package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/register"
)

// registerView is the register of normative documents on a day.
type registerView struct {
	Page        frame
	Search      search
	On          string
	Rows        []registerRow
	Partial     bool // documents further on may be in the state that was asked for
	NextURL     string
	Feeds, Data []link
}

// registerRow is a document with how it stands.
type registerRow struct {
	URL, Title, Number, Organ, Kind       string
	State, StateName                      string
	Also                                  []stateTag
	Published, Effective, Until, Disabled string
}

// stateTag is something said besides of a document in force.
type stateTag struct{ State, Name string }

// documentURL is the page of a document of the register.
func documentURL(organ casefile.OrganID, number string) string {
	return "/public/documents/" + url.PathEscape(string(organ)) + "/" + url.PathEscape(number)
}

// dayOf reads the day for which the register is asked; what is no day is today.
func (v visit) dayOf(c echo.Context) legaltime.Date {
	if day, err := legaltime.ParseDate(c.QueryParam("on")); err == nil {
		return day
	}
	return legaltime.DateIn(v.now, legaltime.China)
}

// asked gives the day as it goes along in links: nothing for today.
func (v visit) asked(day legaltime.Date) string {
	if day == legaltime.DateIn(v.now, legaltime.China) {
		return ""
	}
	return day.String()
}

func (v visit) registered(d register.Document, s register.Standing, on legaltime.Date) registerRow {
	row := registerRow{URL: v.url(documentURL(d.Organ, d.Number), "on", v.asked(on)), Number: d.Number, Title: d.Number, Organ: string(d.Organ),
		State: string(s.State), StateName: v.words.name("document-state", string(s.State)), Disabled: names{words: v.words}.list(s.Disabled)}
	for _, state := range s.Also {
		row.Also = append(row.Also, stateTag{State: string(state), Name: v.words.name("document-state", string(state))})
	}
	if c, ok := d.Published(); ok {
		row.Title, row.Published, row.Effective = c.Title, register.PublishedOn(c.DocumentChange).String(), c.On.String()
		row.Kind = v.words.name("token", c.Kind)
	}
	if !s.Until.IsZero() {
		row.Until = s.Until.String()
	}
	return row
}

// showRegister handles GET /public/documents.
func (h *handler) showRegister(c echo.Context) error {
	v, ctx := h.visit(c, "/public/documents"), c.Request().Context()
	on := v.dayOf(c)
	f := register.Filter{Query: clip(c.QueryParam("q"), 100), Organ: casefile.OrganID(clip(c.QueryParam("organ"), 200)), After: clip(c.QueryParam("after"), 1000), Limit: publicPage, On: on}
	if state := register.State(c.QueryParam("state")); slices.Contains(register.States(), state) {
		f.State = state
	}
	organs, err := h.o.Guard.DocumentOrgans(ctx)
	if err != nil {
		return err
	}
	list, next, err := h.o.Guard.NormativeDocuments(ctx, f)
	if err != nil {
		return err
	}
	view := registerView{Page: v.titled(v.words["register.title"]), Search: v.registerSearch(f, organs), On: on.String(), Partial: next != "" && len(list) < publicPage,
		Feeds: []link{{URL: "/api/v1/public/feeds/documents.atom", Name: "Atom"}},
		Data:  []link{{URL: "/api/v1/public/documents?on=" + on.String(), Name: "JSON"}, {URL: "/api/v1/public/documents?format=csv&on=" + on.String(), Name: "CSV"}}}
	called := h.organNames(ctx)
	for _, d := range list {
		row := v.registered(d.Document, d.Standing, on)
		row.Organ = called(d.Organ)
		view.Rows = append(view.Rows, row)
	}
	for i, organ := range view.Search.Organs {
		if organ.Value != "" {
			view.Search.Organs[i].Name = called(casefile.OrganID(organ.Value))
		}
	}
	if next != "" {
		view.NextURL = v.url("/public/documents", "q", f.Query, "organ", string(f.Organ), "state", string(f.State), "on", v.asked(on), "after", next)
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicregister.html", view)
}

func (v visit) registerSearch(f register.Filter, organs []casefile.OrganID) search {
	s := search{Action: "/public/documents", Query: f.Query}
	if v.chosen {
		s.Lang = v.lang
	}
	s.Organs = []choice{{Name: v.words.name("organ", "all"), Chosen: f.Organ == ""}}
	for _, organ := range organs {
		s.Organs = append(s.Organs, choice{Value: string(organ), Name: string(organ), Chosen: organ == f.Organ})
	}
	s.States = []choice{{Name: v.words.name("document-state", "all"), Chosen: f.State == ""}}
	for _, state := range register.States() {
		s.States = append(s.States, choice{Value: string(state), Name: v.words.name("document-state", string(state)), Chosen: state == f.State})
	}
	return s
}

// registeredView is the page of a document of the register.
type registeredView struct {
	Page    frame
	Row     registerRow
	On      string
	ListURL string
	Action  string
	Lang    string
	Changes []changeRow
	Source  link // the decision that the text is from
	Text    []block
	Papers  []paperRow
}

// changeRow is a change of a document.
type changeRow struct {
	Kind, Name, On, Until, Clauses, Recorded string
	By                                       link // without an address where it is not in the register
	Later                                    bool // it holds from after the day that was asked for
}

// showRegistered handles GET /public/documents/:organ/:number.
func (h *handler) showRegistered(c echo.Context) error {
	v, ctx := h.visit(c, "/public/documents"), c.Request().Context()
	d, err := h.o.Guard.NormativeDocument(ctx, casefile.OrganID(pathPart(c, "organ")), pathPart(c, "number"))
	if err != nil {
		return err
	}
	on := v.dayOf(c)
	standing, ok := d.At(on)
	if !ok && on != legaltime.DateIn(v.now, legaltime.China) { // nothing was known of it then: as it is today
		on = legaltime.DateIn(v.now, legaltime.China)
		standing, ok = d.At(on)
	}
	if !ok {
		return casefile.ErrNotFound
	}
	row := v.registered(d, standing, on)
	row.Organ = h.organNames(ctx)(d.Organ)
	view := registeredView{Page: v.titled(row.Title), Row: row, On: on.String(), ListURL: v.url("/public/documents", "on", v.asked(on)), Action: documentURL(d.Organ, d.Number)}
	if v.chosen {
		view.Lang = v.lang
	}
	for _, change := range d.Changes {
		r, err := h.changed(ctx, v, d, change)
		if err != nil {
			return err
		}
		r.Later = change.On.After(on)
		view.Changes = append(view.Changes, r)
	}
	if err := h.versionOf(ctx, v, d, on, &view); err != nil {
		return err
	}
	return h.pages.show(c, http.StatusOK, v.lang, "publicregistered.html", view)
}

// pathPart gives a parameter of the path, which may hold any character.
func pathPart(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return value
	}
	plain, err := url.PathUnescape(value)
	if err != nil {
		return ""
	}
	return plain
}

func (h *handler) changed(ctx context.Context, v visit, d register.Document, c register.Change) (changeRow, error) {
	row := changeRow{Kind: string(c.Change), Name: v.words.name("document-change", string(c.Change)), On: c.On.String(), Clauses: names{words: v.words}.list(c.Clauses), Recorded: c.Recorded.String(),
		By: link{Name: c.By}}
	if !c.Until.IsZero() {
		row.Until = c.Until.String()
	}
	if c.By == "" || c.By == d.Number {
		return row, nil
	}
	_, err := h.o.Guard.NormativeDocument(ctx, d.Organ, c.By)
	switch {
	case errors.Is(err, casefile.ErrNotFound):
		return row, nil
	case err != nil:
		return row, err
	}
	row.By.URL = v.url(documentURL(d.Organ, c.By))
	return row, nil
}

// versionOf gives the text that applies on a day: of the last publication or amendment
// until then that has one.
func (h *handler) versionOf(ctx context.Context, v visit, d register.Document, on legaltime.Date, view *registeredView) error {
	for _, c := range slices.Backward(d.Changes) {
		if c.Change != casefile.DocumentPublished && (c.Change != casefile.DocumentAmended || c.On.After(on)) {
			continue
		}
		of := c.Case
		if c.Change == casefile.DocumentAmended && c.By != "" && c.By != d.Number { // the document that amends it has the text
			by, err := h.o.Guard.NormativeDocument(ctx, d.Organ, c.By)
			if published, ok := by.Published(); err == nil && ok {
				of = published.Case
			} else if err != nil && !errors.Is(err, casefile.ErrNotFound) {
				return err
			}
		}
		decision, err := h.o.Guard.Decision(ctx, of)
		if errors.Is(err, casefile.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		docs, err := h.o.Guard.PublicDocuments(ctx, string(decision.Case), decision.Case, decision.Papers)
		if err != nil {
			return err
		}
		for i, doc := range docs {
			if doc.Role == "draft" {
				docs[i].Role = "decision" // what was decided is published as it was drafted last
			}
		}
		text, err := h.decisionText(ctx, decision, docs)
		if err != nil {
			return err
		}
		view.Source, view.Text = link{URL: v.url(decisionURL(decision.Case)), Name: decision.Title}, blocksOf(text)
		view.Papers = v.papers("/api/v1"+decisionURL(decision.Case), docs)
		return nil
	}
	return nil
}

// inRegister gives the page of the document that a decision published; nothing where
// it published none.
func (h *handler) inRegister(ctx context.Context, v visit, d consult.Decision) (string, error) {
	_, err := h.o.Guard.NormativeDocument(ctx, d.Organ, d.Number)
	if errors.Is(err, casefile.ErrNotFound) {
		return "", nil
	}
	return v.url(documentURL(d.Organ, d.Number)), err
}
