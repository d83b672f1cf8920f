package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

// casepageRoutes are the pages about one case beside the case itself.
func (h *handler) casepageRoutes(e *echo.Echo) {
	e.GET("/plan", h.planMatter)
	e.GET("/cases/:id/plan", h.planCase)
	e.GET("/cases/:id/calendar.ics", h.downloadCalendar)
	e.GET("/cases/:id/deadlines/:deadline", h.showSheet)
	e.GET("/cases/:id/drafts/:from/:to", h.showDraftDifference)
}

// planView is the page of a plan, of a case or of a matter that is not opened yet.
type planView struct {
	Page                          frame
	Title                         string
	Case, CaseURL, CalendarURL    string // of a case
	Action                        string
	Closed                        bool
	Procedures                    []choice // to choose from, of a matter
	Start, By                     string   // as typed
	WrongStart, WrongBy, WrongAll string
	Leave                         []choice // discretionary steps that can be left out
	Facts                         []factOption
	Outcomes                      []outcomeOption
	Hearings                      []choice
	Supposes                      bool
	Plan                          *plannedView // nil: there is none
}

// factOption is a fact that a plan can suppose.
type factOption struct {
	Name, Title, Value string // "true", "false", or empty: as it comes
}

// planAsked is what somebody wants to plan, as sent.
type planAsked struct {
	start, by string
	leave, do []string
	facts     map[string]string
	outcomes  map[string]string // by step
}

// Bounds of what a form of a plan may send.
const (
	maxLeave     = 40
	maxSupposed  = 60
	maxOutcomes  = 60
	factField    = "fact."
	outcomeField = "outcome."
	longestField = 100
)

// readPlanAsked reads what is to be planned. What is too long or too much is not looked
// at; what does not exist is refused by the planner.
func readPlanAsked(c echo.Context) planAsked {
	query := c.QueryParams()
	a := planAsked{start: clip(query.Get("start"), longestField), by: clip(query.Get("by"), longestField), facts: map[string]string{}, outcomes: map[string]string{}}
	for name, list := range map[string]*[]string{"leave": &a.leave, "do": &a.do} {
		for _, id := range query[name] {
			if len(*list) < maxLeave && idPattern.MatchString(id) && !slices.Contains(*list, id) {
				*list = append(*list, id)
			}
		}
	}
	for _, field := range casefile.SortedNames(query) {
		name, ok := strings.CutPrefix(field, factField)
		if value := query.Get(field); ok && len(a.facts) < maxSupposed && idPattern.MatchString(name) && (value == "true" || value == "false") {
			a.facts[name] = value
		}
		step, ok := strings.CutPrefix(field, outcomeField)
		if value := query.Get(field); ok && len(a.outcomes) < maxOutcomes && idPattern.MatchString(step) && idPattern.MatchString(value) {
			a.outcomes[step] = value
		}
	}
	return a
}

func (a planAsked) question() planner.Question {
	q := planner.Question{Leave: a.leave, Do: a.do, Outcomes: a.outcomes, Assume: casefile.Values{}}
	for _, name := range casefile.SortedNames(a.facts) {
		q.Assume[name] = a.facts[name] == "true"
	}
	return q
}

// planCase handles GET /cases/:id/plan. Nothing is recorded.
func (h *handler) planCase(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	ctx, lang := c.Request().Context(), language(c)
	def, err := h.o.Guard.Definition(ctx, v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("case %s: %w", found.ID, err)
	}
	n, a := h.names(lang, def), readPlanAsked(c)
	a.start = ""
	view := planView{Page: h.frame(c, lang, v, "plan.title"), Title: found.Matter.Title, Case: string(found.ID), CaseURL: caseURL(found.ID), CalendarURL: caseURL(found.ID) + "/calendar.ics",
		Action: caseURL(found.ID) + "/plan", By: a.by, Closed: found.Status == casefile.StatusClosed}
	view.Page.Practice = found.Practice
	n.supposable(&view, a, &found)
	if view.Closed {
		return h.pages.show(c, http.StatusOK, lang, "plan.html", view)
	}
	return h.plan(c, n, view, a, func(ctx context.Context, q casework.PlanQuestion) (*planner.Plan, error) {
		return h.o.Guard.PlanCase(ctx, v.principal, found.ID, q)
	})
}

// planMatter handles GET /plan, for a matter that is not opened yet.
func (h *handler) planMatter(c echo.Context) error {
	v, err := h.viewer(c)
	if errors.Is(err, errSignIn) || err == nil && v.visitor {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	lang, a, n := language(c), readPlanAsked(c), h.names(language(c), nil)
	view := planView{Page: h.frame(c, lang, v, "plan.matter"), Action: "/plan", Start: a.start, By: a.by}
	view.Title, view.Page.Back = n.words["plan.matter"], true
	for i, def := range h.o.Guard.Procedures() {
		chosen := def.Name() == c.QueryParam("procedure")
		if chosen || i == 0 {
			n.def = def
		}
		view.Procedures = append(view.Procedures, choice{Value: def.Name(), Name: n.pick(def.Title) + " " + def.Version, Chosen: chosen})
	}
	if n.def == nil {
		return fmt.Errorf("procedures: %w", casefile.ErrNotFound)
	}
	n.supposable(&view, a, nil)
	if a.start == "" && a.by == "" {
		view.Start = legaltime.DateIn(h.o.Now(), legaltime.China).String()
		a.start = view.Start
	}
	return h.plan(c, n, view, a, func(ctx context.Context, q casework.PlanQuestion) (*planner.Plan, error) {
		q.Procedure = n.def.Name()
		return h.o.Guard.PlanMatter(ctx, v.principal, q)
	})
}

// plan answers a question about dates, or says beside the field what is wrong with it.
func (h *handler) plan(c echo.Context, n names, view planView, a planAsked, answer func(context.Context, casework.PlanQuestion) (*planner.Plan, error)) error {
	q := casework.PlanQuestion{Question: a.question()}
	var err error
	if a.start != "" {
		if q.From, err = legaltime.ParseDate(a.start); err != nil {
			view.WrongStart = n.words["plan.no-date"]
		}
	}
	if a.by != "" {
		if q.By, err = legaltime.ParseDate(a.by); err != nil {
			view.WrongBy = n.words["plan.no-date"]
		}
	}
	if view.WrongStart != "" || view.WrongBy != "" {
		return h.pages.show(c, http.StatusUnprocessableEntity, n.lang, "plan.html", view)
	}
	status := http.StatusOK
	plan, err := answer(c.Request().Context(), q)
	if errors.Is(err, casefile.ErrInvalid) && !q.By.IsZero() {
		status, view.WrongBy = http.StatusUnprocessableEntity, n.words["plan.too-early"]
		q.By = legaltime.Date{}
		if q.From.IsZero() {
			q.From = legaltime.DateIn(h.o.Now(), legaltime.China)
		}
		plan, err = answer(c.Request().Context(), q) // what is possible instead
	}
	if errors.Is(err, casefile.ErrInvalid) {
		view.WrongAll = n.words["plan.no-way"]
		return h.pages.show(c, http.StatusUnprocessableEntity, n.lang, "plan.html", view)
	}
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	shown := n.planned(plan)
	shown.Latest = !q.By.IsZero()
	view.Plan = &shown
	return h.pages.show(c, status, n.lang, "plan.html", view)
}

// supposable gives what a plan can suppose: discretionary steps left out, and facts
// that somebody determines and nobody has yet.
func (n names) supposable(view *planView, a planAsked, c *casefile.Case) {
	view.Supposes, view.Outcomes = len(a.leave)+len(a.do)+len(a.facts)+len(a.outcomes) > 0, n.outcomesAhead(a, c)
	view.Hearings = n.hearings(a, c)
	behind := func(step string) bool {
		return c != nil && slices.ContainsFunc(c.Steps, func(run casefile.StepRun) bool { return run.Step == step })
	}
	for _, s := range n.def.Steps {
		if s.Applies != "" && !behind(s.ID) {
			view.Leave = append(view.Leave, choice{Value: s.ID, Name: n.step(s.ID), Chosen: slices.Contains(a.leave, s.ID)})
		}
		kind, _ := s.Kind()
		for _, act := range kind.Acts {
			for _, f := range act.Fields {
				known := slices.ContainsFunc(view.Facts, func(o factOption) bool { return o.Name == f.Fact })
				if c != nil && f.Fact != "" {
					_, set := c.Facts[f.Fact]
					known = known || set
				}
				if act.Verb == "determine" && f.Fact != "" && f.Kind == procedure.KindBool && f.Level != casefile.LevelRestricted && !known && len(view.Facts) < maxSupposed {
					view.Facts = append(view.Facts, factOption{Name: f.Fact, Title: n.pick(f.Title), Value: a.facts[f.Fact]})
				}
			}
		}
	}
}

// downloadCalendar handles GET /cases/:id/calendar.ics.
func (h *handler) downloadCalendar(c echo.Context) error {
	v, found, err := h.visible(c)
	if errors.Is(err, errSignIn) {
		return toSignIn(c)
	}
	if err != nil {
		return err
	}
	feed, err := h.o.Guard.Calendar(c.Request().Context(), v.principal, found.ID)
	if err != nil {
		return fmt.Errorf("calendar of case %s: %w", found.ID, err)
	}
	_, err = (&download{c: c, media: "text/calendar; charset=utf-8", name: string(found.ID) + ".ics"}).Write(feed)
	return err
}
