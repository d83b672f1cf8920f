package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

type affectedPageView struct {
	Affected []affectedView `json:"affected"`
	Next     string         `json:"next,omitempty"`
}

// affectedView is an open case that another release would judge if it were opened
// today.
type affectedView struct {
	Case       summaryView       `json:"case"`
	From       casefile.Pinned   `json:"from"`
	To         casefile.Pinned   `json:"to"`
	Changes    []changeView      `json:"changes"`
	Hindrance  *casefile.Text    `json:"hindrance,omitempty"` // why the case cannot move
	ProposedBy casefile.PersonID `json:"proposed_by,omitempty"`
	Kept       bool              `json:"kept"`
	With       casefile.Values   `json:"with"` // payload of the acts of adoption, but for the reason
}

type changeView struct {
	What string          `json:"what"`
	Name string          `json:"name,omitempty"`
	From casefile.Digest `json:"from,omitempty"`
	To   casefile.Digest `json:"to,omitempty"`
}

// listAffected handles GET /api/v1/affected.
func (h *handler) listAffected(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "practice", "status", "q", "after", "limit")
	if err != nil {
		return err
	}
	filter, err := filterOf(q)
	if err != nil {
		return err
	}
	affected, next, err := h.guard.Affected(c.Request().Context(), p, filter)
	if err != nil {
		return err
	}
	out := affectedPageView{Affected: []affectedView{}, Next: next}
	for _, a := range affected {
		out.Affected = append(out.Affected, affectedOf(a))
	}
	return c.JSON(http.StatusOK, out)
}

func affectedOf(a casework.Affected) affectedView {
	v := affectedView{
		Case: summaryOf(a.Case), From: a.From, To: a.To, Changes: []changeView{},
		ProposedBy: a.ProposedBy, Kept: a.Declined, With: procedure.PinsWith(a.To),
	}
	if a.Refusal != nil {
		v.Hindrance = &a.Refusal.Message
	}
	for _, change := range a.Changes {
		v.Changes = append(v.Changes, changeView(change))
	}
	return v
}
