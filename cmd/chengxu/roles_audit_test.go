package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// compare plays the same script by the API: the two records are the same, and the
// dossier of what was done by keyboard is true.
func (o *offices) compare(played *scenario.Result) {
	t := o.t
	secret := issued(t, o.s, played.Case.Organ, "trainer", auth.Trainer)
	api := must(scenario.NewClient(o.url, secret))
	other, err := scenario.Play(t.Context(), o.script, api, "api", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(played.Played) != len(o.script.Acts)+1 || len(other.Played) != len(played.Played) {
		t.Fatalf("%d acts by keyboard, %d by the API, want %d and the opening", len(played.Played), len(other.Played), len(o.script.Acts))
	}
	if diff := cmp.Diff(recordOf(t, o.s, other.Case.ID), recordOf(t, o.s, played.Case.ID)); diff != "" {
		t.Errorf("entries (-API +keyboard):\n%s", diff)
	}
	if played.Case.Status != casefile.StatusClosed {
		t.Errorf("the case is %s", played.Case.Status)
	}
	var dossier strings.Builder
	if err := api.Dossier(t.Context(), played.Case.ID, &dossier); err != nil {
		t.Fatal(err)
	}
	verified(t, []byte(dossier.String()))
}

// audit is what an auditor does: search, replay, verify, compare, draw and export.
func (o *offices) audit(id casefile.ID) {
	t, h := o.t, o.people["auditor"]
	theCase := "/cases/" + string(id)
	search := func() {
		h.home()
		h.follow(`nav a[href="/audit"]`)
		h.skip()
		h.fill(map[string][]string{"q": {o.script.Matter.Title}, "practice": {"true"}}, nil, `button[name="find"]`)
		h.enter()
		h.skip()
	}
	search()
	h.follow(fmt.Sprintf(`main a[href="%s/at/1"]`, theCase))
	h.skip()
	h.to(`input[type="range"]`)
	for range 19 {
		h.key(kb.ArrowRight)
	}
	h.follow(`form.slide button`)
	if !strings.HasPrefix(h.address(), theCase+"/at/20") {
		t.Errorf("the replay is at %s", h.address())
	}
	search()
	h.follow(fmt.Sprintf(`main a[href="%s/verify"]`, theCase))
	h.skip()
	h.follow(`form[action$="/verify"] button`)
	for range 100 { // the page asks again by itself
		if h.has(".verdict") {
			break
		}
		h.run("wait for the verification", chromedp.Sleep(100*time.Millisecond), chromedp.WaitReady("main", chromedp.ByQuery))
	}
	if !h.has(".verdict.v-valid, .verdict.v-genuine, .verdict.v-ok") {
		t.Errorf("the verification says %s", h.text("main"))
	}
	search()
	h.fill(map[string][]string{"case": {"*"}}, nil, `form[action="/audit/compare"] button`)
	h.enter()
	if !h.has("table.compared") {
		t.Errorf("two cases are not compared: %s", h.shown())
	}
	search()
	h.back(`a[href="/audit"]`)
	h.enter()
	h.skip()
	h.fill(map[string][]string{"practice": {"true"}, "seed": {"2026"}, "n": {"5"}}, nil, `fieldset.draw button`)
	h.enter()
	h.skip()
	h.to(`a[href*="sample.csv"]`)
	if sheet := h.download(); !strings.Contains(sheet, string(id)) {
		t.Errorf("the export does not name the case: %s", sheet)
	}
}

// mandate lets the administrator let one person act for another.
func (o *offices) mandate() {
	h := o.people["admin"]
	h.home()
	h.skip()
	h.follow(`.admin-nav a[href="/admin/people"]`)
	h.skip()
	h.follow(`main a[href="/admin/people/chief"]`)
	h.skip()
	h.follow(`main a[href^="/admin/mandates/new?principal="]`)
	authority := filepath.Join(o.t.TempDir(), "授权委托书.txt")
	if err := os.WriteFile(authority, []byte("授权委托书：办公室代局长办理。"), 0o600); err != nil {
		o.t.Fatal(err)
	}
	values := map[string][]string{"delegate": {"office"}, "roles": {"chief"}, "until": {"2020-01-01"}, "file": {"authority"}}
	h.skip()
	h.fill(values, map[casefile.Digest]string{"authority": authority}, "main form button")
	h.enter()
	if !h.looks(`[role="alert"]`, false).Is { // it ends before it begins
		o.t.Errorf("a mandate that is wrong: the message does not have the focus: %s", h.shown())
	}
	h.fill(map[string][]string{"until": {"2099-12-31"}}, nil, "main form button") // what was typed is there
	h.enter()
	contains(o.t, "the page of the chief", h.text("main"), "办公室", "2099-12-31")
}
