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
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
)

// sheetWide is how wide the text of a sheet of A4 is, in pixels.
const sheetWide = 658

// onScreen says what is wrong with what a page shows: names of the program where words
// belong, words of the other language, and text that is cut off.
const onScreen = `(() => {
	const other = new Set(%s), out = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (texts.nextNode()) {
		const text = texts.currentNode.textContent.trim(), within = texts.currentNode.parentElement;
		if (!text || within.closest("code, textarea, .lang, .draft, .draft-text, .said, .said-text, .rule-body")) continue;
		const raw = text.match(/(^|[\s（(，、：:])[a-z]+_[a-z_]+/);
		if (raw) out.add("a name of the program: " + text.slice(0, 80));
		if (other.has(text)) out.add("words of the other language: " + text);
	}
	for (const e of document.querySelectorAll("main *")) {
		const style = getComputedStyle(e);
		if (style.overflowX === "hidden" && style.display !== "inline" && e.scrollWidth > e.clientWidth + 1) out.add("cut off: " + e.textContent.trim().slice(0, 80));
	}
	return JSON.stringify([...out].slice(0, 5));
})()`

// onPaper says what is wrong with a page that is printed: what only a screen can use, and
// what is wider than the sheet.
const onPaper = `(() => {
	const out = new Set();
	for (const e of document.querySelectorAll("nav, button, .button, header.top, .skip, input[type=file]"))
		if (e.getClientRects().length && !e.closest("[hidden]")) out.add(e.tagName + " is printed: " + e.textContent.trim().slice(0, 40));
	const wide = document.documentElement.scrollWidth;
	if (wide > innerWidth) out.add("it is " + wide + " wide on a sheet of " + innerWidth);
	for (const e of document.querySelectorAll(".scroll"))
		if (e.scrollWidth > e.clientWidth + 1) out.add("a table is cut at the edge of the sheet: " + e.getAttribute("aria-label"));
	const ground = getComputedStyle(document.documentElement).getPropertyValue("--paper").trim();
	if (ground !== "#fff") out.add("the ground of the sheet is " + ground);
	return JSON.stringify([...out].slice(0, 5));
})()`

// wordsOfOther gives the words of the pages in the one language that the other has not.
func wordsOfOther(t *testing.T, lang string) string {
	t.Helper()
	all := map[string]map[string]bool{"zh": {}, "en": {}}
	for of := range all {
		for _, name := range must(filepath.Glob(filepath.Join("..", "..", "web", "catalogue", of, "*.json"))) {
			words := map[string]string{}
			if err := json.Unmarshal(must(os.ReadFile(name)), &words); err != nil {
				t.Fatal(err)
			}
			for _, text := range words {
				all[of][text] = true
			}
		}
	}
	other := map[string]string{"zh": "en", "en": "zh"}[lang]
	var out []string
	for text := range all[other] {
		least := map[string]int{"zh": 8, "en": 14}[other] // shorter ones are also what people type
		if strings.IndexFunc(text, unicode.IsLetter) >= 0 && utf8.RuneCountInString(text) >= least && !all[lang][text] {
			out = append(out, text)
		}
	}
	return string(must(json.Marshal(out)))
}

// looksOver says what is wrong with the page that is shown, on the screen and printed.
func looksOver(others string, into *[]string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for _, step := range []struct{ media, script string }{{"", fmt.Sprintf(onScreen, others)}, {"print", onPaper}} {
			found := ""
			if step.media != "" {
				if err := (chromedp.Tasks{chromedp.EmulateViewport(sheetWide, 900), emulation.SetEmulatedMedia().WithMedia(step.media)}).Do(ctx); err != nil {
					return err
				}
			}
			if err := chromedp.Evaluate(step.script, &found).Do(ctx); err != nil {
				return err
			}
			var faults []string
			if err := json.Unmarshal([]byte(found), &faults); err != nil {
				return err
			}
			*into = append(*into, faults...)
		}
		return emulation.SetEmulatedMedia().Do(ctx)
	})
}

// further gives pages of cases that the walk does not come to: of a catalogue, of a
// document that is filed and stands in the register, of what the public reads.
func (w *world) further(t *testing.T, at string) []visited {
	t.Helper()
	for _, e := range []struct{ file, as string }{
		{"../../examples/maqiao-catalogue-2024.yaml", "further-catalogue"}, {"../../examples/sub-district-parking-document.yaml", "further-document"},
	} {
		for _, sealed := range playedOnce(t, w.s, e.file).entries { // the same record, as of a case that has effect
			entry := sealed.Entry
			entry.Case, entry.Practice = casefile.ID(e.as), false
			entry.At = entry.On.Start(legaltime.China).Add(time.Duration(entry.Sequence) * time.Second).UTC()
			if _, err := w.s.store.Record(t.Context(), entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	document := must(w.s.store.Case(t.Context(), "further-document"))
	catalogue := must(w.s.store.Case(t.Context(), "further-catalogue"))
	number, _ := document.Facts["doc_number"].Value.(string)
	w.callers = append(w.callers, w.caller(t, "town", string(catalogue.Organ), w.s.shipped.roles()), w.caller(t, "street", string(document.Organ), w.s.shipped.roles()))
	var out []visited
	for _, p := range []visited{
		{by: "town", route: "/cases/:id/catalogue", path: "/cases/further-catalogue/catalogue"}, {by: "town", route: "/cases/:id (catalogue)", path: "/cases/further-catalogue"},
		{by: "street", route: "/cases/:id (document)", path: "/cases/further-document"}, {by: "street", route: "/cases/:id/papers (document)", path: "/cases/further-document/papers"},
		{by: "street", route: "/cases/:id/minutes (document)", path: "/cases/further-document/minutes"},
		{by: "public", route: "/public/documents/:organ/:number", path: "/public/documents/" + url.PathEscape(string(document.Organ)) + "/" + url.PathEscape(number) + "?on=2025-12-01"},
		{by: "public", route: "/public/documents (some)", path: "/public/documents?on=2025-12-01"}, {by: "public", route: "/public/decisions/:id", path: "/public/decisions/further-document"},
		{by: "public", route: "/public/catalogue (some)", path: "/public/catalogue?year=2024"}, {by: "public", route: "/public/consultations/:id/report", path: "/public/consultations/further-document.participation.1/report"},
		{by: "street", route: "/figures/annual (some)", path: "/figures/annual?year=2025"},
	} {
		v := newVisitor(t, at)
		for _, by := range w.callers {
			if by.name == p.by && by.token != "" {
				v.send(http.MethodPost, "/sign-in", url.Values{"token": {by.token}}.Encode())
			}
		}
		resp, body, weight := fetchPacked(t, v.http, at+p.path)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s (%s): %d", p.path, p.by, resp.StatusCode)
			continue
		}
		p.body, p.weight = body, weight
		out = append(out, p, p) // once in each language
	}
	return out
}
