package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

// An expert declares an interest over HTTP and is kept out of the matter from then
// on; what was done before stays done.
func TestAnInterestedExpertIsKeptOut(t *testing.T) {
	w := newTrial(t)
	ask := func(method, path, who, body string) answer {
		t.Helper()
		return w.request(t, method, path, w.tokens[who], "application/json", strings.NewReader(body))
	}
	id := string(w.cases["real"])
	note := func(act string) answer {
		t.Helper()
		return ask(http.MethodPost, "/api/v1/cases/"+id+"/acts", "expert", fmt.Sprintf(`{"id":%q,"kind":"case.note","with":{"text":"记事"}}`, act))
	}
	if got := note("n1"); got.status != http.StatusOK {
		t.Fatalf("before: %d %s", got.status, got.text)
	}
	declare := fmt.Sprintf(`{"id":"i1","kind":"matter","of":%q,"direct":true,"note":"本人承包","from":"2020-01-01"}`, id)
	if got := ask(http.MethodPost, "/api/v1/interests", "expert", strings.Replace(declare, `{`, `{"person":"office",`, 1)); got.code != "unknown-field" {
		t.Errorf("declared for somebody else: %d %s", got.status, got.text)
	}
	if got := ask(http.MethodPost, "/api/v1/interests", "expert", declare); got.status != http.StatusCreated || !strings.Contains(string(got.body), `"somebody"`) {
		t.Fatalf("declare: %d %s", got.status, got.text)
	}
	got := note("n2")
	if got.status != http.StatusForbidden || got.code != "independence" || !strings.Contains(got.text, "第二十条") {
		t.Errorf("after: %d %s", got.status, got.text)
	}
	if got := note("n1"); got.status != http.StatusOK {
		t.Errorf("what was done before, repeated: %d %s", got.status, got.text)
	}
	var possible struct {
		Possible []struct {
			Kind    string
			Allowed bool
		}
	}
	got = ask(http.MethodGet, "/api/v1/cases/"+id+"/possible", "expert", "")
	if err := json.Unmarshal(got.body, &possible); err != nil || len(possible.Possible) == 0 {
		t.Fatalf("%v: %s", err, got.text)
	}
	for _, p := range possible.Possible {
		if p.Allowed && p.Kind != "case.advance" {
			t.Errorf("%s is offered", p.Kind)
		}
	}
	if got := ask(http.MethodPost, "/api/v1/cases/"+id+"/dry-run", "expert", `{"kind":"case.note","with":{"text":"记事"}}`); got.code != "independence" {
		t.Errorf("dry run: %d %s", got.status, got.text)
	}
	if got := ask(http.MethodGet, "/api/v1/interests", "office", ""); strings.Contains(string(got.body), "承包") {
		t.Errorf("somebody else reads it: %s", got.body)
	}
}

// A case follows one that its opener may read; another organ's cannot be told from
// one that does not exist.
func TestACaseFollowsAnother(t *testing.T) {
	w := newTrial(t)
	open := func(id string, follows casefile.ID) answer {
		t.Helper()
		return w.request(t, http.MethodPost, "/api/v1/cases", w.tokens["office"], "application/json", strings.NewReader(fmt.Sprintf(
			`{"id":%q,"procedure":"cn.major-decision@2019","matter":{"title":"后评估","category":"policy","follows":%q},%s}`, id, follows, facts)))
	}
	var reply struct {
		Entry casefile.Entry
		Case  casefile.Case
	}
	for range 2 {
		got := open("f1", w.cases["real"])
		if err := json.Unmarshal(got.body, &reply); err != nil || got.status != http.StatusCreated {
			t.Fatalf("%d %s", got.status, got.text)
		}
	}
	if reply.Case.Matter.Follows != w.cases["real"] || reply.Entry.Matter == nil || reply.Entry.Matter.Follows != w.cases["real"] {
		t.Errorf("it follows %+v", reply.Case.Matter)
	}
	if got := open("f1", ""); got.code != "reused-act-id" {
		t.Errorf("the same opening without the case before: %d %s", got.status, got.text)
	}
	missing := open("f2", "nosuchcase")
	for name, id := range map[string]casefile.ID{"one that does not exist": "nosuchcase", "another organ's": w.cases["meeting"], "practice": w.cases["closed"]} {
		got := open("f3", id)
		if got.status != http.StatusUnprocessableEntity || got.code != "bad-value" || !strings.Contains(got.text, "matter.follows") {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
		if got.text != missing.text {
			t.Errorf("%s can be told from one that does not exist: %s", name, got.text)
		}
	}
}

// The execution of a decision takes up a case in which one was taken: it stands neither
// alone nor on a case that is still being decided.
func TestAnExecutionTakesUpADecision(t *testing.T) {
	w := newTrial(t)
	for name, tt := range map[string]struct {
		follows casefile.ID
		code    string
	}{"alone": {"", "missing-field"}, "a case that is being decided": {w.cases["real"], "bad-value"}} {
		got := w.request(t, http.MethodPost, "/api/v1/cases", w.tokens["office"], "application/json", strings.NewReader(fmt.Sprintf(
			`{"id":"e1","procedure":"cn.decision-execution@2019","matter":{"title":"执行","category":"policy","follows":%q},%s}`, tt.follows, facts)))
		if got.status != http.StatusUnprocessableEntity || got.code != tt.code || !strings.Contains(got.text, "matter.follows") {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
}
