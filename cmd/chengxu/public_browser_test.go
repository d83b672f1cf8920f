package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
	"github.com/zhengdang/chengxu/legaltime"
)

const publicDraft = "生活垃圾分类方案\n（征求意见稿）\n\n第一章　总则\n第一条　为了加强生活垃圾分类管理，制定本方案。\n第二条　本方案适用于本行政区域。\n（一）居民区；\n（二）单位。\n第三条　投放时间为每日六时至二十时。\n"

// callWithDraft opens a second round with a draft that is plain text, and keeps its
// paper.
func (q *square) callWithDraft(t *testing.T) casefile.Paper {
	t.Helper()
	doc, err := q.s.papers.Put(t.Context(), documents.Upload{Organ: district, Title: "生活垃圾分类方案（征求意见稿）", MediaType: "text/plain; charset=utf-8", Level: casefile.LevelInternal,
		Content: strings.NewReader(publicDraft)})
	if err != nil {
		t.Fatal(err)
	}
	paper := casefile.Paper{Digest: doc.Digest, Title: doc.Title}
	q.secondRound(t, paper, func(*casefile.Derived) {})
	return paper
}

func (q *square) secondRound(t *testing.T, paper casefile.Paper, change func(d *casefile.Derived)) {
	t.Helper()
	q.announce(t, func(d *casefile.Derived) {
		d.Consultation.Round, d.Consultation.Papers = 2, []casefile.Paper{paper}
		change(d)
	})
	q.id = string(q.cases["real"]) + ".participation.2"
	q.closes = legaltime.DateIn(*q.clock.Load(), legaltime.China).AddDays(31).Start(legaltime.China)
}

// tabTo goes by keyboard to an element.
func tabTo(selector string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for range 120 {
			if err := chromedp.KeyEvent("\t").Do(ctx); err != nil {
				return err
			}
			there := false
			if err := chromedp.Evaluate(fmt.Sprintf("document.activeElement !== null && document.activeElement.matches(%q)", selector), &there).Do(ctx); err != nil {
				return err
			}
			if there {
				return nil
			}
		}
		return fmt.Errorf("the keyboard does not come to %s", selector)
	})
}

// enter goes by keyboard to a link or a button and presses it.
func enter(selector string) chromedp.Tasks { return chromedp.Tasks{tabTo(selector), pressed("\r")} }

// The whole way of a member of the public in a real browser, by links and keyboard, with
// script and without it: to come from the home page to a consultation, read the draft,
// comment on an article with a file, keep the receipt, look it up, see what became of the
// comment, and read the decision.
func TestThePublicInARealBrowser(t *testing.T) {
	for _, lang := range []struct {
		name                                               string
		open, taken, pending, adopted, report, way, picked string
	}{
		{"zh", "正在征求意见", "您的意见已经收到并编号", "待审核", "部分采纳", "意见采纳情况", "公布的决策", "第三条"},
		{"en", "Open for comments", "Your comment was received", "Not reviewed yet", "Adopted in part", "What became of the comments", "Published decisions", "第三条"},
	} {
		for _, script := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s script=%t", lang.name, script), func(t *testing.T) {
				q := newSquare(t)
				paper := q.callWithDraft(t)
				upload := filepath.Join(t.TempDir(), "投放点照片.txt")
				if err := os.WriteFile(upload, []byte("照片说明"), 0o600); err != nil {
					t.Fatal(err)
				}
				var ctx context.Context
				if script {
					ctx = chromium(t, 3*time.Minute)
				} else {
					ctx = browserFor(t, 3*time.Minute)
				}
				if err := chromedp.Run(ctx); err != nil { // the browser lives as long as the first one
					t.Fatal(err)
				}
				run := func(name string, tasks ...chromedp.Action) {
					t.Helper()
					within, cancel := context.WithTimeout(ctx, 40*time.Second)
					defer cancel()
					if err := chromedp.Run(within, tasks...); err != nil {
						t.Fatalf("%s: %v", name, err)
					}
				}
				var list, page, anchor, receipt, number, found, after, report, decision string
				var narrow int64
				home := chromedp.Tasks{chromedp.Navigate(q.url), enter(`.tools a[href^="/public"]`)} // the only address that is typed
				if lang.name == "en" {
					home = append(home, enter("a.lang"))
				}
				picture := func(name string) chromedp.Action { return shot(t, "public-"+name+"-"+lang.name+".png") }
				onPhone := func(name string) chromedp.Tasks {
					return chromedp.Tasks{chromedp.EmulateViewport(390, 844), width(&narrow), picture(name + "-390"), chromedp.EmulateViewport(1280, 1600),
						chromedp.ActionFunc(func(context.Context) error {
							if narrow > 390 {
								t.Errorf("%s is %d wide on a screen of 390 pixels", name, narrow)
							}
							return nil
						})}
				}
				run("the list", home, chromedp.Text("main", &list, chromedp.ByQuery), picture("home"), onPhone("home"))
				run("the draft", enter(`a[href^="/public/consultations/`+q.id+`"]`), chromedp.Text("main", &page, chromedp.ByQuery), picture("consultation"), onPhone("consultation"))
				run("the form", enter("#article-3 a"), chromedp.Value(`input[name="anchor"]`, &anchor, chromedp.ByQuery), picture("form"), onPhone("form"),
					tabTo(`textarea[name="text"]`), chromedp.KeyEvent("建议延长到二十二时。"), tabTo(`input[name="name"]`), chromedp.KeyEvent("张三"),
					tabTo(`input[name="contact"]`), chromedp.KeyEvent("13800000000"), chromedp.SetUploadFiles(`input[type="file"]`, []string{upload}, chromedp.ByQuery))
				run("the receipt", enter(`.comment-form form button`), chromedp.Text("main", &receipt, chromedp.ByQuery), chromedp.Text(".receipt-number", &number, chromedp.ByQuery), picture("receipt"), onPhone("receipt"))
				number = strings.TrimSpace(number)
				lookUp := chromedp.Tasks{enter(`main a[href^="/public/receipts"]`), tabTo(`input[name="receipt"]`),
					chromedp.KeyEvent(strings.ToLower(number)), pressed("\r")}
				run("looking it up", lookUp, chromedp.Text("main", &found, chromedp.ByQuery), picture("found"), onPhone("found"))
				q.answerSecondRound(t, paper)
				run("what became of it", lookUp, chromedp.Text("main", &after, chromedp.ByQuery))
				run("the report", enter(`.pairs a[href*="/report"]`), chromedp.Text("main", &report, chromedp.ByQuery), picture("report"), onPhone("report"))
				run("the consultation again", enter(".back a"), picture("closed"))
				run("the decision", enter(`.public-nav a[href^="/public/decisions"]`), picture("decisions"), enter(".case-row h3 a"), chromedp.Text("main", &decision, chromedp.ByQuery), picture("decision"), onPhone("decision"))
				run("the catalogue", enter(`.public-nav a[href^="/public/catalogue"]`), picture("catalogue"), onPhone("catalogue"))

				contains(t, "the list", list, "生活垃圾分类方案", lang.open, district)
				contains(t, "the draft", page, "第三条", "投放时间为每日六时至二十时", "23:59:59", "SHA-256", string(paper.Digest))
				contains(t, "the receipt", receipt, lang.taken, "建议延长到二十二时", "投放点照片.txt", number)
				contains(t, "what was found", found, lang.pending, "建议延长到二十二时", "投放点照片.txt")
				contains(t, "what was found after the account", after, lang.adopted, "已在第三条吸收")
				contains(t, "the report", report, lang.report, lang.adopted, "已在第三条吸收", "建议延长到二十二时")
				contains(t, "the decision", decision, "普府发〔2026〕1号", "投放时间为每日六时至二十时")
				if anchor != lang.picked || len(number) != 26 {
					t.Errorf("the form is about %q, the receipt is %q", anchor, number)
				}
				for name, text := range map[string]string{"found": found, "after": after, "report": report, "decision": decision, "list": list} {
					if strings.Contains(text, "张三") || strings.Contains(text, "13800000000") {
						t.Errorf("%s: the page tells who commented", name)
					}
				}
			})
		}
	}
}

// answerSecondRound publishes and answers the comment as staff do, and publishes the
// account and the decision as their entries would.
func (q *square) answerSecondRound(t *testing.T, paper casefile.Paper) {
	t.Helper()
	staff := "/api/v1/consultations/" + q.id
	for _, act := range []struct{ method, path, body string }{
		{http.MethodPut, staff + "/comments/1/visibility", `{"visibility":"published"}`},
		{http.MethodPost, staff + "/dispositions", `{"numbers":[1],"disposition":"partly","reason":"已在第三条吸收"}`},
	} {
		if got := q.request(t, act.method, act.path, q.tokens["office"], "application/json", strings.NewReader(act.body)); got.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", act.path, got.status, got.text)
		}
	}
	q.secondRound(t, paper, func(d *casefile.Derived) {
		d.Consultation.Open, d.Consultation.Adoption = false, true
		d.Publication = &casefile.Publication{Number: "普府发〔2026〕1号", On: d.Consultation.OpensOn, Papers: []casefile.Paper{paper}}
	})
}
