package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// belongings gives the door two sessions and a token in each state.
func belongings(d *door) {
	at := time.Date(2024, 4, 30, 12, 0, 0, 0, time.UTC)
	d.sessions = []auth.Listed{
		{ID: "s1", Method: "password", Network: "203.0.113.0/24", Began: at, Used: at.Add(time.Hour), Expires: at.Add(2 * time.Hour)},
		{ID: "s2", Method: "oidc", Expires: at.Add(time.Hour)},
	}
	holder := casefile.Actor{Person: "p2", Roles: []casefile.Role{"reviewer"}}
	d.tokens = []auth.Token{
		{ID: "t-good", Holder: holder, Created: at, Expires: at.AddDate(0, 1, 0), Used: at.Add(time.Minute), Scopes: []string{"read", "events"}},
		{ID: "t-old", Holder: holder, Created: at, Expires: at},
		{ID: "t-gone", Holder: holder, Created: at, Expires: at.AddDate(0, 1, 0), Revoked: at},
	}
}

func TestThePageOfTheOwnAccount(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "deputy"
	belongings(b.door)
	page := b.wants("/account", 200, "My account", "Zhao", "Greening Bureau", "Office", "Reviewer, Auditor",
		"Acting · for Qian", "Handling unit", "2024-04-01", "2024-05-15", "In force", "Delegation · for Sun", "Not in force today",
		"203.0.113.0/24", "2024-04-30 20:00", "2024-04-30 21:00", "This session", "Identity provider", "End all others", `action="/account/sessions/s2/end"`,
		"t-good", "Read, Events", "2024-04-30 20:01", "Never used", "Everything that the roles allow", "Expired", "Revoked", `action="/account/tokens/t-good/revoke"`)
	if strings.Contains(page, "t-old/revoke") || strings.Contains(page, "t-gone/revoke") {
		t.Error("a token that is not good any more can be revoked")
	}
	if strings.Count(page, "This session") != 1 {
		t.Error("not exactly one session is this one")
	}
	if forms := strings.Count(page, `method="post"`); forms != 6 || strings.Count(page, `name="form" value="form of deputy"`) != forms {
		t.Errorf("%d forms, and not each carries what it has to", forms)
	}
	b.lang = "zh"
	b.wants("/account", 200, "我的账户", "结束其他全部会话", "吊销", "代理", "授权人")
	b.door.noTokens = true
	b.lang = "en"
	if page := b.wants("/account", 200, "may not look after tokens"); strings.Contains(page, "t-good") {
		t.Error("tokens are shown to a session that may not see them")
	}
}

// An administrator, who sees no cases, comes to administration instead of the list.
func TestAnAdministratorComesToAdministration(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "administrator"
	if rec := b.get("/"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/admin" {
		t.Errorf("the list: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	b.wants("/account", 200, "Zhou", "Administrator", `href="/admin"`, `href="/health"`, "No session.", "No tokens.")
	b.wants("/cases/real", 403)
}

func TestSessionsAndTokensAreEndedFromThePage(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "deputy"
	belongings(b.door)
	for _, path := range []string{"/account/sessions/s2/end", "/account/other-sessions/end", "/account/tokens/t-good/revoke"} {
		if rec := b.post(path, nil); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/account" {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	want := []string{"session s2", "others than s1", "token t-good"}
	if diff := cmp.Diff(want, b.door.gone); diff != "" {
		t.Error(diff)
	}
	for _, path := range []string{"/account/sessions/another/end", "/account/tokens/another/revoke"} {
		if rec := b.post(path, nil); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
	for name, form := range map[string]url.Values{"without what it carries": {"form": {""}}, "of another session": {"form": {"form of drafter"}}} {
		if rec := b.post("/account/tokens/t-good/revoke", form); rec.Code != http.StatusForbidden {
			t.Errorf("a form %s: %d", name, rec.Code)
		}
	}
	if rec := b.post("/account/other-sessions/end", nil, "Origin", "https://evil.example"); rec.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", rec.Code)
	}
	if len(b.door.gone) != len(want) {
		t.Errorf("refused, and done: %v", b.door.gone)
	}
}

func TestTheOwnAccountIsForWhoHasSignedIn(t *testing.T) {
	for _, open := range []bool{false, true} {
		b := newBrowser(t, open)
		if rec := b.get("/account"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/sign-in?to=%2Faccount" {
			t.Errorf("nobody, open practice %t: %d to %q", open, rec.Code, rec.Header().Get("Location"))
		}
		if rec := b.post("/account/other-sessions/end", nil); rec.Code != http.StatusSeeOther || len(b.door.gone) > 0 {
			t.Errorf("nobody ends sessions, open practice %t: %d", open, rec.Code)
		}
		b.token = "new"
		if rec := b.get("/account"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/password" {
			t.Errorf("before the password is changed: %d", rec.Code)
		}
	}
}

func TestKeysAreRegisteredAndEndedOnThePage(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "deputy"
	b.door.keys = []auth.Record{{ID: "k1", Version: 1, Body: []byte(`{"id":"k1"}`)}, {ID: "k2", Version: 2, Body: []byte(`{"id":"k2","ended":true,"reason":"lost & found"}`)}}
	page := b.wants("/account", 200, "My signing keys", `action="/account/keys/k1/end"`, "lost &amp; found")
	if strings.Contains(page, "/account/keys/k2/end") {
		t.Error("a key that has ended can be ended")
	}
	for _, tt := range []struct {
		request string
		status  int
		says    string
	}{
		{"no JSON", http.StatusUnprocessableEntity, "no request for you"},
		{`{"id":"k3","unknown":1}`, http.StatusUnprocessableEntity, "no request for you"},
		{`{"id":"k3"}`, http.StatusUnprocessableEntity, "no request for you"},
		{`{"id":"known","proof":"x"}`, http.StatusConflict, "registered already"},
		{`{"id":"k3","proof":"x"}`, http.StatusSeeOther, ""},
	} {
		rec := b.post("/account/keys", url.Values{"request": {tt.request}})
		if rec.Code != tt.status || !strings.Contains(rec.Body.String(), tt.says) {
			t.Errorf("%s: %d", tt.request, rec.Code)
		}
	}
	b.post("/account/keys/k1/end", url.Values{"reason": {" lost "}})
	if diff := cmp.Diff([]string{"registered k3", "key k1 because lost"}, b.door.gone); diff != "" {
		t.Error(diff)
	}
}
