package main

import (
	"log/slog"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// A visitor of a demo reads where a case stands, its plan and how a deadline was
// counted, without script, on a wide screen and on a telephone.
func TestTheCasePageShowsStandingPlanAndSheet(t *testing.T) {
	s := startTestStack(t, 0)
	c := playPart(t, s, "../../examples/conduct/to-review.yaml", "participation.open", "casepage")
	drafts := play(t, s, "../../examples/conduct/w07-substantive-change.yaml", "casepage-drafts")
	handler, err := s.handler(outside{openPractice: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	ctx := browser(t)
	at := server.URL + "/cases/" + string(c.ID)

	var now, drawn, plan, sheet, late, difference string
	var widths [3]int64
	for _, step := range []struct {
		name string
		do   chromedp.Tasks
	}{
		{"the case", chromedp.Tasks{chromedp.Navigate(at), chromedp.Text("#now", &now, chromedp.ByQuery), chromedp.TextContent("svg.map", &drawn, chromedp.ByQuery), shot(t, "case.png")}},
		{"the plan", chromedp.Tasks{chromedp.Navigate(at + "/plan"), chromedp.TextContent("main", &plan, chromedp.ByQuery), shot(t, "plan.png")}},
		{"too early a date", chromedp.Tasks{chromedp.Navigate(at + "/plan?by=2020-01-01&lang=zh"), chromedp.Text("main [role=alert]", &late, chromedp.ByQuery)}},
		{"the sheet", chromedp.Tasks{chromedp.Navigate(at), follow("#deadlines .row-side a"), chromedp.Text("main", &sheet, chromedp.ByQuery), shot(t, "sheet.png")}},
		{"the drafts", chromedp.Tasks{chromedp.Navigate(server.URL + "/cases/" + string(drafts.ID)), shot(t, "case-drafts.png"),
			follow("#versions .row-side a"), chromedp.TextContent("main", &difference, chromedp.ByQuery), shot(t, "diff.png")}},
		{"on a telephone", chromedp.Tasks{
			chromedp.EmulateViewport(390, 844), chromedp.Navigate(at), width(&widths[0]), shot(t, "case-390.png"),
			chromedp.Navigate(at + "/plan"), width(&widths[1]), shot(t, "plan-390.png"),
			chromedp.Navigate(at), follow("#deadlines .row-side a"), width(&widths[2]), shot(t, "sheet-390.png"),
			chromedp.EmulateViewport(1280, 1600),
		}},
		{"in English", chromedp.Tasks{chromedp.Navigate(at + "?lang=en"), shot(t, "case-en.png"), chromedp.Navigate(at + "/plan"), shot(t, "plan-en.png")}},
	} {
		if err := chromedp.Run(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
	contains(t, "where the case stands", now, "等待", "工作日")
	contains(t, "the map", drawn, "公众参与", "进行中", "未到")
	contains(t, "the plan", plan, "最早办结", "国务院令第713号 第十五条第一款", "关键")
	contains(t, "the plan for a date that is over", late, "请看下面")
	contains(t, "the difference", difference, "第 1 稿", "第 2 稿", "改动")
	contains(t, "the sheet", sheet, "起算日", "计入", "届满")
	for i, w := range widths {
		if w > 390 {
			t.Errorf("page %d is %d wide on a screen of 390 pixels", i, w)
		}
	}
}

// playPart plays a scenario up to the act of the kind, that one included.
func playPart(t *testing.T, s *stack, file, kind, run string) casefile.Case {
	t.Helper()
	script, err := loadScenario(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, act := range script.Acts {
		if act.Do == kind {
			script.Acts, script.Ends = script.Acts[:i+1], nil
			break
		}
	}
	result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, run, nil)
	if err != nil || len(result.Problems) > 0 {
		t.Fatal(err, result.Problems)
	}
	return result.Case
}
