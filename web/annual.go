package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/annual"
	"github.com/zhengdang/chengxu/annual/sheet"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

// annualRoutes registers the figures of the annual report.
func (h *handler) annualRoutes(e *echo.Echo) {
	e.GET("/figures/annual", h.signedIn(access.ReadAnnual, h.showAnnual))
	e.GET("/figures/annual.xlsx", h.signedIn(access.ReadAnnual, h.downloadAnnual))
	e.GET("/figures/annual.json", h.signedIn(access.ReadAnnual, h.downloadAnnual))
	e.POST("/figures/annual", h.signedIn(access.FreezeAnnual, h.freezeAnnual))
}

// maxRefs bounds the entries that the page shows of one figure; the files hold all.
const maxRefs = 200

// annualView is the page of the figures of a year.
type annualView struct {
	Page               frame
	Organ              string
	Organs, Kinds      []choice
	Year, Wrong        string
	Shown              bool // there are figures
	Groups             []annualGroup
	Restated           []annualRestated
	Against            string // the version that they are compared with
	Versions           []annualVersion
	Frozen             *annualVersion
	TooLong, Practice  bool
	Size               int64
	Root, Counted      string
	NowURL, XLSX, JSON string
	Action             string // freezes; empty: not for the viewer, or not of what is shown
	Reads              bool   // the viewer may read cases, so that what is counted is linked
}

type annualGroup struct {
	ID, Title string
	Figures   []annualFigure
}

type annualFigure struct {
	ID, Name, Value, Unit, Formula, Basis string
	Fraction                              string // behind a share or an average
	Parts                                 []pair
	Counted, Of                           []annualRef
	CountedMore, OfMore                   int // that are not shown
}

// annualRef leads to what is counted.
type annualRef struct {
	URL               string // empty: the viewer does not read cases
	Case, Place, Part string
	N                 string // where it counts for more than one
}

type annualRestated struct {
	ID, Name, Was, Is string
	Added, Removed    []annualRef
}

type annualVersion struct {
	Number                   int64
	URL, By, At, Digest, Now string // Now: aria-current
}

// annualAsked gives the year that is asked for, the version, and the same as an address.
func (h *handler) annualAsked(value func(string) string) (q annual.Query, version int64, values url.Values) {
	q = annual.Query{Organ: casefile.OrganID(clip(value("organ"), 200)), Practice: value("practice") == "true"}
	year, err := strconv.Atoi(clip(value("year"), 10))
	if err != nil {
		year = legaltime.DateIn(h.o.Now(), legaltime.China).Year()
	}
	q.Year = annual.Year(year)
	if version, err = strconv.ParseInt(clip(value("version"), 20), 10, 64); err != nil || version < 0 {
		version = 0 // what is no number asks for what is counted now
	}
	values = url.Values{"year": {strconv.Itoa(year)}}
	if q.Organ != "" {
		values.Set("organ", string(q.Organ))
	}
	if q.Practice {
		values.Set("practice", "true")
	}
	return q, version, values
}

// showAnnual handles GET /figures/annual.
func (h *handler) showAnnual(c echo.Context, v viewer) error {
	return h.annualPage(c, v, http.StatusOK, c.QueryParam, "")
}

// freezeAnnual handles POST /figures/annual.
func (h *handler) freezeAnnual(c echo.Context, v viewer) error {
	q, _, values := h.annualAsked(c.FormValue)
	frozen, err := h.o.Guard.FreezeFigures(c.Request().Context(), v.principal, q)
	if err == nil {
		values.Set("version", strconv.FormatInt(frozen.Version, 10))
		return c.Redirect(http.StatusSeeOther, "/figures/annual?"+values.Encode())
	}
	status, refusal := refusalOf(err)
	if refusal == nil {
		return fmt.Errorf("freeze figures: %w", err)
	}
	return h.annualPage(c, v, status, c.FormValue, h.names(language(c), nil).pick(refusal.Message))
}

func (h *handler) annualPage(c echo.Context, v viewer, status int, value func(string) string, wrong string) error {
	q, version, values := h.annualAsked(value)
	seen, err := h.o.Guard.AnnualFigures(c.Request().Context(), v.principal, q, version)
	lang := language(c)
	n := h.names(lang, nil)
	view := annualView{Year: strconv.Itoa(int(q.Year)), Practice: q.Practice, Wrong: wrong, Organ: string(q.Organ), Reads: access.Permit(v.principal, access.ReadCase) == nil}
	var refusal *casefile.Refusal
	switch {
	case errors.As(err, &refusal):
		status, view.Wrong = http.StatusUnprocessableEntity, n.pick(refusal.Message)
	case err != nil:
		return fmt.Errorf("annual figures: %w", err)
	default:
		view.fill(n, seen, values)
	}
	if view.Organ == "" {
		view.Organ = string(v.principal.Organ)
	}
	for _, kind := range []string{"false", "true"} {
		view.Kinds = append(view.Kinds, choice{Value: kind, Name: n.words.name("practice", kind), Chosen: strconv.FormatBool(q.Practice) == kind})
	}
	if organs, err := h.o.Guard.Audited(v.principal); err == nil && len(organs) > 1 {
		for _, organ := range organs {
			view.Organs = append(view.Organs, choice{Value: string(organ), Name: string(organ), Chosen: string(organ) == view.Organ})
		}
	}
	view.Page = h.frame(c, lang, v, "annual.title")
	view.Page.Practice = q.Practice
	return h.pages.show(c, status, lang, "annual.html", view)
}

// fill puts a report into the view.
func (view *annualView) fill(n names, seen access.SeenAnnual, values url.Values) {
	at := func(version int64) string {
		with := url.Values{}
		for name, value := range values {
			with[name] = value
		}
		if version > 0 {
			with.Set("version", strconv.FormatInt(version, 10))
		}
		return "?" + with.Encode()
	}
	var shown int64
	if seen.Frozen != nil {
		shown = seen.Frozen.Version
	}
	for _, f := range seen.Versions {
		one := annualVersion{Number: f.Version, URL: "/figures/annual" + at(f.Version), By: f.ByName, At: instant(f.At), Digest: string(f.Digest)}
		if f.Version == shown {
			one.Now, view.Frozen = "page", &one
		}
		view.Versions = append(view.Versions, one)
	}
	view.Shown, view.TooLong, view.Organ = true, seen.TooLong, string(seen.Report.Organ)
	view.Size, view.Root, view.Counted = seen.Report.Log.Size, seen.Report.Log.Root, instant(seen.Report.At)
	view.NowURL, view.XLSX, view.JSON = "/figures/annual"+at(0), "/figures/annual.xlsx"+at(shown), "/figures/annual.json"+at(shown)
	if seen.MayKeep && seen.Frozen == nil {
		view.Action = "/figures/annual"
	}
	if len(seen.Restated) > 0 {
		view.Against = strconv.FormatInt(max(shown-1, 1), 10)
		if shown == 0 {
			view.Against = strconv.FormatInt(seen.Versions[0].Version, 10)
		}
	}
	view.Groups, view.Restated = n.annualGroups(seen.Report, view.Reads), n.annualRestated(seen.Restated, view.Reads)
}

func (n names) annualGroups(r annual.Report, linked bool) []annualGroup {
	var out []annualGroup
	for _, d := range annual.Definitions() {
		f, ok := r.Figure(d.ID)
		if !ok {
			continue
		}
		if len(out) == 0 || out[len(out)-1].ID != string(d.Group) {
			out = append(out, annualGroup{ID: string(d.Group), Title: n.pick(d.Group.Title())})
		}
		one := annualFigure{ID: d.ID, Name: n.pick(d.Name), Value: f.Value, Unit: n.pick(d.Unit), Formula: n.pick(d.Formula), Basis: d.Basis}
		if f.Whole != nil {
			one.Fraction = strconv.FormatInt(f.Count, 10) + " ÷ " + strconv.FormatInt(*f.Whole, 10)
		}
		for _, p := range f.Parts {
			one.Parts = append(one.Parts, pair{Name: n.annualPart(p.Part), Value: strconv.FormatInt(p.N, 10)})
		}
		one.Counted, one.CountedMore = n.annualRefs(f.Counted, linked)
		one.Of, one.OfMore = n.annualRefs(f.Of, linked)
		last := &out[len(out)-1]
		last.Figures = append(last.Figures, one)
	}
	return out
}

func (n names) annualRestated(all []annual.Restated, linked bool) []annualRestated {
	defs := annual.Definitions()
	out := make([]annualRestated, 0, len(all))
	for _, r := range all {
		one := annualRestated{ID: r.ID, Name: r.ID, Was: r.Was, Is: r.Is}
		if at := slices.IndexFunc(defs, func(d annual.Definition) bool { return d.ID == r.ID }); at >= 0 {
			one.Name = n.pick(defs[at].Name)
		}
		one.Added, _ = n.annualRefs(r.Added, linked)
		one.Removed, _ = n.annualRefs(r.Removed, linked)
		out = append(out, one)
	}
	return out
}

func (n names) annualRefs(refs []annual.Ref, linked bool) (out []annualRef, more int) {
	for _, r := range refs[:min(len(refs), maxRefs)] {
		one := annualRef{Case: string(r.Case), Part: n.annualPart(r.Part)}
		if r.Review != "" {
			one.URL, one.Place = reviewURL(r.Case, r.Review), n.words["annual.review"]
		} else {
			entry := strconv.FormatInt(r.Entry, 10)
			one.URL, one.Place = caseURL(r.Case)+anchor(r.Entry), fmt.Sprintf(n.words["annual.entry"], entry)
		}
		if !linked {
			one.URL = ""
		}
		if r.N != 1 {
			one.N = strconv.FormatInt(r.N, 10)
		}
		out = append(out, one)
	}
	return out, len(refs) - len(out)
}

// annualPart names a part of a figure: an outcome, a paper, a step, a list; what has no
// other name, such as an article, names itself.
func (n names) annualPart(part string) string {
	for _, name := range []string{n.words.name("annual-part", part), n.outcome(part), n.words.name("token", part), n.words.name("review-grade", part)} {
		if name != part {
			return name
		}
	}
	if of, ok := procedure.Type(procedure.StepTypeID(part)); ok {
		return n.pick(of.Title)
	}
	return part
}

// downloadAnnual handles GET /figures/annual.xlsx and /figures/annual.json: a workbook,
// and the canonical form that the digest of a frozen version stands for.
func (h *handler) downloadAnnual(c echo.Context, v viewer) error {
	q, version, _ := h.annualAsked(c.QueryParam)
	seen, err := h.o.Guard.AnnualFigures(c.Request().Context(), v.principal, q, version)
	if err != nil {
		return fmt.Errorf("annual figures: %w", err)
	}
	name := "annual-" + strconv.Itoa(int(q.Year))
	if q.Practice {
		name += "-practice"
	}
	if strings.HasSuffix(c.Path(), ".json") {
		canonical, err := seen.Report.Canonical()
		if err != nil {
			return err
		}
		_, err = (&download{c: c, media: echo.MIMEApplicationJSON, name: name + ".json"}).Write(canonical)
		return err
	}
	about := sheet.About{}
	if seen.Frozen != nil {
		about = sheet.About{Version: seen.Frozen.Version, Digest: seen.Frozen.Digest, By: seen.Frozen.ByName}
	}
	var file bytes.Buffer // whole or not at all
	if err := sheet.Write(&file, seen.Report, about); err != nil {
		return err
	}
	_, err = (&download{c: c, media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", name: name + ".xlsx"}).Write(file.Bytes())
	return err
}
