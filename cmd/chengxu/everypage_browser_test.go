package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe finds what keeps people out of a page; make test brings it where npm is.
func axe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", ".cache", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Logf("SKIPPED: axe-core is not there, so nothing checks accessibility: %v", err)
	}
	return string(b)
}

// runAxe gives what is serious or critical on the page that is shown.
const runAxe = `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations
	.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join(", "))))`

// lookAt opens every page in a real browser, in one language or the other and on two
// widths, and says what is wrong with it.
func lookAt(t *testing.T, w *world, at string, pages []visited) {
	t.Helper()
	ctx := chromium(t, 15*time.Minute)
	var mu sync.Mutex
	var refused []string
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*log.EventEntryAdded); ok && (strings.Contains(e.Entry.Text, "Content Security Policy") || e.Entry.Level == log.LevelError && e.Entry.Source == log.SourceJavascript) {
			mu.Lock()
			refused = append(refused, e.Entry.Text)
			mu.Unlock()
		}
	})
	cookies := map[string]*http.Cookie{}
	for _, by := range w.callers {
		if by.token != "" {
			cookies[by.name] = signedIn(t, at, by.token)
		}
	}
	checker := axe(t)
	others := map[string]string{"zh": wordsOfOther(t, "zh"), "en": wordsOfOther(t, "en")}
	shown := map[string]int{} // by route: once in each language
	for i, p := range pages {
		if p.body == nil || shown[p.route] > 1 {
			continue
		}
		lang := []string{"zh", "en"}[shown[p.route]]
		shown[p.route]++
		address := at + p.path
		if strings.Contains(address, "?") {
			address += "&lang=" + lang
		} else {
			address += "?lang=" + lang
		}
		name := shotName(i, p, lang)
		var narrow, wide int64
		found := "[]"
		var faults []string
		tasks := chromedp.Tasks{
			inSession(cookies[p.by], at), chromedp.EmulateViewport(390, 844), chromedp.Navigate(address), width(&narrow), shot(t, name+"-390.png"),
			chromedp.EmulateViewport(1280, 900), width(&wide), shot(t, name+"-1280.png"),
		}
		if checker != "" {
			tasks = append(tasks, chromedp.Evaluate(checker, nil), chromedp.Evaluate(runAxe, &found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
		}
		if err := chromedp.Run(ctx, append(tasks, looksOver(others[lang], &faults))); err != nil {
			t.Fatalf("%s (%s): %v", p.path, p.by, err)
		}
		for _, fault := range faults {
			t.Errorf("%s (%s, %s): %s", p.path, p.by, lang, fault)
		}
		if narrow > 390 || wide > 1280 {
			t.Errorf("%s (%s): %d wide on 390 pixels, %d on 1280", p.path, p.by, narrow, wide)
		}
		var violations []string
		if err := json.Unmarshal([]byte(found), &violations); err != nil || len(violations) > 0 {
			t.Errorf("%s (%s, %s): %s %v", p.path, p.by, lang, strings.Join(violations, "; "), err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(refused) > 0 {
		t.Errorf("the browser refused or stumbled: %v", refused)
	}
}

func shotName(i int, p visited, lang string) string {
	return fmt.Sprintf("page-%03d-%s-%s%s", i, lang, p.by, strings.NewReplacer("/", "_", ":", "").Replace(p.route))
}

// inSession takes the session of a visitor, or none.
func inSession(cookie *http.Cookie, at string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		if err := network.ClearBrowserCookies().Do(ctx); err != nil || cookie == nil {
			return err
		}
		u, err := url.Parse(at)
		if err != nil {
			return err
		}
		expires := cdp.TimeSinceEpoch(time.Now().Add(time.Hour))
		return network.SetCookie(cookie.Name, cookie.Value).WithDomain(u.Hostname()).WithPath("/").WithHTTPOnly(true).WithExpires(&expires).Do(ctx)
	})
}
