package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// watched is what a browser did and complained of.
type watched struct {
	mu       sync.Mutex
	requests []string
	trouble  []string
}

// scripted starts a real Chromium that runs scripts, and watches it.
func scripted(t *testing.T) (context.Context, *watched) {
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
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true), chromedp.WindowSize(1280, 1600))
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(allocator)
	t.Cleanup(stopTab)
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	w := &watched{}
	chromedp.ListenTarget(ctx, func(event any) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			w.requests = append(w.requests, e.Request.URL)
		case *log.EventEntryAdded:
			w.trouble = append(w.trouble, e.Entry.Text)
		case *runtime.EventExceptionThrown:
			w.trouble = append(w.trouble, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError {
				w.trouble = append(w.trouble, string(e.Args[0].Value))
			}
		}
	})
	return ctx, w
}

// The reference shows every operation, under a policy without inline script, and
// asks nobody outside.
func TestTheReferenceInARealBrowser(t *testing.T) {
	c := newClient(t)
	server := httptest.NewServer(c.contract.Watch(c.api, func(err error) { t.Error(err) }))
	t.Cleanup(server.Close)
	ctx, w := scripted(t)
	want := 0
	for _, item := range c.doc.Paths.Map() {
		want += len(item.Operations())
	}
	var operations, models int
	var text string
	var picture []byte
	if err := chromedp.Run(ctx, network.Enable(), log.Enable(), runtime.Enable(),
		chromedp.Navigate(server.URL+"/api/v1/reference"),
		chromedp.WaitReady(`body[data-shown="true"] .opblock`, chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelectorAll(".opblock").length`, &operations),
		// One operation is opened, so that its parameters, bodies and schemas are shown as well.
		chromedp.Click("#operations-cases-openCase .opblock-summary-control", chromedp.ByQuery),
		chromedp.WaitVisible("#operations-cases-openCase .responses-wrapper", chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelectorAll("#operations-cases-openCase .opblock-section").length`, &models),
		chromedp.TextContent("body", &text, chromedp.ByQuery), chromedp.FullScreenshot(&picture, 100),
	); err != nil {
		t.Fatal(err, w.trouble)
	}
	if operations != want || models == 0 {
		t.Errorf("%d operations shown, %d sections of one of them; want %d operations", operations, models, want)
	}
	for _, part := range []string{"Chengxu", "openCase", "Idempotency-Key", "生活垃圾分类实施方案"} {
		if !strings.Contains(text, part) {
			t.Errorf("the page does not show %q", part)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, problem := range w.trouble {
		t.Errorf("the browser complains: %s", problem)
	}
	for _, url := range w.requests {
		if !strings.HasPrefix(url, server.URL+"/api/v1/") && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asks for %s", url)
		}
	}
	if dir := os.Getenv("CHENGXU_SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "reference.png"), picture, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func TestTheReferenceIsServedUnderItsPolicy(t *testing.T) {
	c := newClient(t)
	ask := func(method, path string, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(method, path, http.NoBody)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		c.api.ServeHTTP(rec, req)
		c.checkContract(req, rec)
		return rec
	}
	page := ask("GET", "/api/v1/reference")
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != http.StatusOK || strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") {
		t.Errorf("%d under %q", page.Code, policy)
	}
	for _, name := range []string{"init.js", "swagger-ui-bundle.js", "swagger-ui.css"} {
		plain := ask("GET", "/api/v1/reference/"+name)
		packed := ask("GET", "/api/v1/reference/"+name, "Accept-Encoding", "gzip")
		if plain.Code != http.StatusOK || plain.Body.Len() < packed.Body.Len() || plain.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: %d, %d bytes, packed %d", name, plain.Code, plain.Body.Len(), packed.Body.Len())
		}
		again := ask("GET", "/api/v1/reference/"+name, "If-None-Match", plain.Header().Get("ETag"))
		if again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", name, again.Code)
		}
	}
	for _, name := range []string{"index.html", "..%2fopenapi.yaml", "swagger-ui.css.gz", "embed.go"} {
		if rec := ask("GET", "/api/v1/reference/"+name); rec.Code != http.StatusNotFound {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
}
