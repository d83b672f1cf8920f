package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// auditView is where auditors search and draw samples.
type auditView struct {
	Page                         frame
	Query, From, Until           string
	Organs, Statuses, Kinds      []choice
	Procedures, Categories       []choice
	Steps                        []stepGroup
	Sorts                        []choice
	Rows                         []caseRow
	Count                        string
	Counts                       []organCount
	NextURL                      string
	Several                      bool // cases of several organs, without a next page
	Seed, N, Wrong, Field        string
	Drawn                        bool
	Population                   int64
	Tickets                      []ticketView
	CSVURL, CompareURL, Citation string
}

type organCount struct{ Organ, URL, Count string }

type ticketView struct {
	Number int
	Hash   string
	caseRow
}

// auditFilter is what was asked for, as it was asked.
type auditFilter struct {
	casework.Filter
	practice string // "false", "true" or "all"
}

const auditPage = 50

func (h *handler) auditFilter(c echo.Context) auditFilter {
	day := func(name string) legaltime.Date {
		d, _ := legaltime.ParseDate(c.QueryParam(name)) // what is no date asks for none
		return d
	}
	f := auditFilter{practice: c.QueryParam("practice"), Filter: casework.Filter{Organ: casefile.OrganID(clip(c.QueryParam("organ"), 200)), Query: clip(c.QueryParam("q"), 100),
		Procedure: clip(c.QueryParam("procedure"), 100), Category: clip(c.QueryParam("category"), 100), Step: clip(c.QueryParam("step"), 100),
		OpenedFrom: day("from"), OpenedUntil: day("until"), After: clip(c.QueryParam("after"), 200), Limit: auditPage}}
	switch status := casefile.Status(c.QueryParam("status")); status {
	case casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed:
		f.Status = status
	}
	switch c.QueryParam("sort") {
	case "updated":
		f.Sort = "updated"
	case "oldest":
		f.Ascending = true
	}
	if f.practice != "all" && f.practice != "true" {
		f.practice = "false" // an audit is of what has effect
	}
	if f.practice != "all" {
		only := f.practice == "true"
		f.Practice = &only
	}
	return f
}

// values gives the filter as it stands in an address, without place and seed.
func (f auditFilter) values() url.Values {
	q := url.Values{}
	sort := f.Sort
	if f.Ascending {
		sort = "oldest"
	}
	for name, value := range map[string]string{"organ": string(f.Organ), "q": f.Query, "status": string(f.Status), "procedure": f.Procedure, "category": f.Category, "step": f.Step,
		"from": f.OpenedFrom.String(), "until": f.OpenedUntil.String(), "practice": f.practice, "sort": sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// showAudit handles GET /audit: with a seed it draws.
func (h *handler) showAudit(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		organs, err := h.o.Guard.Audited(v.principal)
		if err != nil {
			return err
		}
		f, lang := h.auditFilter(c), language(c)
		if f.Organ != "" && !slices.Contains(organs, f.Organ) {
			return fmt.Errorf("organ %.100q: %w", f.Organ, casefile.ErrNotFound)
		}
		view, status := h.auditView(c, f, organs, lang), http.StatusOK
		if q := c.QueryParams(); q.Has("seed") && !q.Has("find") {
			status, err = h.draw(c, v, f, lang, &view)
		} else {
			err = h.search(c, v, f, organs, lang, &view)
		}
		if err != nil {
			return err
		}
		view.Page = h.frame(c, lang, v, "audit.title")
		page := "audit.html"
		if view.Drawn {
			page = "sample.html"
		}
		return h.pages.show(c, status, lang, page, view)
	})
}

func (h *handler) auditView(c echo.Context, f auditFilter, organs []casefile.OrganID, lang string) auditView {
	n := h.names(lang, nil)
	v := auditView{Query: f.Query, From: f.OpenedFrom.String(), Until: f.OpenedUntil.String(), Seed: clip(c.QueryParam("seed"), 200), N: c.QueryParam("n")}
	if v.N == "" {
		v.N = "10"
	}
	pick := func(value, name, chosen string) choice {
		return choice{Value: value, Name: name, Chosen: value == chosen}
	}
	if len(organs) > 1 {
		v.Organs = append(v.Organs, pick("", n.words.name("organ", "all"), string(f.Organ)))
	}
	for _, organ := range organs {
		v.Organs = append(v.Organs, pick(string(organ), string(organ), string(f.Organ)))
	}
	for _, status := range []casefile.Status{"", casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed} {
		v.Statuses = append(v.Statuses, pick(string(status), n.words.name("status", orAll(string(status))), string(f.Status)))
	}
	for _, kind := range []string{"false", "true", "all"} {
		v.Kinds = append(v.Kinds, pick(kind, n.words.name("practice", kind), f.practice))
	}
	chosen := f.values().Get("sort")
	for _, sort := range []string{"", "oldest", "updated"} {
		v.Sorts = append(v.Sorts, pick(sort, n.words.name("audit-sort", orNewest(sort)), chosen))
	}
	v.Procedures = offered(append([]choice{pick("", n.words["audit.any"], f.Procedure)}, h.procedureChoices(n, f.Procedure)...), f.Procedure)
	v.Steps = n.stepGroups(h.o.Guard.Procedures(), f.Step)
	v.Categories = append(v.Categories, pick("", n.words["audit.any"], f.Category))
	for _, category := range n.words.ids("category") {
		v.Categories = append(v.Categories, pick(category, n.words.name("category", category), f.Category))
	}
	return v
}

func orNewest(sort string) string {
	if sort == "" {
		return "newest"
	}
	return sort
}

// ids gives the identifiers of a kind that there are words for, in order.
func (c catalogue) ids(kind string) []string {
	var out []string
	for _, key := range casefile.SortedNames(c) {
		if id, ok := strings.CutPrefix(key, kind+"."); ok {
			out = append(out, id)
		}
	}
	return out
}

// search lists and counts: one organ page by page, or the first of each.
func (h *handler) search(c echo.Context, v viewer, f auditFilter, organs []casefile.OrganID, lang string, view *auditView) error {
	ctx, words := c.Request().Context(), h.pages.words[lang]
	if len(organs) == 1 {
		f.Organ = organs[0]
	}
	asked := []casefile.OrganID{f.Organ}
	if view.Several = f.Organ == ""; view.Several {
		asked, f.After = organs, ""
	}
	var all []casework.Summary
	total, whole := int64(0), true
	for _, organ := range asked {
		of := f
		of.Organ = organ
		cases, next, err := h.o.Guard.List(ctx, v.principal, of.Filter)
		for range emptyPages {
			if err != nil || len(cases) > 0 || next == "" {
				break
			}
			again := of.Filter
			again.After = next
			cases, next, err = h.o.Guard.List(ctx, v.principal, again)
		}
		if err != nil {
			return fmt.Errorf("cases of %s: %w", organ, err)
		}
		n, exact, err := h.o.Guard.Count(ctx, v.principal, of.Filter)
		if err != nil {
			return fmt.Errorf("count cases of %s: %w", organ, err)
		}
		total, whole, all = total+n, whole && exact, append(all, cases...)
		if view.Several {
			view.Counts = append(view.Counts, organCount{Organ: string(organ), URL: "/audit?" + of.values().Encode(), Count: counted(words, n, exact)})
		} else if next != "" {
			q := of.values()
			q.Set("after", next)
			view.NextURL = "/audit?" + q.Encode()
		}
	}
	if view.Several {
		slices.SortStableFunc(all, func(a, b casework.Summary) int { return f.order(a, b) })
		all = all[:min(len(all), auditPage)]
	}
	for _, s := range all {
		view.Rows = append(view.Rows, h.caseRow(s, lang))
	}
	view.Count = fmt.Sprintf(words["audit.count"], counted(words, total, whole))
	return nil
}

func (f auditFilter) order(a, b casework.Summary) int {
	switch {
	case f.Sort == "updated":
		return b.UpdatedOn.Compare(a.UpdatedOn)
	case f.Ascending:
		return a.OpenedOn.Compare(b.OpenedOn)
	}
	return b.OpenedOn.Compare(a.OpenedOn)
}

func counted(words catalogue, n int64, whole bool) string {
	if whole {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf(words["audit.at-least"], n)
}

// draw fills in the sample, or what is wrong with how it was asked for.
func (h *handler) draw(c echo.Context, v viewer, f auditFilter, lang string, view *auditView) (status int, err error) {
	n, _ := strconv.Atoi(view.N) // what is no number is no size of a sample
	drawn, err := h.o.Guard.Sample(c.Request().Context(), v.principal, f.Filter, view.Seed, n)
	view.Drawn = true
	var refusal *casefile.Refusal
	if errors.As(err, &refusal) {
		view.Wrong, view.Field = h.names(lang, nil).pick(refusal.Message), refusal.Field
		return http.StatusUnprocessableEntity, nil
	}
	if err != nil {
		return 0, fmt.Errorf("draw: %w", err)
	}
	q := f.values()
	q.Set("seed", drawn.Seed)
	q.Set("n", strconv.Itoa(drawn.N))
	view.Population, view.CSVURL, view.Citation = drawn.Population, "/audit/sample.csv?"+q.Encode(), "/audit?"+q.Encode()
	for i, s := range drawn.Cases {
		view.Tickets = append(view.Tickets, ticketView{Number: i + 1, Hash: s.Hash, caseRow: h.caseRow(s.Summary, lang)})
	}
	return http.StatusOK, nil
}

// downloadSample handles GET /audit/sample.csv.
func (h *handler) downloadSample(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		n, _ := strconv.Atoi(c.QueryParam("n"))
		f, seed, lang := h.auditFilter(c), clip(c.QueryParam("seed"), 200), language(c)
		drawn, err := h.o.Guard.Sample(c.Request().Context(), v.principal, f.Filter, seed, n)
		if err != nil {
			return fmt.Errorf("draw: %w", err)
		}
		rows := [][]string{{"number", "case", "sha256", "organ", "title", "procedure", "category", "status", "end", "opened_on", "updated_on", "entries", "practice", "seed", "n", "population"}}
		for i, s := range drawn.Cases {
			row := h.caseRow(s.Summary, lang)
			rows = append(rows, []string{strconv.Itoa(i + 1), row.ID, s.Hash, row.Organ, row.Title, s.Procedure, row.Category, row.StatusName, row.End, row.Opened, row.Updated,
				strconv.FormatInt(s.Sequence, 10), strconv.FormatBool(s.Practice), drawn.Seed, strconv.Itoa(drawn.N), strconv.FormatInt(drawn.Population, 10)})
		}
		return h.table(c, "sample.csv", rows)
	})
}
