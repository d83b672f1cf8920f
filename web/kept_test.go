package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
)

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// formTo gives what the form of a page that is sent to an address carries hidden.
func formTo(t *testing.T, page, action string) url.Values {
	t.Helper()
	_, rest, ok := strings.Cut(page, `action="`+action+`"`)
	if !ok {
		t.Fatalf("the page has no form to %s: %s", action, page)
	}
	form, _, _ := strings.Cut(rest, "</form>")
	out := url.Values{}
	for _, m := range hiddenInput.FindAllStringSubmatch(form, -1) {
		out.Add(html.UnescapeString(m[1]), html.UnescapeString(m[2]))
	}
	return out
}

func TestWhatWasTypedOutlivesTheSession(t *testing.T) {
	const at = "/cases/real/acts/case.suspend"
	for _, open := range []bool{false, true} {
		b := actsBrowser(t)
		if open {
			b = newBrowser(t, true)
		}
		b.token = ""
		rec := b.post(at, suspension("with.password", "secret", "form", "form of drafter"))
		page := rec.Body.String()
		if rec.Code != http.StatusUnauthorized || len(b.fake.done) > 0 || strings.Contains(page, "secret") || strings.Contains(page, "form of drafter") {
			t.Fatalf("%d, done %v: %s", rec.Code, b.fake.done, page)
		}
		carried := formTo(t, page, "/sign-in")
		if carried.Get("kept-to") != at || carried.Get("kept.with.review_on") != "2024-06-01" || carried.Get("kept.do") != "" {
			t.Fatalf("the sign-in carries %v", carried)
		}
		carried.Set("login", "li")
		carried.Set("password", "wrong")
		rec = b.post("/sign-in", carried)
		if again := formTo(t, rec.Body.String(), "/sign-in"); rec.Code != 401 || again.Get("kept.with.reason") == "" || again.Has("password") {
			t.Fatalf("after a wrong password %d with %v", rec.Code, again)
		}
		carried.Set("password", "right")
		rec = b.post("/sign-in", carried)
		back := formTo(t, rec.Body.String(), at)
		if rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `name="do" value="show"`) || strings.Contains(rec.Body.String(), "right") {
			t.Fatalf("after signing in %d: %s", rec.Code, rec.Body)
		}
		if open {
			continue
		}
		b.token = "drafter"
		back.Set("do", "show")
		back.Set("form", "form of drafter")
		page = shows(t, b.post(at, back), 200, "the law\nis being amended", `value="2024-06-01"`, `name="id" value="act-1"`)
		if len(b.fake.done) > 0 || strings.Contains(page, `role="alert"`) {
			t.Errorf("done %v", b.fake.done)
		}
	}
}

func TestAFormOfAnotherSessionIsShownAndNotDone(t *testing.T) {
	b := actsBrowser(t)
	b.fake.kept = nil
	shows(t, b.post("/cases/real/acts/case.suspend", suspension("form", "form of somebody")), 403, "is being amended", "earlier session", `role="alert"`)
	shows(t, b.post("/cases/real/acts/case.suspend", suspension("form", "form of somebody", "do", "save")), 403, "is being amended")
	b.fake.def.Open.Roles = []casefile.Role{"drafter"}
	shows(t, b.post("/cases/new", url.Values{"form": {"old"}, "title": {"A new market"}, "practice": {"false"}, "do": {"act"}}), 403, `value="A new market"`)
	if len(b.fake.done) > 0 || len(b.fake.kept) > 0 || len(b.fake.refused) > 0 {
		t.Errorf("done %v, kept %v", b.fake.done, b.fake.kept)
	}
}

func TestFilesOfAFormThatIsShownAgainAreNamed(t *testing.T) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range map[string]string{"id": "act-1", "seen": "4", "do": "act", "with.channels": "site"} {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file.notice", "scan <1>.pdf")
	if err == nil {
		_, err = part.Write([]byte("%PDF-1.7"))
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for token, want := range map[string]int{"": 401, "drafter": 403} {
		b := actsBrowser(t)
		b.token = token
		req := httptest.NewRequest(http.MethodPost, "/cases/real/acts/participation.open?form=old", bytes.NewReader(body.Bytes()))
		req.Header.Set("Content-Type", w.FormDataContentType())
		req.Header.Set("Origin", "http://example.com")
		page := shows(t, b.send(req), want, "choose them again", "scan <1>.pdf", "site")
		if len(b.fake.done) > 0 || token == "" && formTo(t, html.UnescapeString(page), "/sign-in").Get("kept-to") != "/cases/real/acts/participation.open" {
			t.Errorf("as %q: done %v: %s", token, b.fake.done, page)
		}
	}
}

func TestTheOtherLanguageTakesAlongWhatWasTyped(t *testing.T) {
	b := actsBrowser(t)
	b.wants("/cases/real/acts/case.suspend", 200, `<form id="typed"`, `form="typed" name="do" value="show"`, `formaction="/cases/real/acts/case.suspend?lang=zh"`)
	b.fake.kept = nil
	page := shows(t, b.post("/cases/real/acts/case.suspend?lang=zh", suspension("do", "show")), 200, "理由", "is being amended", `formaction="/cases/real/acts/case.suspend?lang=en"`)
	if strings.Contains(page, `class="lang" href`) || len(b.fake.done) > 0 {
		t.Error("there is a way that loses what was typed")
	}
	shows(t, b.post("/cases/real/acts/participation.open?lang=zh", url.Values{"do": {"show"}, "with.channels": {"site"}, "file.notice": {"scan.pdf"}}), 200, "请重新选择", "scan.pdf", "site")
	b = opens(t)
	b.wants("/cases/new", 200, `formaction="/cases/new?lang=zh"`, `<form id="typed"`)
	shows(t, b.post("/cases/new?lang=zh", url.Values{"do": {"show"}, "title": {"A new market"}}), 200, "立案", `value="A new market"`)
	checked := checkedOf.FindStringSubmatch(shows(t, b.post("/cases/new", matter()), 200, "Comment window"))
	shows(t, b.post("/cases/new?lang=zh", matter("do", "show", "checked", checked[1])), 200, "〔Comment window〕", `name="checked" value="`+checked[1]+`"`, `name="do" value="act"`)
}

func TestSignInsCarryNothingElsewhere(t *testing.T) {
	b := newBrowser(t, false)
	for _, to := range []string{"//evil.example/x", "https://evil.example", "/sign-out", ""} {
		rec := b.post("/sign-in", url.Values{"login": {"li"}, "password": {"right"}, "kept-to": {to}, "kept.title": {"x"}})
		if rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/" {
			t.Errorf("kept for %q: %d", to, rec.Code)
		}
	}
	many := url.Values{"login": {"li"}, "password": {"right"}, "kept-to": {"/cases/new"}}
	for range 1001 {
		many.Add("kept.title", "x")
	}
	if rec := b.post("/sign-in", many); rec.Code != http.StatusSeeOther {
		t.Errorf("more than a form can hold: %d", rec.Code)
	}
	if rec := b.post("/cases/new", url.Values{"title": {strings.Repeat("长", 300_000)}}); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a form that is too long: %d", rec.Code)
	}
}

func TestFormsOfAdministratorsAreShownAgain(t *testing.T) {
	b := newBureau(t)
	for _, f := range []struct {
		path  string
		form  url.Values
		shows string
	}{
		{"/admin/people/new", url.Values{"id": {"novel"}, "name": {"Mx Novel"}}, `value="Mx Novel"`},
		{"/admin/people/drafter/edit", url.Values{"version": {"1"}, "name": {"Mx Novel"}}, `value="Mx Novel"`},
		{"/admin/invite", url.Values{"name": {"Mx Novel"}, "login": {"novel"}}, `value="Mx Novel"`},
		{"/admin/mandates", url.Values{"delegate": {"Mx Novel"}}, `value="Mx Novel"`},
		{"/admin/identities", url.Values{"subject": {"Mx Novel"}, "reason": {"it was asked"}}, `value="it was asked"`},
	} {
		token := b.token
		for _, other := range []struct {
			token, form, do string
			status          int
		}{{token, "old", "", 403}, {token, "form of " + token, "show", 200}, {"", formText, "", 401}} {
			form := url.Values{"form": {other.form}, "do": {other.do}}
			for name, values := range f.form {
				form[name] = values
			}
			b.token = other.token
			shows(t, b.post(f.path, form), other.status, f.shows)
		}
		b.token = token
		if rec := b.get("/admin/people/novel"); rec.Code != http.StatusNotFound {
			t.Errorf("%s has entered somebody", f.path)
		}
	}
}

// A reason, a name, a finding: what is typed into a short form is not lost either, and not
// done before it is sent again.
func TestWhatIsTypedIntoAShortFormIsKept(t *testing.T) {
	for _, tt := range []struct{ token, at, field, does string }{
		{"drafter", "/work/feeds", "title", "New calendar feed"}, {"drafter", "/account/keys/k1/end", "reason", "End a signing key"}, {"drafter", "/account/keys", "request", "Register a signing key"},
		{"inspector", "/cases/real/findings", "text", "Record a finding"}, {"inspector", "/cases/real/findings/f1/moves", "text", "Move a finding on"},
		{"administrator", "/admin/accounts/li/close", "reason", "Close the account"},
	} {
		b := newBrowser(t, false)
		sent := url.Values{tt.field: {"typed <once>"}, "after": {"3"}, "password": {"secret"}, "form": {"of old"}}
		rec := b.post(tt.at, sent)
		carried := formTo(t, rec.Body.String(), "/sign-in")
		if rec.Code != http.StatusUnauthorized || carried.Get("kept-to") != tt.at || carried.Get("kept."+tt.field) != "typed <once>" || carried.Has("kept.password") {
			t.Errorf("%s without a session: %d, carried %v", tt.at, rec.Code, carried)
		}
		b.token = tt.token
		for form, want := range map[string]int{"form of another": http.StatusForbidden, "form of " + tt.token: http.StatusOK} {
			sent.Set("form", form)
			sent.Del("do")
			if want == http.StatusOK {
				sent.Set("do", "show")
			}
			page := shows(t, b.post(tt.at, sent), want, tt.does, "typed <once>", `action="`+tt.at+`"`)
			if again := formTo(t, page, tt.at); again.Get("form") != "form of "+tt.token || again.Get("after") != "3" || again.Has("password") || again.Has("do") {
				t.Errorf("%s shown again with %v", tt.at, again)
			}
		}
		if len(b.door.gone) > 0 || len(b.cabinet.findings) > 0 {
			t.Errorf("%s: something was done: %v", tt.at, b.door.gone)
		}
	}
	b := newBrowser(t, false)
	b.token, b.lang = "drafter", "zh"
	shows(t, b.post("/work/feeds", url.Values{"title": {"手机"}, "do": {"show"}}), 200, "新建日历订阅", "手机", "您填写的内容")
}

func TestErrorsAndTheFirstLinkAreInBothLanguages(t *testing.T) {
	b := newBrowser(t, false)
	b.wants("/nothing?a=1", 404, `class="lang" href="/nothing?a=1&amp;lang=zh"`)
	b.wants("/nothing?lang=zh", 404, `href="/nothing?lang=en"`, `<html lang="zh-CN">`)
	if page := b.post("/nothing", nil).Body.String(); strings.Contains(page, `class="lang"`) {
		t.Error("what was sent is offered to be read again")
	}
	b.wants("/first/once", 200, `formaction="/first/once?lang=zh"`, `<form id="typed"`)
	wrong := url.Values{"organ": {"Bureau"}, "name": {"Li"}, "login": {""}, "password": {"a long password"}}
	shows(t, b.post("/first/once", wrong), 422, `formaction="/first/once?lang=zh"`, `value="Bureau"`)
	wrong.Set("do", "show")
	page := shows(t, b.post("/first/once?lang=zh", wrong), 200, `value="Bureau"`, `value="Li"`, `formaction="/first/once?lang=en"`)
	if len(b.door.first) > 0 || strings.Contains(page, "a long password") {
		t.Error("the other language founds an organ, or shows the password")
	}
}
