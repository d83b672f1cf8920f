package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

const (
	workPage    = 50 // tasks of a page
	workNotices = 20 // notices that the page shows
	workTabs    = 6  // roles that are counted one by one; more are chosen from a list
)

func (h *handler) workRoutes(e *echo.Echo) {
	e.GET("/work", h.signedIn(access.ReadWork, h.showWork))
	e.GET("/work/feeds", h.signedIn(access.ManageFeed, h.showFeeds))
	h.shortForm(e, "/work/feeds", "feed", h.signedIn(access.ManageFeed, h.createFeed))
	e.POST("/work/feeds/:feed/revoke", h.signedIn(access.ManageFeed, h.revokeFeed))
	e.GET("/work/:id/:step", h.signedIn(access.ReadWork, h.showTask))
	e.GET("/cases/:id/desk/:step", h.showDesk)
	e.GET("/cases/:id/room", h.showRoom)
	e.GET("/cases/:id/minutes", h.showMinutes)
}

// asked is what the address of a work list asks for.
type asked struct {
	access.WorkQuery
	practice string // "true", "false" or ""
}

func askedWork(c echo.Context) asked {
	text := func(name string) string { return clip(c.QueryParam(name), 100) }
	a := asked{WorkQuery: access.WorkQuery{Organ: casefile.OrganID(text("organ")), Person: casefile.PersonID(text("person")), Unit: text("unit"),
		Role: casefile.Role(text("role")), After: clip(c.QueryParam("after"), 200), Limit: workPage}}
	if practice := c.QueryParam("practice"); practice == "true" || practice == "false" {
		only := practice == "true"
		a.practice, a.Practice = practice, &only
	}
	return a
}

// url gives the address of the list with another role and page.
func (a asked) url(role casefile.Role, after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"organ": string(a.Organ), "person": string(a.Person), "unit": a.Unit, "role": string(role), "practice": a.practice, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return "/work"
	}
	return "/work?" + q.Encode()
}

// showWork handles GET /work.
func (h *handler) showWork(c echo.Context, v viewer) error {
	ctx, lang, a := c.Request().Context(), language(c), askedWork(c)
	work, err := h.o.Guard.Work(ctx, v.principal, a.WorkQuery)
	if err != nil {
		return fmt.Errorf("work list: %w", err)
	}
	n := h.names(lang, nil)
	view := workView{Page: h.frame(c, lang, v, "work.title"), Auditor: v.principal.Holds(auth.Auditor), Counts: work.Counts,
		Filtered: a.url("", "") != "/work" || a.Role != "", Later: a.After != "", Filings: h.o.Guard.ReviewsFilings(v.principal)}
	if view.Groups, err = h.taskGroups(c, v, n, work.Items); err != nil {
		return err
	}
	if work.Next != "" {
		view.NextURL = a.url(a.Role, work.Next)
	}
	if err := h.workFilters(c, v, n, a, &view); err != nil {
		return err
	}
	notices, err := h.o.Guard.Notices(ctx, v.principal)
	if err != nil {
		return fmt.Errorf("notices: %w", err)
	}
	view.MoreNotices = max(0, len(notices)-workNotices)
	for _, notice := range notices[:min(len(notices), workNotices)] {
		view.Notices = append(view.Notices, h.workNotice(n, notice))
	}
	if view.Findings, err = h.workFindings(ctx, v, n); err != nil {
		return err
	}
	late, err := h.o.Guard.LatePlans(ctx, v.principal)
	if err != nil {
		return fmt.Errorf("late plans: %w", err)
	}
	view.Plans = plannedRows(late)
	return h.pages.show(c, http.StatusOK, lang, "work.html", view)
}

// taskGroups gives the tasks as rows, in groups by what is left of their time.
func (h *handler) taskGroups(c echo.Context, v viewer, n names, items []casework.WorkItem) ([]taskGroup, error) {
	slices.SortStableFunc(items, sooner)
	var out []taskGroup
	defs := map[casefile.Digest]names{}
	for _, item := range items {
		known, ok := defs[item.Definition]
		if !ok {
			def, err := h.o.Guard.Definition(c.Request().Context(), v.principal, item.Case)
			if err != nil {
				return nil, fmt.Errorf("task of case %s: %w", item.Case, err)
			}
			known = h.names(n.lang, def)
			defs[item.Definition] = known
		}
		row := known.taskRow(v.principal, item, h.todayOf(item))
		row.Person = h.personName(c.Request().Context(), v.principal, item.Person)
		if len(out) == 0 || out[len(out)-1].Kind != row.Group {
			out = append(out, taskGroup{Kind: row.Group, Title: n.words.name("work-group", row.Group)})
		}
		g := &out[len(out)-1]
		g.Rows = append(g.Rows, row)
	}
	return out, nil
}

// sooner puts what has least time left in front, and what has no due date last.
func sooner(a, b casework.WorkItem) int {
	switch {
	case a.Dated != b.Dated:
		if a.Dated {
			return -1
		}
		return 1
	case !a.Dated:
		return 0
	}
	return a.Left - b.Left
}

// workFilters fills in by what the list can be narrowed. A list of few roles has a tab
// for each, with the number of tasks.
func (h *handler) workFilters(c echo.Context, v viewer, n names, a asked, view *workView) error {
	p := v.principal
	roles := h.workRoles(p)
	if len(roles) <= workTabs {
		if err := h.workTabs(c, p, n, roles, a, view); err != nil {
			return err
		}
	} else {
		view.Roles = choices(string(a.Role), choice{Name: n.words["work.all-roles"]})
		for _, r := range roles {
			view.Roles = append(view.Roles, choice{Value: string(r), Name: h.roleTitles(n, []casefile.Role{r}), Chosen: r == a.Role})
		}
	}
	view.Role, view.Unit, view.Person = string(a.Role), a.Unit, string(a.Person)
	if !view.Auditor {
		view.Persons = choices(string(a.Person), choice{Name: n.words["work.all-persons"]}, choice{Value: string(p.Person), Name: n.words["work.me-alone"]})
		for _, m := range p.Mandates {
			if m.InForce {
				view.Persons = append(view.Persons, choice{Value: string(m.Principal), Name: fmt.Sprintf(n.words["work.for-principal"], m.PrincipalName), Chosen: a.Person == m.Principal})
			}
		}
		if p.Unit != "" {
			view.Units = choices(a.Unit, choice{Name: fmt.Sprintf(n.words["work.own-unit"], p.Unit)}, choice{Value: access.AllUnits, Name: n.words["work.all-units"]})
		}
	}
	view.Kinds = choices(a.practice, choice{Name: n.words.name("practice", "all")}, choice{Value: "false", Name: n.words.name("practice", "false")}, choice{Value: "true", Name: n.words.name("practice", "true")})
	if view.Auditor && len(p.Oversees) > 0 {
		view.Organs = choices(string(a.Organ), choice{Name: string(p.Organ)})
		for _, o := range p.Oversees {
			view.Organs = append(view.Organs, choice{Value: string(o), Name: string(o), Chosen: o == a.Organ})
		}
	}
	return nil
}

// choices marks the one that is chosen.
func choices(chosen string, all ...choice) []choice {
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

func (h *handler) workTabs(c echo.Context, p auth.Principal, n names, roles []casefile.Role, a asked, view *workView) error {
	if len(roles) < 2 {
		return nil
	}
	for _, r := range append([]casefile.Role{""}, roles...) {
		q := a.WorkQuery
		q.Role, q.After, q.Limit = r, "", 1
		tab := workTab{URL: a.url(r, ""), Name: n.words["work.all-roles"], Chosen: r == a.Role}
		if r != "" {
			tab.Name = h.roleTitles(n, []casefile.Role{r})
		}
		work, err := h.o.Guard.Work(c.Request().Context(), p, q)
		if err != nil {
			return fmt.Errorf("count work: %w", err)
		}
		if work.Counts != nil {
			tab.Count, tab.Late = work.Counts.All, work.Counts.Late
		}
		view.Tabs = append(view.Tabs, tab)
	}
	return nil
}

// workRoles gives the roles of the desks of somebody; those of all procedures for an
// auditor.
func (h *handler) workRoles(p auth.Principal) []casefile.Role {
	var out []casefile.Role
	add := func(r casefile.Role) {
		if !slices.Contains(out, r) && !auth.Installed(r) {
			out = append(out, r)
		}
	}
	if p.Holds(auth.Auditor) {
		for _, def := range h.o.Guard.Procedures() {
			for _, r := range casefile.SortedNames(def.Roles) {
				add(r)
			}
		}
		return out
	}
	for _, d := range access.Desks(p) {
		add(d.Role)
	}
	return out
}
