package api

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
)

// listCases handles GET /api/v1/cases.
func (h *handler) listCases(c echo.Context, p auth.Principal) error {
	q, err := queryOf(c.Request(), "practice", "status", "procedure", "category", "step", "opened_from", "opened_until",
		"q", "sort", "order", "after", "limit", "count")
	if err != nil {
		return err
	}
	filter, err := filterOf(q)
	if err != nil {
		return err
	}
	count, err := flagOf(q, "count")
	if err != nil {
		return err
	}
	summaries, next, err := h.guard.List(c.Request().Context(), p, filter)
	if err != nil {
		return err
	}
	page := pageOf(summaries, next)
	if count != nil && *count {
		n, whole, err := h.guard.Count(c.Request().Context(), p, filter)
		if err != nil {
			return err
		}
		page.Count = &countView{Cases: n, Whole: whole}
	}
	return c.JSON(http.StatusOK, page)
}

var stepPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,99}$`)

// filterOf reads what narrows and orders a list, strictly.
func filterOf(q map[string]string) (casework.Filter, error) {
	var f casework.Filter
	var err error
	if f.Practice, err = flagOf(q, "practice"); err != nil {
		return f, err
	}
	switch v := casefile.Status(q["status"]); v {
	case "", casefile.StatusRunning, casefile.StatusSuspended, casefile.StatusClosed:
		f.Status = v
	default:
		return f, invalid("status", "须为 running、suspended 或 closed。", "must be running, suspended or closed")
	}
	if v, ok := q["step"]; ok && !stepPattern.MatchString(v) {
		return f, invalid("step", "须为环节的编号。", "must be the id of a step")
	}
	if f.OpenedFrom, err = dateOf(q, "opened_from"); err != nil {
		return f, err
	}
	if f.OpenedUntil, err = dateOf(q, "opened_until"); err != nil {
		return f, err
	}
	if f.Sort, err = oneOf(q, "sort", "opened", "updated"); err != nil {
		return f, err
	}
	order, err := oneOf(q, "order", "desc", "asc")
	if err != nil {
		return f, err
	}
	if f.Limit, err = limitOf(q, 200); err != nil {
		return f, err
	}
	for _, name := range []string{"q", "procedure", "category"} {
		if utf8.RuneCountInString(q[name]) > 100 {
			return f, invalid(name, "不得超过 100 字。", "has at most 100 characters")
		}
	}
	if len(q["after"]) > 200 {
		return f, invalid("after", "游标不得超过 200 字符。", "has at most 200 characters")
	}
	f.Procedure, f.Category, f.Step, f.Ascending = q["procedure"], q["category"], q["step"], order == "asc"
	f.Query, f.After = q["q"], q["after"]
	return f, nil
}

// flagOf gives a parameter that is true, false or left out.
func flagOf(q map[string]string, name string) (*bool, error) {
	switch v, ok := q[name]; {
	case !ok:
		return nil, nil
	case v == "true", v == "false":
		only := v == "true"
		return &only, nil
	}
	return nil, invalid(name, "须为 true 或 false。", "must be true or false")
}

// oneOf gives a parameter of a closed set; "" when it is left out.
func oneOf(q map[string]string, name, first, second string) (string, error) {
	switch v, ok := q[name]; {
	case !ok:
		return "", nil
	case v == first, v == second:
		return v, nil
	}
	return "", invalid(name, "须为 "+first+" 或 "+second+"。", "must be "+first+" or "+second)
}

// dateOf gives a parameter that is a date, or the zero date when it is left out.
func dateOf(q map[string]string, name string) (legaltime.Date, error) {
	v, ok := q[name]
	if !ok {
		return legaltime.Date{}, nil
	}
	day, err := legaltime.ParseDate(v)
	if err != nil {
		return day, invalid(name, "须为有效日期，写作 YYYY-MM-DD。", "must be a real date, written YYYY-MM-DD")
	}
	return day, nil
}

// limitOf gives the length of a page, from 1 to most; 0 when it is left out.
func limitOf(q map[string]string, most int) (int, error) {
	v, ok := q["limit"]
	if !ok {
		return 0, nil
	}
	limit, err := strconv.Atoi(v)
	if err != nil || limit < 1 || limit > most {
		n := strconv.Itoa(most)
		return 0, invalid("limit", "须为 1 至 "+n+" 的整数。", "must be an integer from 1 to "+n)
	}
	return limit, nil
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
