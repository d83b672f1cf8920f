package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/legaltime"
)

// publicRoutes registers the pages for which nobody signs in. They show what the API
// shows the public, and count for the same limits.
func (h *handler) publicRoutes(e *echo.Echo) {
	read := h.limited("read")
	e.GET("/public", h.showPublic, read)
	e.GET("/public/consultations/:id", h.showConsultation, read)
	e.GET("/public/consultations/:id/report", h.showReport, read)
	e.GET("/public/consultations/:id/comment", h.askComment, read)
	h.formRoute(e, "/public/consultations/:id/comment", h.sendComment, read(h.commentAgain)) // counts itself, and keeps what was typed
	e.GET("/public/receipts", h.askReceipt, read)
	e.POST("/public/receipts", h.showReceipt, read)
	e.POST("/public/receipts/withdraw", h.withdrawComment, h.limited("comment"))
	e.GET("/public/decisions", h.showDecisions, read)
	e.GET("/public/decisions/:id", h.showDecision, read)
	e.GET("/public/catalogue", h.showCatalogue, read)
	e.GET("/public/documents", h.showRegister, read)
	e.GET("/public/documents/:organ/:number", h.showRegistered, read)
}

// forPublic reports whether a request is for a page of the public.
func forPublic(c echo.Context) bool {
	path := c.Request().URL.Path
	return path == "/public" || strings.HasPrefix(path, "/public/")
}

// limited bounds how often a network may ask for a page.
func (h *handler) limited(kind string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !h.o.Gate.Allow(kind, c.Request()) {
				c.Response().Header().Set("Retry-After", "60")
				return fmt.Errorf("%s: %w", kind, auth.ErrTooMany)
			}
			return next(c)
		}
	}
}

// visit is a look of somebody at a page for the public. It leaves no cookie: the
// language that was chosen goes along in the links.
type visit struct {
	lang   string
	chosen bool
	words  catalogue
	page   frame
	now    time.Time
}

// link is a link with its words.
type link struct {
	URL, Name string
	Current   bool
}

// visit begins a page; nav is the path of the list that it belongs to.
func (h *handler) visit(c echo.Context, nav string) visit {
	lang := languageOf(c)
	v := visit{lang: lang, words: h.pages.words[lang], chosen: c.QueryParam("lang") == lang, now: h.o.Now()}
	who := viewer{visitor: true}
	if p, err := h.o.Authenticator.Authenticate(c.Request().Context(), nil); err == nil && !p.Public() && !p.MustChange {
		who = viewer{principal: p}
	}
	v.page = h.frame(c, lang, who, "public.title")
	v.page.Public = true
	for _, path := range []string{"/public", "/public/decisions", "/public/documents", "/public/catalogue", "/public/receipts"} {
		v.page.Sections = append(v.page.Sections, link{URL: v.url(path), Name: v.words.name("public-nav", path[strings.LastIndex(path, "/")+1:]), Current: path == nav})
	}
	if c.Request().Method != http.MethodGet {
		v.page.OtherURL = ""
	}
	return v
}

// titled gives the frame with the title of a page.
func (v visit) titled(title string) frame {
	f := v.page
	f.Title = title
	return f
}

// url gives an address with a query of names and values; empty values are left out.
func (v visit) url(path string, query ...string) string {
	q := url.Values{}
	for i := 0; i < len(query); i += 2 {
		if query[i+1] != "" {
			q.Set(query[i], query[i+1])
		}
	}
	if v.chosen {
		q.Set("lang", v.lang)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func consultationURL(id string) string { return "/public/consultations/" + url.PathEscape(id) }

func decisionURL(id casefile.ID) string { return "/public/decisions/" + url.PathEscape(string(id)) }

// instant gives an instant to the second, where the organs are.
func instant(t time.Time) string { return t.In(legaltime.China).Format("2006-01-02 15:04:05") }

// consultationRow is a consultation in a list.
type consultationRow struct {
	URL, Title, Organ, Opens, Closes, Left string
	State, StateName                       string
	Received                               int64
	ReportURL                              string
}

// stateOf says how a consultation stands: comments are taken, time has closed it, or
// the organ has.
func stateOf(c consult.Consultation, takes bool) string {
	switch {
	case takes:
		return "open"
	case c.Open:
		return "closed"
	}
	return "ended"
}

func (v visit) consultation(c consult.Consultation, takes bool) consultationRow {
	row := consultationRow{URL: v.url(consultationURL(c.ID)), Title: c.Title, Organ: string(c.Organ), Opens: c.OpensOn.String(), Closes: c.ClosesOn.String(),
		State: stateOf(c, takes), Received: c.Received}
	row.StateName = v.words.name("public-state", row.State)
	if takes {
		row.Left = v.left(c.ClosesOn)
	}
	if c.Adoption {
		row.ReportURL = v.url(consultationURL(c.ID) + "/report")
	}
	return row
}

// left says how many days are left until the end of a day.
func (v visit) left(last legaltime.Date) string {
	switch days := legaltime.DateIn(v.now, legaltime.China).DaysUntil(last); days {
	case 0:
		return v.words["public.last-day"]
	case 1:
		return v.words["public.day-left"]
	default:
		return fmt.Sprintf(v.words["public.days-left"], days)
	}
}

// search is the filter above a list.
type search struct {
	Action, Query, Lang   string
	Organs, States, Years []choice
	Filtered              bool
}

// filter reads the query of a list, as the API reads it.
func (v visit) filter(c echo.Context) consult.Filter {
	f := consult.Filter{Query: clip(c.QueryParam("q"), 100), Organ: casefile.OrganID(clip(c.QueryParam("organ"), 200)), After: clip(c.QueryParam("after"), 200), Limit: publicPage}
	if state := c.QueryParam("state"); state == "open" || state == "ended" {
		f.State = state
	}
	if year, err := strconv.Atoi(c.QueryParam("year")); err == nil && year >= 1900 && year <= 9999 {
		f.Year = year
	}
	return f
}

// publicPage is how many rows a page of a list has, and publicFirst how many of each
// kind stand on the first page.
const (
	publicPage  = 50
	publicFirst = 10
)

func (v visit) search(action string, f consult.Filter, covered []consult.Covered) search {
	s := search{Action: action, Query: f.Query, Filtered: f.Query != "" || f.Organ != "" || f.State != "" || f.Year != 0}
	if v.chosen {
		s.Lang = v.lang
	}
	s.Organs = []choice{{Name: v.words.name("organ", "all"), Chosen: f.Organ == ""}}
	s.Years = []choice{{Name: v.words.name("public-year", "all"), Chosen: f.Year == 0}}
	var organs, years []string
	for _, one := range covered {
		organs, years = append(organs, string(one.Organ)), append(years, strconv.Itoa(one.Year))
	}
	slices.Sort(organs)
	for _, organ := range slices.Compact(organs) {
		s.Organs = append(s.Organs, choice{Value: organ, Name: organ, Chosen: organ == string(f.Organ)})
	}
	for _, year := range slices.Compact(years) { // they are sorted
		s.Years = append(s.Years, choice{Value: year, Name: year, Chosen: year == strconv.Itoa(f.Year)})
	}
	for _, state := range []string{"", "open", "ended"} {
		s.States = append(s.States, choice{Value: state, Name: v.words.name("public-which", orAll(state)), Chosen: state == f.State})
	}
	return s
}

// publicView is the first page for the public.
type publicView struct {
	Page        frame
	Search      search
	Lists       []publicList
	Decisions   []decisionRow
	MoreURL     string // all decisions
	Feeds, Data []link
}

// publicList is a list of consultations under a heading.
type publicList struct {
	State, Title, Empty string
	Rows                []consultationRow
	NextURL             string
}

// showPublic handles GET /public.
func (h *handler) showPublic(c echo.Context) error {
	v, ctx := h.visit(c, "/public"), c.Request().Context()
	f := v.filter(c)
	f.Year = 0
	covered, err := h.o.Guard.Covered(ctx)
	if err != nil {
		return err
	}
	view := publicView{Page: v.page, Search: v.search("/public", f, covered),
		Feeds: []link{{URL: "/api/v1/public/feeds/consultations.atom", Name: "Atom"}},
		Data:  []link{{URL: "/api/v1/public/consultations", Name: "JSON"}, {URL: "/api/v1/public/consultations?format=csv", Name: "CSV"}}}
	for _, state := range []string{"open", "ended"} {
		if f.State != "" && f.State != state {
			continue
		}
		list, err := h.publicList(c, v, f, state)
		if err != nil {
			return err
		}
		view.Lists = append(view.Lists, list)
	}
	if f.State == "" {
		f.After, f.Limit = "", publicFirst
		decisions, next, err := h.o.Guard.Decisions(ctx, f)
		if err != nil {
			return err
		}
		view.Decisions = v.decisions(decisions)
		if next != "" {
			view.MoreURL = v.url("/public/decisions", "q", f.Query, "organ", string(f.Organ))
		}
	}
	return h.pages.show(c, http.StatusOK, v.lang, "public.html", view)
}

// publicList gives the consultations in a state: the first of them where both lists
// are shown.
func (h *handler) publicList(c echo.Context, v visit, f consult.Filter, state string) (publicList, error) {
	if f.State == "" {
		f.After, f.Limit = "", publicFirst
	}
	f.State = state
	list, next, err := h.o.Guard.Consultations(c.Request().Context(), f)
	if err != nil {
		return publicList{}, err
	}
	out := publicList{State: state, Title: v.words.name("public-list", state), Empty: v.words.name("public-empty", state)}
	for _, one := range list {
		out.Rows = append(out.Rows, v.consultation(one, h.o.Guard.Takes(one)))
	}
	if next != "" {
		after := next
		if f.Limit == publicFirst {
			after = ""
		}
		out.NextURL = v.url("/public", "q", f.Query, "organ", string(f.Organ), "state", state, "after", after)
	}
	return out, nil
}

// paperRow is a paper that can be downloaded.
type paperRow struct{ URL, Title, Role, Media, Size, Digest string }

func (v visit) papers(base string, docs []access.PublicDocument) []paperRow {
	var out []paperRow
	for _, d := range docs {
		out = append(out, paperRow{URL: base + "/papers/" + string(d.Digest), Title: d.Title, Role: v.words.name("public-paper", d.Role), Media: mediaName(d.MediaType),
			Size: v.size(d.Size), Digest: string(d.Digest)})
	}
	return out
}

// mediaName gives a type as people call it.
func mediaName(media string) string {
	media, _, _ = strings.Cut(media, ";")
	for end, name := range map[string]string{"wordprocessingml.document": "DOCX", "opendocument.text": "ODT", "text/plain": "TXT", "spreadsheetml.sheet": "XLSX"} {
		if strings.HasSuffix(media, end) {
			return name
		}
	}
	_, kind, _ := strings.Cut(media, "/")
	return strings.ToUpper(kind)
}

func (v visit) size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf(v.words["public.bytes"], bytes)
}
