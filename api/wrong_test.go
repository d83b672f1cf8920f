package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zhengdang/chengxu/documents"
)

// twoDigests says of the same bytes that they have two digests.
const twoDigests = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:, sha-256=:LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=:"

// Each wrong input gives a clear problem and reaches no use case that writes.
func TestWrongInputs(t *testing.T) {
	const act = `{"id":"a1","kind":"participation.close"`
	const open = `{"id":"o1","procedure":"p","matter":{"title":"t","category":"c"}`
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	big := act + `,"with":{"text":"` + strings.Repeat("x", 1<<20) + `"}}`
	for _, tt := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		code, detail               string
	}{
		{"no body", "POST", actsOfC1, "", []string{"Content-Type", "application/json"}, 400, "malformed-body", "empty"},
		{"not JSON", "POST", actsOfC1, "kind=participation.close", nil, 400, "malformed-body", "line 1"},
		{"cut off", "POST", actsOfC1, act, nil, 400, "malformed-body", "incomplete"},
		{"syntax error in line 3", "POST", actsOfC1, "{\"id\":\"a1\",\n\"kind\":\"s.v\",\n\"with\": {,}}", nil, 400, "malformed-body", "line 3"},
		{"trailing data", "POST", actsOfC1, act + `} {}`, nil, 400, "malformed-body", "after the first"},
		{"a field twice", "POST", actsOfC1, act + `,"kind":"participation.open"}`, nil, 400, "malformed-body", "kind occurs twice"},
		{"a payload field twice", "POST", actsOfC1, act + `,"with":{"a":1,"a":2}}`, nil, 400, "malformed-body", "a occurs twice"},
		{"a field twice by escape", "POST", actsOfC1, act + `,"with":{"a":1,"\u0061":2}}`, nil, 400, "malformed-body", "twice"},
		{"unknown field", "POST", actsOfC1, act + `,"by":{"person":"p9"}}`, nil, 422, "unknown-field", "by"},
		{"field in other case", "POST", actsOfC1, `{"ID":"a1","kind":"s.v"}`, nil, 422, "unknown-field", "ID"},
		{"unknown field within", "POST", actsOfC1, act + `,"as":{"person":"p","name":"n","admin":true}}`, nil, 422, "unknown-field", "as.admin"},
		{"array instead of object", "POST", actsOfC1, `[]`, nil, 422, "invalid-request", "object"},
		{"null", "POST", actsOfC1, `null`, nil, 422, "invalid-request", "null"},
		{"null field", "POST", actsOfC1, act + `,"with":null}`, nil, 422, "invalid-request", "with: null"},
		{"null value", "POST", actsOfC1, act + `,"with":{"a":null}}`, nil, 422, "invalid-request", "with.a"},
		{"nested value", "POST", actsOfC1, act + `,"with":{"a":{"b":1}}}`, nil, 422, "invalid-request", "with.a"},
		{"list of numbers", "POST", actsOfC1, act + `,"with":{"a":[1]}}`, nil, 422, "invalid-request", "with.a[0]"},
		{"integer beyond 64 bits", "POST", actsOfC1, act + `,"with":{"n":9223372036854775808}}`, nil, 422, "invalid-request", "with.n"},
		{"number beyond floats", "POST", actsOfC1, act + `,"with":{"n":1e999}}`, nil, 422, "invalid-request", "with.n"},
		{"NaN", "POST", actsOfC1, act + `,"with":{"n":NaN}}`, nil, 400, "malformed-body", "line 1"},
		{"too deep", "POST", actsOfC1, act + `,"with":{"a":` + deep + `}}`, nil, 400, "malformed-body", "deeper"},
		{"too large", "POST", actsOfC1, big, nil, 413, "body-too-large", "1048576"},
		{"not UTF-8", "POST", actsOfC1, act + ",\"with\":{\"a\":\"\xff\"}}", nil, 400, "malformed-body", "UTF-8"},
		{"NUL in a string", "POST", actsOfC1, act + `,"with":{"a":"\u0000"}}`, nil, 400, "malformed-body", "NUL"},
		{"half a surrogate pair", "POST", actsOfC1, act + `,"with":{"a":"\ud800"}}`, nil, 400, "malformed-body", "damaged"},
		{"kind of the wrong type", "POST", actsOfC1, `{"id":"a1","kind":7}`, nil, 422, "invalid-request", "kind"},
		{"reason of the wrong type", "POST", actsOfC1, act + `,"reasons":{"r":1}}`, nil, 422, "invalid-request", "reasons.r"},
		{"roles of the wrong type", "POST", actsOfC1, act + `,"as":{"person":"p","name":"n","roles":"x"}}`, nil, 422, "invalid-request", "as.roles"},
		{"id of strange characters", "POST", actsOfC1, `{"id":"a/../b","kind":"s.v"}`, nil, 422, "invalid-request", "id"},
		{"id too long", "POST", actsOfC1, `{"id":"` + strings.Repeat("a", 101) + `","kind":"s.v"}`, nil, 422, "invalid-request", "id"},
		{"form instead of JSON", "POST", actsOfC1, "kind=x", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "unsupported-media-type", "application/json"},
		{"no content type", "POST", actsOfC1, act + "}", []string{"Content-Type", ""}, 415, "unsupported-media-type", "application/json"},
		{"compressed", "POST", actsOfC1, act + "}", []string{"Content-Encoding", "gzip"}, 415, "unsupported-media-type", "compressed"},
		{"case id of strange characters", "GET", "/api/v1/cases/%27%20or%201=1", "", nil, 404, "not-found", "exist"},
		{"no such case", "POST", "/api/v1/cases/nosuch/acts", act + "}", nil, 404, "not-found", "exist"},
		{"organ in the body", "POST", "/api/v1/cases", open + `,"organ":"x"}`, nil, 422, "unknown-field", "organ"},
		{"date that does not exist", "POST", "/api/v1/cases", open + `,"practice":true,"starts":"2023-02-29"}`, nil, 422, "invalid-request", "starts"},
		{"overlays that are no list", "POST", "/api/v1/cases", open + `,"practice":true,"overlays":"cn.shanghai@2020"}`, nil, 422, "invalid-request", "overlays"},
		{"practice as a word", "POST", "/api/v1/cases", open + `,"practice":"yes"}`, nil, 422, "invalid-request", "practice"},
		{"opening without id", "POST", "/api/v1/cases", `{"procedure":"p","matter":{"title":"t","category":"c"}}`, nil, 422, "invalid-request", "id"},
		{"unknown query parameter", "GET", "/api/v1/cases?organ=x", "", nil, 422, "unknown-field", "organ"},
		{"query parameter twice", "GET", "/api/v1/cases?limit=1&limit=2", "", nil, 422, "invalid-request", "limit"},
		{"limit of nothing", "GET", "/api/v1/cases?limit=0", "", nil, 422, "invalid-request", "limit"},
		{"limit too large", "GET", "/api/v1/cases?limit=201", "", nil, 422, "invalid-request", "limit"},
		{"limit that is no number", "GET", "/api/v1/cases?limit=ten", "", nil, 422, "invalid-request", "limit"},
		{"status that is none", "GET", "/api/v1/cases?status=done", "", nil, 422, "invalid-request", "status"},
		{"practice that is neither", "GET", "/api/v1/cases?practice=1", "", nil, 422, "invalid-request", "practice"},
		{"query that cannot be read", "GET", "/api/v1/cases?q=%zz", "", nil, 422, "invalid-request", "query"},
		{"query with NUL", "GET", "/api/v1/cases?q=%00", "", nil, 422, "invalid-request", "q"},
		{"search too long", "GET", "/api/v1/cases?q=" + strings.Repeat("a", 101), "", nil, 422, "invalid-request", "100"},
		{"document of no level", "POST", "/api/v1/documents?title=a&level=secret", "bytes", []string{"Content-Type", "text/plain"}, 422, "invalid-request", "level"},
		{"document with a level twice", "POST", "/api/v1/documents?title=a&level=public&level=restricted", "bytes", []string{"Content-Type", "text/plain"}, 422, "invalid-request", "level"},
		{"document that is compressed", "POST", "/api/v1/documents?title=a", "x", []string{"Content-Type", "text/plain", "Content-Encoding", "gzip"}, 415, "unsupported-media-type", "compressed"},
		{"digest that is no base64", "POST", "/api/v1/documents?title=a", "x", []string{"Content-Type", "text/plain", "Content-Digest", "sha-256=:!:"}, 422, "invalid-request", "Content-Digest"},
		{"digest that is too short", "POST", "/api/v1/documents?title=a", "x", []string{"Content-Type", "text/plain", "Repr-Digest", "sha-256=:YQ==:"}, 422, "invalid-request", "Repr-Digest"},
		{"two digests", "POST", "/api/v1/documents?title=a", "x", []string{"Content-Type", "text/plain", "Content-Digest", twoDigests}, 422, "invalid-request", "Content-Digest"},
		{"document as form", "POST", "/api/v1/documents?title=a", "x", []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, "unsupported-media-type", "bytes"},
		{"document too large", "POST", "/api/v1/documents?title=a", strings.Repeat("x", documents.MaxSize+1), []string{"Content-Type", "text/plain"}, 413, "body-too-large", "67108864"},
		{"digest that is none", "GET", "/api/v1/documents/abc", "", nil, 422, "invalid-request", "digest"},
		{"unknown digest", "GET", "/api/v1/documents/" + strings.Repeat("0", 64), "", nil, 404, "not-found", "exist"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClient(t)
			a := c.ask(tt.method, tt.target, "drafter", tt.body, tt.headers...)
			a.want(t, tt.status, tt.code)
			if !strings.Contains(a.Problem.Details.EN, tt.detail) {
				t.Errorf("detail %q does not mention %q", a.Problem.Details.EN, tt.detail)
			}
			if a.Body.Len() > 4000 {
				t.Errorf("the answer has %d bytes", a.Body.Len())
			}
			if len(c.fake.acted)+len(c.fake.opened)+len(c.fake.uploads) > 0 {
				t.Error("a wrong input reached a use case")
			}
		})
	}
}

func TestABodyOfUnknownLengthIsBoundedToo(t *testing.T) {
	c := newClient(t)
	req := httptest.NewRequest("POST", actsOfC1, struct{ *strings.Reader }{strings.NewReader(`{"id":"` + strings.Repeat("x", 2<<20) + `"}`)})
	req.ContentLength = -1
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.people.secrets["drafter"])
	c.send(req).want(t, http.StatusRequestEntityTooLarge, "body-too-large")
}
