package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

// Somebody whom an administrator has bound signs in at a real identity provider, and
// somebody else is told what to say to the administrator.
func TestSigningInAtAnIdentityProvider(t *testing.T) {
	provider, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { provider.Shutdown() })
	s := startTestStack(t, 0)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(provider.ClientSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := outsideOptions{publicURL: server.URL, issuer: provider.Issuer(), clientID: provider.ClientID, clientSecret: secret}
	handler = must(s.handler(must(flags.outside()), slog.New(slog.NewTextHandler(t.Output(), nil))))

	admin := firstAdministrator(t, s, server.URL)
	for path, body := range map[string]string{"people": `{"id":"li","name":"李华"}`} {
		if status, answer := admin.send("POST", "/api/v1/directory/"+path, body); status != http.StatusCreated {
			t.Fatal(status, answer)
		}
	}
	if status, answer := admin.send("POST", "/api/v1/directory/appointments", `{"id":"li-1","person":"li","roles":["office"],"from":"2020-01-01"}`); status != http.StatusCreated {
		t.Fatal(status, answer)
	}
	li := newVisitor(t, server.URL)
	provider.QueueUser(&mockoidc.MockUser{Subject: "sub-li"})
	status, page := li.atProvider()
	if status != http.StatusForbidden || !strings.Contains(page, "sub-li") || !strings.Contains(page, provider.Issuer()) {
		t.Errorf("somebody who is not bound: %d %s", status, page)
	}
	if status, _ := li.send("GET", "/api/v1/session", ""); status != http.StatusUnauthorized {
		t.Errorf("and is signed in: %d", status)
	}
	binding := fmt.Sprintf(`{"issuer":%q,"subject":"sub-li","person":"li"}`, provider.Issuer())
	if status, answer := li.send("POST", "/api/v1/identities", binding); status != http.StatusUnauthorized {
		t.Errorf("binding oneself: %d %s", status, answer)
	}
	status, answer := admin.send("POST", "/api/v1/identities", binding)
	if status != http.StatusCreated {
		t.Fatal(status, answer)
	}
	id := regexp.MustCompile(`"id":"([0-9a-f]+)"`).FindStringSubmatch(answer)[1]
	provider.QueueUser(&mockoidc.MockUser{Subject: "sub-li"})
	if status, page := li.atProvider(); status != http.StatusSeeOther {
		t.Fatal(status, page)
	}
	if status, answer := li.send("GET", "/api/v1/session", ""); status != http.StatusOK || !strings.Contains(answer, `"method":"oidc"`) || !strings.Contains(answer, "李华") {
		t.Errorf("who that is: %d %s", status, answer)
	}
	if status, answer := admin.send("DELETE", "/api/v1/identities/"+id, ""); status != http.StatusNoContent {
		t.Fatal(status, answer)
	}
	if status, _ := li.send("GET", "/api/v1/session", ""); status != http.StatusUnauthorized {
		t.Errorf("after the identity was unbound: %d", status)
	}
	if status, answer := admin.send("GET", "/api/v1/sign-ins", ""); status != http.StatusOK || !strings.Contains(answer, `"oidc"`) {
		t.Errorf("the log: %d %s", status, answer)
	}
}

// atProvider goes to the identity provider and comes back.
func (v *visitor) atProvider() (status int, page string) {
	v.t.Helper()
	status, page = v.send("POST", "/sign-in/provider", "to=/")
	link := regexp.MustCompile(`href="(http[^"]+authorize[^"]+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || link == nil {
		v.t.Fatalf("on to the provider: %d %s", status, page)
	}
	resp := must(v.http.Get(strings.ReplaceAll(link[1], "&amp;", "&")))
	resp.Body.Close()
	back := must(resp.Location())
	return v.send("GET", back.Path+"?"+back.RawQuery, "")
}

// firstAdministrator follows the link for the first administrator.
func firstAdministrator(t *testing.T, s *stack, at string) *visitor {
	t.Helper()
	var out strings.Builder
	if err := s.invite(t.Context(), at, &out); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`/first/\S+`).FindString(out.String())
	admin := newVisitor(t, at)
	form := url.Values{"organ": {"示例区人民政府"}, "name": {"管理员"}, "login": {"admin"}, "password": {"correct horse 46"}}.Encode()
	if status, page := admin.send("POST", link, form); status != http.StatusSeeOther {
		t.Fatalf("the link: %d %s", status, page)
	}
	return admin
}

func TestFlagsOfTheIdentityProviderBelongTogether(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]outsideOptions{
		"no public URL":       {issuer: "https://id.example", clientID: "c"},
		"no client":           {issuer: "https://id.example", publicURL: "https://c.example"},
		"a client alone":      {clientID: "c"},
		"a secret alone":      {clientSecret: empty},
		"an empty secret":     {issuer: "https://id.example", clientID: "c", publicURL: "https://c.example", clientSecret: empty},
		"no such secret":      {issuer: "https://id.example", clientID: "c", publicURL: "https://c.example", clientSecret: empty + "x"},
		"a path in the URL":   {publicURL: "https://c.example/app"},
		"no scheme":           {publicURL: "c.example"},
		"a password in it":    {publicURL: "https://u:p@c.example"},
		"a proxy by its name": {proxies: []string{"proxy.example"}},
	} {
		if _, err := o.outside(); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
	o := outsideOptions{publicURL: "https://c.example/", issuer: "https://id.example", clientID: "c"}
	got, err := o.outside()
	if err != nil || !got.secureCookies || got.provider.RedirectURL != "https://c.example/sign-in/return" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Only a proxy that is trusted says for whom it asks.
func TestAClientDoesNotChooseItsAddress(t *testing.T) {
	request := func(remote, forwarded string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = remote
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("X-Real-Ip", "1.1.1.1")
		return r
	}
	direct, behind := must(limitsOf(nil)).Client, must(limitsOf([]string{"10.0.0.0/8"})).Client
	for _, tt := range []struct{ remote, forwarded, direct, behind string }{
		{"203.0.113.7:1", "", "203.0.113.7", "203.0.113.7"},
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7", "203.0.113.7"},
		{"10.1.1.1:1", "198.51.100.1", "10.1.1.1", "198.51.100.1"},
		{"10.1.1.1:1", "6.6.6.6, 198.51.100.1", "10.1.1.1", "198.51.100.1"},
		{"10.1.1.1:1", "6.6.6.6, 198.51.100.1, 10.2.2.2", "10.1.1.1", "198.51.100.1"},
	} {
		r := request(tt.remote, tt.forwarded)
		if got := direct(r); got != tt.direct {
			t.Errorf("%+v: directly %q", tt, got)
		}
		if got := behind(r); got != tt.behind {
			t.Errorf("%+v: behind a proxy %q", tt, got)
		}
	}
}
