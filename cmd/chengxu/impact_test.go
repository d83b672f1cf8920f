package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/store"
)

// A release waits for its second signature: what it would mean for a real case that is
// open is shown, to administrators in numbers, and nothing is recorded by looking.
func TestTheImpactOfAReleaseThatWaits(t *testing.T) {
	s := startTestStack(t, 0)
	reply, err := s.cases.Open(t.Context(), casework.Opening{ID: "real", Procedure: "cn.major-decision@2019", Organ: district, By: person("office", "office"),
		Matter: casefile.Matter{Title: "保密的市场改造方案", Category: "public-project"}, With: casefile.Values{"body_kind": "district-gov", "decision_body": "区政府", "contains_state_secret": false}})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	r, err := readRelease(d.release(d.overlay("11"), "shanghai.release", "张三"), s.shipped.packs)
	if err != nil {
		t.Fatal(err)
	}
	stored := store.Release{PackID: r.ID(), Pack: r.Statement.Pack, Revision: r.Revision, Digest: r.Archive, From: r.InForce.From, Note: r.Note()}
	if err := s.store.PutRelease(t.Context(), stored, r.Pack().Archive()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.RequestActivation(t.Context(), store.Activation{ID: "waiting1", Organ: district, RequestedBy: "张三", Request: "signed", RequestedAt: time.Now(), Release: stored}); err != nil {
		t.Fatal(err)
	}
	handler, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	before, err := s.store.TreeSize(t.Context(), district)
	if err != nil {
		t.Fatal(err)
	}
	page := func(role casefile.Role, target string) (int, string) {
		secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{Organ: district, Person: casefile.PersonID("impact-" + role), Name: "某人",
			Roles: []casefile.Role{role}, Expires: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		v := newVisitor(t, server.URL)
		v.send(http.MethodPost, "/sign-in", url.Values{"token": {secret}}.Encode())
		return v.send(http.MethodGet, target, "")
	}
	for role, named := range map[casefile.Role]bool{auth.Administrator: false, auth.Auditor: true} {
		status, html := page(role, "/law/impact/waiting1?lang=zh")
		if status != http.StatusOK || !strings.Contains(html, "共 1 件正式在办案件") || !strings.Contains(html, "规则包 cn.shanghai@2020") || !strings.Contains(html, "待另一人批准") {
			t.Errorf("%s: %d\n%.3000s", role, status, html)
		}
		if got := strings.Contains(html, reply.Case.Matter.Title) && strings.Contains(html, string(reply.Case.ID)); got != named {
			t.Errorf("%s is told the case: %t", role, got)
		}
		if status, html = page(role, "/law/impact?lang=zh"); status != http.StatusOK || !strings.Contains(html, "/law/impact/waiting1") || !strings.Contains(html, "在办案件都按现行版本判断") {
			t.Errorf("%s: the release that judges already: %d\n%.3000s", role, status, html)
		}
	}
	if status, _ := page("office", "/law/impact/waiting1"); status != http.StatusForbidden {
		t.Errorf("staff: %d", status)
	}
	if after, err := s.store.TreeSize(t.Context(), district); err != nil || after != before {
		t.Errorf("the log grew from %d to %d by looking (%v)", before, after, err)
	}
}
