package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/auth"
)

func TestTheIdentityProviderIsOfferedWhereThereIsOne(t *testing.T) {
	b := newBrowser(t, false)
	if page := b.wants("/sign-in", 200); strings.Contains(page, "/sign-in/provider") {
		t.Error("an identity provider is offered, and there is none")
	}
	b.door.provider = "https://id.example/authorize?state=s&nonce=n"
	b.wants("/sign-in", 200, `action="/sign-in/provider"`, "Sign in with your organisation")
	rec := b.post("/sign-in/provider", url.Values{"to": {"/cases/real"}})
	if rec.Code != http.StatusOK || rec.Header().Get("Refresh") != "0; url="+b.door.provider ||
		!strings.Contains(rec.Body.String(), `href="https://id.example/authorize?state=s&amp;nonce=n"`) {
		t.Errorf("%d %v\n%s", rec.Code, rec.Header(), rec.Body)
	}
	b.door.err = auth.ErrTooMany
	if rec := b.post("/sign-in/provider", nil); rec.Code != http.StatusTooManyRequests {
		t.Errorf("too often: %d", rec.Code)
	}
	b.door.err = auth.ErrProvider
	if rec := b.post("/sign-in/provider", nil); rec.Code != http.StatusServiceUnavailable || !strings.Contains(rec.Body.String(), "does not answer") {
		t.Errorf("a provider that is down: %d", rec.Code)
	}
}

func TestComingBackFromTheIdentityProvider(t *testing.T) {
	b := newBrowser(t, false)
	if rec := b.get("/sign-in/return?code=right&state=s"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real" {
		t.Errorf("recognised: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	for _, query := range []string{"", "?code=wrong", "?error=access_denied"} {
		if page := b.wants("/sign-in/return"+query, 401, `role="alert"`); strings.Contains(page, "access_denied") {
			t.Error("what the provider says is shown")
		}
	}
	page := b.wants("/sign-in/return?code=somebody", 403, "https://id.example", "Nothing was created", "&lt;b&gt;x&lt;/b&gt;")
	if strings.Contains(page, "<b>x") {
		t.Error("what the provider calls somebody is not escaped")
	}
}

// A form that does not carry what the page gave it does nothing.
func TestFormsCarryWhatOnlyThisSiteKnows(t *testing.T) {
	b := newBrowser(t, false)
	b.door.provider = "https://id.example/"
	for _, carried := range []url.Values{{"form": {""}}, {"form": {"another"}}, {"form": {"form of drafter"}}, {"form": {formText[1:] + "A"}}} {
		for _, target := range []string{"/sign-in", "/sign-in/provider", "/first/once"} {
			form := url.Values{"token": {"drafter"}, "organ": {"o"}, "name": {"n"}, "login": {"admin"}, "password": {"a long enough one"}}
			form["form"] = carried["form"]
			if rec := b.post(target, form); rec.Code != http.StatusForbidden || len(b.door.began)+len(b.door.first) > 0 {
				t.Errorf("%s with %v: %d", target, carried, rec.Code)
			}
		}
	}
	b.token = "drafter"
	for _, carried := range []string{"", "another", formText, "form of stranger"} {
		for _, target := range []string{"/sign-out", "/password", "/sign-in"} {
			rec := b.post(target, url.Values{"form": {carried}, "current": {"right"}, "next": {"a long enough one"}, "again": {"a long enough one"}})
			if rec.Code != http.StatusForbidden || b.door.ended > 0 || len(b.door.changed) > 0 {
				t.Errorf("%s with %q: %d", target, carried, rec.Code)
			}
		}
	}
	b.wants("/cases", 200, `name="form" value="form of drafter"`)
	b.token = ""
	rec := b.get("/sign-in")
	if !strings.Contains(rec.Body.String(), `name="form" value="`) || len(rec.Result().Cookies()) != 1 {
		t.Fatalf("%v", rec.Result().Cookies())
	}
	held := rec.Result().Cookies()[0]
	if held.Name != "chengxu_form" || !held.HttpOnly || held.SameSite != http.SameSiteStrictMode || !strings.Contains(rec.Body.String(), held.Value) {
		t.Errorf("%+v", held)
	}
}
