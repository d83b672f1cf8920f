package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/scenario"
)

// A clean-up ends when every document is provided for; what was put into a plan is watched
// from then on: when its day has passed and no following case has done it, those who plan
// are told once, and it stands on the page of the clean-up and in their work list.
func TestWhatACleanUpHasPutIntoAPlanIsWatched(t *testing.T) {
	s := startTestStack(t, 0)
	script := must(loadScenario("../../examples/document-cleanup-with-amendment.yaml"))
	for i, a := range script.Acts {
		if a.Do == "follow_up.schedule" && a.With["by"] == "2026-12-31" {
			script.Acts[i].With["by"] = "2026-06-30"
		}
	}
	result := must(scenario.Play(t.Context(), script, localEngine{s.cases, s.papers}, "planned", nil))
	for _, problem := range result.Problems {
		t.Fatal(problem)
	}
	campaign := result.Case
	late := must(s.cases.LatePlans(t.Context(), campaign.Organ))
	if len(late) != 1 || !strings.HasPrefix(late[0].Line, "真新办〔2019〕7号") || late[0].By.String() != "2026-06-30" || late[0].Case != campaign.ID || !late[0].Practice {
		t.Fatalf("late: %+v", late)
	}
	for _, want := range []bool{true, false} { // told once
		if told := must(s.cases.TellOfPlans(t.Context(), campaign.Organ)); (told > 0) != want {
			t.Errorf("%d notices", told)
		}
	}
	planner := issued(t, s, campaign.Organ, "planner", "office", "drafter", "legality_reviewer")
	handler := must(s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler)))
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	v := newVisitor(t, server.URL)
	v.send(http.MethodPost, "/sign-in", url.Values{"token": {planner}}.Encode())
	for _, path := range []string{"/cases/" + string(campaign.ID), "/work"} {
		status, page := v.send(http.MethodGet, path+"?lang=zh", "")
		if status != http.StatusOK || !strings.Contains(page, "真新办〔2019〕7号") || !strings.Contains(page, "2026-06-30") || !strings.Contains(page, "逾期") {
			t.Errorf("%s does not show the late plan: %d", path, status)
		}
	}

	// A making case that follows the clean-up and is published ends it.
	at := slices.IndexFunc(result.All(), func(r *scenario.Result) bool {
		return strings.HasPrefix(r.Case.Pinned.Procedure, "cn.normative-document")
	})
	making := must(s.store.Case(t.Context(), result.All()[at].Case.ID))
	making.Facts["amends"] = casefile.Fact{Name: "amends", Value: []any{"真新办〔2019〕7号"}}
	if !late[0].Changes(&making) {
		t.Error("a published amendment does not count")
	}
	making.Facts["published_on"] = casefile.Fact{Name: "published_on", Value: ""}
	if late[0].Changes(&making) {
		t.Error("an amendment that is not published counts")
	}
}
