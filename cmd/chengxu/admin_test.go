package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
)

// stage is one part of what somebody does in a browser.
type stage struct {
	name string
	do   chromedp.Tasks
}

func perform(t *testing.T, ctx context.Context, stages ...stage) {
	t.Helper()
	for _, s := range stages {
		if err := chromedp.Run(ctx, s.do); err != nil {
			var page string
			short, cancel := context.WithTimeout(ctx, 2*time.Second)
			_ = chromedp.Run(short, chromedp.Text("main", &page, chromedp.ByQuery))
			cancel()
			t.Fatalf("%s: %v\n%s", s.name, err, page)
		}
	}
}

// types fills in a field.
func types(name, text string) chromedp.Action {
	return chromedp.SetValue(`main [name="`+name+`"]`, text, chromedp.ByQuery)
}

// ticks ticks a box.
func ticks(name, value string) chromedp.Action {
	return chromedp.Click(`main input[name="`+name+`"][value="`+value+`"]`, chromedp.ByQuery)
}

// From an empty directory, by the printed link and without script: the organ is
// founded, two people are invited, one of them comes in with the first password, a
// mandate is entered and revoked, and a stale edit is refused with nothing lost.
func TestTheFirstFiveMinutesInARealBrowser(t *testing.T) {
	s := startTestStack(t, 0)
	server := httptest.NewServer(must(s.handler(outside{}, slog.New(slog.NewTextHandler(t.Output(), nil)))))
	t.Cleanup(server.Close)
	var out bytes.Buffer
	if err := s.invite(t.Context(), server.URL, &out); err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`http\S+/first/\S+`).FindString(out.String())
	authority := filepath.Join(t.TempDir(), "authority.txt")
	if err := os.WriteFile(authority, []byte("授权委托书：王芳代李华办理。"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t)
	var welcome, first, second, held, revoked, stale, health, admin, coverage string
	var narrow int64
	perform(t, ctx,
		stage{"founding", chromedp.Tasks{chromedp.Navigate(link), types("organ", "示例区人民政府"), types("name", "赵管理"), types("login", "admin"), types("password", "correct horse 46"),
			follow("main form button"), chromedp.WaitReady(".checklist"), chromedp.Text("main", &welcome, chromedp.ByQuery), shot(t, "welcome-zh.png")}},
		stage{"inviting Li", invited("李华", "li.hua", &first, shot(t, "invite-zh.png"), "drafter", "office")},
		stage{"the page after it", chromedp.Tasks{shot(t, "invited-zh.png")}},
		stage{"inviting Wang", invited("王芳", "wang.fang", &second, nil, "chief")},
		stage{"a mandate", chromedp.Tasks{chromedp.Navigate(server.URL + "/admin/mandates/new?principal=li.hua"), types("delegate", "wang.fang"), ticks("roles", "drafter"), types("until", "2099-12-31"),
			chromedp.SetUploadFiles(`input[name="file"]`, []string{authority}, chromedp.ByQuery), shot(t, "mandate-zh.png"), follow("main form button"),
			chromedp.Text("main", &held, chromedp.ByQuery), shot(t, "person-zh.png")}},
		stage{"revoking it", chromedp.Tasks{follow(`form[action$="/revoke"] button`), chromedp.Text("main", &revoked, chromedp.ByQuery)}},
		stage{"an edit", chromedp.Tasks{chromedp.Navigate(server.URL + "/admin/people/li.hua/edit"), types("mail", "li@example.cn")}},
	)
	if _, err := auth.NewDirectory(s.store, s.shipped.roles()).Put(t.Context(), auth.Person{ID: "li.hua", Organ: "示例区人民政府", Name: "李桦"}, 1, "admin"); err != nil {
		t.Fatal(err)
	}
	perform(t, ctx,
		stage{"the stale edit", chromedp.Tasks{follow("main form button"), chromedp.Text("main", &stale, chromedp.ByQuery), shot(t, "stale-zh.png"),
			chromedp.WaitReady(`input[name="mail"][value="li@example.cn"]`, chromedp.ByQuery), chromedp.WaitReady(`input[name="version"][value="2"]`)}},
		stage{"health", chromedp.Tasks{chromedp.Navigate(server.URL + "/health"), chromedp.Text("main", &health, chromedp.ByQuery), shot(t, "health-zh.png")}},
		stage{"administration", chromedp.Tasks{chromedp.Navigate(server.URL + "/"), chromedp.Text("main", &admin, chromedp.ByQuery), shot(t, "admin-zh.png"),
			chromedp.Navigate(server.URL + "/admin/people"), shot(t, "people-zh.png"), chromedp.Navigate(server.URL + "/admin/log/directory?lang=en"), shot(t, "log-en.png")}},
		stage{"the law", chromedp.Tasks{chromedp.Navigate(server.URL + "/law?lang=zh"), shot(t, "law-zh.png"), chromedp.Navigate(server.URL + "/law/procedures/cn.major-decision@2019"), shot(t, "procedure-zh.png"),
			chromedp.Navigate(server.URL + "/law/packs/cn.713@2019/coverage"), chromedp.Text("main", &coverage, chromedp.ByQuery), shot(t, "coverage-zh.png")}},
		stage{"on a phone", chromedp.Tasks{chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL + "/admin/people/wang.fang"), width(&narrow), shot(t, "person-en-390.png")}},
	)
	if narrow > 390 {
		t.Errorf("on a screen of 390 pixels the page of a person is %d wide", narrow)
	}
	ctx = browser(t)
	perform(t, ctx, stage{"signing in again", chromedp.Tasks{chromedp.EmulateViewport(390, 844), chromedp.Navigate(server.URL + "/sign-in"), types("login", "admin"), types("password", "correct horse 46"), follow("main form button")}})
	for _, path := range []string{"/welcome", "/health", "/admin/invite", "/admin/log/directory", "/admin", "/law", "/law/procedures/cn.major-decision@2019", "/law/packs/cn.713@2019", "/law/packs/cn.713@2019/coverage", "/law/calendar", "/admin/webhooks"} {
		perform(t, ctx, stage{path + " on a phone", chromedp.Tasks{chromedp.Navigate(server.URL + path + "?lang=zh"), width(&narrow), shot(t, strings.ReplaceAll(path[1:], "/", "-")+"-zh-390.png")}})
		if narrow > 390 {
			t.Errorf("on a screen of 390 pixels %s is %d wide", path, narrow)
		}
	}
	contains(t, "the way to the first case", welcome, "示例区人民政府", "已有账户 1 个", "尚无人担任", "邀请人员", "本机关还没有演练案件")
	contains(t, "the page of the delegate", held, "王芳 代 李华", "代理", "有效")
	contains(t, "the page after revoking", revoked, "已撤回")
	contains(t, "the stale edit", stale, "未保存", "赵管理", "现在的登记：", "李桦")
	contains(t, "health", health, "数据库", "正常", "示例区人民政府", "没有配置邮件服务器")
	contains(t, "the matrix of obligations", coverage, "义务对照表", "规则保证", "人判断")
	contains(t, "administration", admin, "今天有任职的人员：3 人", "程序需要而无人担任的角色")
	signsIn(t, server.URL, "li.hua", first)
	signsIn(t, server.URL, "wang.fang", second)
	p, err := auth.NewDirectory(s.store, s.shipped.roles()).PrincipalOf(t.Context(), "示例区人民政府", "li.hua", time.Now())
	if err != nil || !p.Holds("drafter") || !p.Holds("office") || len(p.Roles) != 2 {
		t.Errorf("who was invited is %+v, %v", p.Roles, err)
	}
}

// invited fills in and sends an invitation, and reads the first password.
func invited(name, login string, password *string, picture chromedp.Action, roles ...casefile.Role) chromedp.Tasks {
	tasks := chromedp.Tasks{follow(`a[href^="/admin/invite"]`), types("name", name), types("login", login)}
	for _, role := range roles {
		tasks = append(tasks, ticks("roles", string(role)))
	}
	if picture != nil {
		tasks = append(tasks, picture)
	}
	return append(tasks, follow("main form button"), chromedp.Text("#secret", password, chromedp.ByQuery))
}

// signsIn lets somebody in with the first password, which has to be changed first.
func signsIn(t *testing.T, at, login, first string) {
	t.Helper()
	ctx := browser(t)
	var asked, inside string
	perform(t, ctx,
		stage{"the first password of " + login, chromedp.Tasks{chromedp.Navigate(at + "/sign-in"), types("login", login), types("password", first), follow("main form button"), chromedp.Text("main", &asked, chromedp.ByQuery)}},
		stage{"changing it", chromedp.Tasks{types("current", first), types("next", "我的新密码是很长的一句话"), types("again", "我的新密码是很长的一句话"), follow("main form button"),
			chromedp.Navigate(at + "/account"), chromedp.Text("main", &inside, chromedp.ByQuery)}},
	)
	contains(t, "the page after the first password", asked, "首次密码")
	contains(t, "the account of "+login, inside, login, "示例区人民政府")
}
