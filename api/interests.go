package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) interestRoutes(r *routes) {
	r.add("GET", "/api/v1/interests", access.DeclareInterest, h.listInterests, r.quick)
	r.once("POST", "/api/v1/interests", access.DeclareInterest, h.declareInterest, r.quick)
}

// interestBody is what a person declares to be concerned by.
type interestBody struct {
	ID     string         `json:"id"`
	Kind   string         `json:"kind"`
	Of     string         `json:"of"`
	Direct bool           `json:"direct"`
	Note   string         `json:"note"`
	From   legaltime.Date `json:"from"`
}

func (b interestBody) interest() auth.Interest {
	return auth.Interest{Interest: casefile.Interest{ID: b.ID, Kind: casefile.InterestKind(b.Kind), Of: b.Of, Direct: b.Direct}, Note: b.Note, From: b.From}
}

// interestEntryBody is an interest as administrators enter and end it.
type interestEntryBody struct {
	ID     string         `json:"id"`
	Organ  string         `json:"organ"`
	Person string         `json:"person"`
	Kind   string         `json:"kind"`
	Of     string         `json:"of"`
	Direct bool           `json:"direct"`
	Note   string         `json:"note"`
	From   legaltime.Date `json:"from"`
	Until  legaltime.Date `json:"until"`
}

func (b interestEntryBody) interest(organ casefile.OrganID) auth.Interest {
	i := interestBody{ID: b.ID, Kind: b.Kind, Of: b.Of, Direct: b.Direct, Note: b.Note, From: b.From}.interest()
	i.Organ, i.Person, i.Until = organ, casefile.PersonID(b.Person), b.Until
	return i
}

// declareInterest handles POST /api/v1/interests.
func (h *handler) declareInterest(c echo.Context, p auth.Principal) error {
	var req interestBody
	if err := bindBody(c, &req); err != nil {
		return err
	}
	record, err := h.guard.Declare(c.Request().Context(), p, req.interest())
	if err != nil {
		return directoryFault(err)
	}
	return h.showRecord(c, http.StatusCreated, record)
}

// listInterests handles GET /api/v1/interests.
func (h *handler) listInterests(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	list, err := h.guard.Interests(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, directoryPageOf(list))
}
