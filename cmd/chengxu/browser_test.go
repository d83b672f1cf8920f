package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
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
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("accept-lang", "zh-CN"), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 1600))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(allocator)
	t.Cleanup(stopTab)
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// TestPagesInARealBrowser reads a whole case as a visitor of a demo does, and
// signs in by keyboard.
func TestPagesInARealBrowser(t *testing.T) {
	s := startTestStack(t, 0)
	c := play(t, s, wholeCase, "browser")
	handler, err := s.handler(true, slog.New(slog.DiscardHandler))
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

	var list, page, english, signedIn string
	for _, step := range []struct {
		name string
		do   chromedp.Tasks
	}{
		{"the list", chromedp.Tasks{chromedp.Navigate(server.URL), chromedp.Text("main", &list, chromedp.ByQuery)}},
		{"the case", chromedp.Tasks{
			follow(".case-row h2 a"), chromedp.WaitReady("#entries", chromedp.ByQuery),
			chromedp.TextContent("body", &page, chromedp.ByQuery), shot(t, "case-zh.png"),
		}},
		{"the case in English", chromedp.Tasks{
			follow("a.lang"), chromedp.WaitReady(`html[lang="en"] #entries`, chromedp.ByQuery),
			chromedp.TextContent("body", &english, chromedp.ByQuery), shot(t, "case-en.png"),
		}},
		{"signing in by keyboard", chromedp.Tasks{
			chromedp.Navigate(server.URL + "/sign-in"), chromedp.SendKeys(`input[name="token"]`, secret, chromedp.ByQuery),
			entered(), chromedp.WaitReady(`form[action="/sign-out"]`, chromedp.ByQuery), chromedp.Text("header", &signedIn, chromedp.ByQuery),
			shot(t, "signed-in.png"),
		}},
	} {
		if err := chromedp.Run(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
	contains(t, "the list", list, c.Matter.Title, "演练")
	contains(t, "the case", page, c.Matter.Title, "演练", "公开征求意见期限", "第 2 轮", "已失效")
	contains(t, "the English case", english, "Practice", "Legality review", "Comment window")
	contains(t, "the header after signing in", signedIn, "审计员")
}

// follow clicks a link and waits for the page that it leads to.
func follow(link string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.Click(link, chromedp.ByQuery))
		return err
	})
}

// entered presses Enter and waits for the page that it leads to.
func entered() chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, chromedp.KeyEvent("\r"))
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
