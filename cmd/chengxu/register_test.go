package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/legaltime"
)

// A document that was made in a case stands in the register as the record says, on
// every day, by API and pages; one of practice does not.
func TestTheRegisterFollowsTheRecord(t *testing.T) {
	s := startTestStack(t, 0)
	of := playedOnce(t, s, "../../examples/sub-district-parking-document.yaml")
	handler := must(s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler)))
	get := func(path string, want int) string {
		t.Helper()
		rec := httptest.NewRecorder()
		if handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)); rec.Code != want {
			t.Fatalf("%s: %d %s", path, rec.Code, rec.Body)
		}
		return rec.Body.String()
	}
	type page struct {
		Documents []struct {
			Number, State, Title string
			Also                 []string
		}
	}
	on := func(day string) (p page) {
		t.Helper()
		if err := json.Unmarshal([]byte(get("/api/v1/public/documents?on="+day, http.StatusOK)), &p); err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := on("2025-12-01"); len(p.Documents) != 0 {
		t.Fatalf("practice is in the register: %+v", p)
	}
	for _, e := range of.entries { // the same record, as of a case that has effect
		e.Entry.Case, e.Entry.Practice = "parking", false
		e.Entry.At = e.Entry.On.Start(legaltime.China).Add(time.Duration(e.Entry.Sequence) * time.Second).UTC()
		if _, err := s.store.Record(t.Context(), e.Entry); err != nil {
			t.Fatal(err)
		}
	}
	for day, want := range map[string]string{
		"2025-06-08": "", "2025-06-09": "not-yet-effective", "2025-07-14": "not-yet-effective", "2025-07-15": "in-force trial", "2027-01-13": "in-force trial",
		"2027-01-14": "in-force trial expiring", "2027-07-14": "in-force trial expiring", "2027-07-15": "lapsed",
	} {
		p, got := on(day), ""
		if len(p.Documents) == 1 {
			got = strings.Join(append([]string{p.Documents[0].State}, p.Documents[0].Also...), " ")
		}
		if got != want {
			t.Errorf("on %s it is %q, want %q", day, got, want)
		}
	}
	number := on("2025-12-01").Documents[0].Number
	address := "/documents/" + url.PathEscape(string(of.entries[0].Entry.Organ)) + "/" + url.PathEscape(number)
	whole := get("/api/v1/public"+address+"?on=2025-12-01", http.StatusOK)
	for _, want := range []string{`"change":"published"`, `"change":"filed"`, `"on":"2025-07-02"`, "示例登记号", `"valid_until":"2027-07-14"`, `"decision":"parking"`} {
		if !strings.Contains(whole, want) {
			t.Errorf("the document lacks %s: %s", want, whole)
		}
	}
	get("/api/v1/public"+address+"?on=2025-06-08", http.StatusNotFound)
	get("/api/v1/public/documents?on=2025-13-01", http.StatusUnprocessableEntity)
	get("/api/v1/public/documents?state=x", http.StatusUnprocessableEntity)
	list := get("/public/documents?on=2025-12-01&lang=zh", http.StatusOK)
	for _, want := range []string{"现行有效", "试行", number} {
		if !strings.Contains(list, want) {
			t.Errorf("the list lacks %s", want)
		}
	}
	if text := get("/public"+address+"?on=2025-12-01", http.StatusOK); !strings.Contains(text, "第四条 访客车辆") || !strings.Contains(text, "备案登记") {
		t.Errorf("the page lacks the text or the history: %s", text)
	}
	if decision := get("/public/decisions/parking", http.StatusOK); !strings.Contains(decision, "/public/documents/") {
		t.Error("the decision does not lead to the register")
	}
	if feed := get("/api/v1/public/feeds/documents.atom", http.StatusOK); !strings.Contains(feed, "/public"+address) {
		t.Errorf("feed %s", feed)
	}
}
