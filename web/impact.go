package web

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/rules"
)

func (h *handler) impactRoutes(e *echo.Echo) {
	e.GET("/law/impact", h.signedIn(access.ReadImpact, h.showImpact))
	e.GET("/law/impact/:activation", h.signedIn(access.ReadImpact, h.showReleaseImpact))
}

// impactView says what a release means for open cases.
type impactView struct {
	Page        frame
	Organ       string
	Release     *releaseRow // nil: the release that judges new cases already
	Against     string      // what the release is compared with
	Waiting     []releaseRow
	Counts      []impactCount
	Looked      string // how many open cases were looked at
	Changes     []impactCount
	Rules       []impactRule
	Differences []differenceView
	Named       bool // the viewer is told which cases it is
	Cases       []impactCase
	Cut         bool // there are more cases than are listed
}

type impactCount struct {
	ID, Name string
	Number   int
}

type impactRule struct {
	Title, ID, Basis string
	Cases, Stopped   int
}

// differenceView is a thing of a pack that differs.
type differenceView struct {
	Kind, KindName, Part, Title, ID, Basis, Before string
	Direction, DirectionName                       string
	Fields                                         []fieldDifference
}

type fieldDifference struct{ Name, From, Before, After, Above string }

type impactCase struct {
	caseRow
	Changes         string
	Refused         string // why it cannot move
	Proposed, Stays bool
	Differ          string
	Stopped         string // acts that would have been stopped
}

// impactShown bounds the cases that a page lists.
const impactShown = 100

// showImpact handles GET /law/impact.
func (h *handler) showImpact(c echo.Context, v viewer) error {
	_, found, err := h.o.Guard.Impact(c.Request().Context(), v.principal, "")
	if err != nil {
		return fmt.Errorf("impact: %w", err)
	}
	n := h.names(language(c), nil)
	view := h.impactView(n, v, found)
	releases, err := h.o.Guard.Activations(c.Request().Context(), v.principal)
	if err != nil {
		return fmt.Errorf("activations: %w", err)
	}
	for _, row := range h.releaseRows(n, v, releases) {
		if row.State == "waiting" {
			view.Waiting = append(view.Waiting, row)
		}
	}
	view.Page = h.frame(c, n.lang, v, "impact.title")
	return h.pages.show(c, http.StatusOK, n.lang, "lawimpact.html", view)
}

// showReleaseImpact handles GET /law/impact/:activation.
func (h *handler) showReleaseImpact(c echo.Context, v viewer) error {
	id, err := param(c, "activation")
	if err != nil {
		return fmt.Errorf("activation: %w", err)
	}
	asked, found, err := h.o.Guard.Impact(c.Request().Context(), v.principal, id)
	if err != nil {
		return fmt.Errorf("impact of activation: %w", err)
	}
	n := h.names(language(c), nil)
	view := h.impactView(n, v, found)
	view.Release = &h.releaseRows(n, v, []access.Activation{asked.Activation})[0]
	differences := rules.Tightened(asked.Release)
	if asked.Instead != nil {
		differences = rules.Compare(asked.Instead, asked.Release).Differences
		view.Against = fmt.Sprintf(n.words["impact.against"], asked.Instead.Name(), asked.Instead.Revision())
	}
	for _, d := range differences {
		view.Differences = append(view.Differences, n.packDifference(d))
	}
	view.Page = h.frame(c, n.lang, v, "impact.title")
	view.Page.Title += " · " + asked.Pack
	return h.pages.show(c, http.StatusOK, n.lang, "lawimpact.html", view)
}

func (h *handler) impactView(n names, v viewer, found casework.Impact) impactView {
	view := impactView{Organ: string(v.principal.Organ), Named: v.principal.Holds(auth.Auditor), Cut: len(found.Cases) > impactShown}
	looked := n.words["impact.looked"]
	if !found.Whole {
		looked = n.words["impact.looked-first"]
	}
	view.Looked = fmt.Sprintf(looked, found.Open)
	for _, one := range []impactCount{{ID: "affected", Number: found.Affected}, {ID: "refused", Number: found.Refused}, {ID: "stopped", Number: found.Stopped},
		{ID: "differ", Number: found.Differ}, {ID: "proposed", Number: found.Proposed}, {ID: "declined", Number: found.Declined}, {ID: "entries", Number: found.Entries},
		{ID: "unasked", Number: found.Unasked}} {
		if one.Name = n.words.name("impact-count", one.ID); one.Number > 0 || one.ID == "affected" {
			view.Counts = append(view.Counts, one)
		}
	}
	for _, c := range found.Changes {
		view.Changes = append(view.Changes, impactCount{ID: c.What, Name: n.changed(c.What, c.Name), Number: c.Cases})
	}
	for _, r := range found.Rules {
		view.Rules = append(view.Rules, impactRule{Title: n.rule(r.Rule), ID: r.Rule, Basis: r.Basis, Cases: r.Cases, Stopped: r.Stopped})
	}
	for _, c := range found.Cases[:min(len(found.Cases), impactShown)] {
		view.Cases = append(view.Cases, h.impactCase(n, c))
	}
	return view
}

func (h *handler) impactCase(n names, c casework.ImpactCase) impactCase {
	row := impactCase{caseRow: h.caseRow(c.Case, n.lang), Proposed: c.ProposedBy != "", Stays: c.Declined}
	var changes, stopped []string
	for _, change := range c.Changes {
		changes = append(changes, n.changed(change.What, change.Name))
	}
	row.Changes = n.list(changes)
	if c.Refusal != nil {
		row.Refused = n.pick(c.Refusal.Message)
	}
	if c.Differ > 0 {
		row.Differ = fmt.Sprintf(n.words["impact.differ"], c.Differ)
	}
	of := h.names(n.lang, h.library(c.Case.Procedure))
	for _, kind := range c.Stopped {
		stopped = append(stopped, of.act(kind))
	}
	row.Stopped = n.list(stopped)
	return row
}

// changed names what a case would be judged by otherwise.
func (n names) changed(what, name string) string {
	named := n.words.name("impact-change", what)
	if name == "" {
		return named
	}
	return named + " " + name
}

func (n names) packDifference(d rules.Difference) differenceView {
	v := differenceView{Kind: string(d.Kind), KindName: n.words.name("difference", string(d.Kind)), Part: n.words.name("difference-part", string(d.Part)), Title: n.pick(d.Title), ID: d.ID,
		Basis: d.Basis, Before: d.Before, Direction: string(d.Direction)}
	if d.Direction != "" {
		v.DirectionName = n.words.name("difference-way", string(d.Direction))
	}
	for _, f := range d.Fields {
		v.Fields = append(v.Fields, fieldDifference{Name: n.words.name("difference-field", f.Field), From: f.From.String(), Before: f.Before, After: f.After, Above: f.Above})
	}
	return v
}

// impactURL leads to the impact of an activation.
func impactURL(id string) string { return "/law/impact/" + url.PathEscape(id) }
