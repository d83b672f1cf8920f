package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// government is the organ above those of the examples.
const government = "示例市人民政府"

// registrar is the administrator of the government.
type registrar struct {
	*visitor
}

// foundGovernment founds the first organ by the link that the command prints.
func foundGovernment(t *testing.T, r rung) registrar {
	t.Helper()
	out, err := command(t.Context(), slices.Concat([]string{"administrator", "link", "--url", r.url()}, r.place())...).Output()
	if err != nil {
		t.Fatalf("administrator link: %v", err)
	}
	link := regexp.MustCompile(`/first/\S+`).FindString(string(out))
	admin := registrar{newVisitor(t, r.url())}
	form := url.Values{"organ": {government}, "name": {"管理员"}, "login": {"admin"}, "password": {"correct horse 46"}}.Encode()
	if status, page := admin.send(http.MethodPost, link, form); status != http.StatusSeeOther {
		t.Fatalf("the first link %q: %d %s", link, status, page)
	}
	return admin
}

// enter enters a record of the directory.
func (a registrar) enter(kind string, record map[string]any) {
	a.t.Helper()
	if status, answer := a.send(http.MethodPost, "/api/v1/directory/"+kind, string(must(json.Marshal(record)))); status != http.StatusCreated {
		a.t.Fatalf("%s %v: %d %s", kind, record, status, answer)
	}
}

// letIn gives somebody a role and an account, with which they sign in on the page and
// change the first password.
func (a registrar) letIn(person, organ, name string, role casefile.Role) *official {
	a.t.Helper()
	a.enter("people", map[string]any{"id": person, "organ": organ, "name": name})
	a.enter("appointments", map[string]any{"id": "a-" + person, "organ": organ, "person": person, "roles": []casefile.Role{role}, "from": "2020-01-01"})
	status, answer := a.send(http.MethodPost, "/api/v1/accounts", fmt.Sprintf(`{"person":%q,"login":%q,"reason":"到任"}`, person, person))
	var first struct{ Password string }
	if err := json.Unmarshal([]byte(answer), &first); err != nil || status != http.StatusCreated {
		a.t.Fatalf("account of %s: %d %s", person, status, answer)
	}
	v := newVisitor(a.t, a.url)
	v.patiently(http.StatusSeeOther, "/sign-in", url.Values{"login": {person}, "password": {first.Password}}.Encode())
	v.patiently(http.StatusNoContent, "/api/v1/session/password", fmt.Sprintf(`{"current":%q,"next":%q}`, first.Password, liPassword))
	return &official{url: a.url, http: &http.Client{Jar: v.http.Jar, CheckRedirect: v.http.CheckRedirect, Timeout: time.Minute}}
}

// patiently sends what an address may send so often only, until it may.
func (v *visitor) patiently(want int, path, body string) {
	v.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		status, answer := v.send(http.MethodPost, path, body)
		if status == want {
			return
		}
		if status != http.StatusTooManyRequests || time.Now().After(deadline) {
			v.t.Fatalf("%s: %d, want %d: %s", path, status, want, answer)
		}
		time.Sleep(time.Second) //nolint:forbidigo // another process is polled
	}
}

// official is somebody who has signed in with a browser.
type official struct {
	url   string
	http  *http.Client
	acted atomic.Int64 // acts that were recorded
}

// ask sends a request as a page does. It goes on asking while nobody answers, as a
// person would: every write carries its id.
func (p *official) ask(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	for {
		status, answer, err = p.once(ctx, method, path, body)
		if err == nil && status < 500 {
			return status, answer, nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return status, answer, errors.Join(err, ctx.Err())
		}
	}
}

func (p *official) once(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("If-Match", "*") // a script acts on the case as it is
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// write opens a case or acts on one.
func (p *official) write(ctx context.Context, path string, id casefile.ID, body map[string]any) (scenario.Outcome, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return scenario.Outcome{}, err
	}
	status, answer, err := p.ask(ctx, http.MethodPost, path, encoded)
	if err != nil {
		return scenario.Outcome{}, err
	}
	var reply struct {
		Entry    casefile.Entry       `json:"entry"`
		Case     casefile.Case        `json:"case"`
		Code     casefile.RefusalCode `json:"code"`
		Details  casefile.Text        `json:"details"`
		Act      string               `json:"act"`
		Field    string               `json:"field"`
		Sequence int64                `json:"sequence"`
		Verdict  *casefile.Verdict    `json:"verdict"`
	}
	if err := json.Unmarshal(answer, &reply); err != nil {
		return scenario.Outcome{}, fmt.Errorf("%s: %d %s", path, status, answer)
	}
	switch {
	case status < 300:
		p.acted.Add(1)
		return scenario.Outcome{Entry: reply.Entry, Case: reply.Case}, nil
	case status == http.StatusUnauthorized || status == http.StatusNotFound:
		return scenario.Outcome{}, fmt.Errorf("%s: %d %s", path, status, answer)
	case reply.Code != "gate-refused":
		return scenario.Outcome{Refusal: &casefile.Refusal{Code: reply.Code, Act: reply.Act, Field: reply.Field, Message: reply.Details}}, nil
	}
	p.acted.Add(1)
	stopped := scenario.Outcome{Entry: casefile.Entry{Case: id, Kind: casefile.EntryBlocked, Sequence: reply.Sequence, Verdict: reply.Verdict}}
	if id == "" {
		return stopped, nil
	}
	status, answer, err = p.ask(ctx, http.MethodGet, "/api/v1/cases/"+url.PathEscape(string(id)), nil)
	var reading struct {
		Case casefile.Case `json:"case"`
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(answer, &reading) != nil {
		return stopped, fmt.Errorf("read the case: %d %s: %w", status, answer, err)
	}
	stopped.Case = reading.Case
	return stopped, nil
}

// staffed plays a scenario in which some people act for themselves, and for the
// others a trainer does.
type staffed struct {
	*scenario.Client

	staff map[string]*official
}

var _ scenario.Engine = staffed{}

func (e staffed) Open(ctx context.Context, r scenario.OpenRequest) (scenario.Outcome, error) {
	p := e.staff[string(r.By.Person)]
	if p == nil {
		return e.Client.Open(ctx, r)
	}
	body := map[string]any{"id": r.ID, "procedure": r.Procedure, "matter": r.Matter, "with": r.With, "practice": true, "starts": r.Starts}
	if r.Overlays != nil {
		body["overlays"] = r.Overlays
	}
	return p.write(ctx, "/api/v1/cases", "", body)
}

func (e staffed) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	p := e.staff[string(act.By.Person)]
	if p == nil {
		return e.Client.Act(ctx, id, act)
	}
	body := map[string]any{"id": act.ID, "kind": act.Kind}
	if len(act.With) > 0 {
		body["with"] = act.With
	}
	if len(act.Reasons) > 0 {
		body["reasons"] = act.Reasons
	}
	return p.write(ctx, "/api/v1/cases/"+url.PathEscape(string(id))+"/acts", id, body)
}

// tokenAt makes a token in an installation with the real command.
func tokenAt(t *testing.T, place []string, organ, person string, roles ...string) string {
	t.Helper()
	cmd := command(t.Context(), slices.Concat([]string{"token", "create", "--organ", organ,
		"--person", person, "--name", person, "--roles", strings.Join(roles, ",")}, place)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("token create: %v\n%s", err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}
