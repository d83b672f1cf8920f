package api_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/documents"
)

const textPlain = "text/plain; charset=utf-8"

func TestADocumentIsStoredAsTheCallersWithWhatIsSaidOfIt(t *testing.T) {
	c := newClient(t)
	// printf 第一条 | openssl dgst -sha256 -binary | base64
	digest := "A5MhI5FFOyElO7HEODAift7qogi33bsHzmT4RnnLXWk="
	raw, err := base64.StdEncoding.DecodeString(digest)
	if err != nil {
		t.Fatal(err)
	}
	a := c.ask("POST", "/api/v1/documents?title=%E8%8D%89%E6%A1%88&level=restricted", "drafter", "第一条",
		"Content-Type", textPlain, "Content-Digest", "sha-512=:YQ==:, SHA-256=:"+digest+":")
	a.want(t, http.StatusCreated, "")
	up := c.fake.uploads[0]
	content, err := io.ReadAll(up.Content)
	if err != nil {
		t.Fatal(err)
	}
	if up.Organ != organ || up.By != "p1" || up.Title != "草案" || up.MediaType != textPlain || up.Level != casefile.LevelRestricted ||
		string(content) != "第一条" || string(up.Digest) != hex.EncodeToString(raw) {
		t.Errorf("upload: %+v %q", up, content)
	}
	stored := decode[struct{ Digest, Level, State string }](t, a)
	if a.Header().Get("Location") != "/api/v1/documents/"+stored.Digest || stored.Level != "restricted" || stored.State != "clean" {
		t.Errorf("%q %s", a.Header().Get("Location"), a.Body)
	}
	for query, want := range map[string]casefile.Level{"": casefile.LevelInternal, "&level=internal": casefile.LevelInternal, "&level=public": casefile.LevelPublic} {
		c.ask("POST", "/api/v1/documents?title=x"+query, "drafter", "x", "Content-Type", textPlain).want(t, http.StatusCreated, "")
		if got := c.fake.uploads[len(c.fake.uploads)-1].Level; got != want {
			t.Errorf("%q: level %q, want %q", query, got, want)
		}
	}
}

func TestEachReasonNotToTakeADocumentHasItsProblem(t *testing.T) {
	for code, want := range map[documents.Code]struct {
		status      int
		code, field string
	}{
		documents.CodeType: {415, "unsupported-media-type", ""}, documents.CodeTooLarge: {413, "body-too-large", ""},
		documents.CodeDigest: {400, "digest-mismatch", ""}, documents.CodeContent: {422, "document-refused", ""},
		documents.CodeEmpty: {400, "malformed-body", ""}, documents.CodeUnread: {400, "malformed-body", ""},
		documents.CodeTitle: {422, "invalid-request", "title"}, documents.CodeLevel: {422, "invalid-request", "level"},
	} {
		c := newClient(t)
		c.fake.err = &documents.Refused{Code: code, Message: casefile.Text{ZH: "原因", EN: "the reason"}}
		a := c.ask("POST", "/api/v1/documents?title=x", "drafter", "x", "Content-Type", textPlain)
		a.want(t, want.status, want.code)
		if a.Problem.Field != want.field || a.Problem.Details.EN != "the reason" {
			t.Errorf("%s: %s", code, a.Body)
		}
	}
}

func TestADocumentIsSentToBeSavedWithItsDigest(t *testing.T) {
	for _, target := range []string{"/api/v1/documents/" + string(draft), "/api/v1/cases/c1/documents/" + string(draft)} {
		c := newClient(t)
		a := c.ask("GET", target, "drafter", "")
		a.want(t, http.StatusOK, "")
		if a.Body.String() != paperOf(draft) {
			t.Errorf("%s: %d bytes", target, a.Body.Len())
		}
		sum, err := hex.DecodeString(string(draft))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"ETag": `"` + string(draft) + `"`, "Repr-Digest": "sha-256=:" + base64.StdEncoding.EncodeToString(sum) + ":",
			"Accept-Ranges": "bytes", "Content-Length": "140000", "Content-Type": "text/plain",
		} {
			if got := a.Header().Get(name); name != "Content-Length" && got != want {
				t.Errorf("%s: %s = %q, want %q", target, name, got, want)
			}
		}
		if got := a.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="`) || strings.ContainsAny(got, "\r\n<") {
			t.Errorf("%s: %q", target, got)
		}
		b := c.ask("GET", target, "drafter", "", "If-None-Match", `W/"other", "`+string(draft)+`"`)
		if b.Code != http.StatusNotModified || b.Body.Len() != 0 {
			t.Errorf("%s: known already, and %d with %d bytes", target, b.Code, b.Body.Len())
		}
	}
}

func TestAPartOfADocument(t *testing.T) {
	whole := paperOf(draft)
	size := len(whole)
	etag := `"` + string(draft) + `"`
	for _, tt := range []struct {
		rang, condition string
		status          int
		from, until     int
	}{
		{"bytes=0-0", "", 206, 0, 0},
		{"bytes=5-99", "", 206, 5, 99},
		{"bytes=70000-", "", 206, 70000, size - 1},
		{"bytes=0-999999999", "", 206, 0, size - 1},
		{"bytes=-10", "", 206, size - 10, size - 1},
		{"bytes=-999999999", "", 206, 0, size - 1},
		{"bytes=5-99", etag, 206, 5, 99},
		{"bytes=5-99", `"other"`, 200, 0, size - 1},
		{"bytes=5-99,200-", "", 200, 0, size - 1},
		{"lines=5-99", "", 200, 0, size - 1},
		{"bytes=9-5", "", 200, 0, size - 1},
		{"bytes=a-b", "", 200, 0, size - 1},
		{"bytes=-", "", 200, 0, size - 1},
		{"bytes=5", "", 200, 0, size - 1},
		{"bytes=99999999999999999999-", "", 200, 0, size - 1},
		{"bytes=999999-", "", 416, 0, 0},
		{"bytes=-0", "", 416, 0, 0},
	} {
		c := newClient(t)
		a := c.ask("GET", "/api/v1/documents/"+string(draft), "drafter", "", "Range", tt.rang, "If-Range", tt.condition)
		if a.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.rang, a.Code, tt.status)
			continue
		}
		if tt.status == http.StatusRequestedRangeNotSatisfiable {
			a.want(t, tt.status, "range-not-satisfiable")
			continue
		}
		if a.Body.String() != whole[tt.from:tt.until+1] {
			t.Errorf("%s: %d bytes, want those from %d to %d", tt.rang, a.Body.Len(), tt.from, tt.until)
		}
		if got := a.Header().Get("Content-Range") != ""; got != (tt.status == http.StatusPartialContent) {
			t.Errorf("%s: Content-Range %q", tt.rang, a.Header().Get("Content-Range"))
		}
	}
}

// Bytes that are not those of the digest never arrive whole: the connection is
// broken off before the last one, or the answer is a fault. A part is not sent
// whole either.
func TestDamagedBytesBreakTheConnectionOff(t *testing.T) {
	for _, rang := range []string{"", "bytes=0-9", "bytes=-1"} {
		c := newClient(t)
		c.fake.damaged = true
		server := httptest.NewServer(c.api)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api/v1/documents/"+string(draft), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.people.secrets["drafter"])
		if rang != "" {
			req.Header.Set("Range", rang)
		}
		resp, err := server.Client().Do(req)
		if err == nil {
			var got bytes.Buffer
			if _, err = io.Copy(&got, resp.Body); err == nil && resp.StatusCode < 500 {
				t.Errorf("%q: %d with all of %d bytes", rang, resp.StatusCode, got.Len())
			}
			resp.Body.Close()
		}
		server.Close()
		if !strings.Contains(c.logged.String(), "damaged") {
			t.Errorf("%q: not logged", rang)
		}
	}
}

// restricted makes the draft one that only some may know.
func restricted(c *client, filed bool) {
	doc := c.fake.papers[draft]
	doc.Level, doc.Title, doc.Uploads = casefile.LevelRestricted, "不得外传", []casefile.UploadRecord{{Person: "p4", Title: "不得外传"}}
	c.fake.papers[draft] = doc
	for id, of := range c.fake.cases {
		of.Documents = []casefile.Document{{Digest: draft, Kind: casefile.KindMaterial, Title: "不得外传", Level: casefile.LevelRestricted, Sequence: 4, FiledOn: date("2024-03-20")}}
		if !filed {
			of.Documents = nil
		}
		c.fake.cases[id] = of
	}
}

func TestARestrictedDocumentIsForThoseWhoMayKnowIt(t *testing.T) {
	direct, inCase := "/api/v1/documents/"+string(draft), "/api/v1/cases/c1/documents/"+string(draft)
	for _, tt := range []struct {
		name, person, target string
		filed                bool
		status               int
	}{
		{"who stored it, before it is filed", "colleague", direct, false, 200},
		{"a colleague, before it is filed", "drafter", direct, false, 404},
		{"an auditor, before it is filed", "auditor", direct, false, 200},
		{"who opened the case", "drafter", direct, true, 200},
		{"who opened the case, in it", "drafter", inCase, true, 200},
		{"who stored it and has nothing to do with the case", "colleague", direct, true, 404},
		{"who stored it and has nothing to do with the case, in it", "colleague", inCase, true, 404},
		{"an auditor", "auditor", inCase, true, 200},
		{"another organ", "stranger", direct, true, 404},
		{"another organ, in the case", "stranger", inCase, true, 404},
	} {
		c := newClient(t)
		restricted(c, tt.filed)
		a := c.ask("GET", tt.target, tt.person, "")
		if a.Code != tt.status {
			t.Errorf("%s: %d, want %d", tt.name, a.Code, tt.status)
		}
		if absent := c.ask("GET", strings.Replace(tt.target, string(draft), strings.Repeat("0", 64), 1), tt.person, ""); tt.status == 404 &&
			a.Problem.Detail != absent.Problem.Detail {
			t.Errorf("%s: can be told from a document that does not exist: %s", tt.name, a.Body)
		}
	}
	c := newClient(t)
	restricted(c, true)
	list := c.ask("GET", "/api/v1/cases/c1/documents", "colleague", "")
	list.want(t, http.StatusOK, "")
	if strings.Contains(list.Body.String(), "不得外传") || !strings.Contains(list.Body.String(), "documents."+string(draft)) {
		t.Errorf("list: %s", list.Body)
	}
	if own := c.ask("GET", "/api/v1/cases/c1/documents", "drafter", ""); !strings.Contains(own.Body.String(), "不得外传") {
		t.Errorf("list for those who may know: %s", own.Body)
	}
}

// Whoever has got hold of a digest must not get at the document by filing it in a
// case of one's own.
func TestARestrictedDocumentCannotBeNamedByThoseWhoMayNotReadIt(t *testing.T) {
	body := `{"id":"a1","kind":"case.note","with":{"text":"x","attached":["` + string(draft) + `"]}}`
	c := newClient(t)
	restricted(c, false)
	for _, target := range []string{actsOfC1, "/api/v1/cases/c1/dry-run"} {
		given := body
		if strings.HasSuffix(target, "dry-run") {
			given = strings.Replace(body, `"id":"a1",`, "", 1)
		}
		c.ask("POST", target, "drafter", given).want(t, http.StatusUnprocessableEntity, "unknown-digest")
		c.ask("POST", target, "colleague", given).want(t, http.StatusOK, "")
	}
	if len(c.fake.acted) != 1 || len(c.fake.tried) != 1 {
		t.Errorf("acted %v, tried %v", c.fake.acted, c.fake.tried)
	}
}

func TestADocumentInQuarantineIsNotGivenOut(t *testing.T) {
	c := newClient(t)
	doc := c.fake.papers[draft]
	doc.State = casefile.DocumentQuarantined
	c.fake.papers[draft] = doc
	c.ask("GET", "/api/v1/documents/"+string(draft), "drafter", "").want(t, http.StatusConflict, "quarantined")
}

// slowBody is a body that comes in until it is told to end.
type slowBody struct {
	began chan<- struct{}
	end   <-chan struct{}
	said  bool
}

func (s *slowBody) Read([]byte) (int, error) {
	if !s.said {
		s.said = true
		s.began <- struct{}{}
	}
	<-s.end
	return 0, io.EOF
}

func TestUploadsAtTheSameTimeAreBounded(t *testing.T) {
	c := newClient(t)
	began, end, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	upload := func(person string) *httptest.ResponseRecorder {
		req := httptest.NewRequest(http.MethodPost, "/api/v1/documents?title=x", &slowBody{began: began, end: end})
		req.Header.Set("Content-Type", textPlain)
		req.Header.Set("Authorization", "Bearer "+c.people.secrets[person])
		rec := httptest.NewRecorder()
		c.api.ServeHTTP(rec, req)
		return rec
	}
	for range 4 {
		go func() {
			upload("drafter")
			done <- struct{}{}
		}()
		<-began
	}
	a := c.ask("POST", "/api/v1/documents?title=x", "drafter", "x", "Content-Type", textPlain)
	a.want(t, http.StatusTooManyRequests, "too-many-uploads")
	if a.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	c.ask("POST", "/api/v1/documents?title=x", "stranger", "x", "Content-Type", textPlain).want(t, http.StatusCreated, "")
	close(end)
	for range 4 {
		<-done
	}
	c.ask("POST", "/api/v1/documents?title=x", "drafter", "x", "Content-Type", textPlain).want(t, http.StatusCreated, "")
}
