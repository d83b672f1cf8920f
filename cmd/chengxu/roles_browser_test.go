package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// TestEverybodyComesInByKeyboard founds an organ in a real browser without script, by
// keyboard alone: the administrator opens the printed link and invites people, who change
// their first password; the others come in with a token. Beyond the printed link no
// address is typed but that of the home page, and everything else is come to with Tab,
// Shift and Tab, and Enter. At every stop the focus has to be seen, and to go on as one
// reads. It is done in Chinese; no act of a case is done here.
func TestEverybodyComesInByKeyboard(t *testing.T) {
	process := browserFor(t, 10*time.Minute)
	if err := chromedp.Run(process); err != nil { // the process lives as long as its first browser
		t.Fatal(err)
	}
	o := newOffices(t, process, "zh")
	o.found()
	o.invite("auditor", "审计员", auth.Auditor)
	for _, id := range casefile.SortedNames(o.script.People) {
		if p := o.script.People[id]; id == "drafter" {
			o.invite(id, p.Name, p.Roles...)
		} else {
			o.signIn(casefile.PersonID(id), p)
		}
	}
}

// offices are an organ in which everybody works by keyboard.
type offices struct {
	t       *testing.T
	s       *stack
	script  *scenario.Scenario
	process context.Context
	url     string
	lang    string
	people  map[casefile.PersonID]*hands
}

func newOffices(t *testing.T, process context.Context, lang string) *offices {
	t.Helper()
	s := startTestStack(t, 0)
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))))
	t.Cleanup(server.Close)
	return &offices{t: t, s: s, script: script, process: process, url: server.URL, lang: lang, people: map[casefile.PersonID]*hands{}}
}

// enters gives somebody a browser, at the home page in the language of the test.
func (o *offices) enters(id casefile.PersonID, path string) *hands {
	h := newHands(o.t, o.process, o.url, "zh")
	h.open(path)
	if o.lang != h.lang {
		h.to("a.lang")
		h.lang = o.lang
		h.enter()
	}
	o.people[id] = h
	return h
}

// found founds the organ by the link that is printed.
func (o *offices) found() {
	var out strings.Builder
	if err := o.s.invite(o.t.Context(), o.url, &out); err != nil {
		o.t.Fatal(err)
	}
	h := o.enters("admin", regexp.MustCompile(`/first/\S+`).FindString(out.String()))
	h.back("a.skip") // the first field has the focus already
	h.fill(map[string][]string{"organ": {o.script.Organ}, "name": {"管理员"}, "login": {"admin"}, "password": {"correct horse 46"}}, nil, "main form button")
	h.enter()
}

// invite lets the administrator invite somebody, who comes in with the first password
// and changes it.
func (o *offices) invite(id, name string, roles ...casefile.Role) {
	admin := o.people["admin"]
	admin.home()
	admin.skip()
	admin.follow(`main a[href^="/admin/invite"]`)
	admin.skip()
	values := map[string][]string{"name": {name}, "login": {id}}
	for _, role := range roles {
		values["roles"] = append(values["roles"], string(role))
	}
	admin.fill(values, nil, "main form button")
	admin.enter()
	first, next := admin.text("#secret"), "我的新密码是很长的一句话"

	h := o.enters(casefile.PersonID(id), "/")
	h.back("a.skip")
	h.fill(map[string][]string{"login": {id}, "password": {first}}, nil, `form[action="/sign-in"] button`)
	h.enter()
	h.types(first) // the field has the focus
	h.tab("")
	h.types(next)
	h.tab("")
	h.types(next)
	h.enter()
	if !h.has(`form[action="/sign-out"]`) || h.has(`input[type="password"]`) {
		o.t.Fatalf("%s is not in:\n%s", id, h.shown())
	}
}

// signIn gives somebody a token, with which they come in.
func (o *offices) signIn(id casefile.PersonID, p scenario.Person) {
	o.t.Helper()
	secret, _, err := auth.New(o.s.store, o.s.shipped.roles(), auth.Options{}).Issue(o.t.Context(), auth.Grant{Organ: casefile.OrganID(o.script.Organ), Person: id,
		Name: p.Name, Roles: p.Roles, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		o.t.Fatal(err)
	}
	h := o.enters(id, "/")
	h.to("main summary")
	h.key(kb.Enter)
	h.to(`input[name="token"]`)
	h.types(secret)
	h.enter()
	if !h.has(`form[action="/sign-out"]`) {
		o.t.Fatalf("%s is not in:\n%s", id, h.shown())
	}
}
