package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
)

func TestAMatterIsPlannedFromAStartOrTowardsADate(t *testing.T) {
	for name, tt := range map[string]struct {
		body string
		want casework.PlanQuestion
	}{
		"forward": {
			`{"procedure":"cn.major-decision@2019","start":"2026-01-05","assume":{"highly_technical":true},"leave":["risk_assessment"]}`,
			casework.PlanQuestion{Procedure: "cn.major-decision@2019", Question: planner.Question{
				From: date("2026-01-05"), Assume: casefile.Values{"highly_technical": true}, Leave: []string{"risk_assessment"}}},
		},
		"backward": {
			`{"procedure":"cn.major-decision@2019","by":"2026-06-30","step":"publication","overlays":["cn.shanghai@2020"]}`,
			casework.PlanQuestion{Procedure: "cn.major-decision@2019", By: date("2026-06-30"), Step: "publication", Overlays: []string{"cn.shanghai@2020"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t)
			if a := c.ask("POST", "/api/v1/plans", "drafter", tt.body); a.Code != http.StatusOK {
				t.Fatalf("%d %s", a.Code, a.Body)
			}
			if diff := cmp.Diff([]casework.PlanQuestion{tt.want}, c.fake.planned, cmp.Comparer(sameDate)); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlansThatMakeNoSenseAreRefusedBeforeAnythingIsComputed(t *testing.T) {
	c := newClient(t)
	for _, body := range []string{
		`{"procedure":"p"}`, `{"procedure":"p","start":"2026-01-05","by":"2026-01-05"}`, `{"procedure":"p","start":"2026-02-30"}`,
		`{"procedure":"p","start":"2026-01-05","whatever":1}`, `{"procedure":"p","start":null}`,
	} {
		if a := c.ask("POST", "/api/v1/plans", "drafter", body); a.Code < 400 || a.Code >= 500 {
			t.Errorf("%s: %d %s", body, a.Code, a.Body)
		}
	}
	for _, query := range []string{"by=tomorrow", "by=2026-01-05&by=2026-01-06", "when=2026-01-05", "outcomes=study", "outcomes=study:more,study:recommended"} {
		if a := c.ask("GET", "/api/v1/cases/c1/plan?"+query, "drafter", ""); a.Code < 400 || a.Code >= 500 {
			t.Errorf("%s: %d %s", query, a.Code, a.Body)
		}
	}
	if len(c.fake.planned) > 0 {
		t.Errorf("planned all the same: %+v", c.fake.planned)
	}
}

func TestACaseIsPlannedAndItsDeadlinesAreDerived(t *testing.T) {
	c := newClient(t)
	for _, target := range []string{
		"/api/v1/cases/c1/plan", "/api/v1/cases/c1/plan?outcomes=study:more,launch:launch&leave=expert_argument&do=participation.close_hearing", "/api/v1/cases/c1/plan?by=2026-06-30&step=publication", "/api/v1/cases/c1/deadlines",
		"/api/v1/cases/c1/deadlines/mad-publish-timely/derivation",
	} {
		if a := c.ask("GET", target, "drafter", ""); a.Code != http.StatusOK {
			t.Errorf("%s: %d %s", target, a.Code, a.Body)
		}
	}
	if q := c.fake.planned[1]; q.Outcomes["study"] != "more" || q.Outcomes["launch"] != "launch" || len(q.Outcomes) != 2 || len(q.Leave) != 1 || len(q.Do) != 1 || q.Do[0] != "participation.close_hearing" {
		t.Errorf("supposed: %+v", q)
	}
	a := c.ask("GET", "/api/v1/cases/c1/calendar.ics", "drafter", "")
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || !strings.HasPrefix(a.Body.String(), "BEGIN:VCALENDAR\r\n") {
		t.Errorf("calendar: %d %v %s", a.Code, a.Header(), a.Body)
	}
	a = c.ask("GET", "/api/v1/cases/c1/deadlines/participation%2Fcomment/derivation", "drafter", "")
	if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), `"id":"participation/comment"`) {
		t.Errorf("a deadline with a slash in its id: %d %s", a.Code, a.Body)
	}
}

func sameDate(a, b legaltime.Date) bool { return a == b }
