package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
)

const aging = `
paths:
  /old/{id}:
    parameters: []
    get: {deprecated: true, x-deprecated-since: "2026-03-01", x-sunset: "2027-03-01", responses: {"200": {content: {application/json: {}}}}}
  /new:
    get: {responses: {"200": {content: {text/event-stream: {}}}}}
`

// A deprecated operation says so in every answer, with the date of its end; others
// do not.
func TestADeprecatedOperationSaysSo(t *testing.T) {
	operations, err := readOperations([]byte(aging))
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{tokens: whoever{}, log: slog.New(slog.DiscardHandler)}
	e := echo.New()
	e.HTTPErrorHandler = h.problem
	e.Use(h.requestID)
	r := &routes{echo: e, h: h, operations: operations}
	r.add("GET", "/old/:id", access.ReadService, func(c echo.Context, _ auth.Principal) error {
		if c.Param("id") == "lost" {
			return notFound()
		}
		return c.JSON(http.StatusOK, struct{}{})
	})
	r.add("GET", "/new", access.ReadService, func(c echo.Context, _ auth.Principal) error { return c.JSON(http.StatusOK, struct{}{}) })
	ask := func(method, path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		e.ServeHTTP(rec, httptest.NewRequest(method, path, http.NoBody))
		return rec
	}
	for path, status := range map[string]int{"/old/1": http.StatusOK, "/old/lost": http.StatusNotFound} {
		rec := ask("GET", path)
		if rec.Code != status || rec.Header().Get("Deprecation") != "@1772323200" || rec.Header().Get("Sunset") != "Mon, 01 Mar 2027 00:00:00 GMT" ||
			!strings.Contains(rec.Header().Get("Link"), `rel="deprecation"`) {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
	if rec := ask("GET", "/new"); rec.Header().Get("Deprecation") != "" || rec.Header().Get("Sunset") != "" {
		t.Errorf("/new: %v", rec.Header())
	}
	if rec := ask("HEAD", "/old/1"); rec.Code != http.StatusOK {
		t.Errorf("HEAD of a short answer: %d", rec.Code)
	}
	if rec := ask("HEAD", "/new"); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of a stream: %d", rec.Code)
	}
}

func TestADeprecationWithoutItsDatesIsNoContract(t *testing.T) {
	for _, wrong := range []string{
		strings.Replace(aging, `x-sunset: "2027-03-01", `, "", 1), strings.Replace(aging, "2026-03-01", "March", 1), strings.Replace(aging, "2027", "2025", 1), "paths: [",
	} {
		if _, err := readOperations([]byte(wrong)); err == nil {
			t.Errorf("accepted: %s", wrong)
		}
	}
}

// Whatever the router and the middleware of its library end in is a problem with a
// code of its own; nothing else is ever answered.
func TestWhatTheRouterEndsInIsAProblem(t *testing.T) {
	for status, code := range map[int]string{
		400: codeMalformed, 401: codeUnauthenticated, 403: codeForbidden, 404: codeNotFound, 405: codeMethod, 413: codeTooLarge,
		415: codeMediaType, 503: codeTimeout, 504: codeTimeout, 418: codeInternal,
	} {
		p := describe(echo.NewHTTPError(status))
		if p.Code != code || p.Titles.ZH == "" || p.Details.ZH == "" || p.Details == p.Titles && code != codeInternal {
			t.Errorf("%d: %+v, want %s", status, p, code)
		}
	}
}
