package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// Belongings are the ways in that somebody has, and can end.
type Belongings interface {
	Sessions(ctx context.Context, p auth.Principal) ([]auth.Listed, error)
	EndSession(ctx context.Context, p auth.Principal, id string) error
	EndOtherSessions(ctx context.Context, p auth.Principal) (int64, error)
	OwnTokens(ctx context.Context, p auth.Principal) ([]auth.Token, error)
	RevokeToken(ctx context.Context, p auth.Principal, id, reason string) error
	Keys(ctx context.Context, p auth.Principal) ([]auth.Record, error)
	RegisterKey(ctx context.Context, p auth.Principal, k auth.SigningKey) (auth.Record, error)
	EndKey(ctx context.Context, p auth.Principal, id, reason string) (auth.Record, error)
}

// ownView is what somebody sees of the own account.
type ownView struct {
	Page        frame
	Name, ID    string
	Organ, Unit string
	Roles       string
	Password    bool // signed in in person, not by a token
	Manages     bool // looks after the organ, or audits it
	Mandates    []mandateRow
	Sessions    []sessionRow
	Others      bool // there are sessions beside this one
	NoTokens    bool // tokens are not for this session
	Tokens      []tokenRow
	Keys        keysView
}

type mandateRow struct {
	For, Kind, Roles string
	From, Until      string
	InForce          bool
}

type sessionRow struct {
	ID              string
	This            bool
	Method, Network string
	Began, Used     string
	Ends            string
}

type tokenRow struct {
	ID                     string
	Roles, Scopes          string
	Created, Expires, Used string
	State, StateName       string // "active", "expired" or "revoked"
}

// own handles a request of somebody for the own account.
func (h *handler) own(do func(c echo.Context, p auth.Principal) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := h.viewer(c)
		if errors.Is(err, errSignIn) || err == nil && v.visitor {
			if c.Request().Method == http.MethodGet {
				return toSignIn(c)
			}
			return c.Redirect(http.StatusSeeOther, "/sign-in?to=%2Faccount")
		}
		if err != nil {
			return err
		}
		return do(c, v.principal)
	}
}

// then does something with what the person has, and shows the page again.
func (h *handler) then(do func(ctx context.Context, p auth.Principal, c echo.Context) error) echo.HandlerFunc {
	return h.own(func(c echo.Context, p auth.Principal) error {
		if err := do(c.Request().Context(), p, c); err != nil {
			return fmt.Errorf("own account: %w", err)
		}
		return c.Redirect(http.StatusSeeOther, "/account")
	})
}

// endSession handles POST /account/sessions/:session/end.
func (h *handler) endSession(ctx context.Context, p auth.Principal, c echo.Context) error {
	return h.o.Entrance.EndSession(ctx, p, c.Param("session"))
}

// endOthers handles POST /account/other-sessions/end.
func (h *handler) endOthers(ctx context.Context, p auth.Principal, _ echo.Context) error {
	_, err := h.o.Entrance.EndOtherSessions(ctx, p)
	return err
}

// revokeToken handles POST /account/tokens/:token/revoke. It is for one's own tokens,
// also by somebody who may revoke those of others elsewhere.
func (h *handler) revokeToken(ctx context.Context, p auth.Principal, c echo.Context) error {
	tokens, err := h.o.Entrance.OwnTokens(ctx, p)
	if err != nil {
		return err
	}
	for _, t := range tokens {
		if t.ID == c.Param("token") {
			return h.o.Entrance.RevokeToken(ctx, p, t.ID, "")
		}
	}
	return fmt.Errorf("token %.40q: %w", c.Param("token"), casefile.ErrNotFound)
}

// showAccount handles GET /account.
func (h *handler) showAccount(c echo.Context, p auth.Principal) error {
	return h.accountPage(c, p, http.StatusOK, "")
}

// accountPage shows the own account, with what is wrong with a key that was sent.
func (h *handler) accountPage(c echo.Context, p auth.Principal, status int, wrong string) error {
	ctx, lang := c.Request().Context(), language(c)
	n := h.names(lang, nil)
	view := ownView{Page: h.frame(c, lang, viewer{principal: p}, "account.title"), Name: p.Name, ID: string(p.Person), Organ: string(p.Organ), Unit: p.Unit,
		Roles: h.roleTitles(n, p.Roles), Password: p.SessionID != "" && p.TokenID == ""}
	view.Page.Back, view.Manages = true, access.Permit(p, access.ReadHealth) == nil
	for _, m := range p.Mandates {
		view.Mandates = append(view.Mandates, mandateRow{For: m.PrincipalName, Kind: n.words.name("mandate", string(m.Kind)), Roles: h.roleTitles(n, m.Roles),
			From: m.From.String(), Until: m.Until.String(), InForce: m.InForce})
	}
	sessions, err := h.o.Entrance.Sessions(ctx, p)
	if err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	for _, s := range sessions {
		view.Sessions = append(view.Sessions, sessionRow{ID: s.ID, This: s.ID == p.SessionID, Method: n.words.name("method", s.Method), Network: s.Network,
			Began: clock(s.Began), Used: clock(s.Used), Ends: clock(s.Expires)})
		view.Others = view.Others || s.ID != p.SessionID
	}
	tokens, err := h.o.Entrance.OwnTokens(ctx, p)
	if view.NoTokens = errors.Is(err, casefile.ErrForbidden); err != nil && !view.NoTokens {
		return fmt.Errorf("tokens: %w", err)
	}
	for _, t := range tokens {
		view.Tokens = append(view.Tokens, h.tokenRow(n, t))
	}
	if view.Keys, err = h.keysView(ctx, p); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	view.Keys.Wrong = wrong
	return h.pages.show(c, status, lang, "account.html", view)
}

func (h *handler) tokenRow(n names, t auth.Token) tokenRow {
	row := tokenRow{ID: t.ID, Roles: h.roleTitles(n, t.Holder.Roles), Created: clock(t.Created), Expires: clock(t.Expires), Used: clock(t.Used), State: "active"}
	switch {
	case !t.Revoked.IsZero():
		row.State = "revoked"
	case !h.o.Now().Before(t.Expires):
		row.State = "expired"
	}
	row.StateName = n.words.name("token-state", row.State)
	scopes := make([]string, len(t.Scopes))
	for i, s := range t.Scopes {
		scopes[i] = n.words.name("scope", s)
	}
	row.Scopes = n.list(scopes)
	return row
}

// roleTitles gives roles as the procedures in use call them.
func (h *handler) roleTitles(n names, roles []casefile.Role) string {
	titles := make([]string, len(roles))
	for i, role := range roles {
		for _, n.def = range h.o.Guard.Procedures() {
			if n.pick(n.def.Roles[role]) != "" {
				break
			}
		}
		titles[i] = n.role(role)
	}
	return n.list(titles)
}

// clock gives an instant to the minute; it is empty for one that is not known.
func clock(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(legaltime.China).Format("2006-01-02 15:04")
}
