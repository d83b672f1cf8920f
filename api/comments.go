package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
)

// listComments handles GET /api/v1/consultations/{consultation}/comments.
func (h *handler) listComments(c echo.Context, p auth.Principal) error {
	after, limit, _, err := afterNumber(c.Request())
	if err != nil {
		return err
	}
	list, err := h.guard.Comments(c.Request().Context(), p, pathParam(c, "consultation"), after, limit)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, commentPage(list, limit))
}

type groupsView struct {
	Groups [][]int64 `json:"groups"`
	Unique int64     `json:"unique"`
	Total  int64     `json:"total"`
}

// listGroups handles GET /api/v1/consultations/{consultation}/groups.
func (h *handler) listGroups(c echo.Context, p auth.Principal) error {
	groups, unique, total, err := h.guard.Groups(c.Request().Context(), p, pathParam(c, "consultation"))
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, groupsView{Groups: filled(groups), Unique: unique, Total: total})
}

type moderationListView struct {
	Moderations []moderationView `json:"moderations"`
	Next        int64            `json:"next,omitempty"`
}

type moderationView struct {
	Number  int64             `json:"number"`
	At      time.Time         `json:"at"`
	Comment int64             `json:"comment"`
	Person  casefile.PersonID `json:"person"`
	Action  string            `json:"action"`
	Reason  string            `json:"reason"`
}

// listModeration handles GET /api/v1/consultations/{consultation}/moderation.
func (h *handler) listModeration(c echo.Context, p auth.Principal) error {
	query, err := queryOf(c.Request(), "before", "limit")
	if err != nil {
		return err
	}
	limit, before, err := pageOfNumbers(query)
	if err != nil {
		return err
	}
	list, err := h.guard.Moderations(c.Request().Context(), p, pathParam(c, "consultation"), before, limit)
	if err != nil {
		return err
	}
	out := moderationListView{Moderations: []moderationView{}}
	for _, m := range list {
		out.Moderations = append(out.Moderations, moderationView(m))
	}
	if len(list) == limit {
		out.Next = list[limit-1].Number
	}
	return c.JSON(http.StatusOK, out)
}

// numberParam gives the number of a comment that the path names.
func numberParam(c echo.Context) (int64, error) {
	number, err := strconv.ParseInt(c.Param("number"), 10, 64)
	if err != nil || number < 1 {
		return 0, notFound()
	}
	return number, nil
}

// moderate handles PUT /api/v1/consultations/{consultation}/comments/{number}/visibility.
func (h *handler) moderate(c echo.Context, p auth.Principal) error {
	number, err := numberParam(c)
	if err != nil {
		return err
	}
	var req struct {
		Visibility string `json:"visibility"`
		Reason     string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	if err := h.guard.Moderate(c.Request().Context(), p, pathParam(c, "consultation"), number, consult.Visibility(req.Visibility), req.Reason); err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}

// dispose handles POST /api/v1/consultations/{consultation}/dispositions.
func (h *handler) dispose(c echo.Context, p auth.Principal) error {
	var req struct {
		Numbers     []int  `json:"numbers"`
		Disposition string `json:"disposition"`
		Reason      string `json:"reason"`
	}
	if err := bindBody(c, &req); err != nil {
		return err
	}
	numbers := make([]int64, len(req.Numbers))
	for i, n := range req.Numbers {
		numbers[i] = int64(n)
	}
	if err := h.guard.Dispose(c.Request().Context(), p, pathParam(c, "consultation"), numbers, req.Disposition, req.Reason); err != nil {
		return directoryFault(err)
	}
	return c.NoContent(http.StatusNoContent)
}
