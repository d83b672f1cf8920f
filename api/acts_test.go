package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/zhengdang/chengxu/casefile"
)

const actsOfC1 = "/api/v1/cases/c1/acts"

func TestAnActKeepsItsValues(t *testing.T) {
	c := newClient(t)
	c.ask("POST", actsOfC1, "drafter", `{"id":"a1","kind":"participation.open","reasons":{"r1":"理由"},
		"with":{"big":9007199254740993,"half":0.5,"exp":1e3,"yes":true,"on":"2024-03-29","none":"","list":["a","b"],"empty":[]}}`).
		want(t, http.StatusOK, "")
	want := []casefile.Act{{ID: "a1", Kind: "participation.open", Reasons: map[string]string{"r1": "理由"},
		By: casefile.Actor{Person: "p1", Name: "承办人", Unit: "办公室", Roles: []casefile.Role{"drafter"}},
		With: casefile.Values{"big": int64(9007199254740993), "half": 0.5, "exp": 1000.0, "yes": true, "on": "2024-03-29",
			"none": "", "list": []string{"a", "b"}, "empty": []string{}}}}
	if diff := cmp.Diff(want, c.fake.acted); diff != "" {
		t.Errorf("act:\n%s", diff)
	}
}

func TestABlockedActIsAProblemWithItsVerdict(t *testing.T) {
	c := newClient(t)
	c.fake.block = true
	a := c.ask("POST", actsOfC1, "drafter", `{"id":"a1","kind":"participation.close"}`)
	a.want(t, http.StatusConflict, "gate-refused")
	if a.Problem.Type != "https://github.com/zhengdang/chengxu/problems/gate-refused" || a.Problem.Sequence != 8 || a.Problem.Act != "participation.close" {
		t.Errorf("%s", a.Body)
	}
	if diff := cmp.Diff([]string{"国务院令第713号 第十五条第二款"}, a.Problem.Citations); diff != "" {
		t.Errorf("citations:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"comment_open_on"}, a.Problem.Missing); diff != "" {
		t.Errorf("missing:\n%s", diff)
	}
	if f := a.Problem.Verdict.Findings[0]; f.Message.ZH == "" || f.Remedy.EN == "" || f.Values["comment_close_on"] != "2024-04-29" {
		t.Errorf("finding: %+v", f)
	}
	if len(c.fake.attempts) != 0 {
		t.Error("a recorded refusal was logged as one that left no trace")
	}
}

func TestTheIdempotencyKeyIsTheActsID(t *testing.T) {
	for _, tt := range []struct {
		name, body, key string
		status          int
		code, id        string
	}{
		{"in the body", `{"id":"a1","kind":"s.v"}`, "", 200, "", "a1"},
		{"in the header", `{"kind":"s.v"}`, "k1", 200, "", "k1"},
		{"in both, equal", `{"id":"a1","kind":"s.v"}`, "a1", 200, "", "a1"},
		{"in both, different", `{"id":"a1","kind":"s.v"}`, "k1", 422, "idempotency-mismatch", ""},
		{"nowhere", `{"kind":"s.v"}`, "", 422, "invalid-request", ""},
		{"not an id", `{"kind":"s.v"}`, "a b", 422, "invalid-request", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t)
			var headers []string
			if tt.key != "" {
				headers = []string{"Idempotency-Key", tt.key}
			}
			c.ask("POST", actsOfC1, "drafter", tt.body, headers...).want(t, tt.status, tt.code)
			if tt.id != "" && c.fake.acted[0].ID != tt.id {
				t.Errorf("act id %q, want %q", c.fake.acted[0].ID, tt.id)
			}
		})
	}
}

func TestOnlyATrainerActsForOthersAndOnlyInPractice(t *testing.T) {
	const as = `"as":{"person":"x1","name":"审核人","unit":"司法所","roles":["legality_reviewer"]}`
	const open = `{"id":"o1","procedure":"p","matter":{"title":"t","category":"c"},"practice":%t,` + as + `}`
	for _, tt := range []struct {
		name, target, token, body string
		status                    int
	}{
		{"a trainer in a practice case", "/api/v1/cases/c2/acts", "trainer", `{"id":"a1","kind":"s.v",` + as + `}`, 200},
		{"a trainer in a real case", actsOfC1, "trainer", `{"id":"a1","kind":"s.v",` + as + `}`, 403},
		{"a drafter in a practice case", "/api/v1/cases/c2/acts", "drafter", `{"id":"a1","kind":"s.v",` + as + `}`, 403},
		{"a trainer who opens a practice case", "/api/v1/cases", "trainer", fmt.Sprintf(open, true), 201},
		{"a trainer who opens a real case", "/api/v1/cases", "trainer", fmt.Sprintf(open, false), 403},
		{"a role that nobody declared", "/api/v1/cases/c2/acts", "trainer", `{"id":"a1","kind":"s.v","as":{"person":"x","name":"y","roles":["king"]}}`, 422},
		{"the trainer's own role", "/api/v1/cases/c2/acts", "trainer", `{"id":"a1","kind":"s.v","as":{"person":"x","name":"y","roles":["trainer"]}}`, 422},
		{"nobody named", "/api/v1/cases/c2/acts", "trainer", `{"id":"a1","kind":"s.v","as":{"person":"","name":"","roles":[]}}`, 422},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t)
			a := c.ask("POST", tt.target, tt.token, tt.body)
			if a.Code != tt.status {
				t.Fatalf("%d, want %d: %s", a.Code, tt.status, a.Body)
			}
			if tt.status == 403 && (a.Problem.Code != "stand-in-refused" || len(c.fake.attempts) != 1 || c.fake.attempts[0].Person == "x1") {
				t.Errorf("%s; attempts %v", a.Body, c.fake.attempts)
			}
			if tt.status == 200 {
				want := casefile.Actor{Person: "x1", Name: "审核人", Unit: "司法所", Roles: []casefile.Role{"legality_reviewer"}}
				if diff := cmp.Diff(want, c.fake.acted[0].By); diff != "" {
					t.Errorf("actor:\n%s", diff)
				}
			}
		})
	}
}

func TestKindsOfErrorHaveTheirStatus(t *testing.T) {
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{fmt.Errorf("case x: %w", casefile.ErrNotFound), 404, "not-found"},
		{fmt.Errorf("case x: %w", casefile.ErrConflict), 409, "conflict"},
		{fmt.Errorf("case x: %w", casefile.ErrInvalid), 422, "invalid-request"},
		{fmt.Errorf("case x: %w", casefile.ErrForbidden), 403, "forbidden"},
		{fmt.Errorf("case x: %w", context.DeadlineExceeded), 503, "timeout"},
		{errors.New("dial tcp 10.0.0.7: refused"), 500, "internal"},
	} {
		c := newClient(t)
		c.fake.err = tt.err
		a := c.ask("POST", actsOfC1, "drafter", `{"id":"a1","kind":"s.v"}`)
		a.want(t, tt.status, tt.code)
		if strings.Contains(a.Body.String(), tt.err.Error()) {
			t.Errorf("the answer repeats an inner error: %s", a.Body)
		}
		logged := strings.Contains(c.logged.String(), "10.0.0.7") && strings.Contains(c.logged.String(), a.Problem.RequestID)
		if tt.code == "internal" && !logged {
			t.Errorf("the fault is not logged with its request id: %s", c.logged)
		}
	}
}

func TestAFaultOfAuthenticationIsInternal(t *testing.T) {
	c := newClient(t)
	c.people.broken = errors.New("disk on fire at /secret/path")
	a := c.ask("GET", "/api/v1/cases", "drafter", "")
	a.want(t, 500, "internal")
	if strings.Contains(a.Body.String(), "secret") {
		t.Errorf("%s", a.Body)
	}
}

func TestProblemsSpeakTheLanguageAskedFor(t *testing.T) {
	c := newClient(t)
	for header, want := range map[string]string{
		"": "未找到", "en": "Not found", "en-US,en;q=0.9": "Not found", "zh-CN,zh;q=0.9,en;q=0.8": "未找到",
		"fr": "未找到", "en;q=0.5,zh;q=0.4": "Not found", "en;q=x": "未找到", "*;q=0.1,en": "Not found",
	} {
		a := c.ask("GET", "/api/v1/cases/nosuch", "drafter", "", "Accept-Language", header)
		if a.Problem.Title != want {
			t.Errorf("Accept-Language %q: %q, want %q", header, a.Problem.Title, want)
		}
	}
}

// Whatever comes, the answer is a problem of the client's making, as the
// contract describes it.
func TestNoBodyBreaksTheAPI(t *testing.T) {
	c := newClient(t)
	pieces := []string{"{", "}", "[", "]", ":", ",", `"id"`, `"kind"`, `"with"`, `"as"`, `"roles"`, `"a.b"`, "null", "true", "1e999", "-0",
		`"\ud800"`, "\x00", "\xff", `"中"`, "1", " "}
	rapid.Check(t, func(rt *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 24).Draw(rt, "body"), "")
		if a := c.ask("POST", actsOfC1, "drafter", body); a.Code >= 500 {
			rt.Fatalf("%q: %d", body, a.Code)
		}
	})
}

// The table of cases is a view of the record: whoever edits it must not let a
// trainer act in another person's place in a real case.
func TestWhetherACaseIsPracticeIsReadFromItsSealedOpening(t *testing.T) {
	c := newClient(t)
	c.fake.sealed = map[casefile.ID]bool{"c2": false}
	a := c.ask("POST", "/api/v1/cases/c2/acts", "trainer", `{"id":"a1","kind":"s.v","as":{"person":"x1","name":"某人","roles":["drafter"]}}`)
	a.want(t, http.StatusForbidden, "stand-in-refused")
	if len(c.fake.acted) != 0 {
		t.Errorf("acted: %+v", c.fake.acted)
	}
}
