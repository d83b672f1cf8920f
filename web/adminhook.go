package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/webhook"
)

// hookRow is a receiver of events.
type hookRow struct {
	ID, Address, Description string
	State, StateName         string
	Practice                 bool
	Delivered                int64
	Attempts                 int64
	Failing, Next, LastError string
	Created                  string
	Acts                     []choice // what can be done; Value is the address
}

// adminHooksView are the receivers of an organ's events.
type adminHooksView struct {
	Page                 frame
	Admin                adminHead
	Rows                 []hookRow
	Address, Description string // what was typed
	Practice             bool
	Wrong, Again         string // what is wrong; why the form is shown again
}

// listWebhooks handles GET /admin/webhooks.
func (h *handler) listWebhooks(r adminRequest) error {
	return h.webhooksPage(r, http.StatusOK, adminHooksView{})
}

func (h *handler) webhooksPage(r adminRequest, status int, view adminHooksView) error {
	list, err := h.o.Guard.ListWebhooks(r.ctx(), r.p)
	if err != nil {
		return err
	}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["webhooks.title"], "webhooks")
	view.Page.typed("/admin/webhooks")
	for _, w := range list {
		row := hookRow{ID: w.ID, Address: w.URL, Description: w.Description, State: w.State, StateName: r.n.words.name("webhook-state", w.State), Practice: w.Practice,
			Delivered: w.Delivered, Attempts: w.Attempts, Failing: clock(w.FailingSince), LastError: w.LastError, Created: clock(w.Created)}
		if w.Attempts > 0 {
			row.Next = clock(w.NextAt)
		}
		acts := []string{"rotate", "resume"}
		if w.State == webhook.Active {
			acts[1] = "disable"
		}
		for _, act := range acts {
			row.Acts = append(row.Acts, choice{Value: "/admin/webhooks/" + url.PathEscape(w.ID) + "/" + act, Name: r.n.words.name("webhook-act", act)})
		}
		view.Rows = append(view.Rows, row)
	}
	return h.pages.show(r.Context, status, r.n.lang, "adminwebhooks.html", view)
}

// webhookAgain shows the form with what was typed.
func (h *handler) webhookAgain(r adminRequest, values url.Values, why typedAgain) error {
	return h.webhooksPage(r, why.status(), adminHooksView{Address: values.Get("url"), Description: values.Get("description"), Practice: values.Get("practice") != "", Again: why.why})
}

// createWebhook handles POST /admin/webhooks.
func (h *handler) createWebhook(r adminRequest) error {
	wish := webhook.Wish{URL: r.typed("url"), Description: r.typed("description"), Practice: r.typed("practice") != ""}
	w, secret, err := h.o.Guard.CreateWebhook(r.ctx(), r.p, wish)
	var bad *webhook.InvalidError
	if errors.As(err, &bad) {
		return h.webhooksPage(r, http.StatusUnprocessableEntity, adminHooksView{Address: wish.URL, Description: wish.Description, Practice: wish.Practice, Wrong: r.n.pick(bad.Message)})
	}
	if err != nil {
		return err
	}
	return h.hookSecret(r, w.ID, secret)
}

func (h *handler) hookSecret(r adminRequest, id, secret string) error {
	return h.showSecret(r, adminSecretView{Title: r.n.words["webhooks.secret"], Lead: r.n.words["webhooks.secret-lead"], Name: id, Secret: secret,
		BackURL: "/admin/webhooks", After: r.n.words["webhooks.title"]}, "webhooks")
}

// changeWebhook handles POST /admin/webhooks/:webhook/:act.
func (h *handler) changeWebhook(r adminRequest) error {
	id := r.param("webhook")
	var secret string
	var err error
	switch r.param("act") {
	case "disable":
		_, err = h.o.Guard.DisableWebhook(r.ctx(), r.p, id)
	case "resume":
		_, err = h.o.Guard.ResumeWebhook(r.ctx(), r.p, id)
	case "rotate":
		if _, secret, err = h.o.Guard.RotateWebhook(r.ctx(), r.p, id); err == nil {
			return h.hookSecret(r, id, secret)
		}
	default:
		err = fmt.Errorf("act: %w", casefile.ErrNotFound)
	}
	if errors.Is(err, casefile.ErrConflict) {
		return h.webhooksPage(r, http.StatusConflict, adminHooksView{Wrong: r.n.words["webhooks.conflict"]})
	}
	if err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, "/admin/webhooks")
}

// adminTokensView are the access tokens of an organ.
type adminTokensView struct {
	Page  frame
	Admin adminHead
	Rows  []organToken
}

type organToken struct {
	tokenRow
	Person, PersonURL string
}

// listOrganTokens handles GET /admin/tokens.
func (h *handler) listOrganTokens(r adminRequest) error {
	if err := access.Permit(r.p, access.ReadAccounts); err != nil { // others would see their own here
		return err
	}
	tokens, err := h.o.Guard.Tokens(r.ctx(), r.p)
	if err != nil {
		return err
	}
	view := adminTokensView{}
	view.Page, view.Admin = h.adminFrame(r, r.n.words["tokens.title"], "tokens")
	slices.SortStableFunc(tokens, func(a, b auth.Token) int { return b.Created.Compare(a.Created) })
	for _, t := range tokens[:min(len(tokens), maxChoices)] {
		row := organToken{tokenRow: h.tokenRow(r.n, t), Person: h.personName(r.ctx(), r.p, t.Holder.Person)}
		// A token can stand for somebody whom the directory does not know.
		if h.known(r, t.Holder.Person) {
			row.PersonURL = r.personURL(t.Holder.Person)
		} else if row.Person == string(t.Holder.Person) && t.Holder.Name != "" {
			row.Person = t.Holder.Name
		}
		view.Rows = append(view.Rows, row)
	}
	return h.pages.show(r.Context, http.StatusOK, r.n.lang, "admintokens.html", view)
}

// revokeOrganToken handles POST /admin/tokens/:token/revoke.
func (h *handler) revokeOrganToken(r adminRequest) error {
	if err := h.o.Guard.RevokeToken(r.ctx(), r.p, r.param("token"), r.typed("reason")); err != nil {
		return err
	}
	return r.Redirect(http.StatusSeeOther, "/admin/tokens")
}
