package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// browser starts a real Chromium without script, as the pages must work.
func browser(t *testing.T) context.Context {
	t.Helper()
	return browserFor(t, 45*time.Second)
}

// browserFor is browser for a way that takes longer.
func browserFor(t *testing.T, long time.Duration) context.Context {
	t.Helper()
	return chromium(t, long, chromedp.Flag("blink-settings", "scriptEnabled=false"))
}

// scripted starts one that runs script.
func scripted(t *testing.T) context.Context {
	t.Helper()
	return chromium(t, 5*time.Minute)
}

func chromium(t *testing.T, within time.Duration, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("no Chromium found: install the Debian package chromium (make test does)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Flag("no-sandbox", os.Geteuid() == 0), chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("accept-lang", "zh-CN"), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 1600))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(options, more...)...)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(allocator)
	t.Cleanup(stopTab)
	ctx, cancel := context.WithTimeout(ctx, within)
	t.Cleanup(cancel)
	return ctx
}

// TestPagesInARealBrowser reads a whole case as a visitor of a demo does, and
// signs in by keyboard.
func TestPagesInARealBrowser(t *testing.T) {
	s := startTestStack(t, 0)
	c := play(t, s, wholeCase, "browser")
	handler, err := s.handler(outside{openPractice: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{
		Organ: c.Organ, Person: "auditor", Name: "审计员", Roles: []casefile.Role{"office"}, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)

	var list, page, english, refused, signedIn, title, focused, dossierURL string
	var entries, group int
	var narrow int64
	for _, step := range []struct {
		name string
		do   chromedp.Tasks
	}{
		{"script is off", chromedp.Tasks{
			chromedp.Navigate("data:text/html,<title>off</title><script>document.title='on'</script>"), chromedp.Title(&title),
		}},
		{"the list", chromedp.Tasks{
			chromedp.Navigate(server.URL), chromedp.Text("main", &list, chromedp.ByQuery), shot(t, "list-zh.png"),
		}},
		{"the case", chromedp.Tasks{
			follow(".case-row h2 a"), chromedp.WaitReady("#entries", chromedp.ByQuery),
			chromedp.TextContent("body", &page, chromedp.ByQuery), count("details.entry", &entries), count(".group", &group),
			chromedp.AttributeValue(".take a", "href", &dossierURL, nil, chromedp.ByQuery), shot(t, "case-zh.png"),
		}},
		{"the case on a phone", chromedp.Tasks{
			chromedp.EmulateViewport(390, 844), chromedp.Reload(), width(&narrow), shot(t, "case-zh-390.png"),
			chromedp.EmulateViewport(1280, 1600),
		}},
		{"the case in English", chromedp.Tasks{
			follow("a.lang"), chromedp.WaitReady(`html[lang="en"] #entries`, chromedp.ByQuery),
			chromedp.TextContent("body", &english, chromedp.ByQuery), shot(t, "case-en.png"),
		}},
		{"a wrong token by keyboard", chromedp.Tasks{
			chromedp.Navigate(server.URL + "/sign-in?lang=zh"), chromedp.WaitReady(`input[name="login"]:focus`, chromedp.ByQuery),
			chromedp.KeyEvent("nobody"), chromedp.KeyEvent("\t"), chromedp.KeyEvent("nonsense"), pressed("\r"), chromedp.Text(`[role="alert"]`, &refused, chromedp.ByQuery),
		}},
		{"signing in by keyboard", chromedp.Tasks{
			chromedp.WaitReady(`input[name="login"]:focus`, chromedp.ByQuery), chromedp.KeyEvent("\t\t\t"), chromedp.WaitReady("summary:focus", chromedp.ByQuery),
			chromedp.KeyEvent(" "), chromedp.KeyEvent("\t"), chromedp.WaitReady(`input[name="token"]:focus`, chromedp.ByQuery), chromedp.KeyEvent(secret), chromedp.KeyEvent("\t"),
			chromedp.Text("form button:focus", &focused, chromedp.ByQuery), shot(t, "sign-in.png"),
			pressed("\r"), chromedp.WaitReady(`form[action="/sign-out"]`, chromedp.ByQuery), chromedp.Text("header", &signedIn, chromedp.ByQuery),
			shot(t, "signed-in.png"),
		}},
	} {
		if err := chromedp.Run(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
	if title != "off" {
		t.Errorf("the browser runs script: title %q", title)
	}
	contains(t, "the list", list, c.Matter.Title, "演练", "上海市普陀区绿化和市容管理局")
	contains(t, "the case", page, c.Matter.Title, "演练案件", "公开征求意见期限", "2024-04-29", "第 2 轮", "已失效：草案其后有改动",
		"被拦下的办理", "公告的征求意见期限尚未届满", "国务院令第713号 第十五条第一款", "不符合", "合法性审查", "记录时刻")
	if int64(entries) != c.Sequence || group < 12 {
		t.Errorf("the page shows %d entries in %d groups, want %d in a group for each stretch of a step", entries, group, c.Sequence)
	}
	if narrow > 390 {
		t.Errorf("on a screen of 390 pixels the page is %d wide", narrow)
	}
	contains(t, "the English case", english, "Practice case", "Legality review", "Comment window", "Stopped by the rules", "Stale: the draft has changed since")
	contains(t, "the page after a wrong token", refused, "登录名、密码或令牌不正确")
	contains(t, "the button that Tab comes to", focused, "登录")
	contains(t, "the header after signing in", signedIn, "审计员")
	verified(t, fetched(t, server.URL+dossierURL, secret))
}

// count counts the elements of a page.
func count(selector string, n *int) chromedp.Action {
	return chromedp.Evaluate(fmt.Sprintf("document.querySelectorAll(%q).length", selector), n)
}

// width measures how wide the content of a page is.
func width(pixels *int64) chromedp.Action {
	return chromedp.Evaluate("document.documentElement.scrollWidth", pixels)
}

// signedIn signs in with a token as a browser does, and gives the cookie.
func signedIn(t *testing.T, link, token string) *http.Cookie {
	t.Helper()
	at, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, at.Scheme+"://"+at.Host)
	status, _ := v.send(http.MethodPost, "/sign-in", url.Values{"token": {token}}.Encode())
	for _, cookie := range v.http.Jar.Cookies(at) {
		if cookie.Name == "chengxu_session" {
			return cookie
		}
	}
	t.Fatalf("no session after signing in: %d", status)
	return nil
}

// fetched downloads what a link of a page leads to, as one who has signed in.
func fetched(t *testing.T, link, token string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.AddCookie(signedIn(t, link, token))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", link, resp.Status, err)
	}
	return body
}

// follow clicks a link and waits for the page that it leads to.
func follow(link string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(link, chromedp.ByQuery))
		return err
	})
}

// pressed presses a key and waits for the page that it leads to.
func pressed(key string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(key))
		return err
	})
}

func contains(t *testing.T, where, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(want)) {
			t.Errorf("%s does not show %q", where, want)
		}
	}
}

// shot takes a picture of the whole page when CHENGXU_SCREENSHOTS names a
// directory.
func shot(t *testing.T, name string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("CHENGXU_SCREENSHOTS")
		if dir == "" {
			return nil
		}
		var picture []byte
		if err := chromedp.FullScreenshot(&picture, 100).Do(ctx); err != nil {
			return err
		}
		t.Logf("picture in %s", filepath.Join(dir, name))
		return os.WriteFile(filepath.Join(dir, name), picture, 0o600)
	})
}
