package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// maxTabs is how often anybody presses Tab to come to anything.
const maxTabs = 250

// hands are somebody at a real browser who has a keyboard and nothing else, and sees
// at every stop where the focus is.
type hands struct {
	t       *testing.T
	ctx     context.Context
	at      string // address of the site
	lang    string
	tabs    int // how often Tab was pressed
	pages   int // how often a page was loaded
	own     cdp.BrowserContextID
	chooser chan cdp.BackendNodeID
}

// newHands gives somebody a browser of their own, in the process of another one. Motion
// is reduced, so that what is scrolled to is there when it is looked at.
func newHands(t *testing.T, process context.Context, at, lang string) *hands {
	t.Helper()
	browsers := cdp.WithExecutor(process, chromedp.FromContext(process).Browser)
	own := must(target.CreateBrowserContext().WithDisposeOnDetach(true).Do(browsers))
	window := must(target.CreateTarget("about:blank").WithBrowserContextID(own).WithNewWindow(true).Do(browsers))
	ctx, cancel := chromedp.NewContext(process, chromedp.WithTargetID(window))
	t.Cleanup(cancel)
	h := &hands{t: t, ctx: ctx, at: at, lang: lang, own: own, chooser: make(chan cdp.BackendNodeID, 1)}
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*cdppage.EventFileChooserOpened); ok {
			h.chooser <- e.BackendNodeID
		}
	})
	if err := chromedp.Run(ctx); err != nil { // the tab lives as long as this context, and not as that of a step
		t.Fatal(err)
	}
	h.run("a browser", emulation.SetFocusEmulationEnabled(true), cdppage.SetInterceptFileChooserDialog(true),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}}),
		chromedp.EmulateViewport(1280, 900))
	return h
}

func (h *hands) run(what string, do ...chromedp.Action) {
	h.t.Helper()
	within, cancel := context.WithTimeout(h.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Run(within, do...); err != nil {
		h.t.Fatalf("%s (%s): %v\n%s", what, h.lang, err, h.shown())
	}
}

// shown gives what the page says, for a message.
func (h *hands) shown() string {
	var text string
	within, cancel := context.WithTimeout(h.ctx, 2*time.Second)
	defer cancel()
	_ = chromedp.Run(within, chromedp.Evaluate(`location.href + "\n" + document.title + "\n" + document.querySelector("main")?.innerText.slice(0, 3000)`, &text))
	return text
}

// stop is where the focus is.
type stop struct {
	Out                            bool // on nothing of the page
	Is                             bool // what is looked for
	Tag, Type, Name, Value, Choice string
	Checked                        bool
	Fault                          string // why nobody can tell, or why nobody expects it here
	What                           string // for messages
}

// look tells where the focus is, whether it can be seen there, and whether it went on as
// one reads: forward in the page, and not up the screen unless to another column.
const look = `((wanted, forward) => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return {Out: true};
	const boxes = [...e.getClientRects()].filter(r => r.width > 1 && r.height > 1), style = getComputedStyle(e);
	const seen = r => {
		const x = (Math.max(r.left, 0) + Math.min(r.right, innerWidth)) / 2, y = (Math.max(r.top, 0) + Math.min(r.bottom, innerHeight)) / 2;
		const top = document.elementFromPoint(x, y);
		return top !== null && (e.contains(top) || [...(e.labels || [])].some(l => l.contains(top)));
	};
	const at = e.getBoundingClientRect(), here = {e, top: at.top + scrollY, bottom: at.bottom + scrollY, left: at.left, right: at.right};
	let fault = "";
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) fault = "shows no ring";
	else if (!boxes.some(seen)) fault = "is covered or out of sight";
	const last = window.lastStop;
	if (forward && last && last.e.isConnected && last.e !== e && !fault) {
		if (!(last.e.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) fault = "comes before the last stop in the page";
		else if (here.bottom <= last.top && here.left < last.right) fault = "is above the last stop on the screen, and not beside it";
		if (fault) fault += ": " + (last.e.outerHTML.slice(0, 150));
	}
	window.lastStop = here;
	return {Is: wanted !== "" && e.matches(wanted), Tag: e.localName, Type: e.type || "", Name: e.name || "", Value: e.value || "", Checked: e.checked === true,
		Choice: e.form && e.type === "radio" ? (e.form.elements[e.name].value || "") : "", Fault: fault, What: e.outerHTML.slice(0, 200)};
})`

// unseen is the fault of a stop that nobody sees.
const unseen = "is covered or out of sight"

// looks gives where the focus is after keys were pressed. What is wrong with it is an
// error of the test, and the way goes on.
func (h *hands) looks(wanted string, forward bool, keys ...chromedp.Action) stop {
	h.t.Helper()
	var s stop
	h.run("look for "+wanted, append(keys, chromedp.Evaluate(fmt.Sprintf("%s(%s, %t)", look, must(json.Marshal(wanted)), forward), &s))...)
	for range 5 { // a browser may scroll to the focus in the next frame
		if s.Fault != unseen {
			break
		}
		h.run("look again", chromedp.Sleep(50*time.Millisecond), chromedp.Evaluate(fmt.Sprintf("%s(%s, false)", look, must(json.Marshal(wanted))), &s))
	}
	if s.Fault != "" {
		h.t.Errorf("%s (%s): the focus %s on %s", h.address(), h.lang, s.Fault, s.What)
	}
	return s
}

// tabKey presses Tab.
func tabKey(with input.Modifier) []chromedp.Action {
	press := func(kind input.KeyType) chromedp.Action {
		return input.DispatchKeyEvent(kind).WithKey("Tab").WithCode("Tab").WithWindowsVirtualKeyCode(9).WithModifiers(with)
	}
	return []chromedp.Action{press(input.KeyRawDown), press(input.KeyUp)}
}

func (h *hands) address() string {
	var at string
	h.run("address", chromedp.Location(&at))
	return strings.TrimPrefix(at, h.at)
}

// has reports whether the page shows what a selector finds.
func (h *hands) has(selector string) bool {
	h.t.Helper()
	var there bool
	h.run("is there "+selector, chromedp.Evaluate(fmt.Sprintf("document.querySelector(%s) !== null", must(json.Marshal(selector))), &there))
	return there
}

// text gives what a part of the page says.
func (h *hands) text(selector string) string {
	h.t.Helper()
	var text string
	h.run("text of "+selector, chromedp.TextContent(selector, &text, chromedp.ByQuery))
	return strings.TrimSpace(text)
}

// tab presses Tab once.
func (h *hands) tab(wanted string) stop {
	h.t.Helper()
	h.tabs++
	return h.looks(wanted, true, tabKey(0)...)
}

// to presses Tab until the focus is on what a selector finds.
func (h *hands) to(selector string) stop {
	h.t.Helper()
	for range maxTabs {
		s := h.tab(selector)
		if s.Is {
			return s
		}
		if s.Out {
			break
		}
	}
	h.t.Fatalf("%s (%s): the keyboard does not come to %s\n%s", h.address(), h.lang, selector, h.shown())
	return stop{}
}

// back goes to what a selector finds by Shift and Tab.
func (h *hands) back(selector string) stop {
	h.t.Helper()
	for range maxTabs {
		h.tabs++
		if s := h.looks(selector, false, tabKey(input.ModifierShift)...); s.Is || s.Out {
			if s.Is {
				return s
			}
			break
		}
	}
	h.t.Fatalf("%s (%s): the keyboard does not come back to %s\n%s", h.address(), h.lang, selector, h.shown())
	return stop{}
}

// key presses a key that leads to no other page.
func (h *hands) key(key string) {
	h.t.Helper()
	h.run("key", chromedp.KeyEvent(key))
}

// enter presses Enter and waits for the page that it leads to.
func (h *hands) enter() {
	h.t.Helper()
	h.run("Enter", pressed(kb.Enter))
	h.arrived()
}

// follow goes to a link or a button and presses Enter.
func (h *hands) follow(selector string) {
	h.t.Helper()
	h.to(selector)
	h.enter()
}

// home opens the home page: the only address that is typed.
func (h *hands) home() { h.t.Helper(); h.open("/") }

func (h *hands) open(path string) {
	h.t.Helper()
	h.run("open "+path, chromedp.Navigate(h.at+path))
	h.arrived()
}

// skip goes over the header by the first link of the page.
func (h *hands) skip() {
	h.t.Helper()
	if s := h.tab("a.skip"); !s.Is {
		h.t.Fatalf("%s (%s): the first stop is %s", h.address(), h.lang, s.What)
	}
	h.jump()
}

// jump presses Enter on a link to a part of the same page: the next stop is in it.
func (h *hands) jump() {
	h.t.Helper()
	var part, at string
	h.run("jump", chromedp.Evaluate(`window.lastStop = null, document.activeElement.hash`, &part), chromedp.KeyEvent(kb.Enter))
	for range 100 {
		if h.run("where it is", chromedp.Evaluate("location.hash", &at)); at == part && part != "" {
			return
		}
	}
	h.t.Fatalf("%s (%s): the link to %q leads to %q", h.address(), h.lang, part, at)
}

// arrived holds the page to what every page is in its language: it says which one it is
// in, and shows words and not the keys of the catalogue.
func (h *hands) arrived() {
	h.t.Helper()
	h.pages++
	focused := false
	for range 200 { // where a page says what has the focus, that has it soon
		if h.run("the focus", chromedp.Evaluate(`document.querySelector("[autofocus]") === null || document.activeElement !== document.body`, &focused)); focused {
			break
		}
	}
	var wrong string
	h.run("arrived", chromedp.Evaluate(rawWords, &wrong))
	want := map[string]string{"zh": "zh-CN", "en": "en"}[h.lang]
	if lang, rest, _ := strings.Cut(wrong, "\n"); lang != want || rest != "" {
		h.t.Errorf("%s: the page is in %q, want %q; %s", h.address(), lang, want, rest)
	}
}

// rawWords gives the language of a page, and what in it looks like a key of the
// catalogue. Code and what is taken over as it was written are no words of the page.
const rawWords = `(() => {
	const words = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const n = walk.currentNode;
		if (!n.parentElement.closest("code, pre, script, template, textarea, [lang]:not(html)") && /^\s*[a-z]+(-[a-z]+)*\.[a-z]+([.-][a-z]+)*\s*$/.test(n.data)) words.push(n.data.trim());
	}
	for (const e of document.querySelectorAll("[aria-label], [title], [placeholder]"))
		for (const a of ["aria-label", "title", "placeholder"])
			if (a !== "title" && /^[a-z]+(-[a-z]+)*\.[a-z]+([.-][a-z]+)*$/.test(e.getAttribute(a) || "")) words.push(a + "=" + e.getAttribute(a));
	return document.documentElement.lang + "\n" + [...new Set(words)].join(" ");
})()`

// landed reports whether the part of the page that its address names is what is shown,
// and the next stop is in it.
func (h *hands) landed() bool {
	h.t.Helper()
	var shown bool
	h.run("where it landed", chromedp.Evaluate(`(() => { const e = document.querySelector(":target"); if (!e) return false; const r = e.getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight })()`, &shown))
	h.tab("")
	var inside bool
	h.run("the next stop", chromedp.Evaluate(`document.querySelector(":target")?.contains(document.activeElement) === true`, &inside))
	return shown && inside
}

// download presses Enter on a link to a file, and gives what came.
func (h *hands) download() string {
	h.t.Helper()
	dir, done := h.t.TempDir(), make(chan string, 1)
	chromedp.ListenTarget(h.ctx, func(event any) {
		if e, ok := event.(*cdpbrowser.EventDownloadProgress); ok && e.State == cdpbrowser.DownloadProgressStateCompleted {
			done <- e.GUID
		}
	})
	h.run("download", cdpbrowser.SetDownloadBehavior(cdpbrowser.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(dir).WithEventsEnabled(true).
		WithBrowserContextID(h.own), chromedp.KeyEvent(kb.Enter))
	select {
	case name := <-done:
		return string(must(os.ReadFile(filepath.Join(dir, name))))
	case <-time.After(10 * time.Second):
		h.t.Fatal("nothing was downloaded")
		return ""
	}
}
