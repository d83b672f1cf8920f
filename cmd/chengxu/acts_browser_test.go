package main

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// TestTwoBrowsersWorkOnOneCase shows each what the other does within a second, and
// loses nothing that is typed when the case moves.
func TestTwoBrowsersWorkOnOneCase(t *testing.T) {
	s := startTestStack(t, 0)
	c := wholeCaseUntil(t, s, ".counsel_opinion")
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.DiscardHandler))))
	t.Cleanup(server.Close)
	one, other := scripted(t), scripted(t)
	entered(t, one, server.URL, issued(t, s, c.Organ, "trainer", auth.Trainer, "office"))
	entered(t, other, server.URL, issued(t, s, c.Organ, "office", "office"))
	at := server.URL + "/cases/" + string(c.ID)
	run := func(ctx context.Context, name string, do ...chromedp.Action) {
		t.Helper()
		if err := chromedp.Run(ctx, do...); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	note := func(text string) {
		run(other, "note", chromedp.Navigate(at+"/acts/case.note"), chromedp.SendKeys("#f-text", text, chromedp.ByQuery), follow(`button[value="act"]`),
			chromedp.WaitReady("#entries", chromedp.ByQuery))
	}
	var notice, typed, changes, opinion string
	var narrow int64
	run(one, "the case", chromedp.Navigate(at), chromedp.WaitReady("#entries", chromedp.ByQuery), chromedp.Sleep(300*time.Millisecond), shot(t, "case-acts.png"))
	note("第一次记事")
	soon, cancel := context.WithTimeout(one, time.Second)
	run(soon, "the notice on the page of the case", chromedp.Text("#live p", &notice, chromedp.ByQuery))
	cancel()
	run(one, "a form", chromedp.Navigate(at+"/acts/case.note"), chromedp.SendKeys("#f-text", "我写了一半的话", chromedp.ByQuery), chromedp.Sleep(300*time.Millisecond))
	note("第二次记事")
	soon, cancel = context.WithTimeout(one, time.Second)
	run(soon, "the notice on the form", chromedp.WaitVisible("#live p", chromedp.ByQuery), chromedp.Value("#f-text", &typed, chromedp.ByQuery))
	cancel()
	if typed != "我写了一半的话" {
		t.Errorf("the form holds %q after the case has moved", typed)
	}
	run(one, "an act on the case as it was", follow(`button[value="act"]`), chromedp.Text("#changes", &changes, chromedp.ByQuery), chromedp.Value("#f-text", &typed, chromedp.ByQuery),
		shot(t, "act-changed.png"))
	contains(t, "the notice", notice, "新的记录", "查看")
	contains(t, "what has changed", changes, "记事", "office")
	if typed != "我写了一半的话" {
		t.Errorf("the form holds %q after it was refused", typed)
	}
	run(one, "one more click", follow(`button[value="act"]`), chromedp.WaitReady("#entries", chromedp.ByQuery))
	last := must(s.cases.Entries(t.Context(), c.ID))
	if e := last[len(last)-1].Entry; e.Act == nil || e.Act.With["text"] != "我写了一半的话" {
		t.Errorf("the last entry is %+v", e)
	}

	run(one, "the form of an opinion", chromedp.Navigate(at+"/acts/"+opinionOf(t, s, c)), chromedp.Text("#draft", &opinion, chromedp.ByQuery), shot(t, "act-opinion.png"),
		chromedp.EmulateViewport(390, 844), chromedp.Reload(), width(&narrow), shot(t, "act-opinion-390.png"), chromedp.EmulateViewport(1280, 1600),
		chromedp.Navigate(at+"/acts/case.revise?lang=en"), shot(t, "act-revise-en.png"))
	contains(t, "the draft that an opinion is about", opinion, "第 1 稿", "工作方案（草案）")
	if narrow > 390 {
		t.Errorf("on a screen of 390 pixels the form is %d wide", narrow)
	}
	run(one, "a wrong date", chromedp.Navigate(at+"/acts/case.suspend?lang=zh"), follow(`button[value="act"]`), shot(t, "act-wrong.png"),
		chromedp.SendKeys("#f-reason", "等待上位法修订", chromedp.ByQuery), chromedp.SetValue(`input[name="as.person"]`, "chief", chromedp.ByQuery),
		chromedp.SetValue(`input[name="as.name"]`, "局长", chromedp.ByQuery), follow(`button[value="try"]`), chromedp.WaitReady("#result", chromedp.ByQuery), shot(t, "act-tried.png"))
	run(one, "triage", chromedp.Navigate(server.URL+"/cases/new"), shot(t, "open-new.png"), chromedp.Click(`input[name="practice"][value="true"]`, chromedp.ByQuery),
		chromedp.SetValue("#f-starts", "2024-03-01", chromedp.ByQuery), chromedp.SendKeys("#f-title", "农贸市场改造实施方案", chromedp.ByQuery),
		chromedp.SetValue(`select[name="procedure"]`, c.Pinned.Procedure, chromedp.ByQuery),
		chromedp.Click(`input[name="with.body_kind"][value="district-gov"]`, chromedp.ByQuery), chromedp.Click(`input[name="with.contains_state_secret"][value="false"]`, chromedp.ByQuery),
		follow(`button[value="try"]`), shot(t, "open-triage.png"), chromedp.EmulateViewport(390, 844), width(&narrow), shot(t, "open-triage-390.png"),
		chromedp.EmulateViewport(1280, 1600), follow(`button[value="act"]`), chromedp.WaitReady("body.is-practice #entries", chromedp.ByQuery))
	if narrow > 390 {
		t.Errorf("on a screen of 390 pixels the triage is %d wide", narrow)
	}
}

// wholeCaseUntil plays the whole case until an act whose kind ends so.
func wholeCaseUntil(t *testing.T, s *stack, end string) casefile.Case {
	t.Helper()
	script, err := loadScenario(wholeCase)
	if err != nil {
		t.Fatal(err)
	}
	for i, act := range script.Acts {
		if strings.HasSuffix(act.Do, end) {
			script.Acts, script.Ends = script.Acts[:i], nil
			break
		}
	}
	result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, "until", nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.Case
}

// opinionOf gives the kind of the act by which counsel gives an opinion.
func opinionOf(t *testing.T, s *stack, c casefile.Case) string {
	t.Helper()
	for _, p := range must(s.cases.Possible(t.Context(), c.ID, casefile.Actor{})) {
		if p.Spec.Opinion {
			return p.Kind
		}
	}
	t.Fatal("the case awaits no opinion")
	return ""
}

// entered signs a browser in by a token.
func entered(t *testing.T, ctx context.Context, at, secret string) {
	t.Helper()
	if err := chromedp.Run(ctx, chromedp.Navigate(at+"/sign-in"), chromedp.Click("summary", chromedp.ByQuery), chromedp.SendKeys(`input[name="token"]`, secret, chromedp.ByQuery),
		pressed("\r"), chromedp.WaitReady(`form[action="/sign-out"]`, chromedp.ByQuery)); err != nil {
		t.Fatal(err)
	}
}
