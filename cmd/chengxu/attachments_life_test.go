package main

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/api"
)

// A file is given out once it has passed its examination. That it does not pass
// takes nothing from what was said.
func TestFilesAreExamined(t *testing.T) {
	dir := t.TempDir()
	hold, script := filepath.Join(dir, "hold"), filepath.Join(dir, "examine")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n[ -e "+hold+" ] && exit 75\ncase \"$(cat)\" in *EICAR*) echo virus; exit 1;; esac\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	q := newSquareWith(t, documentOptions{examine: script, within: 10 * time.Second})
	state := func(number int64, digest string) (string, answer) {
		var list struct {
			Comments []struct {
				Number      int64
				Attachments []attachmentSeen
			}
		}
		if err := json.Unmarshal(q.request(t, http.MethodGet, "/api/v1/consultations/"+q.id+"/comments", q.tokens["office"], "", nil).body, &list); err != nil {
			t.Fatal(err)
		}
		return list.Comments[number-1].Attachments[0].State, q.request(t, http.MethodGet, q.attachment(number, digest), q.tokens["office"], "", nil)
	}
	good, bad, waits := file{"好.txt", "text/plain", "好"}, file{"坏.txt", "text/plain", "EICAR"}, file{"等.txt", "text/plain", "等"}
	if got := q.receipt(t, q.attach(t, `{"text":"一"}`, good)); got.Attachments[0].State != "clean" {
		t.Errorf("clean: %+v", got)
	}
	if got := q.receipt(t, q.attach(t, `{"text":"二"}`, bad)); got.Attachments[0].State != "refused" || got.Number != 2 {
		t.Errorf("harmful: %+v", got)
	}
	if seen, got := state(2, bad.digest()); seen != "refused" || got.code != "document-refused" {
		t.Errorf("harmful: %s, %d %s", seen, got.status, got.code)
	}
	if slices.ContainsFunc(q.files(t), func(path string) bool { return strings.HasSuffix(path, bad.digest()) }) {
		t.Error("harmful bytes are still there")
	}
	if err := os.WriteFile(hold, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := q.receipt(t, q.attach(t, `{"text":"三"}`, waits)); got.Attachments[0].State != "quarantined" {
		t.Errorf("waiting: %+v", got)
	}
	if seen, got := state(3, waits.digest()); seen != "quarantined" || got.status != http.StatusConflict || got.code != "quarantined" {
		t.Errorf("waiting: %s, %d %s", seen, got.status, got.code)
	}
	if err := os.Remove(hold); err != nil {
		t.Fatal(err)
	}
	if err := q.s.papers.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if seen, got := state(3, waits.digest()); seen != "clean" || string(got.body) != "等" {
		t.Errorf("examined: %s, %d %s", seen, got.status, got.body)
	}
}

// Who withdraws a comment takes its files back, unless somebody else sent the same.
func TestFilesGoWithTheirComment(t *testing.T) {
	q := newSquare(t)
	own, shared := file{"李四.txt", "text/plain", "仅此一份"}, file{"联名信.txt", "text/plain", "联名信"}
	first := q.receipt(t, q.attach(t, `{"text":"一"}`, own, shared))
	q.receipt(t, q.attach(t, `{"text":"二"}`, shared))
	if got := q.request(t, http.MethodDelete, "/api/v1/public/receipts/"+first.Receipt, "", "", nil); got.status != http.StatusNoContent {
		t.Fatal(got.status, got.text)
	}
	if err := q.s.papers.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := q.files(t); len(left) != 1 || !strings.HasSuffix(left[0], shared.digest()) {
		t.Errorf("files %v", left)
	}
	got := q.request(t, http.MethodGet, "/api/v1/public/receipts/"+first.Receipt, "", "", nil)
	if strings.Contains(string(got.body), "李四") || strings.Count(string(got.body), `"state":"removed"`) != 2 || !strings.Contains(string(got.body), own.digest()) {
		t.Errorf("by the receipt: %s", got.body)
	}
	for path, status := range map[string]int{q.attachment(1, own.digest()): 404, q.attachment(1, shared.digest()): 404, q.attachment(2, shared.digest()): 200} {
		if got := q.request(t, http.MethodGet, path, q.tokens["office"], "", nil); got.status != status {
			t.Errorf("%s: %d, want %d", path, got.status, status)
		}
	}
}

func TestFormsCountForTheLimitOfTheirNetwork(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1, Burst: 2}}, slog.New(slog.DiscardHandler)))
	for n, want := range []int{http.StatusCreated, http.StatusUnprocessableEntity, http.StatusTooManyRequests} {
		media, body := form(t, `{"text":"一"}`, file{"a.txt", "text/plain", "附件"})
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, q.comments(), strings.NewReader(body))
		req.RemoteAddr = "198.51.100.7:1000"
		req.Header.Set("Content-Type", media)
		if n == 1 {
			req.Header.Set("Idempotency-Key", "short")
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code != want || want == http.StatusTooManyRequests && rec.Header().Get("Retry-After") == "" {
			t.Errorf("request %d: %d %s, want %d", n, rec.Code, rec.Body, want)
		}
	}
}

// Whoever sends forms slowly keeps out neither comments, nor other networks, nor the
// documents of staff.
func TestFormsThatComeInSlowly(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler)))
	send := func(from, path, media string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body)
		req.RemoteAddr = from
		req.Header.Set("Content-Type", media)
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		return rec
	}
	const slow, other = "198.51.100.7:1000", "203.0.113.9:1000"
	media, body := form(t, `{"text":"一"}`, file{"a.txt", "text/plain", "附件"})
	ended := make(chan int)
	var held []*io.PipeWriter
	for range 4 {
		r, w := io.Pipe()
		held = append(held, w)
		go func() { ended <- send(slow, q.comments(), media, r).Code }()
		if _, err := io.WriteString(w, body[:20]); err != nil { // it is read: the form has its place
			t.Fatal(err)
		}
	}
	if rec := send(slow, q.comments(), media, strings.NewReader(body)); rec.Code != http.StatusTooManyRequests || !strings.Contains(rec.Body.String(), "too-many-uploads") {
		t.Errorf("a fifth form: %d %s", rec.Code, rec.Body)
	}
	for name, rec := range map[string]*httptest.ResponseRecorder{
		"a comment without files": send(slow, q.comments(), "application/json", strings.NewReader(`{"text":"二"}`)),
		"another network":         send(other, q.comments(), media, strings.NewReader(body)),
		"a document of staff":     send(slow, "/api/v1/documents?title=x", "text/plain", strings.NewReader("正文"), "Authorization", "Bearer "+q.tokens["office"]),
	} {
		if rec.Code != http.StatusCreated {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	for _, w := range held {
		w.CloseWithError(errors.New("gone"))
		if code := <-ended; code != http.StatusBadRequest {
			t.Errorf("a form that was broken off: %d", code)
		}
	}
	if rec := send(slow, q.comments(), media, strings.NewReader(body)); rec.Code != http.StatusCreated {
		t.Errorf("after the others: %d %s", rec.Code, rec.Body)
	}
}
