package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/consult"
	"github.com/zhengdang/chengxu/internal/intake"
	"github.com/zhengdang/chengxu/legaltime"
)

// pages are the pages for the public that are got.
func publicPages() []string {
	return []string{"/public", "/public?state=open", "/public?state=ended&q=x", "/public/consultations/" + callID, "/public/consultations/" + callID + "/report",
		"/public/decisions", "/public/decisions/real", "/public/catalogue", "/public/catalogue?year=2023", "/public/receipts"}
}

// discuss gives the forum comments in every state, with an account of them.
func discuss(f *forum) {
	add := func(text string, v consult.Visibility, why, disposition, reason string) {
		n := int64(len(f.said) + 1)
		f.said = append(f.said, consult.Received{Number: n, At: f.now, Comment: consult.Comment{Consultation: callID, Text: text, Anchor: "第一条", Name: "SECRET NAME", Contact: "SECRET CONTACT",
			Attachments: []consult.Attachment{{Name: "SECRET FILE.txt"}}}, Attached: 1, Visibility: v, Why: why, Disposition: disposition, Reason: reason, Chain: "c"})
		f.hashes = append(f.hashes, "")
	}
	add("Sort <b>more</b>", consult.Published, "", "partly", "see article 3")
	add("SECRET HIDDEN", consult.Hidden, "abuse", "", "")
	add("SECRET PENDING", consult.Pending, "", "not-adopted", "no ground")
	add("SECRET WITHDRAWN", consult.Published, "", "", "")
	f.said[3].Withdrawn = true
	f.answers = []consult.Answer{{Disposition: "partly", Reason: "see article 3", Count: 1, Numbers: []int64{1}}, {Disposition: "not-adopted", Reason: "no ground", Count: 1, Numbers: []int64{3}}}
	f.log = []consult.Moderation{{Number: 2, At: f.now, Comment: 2, Person: "SECRET PERSON", Action: "hidden", Reason: "abuse"}, {Number: 1, Comment: 3, Person: "SECRET PERSON", Action: "not-adopted", Reason: "SECRET ANSWER"}}
	f.decided = []consult.Decision{{Case: "real", Organ: organ, Title: "Waste sorting", Number: "No. 1", On: date("2024-06-20"), Papers: []casefile.Paper{{Digest: draft2, Title: "Plan"}}}}
	c := f.calls[callID]
	c.Received = 4
	f.calls[callID] = c
}

func TestThePublicFindsConsultationsAndDecisions(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	page := b.wants("/public", 200, "Waste sorting", "Open for comments", "30 days left", "Closed", "No consultation has closed", "No. 1", "Comments received", "/public/receipts", "feeds/consultations.atom", "format=csv")
	if strings.Index(page, "list-open") > strings.Index(page, "list-ended") {
		t.Error("what is open does not come first")
	}
	old := f.calls[callID]
	old.ID, old.ClosesOn, old.ClosesAt, old.Adoption = "old", date("2024-04-30"), date("2024-05-01").Start(legaltime.China), true
	f.calls["old"] = old
	b.wants("/public", 200, "The period is over", "/public/consultations/old/report")
	again := f.calls[callID]
	again.ID = "again"
	f.calls["again"] = again
	b.wants("/public?q=waste&organ="+url.QueryEscape(string(organ))+"&state=open", 200, "after=cur&#43;2", `value="waste"`)
	last := f.filters[len(f.filters)-1]
	if last.Query != "waste" || last.Organ != organ || last.State != "open" || last.Limit != 50 {
		t.Errorf("filter %+v", last)
	}
	b.wants("/public/decisions?year=2024", 200, "No. 1", "2024-06-20", "/public/decisions/real")
	if last := f.filters[len(f.filters)-1]; last.Year != 2024 {
		t.Errorf("filter %+v", last)
	}
	b.wants("/public/catalogue?year=2024", 200, "Waste sorting", "2024-04-29", "2024-06-20", `scope="row"`)
	f.fail = errors.New("disk on fire at /secret/path")
	if page := b.wants("/public", 500); strings.Contains(page, "secret") {
		t.Error("a fault is for the log")
	}
}

func TestThePageOfAConsultation(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	page := b.wants("/public/consultations/"+callID, 200, "Draft plan", "site, letter", "2024-05-31 23:59:59", "UTC&#43;8", string(draft2),
		"/api/v1/public/consultations/"+callID+"/papers/"+string(draft2), `id="article-2"`, "article=%E7%AC%AC%E4%BA%8C%E6%9D%A1", "(a) &lt;b&gt;each&lt;/b&gt;",
		"Sort &lt;b&gt;more&lt;/b&gt;", "Hidden because of abuse of others", "Not reviewed yet.", "Withdrawn by whoever sent it.", `id="comment-4"`, "Not published yet", "Log of review", "comments?format=csv")
	for _, bad := range []string{"SECRET", "Removed paper", "see article 3"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page tells %q", bad)
		}
	}
	c := f.calls[callID]
	c.Adoption = true
	f.calls[callID] = c
	b.wants("/public/consultations/"+callID, 200, "Adopted in part", "see article 3", callID+"/report")
	for range commentsOfAPage {
		f.said = append(f.said, consult.Received{Number: int64(len(f.said) + 1), At: f.now, Visibility: consult.Pending})
	}
	b.wants("/public/consultations/"+callID, 200, "after=20#comments")
	b.wants("/public/consultations/"+callID+"?after=20", 200, `id="comment-24"`, "To the first comments")
	f.now = f.calls[callID].ClosesAt
	if page := b.wants("/public/consultations/"+callID, 200, "The period is over"); strings.Contains(page, "/comment") && strings.Contains(page, "article=") {
		t.Error("a closed consultation offers to comment")
	}
	c.Open = false
	f.calls[callID] = c
	b.wants("/public/consultations/"+callID, 200, "No longer takes comments")
	b.wants("/public/consultations/none", 404, "Not found", `href="/public"`)
	f.media = "application/pdf"
	if page := b.wants("/public/consultations/"+callID, 200, "PDF"); strings.Contains(page, `id="text"`) {
		t.Error("a file that is no plain text is shown as text")
	}
}

const commentsOfAPage = 20

func TestACommentHasAReceipt(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	b.wants("/public/consultations/"+callID+"/comment?article=%E7%AC%AC%E4%BA%8C%E6%9D%A1", 200, `value="第二条"`, "never published", "10 MB in all", `enctype="multipart/form-data"`)
	rec := comment(b, map[string]string{"text": "Pay <i>nothing</i>\r\nat all", "anchor": " 第二条 ", "name": "SECRET NAME", "contact": "SECRET CONTACT"},
		attached{`C:\files\my plan.txt`, "text/plain", "see here"}, attached{"", "application/octet-stream", ""}, attached{"scan.PDF", "application/octet-stream", "%PDF-1.7\n"})
	page := rec.Body.String()
	if rec.Code != http.StatusCreated || len(f.said) != 1 {
		t.Fatalf("%d, %d received: %s", rec.Code, len(f.said), page)
	}
	got := f.said[0]
	if got.Comment.Text != "Pay <i>nothing</i>\nat all" || got.Comment.Anchor != "第二条" || got.Comment.Name != "SECRET NAME" || len(got.Comment.Attachments) != 2 ||
		got.Comment.Attachments[1].MediaType != "application/pdf" {
		t.Errorf("recorded %+v", got.Comment)
	}
	for _, want := range []string{"Pay &lt;i&gt;nothing", got.Digest, got.Salt, got.Chain, "my plan.txt", "waits for examination", "2024-05-01 04:00:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("the receipt lacks %q", want)
		}
	}
	if strings.Contains(page, "SECRET") {
		t.Error("the receipt tells who commented")
	}
	receipt := regexp.MustCompile(`<code>([A-Z2-7]{26})</code>`).FindStringSubmatch(page)
	if receipt == nil {
		t.Fatal("there is no receipt")
	}
	b.token = ""
	post := func(target string, form url.Values) (int, string) {
		rec := b.post(target, form)
		if strings.Contains(rec.Body.String(), "SECRET") || strings.Contains(b.logged.String(), receipt[1]) {
			t.Errorf("%s tells who commented, or the log has the receipt", target)
		}
		return rec.Code, rec.Body.String()
	}
	spaced := strings.ToLower(receipt[1][:13]) + " " + receipt[1][13:]
	if code, page := post("/public/receipts", url.Values{"receipt": {spaced}}); code != 200 || !strings.Contains(page, "Not reviewed yet") || !strings.Contains(page, "my plan.txt") || !strings.Contains(page, "Withdraw") {
		t.Errorf("looked up: %d %s", code, page)
	}
	if code, page := post("/public/receipts", url.Values{"receipt": {strings.Repeat("A", 26)}}); code != 404 || !strings.Contains(page, "no such receipt") || !strings.Contains(page, strings.Repeat("A", 26)) {
		t.Errorf("another receipt: %d %s", code, page)
	}
	if code, page := post("/public/receipts/withdraw", url.Values{"receipt": {receipt[1]}}); code != 422 || f.said[0].Withdrawn || !strings.Contains(page, "tick the box") {
		t.Errorf("withdrawn without being sure: %d %s", code, page)
	}
	closes := f.now
	f.now = f.calls[callID].ClosesAt
	if code, page := post("/public/receipts/withdraw", url.Values{"receipt": {receipt[1]}, "sure": {"yes"}}); code != 409 || f.said[0].Withdrawn || !strings.Contains(page, "has closed") {
		t.Errorf("withdrawn late: %d %s", code, page)
	}
	f.now = closes
	if code, page := post("/public/receipts/withdraw", url.Values{"receipt": {receipt[1]}, "sure": {"yes"}}); code != 200 || !f.said[0].Withdrawn || !strings.Contains(page, "is withdrawn") {
		t.Errorf("withdrawn: %d %s", code, page)
	}
}

// Whatever a comment is refused for, nothing is recorded and everything that was typed
// is on the page.
func TestARefusedCommentLosesNothingThatWasTyped(t *testing.T) {
	typed := map[string]string{"text": "Pay <i>nothing</i>", "anchor": "第二条", "name": "Zhang & Co", "contact": "a@b.cn"}
	with := func(changes map[string]string) map[string]string {
		out := map[string]string{}
		for name, value := range typed {
			out[name] = value
		}
		for name, value := range changes {
			out[name] = value
		}
		return out
	}
	for name, tt := range map[string]struct {
		fields map[string]string
		files  []attached
		change func(f *forum)
		limits intake.Limits
		status int
		says   []string
	}{
		"late by nothing":     {with(nil), nil, func(f *forum) { f.now = f.calls[callID].ClosesAt }, intake.Limits{}, 409, []string{"arrived after", "2024-05-31 23:59:59"}},
		"closed by the organ": {with(nil), nil, func(f *forum) { c := f.calls[callID]; c.Open = false; f.calls[callID] = c }, intake.Limits{}, 409, []string{"the organ no longer took"}},
		"late with a file":    {with(nil), []attached{{"a.txt", "text/plain", "x"}}, func(f *forum) { f.now = f.calls[callID].ClosesAt }, intake.Limits{}, 409, []string{"Files are not kept"}},
		"no longer public":    {with(nil), nil, func(f *forum) { f.calls = nil }, intake.Limits{}, 404, []string{"no longer public"}},
		"a name too long":     {with(map[string]string{"name": strings.Repeat("n", 101)}), nil, nil, intake.Limits{}, 422, []string{`id="wrong-name"`, "At most 100", strings.Repeat("n", 101)}},
		"a contact of lines":  {with(map[string]string{"contact": "a\x01b"}), nil, nil, intake.Limits{}, 422, []string{`id="wrong-contact"`}},
		"another form":        {with(map[string]string{"form": "of another site"}), nil, nil, intake.Limits{}, 403, []string{"send it again"}},
		"a form without mark": {with(map[string]string{"once": ""}), nil, nil, intake.Limits{}, 403, []string{"send it again"}},
		"too often":           {with(nil), []attached{{"a.txt", "text/plain", "x"}}, nil, intake.Limits{Burst: 1}, 429, []string{"in a minute", "Files are not kept"}},
		"a program":           {with(nil), []attached{{"a.exe", "application/octet-stream", "MZ"}}, nil, intake.Limits{}, 422, []string{`id="wrong-files"`, "attachment 1", "Files are not kept"}},
		"a false type":        {with(nil), []attached{{"a.pdf", "application/pdf", "no"}}, nil, intake.Limits{}, 422, []string{`id="wrong-files"`}},
		"a file too large":    {with(nil), []attached{{"a.txt", "text/plain", strings.Repeat("x", 5<<20+1)}}, nil, intake.Limits{}, 422, []string{`id="wrong-files"`}},
		"very large files":    {with(nil), []attached{{"a.txt", "text/plain", strings.Repeat("x", 20<<20)}}, nil, intake.Limits{}, 422, []string{`id="wrong-files"`}},
		"four files": {with(nil), []attached{{"a.txt", "text/plain", "1"}, {"b.txt", "text/plain", "2"}, {"c.txt", "text/plain", "3"}, {"d.txt", "text/plain", "4"}}, nil, intake.Limits{}, 422,
			[]string{"at most 3 files"}},
		"the same twice": {with(nil), []attached{{"a.txt", "text/plain", "1"}, {"b.txt", "text/plain", "1"}}, nil, intake.Limits{}, 422, []string{"none twice"}},
		"the disk":       {with(nil), nil, func(f *forum) { f.fail = errors.New("disk on fire at /secret/path") }, intake.Limits{}, 500, []string{"not known whether"}},
	} {
		t.Run(name, func(t *testing.T) {
			b, f := newPublic(t, tt.limits)
			b.wants("/assets/style.css", 200)
			fields := tt.fields
			if _, given := fields["once"]; !given {
				fields["once"] = once(b)
			}
			if tt.limits.Burst == 1 { // the one that there is goes by
				comment(b, map[string]string{"text": "first", "once": fields["once"]})
				f.said = nil
			}
			if tt.change != nil {
				tt.change(f)
			}
			rec := comment(b, fields, tt.files...)
			page := rec.Body.String()
			if rec.Code != tt.status || tt.status != 500 && len(f.said) != 0 {
				t.Fatalf("%d, %d received: %s", rec.Code, len(f.said), page)
			}
			for _, want := range append(tt.says, "Pay &lt;i&gt;nothing", "第二条", `role="alert"`) {
				if !strings.Contains(page, want) {
					t.Errorf("the page lacks %q", want)
				}
			}
			if !strings.Contains(page, "Zhang &amp; Co") && tt.fields["name"] == typed["name"] || !strings.Contains(page, "a@b.cn") && tt.fields["contact"] == typed["contact"] {
				t.Error("who it is from is lost")
			}
			if strings.Contains(page, "/secret/path") {
				t.Error("a fault is for the log")
			}
		})
	}
}

func TestAFormIsCountedOnce(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	fields := map[string]string{"text": "One", "once": once(b)}
	if rec := comment(b, fields); rec.Code != http.StatusCreated {
		t.Fatal(rec.Code, rec.Body)
	}
	rec := comment(b, fields)
	fresh := onceOf.FindStringSubmatch(rec.Body.String())
	if rec.Code != http.StatusConflict || len(f.said) != 1 || !strings.Contains(rec.Body.String(), "not counted twice") || fresh == nil || fresh[1] == fields["once"] {
		t.Errorf("sent again: %d, %d received", rec.Code, len(f.said))
	}
	empty := map[string]string{"text": "  ", "once": once(b)}
	for range 2 { // what was not taken was not sent
		if rec := comment(b, empty); rec.Code != 422 || !strings.Contains(rec.Body.String(), `id="wrong-text"`) {
			t.Errorf("nothing: %d", rec.Code)
		}
	}
	if rec := comment(b, empty); rec.Code != 422 || !strings.Contains(rec.Body.String(), `id="wrong-text"`) {
		t.Errorf("nothing: %d", rec.Code)
	}
	b.token = "drafter" // whoever has signed in may comment too
	if rec := comment(b, map[string]string{"text": "Two"}); rec.Code != http.StatusCreated || len(f.said) != 2 {
		t.Errorf("by somebody who has signed in: %d", rec.Code)
	}
}

func TestReportAndDecision(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	if page := b.wants("/public/consultations/"+callID+"/report", 200, "not published yet", "Not reviewed yet"); strings.Contains(page, "see article 3") {
		t.Error("what became of a view is told before the account is published")
	}
	c := f.calls[callID]
	c.Adoption = true
	f.calls[callID] = c
	page := b.wants("/public/consultations/"+callID+"/report", 200, "Adopted in part", "25.0%", "see article 3", "Sort &lt;b&gt;more", "#comment-1", "no ground", "<caption>")
	totals := regexp.MustCompile(`(?s)<tfoot>.*?<td>(\d+)</td>`).FindAllStringSubmatch(page, -1)
	if len(totals) != 2 || totals[0][1] != "4" || totals[1][1] != "4" || strings.Contains(page, "SECRET") {
		t.Errorf("totals %v, or the report tells who commented", totals)
	}
	run := b.fake.cases["real"]
	run.Steps[3].State, run.Steps[3].LeftOn = casefile.StepConcluded, date("2024-06-01")
	b.wants("/public/decisions/real", 200, "No. 1", "Pay less.", "2024-06-20", "Participation", "2024-06-01", "How it came about", callID, "/api/v1/public/decisions/real/papers/"+string(draft2))
	b.wants("/public/decisions/none", 404)
	f.decided[0].Papers = append(f.decided[0].Papers, casefile.Paper{Digest: draft1, Title: "In plain words", Role: casefile.PaperInterpretation})
	b.wants("/public/decisions/real", 200, `<span class="tag">Interpretation</span> <a href="/api/v1/public/decisions/real/papers/`+string(draft1), "In plain words")
	b.wants("/public/decisions/real?lang=zh", 200, `<span class="tag">解读</span>`)
}

func TestPublicPagesLeaveNoCookieAndKeepTheLanguage(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	b.lang = ""
	han := regexp.MustCompile(`\p{Han}+`)
	for _, target := range publicPages() {
		join := "?"
		if strings.Contains(target, "?") {
			join = "&"
		}
		rec := b.get(target + join + "lang=en")
		if rec.Code != 200 || len(rec.Result().Cookies()) > 0 {
			t.Errorf("%s: %d, cookies %v", target, rec.Code, rec.Result().Cookies())
		}
		for _, words := range han.FindAllString(rec.Body.String(), -1) {
			if words != "中文" && words != "程" && words != "第一条" && words != "第二条" {
				t.Errorf("%s in English shows %q", target, words)
			}
		}
		if !strings.Contains(rec.Body.String(), "/public/receipts?lang=en") && !strings.Contains(rec.Body.String(), "?lang=en") {
			t.Errorf("%s: its links lose the language", target)
		}
		if rec := b.get(target); !strings.Contains(rec.Body.String(), `lang="zh-CN"`) || strings.Contains(rec.Body.String(), "SECRET") {
			t.Errorf("%s: is not Chinese at first, or tells what is not public", target)
		}
	}
	if rec := b.get("/public/consultations/" + callID + "/comment"); len(rec.Result().Cookies()) != 1 || !rec.Result().Cookies()[0].HttpOnly || rec.Result().Cookies()[0].MaxAge != 0 {
		t.Errorf("the form: %v", rec.Result().Cookies())
	}
	b.lang = "en"
	b.wants("/sign-in", 200, `href="/public"`)
}

func TestPublicPagesCountForTheLimits(t *testing.T) {
	b, _ := newPublic(t, intake.Limits{Burst: 3})
	for range 3 {
		b.wants("/public", 200)
	}
	if rec := b.get("/public/receipts"); rec.Code != http.StatusTooManyRequests || rec.Header().Get("Retry-After") == "" {
		t.Errorf("the fourth: %d", rec.Code)
	}
	req := httptest.NewRequest(http.MethodGet, "/public", nil)
	req.RemoteAddr = "203.0.113.9:1"
	if rec := b.send(req); rec.Code != 200 {
		t.Errorf("another network: %d", rec.Code)
	}
	foreign := httptest.NewRequest(http.MethodPost, "/public/receipts", strings.NewReader("receipt="+strings.Repeat("A", 26)))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Origin", "https://elsewhere.example")
	if rec := b.send(foreign); rec.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", rec.Code)
	}
}

func TestDaysLeftAreCountedInChina(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	for at, want := range map[string]string{"2024-05-29T16:00:00Z": "1 day left", "2024-05-30T15:59:59Z": "1 day left", "2024-05-30T16:00:00Z": "closes today", "2024-05-31T15:59:59Z": "closes today", "2024-05-31T16:00:00Z": "The period is over"} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		f.now = now
		b.wants("/public/consultations/"+callID, 200, want)
	}
}

// The dates come from the record of the case, and what the organ did within its house
// stays there.
func TestTheCourseOfAConsultation(t *testing.T) {
	b, f := newPublic(t, intake.Limits{})
	discuss(f)
	c := b.fake.cases["real"]
	c.Documents = []casefile.Document{{Digest: draft2, Kind: casefile.KindDraft, Title: "Draft plan", Sequence: 2}, {Digest: draft1, Kind: casefile.KindMaterial, Title: "Explanation", Sequence: 2}}
	b.fake.cases["real"] = c
	entry := func(verb string, round int, at time.Time, with casefile.Values) {
		e := b.fake.entries["real"][1]
		e.Entry.Act = &casefile.Act{Kind: "participation." + verb, By: casefile.Actor{Name: "SECRET PERSON"}, With: with}
		e.Entry.Step, e.Entry.Verb, e.Entry.Round, e.Entry.At = "participation", verb, round, at
		b.fake.entries["real"] = append(b.fake.entries["real"], e)
	}
	entry("open", 1, f.now, casefile.Values{"closes_on": "2024-05-15", "channels": []any{"gazette"}})
	entry("determine", 1, f.now.Add(time.Hour), casefile.Values{"channels": []any{"SECRET FINDING"}})
	entry("extend", 1, f.now.Add(48*time.Hour), casefile.Values{"closes_on": "2024-05-31", "reason": "SECRET REASON"})
	entry("open", 2, f.now.Add(72*time.Hour), casefile.Values{"closes_on": "2024-09-30"})
	page := b.wants("/public/consultations/"+callID, 200, "Notice published", "2024-05-01 04:00:00", "gazette", "Period extended", "2024-05-03 04:00:00", "Extended",
		`<span class="tag">Explanation</span>`, `<span class="tag">Draft</span>`)
	if strings.Contains(page, "SECRET") || strings.Contains(page, "2024-09-30") {
		t.Error("the page tells what is not public, or of another round")
	}
	if strings.Contains(page, "Not among the papers") {
		t.Error("draft and explanation are there, and are not named in the notice")
	}
	entry("close", 1, time.Date(2024, 5, 20, 1, 2, 3, 0, time.UTC), nil)
	call := f.calls[callID]
	call.Open = false
	f.calls[callID] = call
	b.wants("/public/consultations/"+callID, 200, "Comments were taken until", "2024-05-20 09:02:03", "Consultation closed")
	b.wants("/public/consultations/"+callID+"/comment", 200, "no longer takes comments", "2024-05-20 09:02:03")
}
