package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/web"
)

// maxPage is how much a page may weigh as it is sent, in bytes, with its style and
// script and without pictures.
const maxPage = 100_000

// perRoute is how many pages of one route are looked at by each visitor.
const perRoute = 2

// visited is a page that a visitor came to by links.
type visited struct {
	route, path string
	by          string
	body        []byte
	weight      int // bytes as they are sent
}

// walker follows the links of the pages as somebody.
type walker struct {
	t      *testing.T
	at     string // address of the site
	routes []string
	by     caller
	http   *http.Client
	seen   map[string]bool   // addresses
	from   map[string]string // by address, the page with the first link to it
	count  map[string]int    // pages by route
	pages  []visited
}

// walk gives the pages that each kind of visitor comes to from the home page.
func walk(t *testing.T, w *world, at string) []visited {
	t.Helper()
	in, err := w.s.newDoor(outside{})
	if err != nil {
		t.Fatal(err)
	}
	guard := access.New(access.Options{})
	all, err := web.New(web.Options{Guard: guard, Entrance: guard, Authenticator: in.sessions})
	if err != nil {
		t.Fatal(err)
	}
	w.callers = append(w.callers, w.caller(t, "everybody", district, w.s.shipped.roles()))
	var out []visited
	for _, by := range w.callers {
		if by.name == "stranger" || by.name == "auditor elsewhere" {
			continue
		}
		v := newVisitor(t, at)
		if by.token != "" {
			v.send(http.MethodPost, "/sign-in", url.Values{"token": {by.token}}.Encode())
		}
		k := &walker{t: t, at: at, routes: all.Routes(), by: by, http: v.http, seen: map[string]bool{}, from: map[string]string{}, count: map[string]int{}}
		k.follow([]string{"/", "/sign-in"})
		out = append(out, k.pages...)
	}
	reached := map[string]bool{}
	for _, p := range out {
		reached[p.route] = true
	}
	for _, route := range all.Routes() {
		if method, path, _ := strings.Cut(route, " "); method == http.MethodGet && !reached[path] && !unlinked[path] {
			t.Errorf("no link leads to %s", path)
		}
	}
	return out
}

// unlinked are what no link leads to, or none in the case that is walked through.
var unlinked = map[string]bool{
	"/first/:secret": true, "/sign-in/return": true, "/password": true, // printed; from the provider; of accounts alone
	"/assets/style.css": true, "/assets/live.js": true, "/cases/:id/at": true, "/audit/compare": true, "/audit/sample.csv": true, // forms lead there
	"/law/impact/:activation": true,                                                            // where a release waits
	"/cases/:id/catalogue":    true,                                                            // of cases of another procedure
	"/filings":                true, "/filings/:id": true, "/filings/:id/papers/:digest": true, // for those who review filings
	"/filings/:id/package": true, "/filings/:id/answer": true, "/cases/:id/filing": true, "/cases/:id/filing/package": true, // between installations
	"/figures/:table":       true,                                                                                                                                                      // where there are figures
	"/cases/:id/desk/:step": true, "/public/consultations/:id/report": true, "/public/decisions/:id": true, "/public/documents/:organ/:number": true, "/cases/:id/papers/:paper": true, // where the case is at that
}

func (k *walker) follow(open []string) {
	for len(open) > 0 {
		path := open[0]
		open = open[1:]
		route := k.routeOf(path)
		if route == "" || k.seen[path] || k.count[route] >= perRoute {
			continue
		}
		k.seen[path] = true
		resp, body, weight := fetchPacked(k.t, k.http, k.at+path)
		switch {
		case resp.StatusCode >= 300 && resp.StatusCode < 400:
			k.pages = append(k.pages, visited{route: route, path: path, by: k.by.name})
			open = append(open, localPath(resp.Header.Get("Location")))
			continue
		case resp.StatusCode != http.StatusOK:
			k.t.Errorf("%s on %s leads %s to %d", path, k.from[path], k.by.name, resp.StatusCode)
			continue
		}
		k.count[route]++
		p := visited{route: route, path: path, by: k.by.name, weight: weight}
		if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && resp.Header.Get("Content-Disposition") == "" { // and no file
			p.body = body
			for _, to := range linksOf(body) {
				if _, known := k.from[to]; !known {
					k.from[to] = path
				}
				open = append(open, to)
			}
		}
		k.pages = append(k.pages, p)
	}
}

// fetchPacked fetches what an address gives, and how many bytes were sent for it.
func fetchPacked(t *testing.T, with *http.Client, address string) (resp *http.Response, body []byte, weight int) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
	req.Header.Set("Accept-Encoding", "gzip")
	resp = must(with.Do(req))
	defer resp.Body.Close()
	body = must(io.ReadAll(resp.Body))
	weight = len(body)
	if resp.Header.Get("Content-Encoding") == "gzip" {
		body = must(io.ReadAll(must(gzip.NewReader(bytes.NewReader(body)))))
	}
	return resp, body, weight
}

// routeOf gives the route of the pages that a path belongs to.
func (k *walker) routeOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	best := ""
	for _, route := range k.routes {
		method, pattern, _ := strings.Cut(route, " ")
		wants := strings.Split(pattern, "/")
		if method != http.MethodGet || len(wants) != len(parts) {
			continue
		}
		fits := true
		for i, want := range wants {
			fits = fits && (want == parts[i] || strings.HasPrefix(want, ":") && parts[i] != "")
		}
		if fits && (best == "" || strings.Count(pattern, ":") < strings.Count(best, ":")) {
			best = pattern
		}
	}
	return best
}

// localPath gives an address of the site without what it does not send.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || !strings.HasPrefix(u.Path, "/") {
		return ""
	}
	u.Fragment = ""
	return u.RequestURI()
}

func linksOf(body []byte) []string {
	var out []string
	tokens := html.NewTokenizer(strings.NewReader(string(body)))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		if token.Type != html.StartTagToken || token.Data != "a" {
			continue
		}
		if to := localPath(attribute(token, "href")); to != "" && !strings.Contains(to, "lang=") {
			out = append(out, to)
		}
	}
	return out
}

func attribute(token html.Token, name string) string {
	for _, a := range token.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestEveryPage comes to every page by links, as every kind of visitor, and holds
// each to what all of them must be.
func TestEveryPage(t *testing.T) {
	w := newWorld(t)
	handler, err := w.s.handler(outside{limits: api.Limits{PerMinute: 1 << 30, Burst: 1 << 30}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	assets := 0
	for _, asset := range []string{"/assets/style.css", "/assets/live.js"} {
		resp, _, weight := fetchPacked(t, http.DefaultClient, server.URL+asset)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", asset, resp.StatusCode)
		}
		assets += weight
	}
	pages := append(walk(t, w, server.URL), w.further(t, server.URL)...)
	for _, p := range pages {
		if p.body == nil {
			continue
		}
		for _, wrong := range faultsOf(p.body) {
			t.Errorf("%s (%s): %s", p.path, p.by, wrong)
		}
		if p.weight+assets > maxPage {
			t.Errorf("%s (%s) weighs %d bytes and its assets %d, want at most %d together", p.path, p.by, p.weight, assets, maxPage)
		}
	}
	lookAt(t, w, server.URL, pages)
}

var (
	formatted = regexp.MustCompile(`%!|\(MISSING\)|<no value>`)
	// block are elements that no paragraph holds.
	block = strings.Fields("address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 header hr main nav ol p pre section table ul")
	void  = strings.Fields("area base br col embed hr img input link meta source track wbr")
	// inside says which elements stand in which alone.
	inside = map[string][]string{"li": {"ul", "ol"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "tr": {"tbody", "thead", "tfoot"},
		"td": {"tr"}, "th": {"tr"}, "option": {"select", "optgroup", "datalist"}, "summary": {"details"}, "legend": {"fieldset"}, "figcaption": {"figure"}}
	interactive = strings.Fields("a button select textarea input label")
)

// faultsOf gives what is wrong with a page, of what can be told without a browser.
func faultsOf(body []byte) []string {
	var out []string
	wrong := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if found := formatted.Find(body); found != nil {
		wrong("it holds %q", found)
	}
	var open []string
	ids, labelled := map[string]int{}, map[string]bool{}
	type control struct{ what, id string }
	var controls []control
	headings := 0
	tokens := html.NewTokenizer(strings.NewReader(string(body)))
	for tokens.Next() != html.ErrorToken {
		token := tokens.Token()
		switch token.Type {
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				wrong("</%s> where %v are open", token.Data, open)
				return out
			}
			open = open[:len(open)-1]
		case html.StartTagToken, html.SelfClosingTagToken:
			for _, fault := range misplaced(token.Data, open) {
				wrong("%s", fault)
			}
			for _, a := range token.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") {
					wrong("<%s %s>: what stands in a page is neither style nor script", token.Data, a.Key)
				}
			}
			id := attribute(token, "id")
			if ids[id]++; id != "" && ids[id] > 1 {
				wrong("the id %q stands there twice", id)
			}
			switch token.Data {
			case "h1":
				headings++
			case "label":
				labelled[attribute(token, "for")] = true
			case "input", "select", "textarea":
				kind := attribute(token, "type")
				if kind != "hidden" && attribute(token, "aria-label") == "" && attribute(token, "aria-labelledby") == "" && !slices.Contains(open, "label") {
					controls = append(controls, control{token.Data + " " + attribute(token, "name"), id})
				}
			case "html":
				if attribute(token, "lang") == "" {
					wrong("it names no language")
				}
			case "img":
				if !slices.ContainsFunc(token.Attr, func(a html.Attribute) bool { return a.Key == "alt" }) {
					wrong("a picture has no words")
				}
			case "th":
				if attribute(token, "scope") == "" {
					wrong("a heading of a table has no scope")
				}
			}
			if token.Type == html.StartTagToken && !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		default:
		}
	}
	for _, c := range controls {
		if c.id == "" || !labelled[c.id] {
			wrong("<%s> has no label", c.what)
		}
	}
	if headings != 1 {
		wrong("it has %d headings of the first rank", headings)
	}
	return out
}

// misplaced says why an element does not belong where it stands.
func misplaced(name string, open []string) []string {
	var out []string
	parent := ""
	if len(open) > 0 {
		parent = open[len(open)-1]
	}
	if slices.Contains(open, "svg") {
		return nil
	}
	if parents, ok := inside[name]; ok && !slices.Contains(parents, parent) {
		out = append(out, fmt.Sprintf("<%s> in <%s>", name, parent))
	}
	if (parent == "ul" || parent == "ol") && name != "li" || parent == "dl" && !slices.Contains([]string{"dt", "dd", "div"}, name) {
		out = append(out, fmt.Sprintf("<%s> in <%s>", name, parent))
	}
	if slices.Contains(open, "p") && slices.Contains(block, name) {
		out = append(out, fmt.Sprintf("<%s> in a paragraph", name))
	}
	if name == "form" && slices.Contains(open, "form") {
		out = append(out, "a form in a form")
	}
	for _, outer := range []string{"a", "button"} {
		if slices.Contains(open, outer) && slices.Contains(interactive, name) {
			out = append(out, fmt.Sprintf("<%s> in <%s>", name, outer))
		}
	}
	return out
}

// The checks of pages find what they look for.
func TestFaultsOfPagesAreFound(t *testing.T) {
	const good = `<!doctype html><html lang="en"><head><title>x</title></head><body><h1>x</h1><label>a<input name="a"></label></body></html>`
	if found := faultsOf([]byte(good)); len(found) > 0 {
		t.Errorf("a good page: %v", found)
	}
	for name, piece := range map[string]string{
		"a field without a label": `<input name="b">`, "an id twice": `<i id="a"></i><i id="a"></i>`, "a block in a paragraph": `<p><div></div></p>`,
		"style in the page": `<i style="color:red"></i>`, "script in the page": `<i onclick="x()"></i>`, "an address that is script": `<a href="javascript:x()">x</a>`,
		"a form in a form": `<form><form></form></form>`, "a button in a link": `<a href="/"><button>x</button></a>`, "a heading too many": `<h1>y</h1>`,
		"an item without a list": `<div><li>x</li></div>`, "what is closed in another order": `<b><i></b></i>`, "a picture without words": `<img src="/x">`,
		"a table without scopes": `<table><thead><tr><th>x</th></tr></thead></table>`, "a value that is missing": `%!s(MISSING)`,
	} {
		if found := faultsOf([]byte(strings.Replace(good, "</body>", piece+"</body>", 1))); len(found) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}
