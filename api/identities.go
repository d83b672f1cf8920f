package api

import (
	"errors"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

type identityView struct {
	ID      string            `json:"id"`
	Issuer  string            `json:"issuer"`
	Subject string            `json:"subject"`
	Organ   casefile.OrganID  `json:"organ"`
	Person  casefile.PersonID `json:"person"`
	BoundBy casefile.PersonID `json:"bound_by"`
	BoundAt time.Time         `json:"bound_at"`
}

type identityPageView struct {
	Identities []identityView `json:"identities"`
	Next       string         `json:"next,omitempty"`
}

// listIdentities handles GET /api/v1/identities.
func (h *handler) listIdentities(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "organ", "after", "limit")
	if err != nil {
		return err
	}
	limit, err := limitOf(query, 200)
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = 50
	}
	list, err := h.guard.Identities(c.Request().Context(), p, casefile.OrganID(query["organ"]), query["after"], limit)
	if err != nil {
		return err
	}
	out := identityPageView{Identities: []identityView{}}
	for _, i := range list {
		out.Identities = append(out.Identities, identityView(i))
	}
	if len(list) == limit {
		out.Next = list[limit-1].ID
	}
	return c.JSON(http.StatusOK, out)
}

// bindIdentity handles POST /api/v1/identities.
func (h *handler) bindIdentity(c echo.Context, p auth.Principal) error {
	var req struct {
		Issuer  string `json:"issuer"`
		Subject string `json:"subject"`
		Organ   string `json:"organ"`
		Person  string `json:"person"`
		Reason  string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	bound, err := h.guard.BindIdentity(c.Request().Context(), p, auth.Identity{Issuer: req.Issuer, Subject: req.Subject,
		Organ: casefile.OrganID(req.Organ), Person: casefile.PersonID(req.Person)}, req.Reason)
	if errors.Is(err, casefile.ErrConflict) {
		return &fault{code: codeConflict, detail: text("该身份已绑定人员。", "the identity is bound already")}
	}
	if err != nil {
		return directoryFault(err)
	}
	return c.JSON(http.StatusCreated, identityView(bound))
}

// unbindIdentity handles DELETE /api/v1/identities/{identity}.
func (h *handler) unbindIdentity(c echo.Context, p auth.Principal) error {
	reason, err := reasonOf(c)
	if err != nil {
		return err
	}
	if err := h.guard.UnbindIdentity(c.Request().Context(), p, pathParam(c, "identity"), reason); err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}
