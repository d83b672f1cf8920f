package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is a browser without pages.
type visitor struct {
	t    *testing.T
	url  string
	http *http.Client
}

// formCarries finds what the forms of a page carry.
var formCarries = regexp.MustCompile(`name="form" value="([^"]+)"`)

func newVisitor(t *testing.T, at string) *visitor {
	return &visitor{t: t, url: at, http: &http.Client{Jar: must(cookiejar.New(nil)), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// send sends a request as a page of the site does, or with headers of its own.
func (v *visitor) send(method, path, body string, headers ...string) (status int, answer string) {
	v.t.Helper()
	page := strings.HasPrefix(path, "/first/") || path == "/password" || strings.HasPrefix(path, "/sign-in")
	if page && method == http.MethodPost {
		_, shown := v.send(http.MethodGet, strings.TrimSuffix(path, "/provider"), "")
		if carried := formCarries.FindStringSubmatch(shown); carried != nil {
			body += "&form=" + carried[1]
		}
	}
	req := must(http.NewRequestWithContext(v.t.Context(), method, v.url+path, strings.NewReader(body)))
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", "application/json")
	if page {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("If-Match", "*")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del(headers[i])
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp := must(v.http.Do(req))
	defer resp.Body.Close()
	var b bytes.Buffer
	must(b.ReadFrom(resp.Body))
	return resp.StatusCode, b.String()
}

func (v *visitor) cookie() string {
	at := must(url.Parse(v.url))
	for _, c := range v.http.Jar.Cookies(at) {
		if c.Name == "chengxu_session" {
			return c.Value
		}
	}
	return ""
}

// From an empty directory: the one-time link makes an administrator, who makes an
// account, whose owner changes the first password and works.
func TestTheFirstLinkLeadsToWork(t *testing.T) {
	s := startTestStack(t, 0)
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), nil)))))
	t.Cleanup(server.Close)
	var out bytes.Buffer
	if err := s.invite(t.Context(), "http://chengxu.test", &out); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/first/\S+`).FindString(out.String())
	admin := newVisitor(t, server.URL)
	form := url.Values{"organ": {"示例区人民政府"}, "name": {"管理员"}, "login": {"admin"}, "password": {"correct horse 46"}}.Encode()
	if status, _ := admin.send("POST", "/first/guessed", form); status != http.StatusNotFound {
		t.Errorf("a guessed link: %d", status)
	}
	if status, page := admin.send("POST", link, strings.Replace(form, "correct+horse+46", "password1234", 1)); status != http.StatusUnprocessableEntity {
		t.Errorf("a common password: %d %s", status, page)
	}
	if status, page := admin.send("POST", link, form); status != http.StatusSeeOther {
		t.Fatalf("the link: %d %s", status, page)
	}
	if status, _ := newVisitor(t, server.URL).send("POST", link, strings.Replace(form, "admin", "other", 1)); status != http.StatusNotFound {
		t.Errorf("the link once more: %d", status)
	}
	out.Reset()
	if err := s.invite(t.Context(), "http://chengxu.test", &out); err != nil || out.Len() > 0 {
		t.Errorf("another invitation: %v %s", err, &out)
	}
	if status, body := admin.send("GET", "/api/v1/cases", ""); status != http.StatusForbidden {
		t.Errorf("an administrator reads cases: %d %s", status, body)
	}
	for path, body := range map[string]string{
		"/api/v1/directory/people": `{"id":"li","name":"李华"}`,
	} {
		if status, answer := admin.send("POST", path, body); status != http.StatusCreated {
			t.Fatalf("%s: %d %s", path, status, answer)
		}
	}
	if status, answer := admin.send("POST", "/api/v1/directory/appointments", `{"id":"li-1","person":"li","roles":["office"],"from":"2020-01-01"}`); status != http.StatusCreated {
		t.Fatal(status, answer)
	}
	status, answer := admin.send("POST", "/api/v1/accounts", `{"person":"li","login":"li.hua"}`)
	var first struct{ Password string }
	if err := json.Unmarshal([]byte(answer), &first); err != nil || status != http.StatusCreated {
		t.Fatal(status, answer)
	}
	li := newVisitor(t, server.URL)
	if status, _ := li.send("POST", "/api/v1/session", `{"login":"li.hua","password":"wrong wrong wrong"}`); status != http.StatusUnauthorized {
		t.Errorf("a wrong password: %d", status)
	}
	before := li.cookie()
	if status, answer := li.send("POST", "/api/v1/session", `{"login":"li.hua","password":"`+first.Password+`"}`); status != http.StatusOK || !strings.Contains(answer, `"must_change":true`) {
		t.Fatal(status, answer)
	}
	if li.cookie() == before || li.cookie() == "" {
		t.Error("the cookie of before signing in is still good")
	}
	if status, answer := li.send("GET", "/api/v1/cases", ""); status != http.StatusForbidden || !strings.Contains(answer, "password-change-required") {
		t.Errorf("before the password was changed: %d %s", status, answer)
	}
	if status, answer := li.send("POST", "/api/v1/session/password", `{"current":"`+first.Password+`","next":"我的新密码是很长的一句话"}`); status != http.StatusNoContent {
		t.Fatal(status, answer)
	}
	if status, answer := li.send("GET", "/api/v1/cases", ""); status != http.StatusOK {
		t.Errorf("after the password was changed: %d %s", status, answer)
	}
	open := `{"id":"s1","procedure":"cn.major-decision@2019","matter":{"title":"方案","category":"policy"},` + facts + `}`
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", ""}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "none"},
		{"Sec-Fetch-Site", "", "Origin", "null"}, {"Sec-Fetch-Site", "", "Origin", "https://sub.chengxu.test"}, {"Sec-Fetch-Site", "", "Origin", server.URL},
		{"Sec-Fetch-Site", "cross-site", "X-Chengxu-Request", "1"}, {"Sec-Fetch-Site", "", "Origin", "https://evil.example", "X-Chengxu-Request", "1"},
	} {
		if status, answer := li.send("POST", "/api/v1/cases", open, headers...); status != http.StatusForbidden || !strings.Contains(answer, "cross-site-request") {
			t.Errorf("a request of another site %v: %d %s", headers, status, answer)
		}
	}
	if status, answer := li.send("POST", "/api/v1/cases", open); status != http.StatusCreated {
		t.Errorf("opening a case: %d %s", status, answer)
	}
	status, answer = li.send("POST", "/api/v1/tokens", `{"roles":["office"],"scopes":["read"],"days":30}`, "Idempotency-Key", "t1")
	var token, free struct{ ID, Secret string }
	if err := json.Unmarshal([]byte(answer), &token); err != nil || status != http.StatusCreated || token.Secret == "" {
		t.Fatal(status, answer)
	}
	if status, answer := li.send("GET", "/api/v1/tokens", ""); status != http.StatusOK || strings.Contains(answer, token.Secret) {
		t.Errorf("the list of tokens: %d %s", status, answer)
	}
	if status, answer := li.send("POST", "/api/v1/tokens", `{"roles":["chief"],"days":30}`); status != http.StatusForbidden {
		t.Errorf("a token for a role that is not held: %d %s", status, answer)
	}
	robot := newVisitor(t, server.URL)
	if status, _ := robot.send("GET", "/api/v1/cases", "", "Authorization", "Bearer "+token.Secret); status != http.StatusOK {
		t.Errorf("the token reads: %d", status)
	}
	for path, body := range map[string]string{"/api/v1/cases": open, "/api/v1/tokens": `{"roles":["office"],"days":1}`} {
		if status, _ := robot.send("POST", path, body, "Authorization", "Bearer "+token.Secret); status != http.StatusForbidden {
			t.Errorf("a token for reading writes %s: %d", path, status)
		}
	}
	// A token that was stolen gives a session, and by it no other token nor password.
	if status, answer := li.send("POST", "/api/v1/tokens", `{"roles":["office"],"days":1}`); status != http.StatusCreated {
		t.Errorf("a token without limits: %d %s", status, answer)
	} else if err := json.Unmarshal([]byte(answer), &free); err != nil {
		t.Error(err)
	}
	thief := newVisitor(t, server.URL)
	if status, page := thief.send("POST", "/sign-in", "token="+free.Secret); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	if status, answer := thief.send("GET", "/api/v1/session", ""); status != http.StatusOK || !strings.Contains(answer, `"method":"token"`) {
		t.Errorf("the session by the token: %d %s", status, answer)
	}
	for path, body := range map[string]string{"/api/v1/tokens": `{"roles":["office"],"days":366}`, "/api/v1/session/password": `{"current":"我的新密码是很长的一句话","next":"another long sentence"}`} {
		if status, answer := thief.send("POST", path, body); status != http.StatusForbidden {
			t.Errorf("%s by a session of a token: %d %s", path, status, answer)
		}
	}
	if status, _ := li.send("DELETE", "/api/v1/tokens/"+token.ID, ""); status != http.StatusNoContent {
		t.Errorf("revoke: %d", status)
	}
	if status, _ := robot.send("GET", "/api/v1/cases", "", "Authorization", "Bearer "+token.Secret); status != http.StatusUnauthorized {
		t.Errorf("a revoked token: %d", status)
	}
	// Whoever has kept the cookie gets nothing with it after signing out.
	stolen := li.cookie()
	if status, _ := li.send("DELETE", "/api/v1/session", ""); status != http.StatusNoContent {
		t.Errorf("sign out: %d", status)
	}
	if status, _ := robot.send("GET", "/api/v1/session", "", "Cookie", "chengxu_session="+stolen); status != http.StatusUnauthorized {
		t.Errorf("a cookie of before: %d", status)
	}
	// An appointment that ends takes the session's rights with it.
	if status, _ := li.send("POST", "/api/v1/session", `{"login":"li.hua","password":"我的新密码是很长的一句话"}`); status != http.StatusOK {
		t.Fatal(status)
	}
	if status, answer := admin.send("PUT", "/api/v1/directory/appointments/li-1", `{"id":"li-1","person":"li","roles":["office"],"from":"2020-01-01","until":"2021-01-01"}`, "If-Match", `"1"`); status != http.StatusOK {
		t.Fatal(status, answer)
	}
	if status, _ := li.send("GET", "/api/v1/cases", ""); status != http.StatusUnauthorized {
		t.Errorf("after the appointment ended: %d", status)
	}
	if status, answer := admin.send("GET", "/api/v1/sign-ins", ""); status != http.StatusOK || !strings.Contains(answer, `"wrong"`) || strings.Contains(answer, "127.0.0.1\"") {
		t.Errorf("the log of sign-ins: %d %s", status, answer)
	}
}
