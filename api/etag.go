package api

import (
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// tag sets the ETag of a case: the sequence of its last entry.
func tag(c echo.Context, of casefile.Case) {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.FormatInt(of.Sequence, 10)))
}

// ifMatch gives the entry at which the caller saw the case, from the header
// If-Match; 0 for "*", which acts on whatever the case has come to. Without the
// header it is a precondition that is required.
func ifMatch(c echo.Context) (int64, error) {
	given := c.Request().Header.Values("If-Match")
	if len(given) == 0 {
		return 0, &fault{code: codePrecondition, field: "If-Match", detail: text(
			"请在 If-Match 请求头中给出读取案件时得到的 ETag；不论案件现状都要办理的，写 *。",
			"give the ETag with which you read the case in the header If-Match, or * to act on it as it is")}
	}
	if len(given) > 1 {
		return 0, invalid("If-Match", "只能出现一次。", "may occur only once")
	}
	if strings.TrimSpace(given[0]) == "*" {
		return 0, nil
	}
	quoted := strings.TrimSpace(given[0])
	sequence, err := strconv.ParseInt(strings.Trim(quoted, `"`), 10, 64)
	if err != nil || sequence < 1 || quoted != strconv.Quote(strconv.FormatInt(sequence, 10)) {
		return 0, invalid("If-Match", "须为读取案件时得到的 ETag，或者 *。", "must be an ETag of the case, or *")
	}
	return sequence, nil
}
