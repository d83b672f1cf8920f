package web_test

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/legaltime"
	"github.com/zhengdang/chengxu/planner"
	"github.com/zhengdang/chengxu/procedure"
)

// planning stands in for the planner.
type planning struct {
	*fake
	questions []casework.PlanQuestion
	period    legaltime.Period
}

func (p *planning) PlanCase(_ context.Context, _ casefile.ID, q casework.PlanQuestion) (*planner.Plan, error) {
	p.questions = append(p.questions, q)
	if !q.By.IsZero() && q.By.Before(date("2024-05-01")) {
		return nil, fmt.Errorf("too early: %w", casefile.ErrInvalid)
	}
	if len(q.Assume) == 1 && q.Assume["wide_concern"] == nil {
		return nil, fmt.Errorf("fact: %w", casefile.ErrInvalid)
	}
	wait := planner.Wait{Step: "participation", Act: "participation.close", Period: "cn.713/comment_window", Title: both("Comment window"), Basis: "Decree 713 art. 15", RuleBasis: "Decree 713 art. 15(1)",
		From: date("2024-03-29"), Length: legaltime.Period{Length: 30, Unit: legaltime.CalendarDays}, Last: date("2024-04-28"), Until: date("2024-04-29"), Rule: "rule-window", Provisional: true}
	return &planner.Plan{Procedure: "cn.major-decision@2019", Packs: []string{"cn.713@2019"}, From: date("2024-04-10"), Decision: date("2024-05-20"), End: date("2027-06-01"), EndAs: "done",
		Steps: []planner.Step{
			{ID: "participation", Title: both("Participation"), Basis: "Decree 713 art. 14", Required: planner.RequiredAlways, Enter: date("2024-03-29"), Conclude: date("2024-04-29"), Critical: true, Waits: []planner.Wait{wait}},
			{ID: "expert", Title: both("Expert argument"), Block: "opinions", Required: planner.NotAssumed, Enter: date("2024-03-29")},
			{ID: "review", Title: both("Review"), Required: planner.RequiredAssumed, Enter: date("2024-04-29"), Conclude: date("2027-06-01"), Provisional: true},
		},
		Critical: []planner.Wait{wait}, Assumptions: []planner.Assumption{{Kind: planner.AssumedStep, Name: "expert", Text: both("left out")}},
	}, nil
}

func (p *planning) PlanMatter(ctx context.Context, q casework.PlanQuestion) (*planner.Plan, error) {
	return p.PlanCase(ctx, "", q)
}

func (p *planning) Sheet(_ context.Context, _ casefile.ID, deadline string) (planner.Sheet, error) {
	if deadline == "late" {
		return planner.Sheet{}, fmt.Errorf("sheet: %w", casefile.ErrNotFound)
	}
	calendar, err := legaltime.Embedded()
	if err != nil {
		return planner.Sheet{}, err
	}
	d, err := calendar.Derive(date("2026-09-20"), p.period, []legaltime.Interval{{From: date("2026-09-22"), To: date("2026-09-22"), Reason: "hearing"}})
	return planner.Sheet{Period: "cn.713/comment_window", Title: both("Window"), Basis: "Decree 713 art. 15", Differs: true, Derivation: d}, err
}

func (p *planning) Calendar(context.Context, casefile.ID) ([]byte, error) {
	return []byte("BEGIN:VCALENDAR\r\n"), nil
}

func planningBrowser(t *testing.T) (*browser, *planning) {
	t.Helper()
	f := newFake()
	f.def.Steps = append(f.def.Steps, procedure.Step{ID: "coordination", Type: procedure.Coordination, Title: both("Coordination")})
	p := &planning{fake: f, period: legaltime.Period{Length: 7, Unit: legaltime.WorkingDays}}
	b, _ := standingBrowser(t, p, f, nil)
	b.token = "drafter"
	return b, p
}

func TestThePlanOfACase(t *testing.T) {
	b, p := planningBrowser(t)
	page := b.wants("/cases/real/plan", 200, `<svg class="timeline"`, "First day", "2024-05-20", "2027-06-01", "Filed", "cn.713@2019",
		"Comment window", "30 calendar days", "from the day after 2024-03-29", "last day 2024-04-28", "from 2024-04-29 on", "Decree 713 art. 15(1)", "provisional",
		"Critical", "taken not to be required", "left out", "/cases/real/calendar.ics", `name="fact.wide_concern"`)
	if strings.Contains(page, `name="leave"`) { // the only discretionary step is behind
		t.Error("a step that the case has come to can be left out")
	}
	b.wants("/cases/real/plan?by=2024-06-01&leave=expert&fact.wide_concern=false&fact.highly_technical=", 200, "Latest first day", `value="2024-06-01"`, "<details open>",
		`<option value="false" selected>`)
	q := p.questions[len(p.questions)-1]
	if q.By != date("2024-06-01") || len(q.Leave) != 1 || q.Assume["wide_concern"] != false || len(q.Assume) != 1 {
		t.Errorf("asked: %+v", q)
	}
	b.wants("/cases/drill/plan", 200)
	b.token = ""
	b.wants("/cases/drill/plan", 200) // a visitor of the demonstration
	b.wants("/cases/real/plan", 404)
}

func TestAPlanSupposesOutcomes(t *testing.T) {
	b, p := planningBrowser(t)
	for i, s := range b.fake.def.Steps {
		switch s.ID {
		case "drafting", "review":
			b.fake.def.Steps[i].Outcomes = []procedure.Transition{{Is: "lawful", To: "coordination"}, {Is: "rejected", To: "done"}, {Is: "unlawful", To: "drafting"}}
		}
	}
	page := b.wants("/cases/real/plan?outcome.review=rejected&outcome.%3Cb%3E=x&outcome.expert=", 200, "<details open>", `name="outcome.review"`, `<option value="rejected" selected>`, "as it usually goes on")
	if strings.Contains(page, `name="outcome.drafting"`) || !strings.Contains(page, `<option value="unlawful">Unlawful (back to Drafting)`) {
		t.Error("what is behind can be chosen, or what leads back cannot")
	}
	if q := p.questions[len(p.questions)-1]; len(q.Outcomes) != 1 || q.Outcomes["review"] != "rejected" {
		t.Errorf("asked: %+v", q)
	}
	b.wants("/plan", 200, `name="outcome.drafting"`)
	for i, s := range b.fake.def.Steps {
		if s.ID == "participation" {
			b.fake.def.Steps[i].Outcomes = []procedure.Transition{{Is: "done", To: procedure.Join}, {Is: "exempt", To: procedure.Join}, {Is: "rework", To: "drafting"}}
		}
	}
	if page := b.wants("/plan", 200, `name="outcome.participation"`); strings.Contains(page, `value="rework"`) {
		t.Error("a step beside others can be supposed to send the matter back, which the planner refuses")
	}
	b.lang = "zh"
	b.wants("/plan", 200, "（退回", "退回的只假定一次")
}

// A hearing is supposed where the public is heard, until it has been held.
func TestAPlanSupposesAHearing(t *testing.T) {
	b, p := planningBrowser(t)
	b.wants("/cases/real/plan?do=participation.close_hearing&do=%3Cb%3E", 200, "<details open>", "Suppose that a hearing is held", `name="do" value="participation.close_hearing" checked`)
	if q := p.questions[len(p.questions)-1]; len(q.Do) != 1 || q.Do[0] != "participation.close_hearing" {
		t.Errorf("asked: %+v", q)
	}
	c := b.fake.cases["real"]
	for i, run := range c.Steps {
		if run.Step == "participation" {
			c.Steps[i].Done = append(c.Steps[i].Done, "close_hearing")
		}
	}
	b.fake.cases["real"] = c
	if page := b.wants("/cases/real/plan", 200); strings.Contains(page, `name="do"`) {
		t.Error("a hearing that was held can be supposed")
	}
	b.lang = "zh"
	b.wants("/plan", 200, "假定召开听证会")
}

func TestAPlanThatCannotBeMadeSaysWhyBesideTheField(t *testing.T) {
	b, p := planningBrowser(t)
	b.wants("/cases/real/plan?by=soon&fact.wide_concern=true", 422, `role="alert"`, `aria-describedby="wrong-by"`, `value="soon"`, "Give a date", `<option value="true" selected>`)
	if len(p.questions) > 0 {
		t.Error("a date that is none was planned")
	}
	b.wants("/cases/real/plan?by=2024-04-01", 422, "No first day is early enough", `<svg class="timeline"`) // with the earliest course instead
	b.wants("/cases/real/plan?fact.nonsense=true", 422, "there is no way through")
	b.wants("/cases/nosuch/plan", 404)
	many := url.Values{}
	for i := range 500 {
		many.Add("leave", fmt.Sprint("s", i))
		many.Add(fmt.Sprint("fact.f", i), "true")
	}
	b.get("/cases/real/plan?" + many.Encode())
	if q := p.questions[len(p.questions)-1]; len(q.Leave) > 40 || len(q.Assume) > 60 {
		t.Errorf("%d steps and %d facts went through", len(q.Leave), len(q.Assume))
	}
	c := b.fake.cases["real"]
	c.Status = casefile.StatusClosed
	b.fake.cases["real"] = c
	b.wants("/cases/real/plan", 200, "nothing to plan")
}

func TestAMatterIsPlannedBeforeItIsOpened(t *testing.T) {
	b, p := planningBrowser(t)
	b.wants("/plan", 200, "Plan a new matter", "cn.major-decision@2019", `name="leave" value="expert"`)
	if q := p.questions[0]; q.Procedure != "cn.major-decision@2019" || q.From != date("2024-04-10") {
		t.Errorf("asked: %+v", q)
	}
	b.wants("/plan?start=x", 422, `aria-describedby="wrong-start"`)
	b.token = ""
	if rec := b.get("/plan"); rec.Code != 303 {
		t.Errorf("a visitor plans: %d", rec.Code)
	}
}

func TestTheCalendarIsDownloaded(t *testing.T) {
	b, _ := planningBrowser(t)
	rec := b.get("/cases/real/calendar.ics")
	if rec.Code != 200 || !strings.HasPrefix(rec.Body.String(), "BEGIN:VCALENDAR") || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/calendar") ||
		rec.Header().Get("Content-Disposition") != "attachment; filename=real.ics" {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	b.wants("/cases/far/calendar.ics", 404)
}

func TestTheSheetCountsDayByDay(t *testing.T) {
	b, p := planningBrowser(t)
	page := b.wants("/cases/real/deadlines/participation%2Fcomment", 200, "Comment window", "7 working days", "2026-09-20", "counted", "skipped", "excluded", "hearing",
		"day off by notice", "last day", "not what the count comes to", `scope="rowgroup"`, "cn.713/comment_window")
	if n := strings.Count(page, `<tr class="c-counted`); n != 7 {
		t.Errorf("%d days are counted, want 7", n)
	}
	p.period = legaltime.Period{Length: 10, Unit: legaltime.Years}
	if page := b.wants("/cases/real/deadlines/participation%2Fcomment", 200, "more days are not listed", "provisional"); len(page) > 1<<20 {
		t.Errorf("the page of ten years has %d bytes", len(page))
	}
	b.wants("/cases/real/deadlines/late", 200, "Late duty", "not counted from a period")
	b.wants("/cases/real/deadlines/nosuch", 404)
	b.wants("/cases/far/deadlines/late", 404)
}

// texts are drafts whose text can be read.
type texts struct {
	shelf
	media   string
	content map[casefile.Digest]string
	state   casefile.DocumentState
}

func (s *texts) Find(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (casefile.StoredDocument, error) {
	return casefile.StoredDocument{Document: casefile.Document{Digest: digest, MediaType: s.media}, State: s.state}, nil
}

func (s *texts) Open(_ context.Context, _ casefile.OrganID, digest casefile.Digest) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.content[digest])), nil
}

func TestTwoDraftsAreComparedByArticle(t *testing.T) {
	s := &texts{media: "text/plain; charset=utf-8", state: casefile.DocumentClean, content: map[casefile.Digest]string{
		draft1: "第一条 目的\n第二条 范围\n第三条 处二百元罚款，<script>不得减免</script>。",
		draft2: "第一条 目的\n第二条 范围\n第三条 处五百元罚款，<script>不得减免</script>。\n第四条 施行日期",
	}}
	f := newFake()
	b, _ := standingBrowser(t, nil, f, s)
	b.token = "drafter"
	b.wants("/cases/real", 200, `id="versions"`, "/cases/real/drafts/1/2", "what has changed since", "Li Hua")
	page := b.wants("/cases/real/drafts/1/2", 200, "<del><span class=\"sign\" aria-hidden=\"true\">−</span>二</del>", "<ins><span class=\"sign\" aria-hidden=\"true\">+</span>五</ins>",
		"2 paragraphs unchanged", "1 paragraphs changed, 1 added, 0 removed", "第三条", "第四条", "&lt;script&gt;", string(draft1), string(draft2))
	if strings.Contains(page, "<script") {
		t.Error("the text of a draft reached the page as markup")
	}
	b.wants("/cases/real/drafts/2/1", 200, "0 added, 1 removed")
	s.content[draft2] = s.content[draft1]
	b.wants("/cases/real/drafts/1/2", 200, "The text of both is the same")
	for _, target := range []string{"/cases/real/drafts/1/1", "/cases/real/drafts/1/3", "/cases/real/drafts/x/2", "/cases/far/drafts/1/2"} {
		b.wants(target, 404)
	}
}

func TestDraftsThatCannotBeComparedSayWhy(t *testing.T) {
	s := &texts{media: "application/pdf", state: casefile.DocumentClean, content: map[casefile.Digest]string{}}
	b, _ := standingBrowser(t, nil, nil, s)
	b.token = "stranger"
	b.wants("/cases/real/drafts/1/2", 404)
	b.token = "drafter"
	b.wants("/cases/real/drafts/1/2", 200, "Version 1 cannot be compared: no text is read from this type of file", "Download both")
	s.state = casefile.DocumentQuarantined
	b.wants("/cases/real/drafts/1/2", 200, "has not been examined yet")
	c := b.fake.cases["real"]
	c.Documents[0].Withdrawn = true
	b.wants("/cases/real/drafts/1/2", 200, "its content was removed")
	c.Documents[0].Withdrawn, c.Documents[1].Level, c.OpenedBy = false, casefile.LevelRestricted, casefile.Actor{}
	b.fake.cases["real"] = c
	s.state, s.media = casefile.DocumentClean, "text/plain"
	b.wants("/cases/real/drafts/1/2", 200, "Version 2 cannot be compared: it is not yours to read")
}
