package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
)

// client asks the API and holds every answer to the contract.
type client struct {
	t      testing.TB
	fake   *fake
	people *people
	api    *api.API
	doc    *openapi3.T
	router routers.Router
	logged *bytes.Buffer
}

func newClient(t testing.TB) *client {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	folk, err := newPeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, fake: newFake(), people: folk, doc: doc, router: router, logged: &bytes.Buffer{}}
	c.api, err = api.New(api.Options{Guard: access.New(access.Options{Cases: c.fake}), Authenticator: folk, Refusals: c.fake, Replies: noReplies{},
		Log: slog.New(slog.NewTextHandler(c.logged, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type answer struct {
	*httptest.ResponseRecorder
	Problem problem
}

type problem struct {
	Type, Title, Detail, Code, Act, Field string
	Titles, Details                       casefile.Text
	Status                                int
	RequestID                             string `json:"request_id"`
	Sequence                              int64
	Verdict                               *casefile.Verdict
	Missing, Citations                    []string
}

// ask sends a request with the token of a person; headers are pairs. A body gets the JSON content type
// unless a header says otherwise.
func (c *client) ask(method, target, person, body string, headers ...string) answer {
	c.t.Helper()
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if person != "" {
		req.Header.Set("Authorization", "Bearer "+c.people.secrets[person])
	}
	if method == http.MethodPost {
		req.Header.Set("If-Match", "*")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return c.send(req)
}

func (c *client) send(req *http.Request) answer {
	c.t.Helper()
	rec := httptest.NewRecorder()
	c.api.ServeHTTP(rec, req)
	c.checkHeaders(rec)
	c.checkContract(req, rec)
	a := answer{ResponseRecorder: rec}
	if rec.Code >= 400 {
		if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
			c.t.Errorf("%s %s: %d with content type %q", req.Method, req.URL, rec.Code, got)
		}
		if err := json.Unmarshal(rec.Body.Bytes(), &a.Problem); err != nil {
			c.t.Errorf("%s %s: error body: %v", req.Method, req.URL, err)
		}
		c.checkProblem(rec, a.Problem)
	}
	return a
}

func (c *client) checkHeaders(rec *httptest.ResponseRecorder) {
	c.t.Helper()
	for name, want := range map[string]string{
		"Cache-Control":           "no-store",
		"X-Content-Type-Options":  "nosniff",
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
		"Referrer-Policy":         "no-referrer",
	} {
		if got := rec.Header().Get(name); got != want {
			c.t.Errorf("header %s = %q, want %q", name, got, want)
		}
	}
}

func (c *client) checkProblem(rec *httptest.ResponseRecorder, p problem) {
	c.t.Helper()
	var body any
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		c.t.Fatal(err)
	}
	schema := c.doc.Components.Schemas["Problem"].Value
	if err := schema.VisitJSON(body, openapi3.EnableJSONSchema2020()); err != nil {
		c.t.Errorf("problem is not as the contract says: %v\n%s", err, rec.Body)
	}
	if p.Status != rec.Code || p.RequestID != rec.Header().Get("X-Request-Id") || !strings.HasSuffix(p.Type, "/"+p.Code) {
		c.t.Errorf("problem disagrees with its answer: %s", rec.Body)
	}
	if p.Titles.ZH == "" || p.Titles.EN == "" || p.Details.ZH == "" || p.Details.EN == "" {
		c.t.Errorf("problem lacks a language: %s", rec.Body)
	}
}

// checkContract validates the answer against the operation that was asked.
func (c *client) checkContract(req *http.Request, rec *httptest.ResponseRecorder) {
	c.t.Helper()
	route, params, err := c.router.FindRoute(req)
	if err != nil {
		if rec.Code != http.StatusNotFound && rec.Code != http.StatusMethodNotAllowed {
			c.t.Errorf("%s %s answered %d and is not in the contract", req.Method, req.URL, rec.Code)
		}
		return
	}
	media := rec.Header().Get("Content-Type")
	if err := openapi3filter.ValidateResponse(c.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 rec.Code,
		Header:                 rec.Header(),
		Body:                   io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true,
			ExcludeResponseBody:   rec.Code < 400 && !strings.HasPrefix(media, "application/json"),
		},
	}); err != nil {
		c.t.Errorf("%s %s: answer is not as the contract says: %v", req.Method, req.URL, err)
	}
}

func (a answer) want(t testing.TB, status int, code string) {
	t.Helper()
	if a.Code != status || a.Problem.Code != code {
		t.Fatalf("got %d %q, want %d %q: %s", a.Code, a.Problem.Code, status, code, a.Body)
	}
}

func decode[T any](t testing.TB, a answer) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(a.Body.Bytes(), &out); err != nil {
		t.Fatalf("%v: %s", err, a.Body)
	}
	return out
}
