package api

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// actRequest is the body of POST /api/v1/cases/{id}/acts. Who acts follows from
// the token.
type actRequest struct {
	ID      string            `json:"id"`
	Kind    string            `json:"kind"`
	With    payload           `json:"with"`
	Reasons map[string]string `json:"reasons"`
	As      *standIn          `json:"as"`
}

// standIn is the person in whose place a trainer acts in a practice case.
type standIn struct {
	Person string   `json:"person"`
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	Roles  []string `json:"roles"`
}

// act handles POST /api/v1/cases/{id}/acts.
func (h *handler) act(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	var req actRequest
	if err := bindWrite(c, &req, &req.ID); err != nil {
		return err
	}
	attempt := Attempt{Case: found.ID, Act: clip(req.Kind, 200), ActID: req.ID}
	practice := false
	if req.As != nil {
		if practice, err = h.cases.Practice(c.Request().Context(), found.ID); err != nil {
			return err
		}
	}
	by, err := actor(p, req.As, practice)
	if err != nil {
		return h.refused(c, p, attempt, err)
	}
	reply, err := h.cases.Act(c.Request().Context(), found.ID, casefile.Act{
		ID: req.ID, Kind: req.Kind, By: by, With: req.With.values(), Reasons: req.Reasons})
	if err != nil {
		return h.refused(c, p, attempt, err)
	}
	if reply, err = admitted(reply); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, replyOf(reply))
}

// actor gives who acts: the caller, or in practice the person in whose place a
// trainer acts.
func actor(p auth.Principal, as *standIn, practice bool) (casefile.Actor, error) {
	if as == nil {
		return p.Actor(), nil
	}
	other := casefile.Actor{Person: casefile.PersonID(as.Person), Name: as.Name, Unit: as.Unit}
	for _, role := range as.Roles {
		other.Roles = append(other.Roles, casefile.Role(role))
	}
	by, err := p.ActAs(other, practice)
	if errors.Is(err, casefile.ErrForbidden) {
		return casefile.Actor{}, &fault{code: codeStandIn, field: "as", detail: text(
			"只有教员（trainer）可以代他人办理，且仅限演练案件。",
			"only a trainer may act in another person's place, and in practice cases only")}
	}
	if errors.Is(err, casefile.ErrInvalid) {
		return casefile.Actor{}, invalid("as",
			"须写明 person 与 name（各 1 至 100 字），角色须为程序所声明且不重复。",
			"needs a person and a name of 1 to 100 characters, and roles that a procedure declares, each once")
	}
	return by, err
}

// refused logs an attempt that the record will not show, and gives back why it
// was refused. Faults of the installation are no refusals.
func (h *handler) refused(c echo.Context, p auth.Principal, a Attempt, err error) error {
	found := describe(err)
	if found.Code == codeInternal || found.Code == codeTimeout || found.Sequence > 0 {
		return err
	}
	a.Code, a.Field, a.Message = found.Code, found.Field, found.Details
	a.RequestID, a.Organ, a.Person = requestIDOf(c), p.Organ, p.Person
	if lerr := h.refusals.LogRefusal(c.Request().Context(), a); lerr != nil {
		h.log.Error("refusal not logged", "request_id", a.RequestID, "error", lerr)
	}
	return err
}
