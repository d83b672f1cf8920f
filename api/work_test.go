package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/auth"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/procedure"
	"github.com/zhengdang/chengxu/rules"
)

func (f *fake) Work(_ context.Context, q casework.TaskFilter) (casework.Work, error) {
	f.tasks = append(f.tasks, q)
	if q.After == "bad" {
		return casework.Work{}, fmt.Errorf("cursor: %w", casefile.ErrInvalid)
	}
	return casework.Work{Items: []casework.WorkItem{
		{Task: task("participation", "drafter", ""), Dated: true, Left: -2},
		{Task: task("participation", "drafter", "p1")},
	}, Next: "cursor-2", Counts: &casework.TaskCounts{All: 3, Late: 1, Undated: 1}}, f.err
}

func task(step string, role casefile.Role, person casefile.PersonID) casework.Task {
	t := casework.Task{ID: strings.Repeat("0", 32), Case: "c1", Organ: organ, Matter: "垃圾分类方案", Task: casefile.Task{
		Step: step, Round: 1, Role: role, Person: person, Unit: "办公室", Title: casefile.Text{ZH: "公众参与", EN: "Participation"}, Since: date("2024-03-29")}}
	if person == "" {
		t.Due, t.Deadline = date("2024-04-29"), "participation/comment"
	}
	return t
}

func (f *fake) TasksOf(context.Context, casefile.ID) ([]casework.WorkItem, error) { return nil, f.err }

func (f *fake) Explain(_ context.Context, id casefile.ID, step string, _ casefile.Actor) (casework.Explanation, error) {
	if step != "participation" {
		return casework.Explanation{}, fmt.Errorf("step %s: %w", step, casefile.ErrNotFound)
	}
	possible, _ := f.Possible(context.Background(), id, casefile.Actor{})
	waits := casefile.Refusal{Message: casefile.Text{ZH: "须先开始征求意见", EN: "first: open"}}
	return casework.Explanation{
		Case: id, Step: step, Round: 1, Title: casefile.Text{ZH: "公众参与", EN: "Participation"}, Basis: "第十四条",
		Tasks: []casework.WorkItem{{Task: task(step, "drafter", ""), Dated: true, Left: 3}}, Acts: possible[:1],
		Deadlines: []casework.DeadlineLeft{{Deadline: sample(id, organ, false).Deadlines[0], Left: 3}},
		Ahead: []casework.Need{{
			Ahead: procedure.Ahead{Kind: "participation.conclude", Title: casefile.Text{ZH: "办结", EN: "conclude"}, Roles: []casefile.Role{"drafter"},
				Outcome: "done", To: "join", Waits: &waits},
			Verdict: verdict(), Required: []string{"comment_close_on", "recorded_views"}, Missing: []string{"comment_open_on"},
			Present: casefile.Values{"comment_close_on": "2024-04-29", "recorded_views": []string{"张"}},
			Ways: []rules.Way{{Changes: []rules.Change{{Fact: "recorded_views", Title: casefile.Text{ZH: "意见", EN: "views"}, Is: rules.RelationHas, Value: []string{"张"}}},
				Rules: []rules.WayRule{{Rule: "r", Title: casefile.Text{ZH: "规则", EN: "rule"}, Basis: "第三十条"}}, Remedy: casefile.Text{ZH: "补", EN: "add"}}},
		}},
		Guarded: []casework.Need{{Ahead: procedure.Ahead{Kind: "participation.shorten", Title: casefile.Text{ZH: "缩短", EN: "shorten"}, Roles: []casefile.Role{"drafter"}},
			Verdict: verdict(), Present: casefile.Values{"recorded_views": []string{"张"}}}},
		Mode: procedure.PanelSequential, Panel: procedure.PanelState{Asked: true, Lacking: []casefile.Role{"justice"}, Members: []procedure.PanelMember{
			{Person: "p7", Role: "finance", Stage: 1, Vote: procedure.VoteAgree}, {Person: "p8", Role: "justice", Stage: 2, Stale: true, Turn: true}}},
	}, f.err
}

func (f *fake) NoticesFor(_ context.Context, _ casefile.OrganID, desks []casework.Desk) ([]casework.Notice, error) {
	f.desks = desks
	return f.NoticesOf(context.Background(), "c1")
}

func (f *fake) Checklists(context.Context, casefile.ID) ([]casework.Checklist, error) {
	return []casework.Checklist{{Step: "review", Held: "review_papers", Basis: "第二十六条", Papers: []casework.Paper{{Name: "draft", Present: true}, {Name: "explanation"}}},
		{Step: "submission", Held: "submission_papers", Unknown: []string{"highly_technical"}}}, f.err
}

func (f *fake) NoticesOf(context.Context, casefile.ID) ([]casework.Notice, error) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	return []casework.Notice{
		{Notice: casefile.Notice{Kind: casefile.NoticeReminder, Step: "participation", Role: "drafter", Deadline: "d", Due: date("2026-03-05")},
			ID: "n1", Organ: organ, Case: "c1", Matter: "方案", Channel: "list", Outcome: "shown", Created: at, Sent: at},
		{Notice: casefile.Notice{Kind: casefile.NoticeEscalation, Step: "participation", Role: "chief", Person: "p9"},
			ID: "n2", Organ: organ, Case: "c1", Matter: "方案", Channel: "mail", Created: at.Add(time.Hour)},
	}, f.err
}

func (f *fake) PersonalCalendar(_ context.Context, title string, items []casework.WorkItem) ([]byte, error) {
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nX-WR-CALNAME:%s\r\nX-ITEMS:%d\r\nEND:VCALENDAR\r\n", title, len(items)), f.err
}

func (f *fake) CreateFeed(_ context.Context, x access.Feed) error {
	f.feeds = append(f.feeds, x)
	return f.err
}

func (f *fake) FeedByHash(_ context.Context, hash string) (access.Feed, error) {
	for _, x := range f.feeds {
		if x.Hash == hash {
			return x, f.err
		}
	}
	return access.Feed{}, fmt.Errorf("feed: %w", casefile.ErrNotFound)
}

func (f *fake) FeedsOf(_ context.Context, of casefile.OrganID, person casefile.PersonID) ([]access.Feed, error) {
	var out []access.Feed
	for _, x := range f.feeds {
		if x.Organ == of && x.Person == person {
			out = append(out, x)
		}
	}
	return out, f.err
}

func (f *fake) RevokeFeed(_ context.Context, of casefile.OrganID, person casefile.PersonID, id string, at time.Time) error {
	for i, x := range f.feeds {
		if x.Organ == of && x.Person == person && x.ID == id {
			f.feeds[i].Revoked = at
			return nil
		}
	}
	return fmt.Errorf("feed %s: %w", id, casefile.ErrNotFound)
}

func (p *people) PrincipalNow(_ context.Context, of casefile.OrganID, person casefile.PersonID, token string) (auth.Principal, error) {
	for _, row := range p.rows {
		if row.ID == token && row.Organ == of && row.Holder.Person == person && row.Revoked.IsZero() {
			return auth.Principal{TokenID: row.ID, Organ: row.Organ, Person: row.Holder.Person, Roles: row.Holder.Roles}, p.broken
		}
	}
	return auth.Principal{}, fmt.Errorf("token: %w", casefile.ErrNotFound)
}

func TestAWorkListIsOfTheCaller(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/work?role=drafter&person=p1&unit=%E4%B8%80%E7%A7%91&practice=false&limit=7&after=x", "drafter", "")
	a.want(t, http.StatusOK, "")
	yes := false
	want := casework.TaskFilter{Organ: organ, Desks: []casework.Desk{{Role: "drafter"}, {Role: "drafter", Person: "p1"}}, Units: []string{"一科"},
		Practice: &yes, Role: "drafter", Person: "p1", After: "x", Limit: 7}
	if diff := cmp.Diff(want, c.fake.tasks[0]); diff != "" {
		t.Errorf("filter (-want +got):\n%s", diff)
	}
	body := a.Body.String()
	for _, part := range []string{`"left":-2`, `"due":"2024-04-29"`, `"next":"cursor-2"`, `"counts":{"all":3,"late":1,"undated":1}`, `"person":"p1"`} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in %s", part, body)
		}
	}
	if strings.Count(body, `"left"`) != 1 {
		t.Errorf("a task without a due date has days left: %s", body)
	}
	c.ask("GET", "/api/v1/work", "drafter", "")
	c.ask("GET", "/api/v1/work?unit=*", "drafter", "")
	if got := c.fake.tasks[1].Units; !cmp.Equal(got, []string{"", "办公室"}) {
		t.Errorf("left out, the units are %q", got)
	}
	if got := c.fake.tasks[2].Units; got != nil {
		t.Errorf("every unit is %q", got)
	}
}

func TestAWorkListIsAskedForStrictly(t *testing.T) {
	c := newClient(t)
	for _, query := range []string{"limit=0", "limit=201", "limit=x", "practice=perhaps", "role=" + strings.Repeat("x", 201), "after=bad", "unit=a&unit=b"} {
		c.ask("GET", "/api/v1/work?"+query, "drafter", "").want(t, http.StatusUnprocessableEntity, "invalid-request")
	}
	c.ask("GET", "/api/v1/work?sort=due", "drafter", "").want(t, http.StatusUnprocessableEntity, "unknown-field")
}

func TestWhyATaskIsOnADesk(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/work/c1/participation", "drafter", "")
	a.want(t, http.StatusOK, "")
	for _, part := range []string{`"mine":true`, `"basis":"第十四条"`, `"waits":{"zh":"须先开始征求意见"`, `"missing":["comment_open_on"]`, `"turn":true`, `"recorded_views"`, `"ways":[{`} {
		if !strings.Contains(a.Body.String(), part) {
			t.Errorf("no %s in %s", part, a.Body)
		}
	}
	c.ask("GET", "/api/v1/work/c1/archive", "drafter", "").want(t, http.StatusNotFound, "not-found")
	c.ask("GET", "/api/v1/work/c1/no%20step", "drafter", "").want(t, http.StatusNotFound, "not-found")
	sample := c.fake.cases["c1"]
	sample.Acted, sample.OpenedBy.Person = nil, "p9"
	c.fake.cases["c1"] = sample
	b := c.ask("GET", "/api/v1/work/c1/participation", "drafter", "")
	b.want(t, http.StatusOK, "")
	if s := b.Body.String(); strings.Contains(s, `"present":{"comment_close_on":"2024-04-29","recorded_views"`) || strings.Contains(s, `"remedy":{"zh":"补"`) ||
		!strings.Contains(s, `"withheld":["ahead.participation.conclude.done.ways","facts.recorded_views"]`) {
		t.Errorf("whoever is not cleared is told: %s", s)
	}
}

func TestNoticesAndOpinionsOfACase(t *testing.T) {
	c := newClient(t)
	a := c.ask("GET", "/api/v1/notices", "drafter", "")
	a.want(t, http.StatusOK, "")
	if !strings.Contains(a.Body.String(), `"notices":[{"id":"n2"`) || len(c.fake.desks) != 2 {
		t.Errorf("asked for %v: %s", c.fake.desks, a.Body)
	}
	a = c.ask("GET", "/api/v1/cases/c1/notices", "drafter", "")
	a.want(t, http.StatusOK, "")
	if !strings.Contains(a.Body.String(), `"outcome":"shown"`) {
		t.Errorf("no outcome in %s", a.Body)
	}
	sample := c.fake.cases["c1"]
	for _, kind := range []string{"agree", "agree", "disagree"} {
		sample.Opinions = append(sample.Opinions, casefile.Opinion{Step: "countersign", Verb: "vote", Draft: draft, Conclusion: kind})
	}
	sample.Opinions = append(sample.Opinions, casefile.Opinion{Step: "countersign", Verb: "vote", Draft: "old", Conclusion: "agree"})
	c.fake.cases["c1"] = sample
	a = c.ask("GET", "/api/v1/cases/c1/opinions", "drafter", "")
	a.want(t, http.StatusOK, "")
	want := `{"opinions":[{"step":"legality","kind":"","count":1,"stale":1},{"step":"countersign","kind":"agree","count":3,"stale":1},{"step":"countersign","kind":"disagree","count":1,"stale":0}]}`
	if got := strings.TrimSpace(a.Body.String()); got != want {
		t.Errorf("counted %s", got)
	}
}

func TestAFeedIsReadByItsSecretUntilItIsRevoked(t *testing.T) {
	c := newClient(t)
	a := c.ask("POST", "/api/v1/feeds", "drafter", `{"title":"我的期限"}`)
	a.want(t, http.StatusCreated, "")
	path := textAt(t, a.Body.Bytes(), "path")
	secret := strings.TrimSuffix(strings.TrimPrefix(path, "/feeds/"), ".ics")
	if len(secret) != 52 || len(c.fake.feeds) != 1 || strings.Contains(fmt.Sprint(c.fake.feeds), secret) {
		t.Fatalf("the secret %q is kept in %+v", secret, c.fake.feeds)
	}
	read := func(path string, status int) string {
		t.Helper()
		a := c.ask("GET", path, "", "")
		a.want(t, status, map[int]string{http.StatusOK: "", http.StatusNotFound: "not-found"}[status])
		return a.Body.String()
	}
	if feed := read(path, http.StatusOK); !strings.Contains(feed, "我的期限") || !strings.Contains(feed, "X-ITEMS:1") {
		t.Errorf("the feed is %s", feed)
	}
	if last := c.fake.tasks[len(c.fake.tasks)-1]; last.Practice == nil || *last.Practice || last.Organ != organ || len(last.Desks) != 2 {
		t.Errorf("the feed asks for %+v", last)
	}
	list := c.ask("GET", "/api/v1/feeds", "drafter", "")
	list.want(t, http.StatusOK, "")
	if strings.Contains(list.Body.String(), secret) || !strings.Contains(list.Body.String(), "我的期限") {
		t.Errorf("listed as %s", list.Body)
	}
	id := c.fake.feeds[0].ID
	c.ask("DELETE", "/api/v1/feeds/"+id, "stranger", "").want(t, http.StatusNotFound, "not-found")
	c.ask("DELETE", "/api/v1/feeds/"+id, "drafter", "").want(t, http.StatusNoContent, "")
	for _, gone := range []string{path, strings.TrimSuffix(path, ".ics"), "/feeds/" + strings.Repeat("A", 52) + ".ics", "/feeds/" + strings.ToLower(secret) + ".ics", "/feeds/.ics", "/feeds/x.ics"} {
		read(gone, http.StatusNotFound)
	}
	if strings.Contains(c.logged.String(), secret) {
		t.Error("the log tells the secret")
	}
}

func TestAFeedEndsWithTheRightsOfItsOwner(t *testing.T) {
	c := newClient(t)
	a := c.ask("POST", "/api/v1/feeds", "drafter", `{}`)
	a.want(t, http.StatusCreated, "")
	path := textAt(t, a.Body.Bytes(), "path")
	for hash, row := range c.people.rows {
		if row.Holder.Person == "p1" {
			row.Revoked = time.Now()
			c.people.rows[hash] = row
		}
	}
	c.ask("GET", path, "", "").want(t, http.StatusNotFound, "not-found")
}

func TestAPersonHasOnlySoManyFeeds(t *testing.T) {
	c := newClient(t)
	c.ask("POST", "/api/v1/feeds", "drafter", `{"title":"`+strings.Repeat("长", 101)+`"}`).want(t, http.StatusUnprocessableEntity, "invalid-request")
	for range 20 {
		c.ask("POST", "/api/v1/feeds", "drafter", `{}`).want(t, http.StatusCreated, "")
	}
	c.ask("POST", "/api/v1/feeds", "drafter", `{}`).want(t, http.StatusConflict, "conflict")
	c.ask("POST", "/api/v1/feeds", "stranger", `{}`).want(t, http.StatusCreated, "")
}

// textAt gives a text member of an answer.
func textAt(t *testing.T, body []byte, name string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	s, _ := v[name].(string)
	return s
}
