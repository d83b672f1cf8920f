package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestWithoutSignInThereIsOnlyTheSignInPage(t *testing.T) {
	b := newBrowser(t, false)
	for _, target := range []string{"/", "/?q=x", "/cases/real", "/cases/drill", "/cases/nosuch", "/cases/drill/dossier", "/cases/drill/documents/" + string(draft1)} {
		rec := b.get(target)
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/sign-in?to="+url.QueryEscape(target) {
			t.Errorf("GET %s: %d to %q", target, rec.Code, rec.Header().Get("Location"))
		}
	}
	if page := b.wants("/sign-in", 200, "Access token"); strings.Contains(page, "practice cases") {
		t.Error("the sign-in page offers practice cases that are not open")
	}
	if len(b.fake.filters) > 0 {
		t.Error("cases were read for nobody")
	}
}

func TestOpenPracticeShowsPracticeCasesAlone(t *testing.T) {
	b := newBrowser(t, true)
	page := b.wants("/", 200, "Waste sorting drill", "Waste sorting far-drill", "Sign in", "All organs")
	if strings.Contains(page, "Waste sorting real") || strings.Contains(page, "Waste sorting far<") {
		t.Error("a visitor sees a real case in the list")
	}
	for _, f := range b.fake.filters {
		if f.Practice == nil || !*f.Practice {
			t.Errorf("real cases were asked for: %+v", f)
		}
	}
	page = b.wants("/?practice=false&organ="+url.QueryEscape(string(otherOrgan)), 200, "far-drill")
	if strings.Contains(page, "Waste sorting drill") || strings.Contains(page, "Waste sorting far<") {
		t.Error("the filter by organ shows something else")
	}
	b.wants("/cases/drill", 200, "Close the window")
	if page := b.wants("/cases/far-drill", 200); strings.Contains(page, "Yours to do") {
		t.Error("a visitor may act")
	}
	for _, target := range []string{"/cases/real", "/cases/real/dossier", "/cases/real/documents/" + string(draft1)} {
		b.wants(target, 404, `href="/sign-in"`)
	}
	if rec := b.get("/cases/drill/dossier"); rec.Code != 200 {
		t.Errorf("dossier of a practice case: %d", rec.Code)
	}
}

func TestOpenPracticeFollowsTheDefinitionOfEachOrgan(t *testing.T) {
	b := newBrowser(t, true)
	b.fake.next = "cur2"
	if page := b.wants("/", 200); strings.Contains(page, "after=") {
		t.Error("a page of all organs cannot be continued, and offers it")
	}
	b.wants("/?organ="+url.QueryEscape(string(organ)), 200, "after=cur2&amp;organ=Greening&#43;Bureau")
}

func TestACaseOfAnotherOrganIsNotFound(t *testing.T) {
	for _, open := range []bool{false, true} {
		b := newBrowser(t, open)
		b.token = "stranger"
		for _, target := range []string{"/cases/real", "/cases/drill", "/cases/real/dossier", "/cases/real/documents/" + string(draft1)} {
			b.wants(target, 404, "Not found")
		}
		if page := b.wants("/", 200, "Waste sorting far"); strings.Contains(page, "Waste sorting real") {
			t.Error("the list shows another organ's case")
		}
	}
}

func TestSignInAndOut(t *testing.T) {
	b := newBrowser(t, false)
	rec := b.post("/sign-in", url.Values{"token": {" drafter "}, "to": {"/cases/real?lang=en"}})
	if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real?lang=en" {
		t.Fatalf("sign in: %d to %q", rec.Code, rec.Header().Get("Location"))
	}
	cookie := rec.Result().Cookies()[0]
	if cookie.Name != "chengxu_token" || cookie.Value != "drafter" || !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.MaxAge != 0 {
		t.Errorf("cookie: %+v", cookie)
	}
	b.token = "drafter"
	rec = b.post("/sign-out", nil)
	if gone := rec.Result().Cookies()[0]; rec.Code != http.StatusSeeOther || gone.Value != "" || gone.MaxAge >= 0 {
		t.Errorf("sign out: %d %+v", rec.Code, gone)
	}
}

func TestAWrongTokenIsToldAndNotKept(t *testing.T) {
	b := newBrowser(t, false)
	for _, token := range []string{"", "nobody", "x; Path=/", "\x00"} {
		rec := b.post("/sign-in", url.Values{"token": {token}})
		if rec.Code != http.StatusUnauthorized || len(rec.Result().Cookies()) > 0 || !strings.Contains(rec.Body.String(), "The token is not valid") {
			t.Errorf("token %q: %d %v", token, rec.Code, rec.Result().Cookies())
		}
	}
	b.token = "revoked"
	rec := b.get("/")
	if rec.Code != http.StatusSeeOther || len(rec.Result().Cookies()) != 1 || rec.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("a revoked token is not forgotten: %d %v", rec.Code, rec.Result().Cookies())
	}
	b.token = "broken"
	if page := b.wants("/", 500); strings.Contains(page, "secret") {
		t.Error("a fault of authentication shows on the page")
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	b := newBrowser(t, false)
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "null"}, {"Referer", "http://example.com/"},
	} {
		rec := b.post("/sign-in", url.Values{"token": {"drafter"}}, headers...)
		if rec.Code != http.StatusForbidden || len(rec.Result().Cookies()) > 0 {
			t.Errorf("%v: %d", headers, rec.Code)
		}
	}
	if rec := b.post("/sign-in", url.Values{"token": {"drafter"}}, "Sec-Fetch-Site", "same-origin"); rec.Code != http.StatusSeeOther {
		t.Errorf("a form of the site itself: %d", rec.Code)
	}
	if rec := b.post("/sign-in", url.Values{"token": {strings.Repeat("x", 10_000)}}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("an oversized form: %d", rec.Code)
	}
}

func TestSignInNeverLeadsToAnotherSite(t *testing.T) {
	b := newBrowser(t, false)
	for _, to := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/sign-out", "evil", "/%2f/evil.example\n", "http:/x"} {
		rec := b.post("/sign-in", url.Values{"token": {"drafter"}, "to": {to}})
		if got := rec.Header().Get("Location"); got != "/" {
			t.Errorf("to %q leads to %q", to, got)
		}
	}
}
