package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/internal/contract"
)

// premises are a running Chengxu whose answers are held to the contract, with the
// administrators of a district and of a bureau below it, and Li, who works there.
type premises struct {
	t                *testing.T
	url              string
	district, bureau *visitor
	li               *visitor
}

const liPassword = "我的新密码是很长的一句话"

func newPremises(t *testing.T) *premises {
	t.Helper()
	s := startTestStack(t, 0)
	held, err := contract.Load(t.Context(), api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	h := must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))))
	watched := held.Watch(h, func(err error) { t.Error(err) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			watched.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p := &premises{t: t, url: server.URL, district: firstAdministrator(t, s, server.URL)}
	for _, made := range [][2]string{
		{"directory/organs", `{"id":"bureau","name":"绿化局","superior":"示例区人民政府"}`},
		{"directory/people", `{"id":"chen","organ":"bureau","name":"陈"}`}, {"directory/people", `{"id":"li","organ":"bureau","name":"李华"}`},
		{"directory/appointments", `{"id":"a-chen","organ":"bureau","person":"chen","roles":["administrator"],"from":"2020-01-01"}`},
		{"directory/appointments", `{"id":"a-li","organ":"bureau","person":"li","roles":["office"],"from":"2020-01-01"}`},
	} {
		p.want(p.district, "POST", "/api/v1/"+made[0], made[1], http.StatusCreated)
	}
	p.bureau, p.li = p.open("chen", "chen"), p.open("li", "li.hua")
	return p
}

// want sends a request that has to be answered with a status.
func (p *premises) want(v *visitor, method, path, body string, want int) string {
	p.t.Helper()
	status, answer := v.send(method, path, body)
	if status != want {
		p.t.Errorf("%s %s %s: %d, want %d: %s", method, path, body, status, want, answer)
	}
	return answer
}

// open opens an account, and gives a browser of its owner, who has changed the password.
func (p *premises) open(person, login string) *visitor {
	p.t.Helper()
	answer := p.want(p.district, "POST", "/api/v1/accounts", fmt.Sprintf(`{"person":%q,"login":%q,"reason":"到任"}`, person, login), http.StatusCreated)
	return p.settle(login, answer)
}

// settle signs in with the first password of an answer, and changes it.
func (p *premises) settle(login, answer string) *visitor {
	p.t.Helper()
	var first struct{ Password string }
	if err := json.Unmarshal([]byte(answer), &first); err != nil {
		p.t.Fatal(err, answer)
	}
	v := newVisitor(p.t, p.url)
	p.want(v, "POST", "/api/v1/session", fmt.Sprintf(`{"login":%q,"password":%q}`, login, first.Password), http.StatusOK)
	p.want(v, "GET", "/api/v1/tokens", "", http.StatusForbidden)
	p.want(v, "POST", "/api/v1/session/password", fmt.Sprintf(`{"current":%q,"next":%q}`, first.Password, liPassword), http.StatusNoContent)
	return v
}

// signIn gives another browser of Li.
func (p *premises) signIn() *visitor {
	p.t.Helper()
	v := newVisitor(p.t, p.url)
	p.want(v, "POST", "/api/v1/session", `{"login":"li.hua","password":"`+liPassword+`"}`, http.StatusOK)
	return v
}

// token makes a token of Li's, and gives its id and a program that holds it.
func (p *premises) token() (id string, program func(want int)) {
	p.t.Helper()
	answer := p.want(p.li, "POST", "/api/v1/tokens", `{"roles":["office"],"scopes":["read"],"days":1}`, http.StatusCreated)
	var token struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(answer), &token); err != nil {
		p.t.Fatal(err, answer)
	}
	return token.ID, func(want int) {
		p.t.Helper()
		if status, answer := newVisitor(p.t, p.url).send("GET", "/api/v1/cases", "", "Authorization", "Bearer "+token.Secret); status != want {
			p.t.Errorf("the token: %d, want %d: %s", status, want, answer)
		}
	}
}

// An administrator closes an account in the organs that are looked after, and in no
// other; from the next request on nothing of it is good.
func TestAnAccountIsClosedAndReopened(t *testing.T) {
	p := newPremises(t)
	_, program := p.token()
	program(http.StatusOK)
	var feed struct{ Path string }
	if err := json.Unmarshal([]byte(p.want(p.li, "POST", "/api/v1/feeds", `{"title":"期限"}`, http.StatusCreated)), &feed); err != nil {
		t.Fatal(err)
	}
	p.want(newVisitor(t, p.url), "GET", feed.Path, "", http.StatusOK)
	if list := p.want(p.bureau, "GET", "/api/v1/accounts", "", http.StatusOK); !strings.Contains(list, "li.hua") || strings.Contains(list, `"admin"`) || strings.Contains(list, "argon2id") {
		t.Errorf("the accounts of the bureau: %s", list)
	}
	if first := p.want(p.district, "GET", "/api/v1/accounts?organ=bureau&limit=1", "", http.StatusOK); !strings.Contains(first, `"next":"chen"`) {
		t.Errorf("the first page: %s", first)
	}
	if rest := p.want(p.district, "GET", "/api/v1/accounts?organ=bureau&limit=1&after=chen", "", http.StatusOK); !strings.Contains(rest, "li.hua") {
		t.Errorf("the second page: %s", rest)
	}
	p.want(p.bureau, "GET", "/api/v1/accounts?organ=示例区人民政府", "", http.StatusNotFound)
	p.want(p.bureau, "POST", "/api/v1/accounts/admin/close", `{"reason":"越权"}`, http.StatusNotFound)
	p.want(p.li, "POST", "/api/v1/accounts/chen/close", `{"reason":"越权"}`, http.StatusForbidden)
	p.want(p.bureau, "POST", "/api/v1/accounts/li.hua/close", `{"reason":""}`, http.StatusUnprocessableEntity)
	if answer := p.want(p.bureau, "POST", "/api/v1/accounts/chen/close", `{"reason":"离任"}`, http.StatusConflict); !strings.Contains(answer, "last account") {
		t.Errorf("the last administrator: %s", answer)
	}
	p.want(p.bureau, "POST", "/api/v1/accounts/li.hua/close", `{"reason":"离任"}`, http.StatusNoContent)
	p.want(p.li, "GET", "/api/v1/session", "", http.StatusUnauthorized)
	p.want(newVisitor(t, p.url), "GET", feed.Path, "", http.StatusNotFound)
	program(http.StatusUnauthorized)
	p.want(newVisitor(t, p.url), "POST", "/api/v1/session", `{"login":"li.hua","password":"`+liPassword+`"}`, http.StatusUnauthorized)
	p.want(p.bureau, "POST", "/api/v1/accounts", `{"person":"li","reset":true}`, http.StatusConflict)
	p.want(p.bureau, "POST", "/api/v1/accounts", `{"person":"li","login":"li.hua"}`, http.StatusConflict)
	if list := p.want(p.bureau, "GET", "/api/v1/accounts", "", http.StatusOK); strings.Count(list, `"closed"`) != 1 {
		t.Errorf("the accounts of the bureau: %s", list)
	}
	p.li = p.settle("li.hua", p.want(p.bureau, "POST", "/api/v1/accounts/li.hua/reopen", `{"reason":"回任"}`, http.StatusCreated))
	p.want(p.li, "GET", "/api/v1/cases", "", http.StatusOK)
	program(http.StatusUnauthorized)
	log := p.want(p.bureau, "GET", "/api/v1/account-log", "", http.StatusOK)
	for _, line := range []string{`"by":"admin","person":"li","act":"opened","object":"li.hua","reason":"到任"`, `"by":"li","person":"li","act":"token-issued"`,
		`"by":"chen","person":"li","act":"closed","object":"li.hua","reason":"离任"`, `"by":"chen","person":"li","act":"token-revoked"`, `"act":"reopened","object":"li.hua","reason":"回任"`} {
		if !strings.Contains(log, line) {
			t.Errorf("the log of accounts lacks %s: %s", line, log)
		}
	}
	p.want(p.li, "GET", "/api/v1/account-log", "", http.StatusForbidden)
	p.want(p.bureau, "GET", "/api/v1/account-log?organ=示例区人民政府", "", http.StatusNotFound)
	// Whoever is nobody's is in the log of the first organ alone.
	p.want(newVisitor(t, p.url), "POST", "/api/v1/session", `{"login":"我打错了的密码","password":"x"}`, http.StatusUnauthorized)
	if log := p.want(p.district, "GET", "/api/v1/sign-ins", "", http.StatusOK); !strings.Contains(log, "login-mark=") || strings.Contains(log, "打错") {
		t.Errorf("the log of sign-ins of the district: %s", log)
	}
	if log := p.want(p.bureau, "GET", "/api/v1/sign-ins", "", http.StatusOK); strings.Contains(log, "login-mark=") || !strings.Contains(log, `"outcome":"closed"`) {
		t.Errorf("the log of sign-ins of the bureau: %s", log)
	}
}

// Everybody sees the own sessions and tokens and ends them, over HTTP and on the page;
// what was ended is refused at the next request.
func TestEverybodyEndsTheOwnSessionsAndTokens(t *testing.T) {
	p := newPremises(t)
	sessions := func() (out []struct {
		ID, Network, Method, Used string
		This                      bool
	}) {
		t.Helper()
		var list struct {
			Sessions []struct {
				ID, Network, Method, Used string
				This                      bool
			}
		}
		if err := json.Unmarshal([]byte(p.want(p.li, "GET", "/api/v1/sessions", "", http.StatusOK)), &list); err != nil {
			t.Fatal(err)
		}
		return list.Sessions
	}
	phone, desk, library := p.signIn(), p.signIn(), p.signIn()
	list := sessions()
	if len(list) != 4 || list[0].Network != "127.0.0.0/24" || list[0].Method != "password" || list[0].Used == "" {
		t.Fatalf("%+v", list)
	}
	var this, others []string
	for _, s := range list {
		if s.This {
			this = append(this, s.ID)
		} else {
			others = append(others, s.ID)
		}
	}
	p.want(p.li, "DELETE", "/api/v1/sessions/"+others[0], "", http.StatusNoContent)
	gone := 0
	for _, v := range []*visitor{phone, desk, library} {
		if status, _ := v.send("GET", "/api/v1/cases", ""); status == http.StatusUnauthorized {
			gone++
		}
	}
	if gone != 1 {
		t.Errorf("%d of the browsers are signed out, want the one whose session was ended", gone)
	}
	p.want(p.bureau, "DELETE", "/api/v1/sessions/"+this[0], "", http.StatusNotFound)
	p.want(p.li, "DELETE", "/api/v1/sessions", "", http.StatusNoContent)
	for _, v := range []*visitor{phone, desk, library} {
		p.want(v, "GET", "/api/v1/cases", "", http.StatusUnauthorized)
	}
	if list := sessions(); len(list) != 1 || !list[0].This {
		t.Errorf("%+v", list)
	}
	id, program := p.token()
	program(http.StatusOK)
	phone = p.signIn()
	status, page := p.li.send("GET", "/account", "")
	carried := formCarries.FindStringSubmatch(page)
	ends := regexp.MustCompile(`/account/sessions/[^"]+/end`).FindAllString(page, -1)
	if status != http.StatusOK || carried == nil || len(ends) != 2 || !strings.Contains(page, "/account/tokens/"+id+"/revoke") || !strings.Contains(page, "最近使用") {
		t.Fatalf("the page: %d %s", status, page)
	}
	submit := func(v *visitor, path, form string, want int) {
		t.Helper()
		if status, answer := v.send("POST", path, form, "Content-Type", "application/x-www-form-urlencoded"); status != want {
			t.Errorf("%s: %d, want %d: %s", path, status, want, answer)
		}
	}
	submit(p.li, "/account/tokens/"+id+"/revoke", "", http.StatusForbidden)
	program(http.StatusOK)
	submit(p.li, "/account/tokens/"+id+"/revoke", "form="+carried[1], http.StatusSeeOther)
	program(http.StatusUnauthorized)
	submit(p.li, "/account/other-sessions/end", "form="+carried[1], http.StatusSeeOther)
	p.want(phone, "GET", "/api/v1/cases", "", http.StatusUnauthorized)
	_, page = p.li.send("GET", "/account", "")
	own := regexp.MustCompile(`/account/sessions/[^"]+/end`).FindString(page)
	submit(p.li, own, "form="+formCarries.FindStringSubmatch(page)[1], http.StatusSeeOther)
	p.want(p.li, "GET", "/api/v1/cases", "", http.StatusUnauthorized)
	if log := p.want(p.bureau, "GET", "/api/v1/account-log?limit=1", "", http.StatusOK); !strings.Contains(log, `"by":"li","person":"li","act":"token-revoked","object":"`+id) {
		t.Errorf("the log: %s", log)
	}
}
