package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

// planRequest is the body of POST /api/v1/plans.
type planRequest struct {
	Procedure string            `json:"procedure"`
	Overlays  []string          `json:"overlays"`
	Start     legaltime.Date    `json:"start"`
	By        legaltime.Date    `json:"by"`
	Step      string            `json:"step"`
	Assume    payload           `json:"assume"`
	Outcomes  map[string]string `json:"outcomes"`
	Leave     []string          `json:"leave"`
	Do        []string          `json:"do"`
}

func (h *handler) planRoutes(r *routes) {
	r.add("GET", "/api/v1/cases/:id/plan", access.PlanCases, h.planCase, r.quick)
	r.add("GET", "/api/v1/cases/:id/deadlines", access.PlanCases, h.listDeadlines, r.quick)
	r.add("GET", "/api/v1/cases/:id/deadlines/:deadline/derivation", access.PlanCases, h.deriveDeadline, r.quick)
	r.add("GET", "/api/v1/cases/:id/calendar.ics", access.PlanCases, h.readCalendar, r.quick)
	r.add("POST", "/api/v1/plans", access.PlanCases, h.planMatter, r.quick)
}

// planMatter handles POST /api/v1/plans. Nothing is recorded.
func (h *handler) planMatter(c echo.Context, p auth.Principal) error {
	var req planRequest
	if err := bindBody(c, &req); err != nil {
		return err
	}
	if req.Start.IsZero() == req.By.IsZero() {
		return invalid("start", "须给出 start 或者 by 之一。", "give either start or by")
	}
	plan, err := h.guard.PlanMatter(c.Request().Context(), p, casework.PlanQuestion{
		Procedure: req.Procedure, Overlays: req.Overlays, By: req.By, Step: req.Step,
		Question: planner.Question{From: req.Start, Assume: req.Assume.values(), Outcomes: req.Outcomes, Leave: req.Leave, Do: req.Do},
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, plan)
}

// planCase handles GET /api/v1/cases/{id}/plan.
func (h *handler) planCase(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	query, err := queryOf(c.Request(), "by", "step", "outcomes", "leave", "do")
	if err != nil {
		return err
	}
	q := casework.PlanQuestion{Step: query["step"]}
	if by, ok := query["by"]; ok {
		if q.By, err = legaltime.ParseDate(by); err != nil {
			return invalid("by", "须为 YYYY-MM-DD。", "must be YYYY-MM-DD")
		}
	}
	if q.Question, err = supposed(query); err != nil {
		return err
	}
	plan, err := h.guard.PlanCase(c.Request().Context(), p, found.ID, q)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, plan)
}

// supposed reads what a plan supposes: outcomes as "step:outcome", steps and acts by
// name, each list with commas. What does not exist is refused by the planner.
func supposed(query map[string]string) (planner.Question, error) {
	q := planner.Question{Leave: items(query["leave"]), Do: items(query["do"])}
	for _, item := range items(query["outcomes"]) {
		step, outcome, ok := strings.Cut(item, ":")
		if _, twice := q.Outcomes[step]; !ok || twice {
			return q, invalid("outcomes", "须为“环节:结果”，以逗号分隔，每个环节一次。", "must be step:outcome, with commas, each step once")
		}
		if q.Outcomes == nil {
			q.Outcomes = map[string]string{}
		}
		q.Outcomes[step] = outcome
	}
	return q, nil
}

// items splits a list with commas.
func items(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

type deadlineListView struct {
	Deadlines []casefile.Deadline `json:"deadlines"`
}

// listDeadlines handles GET /api/v1/cases/{id}/deadlines.
func (h *handler) listDeadlines(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, deadlineListView{Deadlines: filled(found.Deadlines)})
}

// deriveDeadline handles GET /api/v1/cases/{id}/deadlines/{deadline}/derivation.
func (h *handler) deriveDeadline(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	id, err := url.PathUnescape(c.Param("deadline"))
	if err != nil {
		return notFound()
	}
	sheet, err := h.guard.Sheet(c.Request().Context(), p, found.ID, id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sheet)
}

// readCalendar handles GET /api/v1/cases/{id}/calendar.ics.
func (h *handler) readCalendar(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	feed, err := h.guard.Calendar(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", feed)
}
