package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
)

func (h *handler) welcomeRoutes(e *echo.Echo) {
	e.GET("/welcome", h.own(h.showWelcome))
	e.POST("/welcome/practice", h.own(h.openPractice))
	e.GET("/health", h.admin(h.showHealth))
}

// welcomeView is the way from an empty installation to the first real case. Each step
// is judged by what is there.
type welcomeView struct {
	Page           frame
	Organ          string
	Manages        bool // the caller looks after the organ
	Writes         bool
	Accounts       int
	Procedures     []coveredView
	Practice, Real bool
	Plays          bool   // the caller may open practice cases
	TrainerURL     string // makes the caller a trainer
	Next           string // the first step that is not done
	People, Roles  bool
	Wrong          string
}

// coveredView says who holds the roles of a procedure.
type coveredView struct {
	Title       string
	Count, Held int
	Open        []choice // roles that are nobody's; Value invites somebody
	Holders     []pair
}

// showWelcome handles GET /welcome.
func (h *handler) showWelcome(c echo.Context, p auth.Principal) error {
	return h.welcomePage(c, p, http.StatusOK, "")
}

func (h *handler) welcomePage(c echo.Context, p auth.Principal, status int, wrong string) error {
	r := adminRequest{Context: c, p: p, n: h.names(language(c), nil), organ: p.Organ, today: legaltime.DateIn(h.o.Now(), legaltime.China)}
	view := welcomeView{Page: h.frame(c, r.n.lang, viewer{principal: p}, "welcome.title"), Organ: string(p.Organ), Wrong: wrong,
		Manages: access.Permit(p, access.ReadHealth) == nil, Writes: access.Permit(p, access.WriteAccounts) == nil, Plays: access.Permit(p, access.OpenCase) == nil && h.practised(p) != nil}
	if view.Manages {
		if err := h.progress(r, &view); err != nil {
			return err
		}
	}
	view.TrainerURL = r.url("/admin/appointments/new", "person", string(p.Person), "role", string(auth.Trainer))
	for _, step := range []struct {
		name string
		done bool
	}{{"people", view.People}, {"roles", view.Roles}, {"practice", view.Practice}, {"real", view.Real}} {
		if !step.done {
			view.Next = step.name
			break
		}
	}
	return h.pages.show(c, status, r.n.lang, "welcome.html", view)
}

// progress computes how far the organ has come.
func (h *handler) progress(r adminRequest, view *welcomeView) error {
	holders, err := h.o.Guard.RoleHolders(r.ctx(), r.p, r.organ, r.today)
	if err != nil {
		return err
	}
	if view.Writes {
		accounts, err := h.o.Guard.Accounts(r.ctx(), r.p, r.organ, "", maxChoices)
		if err != nil {
			return err
		}
		view.Accounts = len(slices.DeleteFunc(accounts, func(a auth.Account) bool { return !a.Closed.IsZero() }))
		view.People = view.Accounts > 1
	}
	for _, def := range h.o.Guard.Procedures() {
		covered := h.covered(r, def, holders)
		view.Roles = view.Roles || covered.Held == covered.Count
		view.Procedures = append(view.Procedures, covered)
	}
	view.Practice, view.Real, err = h.o.Guard.Begun(r.ctx(), r.p)
	return err
}

// covered says which roles of a procedure somebody holds.
func (h *handler) covered(r adminRequest, def *procedure.Definition, holders map[casefile.Role][]casefile.PersonID) coveredView {
	n := h.names(r.n.lang, def)
	view := coveredView{Title: n.procedure(), Count: len(def.Roles)}
	for _, role := range casefile.SortedNames(def.Roles) {
		if len(holders[role]) == 0 {
			view.Open = append(view.Open, choice{Value: r.url("/admin/invite", "role", string(role)), Name: n.role(role)})
			continue
		}
		view.Held++
		people := make([]string, len(holders[role]))
		for i, person := range holders[role] {
			people[i] = h.personName(r.ctx(), r.p, person)
		}
		view.Holders = append(view.Holders, pair{Name: n.role(role), ID: string(role), Value: n.list(people)})
	}
	return view
}

// practised gives the procedure that the caller may begin a practice case of.
func (h *handler) practised(p auth.Principal) *procedure.Definition {
	for _, def := range h.o.Guard.Procedures() {
		if def.ID == "cn.major-decision" && slices.ContainsFunc(def.Open.Roles, p.Holds) {
			return def
		}
	}
	return nil
}

// openPractice handles POST /welcome/practice: a practice case with a matter that
// everybody understands, from which a newcomer goes on.
func (h *handler) openPractice(c echo.Context, p auth.Principal) error {
	def := h.practised(p)
	if def == nil {
		return fmt.Errorf("practice: %w", casefile.ErrForbidden)
	}
	words := h.pages.words[language(c)]
	reply, err := h.o.Guard.Open(c.Request().Context(), p, access.As{}, casework.Opening{
		ID: "practice-" + rand.Text()[:12], Procedure: def.Name(), Practice: true, Starts: legaltime.DateIn(h.o.Now(), legaltime.China),
		Matter: casefile.Matter{Title: words["welcome.practice-title"], Category: "policy"},
		With:   casefile.Values{"body_kind": "district-gov", "decision_body": words["welcome.practice-body"], "contains_state_secret": false},
	})
	var refused *casefile.Refusal
	if errors.As(err, &refused) {
		return h.welcomePage(c, p, http.StatusUnprocessableEntity, h.names(language(c), nil).pick(refused.Message))
	}
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/cases/"+url.PathEscape(string(reply.Case.ID)))
}
