package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// endless is a form with a file that has no end, as far as anybody reads it.
type endless struct {
	head io.Reader
	read int
}

func (e *endless) Read(b []byte) (int, error) {
	if n, err := e.head.Read(b); err == nil {
		return n, nil
	}
	if e.read > 16<<20 {
		return 0, io.EOF
	}
	e.read += len(b)
	return len(b), nil
}

func TestAFormWithoutFilesReadsNone(t *testing.T) {
	b := newBrowser(t, false)
	b.token = "drafter"
	for _, target := range []string{"/account/keys", "/account/other-sessions/end", "/work/feeds", "/sign-out", "/public/receipts"} {
		body := &endless{head: strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n")}
		req := httptest.NewRequest(http.MethodPost, target+"?form="+url.QueryEscape("form of drafter"), body)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		req.Header.Set("Origin", "http://example.com")
		if rec := b.send(req); rec.Code != http.StatusUnprocessableEntity || body.read > 1<<20 {
			t.Errorf("%s: %d after %d bytes", target, rec.Code, body.read)
		}
	}
}

func TestAFormOfFilesHasSoManyParts(t *testing.T) {
	b := actsBrowser(t)
	form := suspension()
	for i := range 8000 {
		form.Set("x"+strconv.Itoa(i), "")
	}
	target := "/cases/real/acts/case.suspend?form=" + url.QueryEscape("form of drafter")
	shows(t, b.upload(target, form, nil), 422)
	if len(b.fake.done) > 0 {
		t.Error("the act was done")
	}
}

func TestOnePersonUploadsSoManyFilesAtOnce(t *testing.T) {
	b := actsBrowser(t)
	for range 4 {
		done, ok := b.gate.TakeUpload(organ, "p1")
		if !ok {
			t.Fatal("no place for an upload")
		}
		defer done()
	}
	target := "/cases/real/acts/case.suspend?form=" + url.QueryEscape("form of drafter")
	shows(t, b.upload(target, suspension(), map[string]string{"document": "words"}), 422, "Too many files are coming in", "is being amended")
	if len(b.fake.uploads)+len(b.fake.done) > 0 {
		t.Error("the file was stored")
	}
}

func TestWhatIsNoTextIsRefused(t *testing.T) {
	b := actsBrowser(t)
	for target, status := range map[string]int{
		"/cases?q=%00": 422, "/cases?q=%ff": 422, "/cases?%00=x": 422, "/public?organ=a%00b": 422, "/cases/%00": 404, "/cases/%ff": 404, "/public/decisions/a%00": 404,
	} {
		b.wants(target, status)
	}
	for _, text := range []string{"a\x00b", "a\xff"} {
		shows(t, b.post("/cases/real/acts/case.suspend", suspension("with.reason", text)), 422)
		shows(t, b.upload("/cases/real/acts/case.suspend?form="+url.QueryEscape("form of drafter"), suspension("with.reason", text), nil), 422)
	}
	if len(b.fake.done)+len(b.fake.kept) > 0 {
		t.Error("something was done")
	}
	b.token = ""
	shows(t, b.post("/sign-in", url.Values{"login": {"li\x00"}, "password": {"right"}}), 422)
}

func TestHeadIsAnsweredAsGetIs(t *testing.T) {
	b := newBrowser(t, false)
	for target, status := range map[string]int{"/sign-in": 200, "/cases": 303, "/nothing": 404} {
		rec := b.send(httptest.NewRequest(http.MethodHead, target, nil))
		if rec.Code != status {
			t.Errorf("HEAD %s: %d", target, rec.Code)
		}
	}
}

func TestWhatNobodySeesIsShown(t *testing.T) {
	b := actsBrowser(t)
	c := b.fake.cases["real"]
	c.Matter.Title = "Plan\u202efdp.exe\u200b 乌鲁木齐\u200d"
	b.fake.cases["real"] = c
	page := b.wants("/cases/real", 200, "Plan‹U+202E›fdp.exe‹U+200B› 乌鲁木齐\u200d")
	if strings.ContainsAny(page, "\u202e\u200b") {
		t.Error("the page turns the direction of writing")
	}
	b.post("/cases/real/acts/case.suspend", suspension("with.reason", "pasted\u200b from\ufeff somewhere"))
	if got := b.fake.done[0].With["reason"]; got != "pasted from somewhere" {
		t.Errorf("recorded %q", got)
	}
}
