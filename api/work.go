package api

import (
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

func (h *handler) workRoutes(r *routes) {
	r.add("GET", "/api/v1/work", access.ReadWork, h.listWork, r.quick)
	r.add("GET", "/api/v1/work/:id/:step", access.ReadWork, h.explainWork, r.quick)
	r.add("GET", "/api/v1/notices", access.ReadWork, h.listNotices, r.quick)
	r.add("GET", "/api/v1/cases/:id/notices", access.ReadCase, h.listCaseNotices, r.quick)
	r.add("GET", "/api/v1/cases/:id/opinions", access.ReadCase, h.countOpinions, r.quick)
}

// taskView is a task and the time that is left for it.
type taskView struct {
	ID          string            `json:"id"`
	Case        casefile.ID       `json:"case"`
	Matter      string            `json:"matter"`
	Practice    bool              `json:"practice"`
	Step        string            `json:"step"`
	Round       int               `json:"round"`
	Title       casefile.Text     `json:"title"`
	Role        casefile.Role     `json:"role"`
	Person      casefile.PersonID `json:"person,omitempty"`
	Unit        string            `json:"unit,omitempty"`
	Since       legaltime.Date    `json:"since"`
	Due         legaltime.Date    `json:"due,omitzero"`
	Left        *int              `json:"left,omitempty"`
	Deadline    string            `json:"deadline,omitempty"`
	Provisional bool              `json:"provisional"`
	Breached    bool              `json:"breached"`
}

func tasksOf(items []casework.WorkItem) []taskView {
	out := []taskView{}
	for _, i := range items {
		v := taskView{
			ID: i.ID, Case: i.Case, Matter: i.Matter, Practice: i.Practice, Step: i.Step, Round: i.Round, Title: i.Title,
			Role: i.Role, Person: i.Person, Unit: i.Unit, Since: i.Since, Due: i.Due, Deadline: i.Deadline,
			Provisional: i.Provisional, Breached: i.Breached,
		}
		if i.Dated {
			v.Left = &i.Left
		}
		out = append(out, v)
	}
	return out
}

type workView struct {
	Tasks  []taskView      `json:"tasks"`
	Next   string          `json:"next,omitempty"`
	Counts *taskCountsView `json:"counts,omitempty"`
}

type taskCountsView struct {
	All     int64 `json:"all"`
	Late    int64 `json:"late"`
	Undated int64 `json:"undated"`
}

// listWork handles GET /api/v1/work.
func (h *handler) listWork(c echo.Context, p auth.Principal) error {
	query, err := workQueryOf(c.Request())
	if err != nil {
		return err
	}
	work, err := h.guard.Work(c.Request().Context(), p, query)
	if err != nil {
		return err
	}
	v := workView{Tasks: tasksOf(work.Items), Next: work.Next}
	if work.Counts != nil {
		counts := taskCountsView(*work.Counts)
		v.Counts = &counts
	}
	return c.JSON(http.StatusOK, v)
}

// workQueryOf reads the query of a work list, strictly.
func workQueryOf(r *http.Request) (access.WorkQuery, error) {
	var w access.WorkQuery
	q, err := queryOf(r, "organ", "person", "unit", "role", "practice", "after", "limit")
	if err != nil {
		return w, err
	}
	for _, name := range []string{"organ", "person", "unit", "role", "after"} {
		if utf8.RuneCountInString(q[name]) > 200 {
			return w, invalid(name, "不得超过 200 字。", "has at most 200 characters")
		}
	}
	switch v := q["practice"]; v {
	case "":
	case "true", "false":
		only := v == "true"
		w.Practice = &only
	default:
		return w, invalid("practice", "须为 true 或 false。", "must be true or false")
	}
	if v, ok := q["limit"]; ok {
		if w.Limit, err = strconv.Atoi(v); err != nil || w.Limit < 1 || w.Limit > 200 {
			return w, invalid("limit", "须为 1 至 200 的整数。", "must be an integer from 1 to 200")
		}
	}
	w.Organ, w.Person, w.Unit, w.Role, w.After = casefile.OrganID(q["organ"]), casefile.PersonID(q["person"]), q["unit"], casefile.Role(q["role"]), q["after"]
	return w, nil
}

type noticeListView struct {
	Notices []noticeView `json:"notices"`
}

type noticeView struct {
	ID       string              `json:"id"`
	Kind     casefile.NoticeKind `json:"kind"`
	Case     casefile.ID         `json:"case"`
	Matter   string              `json:"matter"`
	Practice bool                `json:"practice"`
	Step     string              `json:"step"`
	Role     casefile.Role       `json:"role"`
	Person   casefile.PersonID   `json:"person,omitempty"`
	Deadline string              `json:"deadline,omitempty"`
	Due      legaltime.Date      `json:"due,omitzero"`
	Channel  string              `json:"channel"`
	Outcome  string              `json:"outcome,omitempty"`
	Created  time.Time           `json:"created"`
	Sent     *time.Time          `json:"sent,omitempty"`
}

func noticesOf(list []casework.Notice) noticeListView {
	v := noticeListView{Notices: []noticeView{}}
	for _, n := range list {
		one := noticeView{
			ID: n.ID, Kind: n.Kind, Case: n.Case, Matter: n.Matter, Practice: n.Practice, Step: n.Step, Role: n.Role, Person: n.Person,
			Deadline: n.Deadline, Due: n.Due, Channel: n.Channel, Outcome: n.Outcome, Created: n.Created,
		}
		if !n.Sent.IsZero() {
			one.Sent = &n.Sent
		}
		v.Notices = append(v.Notices, one)
	}
	return v
}

// listNotices handles GET /api/v1/notices.
func (h *handler) listNotices(c echo.Context, p auth.Principal) error {
	list, err := h.guard.Notices(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, noticesOf(list))
}

// listCaseNotices handles GET /api/v1/cases/{id}/notices.
func (h *handler) listCaseNotices(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	list, err := h.guard.CaseNotices(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, noticesOf(list))
}

type opinionCountsView struct {
	Opinions []opinionCountView `json:"opinions"`
}

type opinionCountView struct {
	Step  string `json:"step"`
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	Stale int    `json:"stale"`
}

// countOpinions handles GET /api/v1/cases/{id}/opinions.
func (h *handler) countOpinions(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	counts, err := h.guard.Opinions(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	v := opinionCountsView{Opinions: []opinionCountView{}}
	for _, n := range counts {
		v.Opinions = append(v.Opinions, opinionCountView(n))
	}
	return c.JSON(http.StatusOK, v)
}
