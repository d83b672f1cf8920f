package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/rules"
)

// Impact says that the pack would stop a case, and names it.
func (f *fake) Impact(_ context.Context, of casefile.OrganID, pack *rules.Pack) (casework.Impact, error) {
	if of != organ {
		return casework.Impact{}, fmt.Errorf("organ %s", of)
	}
	one := casework.Affected{Case: casework.Summary{ID: "real", Organ: organ, Procedure: "cn.major-decision@2019", Title: "Waste sorting real", Status: casefile.StatusRunning},
		Changes: []casework.Change{{What: casework.ChangedPack, Name: "cn.713@2019"}, {What: casework.ChangedCalendar}}}
	out := casework.Impact{Open: 7, Whole: pack == nil, Affected: 1, Changes: []casework.ChangeCount{{What: casework.ChangedPack, Name: "cn.713@2019", Cases: 1}}}
	if pack != nil {
		one.Refusal = &casefile.Refusal{Message: both("gate <gone>")}
		out.Refused, out.Stopped, out.Differ, out.Entries, out.Rules = 1, 1, 1, 40, []casework.RuleCount{{Rule: "mad-window", Basis: "Decree 713 art. 15", Cases: 1, Stopped: 1}}
	}
	c := casework.ImpactCase{Affected: one}
	if pack != nil {
		c.Differ, c.Stopped = 2, []string{"participation.close"}
	}
	out.Cases = []casework.ImpactCase{c}
	return out, f.err
}

func (l *library) Requested(_ context.Context, of casefile.OrganID, id string) (access.Requested, error) {
	at := slices.IndexFunc(l.inUse, func(a access.Activation) bool { return a.ID == id })
	if at < 0 || of != organ {
		return access.Requested{}, casefile.ErrNotFound
	}
	shipped := l.packs[slices.IndexFunc(l.packs, func(p *rules.Pack) bool { return p.Name() == l.inUse[at].Pack })]
	longer, err := rules.ParseArchive(bytes.Replace(shipped.Archive(), []byte("value: 30, unit: 自然日, basis: 国务院令第713号 第十五条第一款"), []byte("value: 45, unit: 自然日, basis: 国务院令第713号 第十五条第一款"), 1), shipped.Stack()...)
	return access.Requested{Activation: l.inUse[at], Release: longer, Instead: shipped}, err
}

func waitingRelease(t *testing.T) *browser {
	t.Helper()
	b, l := newLibrary(t)
	at := time.Date(2024, 4, 1, 2, 0, 0, 0, time.UTC)
	l.inUse = []access.Activation{{ID: "act1", Pack: "cn.713@2019", Revision: 2, Organ: "*", Digest: draft1, From: date("2024-01-01"), RequestedBy: "li", RequestedAt: at},
		{ID: "act0", Pack: "cn.713@2019", Revision: 1, Organ: "*", Digest: draft1, From: date("2024-01-01"), RequestedBy: "li", ApprovedBy: "wu", RequestedAt: at, ApprovedAt: at}}
	return b
}

// Administrators are told how many cases, auditors which.
func TestTheImpactOfAReleaseBeforeItCounts(t *testing.T) {
	b := waitingRelease(t)
	b.token = "administrator"
	b.wants("/law", 200, `href="/law/impact"`, `href="/law/impact/act1"`)
	page := b.wants("/law/impact/act1", 200, "Cannot move there", "already done would have been stopped", "Rules whose answers differ", "mad-window", "Decree 713 art. 15",
		"Against cn.713@2019, revision", "Tightens", "<del class=\"expression\">30", "<ins class=\"expression\">45", "Only the first 7 open cases", "--approve", "Auditors see which they are")
	for _, secret := range []string{"Waste sorting", "/cases/real", "gone"} {
		if strings.Contains(page, secret) {
			t.Errorf("an administrator is told %q", secret)
		}
	}
	if strings.Contains(page, "<form method=\"post\" action=\"/law") {
		t.Error("the page activates")
	}
	page = b.wants("/law/impact", 200, "7 open cases", "Rule pack cn.713@2019", "Releases that wait for approval", `href="/law/impact/act1"`)
	if strings.Contains(page, "act0") || strings.Contains(page, "Cannot move") {
		t.Error("a release that is in use waits, or nothing is counted as something")
	}
	b.token = "inspector"
	b.wants("/law/impact/act1", 200, `href="/cases/real"`, "Waste sorting real", "Would have been stopped:", "Cannot move:", "gate &lt;gone&gt;", "2 answers differ")
	b.lang = "zh"
	b.wants("/law/impact/act1", 200, "在办案件", "不能改用", "收紧", "这一版改动了什么", "与 cn.713@2019 第")
	b.wants("/law/impact", 200, "会按别的版本判断的案件数", "不会自动改用")
}

func TestTheImpactIsNotForEverybody(t *testing.T) {
	b := waitingRelease(t)
	for _, path := range []string{"/law/impact", "/law/impact/act1"} {
		b.token = "drafter"
		b.wants(path, http.StatusForbidden)
		b.token = ""
		if rec := b.get(path); rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), "/sign-in?to=") {
			t.Errorf("%s: a visitor gets %d", path, rec.Code)
		}
	}
	b.token = "drafter"
	if page := b.wants("/law", 200, "revision 2"); strings.Contains(page, "/law/impact") {
		t.Error("somebody is led to what is not for them")
	}
	b.token = "administrator"
	b.wants("/law/impact/nothing", http.StatusNotFound)
	b.wants("/law/impact/%2e%2e", http.StatusNotFound)
}
