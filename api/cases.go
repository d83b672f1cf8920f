package api

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// openRequest is the body of POST /api/v1/cases. The organ is the caller's.
type openRequest struct {
	ID        string         `json:"id"`
	Procedure string         `json:"procedure"`
	Matter    matter         `json:"matter"`
	With      payload        `json:"with"`
	Practice  bool           `json:"practice"`
	Starts    legaltime.Date `json:"starts"`
	Overlays  []string       `json:"overlays"`
	As        *standIn       `json:"as"`
	Under     string         `json:"under"`
}

type matter struct {
	Title    string      `json:"title"`
	Category string      `json:"category"`
	Follows  casefile.ID `json:"follows"`
}

func (h *handler) caseRoutes(r *routes) {
	r.add("GET", "/api/v1/cases", access.ListCases, h.listCases, r.quick)
	r.add("POST", "/api/v1/cases", access.OpenCase, h.openCase, r.quick)
	r.add("GET", "/api/v1/affected", access.ListCases, h.listAffected, r.quick)
	r.add("GET", "/api/v1/cases/:id", access.ReadCase, h.readCase, r.quick)
	r.add("POST", "/api/v1/cases/:id/acts", access.ActOnCase, h.act, r.quick)
	r.add("POST", "/api/v1/cases/:id/dry-run", access.TryAct, h.dryRun, r.quick)
	r.add("GET", "/api/v1/cases/:id/entries", access.ReadCase, h.listEntries, r.quick)
	r.add("GET", "/api/v1/cases/:id/following", access.ReadCase, h.listFollowing, r.quick)
	r.add("GET", "/api/v1/cases/:id/catalogue", access.ReadCase, h.listCatalogue, r.quick)
	r.add("GET", "/api/v1/cases/:id/possible", access.ReadCase, h.listPossible, r.quick)
	r.add("GET", "/api/v1/cases/:id/dossier", access.ExportCase, h.exportDossier, r.slow)
}

// openCase handles POST /api/v1/cases.
func (h *handler) openCase(c echo.Context, p auth.Principal) error {
	var req openRequest
	if err := bindWrite(c, &req, &req.ID); err != nil {
		return err
	}
	attempt := Attempt{Act: "case.open", ActID: req.ID}
	in, err := as(req.As, req.Under)
	if err != nil {
		return err
	}
	with := req.With.values()
	if err := h.checkOpening(p, in, req.Procedure, with); err != nil {
		return h.refused(c, p, attempt, err)
	}
	reply, err := h.guard.Open(c.Request().Context(), p, in, casework.Opening{
		ID: req.ID, Procedure: req.Procedure, Matter: casefile.Matter(req.Matter),
		With: with, Practice: req.Practice, Starts: req.Starts, Overlays: req.Overlays,
	})
	if err == nil {
		err = admitted(reply)
	}
	if err != nil {
		return h.refused(c, p, attempt, err)
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/cases/"+url.PathEscape(string(reply.Case.ID)))
	tag(c, reply.Case.Case)
	return c.JSON(http.StatusCreated, replyOf(reply))
}

// readCase handles GET /api/v1/cases/{id}.
func (h *handler) readCase(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	possible, err := h.guard.Possible(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	tag(c, found.Case)
	return c.JSON(http.StatusOK, readingView{Case: caseOf(found), Possible: possibleOf(possible)})
}

// listPossible handles GET /api/v1/cases/{id}/possible.
func (h *handler) listPossible(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	possible, err := h.guard.Possible(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, possibleListView{Possible: possibleOf(possible)})
}

// visible gives the case that the path names, as the caller may see it.
func (h *handler) visible(c echo.Context, p auth.Principal) (access.Seen, error) {
	id := c.Param("id")
	if !idPattern.MatchString(id) {
		return access.Seen{}, notFound()
	}
	return h.guard.Case(c.Request().Context(), p, casefile.ID(id))
}
