package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
	"github.com/zhengdang/chengxu/web"
)

// library is the law that the program ships with; fails makes a test of it fail.
type library struct {
	packs    []*rules.Pack
	calendar *legaltime.Calendar
	inUse    []access.Activation
	fails    string
}

func (l *library) Packs() []*rules.Pack { return l.packs }

func (l *library) Calendar() *legaltime.Calendar { return l.calendar }

func (l *library) Tested(p *rules.Pack) []rules.TestResult {
	results := rules.RunTests(p, l.calendar)
	if l.fails != "" {
		results[0].Problem = l.fails
	}
	return results
}

func (l *library) InUse(context.Context, casefile.OrganID) ([]access.Activation, error) {
	return l.inUse, nil
}

func newLibrary(t *testing.T) (*browser, *library) {
	t.Helper()
	l := &library{}
	var err error
	if l.packs, err = rules.Embedded(); err != nil {
		t.Fatal(err)
	}
	if l.calendar, err = legaltime.Embedded(); err != nil {
		t.Fatal(err)
	}
	source, err := procedure.Shipped("cn.major-decision.2019.yaml")
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, false)
	if b.fake.def, err = procedure.Load(source.Name, source.Content); err != nil {
		t.Fatal(err)
	}
	b.web, err = web.New(web.Options{Guard: access.New(access.Options{Cases: b.fake, Documents: shelf{b.fake}, Law: l}), Entrance: b.door, Authenticator: tokens{}, Form: formOf,
		Now: func() time.Time { return time.Date(2024, 4, 30, 20, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	return b, l
}

// The law is read by anybody, signed in or not.
func TestTheLawIsReadByAnybody(t *testing.T) {
	b, _ := newLibrary(t)
	page := b.wants("/law", 200, "/law/procedures/cn.major-decision@2019", "/law/packs/cn.713@2019", "/law/packs/cn.713@2019/coverage", "/law/calendar", "Announced from")
	if strings.Contains(page, "chengxu rules activate") {
		t.Error("a visitor is told of releases")
	}
	b.lang = "zh"
	b.wants("/law/procedures/cn.major-decision@2019", 200, "公开征求意见", "国务院令第713号", `href="/law/packs/cn.713@2019#gate-intake_to_study"`, "办公机构", "终点", "不设关口")
	b.wants("/law/packs/cn.713@2019", 200, `id="gate-intake_to_study"`, "国务院令第713号", "如何补救", "项测试全部通过", `class="expression"`, "数值", "已通读原文")
	b.wants("/law/packs/cn.713@2019/coverage", 200, "义务对照表", "规则保证", "人判断", "拦下")
	b.wants("/law/calendar?year=2024", 200, "2024-02-10", "春节", "放假", "调休上班", "国办发明电")
	b.lang = "en"
	b.wants("/law/packs/cn.713@2019", 200, "Figures")
	for _, path := range []string{"/law/procedures/no", "/law/packs/no", "/law/packs/no/coverage"} {
		b.wants(path, 404)
	}
}

// A year that is not announced is shown as such, and so is a test that fails.
func TestTheLawIsShownAsItIs(t *testing.T) {
	b, l := newLibrary(t)
	_, last := l.calendar.Years()
	page := b.wants("/law/calendar?year="+legaltime.NewDate(last+1, 1, 1).String()[:4], 200, "not announced", "No day differs")
	if strings.Contains(page, "The year is announced") {
		t.Error("a provisional year is called announced")
	}
	b.wants("/law/calendar?year=nonsense", 200, "2024")
	l.fails = "blocks <instead>"
	b.wants("/law/packs/cn.713@2019", 200, "1 tests fail", "blocks &lt;instead&gt;")
}

func TestReleasesAreShownToThoseWhoSignIn(t *testing.T) {
	b, l := newLibrary(t)
	at := time.Date(2024, 4, 1, 2, 0, 0, 0, time.UTC)
	one := access.Activation{ID: "1", Pack: "cn.713@2019", Revision: 2, Organ: "*", Digest: draft1, From: date("2024-01-01"), RequestedBy: "li", ApprovedBy: "wang", RequestedAt: at, ApprovedAt: at}
	two, three := one, one
	two.ID, two.Revision = "2", 3
	three.ID, three.Revision, three.ApprovedBy, three.ApprovedAt = "3", 4, "", time.Time{}
	l.inUse = []access.Activation{one, two, three}
	b.token = "drafter"
	page := b.wants("/law", 200, "Waits for somebody else", "In use", "Superseded", "revision 4", "All organs", "--approve", "No key is on the server", `--organ "Greening Bureau"`)
	if strings.Contains(page, `action="/law`) {
		t.Error("a page offers to activate")
	}
	b.token = "administrator"
	if rec := b.get("/law"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), "wang") {
		t.Errorf("an administrator: %d", rec.Code)
	}
}

// The page of a pack is short: rules are folded, and led to by gate and by article; all
// of it can be opened.
func TestAPackIsFoldedWithAnIndex(t *testing.T) {
	b, l := newLibrary(t)
	page := b.wants("/law/packs/cn.713@2019", 200, "Rules by article", `href="#rule-mad-comment-min-30d-soft"`, `id="rule-mad-comment-min-30d-soft"`, `href="/law/packs/cn.713@2019?all=1#rules"`, "国务院令第713号 第十五条</dt>")
	if open := strings.Count(page, "<details open>"); open != 1 {
		t.Errorf("%d parts are open, want the index by gate alone", open)
	}
	index := page[strings.Index(page, `id="articles"`):strings.Index(page, `id="gates"`)]
	var at []int
	for _, article := range []string{"国务院令第713号 第十四条</dt>", "国务院令第713号 第十五条</dt>", "国务院令第713号 第三十条</dt>"} {
		at = append(at, strings.Index(index, article))
	}
	if at[0] < 0 || !slices.IsSorted(at) {
		t.Errorf("the articles are not in their order: %v", at)
	}
	for _, rule := range l.packs[slices.IndexFunc(l.packs, func(p *rules.Pack) bool { return p.Name() == "cn.713@2019" })].Rules() {
		if !strings.Contains(index, `href="#rule-`+rule.ID+`"`) || strings.Count(page, `id="rule-`+rule.ID+`"`) != 1 {
			t.Errorf("the index by article does not lead to %s", rule.ID)
		}
	}
	all := b.wants("/law/packs/cn.713@2019?all=1", 200, "Fold them", `href="/law/packs/cn.713@2019#rules"`)
	if strings.Contains(all, "<details>") {
		t.Error("something is folded where all is to be open")
	}
	l.fails = "blocks instead"
	if page := b.wants("/law/packs/cn.713@2019", 200); strings.Count(page, "<details open>") != 3 {
		t.Error("a rule whose test fails is folded")
	}
	b.lang = "zh"
	b.wants("/law/packs/cn.713@2019", 200, "按条文查规则", "全部展开")
}
