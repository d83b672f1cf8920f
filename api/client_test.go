package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/contract"
)

// client asks the API and holds every answer to the contract.
type client struct {
	t        testing.TB
	fake     *fake
	people   *people
	api      *api.API
	contract *contract.Contract
	doc      *openapi3.T
	logged   *bytes.Buffer
}

// loaded is the contract, read once.
var loaded = sync.OnceValues(func() (*contract.Contract, error) {
	return contract.Load(context.Background(), api.Contract())
})

func newClient(t testing.TB) *client {
	t.Helper()
	held, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	folk, err := newPeople(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, fake: newFake(), people: folk, contract: held, doc: held.Doc, logged: &bytes.Buffer{}}
	c.api, err = api.New(api.Options{Guard: access.New(access.Options{Cases: c.fake, Documents: shelf{c.fake}, Work: c.fake, Feeds: c.fake, Rights: folk}), Authenticator: folk, Refusals: c.fake, Replies: noReplies{},
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
	if p.Status != rec.Code || p.RequestID != rec.Header().Get("X-Request-Id") || !strings.HasSuffix(p.Type, "/"+p.Code) {
		c.t.Errorf("problem disagrees with its answer: %s", rec.Body)
	}
	if p.Titles.ZH == "" || p.Titles.EN == "" || p.Details.ZH == "" || p.Details.EN == "" {
		c.t.Errorf("problem lacks a language: %s", rec.Body)
	}
}

// checkContract holds the answer to the operation that was asked.
func (c *client) checkContract(req *http.Request, rec *httptest.ResponseRecorder) {
	c.t.Helper()
	if err := c.contract.Check(req, rec.Code, rec.Header(), rec.Body.Bytes()); err != nil {
		c.t.Error(err)
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
