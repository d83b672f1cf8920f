package main

import (
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestWhatWasTypedOutlivesASession types into a form without any script, changes the
// language, lets the session end, signs in again and sends what was typed.
func TestWhatWasTypedOutlivesASession(t *testing.T) {
	s := startTestStack(t, 0)
	c := wholeCaseUntil(t, s, ".counsel_opinion")
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	ctx := browserFor(t, 3*time.Minute)
	secret := issued(t, s, c.Organ, "office", "office")
	entered(t, ctx, server.URL, secret)
	before := len(must(s.cases.Entries(t.Context(), c.ID)))
	const text = "第一行\n第二行 <b>"
	var typed, lang, ended, heading string
	var narrow int64
	run := func(name string, do ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, do...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	form := server.URL + "/cases/" + string(c.ID) + "/acts/case.note"
	run("the other language", chromedp.Navigate(form+"?lang=zh"), chromedp.SetValue("#f-text", text, chromedp.ByQuery), follow("button.lang"),
		chromedp.Value("#f-text", &typed, chromedp.ByQuery), chromedp.AttributeValue("html", "lang", &lang, nil, chromedp.ByQuery), shot(t, "kept-language.png"))
	if typed != text || lang != "en" {
		t.Errorf("in %s the form holds %q", lang, typed)
	}
	if n, err := s.store.EndSessionsOf(t.Context(), c.Organ, "office", "", ""); err != nil || n != 1 {
		t.Fatalf("%d sessions ended: %v", n, err)
	}
	run("the session has ended", follow("button.lang"), chromedp.Text("main [role=alert]", &ended, chromedp.ByQuery), shot(t, "kept-ended.png"),
		chromedp.EmulateViewport(390, 844), width(&narrow), shot(t, "kept-ended-390.png"), chromedp.EmulateViewport(1280, 900))
	if narrow > 390 {
		t.Errorf("on a screen of 390 pixels the page is %d wide", narrow)
	}
	contains(t, "what has become of it", ended, "也没有丢失")
	run("signing in again", chromedp.Click("summary", chromedp.ByQuery), chromedp.SendKeys(`input[name="token"]`, secret, chromedp.ByQuery), pressed("\r"),
		chromedp.WaitVisible(`button[value="show"]`, chromedp.ByQuery), chromedp.Text("h1", &heading, chromedp.ByQuery), shot(t, "kept-back.png"),
		follow(`main button[value="show"]`), chromedp.Value("#f-text", &typed, chromedp.ByQuery), shot(t, "kept-form.png"))
	if typed != text {
		t.Errorf("after signing in the form holds %q", typed)
	}
	if n := len(must(s.cases.Entries(t.Context(), c.ID))); n != before {
		t.Errorf("%d entries came before anything was sent", n-before)
	}
	run("sending it", follow(`button[value="act"]`), chromedp.WaitReady("#entries", chromedp.ByQuery))
	last := must(s.cases.Entries(t.Context(), c.ID))
	if e := last[len(last)-1].Entry; len(last) != before+1 || e.Act == nil || e.Act.With["text"] != text {
		t.Errorf("the last of %d entries is %+v", len(last), e)
	}
}
