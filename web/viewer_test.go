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
		if page := b.wants("/cases", 200, "Waste sorting far"); strings.Contains(page, "Waste sorting real") {
			t.Error("the list shows another organ's case")
		}
	}
}

func TestSignInAndOut(t *testing.T) {
	b := newBrowser(t, false)
	for _, form := range []url.Values{{"token": {" drafter "}}, {"login": {" li "}, "password": {"right"}}} {
		form.Set("to", "/cases/real?lang=en")
		if rec := b.post("/sign-in", form); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/cases/real?lang=en" {
			t.Fatalf("sign in: %d to %q", rec.Code, rec.Header().Get("Location"))
		}
	}
	if len(b.door.began) != 2 {
		t.Errorf("%v came in", b.door.began)
	}
	b.token = "drafter"
	if rec := b.post("/sign-out", nil); rec.Code != http.StatusSeeOther || b.door.ended != 1 {
		t.Errorf("sign out: %d, %d sessions ended", rec.Code, b.door.ended)
	}
}

func TestWhoeverIsNotRecognisedIsToldSo(t *testing.T) {
	b := newBrowser(t, false)
	for _, form := range []url.Values{
		{"token": {"nobody"}}, {"token": {"x; Path=/"}}, {}, {"login": {"li"}, "password": {"wrong"}}, {"login": {"nobody"}, "password": {"right"}},
	} {
		rec := b.post("/sign-in", form)
		if rec.Code != http.StatusUnauthorized || !strings.Contains(rec.Body.String(), "is not right") {
			t.Errorf("%v: %d", form, rec.Code)
		}
	}
	if rec := b.post("/sign-in", url.Values{"token": {"\x00"}}); rec.Code != http.StatusUnprocessableEntity {
		t.Errorf("what is no text: %d", rec.Code)
	}
	if rec := b.post("/sign-in", url.Values{"token": {"broken"}}); rec.Code != 500 || strings.Contains(rec.Body.String(), "secret") {
		t.Errorf("a fault shows on the page: %d", rec.Code)
	}
	b.token = "broken"
	if page := b.wants("/", 500); strings.Contains(page, "secret") {
		t.Error("a fault of authentication shows on the page")
	}
}

func TestTheFirstPasswordIsChangedBeforeAnythingElse(t *testing.T) {
	b := newBrowser(t, false)
	if rec := b.get("/password"); rec.Code != http.StatusSeeOther {
		t.Errorf("without a session: %d", rec.Code)
	}
	b.token = "new"
	for _, target := range []string{"/", "/cases/real", "/cases/real/dossier", "/cases/real/documents/" + string(draft1)} {
		if rec := b.get(target); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/password" {
			t.Errorf("%s: %d to %q", target, rec.Code, rec.Header().Get("Location"))
		}
	}
	b.wants("/password", 200, "This password was given to you")
	for _, form := range []url.Values{
		{"current": {"right"}, "next": {"a long enough one"}, "again": {"another"}}, {"current": {"wrong"}, "next": {"a long enough one"}, "again": {"a long enough one"}},
		{"current": {"right"}, "next": {"short"}, "again": {"short"}},
	} {
		if rec := b.post("/password", form); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), `role="alert"`) || len(b.door.changed) > 0 {
			t.Errorf("%v: %d", form, rec.Code)
		}
	}
	if rec := b.post("/password", url.Values{"current": {"right"}, "next": {"a long enough one"}, "again": {"a long enough one"}}); rec.Code != http.StatusSeeOther || len(b.door.changed) != 1 {
		t.Errorf("changed: %d", rec.Code)
	}
}

func TestTheFirstLinkWorksForWhoHasIt(t *testing.T) {
	b := newBrowser(t, false)
	b.wants("/first/anything", 200, "The first organ")
	form := url.Values{"organ": {"区政府"}, "name": {"管理员"}, "login": {"admin"}, "password": {"a long enough one"}}
	if rec := b.post("/first/anything", form); rec.Code != http.StatusNotFound {
		t.Errorf("a wrong link: %d", rec.Code)
	}
	if rec := b.post("/first/once", url.Values{"organ": {"区政府"}}); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "区政府") {
		t.Errorf("without a login: %d", rec.Code)
	}
	if rec := b.post("/first/once", form); rec.Code != http.StatusSeeOther || len(b.door.first) != 1 || b.door.first[0].OrganName != "区政府" {
		t.Errorf("the link: %d %+v", rec.Code, b.door.first)
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
