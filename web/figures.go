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

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// figuresView is the page of figures.
type figuresView struct {
	Page             frame
	From, Until      string
	Organ            string
	Organs, Kinds    []choice
	Wrong            string
	Totals           []pair
	Figures          []figureView
	Practice         bool
	PracticeComments bool // the public was not asked in practice
	Behind           bool // older cases are still being counted
}

// figureView is one set of figures: a chart, a table, and the table as a file.
type figureView struct {
	ID, Title, Hint string
	Bars            *barChart
	Lines           *lineChart
	Head            []string
	Texts           int // columns behind the first that hold no numbers
	Rows            [][]string
	CSVURL          string
}

// figuresRoutes registers the pages of figures.
func (h *handler) figuresRoutes(e *echo.Echo) {
	e.GET("/figures", h.showFigures)
	e.GET("/figures/:table", h.downloadFigures)
}

// asked gives which figures are asked for, and the same as an address.
func (h *handler) asked(c echo.Context) (casefile.FigureQuery, url.Values) {
	day := func(name string) legaltime.Date {
		d, _ := legaltime.ParseDate(c.QueryParam(name)) // what is no date asks for none
		return d
	}
	q := casefile.FigureQuery{Organ: casefile.OrganID(clip(c.QueryParam("organ"), 200)), Practice: c.QueryParam("practice") == "true", From: day("from"), Until: day("until")}
	values := url.Values{}
	for name, value := range map[string]string{"organ": string(q.Organ), "from": q.From.String(), "until": q.Until.String()} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if q.Practice {
		values.Set("practice", "true")
	}
	return q, values
}

// showFigures handles GET /figures.
func (h *handler) showFigures(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		q, values := h.asked(c)
		counted, figures, err := h.o.Guard.Figures(c.Request().Context(), v.principal, q)
		lang, status := language(c), http.StatusOK
		n := h.names(lang, nil)
		view := figuresView{Practice: q.Practice}
		var refusal *casefile.Refusal
		switch {
		case errors.As(err, &refusal):
			status, view.Wrong = http.StatusUnprocessableEntity, n.pick(refusal.Message)
		case err != nil:
			return err
		default:
			view.Totals, view.Figures, view.PracticeComments = n.totals(figures), h.figures(n, counted, figures, values), q.Practice
			view.Behind = figures.Behind
		}
		view.Organ, view.From, view.Until = string(counted.Organ), counted.From.String(), counted.Until.String()
		h.figureChoices(&view, v, q, n)
		view.Page = h.frame(c, lang, v, "figures.title")
		view.Page.Practice = q.Practice
		return h.pages.show(c, status, lang, "figures.html", view)
	})
}

func (h *handler) figureChoices(view *figuresView, v viewer, q casefile.FigureQuery, n names) {
	for _, kind := range []string{"false", "true"} {
		view.Kinds = append(view.Kinds, choice{Value: kind, Name: n.words.name("practice", kind), Chosen: strconv.FormatBool(q.Practice) == kind})
	}
	organs, err := h.o.Guard.Audited(v.principal)
	if err != nil || len(organs) < 2 { // the own organ alone
		return
	}
	for _, organ := range organs {
		view.Organs = append(view.Organs, choice{Value: string(organ), Name: string(organ), Chosen: string(organ) == view.Organ})
	}
}

func (n names) totals(f casefile.Figures) []pair {
	number := func(key string, v int64) pair {
		return pair{Name: n.words.name("figure-total", key), Value: strconv.FormatInt(v, 10)}
	}
	return []pair{number("opened", f.Opened), number("closed", f.Closed), number("running", f.Running), number("suspended", f.Suspended),
		number("attempts", f.Attempts), number("calls", f.Calls), number("comments", f.Comments)}
}

// figures gives every set, in order.
func (h *handler) figures(n names, q casefile.FigureQuery, f casefile.Figures, values url.Values) []figureView {
	out := []figureView{h.stepFigures(n, f), n.monthFigures(q, f), h.returnFigures(n, f), n.blockedFigures(f), n.commentFigures(f)}
	for i := range out {
		v := &out[i]
		v.Title, v.Hint = n.words.name("figure", v.ID), n.words.name("figure-hint", v.ID)
		v.CSVURL = "/figures/" + v.ID + ".csv"
		if len(values) > 0 {
			v.CSVURL += "?" + values.Encode()
		}
		if v.Bars != nil {
			v.Bars.Title, v.Bars.Desc = v.Title, v.Hint
		}
		if v.Lines != nil {
			v.Lines.Title, v.Lines.Desc = v.Title, v.Hint
		}
	}
	return out
}

func (h *handler) stepFigures(n names, f casefile.Figures) figureView {
	ages := make([]string, 4)
	for i := range ages {
		ages[i] = n.words.name("figure-age", strconv.Itoa(i+1))
	}
	v := figureView{ID: "steps", Head: slices.Concat([]string{n.words["figures.step"]}, ages, []string{n.words["figures.total"]})}
	var bars []bar
	for _, s := range f.Steps {
		n.def = h.library(s.Procedure)
		name := n.step(s.Step)
		row := []string{name}
		for _, age := range s.Ages {
			row = append(row, strconv.FormatInt(age, 10))
		}
		v.Rows = append(v.Rows, append(row, strconv.FormatInt(s.Total(), 10)))
		bars = append(bars, bar{label: name, parts: s.Ages[:]})
	}
	if len(bars) > 0 {
		v.Bars = newBars(v.ID, "", "", bars)
		for i, age := range ages {
			v.Bars.Legend = append(v.Bars.Legend, legendView{Class: "c" + strconv.Itoa(i+1), Name: age})
		}
	}
	return v
}

func (n names) monthFigures(q casefile.FigureQuery, f casefile.Figures) figureView {
	v := figureView{ID: "deadlines", Head: []string{n.words["figures.month"], n.words["deadline.met"], n.words["deadline.breached"]}}
	met, breached := series{name: n.words["deadline.met"]}, series{name: n.words["deadline.breached"]}
	months := monthsOf(q)
	for _, month := range months {
		var m casefile.MonthFigure
		if at := slices.IndexFunc(f.Months, func(x casefile.MonthFigure) bool { return x.Month == month }); at >= 0 {
			m = f.Months[at]
		}
		met.values, breached.values = append(met.values, m.Met), append(breached.values, m.Breached)
		if m.Met+m.Breached > 0 {
			v.Rows = append(v.Rows, []string{month, strconv.FormatInt(m.Met, 10), strconv.FormatInt(m.Breached, 10)})
		}
	}
	if len(v.Rows) > 0 {
		v.Lines = newLines(v.ID, "", "", months, []series{met, breached})
	}
	return v
}

// monthsOf gives the months of a period.
func monthsOf(q casefile.FigureQuery) []string {
	count := func(d legaltime.Date) int { return d.Year()*12 + int(d.Month()) - 1 }
	var out []string
	for month := count(q.From); month <= count(q.Until); month++ {
		out = append(out, fmt.Sprintf("%04d-%02d", month/12, month%12+1))
	}
	return out
}

func (h *handler) returnFigures(n names, f casefile.Figures) figureView {
	v := figureView{ID: "returns", Texts: 1, Head: []string{n.words["figures.from"], n.words["figures.to"], n.words["figures.times"]}}
	var bars []bar
	for _, r := range f.Returns {
		n.def = h.library(r.Procedure)
		from, to := n.words["figures.case"], n.step(r.To)
		if r.From != "" {
			from = n.step(r.From)
		}
		v.Rows = append(v.Rows, []string{from, to, strconv.FormatInt(r.N, 10)})
		bars = append(bars, bar{label: from + " → " + to, parts: []int64{r.N}})
	}
	if len(bars) > 0 {
		v.Bars = newBars(v.ID, "", "", bars)
	}
	return v
}

func (n names) blockedFigures(f casefile.Figures) figureView {
	v := figureView{ID: "blocked", Head: []string{n.words["figures.article"], n.words["figures.times"]}}
	var bars []bar
	for _, b := range f.Blocked {
		v.Rows = append(v.Rows, []string{b.Basis, strconv.FormatInt(b.N, 10)})
		bars = append(bars, bar{label: b.Basis, parts: []int64{b.N}})
	}
	if len(bars) > 0 {
		v.Bars = newBars(v.ID, "", "", bars)
	}
	return v
}

func (n names) commentFigures(f casefile.Figures) figureView {
	v := figureView{ID: "participation", Head: []string{n.words["figures.disposition"], n.words["figures.comments"]}}
	var bars []bar
	for _, d := range f.Dispositions {
		name := n.words.name("figure-disposition", d.Disposition)
		if d.Disposition == "" {
			name = n.words["figures.undecided"]
		}
		v.Rows = append(v.Rows, []string{name, strconv.FormatInt(d.N, 10)})
		bars = append(bars, bar{label: name, parts: []int64{d.N}})
	}
	if len(bars) > 0 {
		v.Bars = newBars(v.ID, "", "", bars)
	}
	return v
}

// downloadFigures handles GET /figures/:table: one table as CSV.
func (h *handler) downloadFigures(c echo.Context) error {
	return h.audited(c, func(v viewer) error {
		id, ok := strings.CutSuffix(c.Param("table"), ".csv")
		if err := access.Permit(v.principal, access.ReadFigures); err != nil {
			return err
		}
		if !ok || !slices.Contains([]string{"steps", "deadlines", "returns", "blocked", "participation"}, id) {
			return fmt.Errorf("figures %.40q: %w", c.Param("table"), casefile.ErrNotFound)
		}
		q, values := h.asked(c)
		counted, figures, err := h.o.Guard.Figures(c.Request().Context(), v.principal, q)
		if err != nil {
			return err
		}
		all := h.figures(h.names(language(c), nil), counted, figures, values)
		at := slices.IndexFunc(all, func(f figureView) bool { return f.ID == id })
		name, rows := "figures-"+id, append([][]string{all[at].Head}, all[at].Rows...)
		if q.Practice { // whoever has the file alone must see it too
			name += "-practice"
			rows = append(rows, []string{h.pages.words[language(c)]["practice.banner"]})
		}
		if figures.Behind {
			name += "-incomplete"
			rows = append(rows, []string{h.pages.words[language(c)]["figures.behind"]})
		}
		return h.table(c, name+".csv", rows)
	})
}
