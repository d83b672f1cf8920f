package api

import (
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// openRequest is the body of POST /api/v1/cases. The organ is the caller's.
type openRequest struct {
	ID        string         `json:"id"`
	Procedure string         `json:"procedure"`
	Matter    matter         `json:"matter"`
	With      payload        `json:"with"`
	Practice  bool           `json:"practice"`
	Starts    legaltime.Date `json:"starts"`
	Overlays  []string       `json:"overlays"`
	As        *standIn       `json:"as"`
	Under     string         `json:"under"`
}

type matter struct {
	Title    string `json:"title"`
	Category string `json:"category"`
}

func (h *handler) caseRoutes(r *routes) {
	r.add("GET", "/api/v1/cases", access.ListCases, h.listCases, r.quick)
	r.add("POST", "/api/v1/cases", access.OpenCase, h.openCase, r.quick)
	r.add("GET", "/api/v1/affected", access.ListCases, h.listAffected, r.quick)
	r.add("GET", "/api/v1/cases/:id", access.ReadCase, h.readCase, r.quick)
	r.add("POST", "/api/v1/cases/:id/acts", access.ActOnCase, h.act, r.quick)
	r.add("POST", "/api/v1/cases/:id/dry-run", access.TryAct, h.dryRun, r.quick)
	r.add("GET", "/api/v1/cases/:id/entries", access.ReadCase, h.listEntries, r.quick)
	r.add("GET", "/api/v1/cases/:id/possible", access.ReadCase, h.listPossible, r.quick)
	r.add("GET", "/api/v1/cases/:id/dossier", access.ExportCase, h.exportDossier, r.slow)
}

// openCase handles POST /api/v1/cases.
func (h *handler) openCase(c echo.Context, p auth.Principal) error {
	var req openRequest
	if err := bindWrite(c, &req, &req.ID); err != nil {
		return err
	}
	attempt := Attempt{Act: "case.open", ActID: req.ID}
	in, err := as(req.As, req.Under)
	if err != nil {
		return err
	}
	reply, err := h.guard.Open(c.Request().Context(), p, in, casework.Opening{
		ID: req.ID, Procedure: req.Procedure, Matter: casefile.Matter(req.Matter),
		With: req.With.values(), Practice: req.Practice, Starts: req.Starts, Overlays: req.Overlays,
	})
	if err == nil {
		err = admitted(reply)
	}
	if err != nil {
		return h.refused(c, p, attempt, err)
	}
	c.Response().Header().Set(echo.HeaderLocation, "/api/v1/cases/"+url.PathEscape(string(reply.Case.ID)))
	tag(c, reply.Case.Case)
	return c.JSON(http.StatusCreated, replyOf(reply))
}

// listCases handles GET /api/v1/cases.
func (h *handler) listCases(c echo.Context, p auth.Principal) error {
	filter, err := filterOf(c.Request())
	if err != nil {
		return err
	}
	summaries, next, err := h.guard.List(c.Request().Context(), p, filter)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, pageOf(summaries, next))
}

// readCase handles GET /api/v1/cases/{id}.
func (h *handler) readCase(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	possible, err := h.guard.Possible(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	tag(c, found.Case)
	return c.JSON(http.StatusOK, readingView{Case: caseOf(found), Possible: possibleOf(possible)})
}

// listPossible handles GET /api/v1/cases/{id}/possible.
func (h *handler) listPossible(c echo.Context, p auth.Principal) error {
	found, err := h.visible(c, p)
	if err != nil {
		return err
	}
	possible, err := h.guard.Possible(c.Request().Context(), p, found.ID)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, possibleListView{Possible: possibleOf(possible)})
}

// visible gives the case that the path names, as the caller may see it.
func (h *handler) visible(c echo.Context, p auth.Principal) (access.Seen, error) {
	id := c.Param("id")
	if !idPattern.MatchString(id) {
		return access.Seen{}, notFound()
	}
	return h.guard.Case(c.Request().Context(), p, casefile.ID(id))
}

// filterOf reads the query of a list, strictly.
func filterOf(r *http.Request) (casework.Filter, error) {
	var f casework.Filter
	q, err := queryOf(r, "practice", "status", "q", "after", "limit")
	if err != nil {
		return f, err
	}
	switch v := q["practice"]; v {
	case "":
	case "true", "false":
		only := v == "true"
		f.Practice = &only
	default:
		return f, invalid("practice", "须为 true 或 false。", "must be true or false")
	}
	switch v := casefile.Status(q["status"]); v {
	case "", casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed:
		f.Status = v
	default:
		return f, invalid("status", "须为 running、suspended 或 closed。", "must be running, suspended or closed")
	}
	if v, ok := q["limit"]; ok {
		if f.Limit, err = strconv.Atoi(v); err != nil || f.Limit < 1 || f.Limit > 200 {
			return f, invalid("limit", "须为 1 至 200 的整数。", "must be an integer from 1 to 200")
		}
	}
	if utf8.RuneCountInString(q["q"]) > 100 || len(q["after"]) > 200 {
		return f, invalid("q", "查询词不得超过 100 字，游标不得超过 200 字符。", "q has at most 100 characters and after at most 200")
	}
	f.Query, f.After = q["q"], q["after"]
	return f, nil
}

// queryOf reads a query whose parameters are known and occur once.
func queryOf(r *http.Request, names ...string) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, invalid("", "查询串无法读取。", "the query cannot be read")
	}
	out := map[string]string{}
	for _, name := range names {
		if len(values[name]) > 1 {
			return nil, invalid(name, "只能出现一次。", "may occur only once")
		}
		if values.Has(name) {
			out[name] = values.Get(name)
		}
		delete(values, name)
	}
	for _, name := range casefile.SortedNames(values) {
		return nil, invalidAs(codeUnknownField, name, "没有名为 "+name+" 的查询参数。", "there is no query parameter "+name)
	}
	for _, name := range names {
		if !utf8.ValidString(out[name]) || checkText(out[name]) != nil {
			return nil, invalid(name, "含有无法识别的字符。", "holds a damaged character")
		}
	}
	return out, nil
}
