package web_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/audit"
	"github.com/zhengdang/chengxu/casefile"
)

// cabinet keeps what auditors write in memory.
type cabinet struct {
	findings     []audit.Finding
	reviews      []audit.Review
	askedReviews []audit.ReviewFilter
	asked        []audit.Filter
}

func (k *cabinet) AddFinding(_ context.Context, f audit.Finding) error {
	if slices.ContainsFunc(k.findings, func(o audit.Finding) bool { return o.ID == f.ID }) {
		return casefile.ErrConflict
	}
	k.findings = append(k.findings, f)
	return nil
}

func (k *cabinet) AddFindingEvent(_ context.Context, id string, e audit.Event) error {
	for i := range k.findings {
		if k.findings[i].ID == id {
			k.findings[i].Events = append(k.findings[i].Events, e)
		}
	}
	return nil
}

func (k *cabinet) Finding(_ context.Context, id string) (audit.Finding, error) {
	for _, f := range k.findings {
		if f.ID == id {
			return f, nil
		}
	}
	return audit.Finding{}, fmt.Errorf("finding: %w", casefile.ErrNotFound)
}

func (k *cabinet) Findings(_ context.Context, f audit.Filter) ([]audit.Finding, error) {
	k.asked = append(k.asked, f)
	var out []audit.Finding
	for _, one := range slices.Backward(k.findings) {
		if slices.Contains(f.Organs, one.Organ) && (f.Case == "" || f.Case == one.Case) && (!f.Released || one.WasReleased()) && (!f.Open || one.State() != audit.Closed) {
			out = append(out, one)
		}
	}
	return out, nil
}

var wrote = url.Values{"id": {"f1"}, "entry": {"3"}, "kind": {"deadline"}, "severity": {"grave"}, "text": {"The window <b>closed</b>\r\ntoo early"}, "remedy": {"Open it again"}, "due": {"2024-05-31"}}

func (b *browser) posted(target string, form url.Values, status int, wants ...string) string {
	b.t.Helper()
	rec := b.post(target, form)
	if rec.Code != status {
		b.t.Fatalf("%s: %d, want %d\n%.600s", target, rec.Code, status, rec.Body)
	}
	body := rec.Body.String() + rec.Header().Get("Location")
	for _, want := range wants {
		if !strings.Contains(body, want) {
			b.t.Errorf("%s lacks %q", target, want)
		}
	}
	return body
}

func TestAFindingGoesFromTheAuditorToTheStaffAndBack(t *testing.T) {
	b := newBrowser(t, false)
	at := "/cases/real/findings/f1"
	b.token = "inspector"
	b.wants("/cases/real/at/3", 200, "Record a finding", `action="/cases/real/findings"`, `name="entry" min="0" max="4" value="3"`, "There is no finding on this entry.")
	b.posted("/cases/real/findings", wrote, 303, at)
	b.posted("/cases/real/findings", wrote, 303, at) // the button pressed twice
	if len(b.cabinet.findings) != 1 {
		t.Fatalf("%d findings", len(b.cabinet.findings))
	}
	b.wants(at, 200, "The window &lt;b&gt;closed&lt;/b&gt;\ntoo early", "Open it again", "2024-05-31", "Shen", "/cases/real#entry-3", "/cases/real/at/3", "A draft; not released.", "Release to the organ")
	b.wants("/cases/real/at/3", 200, at)
	if page := b.wants("/cases/real/at/2", 200); strings.Contains(page, at) {
		t.Error("the finding stands at another entry")
	}

	b.token = "drafter"
	b.wants(at, 404)
	for _, page := range []string{"/cases/real", "/cases/real/at/3", "/findings", "/findings.csv", "/work"} {
		if body := b.wants(page, 200); strings.Contains(body, "window &lt;b&gt;") || strings.Contains(body, at) {
			t.Errorf("%s tells staff of a draft", page)
		}
	}
	b.posted(at+"/replies", url.Values{"after": {"0"}, "text": {"x"}}, 404)
	b.posted(at+"/moves", url.Values{"after": {"0"}, "move": {"release"}}, 403)

	b.token = "inspector"
	b.posted(at+"/moves", url.Values{"after": {"0"}, "move": {"release"}}, 303, at)
	b.token = "drafter"
	b.wants("/cases/real", 200, at, "findings: 1", "Grave", "Released")
	b.wants("/work", 200, "Findings to answer", at)
	b.wants("/findings", 200, at, "Waste sorting real", "What auditors found in cases of this organ.")
	b.posted(at+"/replies", url.Values{"after": {"1"}, "text": {" "}}, 422, `role="alert"`, `aria-describedby="wrong-answer"`)
	b.posted(at+"/replies", url.Values{"after": {"0"}, "text": {"typed for long"}}, 412, "has moved on", "typed for long")
	b.posted(at+"/replies", url.Values{"after": {"1"}, "text": {"Opened again."}}, 303, at)

	b.token = "inspector"
	b.posted(at+"/moves", url.Values{"after": {"2"}, "move": {"close"}, "result": {"none"}, "text": {"x"}}, 422, "choose a result")
	b.posted(at+"/moves", url.Values{"after": {"2"}, "move": {"close"}, "result": {"rectified"}, "text": {"Seen."}}, 303)
	b.wants(at, 200, "Opened again.", "Rectified", "Seen.", "Reopen")
	b.posted(at+"/moves", url.Values{"after": {"3"}, "move": {"reply"}, "text": {"x"}}, 422)
	b.posted(at+"/moves", url.Values{"after": {"x"}, "move": {"reopen"}, "text": {"x"}}, 404)
	b.posted(at+"/moves", url.Values{"after": {"3"}, "move": {"reopen"}, "text": {"Not so."}}, 303)
	b.lang = "zh"
	b.wants(at, 200, "审计意见", "期限", "严重", "待回复", "重新开启", "办理经过")
	b.wants("/findings", 200, "本机关及所监督机关案件上的审计意见", "第 3 项记录")
}

func TestWhatIsWrongWithAFindingIsSaidWithWhatWasTyped(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	for _, tt := range []struct{ field, value, want string }{
		{"text", " ", "it must be filled in"}, {"entry", "9", "the case has 4 entries"}, {"entry", "x", "the case has 4 entries"}, {"kind", "gossip", "choose a kind"},
		{"severity", "", "choose a severity"}, {"due", "2024-04-30", "before today"}, {"due", "soon", "that is no date"},
	} {
		form := url.Values{}
		for name, values := range wrote {
			form[name] = values
		}
		form.Set(tt.field, tt.value)
		body := b.posted("/cases/real/findings", form, 422, tt.want, `role="alert"`, "Open it again")
		if !strings.Contains(body, `name="`+tt.field+`"`) || !strings.Contains(body, `aria-describedby="wrong-finding"`) {
			t.Errorf("%s: the field is not marked", tt.field)
		}
	}
	if len(b.cabinet.findings) > 0 {
		t.Error("something was kept")
	}
	b.posted("/cases/real/findings", url.Values{"id": {"../x"}}, 422)
	b.posted("/cases/none/findings", wrote, 404)
	b.posted("/cases/far/findings", wrote, 303) // of an organ below
	b.token = "deputy"                          // acted nowhere, audits too
	b.wants("/cases/real/findings/new?entry=2", 200, `value="2"`)
	b.wants("/cases/real/findings/new?entry=99", 200, `max="4" value="4"`)
	b.token = "drafter"
	b.wants("/cases/real/findings/new", 403)
	b.posted("/cases/real/findings", wrote, 403)
	b.token = ""
	if rec := b.get("/findings"); rec.Code != 303 {
		t.Errorf("without signing in: %d", rec.Code)
	}
}

func TestWhoeverActedInACaseDoesNotAuditIt(t *testing.T) {
	b := newBrowser(t, false)
	c := b.fake.cases["real"]
	c.Acted = append(c.Acted, casefile.Capacity{Person: "p6", Role: "drafter"})
	b.fake.cases["real"] = c
	b.token = "inspector"
	b.posted("/cases/real/findings", wrote, 403, "does not audit it", "Open it again")
}

func TestStaffWhoMayNotKnowWhatIsRestrictedSeeThatThereIsAFinding(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	b.posted("/cases/real/findings", wrote, 303)
	b.posted("/cases/real/findings/f1/moves", url.Values{"after": {"0"}, "move": {"release"}}, 303)
	b.token = "stranger"
	b.wants("/cases/real/findings/f1", 404)
	if page := b.wants("/findings", 200); strings.Contains(page, "f1") {
		t.Error("another organ sees the finding")
	}
	b.token = "trainer" // of the organ, works on no case
	page := b.wants("/cases/real/findings/f1", 200, "Its text is for those who work on the case", "Grave")
	if strings.Contains(page, "window") || strings.Contains(page, "Open it again") || strings.Contains(page, "/replies") {
		t.Error("the text is told, or an answer is offered")
	}
	b.posted("/cases/real/findings/f1/replies", url.Values{"after": {"1"}, "text": {"x"}}, 403, "answered by those who work on the case")
}

func TestFindingsAreNarrowedAndGoToATable(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "inspector"
	for i, id := range []string{"f1", "f2"} {
		form := url.Values{"id": {id}, "kind": {"question"}, "severity": {"slight"}, "text": {"=cmd"}}
		b.posted([]string{"/cases/real/findings", "/cases/far/findings"}[i], form, 303)
	}
	b.wants("/findings?state=recorded&kind=question&severity=nosuch&practice=false&organ="+url.QueryEscape(string(otherOrgan)), 200, "/cases/far/findings/f2", "Question", "The whole case")
	last := b.cabinet.asked[len(b.cabinet.asked)-1]
	if last.State != audit.Recorded || last.Kind != audit.Question || last.Severity != "" || last.Practice == nil || *last.Practice || len(last.Organs) != 1 || last.Organs[0] != otherOrgan {
		t.Errorf("asked for %+v", last)
	}
	b.wants("/findings?organ=elsewhere", 404)
	rec := b.get("/findings.csv")
	for _, want := range []string{"f1,", "f2,", "Question", "'=cmd"} {
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, rec.Body)
		}
	}
}
