package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/web"
)

func TestTheListShowsTheCasesOfTheOrganAndMarksPractice(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	page := b.wants("/cases", 200, "Waste sorting real", "Waste sorting drill", `class="practice-mark"`, "Participation, nosuchstep",
		"Major public policy", "Running", "Li Hua", "Office")
	if strings.Contains(page, "far") {
		t.Error("the list shows another organ's case")
	}
	if strings.Count(page, `class="practice-mark"`) != 1 {
		t.Error("the mark of practice is not on the practice case alone")
	}
}

func TestTheListFiltersAndPages(t *testing.T) {
	b := newBrowser(t, false)
	b.token, b.fake.next = "drafter", "cur 2"
	page := b.wants("/cases?q=waste&status=running&practice=false&after=cur1", 200, `value="waste"`, "after=cur&#43;2", "practice=false")
	got := b.fake.filters[0]
	if got.Organ != organ || got.Query != "waste" || got.Status != casefile.StatusRunning || *got.Practice || got.After != "cur1" || got.Limit != 50 {
		t.Errorf("filter: %+v", got)
	}
	if strings.Contains(page, "drill") {
		t.Error("a practice case among the real ones")
	}
	b.wants("/cases?status=nonsense&practice=maybe", 200)
	if got := b.fake.filters[1]; got.Status != "" || got.Practice != nil {
		t.Errorf("nonsense went through: %+v", got)
	}
}

func TestThePageOfACase(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	page := b.wants("/cases/real", 200,
		"Close the window", "Blocked", "about rule-window", "The window is open.", "Wait for it to close.", "Decree 713 art. 15(2)", "2024-04-30",
		"fact highly_technical", "Yours to do", "Handling unit",
		"Depends on the input", "Depends on what the act states: fact comment_close_on", "Needs a recorded reason", "Thirty days is usual.",
		"Acts on the case as a whole", "Suspend",
		"Round 2", "Interrupted", "Not applicable", "Side by side", "if required", "Not reached",
		"Comment window", "2 days past", "provisional", "Late duty", "Breached",
		"Draft plan, revised", "Current", "Version 2", "Content removed",
		"on version 1", "Stale: the draft has changed since", "Lawful with conditions",
		"site, paper", "2024-04-10 09:02:03", "Passing of time", "Period ran out", "Stopped by the rules", "short notice was agreed",
		"cn.713@2019", `id="entry-3"`, `href="#entry-3"`, "/cases/real/dossier", "/cases/real/documents/"+string(draft2))
	if strings.Contains(page, "practice-strip") || strings.Contains(page, "/documents/"+string(gone)) {
		t.Error("a real case marked as practice, or a removed document offered")
	}
	if strings.Count(page, "Stale: the draft") != 1 {
		t.Error("not exactly the opinion on the old draft is stale")
	}
	if strings.Contains(page, "about rule-passed</strong></p>\n  <dl") && strings.Index(page, "about rule-passed") < strings.Index(page, "about rule-window") {
		t.Error("a passing rule is shown among what blocks the act")
	}
}

func TestAPracticeCaseIsUnmistakable(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	b.wants("/cases/drill", 200, `class="is-practice"`, "practice-strip", "<title>【Practice】", "Practice clock", "2024-04-10", "19 days left")
}

func TestAClosedCaseOffersNoAct(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	c := b.fake.cases["real"]
	c.Status, c.End = casefile.StatusClosed, "done"
	b.fake.cases["real"] = c
	page := b.wants("/cases/real", 200, "admits no further act", "Filed")
	if strings.Contains(page, "Yours to do") || len(b.fake.actors) > 0 {
		t.Error("a closed case offers acts")
	}
}

func TestHostileTextIsShownAsText(t *testing.T) {
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>{{.Page}} javascript:alert(3)`
	b := newBrowser(t, false)
	b.token = "drafter"
	c := b.fake.cases["real"]
	c.Matter.Title, c.Matter.Category, c.OpenedBy.Name = hostile, hostile, hostile
	c.Documents[0].Title, c.Facts["evil"] = hostile, casefile.Fact{Name: hostile, Value: hostile, Sequence: 1}
	c.Pinned.Procedure = hostile
	b.fake.cases["real"] = c
	b.fake.entries["real"][0].Entry.Act.By.Name = hostile
	b.fake.entries["real"][2].Entry.Verdict.Findings[1].Message = casefile.Text{ZH: hostile, EN: hostile}
	for _, target := range []string{"/cases", "/cases/real"} {
		rec := httptest.NewRecorder()
		req := httptest.NewRequest("GET", target, nil)
		req = req.WithContext(context.WithValue(req.Context(), sessionKey{}, "drafter"))
		b.web.ServeHTTP(rec, req)
		page := strings.Replace(rec.Body.String(), liveScript, "", 1)
		if rec.Code != 200 || strings.Contains(page, "<script") || strings.Contains(page, "<img") {
			t.Errorf("%s: %d, hostile text reached the page as markup", target, rec.Code)
		}
		if !strings.Contains(page, "&lt;script&gt;alert(1)") || !strings.Contains(page, "{{.Page}}") {
			t.Errorf("%s: the text itself is lost", target)
		}
	}
}

func TestDownloads(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	rec := b.get("/cases/real/dossier")
	if rec.Code != 200 || rec.Body.String() != "PK real" || rec.Header().Get("Content-Type") != "application/zip" ||
		rec.Header().Get("Content-Disposition") != "attachment; filename=real.zip" {
		t.Errorf("dossier: %d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	rec = b.get("/cases/real/documents/" + string(draft1))
	if disposition := rec.Header().Get("Content-Disposition"); rec.Code != 200 || !strings.HasPrefix(disposition, "attachment") ||
		strings.ContainsAny(disposition, "\r\n") || !strings.Contains(rec.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("document: %d %v", rec.Code, rec.Header())
	}
	b.wants("/cases/real/documents/"+string(gone), 404)
	b.wants("/cases/real/documents/"+strings.Repeat("9", 64), 404)
}

func TestADossierThatFailsIsAnErrorPageOrABrokenConnection(t *testing.T) {
	b := newBrowser(t, true)
	b.fake.export = func(io.Writer) error { return errors.New("no key") }
	b.wants("/cases/drill/dossier", 500, "The service has a fault")
	b.fake.export = func(w io.Writer) error {
		_, _ = io.WriteString(w, strings.Repeat("x", 100_000))
		return errors.New("disk gone")
	}
	server := httptest.NewServer(b.web)
	defer server.Close()
	resp, err := http.Get(server.URL + "/cases/drill/dossier")
	if err == nil {
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	if err == nil {
		t.Error("a dossier that broke off looked whole")
	}
}

func TestErrorsAreWholePagesAndTellNothing(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	b.wants("/nothing", 404, "Not found", "Request ID", `href="/"`)
	b.wants("/sign-out", 405, "cannot be opened directly", "Begin at the home page")
	b.wants("/cases/nosuch", 404)
	b.wants("/cases/%27%20or%201=1", 404)
	if rec := b.post("/", nil); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST /: %d", rec.Code)
	}
	b.fake.err = errors.New("dial postgres://user:hunter2@db: refused")
	page := b.wants("/cases", 500, "The service has a fault")
	if strings.Contains(page, "hunter2") || !strings.Contains(b.logged.String(), "hunter2") {
		t.Error("a fault is for the log, not for the page")
	}
	b.fake.err = context.DeadlineExceeded
	b.wants("/cases", 503)
}

func TestTheStylesheetIsServed(t *testing.T) {
	b := newBrowser(t, false)
	rec := b.get("/assets/style.css")
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(rec.Body.String(), "prefers-color-scheme: dark") {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
}

func TestNewAsksForWhatItNeeds(t *testing.T) {
	if _, err := web.New(web.Options{}); err == nil {
		t.Error("no error without use cases")
	}
	if _, err := web.New(web.Options{Guard: access.New(access.Options{Cases: newFake()}), Entrance: &door{}, Authenticator: tokens{}, OpenPractice: true}); err == nil {
		t.Error("no error for open practice without organs")
	}
}
