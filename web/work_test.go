package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/web"
)

// tasks gives the lists work for the drafter, the deputy and somebody else. Today is the
// first of May 2024.
func tasks(l *lists) {
	item := func(step string, role casefile.Role, person casefile.PersonID, due string, left int) casework.WorkItem {
		i := casework.WorkItem{Task: casework.Task{Case: "real", Organ: organ, Matter: "Waste sorting", Definition: draft1,
			Task: casefile.Task{Step: step, Round: 1, Role: role, Person: person, Title: both("Task " + step), Since: date("2024-03-29")}}}
		if due != "" {
			i.Dated, i.Due, i.Left = true, date(due), left
		}
		return i
	}
	later, late := item("participation", "drafter", "", "2024-06-03", 20), item("drafting", "drafter", "p1", "2024-04-24", -5)
	later.Provisional, late.Unit, late.Round = true, "Office", 2
	drill := item("review", "drafter", "", "2024-04-11", 1)
	drill.Case, drill.Practice, drill.Today = "drill", true, date("2024-04-10")
	l.items = []casework.WorkItem{item("intake", "drafter", "", "", 0), later, late, drill, item("review", "reviewer", "", "2024-05-01", 0), item("review", "drafter", "p9", "2024-05-02", 1)}
}

func TestAfterSigningInEverybodyComesToTheirOwnPage(t *testing.T) {
	b := newBrowser(t, true)
	for token, want := range map[string]string{"drafter": "/work", "deputy": "/work", "overseer": "/cases", "administrator": "/admin", "new": "/password"} {
		b.token = token
		if rec := b.get("/?lang=en"); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != want {
			t.Errorf("%s comes to %q (%d), want %s", token, rec.Header().Get("Location"), rec.Code, want)
		}
	}
	b.token = ""
	b.wants("/", 200, "Waste sorting drill")
	for _, target := range []string{"/work", "/work/feeds", "/work/real/review"} {
		if rec := b.get(target); rec.Code != http.StatusSeeOther || rec.Header().Get("Location") != "/sign-in?to="+url.QueryEscape(target) {
			t.Errorf("a visitor at %s: %d to %q", target, rec.Code, rec.Header().Get("Location"))
		}
	}
	b.token = "administrator"
	for _, target := range []string{"/work", "/work/feeds", "/work/real/review"} {
		b.wants(target, 403)
	}
}

func TestTheHeaderLeadsToWhatIsPermitted(t *testing.T) {
	b := newBrowser(t, true)
	tasks(b.lists)
	b.token = "drafter"
	b.wants("/work", 200, `<a href="/work" aria-current="page">Work</a>`, `<a href="/cases">Cases</a>`)
	b.wants("/cases/real", 200, `<a href="/cases" aria-current="true">Cases</a>`, `<a href="/work">Work</a>`)
	b.token = "administrator"
	if page := b.wants("/account", 200); strings.Contains(page, `href="/work"`) {
		t.Error("an administrator is led to work")
	}
	b.token = ""
	if page := b.wants("/", 200); strings.Contains(page, `href="/work"`) {
		t.Error("a visitor is led to work")
	}
}

func TestTheWorkListPutsWhatIsLateFirstAndSaysWhy(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	tasks(b.lists)
	page := b.wants("/work", 200, "Tasks: 4", "late: 1", "Working days late: 5", "Working days left: 1", "Working days left: 20", "provisional", "No due date",
		"It is for you alone, as Handling unit.", "You hold the role of Handling unit, and this step waits for one.", "Decree 713, Participation",
		`href="/work/real/drafting"`, `href="/cases/drill/desk/review"`, "Round 2", `class="practice-mark"`, "No notices")
	var order []string
	for _, part := range strings.Split(page, `<h3><a href="`)[1:] {
		link, _, _ := strings.Cut(part, `"`)
		order = append(order, link)
	}
	want := []string{"/work/real/drafting", "/work/drill/review", "/work/real/participation", "/work/real/intake"}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if strings.Contains(page, `class="tabs"`) {
		t.Error("one role has tabs")
	}
	b.lang = "zh"
	b.wants("/work", 200, "逾期 5 个工作日", "还有 20 个工作日", "您具有", "依据：", "已逾期")
}

func TestTheWorkListIsNarrowedByRolePersonUnitAndKind(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	tasks(b.lists)
	b.lists.next = "cur 2"
	b.wants("/work?role=drafter&person=p1&unit=*&practice=false&after=c1", 200, `href="/work?after=cur&#43;2&amp;person=p1&amp;practice=false&amp;role=drafter&amp;unit=%2A"`,
		`<option value="p1" selected>For me alone</option>`, `<option value="*" selected>All units</option>`, `<option value="false" selected>`)
	got := b.lists.filters[0]
	if got.Role != "drafter" || got.Person != "p1" || got.Units != nil || *got.Practice || got.After != "c1" || got.Limit != 50 || got.Organ != organ || got.All {
		t.Errorf("filter: %+v", got)
	}
	b.wants("/work?practice=maybe&role="+strings.Repeat("x", 500), 200, "No task meets")
	if got := b.lists.filters[1]; got.Practice != nil || len(got.Role) != 100 {
		t.Errorf("nonsense went through: %+v", got)
	}
}

// Somebody who oversees sees the list of the organ, and is not told that it is theirs.
func TestAuditorsSeeTheWorkOfTheOrgan(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "overseer"
	tasks(b.lists)
	b.wants("/work?organ="+url.QueryEscape(string(otherOrgan)), 200, "Auditors see all the work", `name="person"`, `name="unit"`, "Transport Bureau")
	if b.lists.filters[0].Organ != otherOrgan || !b.lists.filters[0].All {
		t.Errorf("filter: %+v", b.lists.filters[0])
	}
	if page := b.wants("/work", 200, "This step waits for: Reviewer.", "Due today"); strings.Contains(page, "You hold") || strings.Contains(page, "for you alone") {
		t.Error("an auditor is told that a task is theirs")
	}
}

func TestTabsCountTheWorkOfEachRole(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "stand-in"
	tasks(b.lists)
	b.wants("/work", 200, `<nav class="tabs"`, `href="/work?role=reviewer"`, `Reviewer <span class="count">1</span>`, `Handling unit <span class="count">4</span>`,
		"You may act for Qian, as Handling unit.", "For Qian, whom I act for")
	b.wants("/work?role=reviewer", 200, `href="/work?role=reviewer" aria-current="true"`, `name="role" value="reviewer"`)
}

func TestNoticesAreShownWithTheWork(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	for i := range 25 {
		b.lists.notices = append(b.lists.notices, casework.Notice{Notice: casefile.Notice{Kind: casefile.NoticeEscalation, Step: "review", Role: "drafter", Due: date("2024-05-01")},
			ID: string(rune('a' + i)), Case: "real", Matter: "Waste sorting", Created: time.Date(2024, 4, 30, 2, 0, 0, 0, time.UTC)})
	}
	page := b.wants("/work", 200, "Escalation", "2024-04-30 10:00", "Earlier notices: 5", `href="/work/real/review"`)
	if strings.Count(page, `class="tag n-escalation"`) != 20 {
		t.Error("not the newest twenty notices")
	}
}

func TestAFeedIsMadeShownOnceAndRevoked(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	b.wants("/work/feeds", 200, "No feeds")
	if rec := b.post("/work/feeds", url.Values{"title": {strings.Repeat("长", 101)}}); rec.Code != http.StatusUnprocessableEntity || len(b.lists.feeds) > 0 ||
		!strings.Contains(rec.Body.String(), `role="alert"`) || !strings.Contains(rec.Body.String(), strings.Repeat("长", 101)) {
		t.Fatalf("a title that is too long: %d", rec.Code)
	}
	rec := b.post("/work/feeds", url.Values{"title": {" Desk <b> "}})
	_, rest, shown := strings.Cut(rec.Body.String(), "http://example.com/feeds/")
	secret, _, _ := strings.Cut(rest, ".ics")
	if rec.Code != http.StatusCreated || !shown || len(secret) != 52 || len(b.lists.feeds) != 1 || b.lists.feeds[0].Title != "Desk <b>" {
		t.Fatalf("made: %d, %+v", rec.Code, b.lists.feeds)
	}
	id := b.lists.feeds[0].ID
	if page := b.wants("/work/feeds", 200, "Desk &lt;b&gt;", "In use", `action="/work/feeds/`+id+`/revoke"`); strings.Contains(page, secret) {
		t.Error("the secret is shown again")
	}
	b.token = "deputy"
	if rec := b.post("/work/feeds/"+id+"/revoke", nil); rec.Code != http.StatusNotFound || !b.lists.feeds[0].Revoked.IsZero() {
		t.Errorf("somebody else revokes it: %d", rec.Code)
	}
	b.token = "drafter"
	if rec := b.post("/work/feeds/"+id+"/revoke", nil); rec.Code != http.StatusSeeOther || b.lists.feeds[0].Revoked.IsZero() {
		t.Errorf("revoked: %d", rec.Code)
	}
	if page := b.wants("/work/feeds", 200, "Revoked"); strings.Contains(page, "/revoke") {
		t.Error("a feed that is revoked can be revoked")
	}
	for range 25 {
		rec = b.post("/work/feeds", nil)
	}
	if rec.Code != http.StatusConflict || !strings.Contains(rec.Body.String(), "revoke one first") {
		t.Errorf("the twenty-first: %d", rec.Code)
	}
	if rec := b.post("/work/feeds", url.Values{"form": {"another"}}); rec.Code != http.StatusForbidden {
		t.Errorf("a form of elsewhere: %d", rec.Code)
	}
}

// Without work lists there is a page that says so, and no fault.
func TestWithoutWorkListsThereIsNoSuchPage(t *testing.T) {
	b := newBrowser(t, false)
	var err error
	b.web, err = web.New(web.Options{Guard: access.New(access.Options{Cases: b.fake}), Entrance: b.door, Authenticator: tokens{}, Form: formOf})
	if err != nil {
		t.Fatal(err)
	}
	b.token = "drafter"
	b.wants("/work", 404)
	b.wants("/work/feeds", 404)
}
