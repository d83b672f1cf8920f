package contract_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/internal/contract"
)

const base = `openapi: 3.1.0
info: {title: T, version: "1"}
servers: [{url: /}]
security: [{bearer: []}]
tags: [{name: things}]
paths:
  /api/things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: readThing
      summary: A thing.
      x-action: thing.read
      tags: [things]
      security: []
      parameters: [{name: sort, in: query, schema: {type: string, enum: [a, b]}}]
      responses:
        "200":
          description: it
          headers: {ETag: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}
        default: {description: wrong, content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}}
    put:
      operationId: putThing
      summary: Changes a thing.
      x-action: thing.put
      tags: [things]
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}, example: {name: axe, tags: []}}}}
      responses:
        "204": {description: done}
        default: {description: wrong, content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Thing: {type: object, required: [name], additionalProperties: false, properties: {name: {type: string}, size: {type: integer}, part: {$ref: "#/components/schemas/Thing"}}}
    Order: {type: object, required: [name], additionalProperties: false, properties: {name: {type: string, maxLength: 10, minLength: 1}, note: {type: string}, tags: {type: array, maxItems: 3, items: {type: string, enum: [x, y]}}}}
    Problem: {type: object, required: [code], properties: {code: {type: string}}}
`

func load(t *testing.T, old, replacement string) *contract.Contract {
	t.Helper()
	if !strings.Contains(base, old) {
		t.Fatalf("%q is not in the contract", old)
	}
	c, err := contract.Load(t.Context(), []byte(strings.Replace(base, old, replacement, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatTakesSomethingAwayFromClientsIsBreaking(t *testing.T) {
	put, get := "PUT /api/things/{id}", "GET /api/things/{id}"
	for _, tt := range []struct{ old, new, want string }{
		{"/api/things/{id}:", "/api/stuff/{id}:", get + " is gone"},
		{"    put:", "    post:", put + " is gone"},
		{"operationId: readThing", "operationId: getThing", get + " is called getThing, no longer readThing"},
		{"      security: []\n", "", get + " asks for a caller"},
		{"[{name: sort, in: query, schema: {type: string, enum: [a, b]}}]", "[]", get + ", query parameter sort is gone"},
		{"enum: [a, b]", "enum: [a]", get + ", query parameter sort takes b no longer"},
		{"{name: sort, in: query,", "{name: sort, in: query, required: true,", get + ", query parameter sort is required"},
		{"{name: sort, in: query,", "{name: page, in: query, required: true, schema: {type: integer}}, {name: sort, in: query,", get + ", query parameter page is required"},
		{"headers: {ETag: {schema: {type: string}}}", "headers: {}", get + " has no header ETag with 200"},
		{`"200":`, `"203":`, get + " answers 200 no longer"},
		{"content: {application/json: {schema: {$ref: \"#/components/schemas/Thing\"}}}", "content: {text/plain: {schema: {type: string}}}", get + " answers 200 no longer as application/json"},
		{"required: [name], additionalProperties: false, properties: {name: {type: string}, size", "additionalProperties: false, properties: {name: {type: string}, size", get + ", answer.name may be missing"},
		{"size: {type: integer}, ", "", get + ", answer.size is gone"},
		{"size: {type: integer}", "size: {type: [integer, string]}", get + ", answer.size has types [integer string], had [integer]"},
		{"requestBody: {required: true, content: {application/json:", "requestBody: {required: true, content: {text/json:", put + ", body is taken no longer as application/json"},
		{"maxLength: 10", "maxLength: 9", put + ", body.name has a smaller maxLength"},
		{"minLength: 1", "minLength: 2", put + ", body.name has a larger minLength"},
		{"minLength: 1", `minLength: 1, pattern: "^a"`, put + `, body.name must match "^a", before ""`},
		{"note: {type: string}, ", "", put + ", body.note is gone"},
		{"note: {type: string}", "note: {type: integer}", put + ", body.note has types [integer], had [string]"},
		{"note: {type: string}", "note: {type: string, enum: [a]}", put + ", body.note takes only [a]"},
		{"items: {type: string, enum: [x, y]}", "items: {type: string, enum: [x]}", put + ", body.tags[] takes y no longer"},
		{"maxItems: 3", "maxItems: 2", put + ", body.tags has a smaller maxItems"},
		{"Order: {type: object, required: [name]", "Order: {type: object, required: [name, tags]", put + ", body.tags is required"},
	} {
		got := contract.Breaking(load(t, "", ""), load(t, tt.old, tt.new), "2026-01-01")
		found := false
		for _, line := range got {
			found = found || line == tt.want
		}
		if !found {
			t.Errorf("%q for %q: %q, want %q", tt.new, tt.old, got, tt.want)
		}
	}
}

func TestWhatClientsHaveToBearIsNotBreaking(t *testing.T) {
	for _, tt := range []struct{ old, new string }{
		{"", ""},
		{"enum: [a, b]", "enum: [a, b, c]"},
		{"schema: {type: string, enum: [a, b]}", "schema: {type: string}"},
		{"{name: sort, in: query,", "{name: page, in: query, schema: {type: integer}}, {name: sort, in: query,"},
		{"size: {type: integer}", "size: {type: integer}, weight: {type: integer}"},
		{"Thing: {type: object, required: [name]", "Thing: {type: object, required: [name, size]"},
		{"maxLength: 10", "maxLength: 11"},
		{"minLength: 1", "minLength: 0"},
		{"note: {type: string}", "note: {type: string}, more: {type: string}"},
		{"note: {type: string}", "note: {type: [string, integer]}"},
		{"enum: [x, y]", "enum: [x, y, z]"},
		{"Order: {type: object, required: [name]", "Order: {type: object, required: []"},
		{"    put:", "    delete:\n      operationId: removeThing\n      responses: {\"204\": {description: done}}\n    put:"},
	} {
		if got := contract.Breaking(load(t, "", ""), load(t, tt.old, tt.new), "2026-01-01"); len(got) > 0 {
			t.Errorf("%q for %q: %q", tt.new, tt.old, got)
		}
	}
}

func TestAnOperationGoesAfterItsSunset(t *testing.T) {
	released := load(t, "x-action: thing.put", "deprecated: true\n      x-deprecated-since: \"2025-01-01\"\n      x-sunset: \"2026-01-01\"\n      x-action: thing.put")
	without := load(t, base[strings.Index(base, "    put:"):strings.Index(base, "components:")], "")
	if got := contract.Breaking(released, without, "2025-12-31"); len(got) != 1 {
		t.Errorf("before the sunset: %q", got)
	}
	if got := contract.Breaking(released, without, "2026-01-01"); len(got) != 0 {
		t.Errorf("after the sunset: %q", got)
	}
}

func TestTheRulesOfTheHouseAreHeld(t *testing.T) {
	if got := load(t, "", "").Lint("putThing"); len(got) > 0 {
		t.Error(got)
	}
	for _, tt := range []struct{ old, new, want string }{
		{"      summary: A thing.\n", "", "summary is missing"},
		{"      x-action: thing.read\n", "", "x-action is missing"},
		{"tags: [things]", "tags: [other]", `tag "other" is not declared`},
		{"tags: [{name: things}]", "tags: [{name: things}, {name: idle}]", "tag idle is declared and not used"},
		{"x-action: thing.put", "deprecated: true\n      x-action: thing.put", "deprecated is true"},
		{`        default: {description: wrong, content: {application/problem+json: {schema: {$ref: "#/components/schemas/Problem"}}}}
    put:`, "    put:", "has no default answer"},
		{", example: {name: axe, tags: []}", "", "an example is missing"},
	} {
		got := strings.Join(load(t, tt.old, tt.new).Lint("putThing"), "\n")
		if !strings.Contains(got, tt.want) {
			t.Errorf("%q for %q: %q, want %q", tt.new, tt.old, got, tt.want)
		}
	}
	if _, err := contract.Load(t.Context(), []byte(strings.Replace(base, "example: {name: axe", "example: {nam: axe", 1))); err == nil {
		t.Error("an example that is not as its schema says was not noticed")
	}
}

func TestAnswersAreHeldToTheContract(t *testing.T) {
	c := load(t, "", "")
	serve := func(status int, media, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if media != "" {
				w.Header().Set("Content-Type", media)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		})
	}
	for _, tt := range []struct {
		name, method, path, media, body string
		status                          int
		right                           bool
	}{
		{"as it says", "GET", "/api/things/1", "application/json", `{"name":"x"}`, 200, true},
		{"a field that it does not name", "GET", "/api/things/1", "application/json", `{"name":"x","age":1}`, 200, false},
		{"another type", "GET", "/api/things/1", "text/html", `<p>`, 200, false},
		{"another status", "GET", "/api/things/1", "application/json", `{"name":"x"}`, 201, false},
		{"nothing to say", "PUT", "/api/things/1", "", "", 204, true},
		{"a problem", "GET", "/api/things/1", "application/problem+json", `{"code":"x"}`, 500, true},
		{"an error that is no problem", "GET", "/api/things/1", "text/plain", `oops`, 500, false},
		{"a problem without its code", "GET", "/api/things/1", "application/problem+json", `{}`, 500, false},
		{"an address that it does not name", "GET", "/api/other", "application/json", `{}`, 200, false},
		{"one that is not there", "GET", "/api/other", "application/problem+json", `{"code":"x"}`, 404, true},
		{"only the head", "HEAD", "/api/things/1", "application/json", "", 200, true},
	} {
		var found []string
		rec := httptest.NewRecorder()
		c.Watch(serve(tt.status, tt.media, tt.body), func(err error) { found = append(found, err.Error()) }).
			ServeHTTP(rec, httptest.NewRequest(tt.method, tt.path, http.NoBody))
		if (len(found) == 0) != tt.right {
			t.Errorf("%s: %q", tt.name, found)
		}
		if rec.Code != tt.status || rec.Body.String() != tt.body {
			t.Errorf("%s: the answer was changed: %d %s", tt.name, rec.Code, rec.Body)
		}
	}
	rec := httptest.NewRecorder()
	c.Watch(serve(200, "text/html", "<p>"), func(err error) { t.Error(err) }).ServeHTTP(rec, httptest.NewRequest("GET", "/", http.NoBody))
	if diff := cmp.Diff("<p>", rec.Body.String()); diff != "" {
		t.Error(diff)
	}
}
