package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/papers"
	"github.com/zhengdang/chengxu/web"
)

// browser asks for pages and keeps every answer to what holds for all.
type browser struct {
	cabinet *cabinet
	t       testing.TB
	fake    *fake
	door    *door
	lists   *lists
	gate    *intake.Gate
	web     *web.Web
	logged  *bytes.Buffer
	token   string
	lang    string
}

func newBrowser(t testing.TB, open bool) *browser {
	t.Helper()
	b := &browser{t: t, fake: newFake(), door: &door{}, lists: &lists{}, cabinet: &cabinet{}, logged: &bytes.Buffer{}, lang: "en", gate: intake.NewGate(intake.Limits{})}
	now := func() time.Time { return time.Date(2024, 4, 30, 20, 0, 0, 0, time.UTC) } // the first of May in China
	var err error
	b.web, err = web.New(web.Options{
		Guard: access.New(access.Options{Cases: b.fake, Documents: shelf{b.fake}, OpenPractice: open, Work: b.lists, Feeds: b.lists, Rights: b.lists, FormDrafts: b.fake, Verifier: b.fake, Audit: audit.New(b.cabinet, now), Press: noFonts(t)}), Entrance: b.door, Authenticator: tokens{}, Form: formOf, OpenPractice: open, Gate: b.gate,
		Organs:    func(context.Context) ([]casefile.OrganID, error) { return []casefile.OrganID{organ, otherOrgan}, nil },
		FactTitle: func(name string) casefile.Text { return both("fact " + name) },
		RuleTitle: func(id string) casefile.Text { return both("about " + id) },
		Refused: func(_ context.Context, a web.Attempt) error {
			b.fake.refused = append(b.fake.refused, a)
			return nil
		},
		Now: now,
		Log: slog.New(slog.NewTextHandler(b.logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// noFonts is a press that writes no PDF, wherever the tests run.
func noFonts(t testing.TB) *papers.Press {
	t.Helper()
	press, err := papers.NewPress(papers.NewFonts(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	return press
}

// liveScript is the one script that pages name.
const liveScript = `<script src="/assets/live.js" defer></script>`

func (b *browser) get(target string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, target, nil))
}

// formText is what the browser holds for forms of somebody who has not signed in.
const formText = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// post sends a form as a browser on the site does.
func (b *browser) post(target string, form url.Values, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	sent := url.Values{"form": {formText}}
	if b.token != "" {
		sent.Set("form", "form of "+b.token)
	}
	for name, values := range form {
		sent[name] = values
	}
	form = sent
	req := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "http://example.com")
	req.AddCookie(&http.Cookie{Name: "chengxu_form", Value: formText})
	for i := 0; i < len(headers); i += 2 {
		req.Header.Del("Origin")
		req.Header.Set(headers[i], headers[i+1])
	}
	return b.send(req)
}

func (b *browser) send(req *http.Request) *httptest.ResponseRecorder {
	b.t.Helper()
	if b.token != "" {
		req = req.WithContext(context.WithValue(req.Context(), sessionKey{}, b.token))
	}
	if b.lang != "" {
		req.AddCookie(&http.Cookie{Name: "chengxu_lang", Value: b.lang})
	}
	rec := httptest.NewRecorder()
	b.web.ServeHTTP(rec, req)
	for _, name := range []string{"Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Cache-Control"} {
		if rec.Header().Get(name) == "" {
			b.t.Errorf("%s %s: no %s", req.Method, req.URL, name)
		}
	}
	if csp := rec.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		b.t.Errorf("content security policy %q", csp)
	}
	if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
		b.t.Errorf("%s %s: may be sniffed", req.Method, req.URL)
	}
	body := strings.Replace(rec.Body.String(), liveScript, "", 1)
	if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") && rec.Header().Get("Content-Disposition") == "" {
		for _, bad := range []string{"<script", "style=", " onclick", "javascript:", "<no value>", "ZgotmplZ", "%!"} {
			if strings.Contains(body, bad) {
				b.t.Errorf("%s %s: the page holds %q", req.Method, req.URL, bad)
			}
		}
		if !strings.HasSuffix(strings.TrimSpace(body), "</html>") {
			b.t.Errorf("%s %s: the page is not whole", req.Method, req.URL)
		}
	}
	return rec
}

func (b *browser) wants(target string, status int, texts ...string) string {
	b.t.Helper()
	rec := b.get(target)
	if rec.Code != status {
		b.t.Fatalf("GET %s: %d, want %d: %s", target, rec.Code, status, rec.Body)
	}
	for _, text := range texts {
		if !strings.Contains(rec.Body.String(), text) {
			b.t.Errorf("GET %s: the page lacks %q", target, text)
		}
	}
	return rec.Body.String()
}
