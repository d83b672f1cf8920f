package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/planner"
)

// runPlan runs "plan" with arguments, in this process.
func runPlan(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := root()
	cmd.SetArgs(append([]string{"plan"}, args...))
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestAPlanIsPrintedWithTheArticleBehindEachWait(t *testing.T) {
	feed := filepath.Join(t.TempDir(), "plan.ics")
	out, err := runPlan(t, "--start", "2026-01-05", "--overlay", "cn.shanghai@2020", "--leave", "expert_argument", "--ics", feed)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"最早作出决定    2026-02-14", "30 日（自然日），最后一日 2026-02-04，2026-02-05 起", "国务院令第713号 第十五条第一款",
		"7 个工作日，最后一日 2026-02-14", "是否需要“专家论证”尚未认定，按不需要计算",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
	if !strings.Contains(content(t, feed), "UID:plan-2026-01-05/plan/deliberation@chengxu\r\n") {
		t.Error("the calendar has no deliberation")
	}
}

func TestTheLatestStartIsPrintedAsJSON(t *testing.T) {
	out, err := runPlan(t, "--by", "2026-02-20", "--assume", "highly_technical=false", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var plan planner.Plan
	if err := json.Unmarshal([]byte(out), &plan); err != nil || plan.From.String() != "2026-01-05" {
		t.Errorf("from %s, %v", plan.From, err)
	}
	if s, _ := plan.Step("expert_argument"); s.Required != planner.NotRequired {
		t.Errorf("expert argument: %s", s.Required)
	}
}

func TestTheSheetOfAWaitCountsAMakeUpDay(t *testing.T) {
	out, err := runPlan(t, "--start", "2026-01-05", "--sheet", "cn.713/legality_review_time")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out), "\n"); !strings.HasPrefix(lines[len(lines)-1], "2026-02-14  计入  7  make_up_day") {
		t.Errorf("last line: %s", lines[len(lines)-1])
	}
}

func TestWrongQuestionsOfAPlanAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--start", "2026-01-05", "--by", "2026-01-05"}, {"--start", "tomorrow"}, {"--start", "2026-01-05", "--assume", "highly_technical"},
		{"--start", "2026-01-05", "--assume", "nonsense=true"}, {"--start", "2026-01-05", "--outcome", "study"},
		{"--start", "2026-01-05", "--procedure", "nothing"}, {"--start", "2026-01-05", "--overlay", "nothing"},
		{"--start", "2026-01-05", "--sheet", "cn.713/nothing"}, {"--by", "2026-06-30", "--step", "nothing"},
	} {
		if out, err := runPlan(t, args...); err == nil {
			t.Errorf("%v: not refused:\n%s", args, out)
		}
	}
}
