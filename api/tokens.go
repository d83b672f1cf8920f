package api

import (
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

type tokenListView struct {
	Tokens []tokenView `json:"tokens"`
}

// tokenView is a token. The secret is there when it was just made, and never again.
type tokenView struct {
	ID      string            `json:"id"`
	Person  casefile.PersonID `json:"person"`
	Name    string            `json:"name"`
	Roles   []casefile.Role   `json:"roles"`
	Scopes  []string          `json:"scopes"`
	Created time.Time         `json:"created"`
	Expires time.Time         `json:"expires"`
	Revoked bool              `json:"revoked"`
	Used    time.Time         `json:"used,omitzero"`
	Secret  string            `json:"secret,omitempty"`
}

func tokenOf(t auth.Token) tokenView {
	return tokenView{ID: t.ID, Person: t.Holder.Person, Name: t.Holder.Name, Roles: filled(t.Holder.Roles), Scopes: filled(t.Scopes),
		Created: t.Created, Expires: t.Expires, Revoked: !t.Revoked.IsZero(), Used: t.Used}
}

// listTokens handles GET /api/v1/tokens.
func (h *handler) listTokens(c echo.Context, p auth.Principal) error {
	list, err := h.guard.Tokens(c.Request().Context(), p)
	if err != nil {
		return err
	}
	out := tokenListView{Tokens: []tokenView{}}
	for _, t := range list {
		out.Tokens = append(out.Tokens, tokenOf(t))
	}
	return c.JSON(http.StatusOK, out)
}

// issueToken handles POST /api/v1/tokens.
func (h *handler) issueToken(c echo.Context, p auth.Principal) error {
	var req struct {
		Roles  []string `json:"roles"`
		Scopes []string `json:"scopes"`
		Days   int      `json:"days"`
		Reason string   `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	if req.Days < 1 || req.Days > 366 {
		return invalid("days", "须为 1 至 366。", "must be 1 to 366")
	}
	secret, token, err := h.guard.IssueToken(c.Request().Context(), p, named[casefile.Role](req.Roles), named[auth.Scope](req.Scopes), time.Now().AddDate(0, 0, req.Days), req.Reason) //nolint:forbidigo // the end of a token is counted from now
	if err != nil {
		return directoryFault(err)
	}
	out := tokenOf(token)
	out.Secret = secret
	return c.JSON(http.StatusCreated, out)
}

// revokeToken handles DELETE /api/v1/tokens/{token}.
func (h *handler) revokeToken(c echo.Context, p auth.Principal) error {
	reason, err := reasonOf(c)
	if err != nil {
		return err
	}
	if err := h.guard.RevokeToken(c.Request().Context(), p, pathParam(c, "token"), reason); err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// reasonOf reads why something is taken away, from the query: such a request has no
// body.
func reasonOf(c echo.Context) (string, error) {
	query, err := queryOf(c.Request(), "reason")
	return query["reason"], err
}
