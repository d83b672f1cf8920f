package api

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

func (h *handler) sessionRoutes(r *routes) {
	r.add("POST", "/api/v1/session", access.BeginSession, h.signIn, r.quick)
	r.add("GET", "/api/v1/session", access.OwnSession, h.readSession, r.quick)
	r.add("DELETE", "/api/v1/session", access.OwnSession, h.signOut, r.quick)
	r.add("POST", "/api/v1/session/password", access.OwnSession, h.changePassword, r.quick)
	r.add("GET", "/api/v1/sessions", access.OwnSession, h.listSessions, r.quick)
	r.add("DELETE", "/api/v1/sessions", access.OwnSession, h.endOtherSessions, r.quick)
	r.add("DELETE", "/api/v1/sessions/:session", access.OwnSession, h.endSession, r.quick)
	r.add("GET", "/api/v1/tokens", access.OwnTokens, h.listTokens, r.quick)
	r.onceSecret("POST", "/api/v1/tokens", access.OwnTokens, h.issueToken, r.quick)
	r.add("DELETE", "/api/v1/tokens/:token", access.OwnTokens, h.revokeToken, r.quick)
	r.add("GET", "/api/v1/accounts", access.ReadAccounts, h.listAccounts, r.quick)
	r.onceSecret("POST", "/api/v1/accounts", access.WriteAccounts, h.openAccount, r.quick)
	r.add("POST", "/api/v1/accounts/:login/close", access.WriteAccounts, h.closeAccount, r.quick)
	r.onceSecret("POST", "/api/v1/accounts/:login/reopen", access.WriteAccounts, h.reopenAccount, r.quick)
	r.add("GET", "/api/v1/account-log", access.ReadKeeping, h.listAccountChanges, r.quick)
	r.add("GET", "/api/v1/identities", access.ReadAccounts, h.listIdentities, r.quick)
	r.once("POST", "/api/v1/identities", access.WriteAccounts, h.bindIdentity, r.quick)
	r.add("DELETE", "/api/v1/identities/:identity", access.WriteAccounts, h.unbindIdentity, r.quick)
	r.add("GET", "/api/v1/sign-ins", access.ReadSignIns, h.listSignIns, r.quick)
}

// signIn handles POST /api/v1/session.
func (h *handler) signIn(c echo.Context, _ auth.Principal) error {
	if err := h.sameOrigin(c.Request()); err != nil {
		return err
	}
	var req struct {
		Login    string `json:"login"`
		Password string `json:"password"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	err := h.guard.SignIn(c.Request().Context(), req.Login, req.Password, c.RealIP())
	if errors.Is(err, auth.ErrUnauthenticated) {
		return &fault{code: codeSignIn}
	}
	if err != nil {
		return err
	}
	p, err := h.tokens.Authenticate(c.Request().Context(), nil)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, h.sessionOf(c, p))
}

// sessionView is who has signed in.
type sessionView struct {
	Organ      casefile.OrganID  `json:"organ"`
	Person     casefile.PersonID `json:"person"`
	Name       string            `json:"name"`
	Unit       string            `json:"unit,omitempty"`
	Roles      []casefile.Role   `json:"roles"`
	Mandates   []heldView        `json:"mandates"`
	Expires    time.Time         `json:"expires"`
	MustChange bool              `json:"must_change"`
	Method     string            `json:"method"`
	ACR        string            `json:"acr,omitempty"`
	AMR        []string          `json:"amr,omitempty"`
}

type heldView struct {
	casefile.Mandate
	Roles   []casefile.Role `json:"roles"`
	InForce bool            `json:"in_force"`
}

func (h *handler) sessionOf(c echo.Context, p auth.Principal) sessionView {
	proof := h.guard.Proof(c.Request().Context(), p)
	v := sessionView{Method: proof.Method, ACR: proof.ACR, AMR: proof.AMR, Organ: p.Organ, Person: p.Person, Name: p.Name, Unit: p.Unit, Roles: filled(p.Roles), Mandates: []heldView{},
		Expires: p.Expires.UTC(), MustChange: p.MustChange}
	for _, m := range p.Mandates {
		v.Mandates = append(v.Mandates, heldView{Mandate: m.Mandate, Roles: filled(m.Roles), InForce: m.InForce})
	}
	return v
}

// readSession handles GET /api/v1/session.
func (h *handler) readSession(c echo.Context, p auth.Principal) error {
	return c.JSON(http.StatusOK, h.sessionOf(c, p))
}

// signOut handles DELETE /api/v1/session.
func (h *handler) signOut(c echo.Context, p auth.Principal) error {
	if err := h.guard.SignOut(c.Request().Context(), p); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// changePassword handles POST /api/v1/session/password.
func (h *handler) changePassword(c echo.Context, p auth.Principal) error {
	var req struct {
		Current string `json:"current"`
		Next    string `json:"next"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	err := h.guard.ChangePassword(c.Request().Context(), p, req.Current, req.Next, c.RealIP())
	if errors.Is(err, auth.ErrUnauthenticated) {
		return &fault{code: codeSignIn}
	}
	if err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}

type sessionListView struct {
	Sessions []sessionItemView `json:"sessions"`
}

type sessionItemView struct {
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
	This    bool      `json:"this"`
	Method  string    `json:"method,omitempty"`
	Network string    `json:"network,omitempty"`
	Began   time.Time `json:"began,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

// listSessions handles GET /api/v1/sessions.
func (h *handler) listSessions(c echo.Context, p auth.Principal) error {
	list, err := h.guard.Sessions(c.Request().Context(), p)
	if err != nil {
		return err
	}
	out := sessionListView{Sessions: []sessionItemView{}}
	for _, s := range list {
		out.Sessions = append(out.Sessions, sessionItemView{ID: s.ID, Expires: s.Expires, This: s.ID == p.SessionID, Method: s.Method, Network: s.Network, Began: s.Began, Used: s.Used})
	}
	return c.JSON(http.StatusOK, out)
}

// endOtherSessions handles DELETE /api/v1/sessions.
func (h *handler) endOtherSessions(c echo.Context, p auth.Principal) error {
	if _, err := h.guard.EndOtherSessions(c.Request().Context(), p); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// endSession handles DELETE /api/v1/sessions/{session}.
func (h *handler) endSession(c echo.Context, p auth.Principal) error {
	if err := h.guard.EndSession(c.Request().Context(), p, pathParam(c, "session")); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

type signInsView struct {
	SignIns []signInView `json:"sign_ins"`
	Next    int64        `json:"next,omitempty"`
}

type signInView struct {
	Number  int64             `json:"number"`
	At      time.Time         `json:"at"`
	Person  casefile.PersonID `json:"person"`
	Method  string            `json:"method"`
	Outcome string            `json:"outcome"`
	Network string            `json:"network"`
	Detail  string            `json:"detail,omitempty"`
}

// listSignIns handles GET /api/v1/sign-ins.
func (h *handler) listSignIns(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "organ", "before", "limit")
	if err != nil {
		return err
	}
	limit, before, err := pageOfNumbers(query)
	if err != nil {
		return err
	}
	list, err := h.guard.SignIns(c.Request().Context(), p, casefile.OrganID(query["organ"]), before, limit)
	if err != nil {
		return err
	}
	out := signInsView{SignIns: []signInView{}}
	for _, s := range list {
		out.SignIns = append(out.SignIns, signInView{Number: s.Number, At: s.At, Person: s.Person, Method: s.Method, Outcome: s.Outcome, Network: s.Network, Detail: s.Detail})
	}
	if len(list) == limit {
		out.Next = list[limit-1].Number
	}
	return c.JSON(http.StatusOK, out)
}

// pageOfNumbers reads where a page of numbered records begins, and its length.
func pageOfNumbers(query map[string]string) (limit int, before int64, err error) {
	if limit, err = limitOf(query, 200); err != nil {
		return 0, 0, err
	}
	if limit == 0 {
		limit = 50
	}
	if text, ok := query["before"]; ok {
		if before, err = strconv.ParseInt(text, 10, 64); err != nil || before < 1 {
			return 0, 0, invalid("before", "须为正整数。", "must be a positive integer")
		}
	}
	return limit, before, nil
}

// pageHeader is what a program sends with a write that rests on a session, where it
// does not say in another way that it comes from this site. Another site cannot.
const pageHeader = "X-Chengxu-Request"

// sameOrigin refuses what another site, or another host of the domain, sends with the
// cookie of somebody who has signed in here. Whoever does not say where a request
// comes from sends a header that other sites cannot send.
func (h *handler) sameOrigin(r *http.Request) error {
	here := r.Header.Get("Sec-Fetch-Site") == "same-origin" || r.Header.Get(pageHeader) != ""
	if !here || h.foreign.Check(r) != nil {
		return &fault{code: codeCrossSite}
	}
	return nil
}
