package main

import (
	"bytes"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/api"
)

var hiddenField = regexp.MustCompile(`name="(form|once)" value="([^"]*)"`)

// onPage comments by the form of the pages, with a file, as somebody at an address.
func (q *square) onPage(t *testing.T, handler http.Handler, from, text string) *httptest.ResponseRecorder {
	t.Helper()
	path := "/public/consultations/" + q.id + "/comment"
	send := func(req *http.Request) *httptest.ResponseRecorder {
		req.RemoteAddr = from
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		return rec
	}
	page := send(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, field := range hiddenField.FindAllStringSubmatch(page.Body.String(), -1) {
		must(0, w.WriteField(field[1], field[2]))
	}
	must(0, w.WriteField("text", text))
	part := must(w.CreateFormFile("attachment", "意见.txt"))
	must(io.WriteString(part, "附件："+text))
	must(0, w.Close())
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	for _, cookie := range page.Result().Cookies() {
		req.AddCookie(cookie)
	}
	return send(req)
}

// The page closes when the consultation does, by the clock inside the transaction, and
// not a moment before. What is late leaves no file, and is not lost to whoever typed it.
func TestThePageClosesInTime(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler)))
	const from = "198.51.100.7:1000"
	q.at(q.closes.Add(-time.Millisecond))
	if rec := q.onPage(t, handler, from, "最后一刻"); rec.Code != http.StatusCreated {
		t.Fatalf("in the last instant: %d %s", rec.Code, rec.Body)
	}
	before := q.files(t)
	if len(before) != 1 {
		t.Errorf("files %v", before)
	}
	q.readings.Store(2) // for the form, and for whether it is refused anyway; the next one is inside the transaction
	last := q.closes.Add(-time.Second).In(time.FixedZone("", 8*60*60)).Format(time.DateTime)
	rec := q.onPage(t, handler, from, "晚了一步的意见")
	q.readings.Store(1 << 40)
	if rec.Code != http.StatusConflict || !strings.Contains(rec.Body.String(), "晚了一步的意见") || !strings.Contains(rec.Body.String(), last) || !strings.Contains(rec.Body.String(), "附件没有保留") {
		t.Errorf("late in the transaction: %d %s", rec.Code, rec.Body)
	}
	if after := q.files(t); !slices.Equal(before, after) {
		t.Errorf("what was late left %v beside %v", after, before)
	}
	if c, err := q.s.store.Consultation(t.Context(), q.id); err != nil || c.Received != 1 {
		t.Errorf("%v: %d received", err, c.Received)
	}
}

// API and pages count together.
func TestPagesAndAPIHaveOneMeasure(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1, Burst: 3}}, slog.New(slog.DiscardHandler)))
	const from, other = "198.51.100.7:1000", "203.0.113.9:1000"
	for range 2 {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, q.comments(), strings.NewReader(`{"text":"一"}`))
		req.RemoteAddr = from
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		if handler.ServeHTTP(rec, req); rec.Code != http.StatusCreated {
			t.Fatalf("by the API: %d %s", rec.Code, rec.Body)
		}
	}
	if rec := q.onPage(t, handler, from, "二"); rec.Code != http.StatusCreated {
		t.Errorf("the third: %d", rec.Code)
	}
	if rec := q.onPage(t, handler, from, "三"); rec.Code != http.StatusTooManyRequests || !strings.Contains(rec.Body.String(), "三") || rec.Header().Get("Retry-After") == "" {
		t.Errorf("the fourth: %d %s", rec.Code, rec.Body)
	}
	if rec := q.onPage(t, handler, other, "四"); rec.Code != http.StatusCreated {
		t.Errorf("of another network: %d", rec.Code)
	}
}
