package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// accountRow is a local account.
type accountRow struct {
	Login, Person, PersonURL string
	Created, Closed          string
	MustChange               bool
	CloseURL, ReopenURL      string
}

// adminSecretView shows a secret, once.
type adminSecretView struct {
	Page           frame
	Admin          adminHead
	Title, Lead    string
	Name, Secret   string // what the secret belongs to, as a login or the id of a webhook
	BackURL, After string // where it goes on, and its words
}

func (h *handler) accountRow(r adminRequest, a auth.Account) accountRow {
	row := accountRow{Login: a.Login, Person: h.personName(r.ctx(), r.p, a.Person), PersonURL: r.personURL(a.Person), Created: clock(a.Created), Closed: clock(a.Closed), MustChange: a.MustChange}
	path := "/admin/accounts/" + url.PathEscape(a.Login)
	if a.Closed.IsZero() {
		row.CloseURL = r.url(path + "/close")
	} else {
		row.ReopenURL = r.url(path + "/reopen")
	}
	return row
}

// adminAccountsView are the accounts of an organ.
type adminAccountsView struct {
	Page    frame
	Admin   adminHead
	Rows    []accountRow
	NextURL string
}

// listAccounts handles GET /admin/accounts.
func (h *handler) listAccounts(r adminRequest) error {
	list, err := h.o.Guard.Accounts(r.ctx(), r.p, r.organ, clip(r.QueryParam("after"), 100), pageSize)
	if err != nil {
		return err
	}
	view := adminAccountsView{}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["accounts.title"], "accounts")
	for _, a := range list {
		view.Rows = append(view.Rows, h.accountRow(r, a))
	}
	if len(list) == pageSize {
		view.NextURL = r.url("/admin/accounts", "after", list[pageSize-1].Login)
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "adminaccounts.html", view)
}

// openAccount handles POST /admin/people/:entry/account: a first account, or for one
// that is there another first password.
func (h *handler) openAccount(r adminRequest) error {
	person, login, reset := casefile.PersonID(r.param("entry")), r.typed("login"), r.typed("reset") != ""
	password, err := h.o.Guard.OpenAccount(r.ctx(), r.p, person, login, reset, r.typed("reason"))
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		return h.personPage(r, person, http.StatusUnprocessableEntity, login, adminFault(r.n, err, nil))
	case errors.Is(err, casefile.ErrConflict):
		return h.personPage(r, person, http.StatusConflict, login, r.n.words["accounts.conflict"])
	case err != nil:
		return err
	}
	if reset {
		f, err := h.o.Guard.PersonFile(r.ctx(), r.p, person)
		if err != nil {
			return err
		}
		login = f.Account.Login
	}
	return h.showSecret(r, adminSecretView{Title: r.n.words["accounts.password"], Lead: r.n.words["accounts.password-lead"], Name: login, Secret: password,
		BackURL: r.personURL(person), After: h.personName(r.ctx(), r.p, person)}, "people")
}

// showSecret shows a secret, on a page that no cache keeps and no address leads to.
func (h *handler) showSecret(r adminRequest, view adminSecretView, tab string) error {
	view.Page, view.Admin = h.adminFrame(r, view.Title, tab)
	view.Page.OtherURL = ""
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "adminsecret.html", view)
}

// closeAccount handles POST /admin/accounts/:login/close.
func (h *handler) closeAccount(r adminRequest) error {
	login := r.param("login")
	err := h.o.Guard.CloseAccount(r.ctx(), r.p, login, r.typed("reason"))
	switch person := casefile.PersonID(r.typed("person")); {
	case errors.Is(err, auth.ErrLastAdministrator):
		return h.personPage(r, person, http.StatusConflict, "", r.n.words["accounts.last"])
	case errors.Is(err, casefile.ErrInvalid):
		return h.personPage(r, person, http.StatusUnprocessableEntity, "", adminFault(r.n, err, nil))
	case errors.Is(err, casefile.ErrConflict):
		return h.personPage(r, person, http.StatusConflict, "", r.n.words["accounts.conflict"])
	case err != nil:
		return err
	default:
		return r.Redirect(http.StatusSeeOther, r.personURL(person))
	}
}

// reopenAccount handles POST /admin/accounts/:login/reopen.
func (h *handler) reopenAccount(r adminRequest) error {
	password, account, err := h.o.Guard.ReopenAccount(r.ctx(), r.p, r.param("login"), r.typed("reason"))
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		return h.personPage(r, account.Person, http.StatusUnprocessableEntity, "", adminFault(r.n, err, nil))
	case errors.Is(err, casefile.ErrConflict):
		return h.personPage(r, account.Person, http.StatusConflict, "", r.n.words["accounts.conflict"])
	case err != nil:
		return err
	}
	return h.showSecret(r, adminSecretView{Title: r.n.words["accounts.password"], Lead: r.n.words["accounts.password-lead"], Name: account.Login, Secret: password,
		BackURL: r.personURL(account.Person), After: h.personName(r.ctx(), r.p, account.Person)}, "accounts")
}

// identityRow is a subject of an identity provider.
type identityRow struct {
	Issuer, Subject, Person, PersonURL, Bound string
	UnbindURL                                 string
}

func (h *handler) identityRow(r adminRequest, i auth.Identity) identityRow {
	return identityRow{Issuer: i.Issuer, Subject: i.Subject, Person: h.personName(r.ctx(), r.p, i.Person), PersonURL: r.personURL(i.Person), Bound: clock(i.BoundAt),
		UnbindURL: r.url("/admin/identities/" + url.PathEscape(i.ID) + "/unbind")}
}

// adminIdentitiesView are the identities of an organ.
type adminIdentitiesView struct {
	Page                    frame
	Admin                   adminHead
	Rows                    []identityRow
	NextURL                 string
	Action                  string
	Issuer, Subject, Person string // what was typed
	Reason                  string
	Wrong, Again            string // what is wrong; why the form is shown again
}

// listIdentities handles GET /admin/identities.
func (h *handler) listIdentities(r adminRequest) error {
	return h.identitiesPage(r, http.StatusOK, adminIdentitiesView{Person: clip(r.QueryParam("person"), 100)})
}

func (h *handler) identitiesPage(r adminRequest, status int, view adminIdentitiesView) error {
	list, err := h.o.Guard.Identities(r.ctx(), r.p, r.organ, clip(r.QueryParam("after"), 100), pageSize)
	if err != nil {
		return err
	}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["identities.title"], "identities")
	view.Action = r.url("/admin/identities")
	view.Page.typed(view.Action)
	for _, i := range list {
		view.Rows = append(view.Rows, h.identityRow(r, i))
	}
	if len(list) == pageSize {
		view.NextURL = r.url("/admin/identities", "after", list[pageSize-1].ID)
	}
	return h.pages.show(r.Context, status, r.n.lang, "adminidentities.html", view)
}

// identityAgain shows the form with what was typed.
func (h *handler) identityAgain(r adminRequest, values url.Values, why typedAgain) error {
	return h.identitiesPage(r, why.status(), adminIdentitiesView{Issuer: values.Get("issuer"), Subject: values.Get("subject"), Person: values.Get("person"),
		Reason: values.Get("reason"), Again: why.why})
}

// bindIdentity handles POST /admin/identities.
func (h *handler) bindIdentity(r adminRequest) error {
	i := auth.Identity{Issuer: r.typed("issuer"), Subject: r.typed("subject"), Organ: r.organ, Person: casefile.PersonID(r.typed("person"))}
	_, err := h.o.Guard.BindIdentity(r.ctx(), r.p, i, r.typed("reason"))
	view := adminIdentitiesView{Issuer: i.Issuer, Subject: i.Subject, Person: string(i.Person), Reason: r.typed("reason")}
	switch {
	case errors.Is(err, casefile.ErrInvalid):
		view.Wrong = adminFault(r.n, err, nil)
		return h.identitiesPage(r, http.StatusUnprocessableEntity, view)
	case errors.Is(err, casefile.ErrConflict):
		view.Wrong = r.n.words["identities.conflict"]
		return h.identitiesPage(r, http.StatusConflict, view)
	case err != nil:
		return err
	}
	return r.Redirect(http.StatusSeeOther, r.url("/admin/identities"))
}

// unbindIdentity handles POST /admin/identities/:identity/unbind.
func (h *handler) unbindIdentity(r adminRequest) error {
	if err := h.o.Guard.UnbindIdentity(r.ctx(), r.p, r.param("identity"), r.typed("reason")); err != nil {
		return fmt.Errorf("unbind identity: %w", err)
	}
	return r.Redirect(http.StatusSeeOther, r.url("/admin/identities"))
}
