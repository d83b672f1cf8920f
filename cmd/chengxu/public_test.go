package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/internal/contract"
	"github.com/zhengdang/chengxu/legaltime"
)

// square is a running Chengxu with a consultation, and a clock that decides what
// comes late from the public.
type square struct {
	*trial
	clock    atomic.Pointer[time.Time]
	readings atomic.Int64 // how often the clock is still read before the consultation ends
	id       string
	closes   time.Time
	papers   string // directory
}

func newSquare(t *testing.T) *square { return newSquareWith(t, documentOptions{}) }

func newSquareWith(t *testing.T, o documentOptions) *square {
	t.Helper()
	dir := t.TempDir()
	q := &square{papers: filepath.Join(dir, "documents")}
	now := time.Now()
	q.clock.Store(&now)
	q.readings.Store(1 << 40)
	s := startTestStackWith(t, stackOptions{place: place{data: dir}, documents: o, clock: func() time.Time {
		if q.readings.Add(-1) < 0 {
			return q.closes
		}
		return *q.clock.Load()
	}})
	h, err := s.handler(outside{limits: api.Limits{PerMinute: 1 << 20, Burst: 1 << 20}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	held, err := contract.Load(t.Context(), api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(held.Watch(h, func(err error) { t.Error(err) }))
	t.Cleanup(server.Close)
	q.trial = &trial{s: s, url: server.URL, dir: t.TempDir(), tokens: map[string]string{}, cases: map[string]casefile.ID{}, drafts: map[string]string{}}
	q.issueTokens(t)
	q.open(t, "real", "office", `{"id":"square","procedure":"cn.major-decision@2019","matter":{"title":"生活垃圾分类方案","category":"policy"},`+facts+`}`)
	// The steps before a consultation take weeks by law; what an entry leaves in the
	// lists is written as the entry would.
	q.announce(t, func(*casefile.Derived) {})
	return q
}

// announce writes the consultation as an entry would leave it.
func (q *square) announce(t *testing.T, change func(d *casefile.Derived)) {
	t.Helper()
	today := legaltime.DateIn(time.Now(), legaltime.China)
	last := today.AddDays(30)
	d := casefile.Derived{Consultation: &casefile.Consultation{Step: "participation", Round: 1, OpensOn: today, ClosesOn: last, Channels: []string{"门户网站"}, Open: true, Shown: true}}
	change(&d)
	c := mustCase(t, q.s, q.cases["real"])
	if err := q.s.store.Derived(t.Context(), c, d); err != nil {
		t.Fatal(err)
	}
	q.id, q.closes = string(c.ID)+".participation.1", last.AddDays(1).Start(legaltime.China)
}

func (q *square) at(now time.Time) { q.clock.Store(&now) }

func (q *square) comments() string { return "/api/v1/public/consultations/" + q.id + "/comments" }

func (q *square) say(t *testing.T, text string) (answer, string) {
	t.Helper()
	got := q.request(t, http.MethodPost, q.comments(), "", "application/json", strings.NewReader(fmt.Sprintf(`{"text":%q,"name":"张三","contact":"13800000000"}`, text)))
	var receipt struct{ Receipt string }
	if got.status == http.StatusCreated {
		if err := json.Unmarshal(got.body, &receipt); err != nil {
			t.Fatal(err)
		}
	}
	return got, receipt.Receipt
}

// Every route by which the public writes is closed when the consultation is, and
// not a moment before, for each kind of body. Routes and kinds are read off the
// contract: one that comes later is tried too. Nothing that is late leaves a file.
func TestEveryWayToWriteIsClosedInTime(t *testing.T) {
	q := newSquare(t)
	_, receipt := q.say(t, "同意")
	doc, err := openapi3.NewLoader().LoadFromData(api.Contract())
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{consultation}", q.id, "{receipt}", receipt)
	formType, formBody := form(t, `{"text":"意见"}`, file{"意见.txt", "text/plain", "附件"})
	bodies := map[string]string{"comment application/json": `{"text":"意见"}`, "comment multipart/form-data": formBody}
	tried := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			action, _ := op.Extensions["x-action"].(string)
			rule, _ := access.RuleFor(access.Action(action))
			open := len(rule.Who) == 1 && rule.Who[0] == access.Anyone
			if method == http.MethodGet || !open || !strings.HasPrefix(path, "/api/v1/public/") {
				continue
			}
			target := fill.Replace(path)
			if strings.Contains(target, "{") {
				t.Errorf("%s %s: say in the test what the parameters stand for", method, path)
				continue
			}
			kinds := []string{""}
			if op.RequestBody != nil {
				kinds = sortedKeys(op.RequestBody.Value.Content)
			}
			for _, kind := range kinds {
				tried++
				body := bodies[op.OperationID+" "+kind]
				if kind != "" && body == "" {
					t.Errorf("%s %s: say in the test what to send as %s", method, path, kind)
				}
				if kind == "multipart/form-data" {
					kind = formType
				}
				q.closesInTime(t, method, target, kind, body)
			}
		}
	}
	if tried < 3 {
		t.Errorf("%d ways were tried", tried)
	}
}

func (q *square) closesInTime(t *testing.T, method, target, media, body string) {
	t.Helper()
	before := q.files(t)
	for _, late := range []time.Duration{0, time.Millisecond, time.Second, 24 * time.Hour, 400 * 24 * time.Hour} {
		q.at(q.closes.Add(late))
		if got := q.request(t, method, target, "", media, strings.NewReader(body)); got.status != http.StatusConflict || got.code != "consultation-closed" {
			t.Errorf("%s %s %s, %s late: %d %s", method, target, media, late, got.status, got.code)
		}
	}
	q.at(q.closes.Add(-time.Millisecond))
	if strings.HasPrefix(media, "multipart/") {
		q.readings.Store(1) // in time when it is looked at, late when it is recorded
		if got := q.request(t, method, target, "", media, strings.NewReader(body)); got.code != "consultation-closed" {
			t.Errorf("%s %s %s, late in the transaction: %d %s", method, target, media, got.status, got.code)
		}
		q.readings.Store(1 << 40)
	}
	if after := q.files(t); !slices.Equal(before, after) {
		t.Errorf("%s %s %s: late, and left %v beside %v", method, target, media, after, before)
	}
	if got := q.request(t, method, target, "", media, strings.NewReader(body)); got.status >= 300 {
		t.Errorf("%s %s %s in the last instant: %d %s", method, target, media, got.status, got.text)
	}
	q.announce(t, func(d *casefile.Derived) { d.Consultation.Open = false })
	if got := q.request(t, method, target, "", media, strings.NewReader(body)); got.code != "consultation-closed" {
		t.Errorf("%s %s %s while the case is suspended: %d %s", method, target, media, got.status, got.code)
	}
	q.announce(t, func(*casefile.Derived) {})
}

// Ten thousand comments arrive over HTTP while the consultation closes.
func TestTenThousandCommentsOverHTTP(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1 << 30, Burst: 1 << 30}}, slog.New(slog.DiscardHandler)))
	const total = 10_000
	var sent atomic.Int64
	codes := make([]int, total)
	receipts := make([]string, total)
	began := time.Now()
	var all sync.WaitGroup
	for worker := range 50 {
		all.Go(func() {
			for n := worker; n < total; n += 50 {
				if sent.Add(1) == total*7/10 {
					q.at(q.closes)
				}
				req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, q.comments(), strings.NewReader(fmt.Sprintf(`{"text":"第%d条意见"}`, n)))
				req.Header.Set("Content-Type", "application/json")
				rec := httptest.NewRecorder()
				handler.ServeHTTP(rec, req)
				var receipt struct{ Receipt string }
				json.Unmarshal(rec.Body.Bytes(), &receipt)
				codes[n], receipts[n] = rec.Code, receipt.Receipt
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	count := map[int]int64{}
	for n, code := range codes {
		count[code]++
		if (code == http.StatusCreated) != (receipts[n] != "") {
			t.Errorf("comment %d: %d with receipt %q", n, code, receipts[n])
		}
	}
	c, err := q.s.store.Consultation(t.Context(), q.id)
	if err != nil || c.Received != count[http.StatusCreated] || count[http.StatusCreated]+count[http.StatusConflict] != total || count[http.StatusConflict] == 0 {
		t.Fatalf("%v: %d received, answers %v", err, c.Received, count)
	}
	for n, receipt := range receipts {
		if receipt == "" || n%97 != 0 {
			continue
		}
		if _, found, err := q.s.public.Lookup(t.Context(), receipt); err != nil || found.Comment.Text != fmt.Sprintf("第%d条意见", n) {
			t.Errorf("receipt of %d: %v %+v", n, err, found)
		}
	}
	t.Logf("%d comments a second; answers %v", int64(total/took.Seconds()), count)
}

// No personal data reaches the public, by any public route; staff who work on the
// case see it.
func TestThePublicNeverReadsWhoCommented(t *testing.T) {
	q := newSquare(t)
	_, receipt := q.say(t, "=HYPERLINK(1)意见")
	q.say(t, "另一条意见")
	for number, body := range map[int]string{1: `{"visibility":"published"}`, 2: `{"visibility":"hidden","reason":"abuse"}`} {
		path := fmt.Sprintf("/api/v1/consultations/%s/comments/%d/visibility", q.id, number)
		if got := q.request(t, http.MethodPut, path, q.tokens["secretary"], "application/json", strings.NewReader(body)); got.status != http.StatusNotFound {
			t.Errorf("another organ moderates: %d", got.status)
		}
		if got := q.request(t, http.MethodPut, path, q.tokens["office"], "application/json", strings.NewReader(body)); got.status != http.StatusNoContent {
			t.Fatalf("moderate: %d %s", got.status, got.text)
		}
	}
	if got := q.request(t, http.MethodPost, "/api/v1/consultations/"+q.id+"/dispositions", q.tokens["office"], "application/json",
		strings.NewReader(`{"numbers":[1],"disposition":"partly","reason":"已在第三条吸收"}`)); got.status != http.StatusNoContent {
		t.Fatal(got.status, got.text)
	}
	base := "/api/v1/public/"
	for _, path := range []string{
		base + "consultations", base + "consultations?format=csv", base + "consultations/" + q.id, q.comments(), q.comments() + "?format=csv",
		base + "receipts/" + receipt, base + "decisions", base + "decisions?format=csv", base + "documents", base + "documents?format=csv", base + "feeds/documents.atom", base + "feeds/consultations.atom", base + "feeds/decisions.atom",
		"/public", "/public?state=open", "/public?state=ended", "/public/consultations/" + q.id, "/public/consultations/" + q.id + "?after=1", "/public/consultations/" + q.id + "/report",
		"/public/consultations/" + q.id + "/comment", "/public/decisions", "/public/documents", "/public/catalogue", "/public/receipts", "POST /public/receipts",
	} {
		var got answer
		if path, ok := strings.CutPrefix(path, "POST "); !ok {
			got = q.request(t, http.MethodGet, path, "", "", nil)
		} else {
			got = q.request(t, http.MethodPost, path, "", "application/x-www-form-urlencoded", strings.NewReader("receipt="+receipt), "Sec-Fetch-Site", "same-origin")
		}
		if got.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, got.status, got.text)
		}
		for _, personal := range []string{"张三", "13800000000", "另一条意见", "已在第三条吸收"} {
			if strings.Contains(string(got.body), personal) {
				t.Errorf("%s tells %q", path, personal)
			}
		}
	}
	rows, err := csv.NewReader(strings.NewReader(string(q.request(t, http.MethodGet, q.comments()+"?format=csv", "", "", nil).body))).ReadAll()
	if err != nil || len(rows) != 3 || rows[1][6] != "'=HYPERLINK(1)意见" {
		t.Errorf("%v: %v", err, rows)
	}
	q.announce(t, func(d *casefile.Derived) { d.Consultation.Adoption = true })
	if got := q.request(t, http.MethodGet, "/public/consultations/"+q.id+"/report", "", "", nil); !strings.Contains(string(got.body), "已在第三条吸收") || strings.Contains(string(got.body), "张三") {
		t.Errorf("the report: %s", got.body)
	}
	if got := q.request(t, http.MethodGet, base+"receipts/"+receipt, "", "", nil); !strings.Contains(string(got.body), "已在第三条吸收") {
		t.Errorf("once the account is published, the receipt says what became of the view: %s", got.body)
	}
	staff := "/api/v1/consultations/" + q.id + "/comments"
	if got := q.request(t, http.MethodGet, staff, q.tokens["office"], "", nil); !strings.Contains(string(got.body), "13800000000") {
		t.Errorf("who works on the case reads %s", got.body)
	}
	if got := q.request(t, http.MethodGet, staff, q.tokens["expert"], "", nil); got.status != http.StatusOK || strings.Contains(string(got.body), "13800000000") {
		t.Errorf("who does not work on the case: %d %s", got.status, got.body)
	}
	if got := q.request(t, http.MethodGet, staff, q.tokens["secretary"], "", nil); got.status != http.StatusNotFound {
		t.Errorf("another organ: %d", got.status)
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Author  string `xml:"author>name"`
		} `xml:"entry"`
	}
	raw := q.request(t, http.MethodGet, base+"feeds/consultations.atom", "", "", nil).body
	if err := xml.Unmarshal(raw, &feed); err != nil || feed.ID == "" || feed.Title == "" || len(feed.Entries) != 1 || feed.Entries[0].ID == "" || feed.Entries[0].Author != district {
		t.Errorf("feed: %v %s", err, raw)
	}
	if page := "/public/consultations/" + q.id; !bytes.Contains(raw, []byte(`href="`+page+`"`)) {
		t.Errorf("the feed does not lead to %s: %s", page, raw)
	}
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil {
		t.Error(err)
	}
}

func TestWrongCommentsAreRefusedAndCountNothing(t *testing.T) {
	q := newSquare(t)
	for name, body := range map[string]string{
		"nothing": `{}`, "blanks": `{"text":"  \n "}`, "too much": `{"text":"` + strings.Repeat("长", 5001) + `"}`, "a control character": `{"text":"a\u0007b"}`,
		"a name with a line break": `{"text":"x","name":"a\r\nb"}`, "an unknown field": `{"text":"x","disposition":"adopted"}`, "a number": `{"text":7}`, "no JSON": `text=x`,
	} {
		if got := q.request(t, http.MethodPost, q.comments(), "", "application/json", strings.NewReader(body)); got.status != 422 && got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.text)
		}
	}
	for _, path := range []string{"/api/v1/public/consultations/none/comments", "/api/v1/public/consultations/..%2fx/comments"} {
		if got := q.request(t, http.MethodPost, path, "", "application/json", strings.NewReader(`{"text":"x"}`)); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	key := strings.Repeat("k", 24)
	first := q.request(t, http.MethodPost, q.comments(), "", "application/json", strings.NewReader(`{"text":"一次"}`), "Idempotency-Key", key)
	again := q.request(t, http.MethodPost, q.comments(), "", "application/json", strings.NewReader(`{"text":"一次"}`), "Idempotency-Key", key)
	other := q.request(t, http.MethodPost, q.comments(), "", "application/json", strings.NewReader(`{"text":"两次"}`), "Idempotency-Key", key)
	if first.status != http.StatusCreated || string(first.body) != string(again.body) || other.status != 422 {
		t.Errorf("the same key: %d %s, %s, %d", first.status, first.body, again.body, other.status)
	}
	if c, err := q.s.store.Consultation(t.Context(), q.id); err != nil || c.Received != 1 {
		t.Errorf("%v: %d received, want 1", err, c.Received)
	}
}

func TestOneNetworkDoesNotFloodTheRest(t *testing.T) {
	q := newSquare(t)
	handler := must(q.s.handler(outside{limits: api.Limits{PerMinute: 1, Burst: 5}}, slog.New(slog.DiscardHandler)))
	ask := func(from string, headers ...string) int {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, q.comments(), strings.NewReader(`{"text":"x"}`))
		req.RemoteAddr = from
		req.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if rec.Code == http.StatusTooManyRequests && rec.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return rec.Code
	}
	for range 5 {
		ask("198.51.100.7:1000")
	}
	if got := ask("198.51.100.7:2000"); got != http.StatusTooManyRequests {
		t.Errorf("the sixth of an address: %d", got)
	}
	if got := ask("198.51.100.7:2000", "X-Forwarded-For", "203.0.113.9"); got != http.StatusTooManyRequests {
		t.Errorf("an address that says it is another one: %d", got)
	}
	if got := ask("203.0.113.9:1000"); got != http.StatusCreated {
		t.Errorf("another address: %d", got)
	}
}
