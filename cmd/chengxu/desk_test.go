package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// playUntil plays a scenario up to the first act of a kind that is accepted.
func playUntil(t *testing.T, s *stack, file, kind, run string) casefile.Case {
	t.Helper()
	script, err := loadScenario(file)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(script.Acts, func(a scenario.Act) bool { return a.Do == kind && a.Expect.Accepted })
	if at < 0 {
		t.Fatalf("%s: no %s", file, kind)
	}
	script.Acts, script.Ends = script.Acts[:at], nil
	result, err := scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, run, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range result.Problems {
		t.Fatal(problem)
	}
	return result.Case
}

// colleague is somebody of the organ of a case who uses pages and API.
type colleague struct {
	t     *testing.T
	url   string
	token string
}

func newColleague(t *testing.T, s *stack, url string, organ casefile.OrganID, person casefile.PersonID, name string, role casefile.Role) colleague {
	t.Helper()
	secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{Organ: organ, Person: person, Name: name,
		Roles: []casefile.Role{role}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return colleague{t, url, secret}
}

// signsIn signs in with the token on the sign-in page.
func (c colleague) signsIn() chromedp.Tasks {
	return chromedp.Tasks{
		chromedp.Navigate(c.url + "/sign-in?lang=zh"), chromedp.Click("summary", chromedp.ByQuery),
		chromedp.SendKeys(`input[name="token"]`, c.token, chromedp.ByQuery), pressed("\r"), chromedp.WaitReady(`form[action="/sign-out"]`, chromedp.ByQuery),
	}
}

// acts does an act by the API.
func (c colleague) acts(id casefile.ID, act string, kind string, with casefile.Values) {
	c.t.Helper()
	body := must(json.Marshal(map[string]any{"id": act, "kind": kind, "with": with}))
	req := must(http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+"/api/v1/cases/"+string(id)+"/acts", strings.NewReader(string(body))))
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", "*")
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		c.t.Fatalf("%s: %s", kind, resp.Status)
	}
}

// page reads the page of an address.
func page(url string, text *string) chromedp.Tasks {
	return chromedp.Tasks{chromedp.Navigate(url), chromedp.TextContent("body", text, chromedp.ByQuery)}
}

// narrow looks at the page on a phone.
func narrow(t *testing.T, name string, width *int64) chromedp.Tasks {
	return chromedp.Tasks{chromedp.EmulateViewport(390, 844), chromedp.Reload(), chromedp.Evaluate("document.documentElement.scrollWidth", width),
		shot(t, name), chromedp.EmulateViewport(1280, 1600), chromedp.Reload()}
}

// A reviewer signs in, finds the task on top of the list, sees at the desk what the law
// asks and that the draft has changed since an opinion, gives the opinion, and the task
// is gone.
func TestAReviewerFindsTheTaskAndItGoesWithTheOpinion(t *testing.T) {
	s := startTestStack(t, 0)
	c := playUntil(t, s, wholeCase, "legality_review.conclude", "desk")
	handler, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	reviewer := newColleague(t, s, server.URL, c.Organ, "reviewer", "审核人", "legality_reviewer")
	draft, _ := c.CurrentDraft()

	var list, first, why, desk, feed, after, english string
	widths := make([]int64, 3)
	run(t, browser(t), []looked{
		{"the list", chromedp.Tasks{reviewer.signsIn(), chromedp.TextContent("main", &list, chromedp.ByQuery), chromedp.Text(".task h3", &first, chromedp.ByQuery), shot(t, "work-zh.png"), narrow(t, "work-zh-390.png", &widths[0])}},
		{"why it is there", chromedp.Tasks{follow(".task h3 a"), chromedp.TextContent("main", &why, chromedp.ByQuery), shot(t, "task-zh.png"), narrow(t, "task-zh-390.png", &widths[1])}},
		{"the desk", chromedp.Tasks{follow(".take a.button"), chromedp.TextContent("main", &desk, chromedp.ByQuery), shot(t, "desk-zh.png"), narrow(t, "desk-zh-390.png", &widths[2])}},
		{"the desk in English", chromedp.Tasks{follow("a.lang"), chromedp.TextContent("main", &english, chromedp.ByQuery), shot(t, "desk-en.png"), chromedp.Navigate(server.URL + "/work?lang=zh")}},
		{"a feed", chromedp.Tasks{chromedp.Navigate(server.URL + "/work/feeds"), chromedp.SendKeys(`input[name="title"]`, "办公室电脑", chromedp.ByQuery), pressed("\r"),
			chromedp.Text("code.secret", &feed, chromedp.ByQuery), shot(t, "feeds-zh.png")}},
		{"the opinion", chromedp.Tasks{chromedp.ActionFunc(func(context.Context) error {
			reviewer.acts(c.ID, "opinion", "legality_review.conclude", casefile.Values{"draft": string(draft.Digest), "conclusion": "lawful",
				"covers": []string{"competence", "procedure", "content"}, "text": "合法"})
			return nil
		}), chromedp.Navigate(server.URL), chromedp.TextContent("main", &after, chromedp.ByQuery), shot(t, "work-empty.png")}},
	})
	contains(t, "the list", list, "共 1 件", c.Matter.Title, "您具有“合法性审查人员”的身份", "国务院令第713号 第二十五条至第二十八条", "无期限", "到审查台")
	contains(t, "the first task", first, "合法性审查")
	contains(t, "the explanation", why, "在您的案头", "现在可以办理", "提出合法性审查意见", "规则读取的事实", "提请审议材料核对")
	contains(t, "the desk", desk, "意见出具之后草案有改动", "法律顾问、公职律师提出意见", "第 2 稿", string(draft.Digest), "增加便民投放条款", "法律对本环节的要求", "第二十五条", "提出合法性审查意见")
	contains(t, "the English desk", english, "The draft has changed since an opinion", "What the law asks of this step")
	if !strings.HasPrefix(feed, server.URL+"/feeds/") || !strings.HasSuffix(feed, ".ics") {
		t.Errorf("feed %q", feed)
	}
	if resp := must(http.Get(feed)); resp.StatusCode != http.StatusOK { //nolint:noctx // bounded by the test
		t.Errorf("the address of the feed: %s", resp.Status)
	}
	for i, w := range widths {
		if w > 390 {
			t.Errorf("page %d is %d wide on a screen of 390 pixels", i, w)
		}
	}
	// The next step lets the reviewer find a later change immaterial; that is another task.
	if strings.Contains(after, "合法性审查 第") || strings.Contains(after, "第二十五条至第二十八条") {
		t.Errorf("the task is still in the list: %s", after)
	}
	contains(t, "the list afterwards", after, "我的待办")
}

// looked is something that is looked at in a browser.
type looked struct {
	name string
	do   chromedp.Tasks
}

func run(t *testing.T, ctx context.Context, all []looked) {
	t.Helper()
	for _, step := range all {
		if err := chromedp.Run(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
}

// The secretary keeps a meeting in its room: what is lacking before the decision, who has
// still to speak, the decision with its dissent, and the minutes to print.
func TestAMeetingIsKeptInItsRoom(t *testing.T) {
	s := startTestStack(t, 0)
	c := playUntil(t, s, wholeCase, "deliberation.open", "room")
	handler, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	secretary := newColleague(t, s, server.URL, c.Organ, "secretary", "会议记录员", "secretary")
	chief := newColleague(t, s, server.URL, c.Organ, "chief", "局长", "chief")
	draft, _ := c.CurrentDraft()
	n := 0
	act := func(by colleague, verb string, with casefile.Values) {
		n++
		by.acts(c.ID, fmt.Sprint("room", n), "deliberation."+verb, with)
	}
	speak := func(member, view, said, dissent string) {
		with := casefile.Values{"member": member, "view": view, "text": said}
		if dissent != "" {
			with["dissent"] = dissent
		}
		act(secretary, "speak", with)
	}
	doing := func(do func()) chromedp.Action {
		return chromedp.ActionFunc(func(context.Context) error { do(); return nil })
	}
	room := server.URL + "/cases/" + string(c.ID) + "/room"
	var before, sitting, ready, decided, minutes string
	var wide, paper int64
	run(t, browser(t), []looked{
		{"before", chromedp.Tasks{secretary.signsIn(), page(room, &before), shot(t, "room-before.png")}},
		{"in session", chromedp.Tasks{doing(func() {
			act(secretary, "open", casefile.Values{"kind": "executive", "draft": string(draft.Digest), "members_total": 5,
				"present": []string{"局长", "副局长甲", "副局长乙", "总工程师"}, "chief": "局长"})
			speak("副局长甲", "approve", "同意", "")
			speak("副局长乙", "reject", "建议暂缓", "中转能力尚未落实")
		}), page(room, &sitting), shot(t, "room-sitting.png"), narrow(t, "room-sitting-390.png", &wide)}},
		{"ready", chromedp.Tasks{doing(func() {
			speak("总工程师", "approve", "同意", "")
			act(chief, "speak", casefile.Values{"member": "局长", "view": "approve", "text": "同意"})
		}), page(room, &ready)}},
		{"decided", chromedp.Tasks{doing(func() {
			act(chief, "decide", casefile.Values{"draft": string(draft.Digest), "decision": "approve"})
		}), page(room, &decided), shot(t, "room-decided.png")}},
		{"minutes", chromedp.Tasks{doing(func() {
			act(secretary, "minutes", casefile.Values{"summary": "会议同意", "dissents": []string{"副局长乙"}, "signed_by": []string{"局长", "副局长甲", "副局长乙", "总工程师"}, "signature": "ink"})
		}), page(server.URL+"/cases/"+string(c.ID)+"/minutes", &minutes), shot(t, "minutes-zh.png"), narrow(t, "minutes-zh-390.png", &paper), chromedp.Navigate(room + "?lang=en"), shot(t, "room-en.png")}},
	})
	contains(t, "the room before", before, "等待开会", "会议尚未召开", "召开会议", "须先“召开会议”")
	contains(t, "the room in session", sitting, "会议进行中", "到会 4 人，应到 5 人", "尚未发言：总工程师", "局长 应当最后发表意见", "中转能力尚未落实", "行政首长最后发表意见", "第三十条第二款", "不符合")
	if strings.Contains(ready, "尚未发言") || !strings.Contains(ready, "多数意见：同意") {
		t.Error("everybody has spoken, and the room does not say so")
	}
	contains(t, "the room after the decision", decided, "已决定，待签会议记录", "签署会议记录前还缺什么", "不同意见", "副局长乙")
	contains(t, "the minutes", minutes, "集体讨论会议记录", "副局长乙：不同意", "要求载明的不同意见", string(draft.Digest), "会议同意", "手写签名")
	if wide > 390 || paper > 390 {
		t.Errorf("on a screen of 390 pixels the room is %d wide, the minutes %d", wide, paper)
	}
}
