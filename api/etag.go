package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/casefile"
)

// tag sets the ETag of a case: the sequence of its last entry.
func tag(c echo.Context, of casefile.Case) {
	c.Response().Header().Set("ETag", strconv.Quote(strconv.FormatInt(of.Sequence, 10)))
}

// tagOf gives the ETag of a resource that has a version: whatever changes when it
// does. The version is hashed, so that it may be anything.
func tagOf(version ...string) string {
	h := sha256.New()
	for _, v := range version {
		_, _ = fmt.Fprintf(h, "%d:%s", len(v), v) // a hash takes everything
	}
	return strconv.Quote(hex.EncodeToString(h.Sum(nil)[:16]))
}

// seen sets the ETag of what is about to be answered, and reports whether the
// caller has it already, by If-None-Match: then 304 was answered.
func seen(c echo.Context, tag string) bool {
	c.Response().Header().Set("ETag", tag)
	for _, given := range c.Request().Header.Values("If-None-Match") {
		for one := range strings.SplitSeq(given, ",") {
			one = strings.TrimSpace(one)
			if one == "*" || strings.TrimPrefix(one, "W/") == tag {
				c.Response().WriteHeader(http.StatusNotModified)
				return true
			}
		}
	}
	return false
}

// tagged answers with JSON whose ETag is its own digest: for what depends on nothing
// but the installation.
func tagged(c echo.Context, media string, answer any) error {
	raw, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return taggedBytes(c, media, append(raw, '\n'))
}

func taggedBytes(c echo.Context, media string, raw []byte) error {
	if seen(c, tagOf(string(raw))) {
		return nil
	}
	return c.Blob(http.StatusOK, media, raw)
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
