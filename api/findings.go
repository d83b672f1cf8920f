package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) findingRoutes(r *routes) {
	r.add("GET", "/api/v1/findings", access.ReadFindings, h.listFindings, r.quick)
	r.add("GET", "/api/v1/cases/:id/findings", access.ReadFindings, h.listCaseFindings, r.quick)
	r.once("POST", "/api/v1/cases/:id/findings", access.WriteFindings, h.recordFinding, r.quick)
	r.add("GET", "/api/v1/cases/:id/findings/:finding", access.ReadFindings, h.readFinding, r.quick)
	r.once("POST", "/api/v1/cases/:id/findings/:finding/moves", access.WriteFindings, h.moveFinding, r.quick)
	r.once("POST", "/api/v1/cases/:id/findings/:finding/replies", access.ReplyFinding, h.replyFinding, r.quick)
}

type authorView struct {
	Organ  casefile.OrganID  `json:"organ"`
	Person casefile.PersonID `json:"person"`
	Name   string            `json:"name"`
}

type auditFindingView struct {
	ID       string           `json:"id"`
	Organ    casefile.OrganID `json:"organ"`
	Case     casefile.ID      `json:"case"`
	Matter   string           `json:"matter"`
	Practice bool             `json:"practice"`
	Entry    int64            `json:"entry,omitempty"`
	Kind     audit.Kind       `json:"kind"`
	Severity audit.Severity   `json:"severity"`
	State    audit.State      `json:"state"`
	Text     string           `json:"text"`
	Remedy   string           `json:"remedy,omitempty"`
	Due      legaltime.Date   `json:"due,omitzero"`
	By       authorView       `json:"by"`
	At       time.Time        `json:"at"`
	Events   []auditEventView `json:"events"`
	Withheld bool             `json:"withheld,omitempty"`
}

type auditEventView struct {
	Number int64        `json:"number"`
	Move   audit.Move   `json:"move"`
	Result audit.Result `json:"result,omitempty"`
	Text   string       `json:"text,omitempty"`
	By     authorView   `json:"by"`
	At     time.Time    `json:"at"`
}

func findingOf(f access.SeenFinding) auditFindingView {
	v := auditFindingView{ID: f.ID, Organ: f.Organ, Case: f.Case, Matter: f.Title, Practice: f.Practice, Entry: f.Entry, Kind: f.Kind, Severity: f.Severity,
		State: f.State(), Text: f.Text, Remedy: f.Remedy, Due: f.Due, By: authorView(f.By), At: f.At, Events: []auditEventView{}, Withheld: f.Withheld}
	for _, e := range f.Events {
		v.Events = append(v.Events, auditEventView{Number: e.Number, Move: e.Move, Result: e.Result, Text: e.Text, By: authorView(e.By), At: e.At})
	}
	return v
}

type findingPage struct {
	Findings []auditFindingView `json:"findings"`
	Next     string             `json:"next,omitempty"`
}

func findingsOf(list []access.SeenFinding, limit int) findingPage {
	out := findingPage{Findings: []auditFindingView{}}
	for _, f := range list {
		out.Findings = append(out.Findings, findingOf(f))
	}
	if limit > 0 && len(list) == limit {
		out.Next = list[limit-1].ID
	}
	return out
}

// listFindings handles GET /api/v1/findings.
func (h *handler) listFindings(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "organ", "state", "kind", "severity", "practice", "after", "limit")
	if err != nil {
		return err
	}
	f := audit.Filter{After: clip(q["after"], 100)}
	if q["organ"] != "" {
		f.Organs = []casefile.OrganID{casefile.OrganID(q["organ"])}
	}
	if f.State, err = memberOf(q, "state", audit.States()); err != nil {
		return err
	}
	if f.Kind, err = memberOf(q, "kind", audit.Kinds()); err != nil {
		return err
	}
	if f.Severity, err = memberOf(q, "severity", audit.Severities()); err != nil {
		return err
	}
	if f.Practice, err = flagOf(q, "practice"); err != nil {
		return err
	}
	if f.Limit, err = limitOf(q, 200); err != nil {
		return err
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	list, err := h.guard.Findings(c.Request().Context(), p, f)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, findingsOf(list, f.Limit))
}

// memberOf gives a parameter of a closed set; the zero value when it is left out.
func memberOf[T ~string](q map[string]string, name string, all []T) (T, error) {
	v, ok := q[name]
	if ok && !slices.Contains(all, T(v)) {
		return "", invalid(name, "不是可用的值。", "is none of the values")
	}
	return T(v), nil
}

// listCaseFindings handles GET /api/v1/cases/{id}/findings.
func (h *handler) listCaseFindings(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	list, err := h.guard.FindingsOf(c.Request().Context(), p, casefile.ID(pathParam(c, "id")))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, findingsOf(list, 0))
}

// readFinding handles GET /api/v1/cases/{id}/findings/{finding}.
func (h *handler) readFinding(c echo.Context, p auth.Principal) error {
	if _, err := queryOf(c.Request()); err != nil {
		return err
	}
	f, err := h.guard.Finding(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), pathParam(c, "finding"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, findingOf(f))
}

type findingBody struct {
	Entry    int            `json:"entry"`
	Kind     string         `json:"kind"`
	Severity string         `json:"severity"`
	Text     string         `json:"text"`
	Remedy   string         `json:"remedy"`
	Due      legaltime.Date `json:"due"`
}

// recordFinding handles POST /api/v1/cases/{id}/findings.
func (h *handler) recordFinding(c echo.Context, p auth.Principal) error {
	var req findingBody
	if err := bindBody(c, &req); err != nil {
		return err
	}
	f, err := h.guard.RecordFinding(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), audit.Finding{Entry: int64(req.Entry), Kind: audit.Kind(req.Kind),
		Severity: audit.Severity(req.Severity), Text: req.Text, Remedy: req.Remedy, Due: req.Due})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusCreated, findingOf(f))
}

// moveFinding handles POST /api/v1/cases/{id}/findings/{finding}/moves.
func (h *handler) moveFinding(c echo.Context, p auth.Principal) error {
	var req struct {
		Move   string `json:"move"`
		Result string `json:"result"`
		Text   string `json:"text"`
		After  *int   `json:"after"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	f, err := h.guard.MoveFinding(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), pathParam(c, "finding"),
		audit.Event{Move: audit.Move(req.Move), Result: audit.Result(req.Result), Text: req.Text}, seenAfter(req.After))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, findingOf(f))
}

// seenAfter is the number of the event that a caller saw last; -1 where none is said.
func seenAfter(after *int) int64 {
	if after == nil {
		return -1
	}
	return int64(*after)
}

// replyFinding handles POST /api/v1/cases/{id}/findings/{finding}/replies.
func (h *handler) replyFinding(c echo.Context, p auth.Principal) error {
	var req struct {
		Text  string `json:"text"`
		After *int   `json:"after"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	f, err := h.guard.ReplyFinding(c.Request().Context(), p, casefile.ID(pathParam(c, "id")), pathParam(c, "finding"), req.Text, seenAfter(req.After))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, findingOf(f))
}
