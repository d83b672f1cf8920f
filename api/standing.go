package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) standingRoutes(r *routes) {
	r.add("GET", "/api/v1/cases/:id/standing", access.ReadCase, h.readStanding, r.quick)
	r.add("GET", "/api/v1/cases/:id/checklists", access.ReadCase, h.listChecklists, r.quick)
}

type standingView struct {
	Steps []explanationView `json:"steps"`
}

// readStanding handles GET /api/v1/cases/{id}/standing.
func (h *handler) readStanding(c echo.Context, p auth.Principal) error {
	if !idPattern.MatchString(c.Param("id")) {
		return notFound()
	}
	steps, err := h.guard.Standing(c.Request().Context(), p, casefile.ID(c.Param("id")))
	if err != nil {
		return err
	}
	v := standingView{Steps: []explanationView{}}
	for _, x := range steps {
		v.Steps = append(v.Steps, explanationOf(x))
	}
	return c.JSON(http.StatusOK, v)
}

type checklistsView struct {
	Checklists []checklistView `json:"checklists"`
}

type checklistView struct {
	Step    string       `json:"step"`
	Held    string       `json:"held"`
	Basis   string       `json:"basis"`
	Papers  []onFileView `json:"papers"`
	Unknown []string     `json:"unknown"`
}

type onFileView struct {
	Name    string `json:"name"`
	Present bool   `json:"present"`
}

// listChecklists handles GET /api/v1/cases/{id}/checklists.
func (h *handler) listChecklists(c echo.Context, p auth.Principal) error {
	if !idPattern.MatchString(c.Param("id")) {
		return notFound()
	}
	lists, err := h.guard.Checklists(c.Request().Context(), p, casefile.ID(c.Param("id")))
	if err != nil {
		return err
	}
	v := checklistsView{Checklists: []checklistView{}}
	for _, l := range lists {
		one := checklistView{Step: l.Step, Held: l.Held, Basis: l.Basis, Papers: []onFileView{}, Unknown: filled(l.Unknown)}
		for _, paper := range l.Papers {
			one.Papers = append(one.Papers, onFileView(paper))
		}
		v.Checklists = append(v.Checklists, one)
	}
	return c.JSON(http.StatusOK, v)
}
