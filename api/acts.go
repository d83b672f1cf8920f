package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
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
	Under   string            `json:"under"`
	// Signature is over the statement that a dry run of the act gives.
	Signature *signatureBody `json:"signature"`
}

// standIn is the person in whose place a trainer acts in a practice case.
type standIn struct {
	Person string   `json:"person"`
	Name   string   `json:"name"`
	Unit   string   `json:"unit"`
	Roles  []string `json:"roles"`
}

// as says in whose place, or under which mandate, the caller acts.
func as(other *standIn, under string) (access.As, error) {
	out := access.As{Under: under}
	if other == nil {
		return out, nil
	}
	if under != "" {
		return out, invalid("under", "不能同时代他人演练并凭授权办理。", "a stand-in in practice acts under no mandate")
	}
	out.Other = &casefile.Actor{Person: casefile.PersonID(other.Person), Name: other.Name, Unit: other.Unit}
	for _, role := range other.Roles {
		out.Other.Roles = append(out.Other.Roles, casefile.Role(role))
	}
	return out, nil
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
	expect, err := ifMatch(c)
	if err != nil {
		return err
	}
	attempt := Attempt{Case: found.ID, Act: clip(req.Kind, 200), ActID: req.ID}
	in, err := as(req.As, req.Under)
	if err != nil {
		return err
	}
	with := req.With.values()
	if err := h.checkAct(c, p, in, found.ID, req.Kind, with); err != nil {
		return h.refused(c, p, attempt, err)
	}
	reply, err := h.guard.Act(c.Request().Context(), p, in, found.ID, casefile.Act{
		ID: req.ID, Kind: req.Kind, With: with, Reasons: req.Reasons, Signature: req.Signature.signature()}, expect)
	if err != nil {
		return h.refused(c, p, attempt, err)
	}
	if err := admitted(reply); err != nil {
		return err
	}
	tag(c, reply.Case.Case)
	return c.JSON(http.StatusOK, replyOf(reply))
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
