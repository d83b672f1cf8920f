package web_test

import (
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
)

// Everybody present has spoken where nobody is present: that is not a rule that is met.
func TestARuleAboutAMeetingIsNotMetBeforeThereIsOne(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "reviewer"
	passes := func(rule string, values casefile.Values) casefile.Finding {
		return casefile.Finding{Rule: rule, Effect: casefile.EffectBlock, Result: casefile.Pass, Values: values}
	}
	decide := casework.Need{Ahead: procedure.Ahead{Kind: "meeting.decide", Title: both("Decide")}, Verdict: casefile.Verdict{Result: casefile.Pass, Findings: []casefile.Finding{
		passes("all-voiced", casefile.Values{"present": []string{}, "recorded_views": []string{}}), passes("risk-controlled", casefile.Values{"risk_level": "low"}),
		passes("form", casefile.Values{"meeting_kind": "executive", "body_kind": "district-gov"}), passes("silent", nil)}}}
	b.lists.explain = map[string]casework.Explanation{"meeting": {Title: both("Meeting"), Guarded: []casework.Need{decide}}}
	for entries, want := range map[int][2]int{0: {1, 3}, 2: {0, 4}} {
		meets(b, "real", entries)
		page := b.wants("/cases/real/room", 200)
		page = page[strings.Index(page, `id="lacking"`):]
		if notYet, met := strings.Count(page, "Not yet: no meeting"), strings.Count(page, `class="tag s-pass">Met`); notYet != want[0] || met != want[1] {
			t.Errorf("%d entries: %d not yet, %d met, want %v", entries, notYet, met, want)
		}
	}
	meets(b, "real", 0)
	b.lang = "zh"
	b.wants("/cases/real/room", 200, "会议召开后再看")
}
