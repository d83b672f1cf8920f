package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
)

// TestTheCaseBehindEachEntry rebuilds a whole case behind every entry: at the last
// one it is the stored case, and every act that was done was possible behind the
// entry before it.
func TestTheCaseBehindEachEntry(t *testing.T) {
	s := startTestStack(t, 0)
	c := play(t, s, wholeCase, "replayed")
	var before casework.Past
	for sequence := int64(1); sequence <= c.Sequence; sequence++ {
		past, err := s.cases.At(t.Context(), c.ID, sequence)
		if err != nil {
			t.Fatal(err)
		}
		if past.Case.Sequence != sequence || int64(len(past.Entries)) != sequence || past.Last != c.Sequence {
			t.Fatalf("behind entry %d: sequence %d, %d entries of %d", sequence, past.Case.Sequence, len(past.Entries), past.Last)
		}
		e := past.Entries[sequence-1].Entry
		if e.Kind == casefile.EntryAct && !slices.ContainsFunc(before.Possible, func(p casework.Possible) bool { return p.Kind == e.Act.Kind }) {
			t.Errorf("entry %d: %s was done and was not possible", sequence, e.Act.Kind)
		}
		before = past
	}
	stored, err := s.store.Case(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(asJSON(t, stored), asJSON(t, before.Case)); diff != "" {
		t.Errorf("behind the last entry the case is not the stored one:\n%s", diff)
	}
	if len(before.Possible) > 0 && stored.Status == casefile.StatusClosed {
		t.Errorf("a closed case admits %d acts", len(before.Possible))
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAuditInARealBrowser goes through an audit as an auditor does: search, draw,
// replay, verify, figures. Script is off.
func TestAuditInARealBrowser(t *testing.T) {
	s := startTestStack(t, 0)
	c := play(t, s, wholeCase, "audited")
	handler, err := s.handler(outside{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	secret, _, err := auth.New(s.store, s.shipped.roles(), auth.Options{}).Issue(t.Context(), auth.Grant{
		Organ: c.Organ, Person: "auditor", Name: "审计员", Roles: []casefile.Role{auth.Auditor}, Expires: time.Now().Add(time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	session := signedIn(t, server.URL, secret)
	ctx := browser(t)
	at := server.URL + "/cases/" + string(c.ID)
	texts := map[string]*string{}
	open := func(name, address, ready string) chromedp.Tasks {
		texts[name] = new(string)
		var narrow int64
		return chromedp.Tasks{chromedp.EmulateViewport(1280, 1600), chromedp.Navigate(address), chromedp.WaitReady(ready, chromedp.ByQuery),
			chromedp.TextContent("main", texts[name], chromedp.ByQuery), shot(t, "audit-"+name+".png"),
			chromedp.EmulateViewport(390, 844), chromedp.Reload(), width(&narrow), shot(t, "audit-"+name+"-390.png"),
			chromedp.ActionFunc(func(context.Context) error {
				if narrow > 390 {
					t.Errorf("%s is %d wide on a screen of 390 pixels", name, narrow)
				}
				return nil
			})}
	}
	for _, step := range []struct {
		name string
		do   chromedp.Tasks
	}{
		{"session", chromedp.Tasks{network.SetCookie(session.Name, session.Value).WithURL(server.URL)}},
		{"search", open("search", server.URL+"/audit?practice=true&lang=zh", ".rows")},
		{"sample", open("sample", server.URL+"/audit?practice=true&seed=2026&n=5", ".rows")},
		{"replay", open("replay", at+"/at/20", "#now")},
		{"replay in English", open("replay-en", at+"/at/20?lang=en", "#now")},
		{"verify", chromedp.Tasks{chromedp.Navigate(at + "/verify?lang=zh"), chromedp.Click(`form[action$="/verify"] button`, chromedp.ByQuery), chromedp.WaitReady(".verdict", chromedp.ByQuery)}},
		{"verified", open("verified", at+"/verify", ".verdict")},
		{"figures", open("figures", server.URL+"/figures?practice=true&from=2024-01-01&until=2025-12-31", ".chart")},
		{"figures in English", open("figures-en", server.URL+"/figures?practice=true&from=2024-01-01&until=2025-12-31&lang=en", ".chart")},
	} {
		if err := chromedp.Run(ctx, step.do); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
	}
	contains(t, "the search", *texts["search"], c.Matter.Title, "符合条件的案件：1 件")
	contains(t, "the sample", *texts["sample"], "从 1 件中抽取 1 件", string(c.ID))
	contains(t, "the replay", *texts["replay"], "第 20 项记录", "当时可以办什么")
	contains(t, "the verification", *texts["verified"], "案卷属实", "已核验", "chengxu dossier verify")
	contains(t, "the figures", *texts["figures"], "被拦下的办理，按条款", "国务院令第713号")
}
