package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// TestAPageActsAsTheAPIDoes plays the whole case twice, through the forms of the pages
// and through the API: each act has the same verdict, leaves the same entry, or is
// refused by the same words.
func TestAPageActsAsTheAPIDoes(t *testing.T) {
	s := startTestStack(t, 0)
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	script.Overlays, script.Ends = nil, nil // pages open a case under the packs in use
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	organ := casefile.OrganID(script.Organ)
	secret := issued(t, s, organ, "trainer", auth.Trainer)
	byAPI, err := scenario.NewClient(server.URL, secret)
	if err != nil {
		t.Fatal(err)
	}
	byPage := &pageEngine{Client: byAPI, t: t, s: s, at: server.URL, session: signedIn(t, server.URL, secret)}
	one, err := scenario.Play(t.Context(), script, byAPI, "api", nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := scenario.Play(t.Context(), script, byPage, "page", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Played) != len(script.Acts)+1 || len(other.Played) != len(one.Played) || byPage.forms < len(script.Acts)/2 {
		t.Fatalf("%d acts by API, %d by page, %d forms, want %d and the opening", len(one.Played), len(other.Played), byPage.forms, len(script.Acts))
	}
	refused, blocked := 0, 0
	for i, want := range one.Played {
		got := other.Played[i].Got
		if diff := cmp.Diff(want.Got.Refusal, got.Refusal, cmpopts.IgnoreFields(casefile.Refusal{}, "Act"), cmpopts.IgnoreFields(casefile.Text{}, "EN")); diff != "" {
			t.Errorf("line %d: %s is refused otherwise (-API +page):\n%s", want.Act.Line, want.Act.Do, diff)
		}
		if want.Got.Refusal != nil {
			refused++
		} else if want.Got.Entry.Kind == casefile.EntryBlocked {
			blocked++
		}
	}
	if refused == 0 || blocked == 0 {
		t.Errorf("%d acts refused, %d blocked: the example shows neither", refused, blocked)
	}
	if diff := cmp.Diff(recordOf(t, s, one.Case.ID), recordOf(t, s, other.Case.ID)); diff != "" {
		t.Errorf("entries (-API +page):\n%s", diff)
	}
	if diff := cmp.Diff(refusalsOf(t, s, organ, one.Case.ID), refusalsOf(t, s, organ, other.Case.ID)); diff != "" {
		t.Errorf("attempts that the record does not show (-API +page):\n%s", diff)
	}
}

// issued gives a token of a person in an organ.
func issued(t *testing.T, s *stack, organ casefile.OrganID, person string, roles ...casefile.Role) string {
	t.Helper()
	secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{
		Organ: organ, Person: casefile.PersonID(person), Name: person, Roles: roles, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// recordOf gives the entries of a case without what differs from case to case.
func recordOf(t *testing.T, s *stack, id casefile.ID) []string {
	t.Helper()
	sealed, err := s.cases.Entries(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(sealed))
	for i, e := range sealed {
		entry := e.Entry
		entry.Case, entry.At = "", time.Time{}
		if entry.Act != nil {
			act := *entry.Act
			act.ID, entry.Act = "", &act
		}
		out[i] = string(must(json.MarshalIndent(entry, "", " ")))
	}
	return out
}

func refusalsOf(t *testing.T, s *stack, organ casefile.OrganID, id casefile.ID) []casefile.Refusal {
	t.Helper()
	logged, err := s.store.Refusals(t.Context(), organ, id, 200)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]casefile.Refusal, len(logged))
	for i, r := range logged {
		out[i] = casefile.Refusal{Code: r.Code, Act: r.Act, Field: r.Field, Message: r.Message}
	}
	return out
}

// pageEngine plays a scenario through the forms of the pages, as a trainer does.
type pageEngine struct {
	*scenario.Client // which stores the documents

	t       *testing.T
	s       *stack
	at      string
	session *http.Cookie
	forms   int // that were filled in as they were shown
}

func (e *pageEngine) Open(ctx context.Context, o scenario.OpenRequest) (scenario.Outcome, error) {
	form := url.Values{"procedure": {o.Procedure}, "title": {o.Matter.Title}, "category": {o.Matter.Category}, "practice": {"true"}, "starts": {o.Starts.String()}, "do": {"try"}}
	e.fill(form, o.With, o.By)
	status, page, _ := e.send(http.MethodGet, "/cases/new", "", nil)
	if status != http.StatusOK {
		return scenario.Outcome{}, fmt.Errorf("form of the opening: %d", status)
	}
	e.carry(form, page)
	_, page, _ = e.send(http.MethodPost, "/cases/new", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	contains(e.t, "the triage", page, "必须经过", "须先认定是否需要", "国务院令第713号", "开设演练案件")
	e.carry(form, page)
	form.Set("do", "act")
	status, page, location := e.send(http.MethodPost, "/cases/new", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
	if status != http.StatusSeeOther {
		return scenario.Outcome{}, fmt.Errorf("opening: %d %s", status, page)
	}
	return e.outcome(ctx, casefile.ID(strings.TrimPrefix(location, "/cases/")), 1)
}

func (e *pageEngine) Act(ctx context.Context, id casefile.ID, act casefile.Act) (scenario.Outcome, error) {
	path := "/cases/" + string(id) + "/acts/" + act.Kind
	status, shown, _ := e.send(http.MethodGet, path, "", nil)
	form := url.Values{"do": {"act"}}
	if status == http.StatusOK {
		e.forms++
		for name := range act.With {
			if !strings.Contains(shown, `name="with.`+name+`"`) && !strings.Contains(shown, `name="file.`+name+`"`) {
				e.t.Errorf("the form of %s has no control for %s", act.Kind, name)
			}
		}
	} else { // the case admits it no longer: an old form is sent all the same
		_, other, _ := e.send(http.MethodGet, "/cases/"+string(id)+"/acts/case.note", "", nil)
		shown = strings.ReplaceAll(other, "multipart/form-data", "")
	}
	e.carry(form, shown)
	e.fill(form, act.With, act.By)
	for rule, reason := range act.Reasons {
		form.Set("reason."+rule, reason)
	}
	media, body := "application/x-www-form-urlencoded", strings.NewReader(form.Encode())
	target := path
	if strings.Contains(shown, "multipart/form-data") {
		media, body = parts(e.t, form)
		target += "?form=" + url.QueryEscape(form.Get("form"))
	}
	status, page, location := e.send(http.MethodPost, target, media, body)
	if status == http.StatusSeeOther {
		at := strings.LastIndex(location, "-")
		var sequence int64
		if _, err := fmt.Sscan(location[at+1:], &sequence); err != nil {
			return scenario.Outcome{}, fmt.Errorf("%s leads to %s", act.Kind, location)
		}
		return e.outcome(ctx, id, sequence)
	}
	code := regexp.MustCompile(`role="alert" data-code="([a-z-]+)"`).FindStringSubmatch(page)
	if code == nil {
		return scenario.Outcome{}, fmt.Errorf("%s: %d without a reason: %s", act.Kind, status, page)
	}
	if code[1] == "blocked" {
		c, err := e.s.cases.Case(ctx, id)
		if err != nil {
			return scenario.Outcome{}, err
		}
		return e.outcome(ctx, id, c.Sequence)
	}
	alert := regexp.MustCompile(`(?s)role="alert".*?<strong>(.*?)</strong>`).FindStringSubmatch(page)
	logged := refusalsOf(e.t, e.s, "上海市普陀区绿化和市容管理局", id)
	return scenario.Outcome{Refusal: &casefile.Refusal{Code: casefile.RefusalCode(code[1]), Field: logged[0].Field,
		Message: casefile.Text{ZH: html.UnescapeString(alert[1])}}}, nil
}

func (e *pageEngine) outcome(ctx context.Context, id casefile.ID, sequence int64) (scenario.Outcome, error) {
	entries, err := e.s.cases.Entries(ctx, id)
	if err != nil {
		return scenario.Outcome{}, err
	}
	c, err := e.s.cases.Case(ctx, id)
	return scenario.Outcome{Entry: entries[sequence-1].Entry, Case: c}, err
}

// carry takes over what a form carries by itself.
func (e *pageEngine) carry(form url.Values, page string) {
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
}

// fill fills in who acts, and the payload.
func (e *pageEngine) fill(form url.Values, with casefile.Values, by casefile.Actor) {
	form.Set("as.person", string(by.Person))
	form.Set("as.name", by.Name)
	form.Set("as.unit", by.Unit)
	for _, role := range by.Roles {
		form.Add("as.roles", string(role))
	}
	for name, v := range with {
		list, ok := v.([]any)
		if !ok {
			form.Set("with."+name, fmt.Sprint(v))
			continue
		}
		form.Del("with." + name)
		for _, item := range list {
			form.Add("with."+name, fmt.Sprint(item))
		}
		if len(list) == 0 {
			form.Set("with."+name, "-")
		}
	}
}

func (e *pageEngine) send(method, path, media string, body io.Reader) (status int, page, location string) {
	e.t.Helper()
	req := must(http.NewRequestWithContext(e.t.Context(), method, e.at+path, body))
	req.AddCookie(e.session)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp := must(client.Do(req))
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body))), resp.Header.Get("Location")
}

// parts gives a form as one with files is sent.
func parts(t *testing.T, form url.Values) (media string, body *strings.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), strings.NewReader(b.String())
}
