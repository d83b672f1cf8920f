package api_test

import (
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zhengdang/chengxu/access"
	"github.com/zhengdang/chengxu/api"
	"github.com/zhengdang/chengxu/casefile"
	"github.com/zhengdang/chengxu/casework"
	"github.com/zhengdang/chengxu/internal/contract"
	"github.com/zhengdang/chengxu/rules"
)

// The contract is valid, with its examples, and keeps the rules of the house.
func TestTheContractIsInOrder(t *testing.T) {
	c := newClient(t)
	for _, problem := range c.contract.Lint("listCases", "openCase", "act", "dryRun", "planMatter") {
		t.Error(problem)
	}
}

// What a client of the last release relies on is still there. A release puts its own
// contract in the place of the one compared with here.
func TestNothingThatWasReleasedIsBroken(t *testing.T) {
	c := newClient(t)
	raw, err := os.ReadFile("testdata/openapi-released.yaml")
	if err != nil {
		t.Fatal(err)
	}
	released, err := contract.Load(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, broken := range contract.Breaking(released, c.contract, time.Now().UTC().Format(time.DateOnly)) {
		t.Error(broken)
	}
}

func TestRoutesAndContractAreEqual(t *testing.T) {
	c := newClient(t)
	var want []string
	for path, item := range c.doc.Paths.Map() {
		for method := range item.Operations() {
			want = append(want, method+" "+path)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, c.api.Routes()); diff != "" {
		t.Errorf("routes (+) and contract (-) differ:\n%s", diff)
	}
}

// Each route asks for what the contract says, and every action has a rule.
func TestEveryRouteHasTheActionOfTheContract(t *testing.T) {
	c := newClient(t)
	want := map[string]access.Action{}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			action, _ := op.Extensions["x-action"].(string)
			want[method+" "+path] = access.Action(action)
		}
	}
	if diff := cmp.Diff(want, c.api.Actions()); diff != "" {
		t.Errorf("contract (-) and routes (+) differ:\n%s", diff)
	}
	for _, a := range access.Actions() {
		if _, ok := access.RuleFor(a); !ok {
			t.Errorf("action %s has no rule", a)
		}
	}
}

// Every write says how it bears being repeated, and those with a key take it.
func TestEveryWriteSaysHowItIsRepeated(t *testing.T) {
	c := newClient(t)
	keyed := c.api.Keyed()
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			kind, _ := op.Extensions["x-idempotency"].(string)
			header := op.Parameters.GetByInAndName("header", "Idempotency-Key")
			switch route := method + " " + path; {
			case method == http.MethodGet:
				if kind != "" || header != nil {
					t.Errorf("%s reads, and says how it is repeated", route)
				}
			case !slices.Contains([]string{"id", "key", "content", "natural"}, kind):
				t.Errorf("%s: x-idempotency is %q", route, kind)
			case (kind == "key") != keyed[route]:
				t.Errorf("%s: x-idempotency is %q, registered with a key: %t", route, kind, keyed[route])
			case (kind == "key" || kind == "id") != (header != nil):
				t.Errorf("%s: x-idempotency is %q, header in the contract: %t", route, kind, header != nil)
			}
		}
	}
}

// operation is one operation of the contract with its parameters filled in.
type operation struct {
	name, method, target string
	public, ofCase       bool
}

func operations(c *client, id string) []operation {
	fill := strings.NewReplacer("{id}", id, "{deadline}", "mad-publish-timely", "{digest}", string(draft), "{name}", "cn.major-decision@2019", "{act}", "case.suspend", "{asset}", "init.js", "{step}", "participation")
	var out []operation
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			out = append(out, operation{
				name: method + " " + path, method: method, target: fill.Replace(path),
				public: op.Security != nil && len(*op.Security) == 0,
				ofCase: strings.Contains(path, "{id}"),
			})
		}
	}
	return out
}

func TestEveryRouteButThePublicOnesAsksForAToken(t *testing.T) {
	c := newClient(t)
	var public []string
	for _, op := range operations(c, "c1") {
		if op.public {
			public = append(public, op.name)
			continue
		}
		for _, header := range []string{"", "Bearer nobody", "Basic " + c.people.secrets["drafter"], "Bearer", c.people.secrets["drafter"]} {
			a := c.ask(op.method, op.target, "", "", "Authorization", header)
			if a.Code != http.StatusUnauthorized || a.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with Authorization %q: %d", op.name, header, a.Code)
			}
		}
	}
	slices.Sort(public)
	var want []string
	for route, action := range c.api.Actions() {
		if rule, _ := access.RuleFor(action); slices.Contains(rule.Who, access.Anyone) {
			want = append(want, route)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, public); diff != "" {
		t.Errorf("routes for anyone:\n%s", diff)
	}
	if len(c.fake.acted)+len(c.fake.opened)+len(c.fake.uploads) > 0 {
		t.Error("something was done without a token")
	}
}

func TestACaseOfAnotherOrganIsNotFound(t *testing.T) {
	c := newClient(t)
	seen := 0
	for _, op := range operations(c, "c9") {
		if !op.ofCase {
			continue
		}
		seen++
		body := ""
		if op.method == http.MethodPost {
			body = `{"id":"a1","kind":"participation.close"}`
		}
		by := "drafter"
		if strings.Contains(op.target, "/findings") || strings.Contains(op.target, "/reviews") {
			if body != "" {
				body = "{}"
			}
			if rule, _ := access.RuleFor(c.api.Actions()[op.name]); !slices.Contains(rule.Who, access.Staff) {
				by = "auditor"
			}
		}
		a := c.ask(op.method, op.target, by, body)
		a.want(t, http.StatusNotFound, "not-found")
		missing := c.ask(op.method, strings.Replace(op.target, "c9", "nosuch", 1), by, body)
		if a.Problem.Detail != missing.Problem.Detail {
			t.Errorf("%s: another organ's case can be told from one that does not exist", op.name)
		}
	}
	if seen != 32 {
		t.Errorf("%d routes of a case tried, want 32", seen)
	}
	if len(c.fake.acted) > 0 {
		t.Error("an act went through to another organ's case")
	}
	c.ask("GET", "/api/v1/documents/"+string(draft), "stranger", "").want(t, http.StatusNotFound, "not-found")
}

func TestUnknownRoutesAndMethodsAreProblems(t *testing.T) {
	c := newClient(t)
	c.ask("GET", "/api/v1/nothing", "drafter", "").want(t, http.StatusNotFound, "not-found")
	c.ask("DELETE", "/api/v1/cases/c1", "drafter", "").want(t, http.StatusMethodNotAllowed, "method-not-allowed")
	if allow := c.ask("DELETE", "/api/v1/cases/c1", "drafter", "").Header().Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("Allow: %q", allow)
	}
	for accept, lang := range map[string]string{"": "zh", "en": "en", "en;q=0.3, zh;q=0.8": "zh", "fr": "zh", "image/*": "zh"} {
		a := c.ask("GET", "/api/v1/nothing", "", "", "Accept-Language", accept, "Accept", "image/png")
		a.want(t, http.StatusNotFound, "not-found") // never 406
		if a.Header().Get("Content-Language") != lang || a.Header().Get("Vary") != "Accept-Language" {
			t.Errorf("%q: Content-Language %q, Vary %q", accept, a.Header().Get("Content-Language"), a.Header().Get("Vary"))
		}
	}
	head := c.ask("HEAD", "/api/v1/cases/c1", "drafter", "")
	if head.Code != http.StatusOK || head.Header().Get("ETag") == "" {
		t.Errorf("HEAD of a case: %d %v", head.Code, head.Header())
	}
	c.ask("HEAD", "/api/v1/cases/c9", "drafter", "").want(t, http.StatusNotFound, "not-found")
	c.ask("HEAD", "/api/v1/cases/c1/dossier", "drafter", "").want(t, http.StatusMethodNotAllowed, "method-not-allowed")
	c.ask("GET", "/api/v1/cases/c1%2f..%2fc9", "drafter", "").want(t, http.StatusNotFound, "not-found")
}

// Every refusal code has a status and titles of its own.
func TestEveryRefusalCodeHasItsStatus(t *testing.T) {
	src, err := os.ReadFile("../casefile/errors.go")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{
		"unknown-act": 422, "not-possible-now": 409, "wrong-role": 403, "separation": 403, "missing-field": 422,
		"unknown-field": 422, "bad-value": 422, "future-date": 422, "stale-digest": 409, "unknown-digest": 422,
		"case-suspended": 409, "case-closed": 409, "reused-act-id": 422, "unknown-reason": 422, "practice-only": 422,
		"clock-backwards": 409, "mandate": 403, "independence": 403, "case-changed": 412, "bad-signature": 422, "quarantined": 409,
	}
	codes := regexp.MustCompile(`RefusalCode\s*=\s*"([a-z-]+)"`).FindAllStringSubmatch(string(src), -1)
	if len(codes) < len(want) {
		t.Fatalf("%d codes found in the source, want at least %d", len(codes), len(want))
	}
	titles := map[string]string{}
	for _, m := range codes {
		c := newClient(t)
		c.fake.err = &casefile.Refusal{Code: casefile.RefusalCode(m[1]), Act: "participation.close", Field: "closed_on",
			Message: casefile.Text{ZH: "具体原因", EN: "the reason"}}
		a := c.ask("POST", "/api/v1/cases/c1/acts", "drafter", `{"id":"a1","kind":"participation.close"}`)
		a.want(t, want[m[1]], m[1])
		if a.Problem.Details.EN != "the reason" || a.Problem.Act != "participation.close" || a.Problem.Field != "closed_on" {
			t.Errorf("%s: %s", m[1], a.Body)
		}
		if twin, taken := titles[a.Problem.Titles.ZH]; taken {
			t.Errorf("%s and %s have the same title", m[1], twin)
		}
		titles[a.Problem.Titles.ZH] = m[1]
		logged := api.Attempt{RequestID: a.Problem.RequestID, Organ: organ, Person: "p1", Case: "c1", Act: "participation.close",
			ActID: "a1", Code: m[1], Field: "closed_on", Message: casefile.Text{ZH: "具体原因", EN: "the reason"}}
		if diff := cmp.Diff([]api.Attempt{logged}, c.fake.attempts); diff != "" {
			t.Errorf("%s: refused attempts:\n%s", m[1], diff)
		}
	}
}

// A field that is added to what a case is made of is added to the contract.
func TestTheContractNamesEveryFieldOfACase(t *testing.T) {
	c := newClient(t)
	for schema, kind := range map[string]reflect.Type{
		"Case": reflect.TypeFor[casefile.Case](), "Entry": reflect.TypeFor[casefile.Entry](), "RecordedAct": reflect.TypeFor[casefile.Act](),
		"Actor": reflect.TypeFor[casefile.Actor](), "Verdict": reflect.TypeFor[casefile.Verdict](), "Finding": reflect.TypeFor[casefile.Finding](),
		"Document": reflect.TypeFor[casefile.Document](), "Deadline": reflect.TypeFor[casefile.Deadline](), "Fact": reflect.TypeFor[casefile.Fact](),
		"StepRun": reflect.TypeFor[casefile.StepRun](), "Pinned": reflect.TypeFor[casefile.Pinned](), "Matter": reflect.TypeFor[casefile.Matter](),
		"Trace": reflect.TypeFor[rules.Trace](), "TracePart": reflect.TypeFor[rules.TracePart](), "TraceNode": reflect.TypeFor[rules.TraceNode](),
		"Way": reflect.TypeFor[rules.Way](), "Change": reflect.TypeFor[rules.Change](), "WayRule": reflect.TypeFor[rules.WayRule](),
		"Summary": reflect.TypeFor[casework.Summary](), "Cause": reflect.TypeFor[casefile.Cause](), "Opinion": reflect.TypeFor[casefile.Opinion](),
	} {
		want := map[string]bool{}
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if name != "" && name != "-" {
				want[name] = true
			}
		}
		got := map[string]bool{}
		for name := range c.doc.Components.Schemas[schema].Value.Properties {
			got[name] = name != "withheld" && (schema != "Entry" || name != "cause") && (schema != "Opinion" || name != "stale") // the API's own additions
			if !got[name] {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: fields (-) and contract (+) differ:\n%s", schema, diff)
		}
	}
}

// The closed sets of the contract are those of the code.
func TestTheContractNamesEveryConstant(t *testing.T) {
	c := newClient(t)
	enum := func(schema, property string) []string {
		s := c.doc.Components.Schemas[schema].Value
		if property != "" {
			s = s.Properties[property].Value
		}
		var out []string
		for _, v := range s.Enum {
			out = append(out, v.(string))
		}
		slices.Sort(out)
		return out
	}
	for _, tt := range []struct{ schema, property, file, kind string }{
		{"Status", "", "../casefile/entry.go", "Status"},
		{"Change", "is", "../rules/whatif.go", "Relation"}, {"TraceNode", "state", "../rules/trace.go", "State"},
		{"Deadline", "state", "../casefile/entry.go", "DeadlineState"},
		{"Entry", "kind", "../casefile/entry.go", "EntryKind"},
		{"Cause", "kind", "../casefile/cause.go", "CauseKind"},
		{"StepRun", "state", "../casefile/case.go", "StepState"},
		{"Result", "", "../casefile/verdict.go", "Result"},
		{"Finding", "effect", "../casefile/verdict.go", "Effect"},
		{"Field", "kind", "../procedure/steptype.go", "FieldKind"},
	} {
		src, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, m := range regexp.MustCompile(`(?m)^\s+\w+\s+`+tt.kind+`\s+=\s+"([a-z-]+)"`).FindAllStringSubmatch(string(src), -1) {
			want = append(want, m[1])
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, enum(tt.schema, tt.property)); diff != "" {
			t.Errorf("%s: constants (-) and contract (+) differ:\n%s", tt.kind, diff)
		}
	}
}
