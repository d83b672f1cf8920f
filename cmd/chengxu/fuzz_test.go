package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"github.com/zhengdang/chengxu/access"
)

// fuzzer asks a running Chengxu whatever its contract admits, and what it does
// not, as callers of every kind. It remembers what it was answered and asks with
// it again.
type fuzzer struct {
	*world
	t      *testing.T
	rng    *rand.Rand
	router routers.Router
	pool   map[string][]string // values seen, by the name under which they were seen
	ids    int
	tame   bool // the request that is made now has nothing wrong but by chance, so that the case moves
}

// TestTheContractHoldsUnderFuzzing asks at random: no fault of the service, no
// answer that the contract does not describe, no success for somebody to whom the
// action is not open. CHENGXU_FUZZ sets how many requests are sent.
func TestTheContractHoldsUnderFuzzing(t *testing.T) {
	w := newWorld(t)
	router, err := legacy.NewRouter(w.doc)
	if err != nil {
		t.Fatal(err)
	}
	n := 2500
	if more, err := strconv.Atoi(os.Getenv("CHENGXU_FUZZ")); err == nil {
		n = more
	}
	seed := uint64(20261129)
	if given, err := strconv.ParseUint(os.Getenv("CHENGXU_FUZZ_SEED"), 10, 64); err == nil {
		seed = given
	}
	f := &fuzzer{world: w, t: t, rng: rand.New(rand.NewPCG(seed, 713)), router: router, pool: map[string][]string{}}
	for name, value := range w.fill {
		f.pool[name] = []string{value}
	}
	f.callers = append(f.callers, w.caller(t, "everybody", district, w.s.shipped.roles()))
	ops := w.operations()
	for _, op := range slices.Clone(ops) { // a case is what most of the state is in: it gets more than one request in a hundred
		if op.action == access.ActOnCase || op.action == access.OpenCase {
			ops = append(ops, slices.Repeat([]operation{op}, len(ops)/10)...)
		}
	}
	answers := map[int]int{}
	for range n {
		op, by := ops[f.rng.IntN(len(ops))], f.callers[f.rng.IntN(len(f.callers))]
		answers[f.try(op, by)]++
		if t.Failed() {
			t.Fatalf("seed %d; answers so far: %v", seed, answers)
		}
	}
	t.Logf("answers: %v", answers)
	c, err := w.s.cases.Case(t.Context(), w.c.ID)
	if err != nil {
		t.Fatal(err)
	}
	recorded := c.Sequence - w.c.Sequence
	t.Logf("%d entries more in the case", recorded)
	if answers[http.StatusOK] == 0 || answers[http.StatusCreated] == 0 || recorded < int64(n/500) {
		t.Errorf("the fuzzer did not get past the doors: %v, %d entries", answers, recorded)
	}
}

// try sends one request and holds the answer to the contract.
func (f *fuzzer) try(op operation, by caller) int {
	req := f.request(op, by)
	body, err := io.ReadAll(req.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	ctx, cancel := context.WithTimeout(f.t.Context(), patience(op.path))
	defer cancel()
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, req.WithContext(ctx))
	complain := func(format string, args ...any) {
		f.t.Errorf("%s %s by %s with %.500s: %d %.800s\n%s", req.Method, req.URL, by.name, body, rec.Code, rec.Body, fmt.Sprintf(format, args...))
	}
	if rec.Code >= 500 {
		complain("a fault of the service")
	}
	if rec.Code < 300 && access.Permit(by.p, op.action) != nil {
		complain("success for somebody to whom %s is not open", op.action)
	}
	if err := f.described(req, rec); err != nil {
		complain("the contract does not describe the answer: %v", err)
	}
	f.learn(rec)
	return rec.Code
}

// described holds an answer to the contract.
func (f *fuzzer) described(req *http.Request, rec *httptest.ResponseRecorder) error {
	route, params, err := f.router.FindRoute(req)
	if err != nil {
		if rec.Code == http.StatusNotFound || rec.Code == http.StatusMethodNotAllowed {
			return nil //nolint:nilerr // an address that the contract does not have
		}
		return err
	}
	media := rec.Header().Get("Content-Type")
	return openapi3filter.ValidateResponse(req.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route},
		Status:                 rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true,
			ExcludeResponseBody: rec.Code < 400 && !strings.HasPrefix(media, "application/json")},
	})
}

// request makes a request for an operation.
func (f *fuzzer) request(op operation, by caller) *http.Request {
	f.tame = op.action == access.ActOnCase && f.rng.IntN(3) > 0
	path := op.path
	query := url.Values{}
	for _, p := range op.params() {
		value := f.value(p.Name, p.Schema.Value)
		switch p.In {
		case "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(value))
		case "query":
			if p.Required || f.rng.IntN(3) == 0 {
				query.Set(p.Name, value)
			}
		}
	}
	var body io.Reader = http.NoBody
	media := ""
	if op.op.RequestBody != nil {
		media, body = f.body(op, by)
	}
	req := httptest.NewRequestWithContext(f.t.Context(), op.method, "/", body)
	target, err := url.Parse(path)
	if err != nil {
		f.t.Fatal(err)
	}
	target.RawQuery = query.Encode()
	req.URL, req.RequestURI = target, target.RequestURI()
	if by.token != "" {
		req.Header.Set("Authorization", "Bearer "+by.token)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if f.rng.IntN(10) > 0 {
		req.Header.Set("If-Match", []string{"*", `"1"`, `"x"`}[min(f.rng.IntN(8), 2)])
	}
	if f.tame {
		req.Header.Set("If-Match", "*")
	}
	f.ids++
	if f.tame || f.rng.IntN(4) > 0 {
		req.Header.Set("Idempotency-Key", fmt.Sprintf("fuzz-%d", f.ids))
	}
	return req
}

// params gives the parameters of an operation, those of its path included.
func (o operation) params() []*openapi3.Parameter {
	var out []*openapi3.Parameter
	for _, refs := range []openapi3.Parameters{o.shared, o.op.Parameters} {
		for _, ref := range refs {
			out = append(out, ref.Value)
		}
	}
	return out
}

// body gives a body: mostly an act that is possible where acts are asked for, and
// what the schema admits, or nearly.
func (f *fuzzer) body(op operation, by caller) (media string, body io.Reader) {
	kinds := sortedKeys(op.op.RequestBody.Value.Content)
	kind := kinds[0]
	if len(kinds) > 1 {
		kind = kinds[f.rng.IntN(len(kinds))]
	}
	switch {
	case kind == "multipart/form-data":
		return f.form()
	case !strings.Contains(kind, "json"):
		return "text/plain; charset=utf-8", strings.NewReader(f.text())
	}
	value := f.arbitrary(op.op.RequestBody.Value.Content[kind].Schema.Value, "", 0)
	if object, ok := value.(map[string]any); ok {
		if op.action == access.ActOnCase || op.action == access.TryAct {
			f.likely(object, by)
		}
		delete(object, "id")
		if !f.tame && f.rng.IntN(12) == 0 {
			object["nonsense"] = f.text()
		}
	}
	b, err := json.Marshal(value)
	if err != nil {
		f.t.Fatal(err)
	}
	if !f.tame && f.rng.IntN(40) == 0 {
		b = b[:f.rng.IntN(len(b)+1)]
	}
	return "application/json", bytes.NewReader(b)
}

// form makes a comment with files, whole or cut off.
func (f *fuzzer) form() (media string, body io.Reader) {
	var files []file
	for range f.rng.IntN(5) {
		name := strings.NewReplacer("\r", "", "\n", "", `"`, `\"`).Replace(f.text())
		files = append(files, file{name, []string{"text/plain", "application/pdf", "image/png", f.text()}[f.rng.IntN(4)], f.text()})
	}
	media, text := form(f.t, `{"text":"意见"}`, files...)
	if f.rng.IntN(4) == 0 {
		text = text[:f.rng.IntN(len(text)+1)]
	}
	return media, strings.NewReader(text)
}

// likely makes an act one that the case admits now.
func (f *fuzzer) likely(act map[string]any, by caller) {
	rec := f.ask(f.t, by, http.MethodGet, "/api/v1/cases/"+string(f.c.ID)+"/possible", "")
	var list struct {
		Possible []struct {
			Kind   string `json:"kind"`
			Fields []struct {
				Name, Kind string
				Required   bool
				Enum       []string
			} `json:"fields"`
		} `json:"possible"`
	}
	if rec.Code != http.StatusOK || json.Unmarshal(rec.Body.Bytes(), &list) != nil || len(list.Possible) == 0 {
		return
	}
	chosen := list.Possible[f.rng.IntN(len(list.Possible))]
	with := map[string]any{}
	for _, field := range chosen.Fields {
		if field.Required || f.rng.IntN(3) == 0 {
			with[field.Name] = f.field(field.Kind, field.Enum)
		}
	}
	act["kind"], act["with"] = chosen.Kind, with
	delete(act, "as")
	delete(act, "under")
	delete(act, "reasons")
	if f.tame || f.rng.IntN(8) > 0 {
		delete(act, "signature") // none that is made up holds
	}
}

func (f *fuzzer) field(kind string, enum []string) any {
	one := func() string {
		if len(enum) > 0 {
			return enum[f.rng.IntN(len(enum))]
		}
		return f.text()
	}
	switch kind {
	case "bool":
		return f.rng.IntN(2) == 0
	case "int":
		return f.rng.IntN(40)
	case "number":
		return f.rng.Float64()
	case "date":
		return []string{"2025-04-28", "2025-05-30", "2026-01-04", "1900-01-01", "2025-02-30"}[f.rng.IntN(5)]
	case "texts":
		return []string{one(), one()}
	case "digest":
		return f.seen("digest")
	case "digests":
		return []string{f.seen("digest")}
	}
	return one()
}

// arbitrary gives a value that a schema admits, or nearly.
func (f *fuzzer) arbitrary(s *openapi3.Schema, name string, depth int) any {
	switch {
	case s == nil || depth > 6 || f.rng.IntN(40) == 0:
		return []any{nil, true, -1, "", []any{}, map[string]any{}}[f.rng.IntN(6)]
	case len(s.OneOf) > 0:
		return f.arbitrary(s.OneOf[f.rng.IntN(len(s.OneOf))].Value, name, depth+1)
	case len(s.AllOf) > 0:
		return f.arbitrary(s.AllOf[0].Value, name, depth+1)
	case s.Type.Includes("object"):
		out := map[string]any{}
		for _, property := range sortedKeys(s.Properties) {
			if slices.Contains(s.Required, property) && f.rng.IntN(30) > 0 || f.rng.IntN(3) == 0 {
				out[property] = f.arbitrary(s.Properties[property].Value, property, depth+1)
			}
		}
		if s.AdditionalProperties.Schema != nil && f.rng.IntN(2) == 0 {
			out[f.text()] = f.arbitrary(s.AdditionalProperties.Schema.Value, "", depth+1)
		}
		return out
	case s.Type.Includes("array"):
		out := []any{}
		for range f.rng.IntN(3) {
			out = append(out, f.arbitrary(s.Items.Value, name, depth+1))
		}
		return out
	case s.Type.Includes("boolean"):
		return f.rng.IntN(2) == 0
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		return []int{0, 1, -1, 7, 50, 1 << 40}[f.rng.IntN(6)]
	}
	return f.value(name, s)
}

// value gives a text for a parameter or a property.
func (f *fuzzer) value(name string, s *openapi3.Schema) string {
	known, fills := f.fill[name]
	switch {
	case f.tame && fills:
		return known
	case f.rng.IntN(15) == 0:
		return f.text()
	case fills && f.rng.IntN(4) > 0:
		return known
	case len(s.Enum) > 0:
		return fmt.Sprint(s.Enum[f.rng.IntN(len(s.Enum))])
	case s.Type.Includes("boolean"):
		return strconv.FormatBool(f.rng.IntN(2) == 0)
	case s.Type.Includes("integer"):
		return strconv.Itoa(f.rng.IntN(300))
	case len(f.pool[name]) > 0:
		return f.seen(name)
	case strings.Contains(s.Pattern, "0-9]{4}-"):
		return []string{"2025-04-28", "2026-11-02", ""}[f.rng.IntN(3)]
	case strings.Contains(s.Pattern, "a-f]{64}"):
		return f.seen("digest")
	}
	return f.text()
}

// seen gives a value that was seen under a name.
func (f *fuzzer) seen(name string) string {
	if known := f.pool[name]; len(known) > 0 {
		return known[f.rng.IntN(len(known))]
	}
	return f.text()
}

// text gives texts that programs trip over.
func (f *fuzzer) text() string {
	if f.tame {
		return []string{"审核意见", "x", "示例单位", "🀄", "2025-04-28"}[f.rng.IntN(5)]
	}
	texts := []string{
		"", "x", "审核意见", "a/b", "../../etc/passwd", "%2e%2e%2f", "' OR 1=1 --", "<script>alert(1)</script>", "\u202e反转", "a\x00b", "\r\nSet-Cookie: a=b",
		"=cmd|' /C calc'!A0", strings.Repeat("长", 5000), "🀄", "NaN", "-0", "1e400", "null", "{{.}}", "${jndi:ldap://x}", "2025-04-28", "\xff\xfe",
	}
	return texts[f.rng.IntN(len(texts))]
}

// learn remembers ids and digests of an answer.
func (f *fuzzer) learn(rec *httptest.ResponseRecorder) {
	var body any
	if json.Unmarshal(rec.Body.Bytes(), &body) == nil {
		f.learnFrom("", body)
	}
}

func (f *fuzzer) learnFrom(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedKeys(v) {
			f.learnFrom(key, v[key])
		}
	case []any:
		for _, item := range v {
			f.learnFrom(name, item)
		}
	case string:
		if v != "" && len(v) < 200 && name != "" && len(f.pool[name]) < 20 && !slices.Contains(f.pool[name], v) {
			f.pool[name] = append(f.pool[name], v)
		}
	}
}
