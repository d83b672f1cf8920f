package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) adminRoutes(e *echo.Echo) {
	e.GET("/admin", h.admin(h.showAdmin))
	e.GET("/admin/invite", h.admin(h.askInvite))
	h.formRoute(e, "/admin/invite", h.admin(h.invite), h.admin(h.again(h.inviteAgain)))
	e.GET("/admin/people/:entry", h.admin(h.showPerson))
	h.shortForm(e, "/admin/people/:entry/account", "account", h.admin(h.openAccount))
	e.GET("/admin/mandates/new", h.admin(h.askMandate))
	h.formRoute(e, "/admin/mandates", h.admin(h.addMandate), h.admin(h.again(h.mandateAgain)))
	e.POST("/admin/mandates/:entry/revoke", h.admin(h.revokeMandate))
	e.GET("/admin/accounts", h.admin(h.listAccounts))
	h.shortForm(e, "/admin/accounts/:login/close", "close", h.admin(h.closeAccount))
	h.shortForm(e, "/admin/accounts/:login/reopen", "reopen", h.admin(h.reopenAccount))
	e.GET("/admin/identities", h.admin(h.listIdentities))
	h.formRoute(e, "/admin/identities", h.admin(h.bindIdentity), h.admin(h.again(h.identityAgain)))
	h.shortForm(e, "/admin/identities/:identity/unbind", "unbind", h.admin(h.unbindIdentity))
	e.GET("/admin/webhooks", h.admin(h.listWebhooks))
	h.formRoute(e, "/admin/webhooks", h.admin(h.createWebhook), h.admin(h.again(h.webhookAgain)))
	e.POST("/admin/webhooks/:webhook/:act", h.admin(h.changeWebhook))
	e.GET("/admin/numbers", h.admin(h.listNumbers))
	h.shortForm(e, "/admin/numbers", "series", h.admin(h.setSeries))
	e.GET("/admin/tokens", h.admin(h.listOrganTokens))
	h.shortForm(e, "/admin/tokens/:token/revoke", "revoke", h.admin(h.revokeOrganToken))
	e.GET("/admin/log/:log", h.admin(h.showLog))
	e.GET("/admin/:kind", h.admin(h.listEntries))
	e.GET("/admin/:kind/new", h.admin(h.askEntry))
	h.formRoute(e, "/admin/:kind/new", h.admin(h.enterEntry), h.admin(h.again(h.entryAgain)))
	e.GET("/admin/:kind/:entry/edit", h.admin(h.askAmend))
	h.formRoute(e, "/admin/:kind/:entry/edit", h.admin(h.amendEntry), h.admin(h.again(h.entryAgain)))
}

// adminRequest is a request of an administrator or an auditor about an organ.
type adminRequest struct {
	echo.Context
	p     auth.Principal
	n     names
	organ casefile.OrganID // that it is about: the own one, or one below it
	today legaltime.Date
}

// adminHead is what stands above every page about an organ.
type adminHead struct {
	Tabs   []choice // Value is the address
	Organs []choice // that the caller looks after; empty: the own one alone
	Organ  string
	Writes bool // the caller may change something
}

func (r adminRequest) ctx() context.Context { return r.Request().Context() }

// url gives an address of the pages with the organ that they are about.
func (r adminRequest) url(path string, more ...string) string {
	q := url.Values{}
	if r.organ != r.p.Organ {
		q.Set("organ", string(r.organ))
	}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] != "" {
			q.Set(more[i], more[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// param gives a part of the path as it was meant; escapes that are none name nothing.
func (r adminRequest) param(name string) string {
	value, err := url.PathUnescape(r.Param(name))
	if err != nil {
		return ""
	}
	return value
}

// typed gives a field of the form without the spaces around it.
func (r adminRequest) typed(name string) string {
	return strings.TrimSpace(r.Request().PostFormValue(name))
}

// admin handles a request of somebody who looks after an organ, or audits it. What the
// caller may do there is for the guard to say.
func (h *handler) admin(do func(r adminRequest) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := h.viewer(c)
		if errors.Is(err, errSignIn) || err == nil && v.visitor {
			if c.Request().Method == http.MethodGet {
				return toSignIn(c)
			}
			return c.Redirect(http.StatusSeeOther, "/sign-in?to=%2Fadmin")
		}
		if err == nil {
			err = access.Permit(v.principal, access.ReadChanges)
		}
		if err != nil {
			return err
		}
		r := adminRequest{Context: c, p: v.principal, n: h.names(language(c), nil), organ: v.principal.Organ, today: legaltime.DateIn(h.o.Now(), legaltime.China)}
		if organ := casefile.OrganID(c.QueryParam("organ")); organ != "" && organ != r.organ {
			if !slices.Contains(v.principal.Oversees, organ) {
				return fmt.Errorf("organ: %w", casefile.ErrNotFound)
			}
			r.organ = organ
		}
		return do(r)
	}
}

// adminFrame gives what every page of administrators shows around its own. The tab is
// the address of the one that is open.
func (h *handler) adminFrame(r adminRequest, title, tab string) (frame, adminHead) {
	page := h.frame(r.Context, r.n.lang, viewer{principal: r.p}, "admin.title")
	if title != "" {
		page.Title = title
	}
	head := adminHead{Organ: string(r.organ), Writes: access.Permit(r.p, access.WriteDirectory) == nil}
	for _, name := range []string{"people", "appointments", "mandates", "units", "organs", "accounts", "identities", "keys", "interests", "tokens", "webhooks", "numbers", "log/directory", "log/accounts", "log/sign-ins"} {
		if !head.Writes && slices.Contains([]string{"accounts", "identities", "tokens", "webhooks"}, name) {
			continue
		}
		head.Tabs = append(head.Tabs, choice{Value: r.url("/admin/" + name), Name: r.n.words.name("admin-tab", name), Chosen: name == tab})
	}
	if len(r.p.Oversees) > 0 {
		for _, organ := range slices.Concat([]casefile.OrganID{r.p.Organ}, r.p.Oversees) {
			head.Organs = append(head.Organs, choice{Value: string(organ), Name: string(organ), Chosen: organ == r.organ})
		}
	}
	return page, head
}

// adminView is the page that administrators come to.
type adminView struct {
	Page      frame
	Admin     adminHead
	People    int
	Uncovered string // roles of the procedures that nobody holds
	Recent    []adminLogRow
}

// showAdmin handles GET /admin.
func (h *handler) showAdmin(r adminRequest) error {
	view := adminView{}
	view.Page, view.Admin = h.adminFrame(r, "", "")
	holders, err := h.o.Guard.RoleHolders(r.ctx(), r.p, r.organ, r.today)
	if err != nil {
		return err
	}
	people := map[casefile.PersonID]bool{}
	for _, held := range holders {
		for _, person := range held {
			people[person] = true
		}
	}
	view.People = len(people)
	view.Uncovered = h.roleTitles(r.n, uncovered(h.declared(), holders))
	changes, err := h.o.Guard.DirectoryLog(r.ctx(), r.p, r.organ, 0, 8)
	if err != nil {
		return err
	}
	for _, ch := range changes {
		view.Recent = append(view.Recent, h.changeRow(r, ch))
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "admin.html", view)
}

// declared gives the roles of the procedures in use, each once.
func (h *handler) declared() []casefile.Role {
	var out []casefile.Role
	for _, def := range h.o.Guard.Procedures() {
		for _, role := range casefile.SortedNames(def.Roles) {
			if !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}

// uncovered gives the roles that nobody holds.
func uncovered(roles []casefile.Role, holders map[casefile.Role][]casefile.PersonID) []casefile.Role {
	var out []casefile.Role
	for _, role := range roles {
		if len(holders[role]) == 0 {
			out = append(out, role)
		}
	}
	return out
}

// personURL gives the page of a person.
func (r adminRequest) personURL(id casefile.PersonID) string {
	return r.url("/admin/people/" + url.PathEscape(string(id)))
}
